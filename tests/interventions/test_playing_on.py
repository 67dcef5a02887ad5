"""Proof of ``othello_gpt.interventions``: playing on."""

import numpy as np
import pytest

from othello_gpt.interventions import CachedPrefixes, Rewrite, play_on_source, sample_cases
from othello_gpt.yardsticks import load_rival_probe, load_shallow
from tests.interventions.common import SITES


@pytest.mark.parametrize("dose", [None, 2.0])
def test_any_source_plays_on_as_the_network_does_with_its_past_kept(model, probe, dose):
    cases = sample_cases(20, seed=5, plies=(6, 26))
    edit = None if dose is None else Rewrite(probe, SITES, dose)
    slow = play_on_source(model, cases, edit, moves=8)
    np.testing.assert_array_equal(slow, CachedPrefixes(model, cases).play_on(edit, moves=8))
    own = play_on_source(model, cases, edit, cases.before, moves=8)
    fast = CachedPrefixes(model, cases).play_on(edit, board=cases.before, moves=8)
    np.testing.assert_array_equal(own, fast)


def test_what_is_written_into_one_hidden_layer_is_gone_after_one_move(monkeypatch):
    shallow, _ = load_shallow()
    cases = sample_cases(40, seed=5, plies=(6, 26))
    edit = Rewrite(load_rival_probe(shallow), shallow.sites, 0.25)
    unembed, stream, heard, played = shallow.unembed, shallow.residual_stream, [], []
    monkeypatch.setattr(shallow, "unembed", lambda x: heard.append(unembed(x)) or heard[-1])
    monkeypatch.setattr(
        shallow, "residual_stream", lambda tokens: played.append(tokens.clone()) or stream(tokens)
    )
    for tried in (None, edit):
        play_on_source(shallow, cases, tried, moves=2)
    first, then, first_edited, then_edited = heard
    assert (first - first_edited).abs().max(1).values.min() > 1e-3
    after = np.arange(len(cases)), cases.ply + 1
    same = (played[1][after] == played[3][after]).numpy()
    assert same.any()
    np.testing.assert_array_equal(then[same], then_edited[same])
