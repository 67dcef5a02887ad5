"""Proof of ``othello_gpt.mechanism``: predictions that a rule chooses, and their rules."""

import numpy as np
import pytest

from othello_gpt import mechanism, neurons
from othello_gpt.game import Games


@pytest.fixture(scope="module")
def found(model, probe):
    return mechanism.median_predictions(model, probe, 2, 5, 4, 60)


def test_the_first_has_the_median_confidence_and_is_the_same_alone(found, model, probe):
    (order, sure) = mechanism.of_median_confidence(model, found.candidates, 2)
    assert list(found.graphs) == ["game 1", "game 2"]
    for row, graph in zip(order, found.graphs.values(), strict=True):
        assert (graph.found.last.cases.moves == found.candidates[[row]].moves).all()
    assert abs(sure[order[0]] - np.median(sure)) == np.abs(sure - np.median(sure)).min()
    alone = mechanism.median_predictions(model, probe, 1, 5, 4, 60)
    assert alone.graphs["game 1"].nodes == found.graphs["game 1"].nodes


def test_more_than_there_are_candidates_is_refused(found, model, probe):
    with pytest.raises(ValueError, match="candidates"):
        mechanism.median_predictions(model, probe, 1 + len(found.candidates), seed=5)


def test_usual_values_are_means_over_the_candidates(found, model):
    own = mechanism.LastPosition(model, found.candidates).run()
    assert found.usually().neurons[0].numpy() == pytest.approx(own.neurons.mean(0).numpy())


def test_rules_are_those_of_the_whole_layer(found, model):
    train = Games.sample(60, seed=8)
    outputs, asked = neurons.sample_outputs(model, train)
    # One neuron of an early layer is active exactly where a line was turned, one of a late layer
    # where it is legal: those in the graph get these rules, whatever else is there.
    turned = mechanism.turned_lines(train.replay)
    hold = neurons.line_holds(asked)
    drawn = {layer: [] for layer in range(3)}
    for node in found.graphs["game 1"].parts:
        if node.kind == "neuron":
            drawn[int(node.layer)].append(node.index)
    line = int(turned.sum(0).argmax())
    legal = int(hold.sum(0).argmax())
    outputs[0][:, drawn[0][0]] = turned[:, line]
    outputs[2][:, drawn[2][0]] = hold[:, legal]
    told = mechanism.rules_of(found.graphs, train, outputs, asked, range(1))
    assert "F1 1.00" in told[0, drawn[0][0]]
    assert "F1 1.00" in told[2, drawn[2][0]]
    everything = mechanism.known_rules(mechanism.line_rules(outputs[:1], turned))
    nodes = [node for graph in found.graphs.values() for node in graph.parts]
    early = {(0, node.index) for node in nodes if node.kind == "neuron" and node.layer == 0}
    assert {key: told[key] for key in told if key[0] == 0} == {
        key: says for key, says in everything.items() if key in early
    }
