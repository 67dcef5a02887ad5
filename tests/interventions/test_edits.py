"""Proof of ``othello_gpt.interventions``: edits."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from othello_gpt import interventions, probes
from othello_gpt.interventions import (
    ActivationAddition,
    Descend,
    LengthMatched,
    MinimumNormEdit,
    RandomStep,
    Rewrite,
    sample_cases,
)
from tests.interventions.common import KINDS, MOVES, Referee


@pytest.mark.parametrize("kind", KINDS)
def test_edits_work_where_the_board_is_known_to_be_used(kind):
    referee, cases = Referee(), sample_cases(40, kind, seed=9)
    probe = probes.fit_ridge(referee, MOVES, [probes.TARGETS["board"]])

    def error(edit=None, towards=None):
        logits = interventions.run_source(referee, cases, edit, towards)
        return interventions.top_n_error(logits, cases.legal_after)

    null = error()
    assert null.mean() > 1
    assert not error(Rewrite(probe, ["board"], 1.0)).any()
    assert not error(MinimumNormEdit(probe, ["board"], 1.0)).any()
    assert error(Descend(probe, ["board"], 0.1, scale=8.0)).mean() < 0.2 * null.mean()
    if kind in ("flip", "reachable", "unreachable"):
        assert error(ActivationAddition(probe, ["board"], 0.4)).mean() < 0.3 * null.mean()
    edit = Rewrite(probe, ["board"], 1.0)
    assert np.array_equal(error(edit, cases.before), null)
    for control in (LengthMatched(edit, RandomStep(["board"])), interventions.PermutedSigns(edit)):
        assert error(control).mean() > 0.7 * null.mean()
    assert error(edit, interventions.wrong_squares(cases)).mean() > 0.7 * null.mean()


def test_projection_keeps_what_the_other_squares_read(model, probe, cases):
    site = "resid_mid 1"
    x = torch.randn(40, 16)
    wide = replace(
        probe,
        weight={"board": torch.randn(1, 3, 36, 200)},
        bias={"board": torch.randn(1, 3, 36)},
        sites=(site,),
    )
    x = torch.randn(40, 200)
    before, after = torch.from_numpy(cases.before), torch.from_numpy(cases.after)
    same = before == after
    was = wide.logits("board", site, x)[:, [0, 2]]
    for edit, wanted in (
        (
            MinimumNormEdit,
            torch.where(same[:, None], was, F.one_hot(after.long(), 3).mT[:, [0, 2]].float()),
        ),
        (Rewrite, F.one_hot(after.long(), 3).mT[:, [0, 2]].float()),
    ):
        for dose in (0.5, 1.0):
            moved = edit(wide, [site], dose)(site, x, before, after)
            read = wide.logits("board", site, moved)[:, [0, 2]]
            goal = was + dose * (wanted - was)
            # As near as the penalty on long steps allows.
            assert (read - goal).norm() < 0.3 * dose * (wanted - was).norm()
