"""Proof of ``othello_gpt.interventions``: patching."""

import numpy as np
import torch

from othello_gpt import game, interventions
from tests import oracle


def test_counterfactuals_differ_in_one_move_and_are_legal():
    cases, others = interventions.counterfactuals(10, ply=14, back=4, seed=2)
    assert len(cases) == len(others) == 10
    for n in range(10):
        own = cases.moves[n, :15]
        assert np.flatnonzero(own != others[n]).tolist() == [10]
        *_, (player, _, _, board) = oracle.replay(others[n].tolist(), 6)
        assert cases.after[n].tolist() == [1 - disc * player for row in board for disc in row]
        assert (cases.legal_before[n] & ~cases.legal_after[n]).any()
        assert (cases.legal_after[n] & ~cases.legal_before[n]).any()


def test_patching_agrees_with_transformer_lens(model, bridge):
    cases, others = interventions.counterfactuals(6, ply=14, back=4, seed=2)
    groups = [[0], [1], [2], [3], [4], [1, 3]]
    moved, whole = interventions.patch(model, cases, others, groups, back=4)
    restored = moved[:, :, :5] / whole[:, None, None]
    np.testing.assert_allclose(restored[:, 0], [[1, 0, 0, 0, 0]] * 6, atol=1e-3)
    np.testing.assert_allclose(restored[:, -1], [[0, 0, 0, 0, 1]] * 6, atol=1e-3)
    own = cases.tokens[:, :15]
    other = torch.from_numpy(game.token_of_square()[others])
    name, positions = "blocks.0.hook_resid_post", [11, 13]
    _, cache = bridge.run_with_cache(other)

    def swap(x, hook):
        x = x.clone()
        x[:, positions] = cache[name][:, positions]
        return x

    metrics = []
    for logits in (
        bridge(own),
        bridge(other),
        bridge.run_with_hooks(own, fwd_hooks=[(name, swap)]),
    ):
        rows = zip(logits[:, -1], cases.legal_before, cases.legal_after, strict=True)
        metrics.append([float(x[b & ~a].mean() - x[a & ~b].mean()) for x, a, b in rows])
    start, end, found = np.array(metrics)
    np.testing.assert_allclose(whole, end - start, atol=1e-3)
    at = model.sites.index("resid_post 0"), 5
    np.testing.assert_allclose(moved[:, *at], found - start, atol=1e-3)
