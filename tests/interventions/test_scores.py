"""Proof of ``othello_gpt.interventions``: scores."""

import math

import numpy as np
import pytest
import torch

from othello_gpt import interventions, probes
from othello_gpt.interventions import CachedPrefixes, Rewrite, sample_cases
from tests.interventions.common import MOVES, Referee


def test_top_n_error_of_hand_made_logits():
    logits = torch.tensor([[0.0, 5, 4, 3, 2], [0.0, 5, 4, 3, 2], [9.0, 5, 4, 3, 2]])
    legal = torch.tensor([[0, 1, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 1, 1, 1]]).bool()
    # Right; one wrong and one missing; of the top 3 (pad and two), one is legal.
    assert interventions.top_n_error(logits, legal).tolist() == [0, 2, 4]
    assert interventions.top_n_error(logits.numpy(), legal.numpy()).tolist() == [0, 2, 4]


def test_top_n_error_refuses_what_it_cannot_score():
    with pytest.raises(ValueError, match=r"\[2, 33\].*\[2, 36\]"):
        interventions.top_n_error(torch.zeros(2, 33), torch.ones(2, 36))
    with pytest.raises(ValueError, match="case 1 has no legal token"):
        interventions.top_n_error(torch.zeros(2, 3), torch.tensor([[1, 0, 0], [0, 0, 0]]))


def test_scores_of_hand_made_logits(cases):
    both = (cases.legal_after & ~cases.legal_before).sum(1) * (
        cases.legal_before & ~cases.legal_after
    ).sum(1)
    one = cases[[int(both.argmax())]]
    was, now = (legal[0].numpy() for legal in (one.legal_before, one.legal_after))
    gained, lost, kept = (set(np.flatnonzero(x)) for x in (now & ~was, was & ~now, was & now))
    right = torch.where(one.legal_after, 5.0, -5.0)
    wrong = torch.where(one.legal_before, 5.0, -5.0)
    good, bad = (interventions.score(x, wrong, one) for x in (right, wrong))
    assert (good.error[0], good.promoted[0], good.suppressed[0]) == (0, len(gained), len(lost))
    assert (good.gained[0], good.lost[0]) == (len(gained), len(lost))
    assert good.mass[0] == pytest.approx(1, abs=2e-3)
    assert bad.error[0] >= 2 * min(len(gained), len(lost)) > 0
    assert bad.mass[0] == pytest.approx(
        (len(kept) * math.e**5 + len(gained) * math.e**-5)
        / (was.sum() * math.e**5 + (33 - was.sum()) * math.e**-5)
    )
    assert good.drift[0] == pytest.approx(0, abs=1e-5)
    lopsided = right.clone()
    lopsided[0, min(kept)] = 50.0  # all that is shared goes to one move
    drift = interventions.score(lopsided, wrong, one).drift[0]
    assert drift == pytest.approx(1 - 1 / len(kept), abs=1e-2)


def test_the_edit_with_the_least_error_is_chosen():
    referee, cases = Referee(), sample_cases(30, seed=9)
    probe = probes.fit_ridge(referee, MOVES, [probes.TARGETS["board"]])

    class Source(CachedPrefixes):
        """What ``least_error`` asks of prefixes, for a source that isn't a GPT."""

        def __init__(self):
            self.cases = cases

        def run(self, edit):
            return interventions.run_source(referee, cases, edit)

    edits = [Rewrite(probe, ["board"], dose) for dose in (0.0, 1.0, -1.0)]
    assert interventions.least_error(Source(), edits) is edits[1]

    # The dose is chosen by the first and told of the other, and each is edited for its own cases.
    other, asked = Source(), []
    other.cases = sample_cases(10, seed=10)
    other.run = lambda edit: interventions.run_source(referee, other.cases, edit)

    def make(dose, of):
        asked.append((dose, len(of)))
        return Rewrite(probe, ["board"], dose)

    errors = interventions.error_at_best_dose(make, (0.0, 1.0, -1.0), Source(), other)
    best = interventions.top_n_error(other.run(edits[1]), other.cases.legal_after)
    assert np.array_equal(errors, best)
    assert asked == [(0.0, 30), (1.0, 30), (-1.0, 30), (1.0, 10)]
