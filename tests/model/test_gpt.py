"""Proof of ``othello_gpt.model``: gpt."""

import pytest
import torch

from othello_gpt.model import GPT, GPTConfig, load_model
from tests.model.common import TOKENS, VARIANTS, random_gpt


def test_the_future_does_not_change_the_past():
    gpt = random_gpt(VARIANTS[0])
    changed = TOKENS.clone()
    changed[:, 20:] = 1 + (changed[:, 20:] + 7) % 32
    a, b = gpt(TOKENS), gpt(changed)
    torch.testing.assert_close(a[:, :20], b[:, :20], atol=1e-5, rtol=1e-5)
    assert (a[:, 20:] - b[:, 20:]).abs().max() > 0.1


def test_shape_of_the_embedded_model():
    gpt = load_model()
    assert gpt.config == GPTConfig(tied=False)
    assert 1.5e6 < sum(p.numel() for p in gpt.parameters()) < 1.7e6
    assert not gpt.training


def test_too_long_a_context_and_odd_heads_are_refused():
    with pytest.raises(ValueError, match="32 tokens are more than the model's context of 31"):
        GPT(VARIANTS[0])(torch.ones(1, 32, dtype=torch.long))
    with pytest.raises(ValueError, match="n_embd=30 can't be split over n_head=4 heads"):
        GPTConfig(n_embd=30, n_head=4)


def test_onwards_from_a_site_is_where_the_network_itself_goes():
    gpt = random_gpt(VARIANTS[0])
    stream = [x.clone() for x in gpt.residual_stream(TOKENS)]
    for site, x in enumerate(stream):
        *_, final = gpt.onwards(x, site)
        torch.testing.assert_close(final, stream[-1])
    seen, at = [], gpt.sites.index("resid_mid 1")

    def change(site, x):
        seen.append(site)
        return 2 * x if site == "resid_mid 1" else x

    *_, changed = gpt.onwards(stream[1], 1, change)
    assert seen == gpt.sites[1:]
    *_, other = gpt.onwards(2 * stream[at], at)
    torch.testing.assert_close(changed, other)
    assert not torch.allclose(changed, stream[-1])
