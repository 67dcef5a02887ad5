"""Proof of ``othello_gpt.neurons``: tables of neurons."""

import numpy as np
import pytest

from othello_gpt import game, neurons


def test_bases_compare_weights_with_directions(model, bases):
    for verb, weights, at in (
        ("reads", neurons.input_weights, bases.reads),
        ("writes", neurons.output_weights, bases.writes),
    ):
        cosines = bases.cosines(verb, "empty")
        assert cosines.shape == (2, 64, 36)
        own, direction = weights(model, 1)[5], at[1]["empty"][3]
        wanted = (own @ direction) / own.norm() / direction.norm()
        assert cosines[1, 5, 3] == pytest.approx(float(wanted), abs=1e-5)
        both = bases.shares(verb, "empty", "embedding")
        assert (both >= bases.shares(verb, "empty") - 1e-5).all()
        assert both.max() <= 1 + 1e-5
        assert 0 < bases.by_chance(verb, "embedding").min() <= 1 + 1e-5


def test_the_catalogue_has_a_row_for_every_neuron(model, bases, everything):
    found, trees, ranking, cells = everything
    columns = neurons.catalogue(found, trees, trees.given_other_boards(), ranking, bases, cells)
    assert {len(values) for values in columns.values()} == {2 * 64}
    row = 64 + ranking.rules[0].neuron
    assert columns["neuron"][row] == ranking.rules[0].name == "L1 N0"
    assert columns["legal-move rule"][row] == str(ranking.rules[0])
    assert columns["rule F1"][row] == pytest.approx(ranking.f1.mean[0])
    assert sum(text != "" for text in columns["legal-move rule"]) == 1
    assert np.isnan(columns["rule F1"]).sum() == 2 * 64 - 1
    assert columns["tree R²"][70] == pytest.approx(trees.r2[1, 6])
    assert columns["most active when"][70] == trees.trees[1].rule(6)
    unembedding = bases.cosines("writes", "unembedding")[1, 6]
    assert columns["promotes"][70] == game.square_name(int(unembedding.argmax()))
    norm = neurons.input_weights(model, 1)[6].norm()
    assert columns["input norm"][70] == pytest.approx(float(norm), rel=1e-5)
    table = neurons.catalogue_table(columns, bases, cells)
    assert len(table.content["columns"][0]["values"]) == 2 * 64


def test_tables_of_rules_and_layers(model, asked, everything):
    found, trees, ranking, _ = everything
    hold = neurons.line_holds(asked)
    table = neurons.rule_table(ranking, np.stack(trees.outputs), hold)
    truth, active = neurons.confusion(ranking.rules[0], trees.outputs[1], hold)
    assert table.loc[0, "neuron"] == "L1 N0"
    assert table.loc[0, "recall"] == (truth & active).sum() / truth.sum()
    assert table.loc[0, "precision"] == (truth & active).sum() / active.sum()
    counts = neurons.layer_counts({"some": ranking.rules, "none": []}, 2)
    assert counts["some"].tolist() == [0, 1]
    assert counts["none"].tolist() == [0, 0]
    medians = neurons.layer_medians(model, found)
    assert medians.loc["layer 1", "positions where it fires"] == np.median(found.fires[1])
