"""Proof of ``othello_gpt.probes``: fits."""

import numpy as np
import pytest
import torch

from othello_gpt import probes
from othello_gpt.probes import TARGETS
from tests.probes.common import CENTRE, HELD_OUT, MOVES, OUTER, Planted, rows


@pytest.mark.parametrize("penalty", [1e-5, 0.1])
def test_ridge_is_the_direct_solution_in_float64(model, penalty):
    probe = probes.fit_ridge(model, MOVES, penalty=penalty, batch=64)
    for site in model.sites:
        x, replay = rows(model, MOVES, site)
        centred = x - x.mean(0)
        gram = centred.T @ centred / len(x)
        gram += penalty * gram.diagonal().mean() * torch.eye(len(gram))
        for name, target in TARGETS.items():
            labels = torch.from_numpy(target.labels(replay)).flatten(0, 1)
            y = torch.stack([labels == c for c in range(len(target.classes))], 1).double()
            cross = (centred.T @ y.flatten(1)) / len(x)
            fitted = centred @ torch.linalg.solve(gram, cross) + y.flatten(1).mean(0)
            ours = probe.logits(name, site, x.float()).double().flatten(1)
            torch.testing.assert_close(ours, fitted, atol=2e-4, rtol=0)


def test_streaming_equals_everything_at_once():
    source = Planted()
    probe = probes.fit_ridge(source, MOVES, batch=7, sites=["planted"])
    assert source.most == 7
    whole = probes.fit_ridge(source, MOVES, batch=len(MOVES), sites=["planted"])
    x = rows(source, HELD_OUT, "planted")[0].float()
    for name in TARGETS:
        one, other = (p.logits(name, "planted", x) for p in (probe, whole))
        torch.testing.assert_close(one, other, atol=1e-4, rtol=0)
    few = probes.accuracy(whole, source, HELD_OUT, batch=7)
    many = probes.accuracy(whole, source, HELD_OUT, batch=100)
    for name in TARGETS:
        for part in ("right", "squares", "hits", "totals"):
            assert np.array_equal(getattr(few[name], part), getattr(many[name], part))


def test_planted_directions_are_recovered():
    source = Planted()
    probe = probes.fit_ridge(source, MOVES, penalty=1e-9)
    scores = probes.accuracy(probe, source, HELD_OUT)
    for name in ("board", "empty", "just_moved", "previous_board", "parity"):
        noise, planted = scores[name].accuracy().mean
        assert noise < 0.9
        assert planted > (0.9 if name == "previous_board" else 0.9999)
    found = probe.directions("board", "planted", "mine", "theirs")
    torch.testing.assert_close(found, source.planted[:36], atol=1e-3, rtol=0)
    found = probe.directions("empty", "planted", "yes", "no")
    torch.testing.assert_close(found[OUTER], source.planted[36:68], atol=1e-3, rtol=0)


def test_means_are_the_means_of_the_classes(model):
    probe = probes.fit_means(model, MOVES, batch=64)
    for at, site in enumerate(model.sites):
        x, replay = rows(model, MOVES, site)
        for name, target in TARGETS.items():
            labels = torch.from_numpy(target.labels(replay)).flatten(0, 1)
            logits = probe.logits(name, site, x.float())
            occurs = [(labels == c).any(0) for c in range(len(target.classes))]
            for cell in torch.stack(occurs).all(0).nonzero()[:, 0][::9].tolist():
                means = [x[labels[:, cell] == c].mean(0) for c in range(len(target.classes))]
                ours = probe.weight[name][at, :, cell].double() + x.mean(0)
                torch.testing.assert_close(ours, torch.stack(means), atol=1e-4, rtol=0)
                distance = torch.cdist(x, torch.stack(means)).square() / 2
                score = logits[:, :, cell].double() + distance
                torch.testing.assert_close(score, score[:, :1].expand_as(score), atol=1e-3, rtol=0)
    never = probe.logits("empty", site, x.float())[:, :, CENTRE].argmax(1)
    assert not never.any()
