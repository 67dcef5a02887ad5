"""Proof of ``othello_gpt.probes``: probes of the original notebook."""

import re
from copy import deepcopy

import numpy as np
import pytest
import torch
import torch.nn as nn

from othello_gpt import probes
from othello_gpt.probes import ORIGINAL, TARGETS
from tests.probes.common import HELD_OUT, MOVES, rows

NAMES = [t.name for t in ORIGINAL]
SITE = "resid_post 1"


class Processed(nn.Module):
    """A source as TransformerLens processes it: the mean over the width is taken off its stream.

    Two more coordinates, 1 and -1, can hold the bias of a fit.
    """

    def __init__(self, model, centred=True):
        super().__init__()
        self.model, self.sites, self.centred = model, model.sites, centred

    def residual_stream(self, tokens):
        for x in self.model.residual_stream(tokens):
            one = torch.ones_like(x[..., :1])
            mean = x.mean(-1, keepdim=True)
            # Not centred, the same stream has something in common, which differs by position.
            yield torch.cat([x - mean, one, -one], -1) + (0 if self.centred else mean)


@pytest.fixture
def ridge(model):
    return probes.fit_ridge(Processed(model), MOVES, ORIGINAL, [SITE])


def tensor_of(ridge):
    """Return a ridge probe as the notebook would have it: [width, 6, 6, targets]."""
    parts = []
    for name in NAMES:
        w, b = ridge.weight[name][0], ridge.bias[name][0]
        part = (w[1] - w[0]) / 2
        offset = (b[1] - b[0]) / 2 + 0.5
        part = part + offset[:, None] / 2 * torch.tensor([0.0] * (part.shape[1] - 2) + [1.0, -1.0])
        parts.append(part.T.unflatten(1, (6, 6)))
    return torch.stack(parts, -1)


def test_a_ridge_probe_as_the_notebook_saves_it_reads_the_same(model, ridge, tmp_path):
    tensor = tensor_of(ridge)
    common = torch.randn(1, 6, 6, 4)  # what the notebook's stream never showed
    torch.save((tensor + common).requires_grad_(), tmp_path / "probe.pt")
    raw = Processed(model, centred=False)
    # The two streams differ by what they have in common alone, so that either reads the same.
    for source in (Processed(model), raw):
        again = probes.load_original_probe(tmp_path / "probe.pt", source, NAMES, SITE)
        assert (again.sites, again.games) == ((SITE,), 0)
        x, _ = rows(source, HELD_OUT, SITE)
        same, _ = rows(Processed(model), HELD_OUT, SITE)
        for name in NAMES:
            logits = ridge.logits(name, SITE, same.float())
            decided = (logits[:, 1] - logits[:, 0]).abs() > 1e-4  # rounding decides about the rest
            assert decided.float().mean() > 0.99
            told = again.classify(name, SITE, x.float()) == ridge.classify(name, SITE, same.float())
            assert told[decided].all()
    as_it_is = probes.load_original_probe(tmp_path / "probe.pt", raw, NAMES, SITE, centred=False)
    x, _ = rows(raw, HELD_OUT, SITE)
    theirs = torch.einsum("nd,drco->nrco", x.float(), tensor + common).flatten(1, 2)
    for at, name in enumerate(NAMES):
        said = as_it_is.logits(name, SITE, x.float())
        torch.testing.assert_close(said[:, 1], theirs[..., at], atol=1e-4, rtol=1e-4)
        assert not torch.equal(said.argmax(1), again.logits(name, SITE, x.float()).argmax(1))


def test_it_is_scored_read_and_saved_as_any_other(model, tmp_path):
    model, site = deepcopy(model), SITE
    model.transformer.wte.weight *= 50  # at first a network writes little, and AdamW is slow
    adamw = probes.fit_adamw(model, MOVES, ORIGINAL, site, batch=2, lr=0.03)
    weights = [adamw.weight[name][0, 1].T.unflatten(1, (6, 6)) for name in NAMES]
    torch.save(torch.stack(weights, -1), tmp_path / "probe.pt")
    loaded = probes.load_original_probe(tmp_path / "probe.pt", model, NAMES, site, centred=False)
    before = probes.accuracy(adamw, model, HELD_OUT)
    after = probes.accuracy(loaded, model, HELD_OUT)
    for name in NAMES:
        assert np.array_equal(before[name].right, after[name].right)
    probes.save_probe(loaded, tmp_path / "probe.safetensors")
    again = probes.load_probe(tmp_path / "probe.safetensors", model)
    seen, known = (probes.read(p, model, HELD_OUT, "empty") for p in (again, adamw))
    assert np.array_equal(seen, known)
    assert 0.1 < seen.mean() < 0.9
    # The notebook's first function was for two targets.
    torch.save(torch.stack(weights[:2], -1), tmp_path / "two.pt")
    two = probes.load_original_probe(tmp_path / "two.pt", model, NAMES[:2], site)
    assert list(two.classes) == ["empty", "just_moved"]


GOOD = torch.ones(16, 6, 6, 4)


@pytest.mark.parametrize(
    ("content", "targets", "says"),
    [
        (torch.ones(16, 6, 6, 3, 5), NAMES, r"has shape \(16, 6, 6, 3, 5\), not \(16, 6, 6, targ"),
        (torch.ones(16, 8, 8, 4), NAMES, r"has shape \(16, 8, 8, 4\), not \(16, 6, 6, targets\)"),
        (torch.ones(128, 6, 6, 4), NAMES, r"has shape \(128, 6, 6, 4\), not \(16, 6, 6, targets\)"),
        (GOOD, NAMES[:3], "is for 4 targets, but 3 are named: empty, just_moved, legal_prev"),
        (GOOD, [*NAMES[:3], "mine"], "'mine' isn't a target of two classes on each square: these"),
        (GOOD, [*NAMES[:3], "board"], "'board' isn't a target of two classes on each square"),
        (GOOD, [*NAMES[:3], "parity"], "'parity' isn't a target of two classes on each square"),
        (GOOD, [*NAMES[:3], "empty"], "a target is named twice: empty, just_moved, legal_prev, em"),
        (GOOD.long(), NAMES, r"holds torch\.int64, not numbers with a fraction"),
        (GOOD * np.nan, NAMES, "the probe holds NaN or infinite values"),
        ({"weight": GOOD}, NAMES, "holds a dict, not the notebook's bare tensor"),
        (re.compile("a"), NAMES, r"can't be read without running foreign code"),
    ],
)
def test_other_files_and_names_are_refused(content, targets, says, model, tmp_path):
    torch.save(content, tmp_path / "probe.pt")
    with pytest.raises(ValueError, match=says) as refused:
        probes.load_original_probe(tmp_path / "probe.pt", model, targets, SITE)
    assert "\n" not in str(refused.value)


def test_truncated_files_missing_ones_and_other_sites_are_refused(model, tmp_path):
    path = tmp_path / "probe.pt"
    with pytest.raises(FileNotFoundError, match="no such file"):
        probes.load_original_probe(path, model, NAMES, SITE)
    torch.save(GOOD, path)
    with pytest.raises(ValueError, match="no site 'resid_post 5' here: the sites are resid_pre 0"):
        probes.load_original_probe(path, model)
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="truncated or not a checkpoint"):
            probes.load_original_probe(path, model, NAMES, SITE)
    assert all(name in TARGETS for name in NAMES)
