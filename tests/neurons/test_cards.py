"""Proof of ``othello_gpt.neurons``: cards."""

import base64
import json

import numpy as np
import pytest
import torch

from othello_gpt import game, neurons
from othello_gpt.figures import CARDS_MIME
from othello_gpt.figures.cards import compact, packed
from tests.neurons.common import GAMES, MOVES


@pytest.fixture(scope="module")
def effects(model):
    return [neurons.direct_effects(model, layer) for layer in range(2)]


@pytest.fixture(scope="module")
def cards(bases, everything, effects):
    found, trees, ranking, _ = everything
    return neurons.neuron_cards(found, GAMES, ranking, ranking, trees, bases, effects)


@pytest.fixture(scope="module")
def files(cards):
    bundle = neurons.neuron_card_files(cards)._repr_mimebundle_()
    assert bundle["text/plain"] == "cards of 128 neurons"
    return {name: json.loads(text) for name, text in bundle[CARDS_MIME]["files"].items()}


def cells(text):
    return np.frombuffer(base64.b64decode(text), np.int8)


def test_every_neuron_has_its_card(cards, everything, effects, bases):
    found, trees, ranking, boards = everything
    assert [card.name for card in cards] == [f"L{k} N{n}" for k in range(2) for n in range(64)]
    card = cards[64 + 5]
    assert card.mean == found.mean[1, 5]
    assert card.r2 == trees.r2[1, 5]
    assert card.other_r2 == trees.given_other_boards().r2[1, 5]
    assert card.says == trees.trees[1].rule(5)
    np.testing.assert_array_equal(card.effect, effects[1][5])
    np.testing.assert_array_equal(card.reads_sides, bases.cosines("reads", "mine - theirs")[1, 5])
    np.testing.assert_array_equal(card.active_board, boards[1, 5].mean(0))
    ruled = [card for card in cards if card.rule]
    assert [card.name for card in ruled] == [rule.name for rule in ranking.rules]
    assert ruled[0].f1[0] == ranking.f1.mean[0]
    assert cards[5].f1 is None


def test_a_good_rule_has_a_role(bases, everything, effects):
    found, trees, ranking, _ = everything
    good = neurons.Ranking(ranking.rules, np.ones((len(GAMES), 2, 1)))  # hits only: F1 is 1
    cards = neurons.neuron_cards(found, GAMES, good, good, trees, bases, effects)
    (rule,) = ranking.rules
    raises = effects[rule.layer][rule.neuron, rule.square] > 0
    roles = {card.name: card.role for card in cards if card.role}
    assert roles == {rule.name: "promoters" if raises else "dampers"}


def test_a_top_position_is_one_where_the_neuron_puts_that_out(cards, outputs):
    rows = {tuple(moves): k for k, moves in enumerate(MOVES.tolist())}
    for card in (cards[3], cards[64 + 7]):
        own = outputs[card.layer, ..., card.neuron]
        seen = [own[rows[m.moves], m.played - 1].item() for m in card.top]
        assert [m.output for m in card.top] == pytest.approx(seen, abs=1e-5)
        assert seen == pytest.approx(own.flatten().sort(descending=True).values[:3].tolist())


def test_moves_are_ordered_by_what_is_added_to_them(cards, effects):
    card, effect = cards[9], effects[0][9]
    assert set(card.raised + card.lowered).isdisjoint(game.centre())
    assert effect[card.raised[0]] == effect.max()
    assert effect[card.lowered[0]] == effect.min()
    assert effect[card.raised[2]] == np.sort(effect.compressed())[-3]


def test_a_cards_tree_is_the_top_of_the_tree(everything, asked, outputs):
    """Each end has the mean of the rows that come there."""
    trees = everything[1].trees[1]
    y = outputs[1].flatten(0, 1)[:, 2].numpy()

    def check(tree, rows, depth):
        if len(tree) == 1:
            assert tree[0] == pytest.approx(y[rows].mean(), abs=0.006)
            return 1
        question, no, yes = tree
        answer = asked[:, question]
        assert depth < 3
        return check(no, rows & ~answer, depth + 1) + check(yes, rows & answer, depth + 1)

    assert 1 < check(neurons.questions(trees, 2), np.ones(len(y), bool), 0) <= 8
    whole = neurons.questions(trees, 2, depth=6)
    predicted = trees.predict(asked[:50])[:, 2]
    for row, value in zip(asked[:50], predicted, strict=True):
        node = whole
        while len(node) > 1:
            node = node[1 + row[node[0]]]
        assert node[0] == pytest.approx(value, abs=0.006)


def test_a_page_loads_what_the_cards_say(cards, files):
    assert set(files) == {"index", "palette", "0", "1"}
    assert [len(layer) for layer in files["index"]["cards"]] == [64, 64]
    for card in (cards[0], cards[64 + 40]):
        row = files[str(card.layer)]["cards"][card.neuron]
        reads, effect, mean = (cells(text) for text in row["boards"])
        for seen, wanted, limit in (
            (reads[:36], card.reads_sides, row["limits"][0]),
            (reads[36:], card.reads_empty, row["limits"][0]),
            (effect, np.ma.filled(card.effect, 0), row["limits"][1]),
            (mean, card.active_board, 1),
        ):
            np.testing.assert_allclose(seen * limit / 127, wanted, atol=0.009 * limit)
        assert [s for s, _ in row["moves"]] == card.raised + card.lowered
        wanted = [card.effect[s] for s, _ in row["moves"]]
        assert [x for _, x in row["moves"]] == pytest.approx(wanted, rel=0.06)
        games = files[str(card.layer)]["games"]
        for moment, (number, played, output) in zip(card.top, row["top"], strict=True):
            assert [int(square, 36) for square in games[number]] == list(moment.moves)
            assert (played, output) == (moment.played, pytest.approx(moment.output, rel=0.01))
        f1, r2, most, effect = files["index"]["cards"][card.layer][card.neuron]
        assert (f1 is None) == (card.f1 is None)
        assert r2 == pytest.approx(card.r2, rel=0.06)
        assert abs(card.effect[most]) == np.abs(card.effect).max()
        assert effect == pytest.approx(card.effect[most], rel=0.06)


def test_what_is_no_survey_of_the_games_or_no_json_is_refused(everything, bases, effects):
    found, trees, ranking, _ = everything
    with pytest.raises(ValueError, match="1860 positions surveyed, 310 in games"):
        neurons.neuron_cards(found, GAMES[:10], ranking, ranking, trees, bases, effects)
    with pytest.raises(ValueError, match="above zero"):
        packed(np.ones((1, 4)), 0.0)
    with pytest.raises(ValueError, match="JSON"):
        compact([float("nan")])


def test_the_packages_own_best_rule_is_about_what_its_neuron_reads():
    """On the embedded network: L7 N35 stands for B3, and lowers it."""
    from othello_gpt.model import load_model

    model, games = load_model(), game.Games.sample(60, seed=3)
    effect = neurons.direct_effects(model, 7)[35]
    outputs, asked = neurons.sample_outputs(model, games)
    legal = neurons.line_holds(asked)[:, neurons.column(neurons.Line(game.square_id("B3")))]
    active = torch.from_numpy(outputs[7][:, 35] > 0.5).numpy()
    assert game.square_name(int(np.argmin(effect))) == "B3"
    assert 2 * (legal & active).sum() / (legal.sum() + active.sum()) > 0.95
