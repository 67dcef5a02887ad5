"""Proof of ``othello_gpt.mechanism``: the graph of one prediction, and its picture."""

import numpy as np
import pytest
import torch

from othello_gpt import mechanism, neurons
from othello_gpt.mechanism import Node


@pytest.fixture(scope="module")
def found(model, pairs):
    cases, others = pairs
    return mechanism.contrast(model, cases[[0]], int(others[0]))


@pytest.fixture(scope="module")
def graph(model, pairs, probe):
    """All heads and all neurons are nodes."""
    cases, others = pairs
    return mechanism.attribution_graph(model, cases[[0]], int(others[0]), probe, 6, 192)


def test_the_two_moves_are_legal_on_one_board_each(found, pairs):
    case = pairs[0][[0]]
    assert case.legal_before[0, found.up]
    assert not case.legal_after[0, found.up]
    assert case.legal_after[0, found.down]
    assert not case.legal_before[0, found.down]
    assert found.share(found.own) == pytest.approx(1)
    assert found.share(found.other) == 0


def test_gradients_tell_what_a_small_change_does(found):
    slopes = mechanism.gradients(found, steps=1)
    step = 1e-2

    def nudged(sign):
        def change(part, layer, value):
            if part == "embedding":
                return (found.own.embedding + found.other.embedding) / 2
            if (part, layer) == ("neurons", 1):
                value = value.clone()
                value[0, 5] += sign * step
            return value

        return float(found.answer(found.last.run(change=change).logits))

    slope = (nudged(1) - nudged(-1)) / (2 * step)
    assert slope == pytest.approx(float(slopes["neurons"][1, 5]), rel=0.03, abs=1e-3)
    assert slopes["heads"].shape == (3, 2, 16)


def test_all_parts_rescue_all_and_none_leaves_the_token(found, model, pairs):
    parts = mechanism.effects(found, mechanism.gradients(found))
    everything = mechanism.largest(parts, 6, 192)
    assert len({(n.kind, n.layer, n.index) for n in everything}) == 198
    assert mechanism.rescued(found, everything) == pytest.approx(1, abs=1e-4)
    assert mechanism.removed(found, []) == pytest.approx(1, abs=1e-4)
    alone = mechanism.rescued(found, [])
    assert mechanism.removed(found, everything) == pytest.approx(alone, abs=1e-4)
    assert alone != pytest.approx(1, abs=0.01)
    three = everything[:1] + everything[6:8]
    lost = mechanism.lost_alone(found, three)
    for node in three:
        assert lost[node] == pytest.approx(1 - mechanism.removed(found, [node]), abs=1e-4)
    usual = mechanism.usually(mechanism.LastPosition(model, pairs[0]).run())
    assert mechanism.rescued_from_means(found, everything, usual) == pytest.approx(1, abs=1e-4)
    alone = mechanism.rescued_from_means(found, [], usual)
    assert alone != pytest.approx(1, abs=0.01)


def test_the_largest_come_first(found):
    parts = mechanism.effects(found, mechanism.gradients(found))
    nodes = mechanism.largest(parts, 2, 5)
    assert [n.kind for n in nodes] == ["head"] * 2 + ["neuron"] * 5
    sizes = [abs(n.effect) for n in nodes[2:]]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == pytest.approx(float(parts["neurons"].abs().max()))


def test_strangers_are_others_of_the_same_layers(found):
    parts = mechanism.effects(found, mechanism.gradients(found))
    nodes = mechanism.largest(parts, 1, 9)
    others = mechanism.strangers(found, nodes)
    own = {(n.kind, n.layer, n.index) for n in nodes}
    assert not own & {(n.kind, n.layer, n.index) for n in others}
    assert sorted((n.kind, n.layer) for n in others) == sorted((n.kind, n.layer) for n in nodes)


def test_edges_into_the_answer_add_up(graph, model):
    found = graph.found
    into = sum(x for _, b, x in graph.edges if graph.nodes[b].kind == "logit")
    rows = neurons.readout(model).float()
    final = found.own.final[0]
    scale = (final.var(unbiased=False) + 1e-5).sqrt()
    change = (final - found.other.final[0]) / scale
    expected = float((rows[found.up] - rows[found.down]) @ change) / found.whole
    assert into == pytest.approx(expected, abs=2e-3)


