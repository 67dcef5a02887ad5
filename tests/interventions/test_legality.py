"""Proof of ``othello_gpt.interventions.legality``: next moves are written in, and no board."""

import numpy as np
import pytest
import torch

from othello_gpt import game, interventions, probes
from othello_gpt.interventions import BesideLegal, Rewrite, WriteLegal, legal_squares, span_of
from othello_gpt.model import load_model

CASES = interventions.sample_cases(20, seed=5)
SITE = "resid_mid 3"


@pytest.fixture(scope="module")
def model():
    return load_model()  # in a narrower one the board's directions are all that there are


@pytest.fixture(scope="module")
def fitted(model):
    games = game.sample_moves(200, seed=1)
    return [
        probes.fit_ridge(model, games, [probes.TARGETS[name]], [SITE])
        for name in ("legal_next", "board")
    ]


def test_legal_squares_are_those_of_the_rules():
    legal = legal_squares(CASES).numpy()
    for board, row in zip(CASES.after, legal, strict=True):
        mine, theirs = (sum(1 << int(s) for s in np.flatnonzero(board == of)) for of in (2, 0))
        wanted = game.squares(game.legal_moves(np.uint64(mine), np.uint64(theirs)))
        assert np.flatnonzero(row).tolist() == wanted


def test_its_steps_lie_along_no_direction_of_the_board(model, fitted):
    edit = WriteLegal(*fitted, (SITE,), 1.0, legal_squares(CASES))
    x = interventions.streams_at(interventions.CachedPrefixes(model, CASES), SITE)
    before, after = (torch.from_numpy(board) for board in (CASES.before, CASES.after))
    step = edit(SITE, x, before, after) - x
    span = span_of(fitted[1].weight["board"][0].flatten(0, 1))
    assert step.norm(dim=1).min() > 1e-3
    assert (step @ span.T).abs().max() < 1e-4 * step.norm(dim=1).max()
    some = edit.of(slice(3, 5))(SITE, x[3:5], before[3:5], after[3:5])
    torch.testing.assert_close(some, (x + step)[3:5], atol=1e-3, rtol=1e-3)
    toward = fitted[0].logits("legal_next", SITE, x + step)[:, 1]
    gap = (legal_squares(CASES).float() - fitted[0].logits("legal_next", SITE, x)[:, 1]).square()
    assert (legal_squares(CASES).float() - toward).square().sum() < gap.sum()


def test_without_a_board_to_spare_legality_is_written_outright(model, fitted):
    legality, board = fitted
    wanted = legal_squares(CASES)
    x = interventions.streams_at(interventions.CachedPrefixes(model, CASES), SITE)
    before, after = (torch.from_numpy(of) for of in (CASES.before, CASES.after))
    gaps = {}
    for spared in (board, None):
        edited = WriteLegal(legality, spared, (SITE,), 1.0, wanted)(SITE, x, before, after)
        read = legality.logits("legal_next", SITE, edited)[:, 1]
        gaps[spared is None] = (wanted.float() - read).square().sum()
    assert gaps[True] < 0.1 * gaps[False]


def test_an_edit_beside_legality_leaves_what_is_read_of_it(model, fitted):
    legality, board = fitted
    edit = Rewrite(board, (SITE,), 1.0)
    x = interventions.streams_at(interventions.CachedPrefixes(model, CASES), SITE)
    before, after = (torch.from_numpy(of) for of in (CASES.before, CASES.after))
    beside = BesideLegal(edit, legality)
    assert tuple(beside.sites) == (SITE,)
    moved = beside(SITE, x, before, after)
    own, other, whole = (
        legality.logits("legal_next", SITE, of) for of in (x, moved, edit(SITE, x, before, after))
    )
    torch.testing.assert_close(own, other, atol=2e-3, rtol=0)
    assert (whole - own).abs().max() > 0.1
    some = beside.of(slice(3, 5))(SITE, x[3:5], before[3:5], after[3:5])
    torch.testing.assert_close(some, moved[3:5], atol=1e-3, rtol=1e-3)


def test_a_site_that_the_probe_does_not_have_is_refused(fitted):
    with pytest.raises(ValueError, match="no site 'resid_mid 0'"):
        WriteLegal(*fitted, ("resid_mid 0",), 1.0, legal_squares(CASES))
