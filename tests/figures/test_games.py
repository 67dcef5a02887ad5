"""Proof of ``othello_gpt.figures``: games."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from othello_gpt import figures, game
from othello_gpt.figures import Panel, style
from tests import oracle
from tests.figures.common import MOVES, picture, probabilities

GAMES = st.tuples(st.integers(0, 2**32), st.sampled_from(game.SIZES), st.booleans())
settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")


def size_in_page(figure):
    """Characters of a figure's JSON once it can't end the script element that holds it."""
    return len(json.dumps(figure.to_dict(), separators=(",", ":")).replace("<", "\\u003c"))


def sources(step, panel=0, still=None):
    """The picture that a slider's step puts on a board, or leaves there."""
    changes = step.args[1] if step.method == "update" else step.args[0]
    return changes.get(f"images[{panel}].source", still)


def drawn(figure, size, panel=0):
    still = figure.layout.images[panel].source
    steps = figure.layout.sliders[0].steps
    return [picture(sources(step, panel, still), size) for step in steps]


@given(GAMES)
@settings(max_examples=30)
def test_a_game_shows_the_boards_of_the_oracle(one_game):
    seed, size, standard = one_game
    moves = oracle.random_game(seed, size, standard)
    figure = figures.game_boards(moves, size=size, standard=standard)
    truth = oracle.replay(moves, size, standard)
    shown = drawn(figure, size)
    assert len(shown) == len(moves) + 1
    assert (shown[0][0] == oracle.start(size, standard)).all()

    mover = {1: style.BLACK, -1: style.WHITE}
    for ply, (player, can, before, after) in enumerate(truth):
        board, marks, _ = shown[ply + 1]
        assert (board == after).all()
        assert shown[ply][1][mover[player], 0.44] == sorted(can)
        assert marks[figures.LAST_MOVE, 0.48] == [moves[ply]]
        turned = oracle.turned(before, player, moves[ply])
        assert marks[figures.LAST_MOVE, 0.22] == sorted(turned)
        name = game.square_name(moves[ply], size)
        side = "black" if player > 0 else "white"
        label = figure.layout.sliders[0].steps[ply + 1].label
        assert label == f"{ply + 1}. {side} {name}, turns {len(turned)}"
    assert not {(colour, 0.44) for colour in mover.values()} & set(shown[-1][1])


def test_the_first_picture_is_that_of_the_slider():
    figure = figures.game_boards(MOVES, [Panel(values=probabilities(MOVES))], at=7)
    slider = figure.layout.sliders[0]
    assert slider.active == 7
    assert figure.layout.images[0].source == sources(slider.steps[7])
    assert list(map(list, figure.data[0].z)) == slider.steps[7].args[0]["z"][0]


def test_a_prefix_ends_with_what_may_follow():
    figure = figures.game_boards(MOVES[:9])
    assert drawn(figure, 6)[-1][1] == drawn(figures.game_boards(MOVES), 6)[9][1]
    assert len(drawn(figures.game_boards(np.r_[MOVES[:9], [-1] * 23]), 6)) == 10
    assert drawn(figures.game_boards([]), 6)[0][1] == {
        (style.BLACK, 0.44): sorted(oracle.legal(oracle.start(6), 1))
    }


def test_values_are_shown_after_their_move():
    values = probabilities(MOVES)
    assert len(values) == len(MOVES) - 1
    figure = figures.game_boards(
        MOVES, [Panel("truth"), Panel("model", values=values.reshape(31, 36))]
    )
    steps = figure.layout.sliders[0].steps
    for step in steps:
        assert list(step.args[2]) == [1]  # the truth's cells never change
    cells = [step.args[0]["z"][0] for step in steps]
    assert cells[0] == cells[-1] == [[None] * 6] * 6
    np.testing.assert_allclose(np.array(cells[1:-1]), values, atol=5.1e-4)
    for ply, (board, _, numbers) in enumerate(drawn(figure, 6, panel=1)[1:-1]):
        large = (values[ply] >= 0.01) & (board == 0)
        assert numbers == [f"{100 * value:.0f}" for value in values[ply][large]]


def test_layers_are_a_second_slider():
    rng = np.random.default_rng(0)
    values = rng.uniform(-1, 1, (3, 32, 6, 6))
    panels = [
        Panel("model", values=probabilities(MOVES)),
        Panel("probe", values=values, scale="signed", legal=False),
    ]
    figure = figures.game_boards(MOVES, panels, layers=["a", "b", "c"], layer=1)
    over_moves, over_layers = figure.layout.sliders
    assert [trace.visible for trace in figure.data] == [True, False, True, False]
    assert [(step.label, step.args[0], list(step.args[1])) for step in over_layers.steps] == [
        (name, {"visible": [k == layer for k in range(3)]}, [1, 2, 3])
        for layer, name in enumerate("abc")
    ]
    for ply, step in enumerate(over_moves.steps[1:]):
        assert list(step.args[2]) == [0, 1, 2, 3]
        np.testing.assert_allclose(step.args[0]["z"][1:], values[:, ply], atol=5.1e-3)


def test_a_panel_may_bring_its_own_discs():
    own = game.replay(MOVES[None]).boards()[0]
    own[4, 2, 3] *= -1
    figure = figures.game_boards(
        MOVES, [Panel(), Panel(discs=own, legal=False), Panel(discs=False)]
    )
    for ply in range(32):
        assert (drawn(figure, 6, panel=1)[ply + 1][0] == own[ply]).all()
    assert not any(board.any() for board, _, _ in drawn(figure, 6, panel=2))


def test_a_stepper_replays_nothing():
    discs = np.zeros((2, 4, 4), int)
    discs[1, 0, 0] = -1
    legal = discs != 0
    figure = figures.stepper(
        [Panel(discs=discs, legal=legal)], ["none", "one"], size=4, last=[-1, 5]
    )
    (empty, no_marks, _), (one, marks, _) = drawn(figure, 4)
    assert not empty.any()
    assert not no_marks
    assert (one == discs[1]).all()
    assert marks == {
        (figures.LEGAL, 0.44): [0],
        ("#fff", 0.64): [5],
        (figures.LAST_MOVE, 0.48): [5],
    }


def test_the_boards_of_a_stepper_stand_in_columns():
    values = np.random.default_rng(0).random((3, 36))
    panels = [Panel(name, values=values, scale="signed") for name in "abcde"]
    figure = figures.stepper(panels, ["first", "second", "third"], columns=3)
    domains = [figure.layout[f"yaxis{n}"].domain for n in ("", 2, 3, 4, 5)]
    assert domains[0] == domains[1] == domains[2] != domains[3] == domains[4]
    cells, images, traces = figure.layout.sliders[0].steps[1].args
    assert images == {}  # the pictures, without discs, stay
    assert list(traces) == list(range(5))
    for z in cells["z"]:
        np.testing.assert_allclose(np.ravel(z), values[1], atol=1e-3)


def test_games_are_small():
    values = probabilities(MOVES)
    assert size_in_page(figures.game_boards(MOVES)) < 35_000
    assert size_in_page(figures.game_boards(MOVES, [Panel(values=values)])) < 50_000
    probe = np.random.default_rng(0).uniform(-1, 1, (17, 32, 6, 6))
    panels = [Panel("truth"), Panel("model", values=values), Panel(values=probe, scale="signed")]
    assert (
        size_in_page(figures.game_boards(MOVES, panels, layers=[str(k) for k in range(17)]))
        < 260_000
    )
    long = game.sample_moves(1, seed=0, size=8)[0].astype(int)
    assert size_in_page(figures.game_boards(long, size=8)) < 70_000
