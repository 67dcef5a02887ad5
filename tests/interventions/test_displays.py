"""Proof of ``othello_gpt.interventions``: displays."""

import numpy as np

from othello_gpt import game, interventions
from othello_gpt.interventions import CachedPrefixes, MinimumNormEdit, Rewrite
from othello_gpt.interventions.displays import turnable
from tests import oracle
from tests.interventions.common import MOVES, SITES, board_of


def test_the_first_disc_turned_adds_and_removes_the_most():
    moves = MOVES[:1]
    cases, discs = turnable(moves, 16)
    both = []
    for before, after, square in zip(cases.before, cases.after, discs, strict=True):
        assert np.flatnonzero(before != after).tolist() == [square]
        was, now = (set(oracle.legal(board_of(board), 1)) for board in (before, after))
        assert now
        assert was != now
        both.append(min(len(now - was), len(was - now)))
    assert both == sorted(both, reverse=True)
    left_out = set(np.flatnonzero(cases.before[0] != interventions.EMPTY)) - set(discs)
    was = oracle.legal(board_of(cases.before[0]), 1)
    for square in left_out:
        board = cases.before[0].copy()
        board[square] = 2 - board[square]
        now = oracle.legal(board_of(board), 1)
        assert not now or sorted(now) == sorted(was)


def test_the_figure_shows_what_the_edit_makes_the_network_play(model, probe):
    moves, edit = MOVES[:1], Rewrite(probe, SITES, 1.0)
    figure = interventions.disc_turned(model, edit, moves, 16)
    cases, discs = turnable(moves, 16)
    said = CachedPrefixes(model, cases).run(edit).softmax(-1)[0]
    z = np.array(figure.data[-1].z, float)
    z = z if np.allclose(z.sum(), float(said[1:].sum()), atol=0.02) else z[::-1]
    expected = np.zeros(36)
    expected[game.square_of_token()[1:]] = said[1:]
    np.testing.assert_allclose(np.sort(z.ravel()), np.sort(expected), atol=2e-3)
    names = [step.label for step in figure.layout.sliders[0].steps]
    assert names == [f"turn {game.square_name(square)} over" for square in discs]


def test_tables_name_what_was_chosen_and_measured(model, probe, cases):
    edits = {"a": Rewrite(probe, SITES, 1.0), "b": MinimumNormEdit(probe, SITES[:1], 0.5)}
    tried = {"a": [edits["a"]] * 3, "b": [edits["b"]]}
    chosen = interventions.chosen(edits, tried, {id(probe): "mine"})
    assert chosen.loc["a"].tolist() == ["mine", "resid_mid 1 to resid_post 1", 1.0, 3]
    assert chosen.loc["b", "sites"] == "resid_mid 1 to resid_mid 1"
    prefixes = CachedPrefixes(model, cases)
    unedited = prefixes.run()
    scores = {"null": interventions.score(unedited, unedited, cases).intervals()}
    board = interventions.scoreboard(scores, {"null": scores["null"]["mass"]})
    assert board.loc["null", "top-N error"] == f"{scores['null']['error']:.2f}"
    assert board.loc["null", "illegal later"] == board.loc["null", "legal mass"]
    assert board.loc["null", "drift"].startswith("0.0%")


def test_every_control_is_that_of_its_edit(model, probe, cases):
    prefixes = CachedPrefixes(model, cases)
    edits = {"a": Rewrite(probe, SITES, 1.0), "b": MinimumNormEdit(probe, SITES, 1.0)}
    found = interventions.every_control(edits, prefixes)
    for name, edit in edits.items():
        error = interventions.top_n_error(prefixes.run(edit), cases.legal_after)
        assert found[name]["the edit"].mean == error.mean()
    null = interventions.top_n_error(prefixes.run(), cases.legal_after)
    assert found["b"]["the board as it is"].mean == null.mean()  # no square to change
    assert list(found["a"]) == [
        "the edit",
        *interventions.controls(edits["a"], prefixes),
        *interventions.comparisons(edits["a"], prefixes),
    ]
