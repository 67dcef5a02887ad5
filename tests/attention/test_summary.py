"""Proof of ``othello_gpt.attention``: summary."""

import itertools

import numpy as np
import pytest

from othello_gpt import attention
from othello_gpt.model import GPT
from tests.attention.common import MOVES


def test_looks_agree_with_counting(model, found):
    seen = attention.summarise(model, MOVES, batch=24)
    p = found.double().numpy()
    assert np.allclose(seen.mean, p.mean(1), atol=1e-6)
    for layer, head in itertools.product(range(2), range(4)):
        mean = p[layer, :, head].mean(0)
        pairs = [(i, j) for i in range(2, 31) for j in range(i)]
        same = sum(mean[i, j] for i, j in pairs if (i - j) % 2 == 0)
        share = same / sum(mean[i, j] for i, j in pairs)
        assert seen.parity[layer, head] == pytest.approx(share, abs=1e-6)
        previous = sum(mean[i, i - 1] for i in range(1, 31)) / 30
        assert seen.previous[layer, head] == pytest.approx(previous, abs=1e-6)
        itself = sum(mean[i, i] for i in range(1, 31)) / 30
        assert seen.itself[layer, head] == pytest.approx(itself, abs=1e-6)
        first = sum(mean[i, 0] for i in range(1, 31)) / 30
        assert seen.first[layer, head] == pytest.approx(first, abs=1e-6)
    for square, shift in itertools.product((0, 8, 35), (0, 1)):
        squares = np.roll(MOVES, shift, 0) if shift else MOVES
        paid = [
            p[1, g, 2, i, j]
            for g, one_game in enumerate(squares)
            for j in np.flatnonzero(one_game[:-1] == square)
            for i in range(j + 1, 31)
        ]
        held = seen.square_control if shift else seen.square
        assert held[1, 2, square] == pytest.approx(np.mean(paid), abs=1e-6)
    for here, there, shift in itertools.product((1, 8, 35), (2, 9), (0, 1)):
        paid = [
            p[0, g, 3, i, j]
            for g, (one_game, asking) in enumerate(
                zip(MOVES, np.roll(MOVES, shift, 0), strict=True)
            )
            for i in np.flatnonzero(asking[:-1] == here)
            for j in np.flatnonzero(one_game[:i] == there)
        ]
        held = seen.between_control if shift else seen.between
        assert paid
        assert held[0, 3, here, there] == pytest.approx(np.mean(paid), abs=1e-6)
    assert (seen.between[..., np.arange(36), np.arange(36)] == 0).all()
    alike = attention.summarise(model, MOVES, batch=2, instead=seen.mean)
    for name in ("mean", "parity", "previous", "itself", "first"):
        np.testing.assert_allclose(getattr(alike, name), getattr(seen, name), atol=1e-6)
    fixed = np.broadcast_to(seen.mean[:, :, None], (*seen.mean.shape[:2], len(MOVES), 31, 31))
    paid = [
        fixed[0, 3, g, i, j]
        for g, one_game in enumerate(MOVES)
        for i in np.flatnonzero(one_game[:-1] == 8)
        for j in np.flatnonzero(one_game[:i] == 9)
    ]
    assert alike.between[0, 3, 8, 9] == pytest.approx(np.mean(paid), abs=1e-6)


def planted(parity=0.5, **shares):
    zeros = np.zeros((1, 1))
    fields = dict.fromkeys(("previous", "itself", "first"), zeros)
    fields |= {name: zeros + value for name, value in shares.items() if name != "square"}
    square = np.zeros((1, 1, 36))
    square[..., 7] = shares.get("square", 0)
    zero = np.zeros((1, 1, 31, 31))
    pairs = np.zeros((1, 1, 36, 36))
    return attention.AttentionSummary(
        zero,
        zeros + parity,
        **fields,
        square=square,
        square_control=square,
        between=pairs,
        between_control=pairs,
        uniform={},
    )


def test_kinds_are_called_by_their_shares():
    assert attention.kinds(planted(previous=0.6)) == [["previous move"]]
    assert attention.kinds(planted(itself=0.6)) == [["itself"]]
    assert attention.kinds(planted(first=0.6, parity=0.9)) == [["first move"]]
    assert attention.kinds(planted(square=0.6)) == [["a fixed square"]]
    assert attention.kinds(planted(parity=0.9)) == [["same parity"]]
    assert attention.kinds(planted(parity=0.1)) == [["other parity"]]
    assert attention.kinds(planted()) == [["mixed"]]


def test_uniform_shares_are_those_of_a_head_that_cannot_choose(model):
    flat = GPT(model.config)
    flat.load_state_dict(model.state_dict())
    for block in flat.transformer.h:
        block.attn.c_attn.weight.data[:16] = 0
        block.attn.c_attn.bias.data[:16] = 0
    seen = attention.summarise(flat.requires_grad_(False), MOVES)
    for name, share in seen.uniform.items():
        assert np.allclose(getattr(seen, name), share, atol=1e-6), name
    assert (attention.kinds(seen) == "mixed").all()
