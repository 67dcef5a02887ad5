"""Proof of ``othello_gpt.attention``: the catalogue."""

import numpy as np
import pytest

from othello_gpt import attention
from tests.attention.common import MOVES


def test_every_head_has_its_row(model):
    seen = attention.summarise(model, MOVES)
    loss, illegal, board = np.random.default_rng(0).random((3, 3, 2, 4, 5))
    lost = attention.Ablations(loss, illegal, {"board": board})
    rows = attention.catalogue(seen, lost, extra=seen.first)
    assert {len(column) for column in rows.values()} == {8}
    at = rows["head"].index("L1 H2")
    assert rows["looks at"][at] == attention.kinds(seen)[1, 2]
    assert rows["previous"][at] == seen.previous[1, 2]
    assert rows["loss, resample"][at] == pytest.approx(loss[2, 1, 2].mean())
    assert rows["illegal, mean"][at] == pytest.approx(illegal[1, 1, 2].mean())
    assert rows["board lost, mean"][at] == pytest.approx(board[1, 1, 2].mean())
    assert rows["extra"][at] == seen.first[1, 2]
    assert lost.of_heads("board", np.array([at]))["resample"].mean == pytest.approx(
        board[2, 1, 2].mean()
    )


def test_examples_are_the_plainest_of_their_kind(model):
    seen = attention.summarise(model, MOVES)
    kind = attention.kinds(seen).ravel()
    for i, name in seen.examples(1):
        assert kind[i] == name
        others = seen.strength[name].ravel()[kind == name]
        assert seen.strength[name].ravel()[i] == others.max()
    assert {name for _, name in seen.examples()} == set(kind)


def test_other_heads_than_those_looked_at_are_refused(model):
    few = np.zeros((3, 1, 4, 5))
    with pytest.raises(ValueError, match="heads silenced"):
        attention.catalogue(attention.summarise(model, MOVES), attention.Ablations(few, few, {}))