def test_edges_into_a_neuron_are_what_reaches_it(graph, model):
    found, slopes = graph.found, mechanism.gradients(graph.found)
    for node in [n for n in graph.parts if n.kind == "neuron" and n.layer == 2][:4]:
        into = sum(x for _, b, x in graph.edges if graph.nodes[b] is node)
        block = model.transformer.h[2]
        own, other = found.own.mid[0, 2], found.other.mid[0, 2]
        weight = block.mlp.c_fc.weight[node.index] * block.ln_2.weight
        centred = (own - own.mean()) - (other - other.mean())
        reached = weight @ centred / (own.var(unbiased=False) + 1e-5).sqrt()
        before = [block.mlp.c_fc(block.ln_2(x))[node.index] for x in (own, other)]
        outputs = found.own.neurons[0, 2, node.index] - found.other.neurons[0, 2, node.index]
        slope = outputs / (before[0] - before[1])
        effect = slope * reached * slopes["neurons"][2, node.index] / found.whole
        assert into == pytest.approx(float(effect), abs=2e-3)


def test_edges_into_a_square_are_its_effect(graph):
    views = [n for n in graph.nodes if n.kind == "square"]
    assert [n.index for n in views] == mechanism.changed_squares(graph.found.last.cases)
    assert views
    for node in views:
        into = sum(x for _, b, x in graph.edges if graph.nodes[b] is node)
        assert into == pytest.approx(node.effect, abs=2e-3)


def test_edges_go_forward_and_the_strongest_come_first(graph):
    heights = {node: place[1] for node, place in mechanism.places(graph).items()}
    for a, b, _ in graph.edges:
        assert heights[graph.nodes[a]] < heights[graph.nodes[b]]
    strong = mechanism.strongest(graph, 20)
    assert len(strong) == 20
    sizes = [abs(x) for _, _, x in strong]
    assert sizes == sorted((abs(x) for _, _, x in graph.edges), reverse=True)[:20]


def test_the_picture_says_what_is_unexplained(graph):
    rules = {(0, n.index): "a rule" for n in graph.parts if n.layer == 0 and n.kind == "neuron"}
    figure = mechanism.draw_graphs({"one": graph}, rules).to_plotly_json()
    title = figure["layout"]["title"]["text"]
    assert title == mechanism.title_of(graph)
    what = "too much" if graph.rescue > 1 else "unexplained"
    assert f"{abs(1 - graph.rescue):.0%} {what}" in title
    assert title in figure["layout"]["meta"]["alt"]
    marks = {t["name"]: t for t in figure["data"] if t.get("name")}
    assert len(marks["neurons"]["x"]) == 192
    assert any("a rule" in said for said in marks["neurons"]["customdata"])
    assert any("no rule" in said for said in marks["neurons"]["customdata"])
    drawn = [t for t in figure["data"] if t["mode"] == "lines"]
    assert sum(x is None for t in drawn for x in t["x"]) == 90
    places = mechanism.places(graph)
    assert len(set(places.values())) == len(graph.nodes)


def test_a_menu_shows_one_graph_at_a_time(graph):
    figure = mechanism.draw_graphs({"one": graph, "two": graph}, {}).to_plotly_json()
    (menu,) = figure["layout"]["updatemenus"]
    shown = np.array([button["args"][0]["visible"] for button in menu["buttons"]])
    assert shown.shape == (2, len(figure["data"]))
    assert (shown.sum(0) == 1).all()
    assert [t["visible"] for t in figure["data"]] == shown[0].tolist()


def test_nodes_have_names():
    assert Node("neuron", 7, 35, 0.0).name == "L7 N35"
    assert Node("head", 2, 3, 0.0).name == "L2 H3"
    assert Node("move", -1, 2, 0.0).name == "C1"
    assert Node("logit", 8, 1, 0.0).name == "the answer"


def test_neurons_and_heads_alone_have_cards(graph):
    assert Node("neuron", 7, 35, 0.0).card == "L7N35"
    assert Node("head", 2, 3, 0.0).card == "L2H3"
    assert Node("square", 2, 3, 0.0).card == ""
    marks = [t for t in mechanism.draw_graphs({"one": graph}, {}).data if "markers" in t.mode]
    linked = {trace.name: trace.ids for trace in marks if trace.ids}
    assert set(linked) == {"heads", "neurons"}
    for kind, ids in linked.items():
        assert list(ids) == [n.card for n in graph.nodes if f"{n.kind}s" == kind]


def test_gradients_leave_the_model_alone(found, model):
    before = found.last.run().logits
    mechanism.gradients(found, steps=2)
    assert all(p.grad is None for p in model.parameters())
    assert torch.equal(found.last.run().logits, before)
