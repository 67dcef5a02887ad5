"""Proof of ``othello_gpt.construction``: network."""

import numpy as np
import pytest
import torch

from othello_gpt import construction, game, probes
from othello_gpt.model import HELD_OUT_SEED
from tests import oracle
from tests.construction.common import built, tokens_of


def discs_of(board):
    """The first player's cells, then the second's, as the network should hold them."""
    cells = np.array(board).ravel()
    return np.concatenate([cells == 1, cells == -1]).astype(np.float32)


@pytest.mark.parametrize(("size", "count"), [(4, 40), (6, 12), (8, 4)])
def test_every_board_on_the_way_is_the_oracles(size, count):
    network, moves = built(size), game.sample_moves(count, seed=3, size=size)
    at = network.layout
    streams = list(network.residual_stream(tokens_of(moves[:, :-1], size)))
    probabilities = network.unembed(streams[-1]).softmax(-1)
    for g, one_game in enumerate(moves.tolist()):
        steps = oracle.replay(one_game, size)
        boards = [discs_of(step[2]) for step in steps]
        legal = [step[1] for step in steps]
        for site, stream in zip(network.sites, streams, strict=True):
            kind, layer = site.split()
            played = int(layer) + (kind == "resid_post")
            wanted = np.stack([boards[min(i + 1, played)] for i in range(at.context)])
            if played > at.context:
                wanted[::2] = np.roll(wanted[::2], size**2, 1)
            np.testing.assert_array_equal(stream[g, :, at.discs].numpy(), wanted)
        for i in range(at.context):
            p = probabilities[g, i, tokens_of(legal[i + 1], size)]
            assert torch.equal(p, p[:1].expand_as(p))
            assert p.sum() > 1 - 1e-6


def test_every_game_on_the_smallest_board():
    every = np.array(list(oracle.games_without_pass(4)))
    seen = construction.check_exactness(built(4), every, batch=2000)
    assert seen.positions == 11 * len(every) == 11 * 24_212
    assert (seen.illegal, seen.wrong, seen.unevenness) == (0, 0, 0)
    assert seen.illegal_mass < 1e-6


@pytest.mark.parametrize(("size", "count"), [(6, 200), (8, 6)])
def test_held_out_games_are_exact(size, count):
    moves = game.sample_moves(count, HELD_OUT_SEED, size=size)
    seen = construction.check_exactness(built(size), moves, batch=64)
    assert seen.positions == count * (size**2 - 5)
    assert (seen.games, seen.illegal, seen.spoilt, seen.wrong) == (count, 0, 0, 0)
    assert seen.cells == seen.positions * size**2 * len(built(size).sites)
    assert seen.illegal_mass < 1e-6
    assert seen.unevenness < 1e-3


def test_examine_notices_one_missing_unit():
    network, moves = construction.Construction(4), game.sample_moves(300, seed=2, size=4)
    weight = network.blocks[5].mlp["out"].weight
    seen = []
    for row, unit in enumerate(construction.play_units(network.layout, 5)):
        if unit.kind == "flip" and unit.line.square < 4:
            kept = weight[:, row].clone()
            weight[:, row] = 0
            seen.append(construction.check_exactness(network, moves))
            weight[:, row] = kept
    assert sum(one.wrong > 0 for one in seen) > len(seen) / 2
    assert any(one.illegal > 0 and one.illegal_mass > 0.01 for one in seen)
    assert all(one.spoilt <= one.illegal <= 11 * one.spoilt <= 11 * 300 for one in seen)
    assert any(one.spoilt < one.illegal for one in seen)
    assert construction.check_exactness(network, moves).wrong == 0
    network.lm_head.weight[1] *= 0.99
    assert construction.check_exactness(network, moves).unevenness > 0.1


def test_exact_in_double_precision_and_on_prefixes():
    network = built(6)
    tokens = tokens_of(game.sample_moves(8, seed=6))[:, :-1]
    logits = network(tokens)
    assert torch.equal(construction.Construction().double()(tokens), logits.double())
    for length in (1, 2, 17):
        assert torch.equal(network(tokens[:, :length]), logits[:, :length])


def test_moves_from_a_given_board():
    network, size = built(6), 6
    one_game = game.sample_moves(1, seed=7)[0].tolist()
    for player, can, board, _ in oracle.replay(one_game, size)[1:]:
        mine, theirs = torch.from_numpy(discs_of(board)).view(2, 36)[[0, 1][::player]]
        logits = network.moves_from_board(mine, theirs)
        top = set((logits > 0).nonzero().flatten().tolist())
        assert top == set(game.token_of_square()[can].tolist())
        assert logits.unique().numel() <= 2


def test_half_a_disc_is_half_a_move():
    mine, theirs = torch.zeros(2, 36)
    mine[0], theirs[1] = 1, 0.5
    logits = built(6).moves_from_board(mine, theirs)
    assert logits[game.token_of_square()[2]] == logits.max() > 0
    theirs[1] = 1
    assert built(6).moves_from_board(mine, theirs).max() == 2 * logits.max()


def test_probes_take_it_as_a_source():
    network, moves = built(6), game.sample_moves(300, seed=8)
    target = probes.TARGETS["colour"]
    probe = probes.fit_ridge(network, moves, [target], ["resid_post 30"])
    tally = probes.accuracy(probe, network, game.sample_moves(50, HELD_OUT_SEED))["colour"]
    assert tally.accuracy().mean[0] == 1
