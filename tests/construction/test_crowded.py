"""Proof of ``othello_gpt.construction``: codes, crowded."""

from functools import cache

import numpy as np
import pytest
import torch

from othello_gpt import construction, game, interventions
from othello_gpt.construction.codes import nearest, spread
from tests import oracle
from tests.construction.common import tokens_of
from tests.construction.test_network import discs_of

TURNED = "resid_post 31"


@cache
def crowded(size=6, room=11):
    return construction.Crowded(size, room)


def test_codes_are_unit_vectors_far_apart():
    rng = torch.Generator().manual_seed(3)
    few, many = spread(5, 8, rng), spread(32, 11, rng)
    torch.testing.assert_close(few @ few.T, torch.eye(5, dtype=few.dtype))
    torch.testing.assert_close(many.norm(dim=1), torch.ones(32, dtype=many.dtype))
    at_random = torch.nn.functional.normalize(torch.randn(32, 11, generator=rng), dim=1)
    assert nearest(few) < 1e-9 < nearest(many) < 0.2 < 0.4 < nearest(at_random)


def test_there_are_more_features_than_dimensions_and_none_is_alone():
    at = crowded().layout
    directions, readings = at.directions, at.readings
    assert directions.shape == readings.shape == (at.features, at.width)
    assert at.features == 201 > 2.5 * at.width
    assert torch.linalg.matrix_rank(directions) == at.width - 1  # the mean is left out
    assert directions.sum(1).abs().max() < 1e-9
    unit = torch.nn.functional.normalize(directions, dim=1)
    cosines = (unit @ unit.T)[at.first, at.first] - torch.eye(36, dtype=unit.dtype)
    assert cosines.abs().mean() > 0.05  # so not orthogonal
    assert cosines.abs().max() < 0.6
    torch.testing.assert_close(directions[at.second], -directions[at.first])
    constant = unit[at.one] @ unit.T
    assert constant[: at.one].abs().max() < 1e-9


def test_what_is_written_is_read_and_nothing_else_of_another_kind():
    at = crowded().layout
    read = at.directions @ at.readings.T
    torch.testing.assert_close(read.diagonal(), torch.ones(at.features, dtype=read.dtype))
    kinds = [at.position, at.move, at.first, at.fetched, slice(at.parity, at.parity + 1)]
    for one in kinds:
        for other in kinds:
            if one != other:
                assert read[one, other].abs().max() < 1e-9
    for kind, most in at.interference.items():
        of = getattr(at, kind)
        found = read[of, of] - torch.eye(of.stop - of.start, dtype=read.dtype)
        assert max(0, found.max().item()) == pytest.approx(most, abs=1e-9)


@pytest.mark.parametrize(("size", "room", "count"), [(4, 11, 30), (6, 11, 10), (6, 8, 10)])
def test_every_board_on_the_way_is_the_oracles(size, room, count):
    network, moves = crowded(size, room), game.sample_moves(count, seed=3, size=size)
    at = network.layout
    streams = list(network.residual_stream(tokens_of(moves[:, :-1], size)))
    choices = network.unembed(streams[-1]).argmax(-1)
    for g, one_game in enumerate(moves.tolist()):
        steps = oracle.replay(one_game, size)
        boards = [discs_of(step[2]) for step in steps]
        for site, stream in zip(network.sites, streams, strict=True):
            kind, layer = site.split()
            played = int(layer) + (kind == "resid_post")
            wanted = np.stack([boards[min(i + 1, played)] for i in range(at.context)])
            if played > at.context:
                wanted[::2] = np.roll(wanted[::2], size**2, 1)
            np.testing.assert_array_equal(network.discs(stream[g]).numpy(), wanted)
        for i in range(at.context):
            assert choices[g, i] in tokens_of(steps[i + 1][1], size)


def test_layer_norm_matters_and_the_stream_has_no_mean():
    network = crowded()
    *_, x = network.residual_stream(tokens_of(game.sample_moves(20, seed=5))[:, :-1])
    assert x.mean(-1).abs().max() < 1e-4
    lengths = x.norm(dim=-1)
    assert lengths.max() > 1.15 * lengths.min()
    torch.testing.assert_close(
        network.ln_f(x).norm(dim=-1), torch.full_like(lengths, 72**0.5), rtol=1e-4, atol=0
    )


def test_too_little_room_is_noticed():
    seen = construction.check_exactness(crowded(6, 3), game.Games.sample(60, seed=4))
    assert seen.illegal > 0 < seen.wrong
    with pytest.raises(ValueError, match="room 0 is none"):
        construction.Crowded(room=0)


def test_one_unit_less_is_noticed():
    network, moves = construction.Crowded(4), game.sample_moves(200, seed=2, size=4)
    assert construction.check_exactness(network, moves).wrong == 0
    unit = construction.unit_of(network, 3, "A2 closes in B2 with C2")
    pair = [unit, unit + len(network.units[3])]
    with construction.without(network, 3, pair) as silenced:
        assert construction.check_exactness(silenced, moves).wrong > 0


def test_a_written_board_is_answered_by_the_rules_and_nothing_else_is_moved():
    network, cases = crowded(), interventions.sample_cases(20, seed=14)
    at = network.layout
    edit = construction.WriteCrowded(at)
    logits = interventions.run_source(network, cases, edit)
    for said, after in zip(logits, cases.after, strict=True):
        signs = (after.reshape(6, 6).astype(int) - 1).tolist()
        legal = [s for s in range(36) if signs[s // 6][s % 6] == 0 and oracle.turned(signs, 1, s)]
        top = said.topk(len(legal)).indices.tolist()
        assert sorted(top) == sorted(game.token_of_square()[legal].tolist())
    x = torch.randn(20, at.width, generator=torch.Generator().manual_seed(1))
    before, after = torch.from_numpy(cases.before), torch.from_numpy(cases.after)
    moved = (edit(TURNED, x, before, after) - x).double() @ at.readings.T
    assert moved[:, [at.one, at.parity]].abs().max() < 1e-4
    assert moved[:, at.position].abs().max() < 1e-4 < moved[:, at.first].abs().max()
    known = construction.written_directions(at)
    torch.testing.assert_close(known.norm(dim=1), torch.ones(36))


def test_a_given_board_gets_its_moves():
    network = crowded()
    one_game = game.sample_moves(1, seed=7)[0].tolist()
    for player, can, board, _ in oracle.replay(one_game, 6)[1:]:
        mine, theirs = torch.from_numpy(discs_of(board)).view(2, 36)[[0, 1][::player]]
        top = network.moves_from_board(mine, theirs).topk(len(can)).indices
        assert set(top.tolist()) == set(game.token_of_square()[can].tolist())
