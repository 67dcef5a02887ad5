"""How long a probe takes that reads as well as the original notebook's, against its recipe.

Run with ``pytest -s tests/benchmarks/test_bench_probes.py``; it takes a few minutes alone on two
cores. The recipe is 1500 steps of 512 fresh games each, half an hour in which every step does the
same. So its wall clock is the measured rate of its first steps times 1500. Its accuracy is that of
all 1500 steps, over the games of those first steps again and again: their activations are kept
instead of computed anew. (To a linear map of 128 numbers a million positions that come back are as
good as fresh ones.) Both sides use the same sampler, network and activations: the recipe is spared
what took most of its second per step at the time, labels from Python lists.
"""

import time

import numpy as np
from torch import nn

from othello_gpt import game, probes
from othello_gpt.model import HELD_OUT_SEED, load_model

LAYER_5 = "resid_post 5"
STEPS, TIMED_STEPS, BATCH = 1500, 60, 512
OUR_GAMES = 4096


class Remembering(nn.Module):
    """A model at one site, which computes the activations of a batch of games only once."""

    sites = (LAYER_5,)

    def __init__(self, model):
        super().__init__()
        self.model, self.at, self.known = model, list(model.sites).index(LAYER_5), {}

    def residual_stream(self, tokens):
        key = tokens.numpy().tobytes()
        if key not in self.known:
            stream = self.model.residual_stream(tokens)
            self.known[key] = next(x for at, x in enumerate(stream) if at == self.at)
        yield self.known[key]


def timed(fit, *args, **options):
    begun = time.perf_counter()
    probe = fit(*args, **options)
    return probe, time.perf_counter() - begun


def test_the_same_accuracy_in_a_fiftieth_of_the_time():
    model, test = load_model(), game.sample_moves(2000, HELD_OUT_SEED)
    few, pool = game.sample_moves(OUR_GAMES, seed=1), game.sample_moves(TIMED_STEPS * BATCH, 2)
    probes.fit_adamw(model, few[:1024])  # imports and compiles what either needs
    probes.fit_ridge(model, few[:256], probes.ORIGINAL, [LAYER_5])

    ridge, ours = timed(probes.fit_ridge, model, few, probes.ORIGINAL, [LAYER_5])
    _, all_sites = timed(probes.fit_ridge, model, few, probes.ORIGINAL)
    remembering = Remembering(model)
    _, first_steps = timed(probes.fit_adamw, remembering, pool, batch=BATCH)
    theirs = first_steps / TIMED_STEPS * STEPS
    again = np.tile(pool, (STEPS // TIMED_STEPS, 1))
    recipe = probes.fit_adamw(remembering, again, batch=BATCH)
    assert len(remembering.known) == TIMED_STEPS

    scores = [probes.accuracy(recipe, remembering, test), probes.accuracy(ridge, model, test)]
    print(
        f"\noriginal recipe {theirs:.0f} s ({TIMED_STEPS} steps took {first_steps:.0f} s),"
        f" ridge {ours:.1f} s: {theirs / ours:.0f} times as fast"
    )
    print(
        f"ridge at all {len(model.sites)} sites {all_sites:.1f} s: {theirs / all_sites:.0f} times"
    )
    for target in probes.ORIGINAL:
        his, mine = (s[target.name].accuracy().mean[0] for s in scores)
        print(f"{target.name:12} original recipe {his:.4f}, ridge {mine:.4f}")
        assert mine >= his
    assert theirs >= 50 * ours
