"""Proof of ``othello_gpt.attention``: cards."""

import base64
import json

import numpy as np
import pytest

from othello_gpt import attention, game
from othello_gpt.figures import CARDS_MIME
from tests.attention.common import MOVES

GAMES = game.Games(MOVES)


@pytest.fixture(scope="module")
def seen(model):
    return attention.summarise(model, MOVES)


@pytest.fixture(scope="module")
def lost():
    loss, illegal, board = np.random.default_rng(0).random((3, 3, 2, 4, 5))
    return attention.Ablations(loss, illegal, {"board": board})


@pytest.fixture(scope="module")
def cards(model, seen, lost):
    owned = attention.owners(model, GAMES)
    return attention.head_cards(seen, owned, lost, {"to": seen.square, "of": -seen.square})


def test_owners_are_those_of_the_discs_on_the_board(model, found):
    owned = attention.owners(model, GAMES, batch=10)
    boards = GAMES.replay.boards().reshape(len(MOVES), 32, 36)
    mine, all_earlier, alike = np.zeros((2, 4)), np.zeros((2, 4)), []
    for g, moves in enumerate(MOVES[:, :-1]):
        for query in range(31):
            mover = -1 if query % 2 == 0 else 1  # nobody passes in these games
            held = np.sign(boards[g, query, moves[:query]]) == mover
            looks = found[:, g, :, query, :query].numpy()
            mine += looks[..., held].sum(-1)
            all_earlier += looks.sum(-1)
            alike += held.tolist()
    np.testing.assert_allclose(owned.mine, mine / all_earlier, atol=1e-5)
    assert owned.alike == pytest.approx(np.mean(alike))
    assert 0.3 < owned.alike < 0.7


def test_distances_are_diagonals(seen):
    found = attention.by_distance(seen.mean)
    T = seen.mean.shape[-1]
    wanted = np.mean([seen.mean[1, 2, query, query - 4] for query in range(4, T)])
    assert found.shape == (2, 4, T)
    assert found[1, 2, 4] == pytest.approx(wanted)
    assert found[1, 2, T - 1] == seen.mean[1, 2, -1, 0]


def test_every_head_has_its_card(model, cards, seen, lost):
    assert [card.name for card in cards] == seen.names
    card = cards[4 + 2]
    assert (card.layer, card.head, card.kind) == (1, 2, attention.kinds(seen)[1, 2])
    one, other, theirs, mine, previous, *_ = card.shares.values()
    assert one == (seen.parity[1, 2], seen.uniform["parity"])
    assert [one[0] + other[0], theirs[0] + mine[0]] == pytest.approx([1, 1])
    assert mine[0] == attention.owners(model, GAMES).mine[1, 2]
    assert previous == (seen.previous[1, 2], seen.uniform["previous"])
    assert card.lost["loss, zero"][0] == pytest.approx(lost.loss[0, 1, 2].mean())
    assert card.lost["board misread, mean"][0] == pytest.approx(lost.cells["board"][1, 1, 2].mean())
    for mean, low, high in card.lost.values():
        assert low < mean < high


def test_a_page_loads_what_the_cards_say(cards):
    made = attention.head_card_files(cards, MOVES[0])
    bundle = made._repr_mimebundle_()[CARDS_MIME]
    assert (bundle["kind"], bundle["count"], str(made)) == ("head", 8, "cards of 8 heads")
    files = {name: json.loads(text) for name, text in bundle["files"].items()}
    assert set(files) == {"index", "palette", "0", "1"}
    assert files["index"]["game"][:2] == game.square_name(int(MOVES[0, 0]))
    card, row = cards[5], files["1"]["cards"][1]
    assert row["kind"] == card.kind
    assert row["distance"] == pytest.approx(card.distance.tolist(), abs=1e-4)
    assert [name for name, *_ in row["shares"]] == list(card.shares)
    assert row["lost"][0][1:] == pytest.approx(card.lost["loss, zero"], rel=0.01)
    for (title, limit, text), board in zip(row["boards"], card.boards.values(), strict=True):
        assert title in card.boards
        cells = np.frombuffer(base64.b64decode(text), np.int8) * limit / 127
        np.testing.assert_allclose(cells, board, atol=0.009 * limit)
    kind, parity, loss = files["index"]["cards"][1][1]
    assert (kind, loss) == (card.kind, pytest.approx(card.lost["loss, mean"][0], rel=0.06))
    assert parity == pytest.approx(next(iter(card.shares.values()))[0], rel=0.01)


def test_other_heads_than_those_looked_at_are_refused(seen, lost):
    few = np.zeros((3, 1, 4, 5))
    owned = attention.Owners(seen.parity, 0.5)
    with pytest.raises(ValueError, match="heads silenced"):
        attention.head_cards(seen, owned, attention.Ablations(few, few, {}), {})
    with pytest.raises(ValueError, match="heads asked for owners"):
        attention.head_cards(seen, attention.Owners(seen.parity[:1], 0.5), lost, {})
