"""How long a probe takes that reads as well as the original notebook's, against its recipe.

Run with ``pytest -s tests/benchmarks/test_bench_probes.py``; it takes as long as the recipe does
(768,000 games through six layers). Both sides use the same sampler, network and activations: the
recipe is spared what took most of its second per step at the time, labels from Python lists.
"""

import time

from othello_gpt import games, probes
from othello_gpt.model import HELD_OUT_SEED, load_model

LAYER_5 = "resid_post 5"
RECIPE_GAMES = 3 * 500 * 512
OUR_GAMES = 4096


def timed(fit, *args, **options):
    begun = time.perf_counter()
    probe = fit(*args, **options)
    return probe, time.perf_counter() - begun


def test_the_same_accuracy_in_a_fiftieth_of_the_time():
    model, test = load_model(), games.sample_moves(2000, HELD_OUT_SEED)
    few, many = (games.sample_moves(n, seed=1) for n in (OUR_GAMES, RECIPE_GAMES))
    probes.fit_adamw(model, many[:1024])  # imports and compiles what either needs
    ridge, ours = timed(probes.fit_ridge, model, few, probes.ORIGINAL, [LAYER_5])
    _, all_sites = timed(probes.fit_ridge, model, few, probes.ORIGINAL)
    recipe, theirs = timed(probes.fit_adamw, model, many)
    scores = [probes.accuracy(p, model, test) for p in (recipe, ridge)]
    print(
        f"\noriginal recipe {theirs:.0f} s, ridge {ours:.1f} s: {theirs / ours:.0f} times as fast"
    )
    print(
        f"ridge at all {len(model.sites)} sites {all_sites:.1f} s: {theirs / all_sites:.0f} times"
    )
    for target in probes.ORIGINAL:
        his, mine = (s[target.name].accuracy().mean[0] for s in scores)
        print(f"{target.name:12} original recipe {his:.4f}, ridge {mine:.4f}")
        assert mine >= his
    assert theirs >= 50 * ours
