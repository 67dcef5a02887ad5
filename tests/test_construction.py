from collections import Counter
from functools import cache
from itertools import product

import numpy as np
import oracle
import pytest
import torch

from othello_gpt import construction as c
from othello_gpt import games, probes, rules
from othello_gpt.model import HELD_OUT_SEED

SIZES = rules.SIZES
NETWORKS = {}


@pytest.fixture(params=SIZES)
def network(request):
    return built(request.param)


def built(size):
    if size not in NETWORKS:
        NETWORKS[size] = c.Construction(size)
    return NETWORKS[size]


def tokens_of(moves, size=6):
    return torch.from_numpy(games.token_of_square(size)[moves])


def discs_of(board):
    """The first player's cells, then the second's, as the network should hold them."""
    cells = np.array(board).ravel()
    return np.concatenate([cells == 1, cells == -1]).astype(np.float32)


# --- geometry -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_patterns_are_what_the_rules_turn_over(size):
    found = c.patterns(size)
    assert len(found) == len({(p.square, p.end) for p in found})
    # A line of length m + 1 fits n - m times into a row, and there are n rows; 8 directions.
    n = size
    assert len(found) == sum(4 * (n - m) * n + 4 * (n - m) ** 2 for m in range(2, n))
    for p in found:
        board = [[0] * n for _ in range(n)]
        board[p.end // n][p.end % n] = 1
        for s in p.run:
            board[s // n][s % n] = -1
        assert oracle.turned(board, 1, p.square) == list(p.run)


@pytest.mark.parametrize(
    ("size", "lines", "of_playable", "width"),
    [(4, 68, 56, 67), (6, 360, 316, 167), (8, 1036, 960, 307)],
)
def test_unit_counts(size, lines, of_playable, width):
    # 3n^2 - 4 moves at each of three places, less one position; two players' cells.
    playable, cells = size**2 - 4, size**2
    assert len(c.patterns(size)) == lines
    # From a central square: half - 1 and half - 2 along either line, half - 1 and thrice half - 2
    # along the diagonals.
    assert of_playable == lines - 4 * (4 * size - 13)
    assert c.Layout(size).width == width == 3 * playable - 1 + 2 * cells
    counts = [Counter(unit.kind for unit in layer) for layer in c.layers(size)]
    play = {"place": playable, "spend": playable, "flip": of_playable}
    last = [{"turn": 2 * cells}, {"count": of_playable}, {"cut": playable}]
    assert counts == [play] * (playable - 1) + last


def test_coordinates_do_not_overlap(network):
    at = network.layout
    parts = [at.move, at.position, at.first, at.second, at.fetched]
    assert [i for p in parts for i in range(p.start, p.stop)] == list(range(at.width))
    assert (at.discs.start, at.discs.stop) == (at.first.start, at.second.stop)


# --- each unit ----------------------------------------------------------------------------------


def respond(network, layer, row, coordinates, values):
    """What a unit says where ``coordinates`` [n] have ``values`` [inputs, n]; it reads no others.

    Returns the activations [inputs] and what the unit writes, by coordinate.
    """
    into, out = network.blocks[layer].mlp["in"], network.blocks[layer].mlp["out"]
    assert set(into.weight[row].nonzero().flatten().tolist()) <= set(coordinates)
    weight = into.weight[row, coordinates].numpy()
    said = np.maximum(np.asarray(values) @ weight + into.bias[row].item(), 0)
    writes = {int(k): out.weight[k, row].item() for k in out.weight[:, row].nonzero()}
    return said, writes


@cache
def every_state(squares):
    """Every way to fill so many squares with 0 (empty), 1 (first), -1 (second) [states, squares].

    And which squares the first player has, then the second, [states, 2 * squares].
    """
    states = np.array(list(product([0, 1, -1], repeat=squares)))
    return states, np.concatenate([states == 1, states == -1], 1)


def discs_on(at, squares):
    """The coordinates that say what is on squares, as ``every_state`` orders them."""
    return [part.start + s for part in (at.first, at.second) for s in squares]


@pytest.mark.parametrize("ply", [1, -1])
def test_each_flip_unit_fires_on_its_pattern_only(network, ply):
    at = network.layout
    ply %= at.context
    mover = 1 if ply % 2 == 0 else -1
    own, other = (at.first, at.second)[::mover]
    for row, unit in enumerate(c.play_units(at, ply)):
        if unit.kind != "flip":
            continue
        p = unit.pattern
        coordinates, (states, values) = discs_on(at, [*p.run, p.end]), every_state(len(p.run) + 1)
        closed = (states[:, -1] == mover) & (states[:, :-1] == -mover).all(1)
        coordinates.append(at.fetched.start + int(at.token[p.square]))
        for fetched in (0, 1):
            given = np.insert(values, values.shape[1], fetched, 1)
            said, writes = respond(network, ply, row, coordinates, given)
            assert np.array_equal(said, closed * fetched)
        turned = {own.start + s: 1 for s in p.run} | {other.start + s: -1 for s in p.run}
        assert writes == turned


def test_each_count_unit_fires_on_its_pattern_only(network):
    at, layer = network.layout, network.layout.context + 1
    for row, unit in enumerate(c.count_units(at)):
        p = unit.pattern
        squares = [p.square, *p.run, p.end]
        coordinates, (states, values) = discs_on(at, squares), every_state(len(squares))
        closed = (states[:, 0] == 0) & (states[:, -1] == 1) & (states[:, 1:-1] == -1).all(1)
        said, writes = respond(network, layer, row, coordinates, values)
        assert np.array_equal(said, closed)
        assert writes == {at.move.start + int(at.token[p.square]): 1}


@pytest.mark.parametrize("ply", [1, -1])
def test_each_move_is_placed_and_spent(network, ply):
    at = network.layout
    ply %= at.context
    own = (at.first, at.second)[ply % 2]
    for row, unit in enumerate(c.play_units(at, ply)[: 2 * len(at.playable)]):
        token = row // 2
        move, now = at.move.start + token, at.position.start + ply
        fetched = at.fetched.start + token
        if unit.kind == "place":
            said, writes = respond(network, ply, row, [fetched], [[0], [1]])
            assert said.tolist() == [0, 1]
            assert writes == {fetched: -1, own.start + int(at.playable[token]): 1}
        else:
            values = list(product([0, 1], repeat=2))
            said, writes = respond(network, ply, row, [move, now], values)
            assert (unit.kind, said.tolist(), writes) == ("spend", [0, 0, 0, 1], {move: -1})


def test_each_disc_is_turned_to_its_owner(network):
    at, cells = network.layout, network.layout.size**2
    positions = list(range(at.position.start, at.position.stop))
    values = [np.append(p, d) for p in np.eye(at.context) for d in (0, 1)]
    for row in range(2 * cells):
        here, there = at.discs.start + row, at.discs.start + (row + cells) % (2 * cells)
        said, writes = respond(network, at.context, row, [*positions, here], values)
        assert said.tolist() == [float(d and i % 2 == 0) for i in range(at.context) for d in (0, 1)]
        assert writes == {here: -1, there: 1}


def test_each_count_is_cut_at_one(network):
    at = network.layout
    for row, move in enumerate(range(at.move.start, at.move.stop)):
        said, writes = respond(network, at.context + 2, row, [move], np.arange(9)[:, None])
        assert said.tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7]
        assert writes == {move: -1}


def test_heads_see_one_position_or_nothing(network):
    at = network.layout
    moves = games.sample_moves(3, seed=5, size=at.size)
    tokens = tokens_of(moves[:, :-1], at.size)
    before, after = None, None
    for site, x in zip(network.sites, network.residual_stream(tokens), strict=True):
        if not site.startswith("resid_mid"):
            before = x
            continue
        layer = int(site.split()[1])
        after = torch.zeros_like(x)
        if layer < at.context:
            now = at.fetched.start + torch.from_numpy(at.token[moves[:, layer]])
            after[torch.arange(len(moves)), layer:, now] = 1
        assert torch.equal(x - before, after)


# --- the whole network --------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "count"), [(4, 40), (6, 12), (8, 4)])
def test_every_board_on_the_way_is_the_oracles(size, count):
    network, moves = built(size), games.sample_moves(count, seed=3, size=size)
    at = network.layout
    streams = list(network.residual_stream(tokens_of(moves[:, :-1], size)))
    probabilities = network.unembed(streams[-1]).softmax(-1)
    for g, game in enumerate(moves.tolist()):
        steps = oracle.replay(game, size)
        boards = [discs_of(step[2]) for step in steps]
        legal = [step[1] for step in steps]
        for site, stream in zip(network.sites, streams, strict=True):
            kind, layer = site.split()
            played = int(layer) + (kind == "resid_post")
            for i in range(at.context):
                board = boards[min(i + 1, played)]
                if played > at.context and i % 2 == 0:
                    board = np.roll(board, size**2)
                np.testing.assert_array_equal(stream[g, i, at.discs], board)
        for i in range(at.context):
            p = probabilities[g, i, tokens_of(legal[i + 1], size)]
            assert torch.equal(p, p[:1].expand_as(p))
            assert p.sum() > 1 - 1e-6


def test_every_game_on_the_smallest_board():
    every = np.array(list(oracle.games_without_pass(4)))
    seen = c.examine(built(4), every, batch=2000)
    assert seen.positions == 11 * len(every) == 11 * 24_212
    assert (seen.illegal, seen.wrong, seen.unevenness) == (0, 0, 0)
    assert seen.illegal_mass < 1e-6


@pytest.mark.parametrize(("size", "count"), [(6, 200), (8, 6)])
def test_held_out_games_are_exact(size, count):
    moves = games.sample_moves(count, HELD_OUT_SEED, size=size)
    seen = c.examine(built(size), moves, batch=64)
    assert seen.positions == count * (size**2 - 5)
    assert (seen.games, seen.illegal, seen.spoilt, seen.wrong) == (count, 0, 0, 0)
    assert seen.cells == seen.positions * size**2 * len(built(size).sites)
    assert seen.illegal_mass < 1e-6
    assert seen.unevenness < 1e-3


def test_examine_notices_one_missing_unit():
    network, moves = c.Construction(4), games.sample_moves(300, seed=2, size=4)
    weight = network.blocks[5].mlp["out"].weight
    seen = []
    for row, unit in enumerate(c.play_units(network.layout, 5)):
        if unit.kind == "flip" and unit.pattern.square < 4:
            kept = weight[:, row].clone()
            weight[:, row] = 0
            seen.append(c.examine(network, moves))
            weight[:, row] = kept
    assert sum(one.wrong > 0 for one in seen) > len(seen) / 2
    assert any(one.illegal > 0 and one.illegal_mass > 0.01 for one in seen)
    assert all(one.spoilt <= one.illegal <= 11 * one.spoilt <= 11 * 300 for one in seen)
    assert any(one.spoilt < one.illegal for one in seen)
    assert c.examine(network, moves).wrong == 0
    network.unembed.weight[1] *= 0.99
    assert c.examine(network, moves).unevenness > 0.1


def test_transformer_lens_computes_the_same_at_every_site():
    network = built(6)
    bridge = c.to_transformer_lens(network)
    assert (bridge.cfg.act_fn, bridge.cfg.normalization_type) == ("relu", None)
    tokens = tokens_of(games.sample_moves(20, seed=4))[:, :-1]
    logits, cache = bridge.run_with_cache(tokens)
    assert torch.equal(logits, network(tokens))
    for site, x in zip(network.sites, network.residual_stream(tokens), strict=True):
        kind, layer = site.split()
        assert torch.equal(cache[f"blocks.{layer}.hook_{kind}"], x)


def test_exact_in_double_precision_and_on_prefixes():
    network = built(6)
    tokens = tokens_of(games.sample_moves(8, seed=6))[:, :-1]
    logits = network(tokens)
    assert torch.equal(c.Construction().double()(tokens), logits.double())
    for length in (1, 2, 17):
        assert torch.equal(network(tokens[:, :length]), logits[:, :length])


def test_moves_from_a_given_board():
    network, size = built(6), 6
    game = games.sample_moves(1, seed=7)[0].tolist()
    for player, can, board, _ in oracle.replay(game, size)[1:]:
        mine, theirs = torch.from_numpy(discs_of(board)).view(2, 36)[[0, 1][::player]]
        logits = network.moves_from_board(mine, theirs)
        top = set((logits > 0).nonzero().flatten().tolist())
        assert top == set(games.token_of_square()[can].tolist())
        assert logits.unique().numel() <= 2


def test_half_a_disc_is_half_a_move():
    mine, theirs = torch.zeros(2, 36)
    mine[0], theirs[1] = 1, 0.5
    logits = built(6).moves_from_board(mine, theirs)
    assert logits[games.token_of_square()[2]] == logits.max() > 0
    theirs[1] = 1
    assert built(6).moves_from_board(mine, theirs).max() == 2 * logits.max()


def test_probes_take_it_as_a_source():
    network, moves = built(6), games.sample_moves(300, seed=8)
    target = probes.TARGETS["colour"]
    probe = probes.fit_ridge(network, moves, [target], ["resid_post 30"])
    tally = probes.accuracy(probe, network, games.sample_moves(50, HELD_OUT_SEED))["colour"]
    assert tally.accuracy().mean[0] == 1


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 5, 7, 10, 6.5, "6"])
def test_a_board_that_it_cannot_play_is_refused(size):
    for build in (c.Construction, c.patterns, c.layers):
        with pytest.raises(ValueError, match=f"board size {size!r} is not supported: use one of"):
            build(size)


