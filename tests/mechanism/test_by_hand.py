"""Proof of ``othello_gpt.mechanism.by_hand``: silence finds what was written, and not all of it."""

import pytest
import torch

from othello_gpt import construction, game, mechanism

PLY = 5
FIT = game.Games.sample(600, seed=3)


@pytest.fixture(scope="module")
def network():
    return construction.Crowded()


def test_the_lines_units_cost_more_than_any_others(network):
    found = mechanism.silence_by_hand(network, PLY, FIT, 60, seed=4)
    own = found.run["its own line"]
    rivals = [found.run[name] for name in mechanism.RIVALS]
    assert own.low > 0.2
    assert all(own.low > 2 * rival.high for rival in rivals)
    assert found.run.keys() == found.others.keys() == {"its own line", *mechanism.RIVALS}
    assert found.others["its own line"].mean < own.mean / 5
    assert found.lines > 5
    assert found.silent >= 1
    assert found == mechanism.silence_by_hand(network, PLY, FIT, 60, seed=4)


def test_a_network_whose_board_is_wrong_is_refused(network):
    units = network.units[PLY]
    flips = [k for k, unit in enumerate(units) if unit.kind == "flip"]
    broken = [*flips, *(len(units) + k for k in flips)]
    with (
        construction.without(network, PLY, broken),
        pytest.raises(ValueError, match="board is wrong before"),
    ):
        mechanism.silence_by_hand(network, PLY, FIT, 20)
    assert torch.isfinite(network.blocks[PLY].mlp["out"].weight).all()
