"""Proof of ``othello_gpt.probes``: displays."""

import numpy as np
import pytest

from othello_gpt import game, probes
from othello_gpt.probes import TARGETS, displays
from tests.probes.common import HELD_OUT, MOVES

NAMES = ["board", "legal_next", "captured"]


@pytest.fixture(scope="module")
def found(model):
    probe = probes.fit(model, MOVES, probes.compared(NAMES))
    return probes.scores_by_source(model, probe, MOVES, HELD_OUT, NAMES)


@pytest.fixture(scope="module")
def tallies(found):
    return probes.at_best(found, dict.fromkeys(NAMES, 1))


def numbers(figure, axis="y"):
    """All numbers that a figure's traces hold on an axis."""
    traces = (getattr(trace, axis) for trace in figure.data)
    plain = [np.asarray(t, object).ravel() for t in traces if t is not None]
    return np.array([v for t in plain for v in t if isinstance(v, int | float)])


def shows(figure, wanted, axis="y"):
    """Whether each wanted number is drawn, to within what a page rounds it to."""
    drawn = numbers(figure, axis)
    return all(np.abs(drawn - value).min() < 1e-3 for value in np.ravel(wanted))


def test_a_game_is_shown_as_it_is_read(model):
    probe = probes.fit(model, MOVES, [TARGETS[n] for n in ("board", "empty", "legal_next")])
    moves = game.sample_moves(1, 9)
    figure = displays.game_as_read(model, probe, moves, at=3, layer=1)
    read = probes.outputs(probe, model, moves, "empty")[2, 0, 2, 1].clip(0, 1)
    cells = np.concatenate([np.asarray(t.z, float).ravel() for t in figure.data if "z" in t])
    assert all(np.nanmin(np.abs(cells - value)) < 1e-2 for value in read)
    titles = " ".join(a.text for a in figure.layout.annotations)
    assert "theirs or mine" in titles


def test_menus_draw_every_reader_and_target(found, tallies, model):
    by_reader = displays.readers_menu(tallies, NAMES)
    for name in NAMES:
        means = [of[name].accuracy().mean[0] for of in tallies.values() if name in of]
        assert shows(by_reader, means, "x")
    by_site = displays.readers_by_site(found, model.sites, NAMES)
    for reader in ("the probe", "untrained", "majority"):
        assert shows(by_site, found[reader]["board"].accuracy().mean)
    by_move = displays.readers_by_move(tallies, NAMES, ("the probe", "majority"))
    assert shows(by_move, tallies["majority"]["captured"].by_ply().mean[0])
    measured = {"cells": {n: found["the probe"][n].accuracy() for n in NAMES}}
    assert shows(displays.sites_menu(model.sites, measured), measured["cells"]["board"].mean)


def test_the_chart_of_flips_has_a_name_for_each_number():
    replay = game.replay(HELD_OUT)
    right = np.random.default_rng(0).random(probes.board(replay).shape) < 0.7
    by_flips = probes.by_flips(replay, right, most=3)
    figure = displays.readers_by_flips({"the probe": by_flips})
    assert shows(figure, by_flips.mean)
    assert {"never", "once", "2 times", "more"} <= {x for t in figure.data for x in t.x}


def test_boards_of_errors_are_what_is_not_right(tallies):
    one = displays.misread_boards({"board": tallies["the probe"]["board"]})
    several = displays.misread_boards({n: tallies["the probe"][n] for n in NAMES})
    for figure, names in ((one, NAMES[:1]), (several, NAMES)):
        drawn = np.concatenate([np.asarray(t.z, float).ravel() for t in figure.data if "z" in t])
        for name in names:
            wrong = 1 - tallies["the probe"][name].by_square().mean[0]
            assert all(np.nanmin(np.abs(drawn - value)) < 1e-3 for value in wrong)


def test_tables_hold_means_and_dashes(tallies):
    table = displays.readers_table(tallies, {"captured": "resid_mid 0", "board": "resid_pre 0"})
    assert table.loc["captured", "at"] == "resid_mid 0"
    assert table.loc["captured", "embedding"] != "-"
    without = {r: {n: t for n, t in of.items() if n == "board"} for r, of in tallies.items()}
    without["the probe"] = tallies["the probe"]
    asked = displays.readers_table(without, {"captured": "resid_mid 0", "board": "resid_pre 0"})
    assert asked.loc["captured", "untrained"] == "-"
    mean = tallies["majority"]["board"].accuracy().mean[0]
    assert table.loc["board", "majority"].startswith(f"{mean:.2%} ± ")
    tally = tallies["the probe"]["board"]
    fits = displays.fits_table({"ridge": tally})
    assert fits.loc["ridge", "cells"] == f"{tally.accuracy().at(0):.2%}"
    assert fits.loc["ridge", "boards"] == f"{tally.whole_board().at(0):.2%}"
