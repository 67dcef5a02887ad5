"""Proof of ``othello_gpt.training``: muon."""

import pytest
import torch

from othello_gpt import training
from othello_gpt.training import muon


def test_orthogonalise_flattens_the_spectrum():
    x = torch.randn(3, 8, 20, generator=torch.Generator().manual_seed(0))
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    out = training.orthogonalise(x)
    # The same singular vectors, with singular values near 1 (Jordan's coefficients: 0.7 to 1.2).
    new = (u.mT @ out @ vh.mT).diagonal(dim1=1, dim2=2)
    assert s.max() / s.min() > 2
    assert ((new > 0.6) & (new < 1.3)).all()
    torch.testing.assert_close(u @ torch.diag_embed(new) @ vh, out, atol=1e-4, rtol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_muon_agrees_with_torchs_on_a_plain_matrix():
    start = torch.randn(12, 20, generator=torch.Generator().manual_seed(0)) * 0.1
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    a = training.Muon([ours], lr=0.02, momentum=0.95, weight_decay=0.1)
    b = torch.optim.Muon(
        [theirs], lr=0.02, momentum=0.95, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"
    )
    for step in range(3):
        gradient = torch.randn(12, 20, generator=torch.Generator().manual_seed(step + 1))
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        a.step(), b.step()
    # torch's works in bfloat16.
    assert (ours - theirs).norm() / (ours - start).norm() < 0.02


def test_queries_keys_and_values_are_orthogonalised_one_by_one():
    packed = torch.randn(48, 16)
    assert [tuple(m.shape) for m in muon._matrices(packed)] == [(16, 16)] * 3
    assert [tuple(m.shape) for m in muon._matrices(torch.randn(64, 16))] == [(16, 64)]
