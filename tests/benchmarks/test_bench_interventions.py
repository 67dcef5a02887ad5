"""How long many edits of many cases take, and a loop over TransformerLens' hooks for comparison.

Run with ``pytest -s tests/benchmarks/test_bench_interventions.py``.
"""

import time

import torch

from othello_gpt import game, interventions, probes
from othello_gpt.interventions import CachedPrefixes, Rewrite, sample_cases
from othello_gpt.model import load_model, to_transformer_lens

CASES, SETTINGS, LOOPED = 2000, 20, 40
SITES = [f"resid_mid {layer}" for layer in range(1, 6)]


def test_twenty_settings_within_two_minutes_and_twenty_times_faster_than_a_loop():
    model, cases = load_model(), sample_cases(CASES, seed=3)
    target = [probes.TARGETS["board"]]
    probe = probes.fit_ridge(model, game.sample_moves(300, seed=1), target, SITES)
    edits = [Rewrite(probe, SITES, dose / 10) for dose in range(SETTINGS)]

    begun = time.perf_counter()
    prefixes = CachedPrefixes(model, cases)
    once = time.perf_counter() - begun
    logits = [prefixes.run(edit) for edit in edits]
    fast = time.perf_counter() - begun

    bridge, few = to_transformer_lens(model), cases[:LOOPED]
    interventions.run_bridge(bridge, few[:2], edits[1])  # warms it up
    begun = time.perf_counter()
    hooked = [interventions.run_bridge(bridge, few[[n]], edits[7]) for n in range(LOOPED)]
    slow = (time.perf_counter() - begun) / LOOPED

    torch.testing.assert_close(logits[7][:LOOPED], torch.cat(hooked), atol=1e-3, rtol=0)
    each = fast / (CASES * SETTINGS)
    print(f"\n{CASES} cases x {SETTINGS} settings: {fast:.1f} s, of which prefixes {once:.1f} s")
    print(f"{1e6 * each:.0f} us for a case and setting, with hooks one by one {1e3 * slow:.1f} ms:")
    print(f"{slow / each:.0f} times as fast")
    assert fast < 120
    assert slow > 20 * each
