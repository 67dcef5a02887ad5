"""Proof of ``othello_gpt.interventions``: running."""

from dataclasses import replace

import pytest
import torch

from othello_gpt import interventions
from othello_gpt.interventions import (
    ActivationAddition,
    CachedPrefixes,
    Descend,
    LengthMatched,
    MinimumNormEdit,
    RandomStep,
    Rewrite,
)
from tests.interventions.common import SITES


def all_edits(probe, dose):
    rewrite = Rewrite(probe, SITES, dose)
    return {
        "push": ActivationAddition(probe, SITES, dose),
        "project": MinimumNormEdit(probe, SITES, dose),
        "rewrite": rewrite,
        "descend": Descend(probe, SITES, dose, steps=3),
        "random": LengthMatched(rewrite, RandomStep(SITES)),
        "signs": interventions.PermutedSigns(rewrite),
        "control labels": LengthMatched(
            rewrite, replace(rewrite, dose=1.0, target="control of board")
        ),
        "wrong layer": LengthMatched(
            rewrite, Rewrite(interventions.wrong_layer(probe), SITES, 1.0)
        ),
    }


def test_without_an_edit_all_ways_give_the_models_own_logits(model, bridge, cases):
    own = model(cases.tokens)[torch.arange(40), torch.from_numpy(cases.ply)]
    for logits in (
        CachedPrefixes(model, cases, batch=7).run(),
        interventions.run_source(model, cases),
        interventions.run_bridge(bridge, cases),
    ):
        torch.testing.assert_close(logits, own, atol=1e-5, rtol=0)


def test_a_dose_of_zero_changes_nothing_bit_for_bit(model, bridge, probe, cases):
    prefixes = CachedPrefixes(model, cases)
    runs = [
        prefixes.run,
        lambda *edit: interventions.run_source(model, cases, *edit),
        lambda *edit: interventions.run_bridge(bridge, cases, *edit),
    ]
    for run in runs:
        unedited = run()
        for name, edit in all_edits(probe, 0.0).items():
            assert torch.equal(run(edit), unedited), name


def test_the_fast_path_agrees_with_transformer_lens(model, bridge, probe, cases):
    prefixes, wrong = CachedPrefixes(model, cases, batch=16), interventions.wrong_squares(cases)
    unedited = prefixes.run()
    for name, edit in all_edits(probe, 0.3).items():
        if name == "random":
            continue  # drawn anew for every batch
        fast = prefixes.run(edit)
        assert (fast - unedited).abs().max() > 1e-3, name
        hooked = interventions.run_bridge(bridge, cases, edit)
        torch.testing.assert_close(fast, hooked, atol=1e-4, rtol=0)
        torch.testing.assert_close(
            interventions.run_source(model, cases, edit), hooked, atol=1e-4, rtol=0
        )
    edit = Rewrite(probe, SITES, 0.3)
    fast = prefixes.run(edit, wrong)
    hooked = interventions.run_bridge(bridge, cases, edit, wrong)
    torch.testing.assert_close(fast, hooked, atol=1e-4, rtol=0)


def test_a_run_leaves_nothing_behind(model, bridge, probe, cases):
    prefixes, edit = CachedPrefixes(model, cases), Rewrite(probe, SITES, 1.0)
    clean, tokens = prefixes.run(), cases.tokens[:, :9]
    before, own = bridge(tokens), model(tokens)
    edited = prefixes.run(edit)
    interventions.run_bridge(bridge, cases, edit)
    interventions.run_source(model, cases, edit)
    prefixes.play_on(edit)
    assert not any(hook.fwd_hooks for _, hook in bridge.hook_dict.items())
    assert torch.equal(bridge(tokens), before)
    assert torch.equal(model(tokens), own)
    assert torch.equal(prefixes.run(), clean)
    assert torch.equal(prefixes.run(edit), edited)


def test_an_unknown_site_is_a_clear_error(model, bridge, probe, cases):
    with pytest.raises(ValueError, match=r"no site 'resid_mid 9' here: the probe has resid_pre 0"):
        ActivationAddition(probe, ["resid_mid 9"], 1.0)
    edit = RandomStep(["resid_mid 9"])
    for run in (
        lambda: CachedPrefixes(model, cases).run(edit),
        lambda: interventions.run_source(model, cases, edit),
        lambda: interventions.play_on_source(model, cases, edit),
        lambda: interventions.run_bridge(bridge, cases, edit),
    ):
        with pytest.raises(
            ValueError, match=r"no site 'resid_mid 9' here: the sites are resid_pre"
        ):
            run()
