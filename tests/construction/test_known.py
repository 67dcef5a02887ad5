"""Proof of ``othello_gpt.construction``: known."""

import numpy as np
import pytest
import torch

from othello_gpt import construction, game, interventions
from tests import oracle
from tests.construction.common import built


def test_boards_held_are_the_oracles_as_far_as_they_were_played(network):
    at, games = network.layout, game.Games.sample(3, seed=12, size=network.layout.size)
    layers = [-1, 0, 3, at.context - 1, at.context, at.context + 2]
    sites = ["resid_pre 0", *(f"resid_post {layer}" for layer in layers[1:])]
    held = construction.boards_held(network, games, sites)
    assert held.shape == (len(sites), 3, at.context, at.size**2)
    for g, one_game in enumerate(games.moves.tolist()):
        boards = [np.array(step[2]).ravel() for step in oracle.replay(one_game, at.size)]
        for number, layer in enumerate(layers):
            for i in range(at.context):
                to_move = -1 if i % 2 == 0 else 1
                wanted = to_move * boards[min(i, layer) + 1]
                np.testing.assert_array_equal(held[number, g, i], wanted)


def test_boards_held_keep_the_order_asked_for_and_refuse_other_sites():
    network, games = built(4), game.Games.sample(2, seed=13, size=4)
    there = construction.boards_held(network, games, ["resid_post 3", "resid_pre 0"])
    back = construction.boards_held(network, games, ["resid_pre 0", "resid_post 3"])
    np.testing.assert_array_equal(there, back[::-1])
    with pytest.raises(ValueError, match="no site 'resid_post 99' here"):
        construction.boards_held(network, games, ["resid_post 99"])


def test_written_directions_are_what_turning_a_disc_changes():
    at = built(6).layout
    directions = construction.written_directions(at)
    torch.testing.assert_close(directions @ directions.T, torch.eye(36))
    written = construction.WriteBoard(at)
    rng = torch.Generator().manual_seed(1)
    before = torch.randint(0, 3, (36, 36), generator=rng, dtype=torch.int8)
    before.fill_diagonal_(0)  # theirs; then each case turns its own square to mine
    after = before.clone().fill_diagonal_(2)
    (site,) = written.sites
    nothing = torch.rand(36, at.width, generator=rng)
    change = written(site, nothing, before, after) - written(site, nothing, before, before)
    torch.testing.assert_close(change, 2**0.5 * directions)
    away = torch.ones(at.width, dtype=torch.bool)
    away[at.discs] = False
    assert torch.equal(written(site, nothing, before, after)[:, away], nothing[:, away])


def test_a_written_board_is_answered_by_the_rules():
    network, cases = built(6), interventions.sample_cases(20, seed=14)
    logits = interventions.run_source(network, cases, construction.WriteBoard(network.layout))
    for row, after in zip(logits, cases.after, strict=True):
        signs = (after.reshape(6, 6).astype(int) - 1).tolist()
        legal = [s for s in range(36) if signs[s // 6][s % 6] == 0 and oracle.turned(signs, 1, s)]
        top = (row > 0).nonzero().flatten().tolist()
        assert sorted(top) == sorted(game.token_of_square()[legal].tolist())


def test_a_unit_is_found_by_its_line_and_can_be_silenced():
    network, moves = construction.Construction(4), game.sample_moves(200, seed=2, size=4)
    unit = construction.unit_of(network, 3, "A2 closes in B2 with C2")
    line = network.units[3][unit].line
    assert (line.square, line.run, line.end) == (4, (5,), 6)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with construction.without(network, 3, unit) as silenced:
        assert construction.check_exactness(silenced, moves).wrong > 0
    with pytest.raises(RuntimeError), construction.without(network, 3, slice(None)):
        raise RuntimeError  # what happens within changes nothing
    assert all(torch.equal(tensor, before[n]) for n, tensor in network.state_dict().items())
    with pytest.raises(ValueError, match="no unit of layer 3 looks for 'B2 closes"):
        construction.unit_of(network, 3, "B2 closes in B1 with A9")


def test_wiring_shows_the_line(network):
    at = network.layout
    for unit in (2 * len(at.playable), len(network.units[1]) - 1):
        line = network.units[1][unit].line  # the second player moves in layer 1
        boards = construction.wiring(network, 1, unit)
        on = {name: np.ma.masked_equal(b, 0).compressed() for name, b in boards.items()}
        where = {name: np.flatnonzero(b.filled(0)).tolist() for name, b in boards.items()}
        assert where["reads: fetched move"] == [line.square]
        assert where["reads: first"] == where["writes: first"] == sorted(line.run)
        assert where["reads: second"] == [line.end]
        assert where["writes: second"] == sorted(line.run)
        assert set(on["writes: first"]) == {-1}
        assert set(on["writes: second"]) == set(on["reads: second"]) == {1}
        assert boards["reads: fetched move"].mask.sum() == 4