def test_tokens_of_another_board_are_refused():
    moves = games.sample_moves(2, seed=1, size=8)
    with pytest.raises(ValueError, match="59 tokens up to 60 are no game on 6x6"):
        built(6)(torch.sort(tokens_of(moves, 8)).values[:, 1:])
    with pytest.raises(ValueError, match="up to 60 are no game on 6x6"):
        built(6)(torch.tensor([[60, 1]]))
    with pytest.raises(ValueError, match=r"32 tokens .* at most 31 tokens"):
        built(6)(tokens_of(games.sample_moves(2, seed=1)))


# --- depth --------------------------------------------------------------------------------------


def slow_guesses(moves, size):
    """Guesses of the boards after each move of one game, round by round, with the oracle."""
    turned, rounds = [set() for _ in moves], []
    while True:
        board = oracle.start(size)
        boards, next_turned = [], []
        for ply, square in enumerate(moves):
            player = 1 if ply % 2 == 0 else -1
            next_turned.append(set(oracle.turned(board, player, square)))
            board = [list(row) for row in board]
            board[square // size][square % size] = player
            for s in turned[ply]:
                board[s // size][s % size] *= -1
            boards.append(board)
        rounds.append(boards)
        if next_turned == turned:
            return rounds
        turned = next_turned


@pytest.mark.parametrize("size", [4, 6])
def test_guesses_are_the_oracles(size):
    for game in games.sample_moves(6, seed=9, size=size):
        slow = slow_guesses(game.tolist(), size)
        fast = np.concatenate(list(c.guesses(game[None], size)))
        assert len(fast) == len(slow)
        for guess, boards in zip(fast, slow, strict=True):
            first = rules.to_array(guess, size)
            np.testing.assert_array_equal(first, np.array(boards) == 1)


def test_rounds_end_with_the_truth_and_are_no_more_than_moves():
    moves = games.sample_moves(300, seed=10)
    replay = rules.replay(moves)
    every = list(c.guesses(moves))
    np.testing.assert_array_equal(every[-1], replay.after_first)
    for number, guess in enumerate(every):
        done = min(number, 32)
        np.testing.assert_array_equal(guess[:, :done], replay.after_first[:, :done])
    needed = c.rounds(moves)
    assert (needed >= 1).all()
    assert (needed <= np.arange(1, 33)).all()
    for number in (3, 9):
        right = np.stack([g == replay.after_first for g in every[number:]]).all(0)
        np.testing.assert_array_equal(right, needed <= number)


def test_rounds_refuse_an_illegal_game():
    with pytest.raises(rules.IllegalMove):
        c.rounds(np.zeros((1, 32), int))
