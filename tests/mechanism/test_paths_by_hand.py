"""Proof of ``othello_gpt.mechanism``: traces and graphs of the network written by hand."""

import pytest
import torch

from othello_gpt import construction, mechanism
from othello_gpt.game import Games

PLY = 5


@pytest.fixture(scope="module")
def network():
    return construction.Crowded()


@pytest.fixture(scope="module")
def cases():
    return mechanism.last_move_pairs(6, (PLY,), seed=4)


def test_its_last_position_is_that_of_the_network(network, cases):
    pairs, others = cases
    last = mechanism.CrowdedPosition(network, pairs)
    tokens = pairs.tokens[:, : PLY + 1].clone()
    for other in (None, others):
        written = last.run(None if other is None else last.tokens(other))
        if other is not None:
            tokens[:, -1] = last.tokens(other)
        *sites, final = (x[:, -1] for x in network.residual_stream(tokens))
        torch.testing.assert_close(written.final, final, atol=1e-4, rtol=0)
        logits = network(tokens)[:, -1]
        torch.testing.assert_close(written.logits, logits, atol=1e-2, rtol=0)
        torch.testing.assert_close(written.mid, torch.stack(sites[1::2], 1), atol=1e-4, rtol=0)
    assert written.neurons.shape[:2] == (6, len(network.blocks))
    assert not written.neurons[:, PLY + 1].any()  # it makes a later move


def test_all_its_parts_bring_back_all_and_none_brings_the_token(network, cases):
    pairs, others = cases
    found = mechanism.trace_by_hand(network, PLY, Games.sample(600, seed=3), 12, seed=4)
    writes = {part: one.mean for part, one in found.writes.items() if part != "tied neurons"}
    assert sum(writes.values()) == pytest.approx(1, abs=1e-3)
    assert writes[f"MLP {PLY}"] == pytest.approx(1, abs=1e-3)
    layer = "all neurons of the layer"
    assert found.read[f"put in: {layer}"].mean == pytest.approx(1, abs=1e-3)
    assert found.read[f"held back: {layer}"].mean == pytest.approx(0, abs=1e-3)
    put, back = (found.read[f"{how}: the lines' neurons"].mean for how in ("put in", "held back"))
    assert put + back == pytest.approx(1, abs=1e-3)  # units of one layer add up
    assert 0.1 < put < 0.9
    assert found.answer.keys() == found.read.keys()
    last = mechanism.CrowdedPosition(network, pairs[[0]])
    one = mechanism.contrast_at(last, int(others[0]))
    parts = mechanism.effects(one, mechanism.gradients(one))
    everything = mechanism.largest(parts, parts["heads"].numel(), parts["neurons"].numel())
    assert mechanism.rescued(one, everything) == pytest.approx(1, abs=1e-3)
    three = mechanism.largest(parts, 1, 2)
    for node, lost in mechanism.lost_alone(one, three).items():
        assert lost == pytest.approx(1 - mechanism.removed(one, [node]), abs=1e-3)


def test_a_graph_of_the_network_by_hand_is_complete_if_it_is_large_enough(network):
    (small,) = mechanism.graphs_by_hand(network, PLY, 1, seed=4, n_heads=1, n_neurons=1)
    (large,) = mechanism.graphs_by_hand(network, PLY, 1, seed=4, n_heads=24, n_neurons=128)
    assert large.rescue == pytest.approx(1, abs=0.01)
    assert small.rescue < 0.9
    assert large.by_size == pytest.approx(1, abs=0.01)
    assert large.left == pytest.approx(large.token, abs=0.01)
    assert large.rest == pytest.approx(large.token, abs=0.01)
    assert large.differ == small.differ > 20


def test_cases_of_several_positions_are_refused(network):
    pairs, _ = mechanism.last_move_pairs(2, (3, 6), seed=4)
    with pytest.raises(ValueError, match=r"positions \[3, 6\]"):
        mechanism.CrowdedPosition(network, pairs)
