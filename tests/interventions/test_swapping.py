"""Proof of ``othello_gpt.interventions``: parts of another case's stream."""

import numpy as np
import pytest
import torch

from othello_gpt.interventions import CachedPrefixes, Swap, sample_cases, span_of, streams_at

SITE = "resid_mid 1"


@pytest.fixture(scope="module")
def prefixes(model):
    return CachedPrefixes(model, sample_cases(12, seed=3), batch=5)


def test_streams_are_those_at_the_last_positions(model, prefixes):
    found = streams_at(prefixes, SITE)
    at = model.sites.index(SITE)
    for k, ply in enumerate(prefixes.cases.ply):
        tokens = prefixes.cases.tokens[[k], : ply + 1]
        stream = [x.clone() for x in model.residual_stream(tokens)][at]
        assert torch.allclose(found[k], stream[0, -1], atol=1e-5)


def test_a_part_and_the_rest_together_are_all_of_it(prefixes):
    donors = streams_at(prefixes, SITE).roll(1, 0)
    basis = span_of(torch.randn(5, 16, generator=torch.Generator().manual_seed(0)))
    x, board = torch.randn(12, 16), torch.ones(12, 36, dtype=torch.int8)
    parts = (Swap(SITE, donors, basis, rest)(SITE, x, board, board) - x for rest in (False, True))
    assert torch.allclose(sum(parts), donors - x, atol=1e-5)
    assert torch.allclose(Swap(SITE, x, basis)(SITE, x, board, board), x)


def test_who_is_given_all_of_another_stream_at_one_ply_plays_as_it(prefixes):
    """At the last site nothing comes after: the logits are the donor's."""
    donor = np.roll(np.arange(12), 1)
    last = prefixes.model.sites[-1]
    donors = streams_at(prefixes, last)[donor]
    swapped = prefixes.run(Swap(last, donors, torch.eye(16)))
    assert torch.allclose(swapped, prefixes.run()[donor], atol=1e-4)
    kept = prefixes.run(Swap(last, donors, torch.eye(16), rest=True))
    assert torch.allclose(kept, prefixes.run(), atol=1e-4)


def test_a_span_leaves_out_what_hardly_counts():
    a, b = torch.eye(16)[:2]
    basis = span_of(torch.stack([a, b, a + b, a + 1e-6 * torch.ones(16)]))
    assert basis.shape == (2, 16)
    assert torch.allclose(basis @ basis.T, torch.eye(2), atol=1e-5)
