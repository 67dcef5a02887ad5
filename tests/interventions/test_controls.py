"""Proof of ``othello_gpt.interventions``: controls."""

from dataclasses import replace

import torch
import torch.nn.functional as F

from othello_gpt import interventions
from othello_gpt.interventions import (
    CachedPrefixes,
    LengthMatched,
    RandomStep,
    Rewrite,
    sample_cases,
)
from tests.interventions.common import SITES


def test_controls_step_as_far_as_what_they_control(probe, cases):
    site, x = "resid_mid 1", torch.randn(40, 16)
    boards = torch.from_numpy(cases.before), torch.from_numpy(cases.after)
    edit = Rewrite(probe, [site], 1.0)
    step = edit(site, x, *boards) - x
    other = replace(edit, target="control of board")
    controls = [
        LengthMatched(edit, RandomStep([site])),
        LengthMatched(edit, other),
        interventions.PermutedSigns(edit),
    ]
    for control in controls:
        found = control(site, x, *boards) - x
        torch.testing.assert_close(found.norm(dim=-1), step.norm(dim=-1))
        toward = other(site, x, *boards) - x if control is controls[1] else step
        cosine = F.cosine_similarity(found, toward)
        assert cosine.min() > 0.999 if control is controls[1] else cosine.abs().mean() < 0.6
    wrong = interventions.wrong_squares(cases)
    flipped, changed = wrong != cases.before, cases.after != cases.before
    assert (flipped.sum(1) == changed.sum(1)).all()
    assert not (flipped & changed).any()
    assert (wrong[flipped] == 2 - cases.before[flipped]).all()
    rolled = interventions.wrong_layer(probe, 2)
    assert torch.equal(rolled.weight["board"][0], probe.weight["board"][2])
    assert torch.equal(rolled.bias["board"][-1], probe.bias["board"][1])


def test_controls_take_the_steps_that_the_edit_takes_in_a_run_of_its_own(model, bridge, probe):
    cases = sample_cases(30, seed=13)
    prefixes = CachedPrefixes(model, cases, batch=7)
    edit = Rewrite(probe, SITES, 1.0)
    lengths = prefixes.lengths(edit)
    runs = interventions.controls(edit, prefixes) | interventions.comparisons(edit, prefixes)
    for name, (control, towards) in runs.items():
        found = prefixes.lengths(control)
        same = all(torch.allclose(found[site], lengths[site], rtol=1e-4) for site in SITES)
        assert same or name in ("wrong square", "the board as it is")
        hooked = interventions.run_bridge(bridge, cases, control, towards)
        fast = prefixes.run(control, towards)
        if name != "random direction":  # whose directions are by row of a batch
            torch.testing.assert_close(fast, hooked, atol=1e-4, rtol=0)
    asked = prefixes.lengths(LengthMatched(edit, RandomStep(SITES)))
    first, *_, last = sorted(SITES, key=model.sites.index)
    torch.testing.assert_close(asked[first], lengths[first])
    assert asked[last].mean() > 1.1 * lengths[last].mean()
