"""Proof of ``othello_gpt.construction``: units."""

from functools import cache
from itertools import product

import numpy as np
import pytest
import torch

from othello_gpt import construction, game
from tests.construction.common import tokens_of


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
    for row, unit in enumerate(construction.play_units(at, ply)):
        if unit.kind != "flip":
            continue
        p = unit.line
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
    for row, unit in enumerate(construction.count_units(at)):
        p = unit.line
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
    for row, unit in enumerate(construction.play_units(at, ply)[: 2 * len(at.playable)]):
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
    moves = game.sample_moves(3, seed=5, size=at.size)
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
