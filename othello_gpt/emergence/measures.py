"""What is measured at every stage of a run, each by the functions of its own chapter."""

import numpy as np
from jaxtyping import Float

from .. import game, generalisation, interventions, probes, yardsticks
from ..game import Games
from ..intervals import Interval, bootstrap, bootstrap_shares
from ..interventions import CachedPrefixes, Rewrite, sample_cases
from ..model import GPT, HELD_OUT_SEED, evaluate
from ..probes import TARGETS, Probe

Measures = dict[str, Interval]
"""Estimates by name: numbers, and rows for ``illegal by move`` and ``discs by flips``."""

Rows = dict[str, list[float | list[float]]]
"""The same as text: mean, low and high of each."""

_LENGTHS = np.arange(6, 31, 4)  # of the beginnings whose moves are exchanged


def measure(model: GPT, scale: int = 6, seed: int = HELD_OUT_SEED) -> Measures:
    """Return what a network does, what can be read off it and whether that is used.

    ``illegal``, ``illegal by move`` and ``excess`` (nats): first choices and loss.
    ``cells``, ``boards``: squares and whole boards that a ridge probe reads, at the site that is
    best on other games; ``discs by flips``: discs that it reads by how often each was turned.
    ``null`` and ``edited``: the top-N error on an edited board before and after the best
    whole-board edit, which is chosen on other positions; ``mistakes left``: their quotient;
    ``wrong square`` and ``random direction``: the error after steps of that length elsewhere.
    ``same`` and ``decoys``: total variation between predictions after two orders of the same moves
    that lead to one position, or to two. ``other start``: illegal first choices from the third move
    on in games from the other diagonal.

    ``scale``: the larger, the more games; 1 is for tests. ``seed``: of the games that the numbers
    are reported on; by default those that are watched in training.
    """
    found = _legality(model, 250 * scale, seed)
    probe = probes.fit_ridge(
        model, game.sample_moves(250 * scale, seed=1), [TARGETS["board"]], sites=model.sites
    )
    found |= _reading(model, probe, scale, seed)
    found |= _editing(model, probe, scale, seed)
    return found | _orders(model, scale, seed) | _other_start(model, 60 * scale, seed)


def as_rows(measures: Measures) -> Rows:
    """Return measures as what a JSON file can hold, to six digits."""
    return {
        name: [np.round(np.asarray(part, float), 6).tolist() for part in (i.mean, i.low, i.high)]
        for name, i in measures.items()
    }


def of_rows(rows: Rows) -> Measures:
    """Return the measures that such a file holds."""
    return {
        name: Interval(*(np.asarray(part) if isinstance(part, list) else part for part in parts))
        for name, parts in rows.items()
    }


def _legality(model: GPT, n_games: int, seed: int) -> Measures:
    seen = evaluate(model, n_games, seed)
    return {
        "illegal": seen.illegal,
        "illegal by move": seen.illegal_by_ply,
        "excess": seen.excess,
    }


def _reading(model: GPT, probe: Probe, scale: int, seed: int) -> Measures:
    choose, test = Games.sample(50 * scale, seed=3), Games.sample(125 * scale, seed)
    asked = [TARGETS["board"]]
    best = probes.accuracy(probe, model, choose, asked)["board"].best()
    read = probes.accuracy(probe, model, test, asked)["board"].at(best)
    said = probes.read(probe, model, test, "board", probe.sites[best])
    right = said == TARGETS["board"].labels(test.replay)
    return {
        "cells": read.accuracy().at(0),
        "boards": read.whole_board().at(0),
        "discs by flips": probes.by_flips(test.replay, right),
    }


def _editing(model: GPT, probe: Probe, scale: int, seed: int) -> Measures:
    middle = [site for site in model.sites if "mid" in site]
    choose = CachedPrefixes(model, sample_cases(25 * scale, seed=1, first=50_000))
    tried = [
        Rewrite(probe, sites, dose)
        for sites in (middle[1:], middle[2:7], middle[3:])
        for dose in (0.5, 0.75, 1.0, 1.5)
    ]
    best = interventions.least_error(choose, tried)
    test = CachedPrefixes(model, sample_cases(100 * scale, seed=seed, first=50_000))
    elsewhere = interventions.controls(best, test)
    runs = {"null": (None, None), "edited": (best, None)}
    runs |= {name: elsewhere[name] for name in ("wrong square", "random direction")}
    errors = {
        name: interventions.top_n_error(test.run(*how), test.cases.legal_after)
        for name, how in runs.items()
    }
    left = bootstrap_shares(errors["edited"], errors["null"])
    return {name: bootstrap(error) for name, error in errors.items()} | {"mistakes left": left}


def _orders(model: GPT, scale: int, seed: int) -> Measures:
    many = game.sample_moves(4000 * scale, seed, first=40_000)
    differ = {}
    for kind, parts in yardsticks.swapped_by_length(many, _LENGTHS, 6 * scale).items():
        of = [
            yardsticks.disagreement(
                lambda beginnings: yardsticks.next_move_distribution(model, beginnings), pairs
            )
            for pairs in parts
        ]
        differ[kind] = np.concatenate([d.total_variation for d in of])
    same, decoys = differ["transpositions"], differ["decoys"]
    return {"same": bootstrap(same), "decoys": bootstrap(decoys)}


def _other_start(model: GPT, n_games: int, seed: int) -> Measures:
    away = generalisation.unfamiliar(model, n_games, seed)
    wrong: Float[np.ndarray, "games positions"] = away.illegal[:, 2:].astype(float)
    return {"other start": bootstrap(wrong.mean(1))}
