"""Proof of ``othello_gpt.interventions``: discs that matter only together."""

import numpy as np

from othello_gpt.interventions import sample_two_discs
from tests import oracle
from tests.interventions.common import board_of


def test_neither_disc_alone_changes_what_is_legal_and_both_together_do():
    both, left, right = sample_two_discs(25, seed=4)
    for k in range(25):
        before, *after = (
            board_of(of) for of in (both.before[k], both.after[k], left.after[k], right.after[k])
        )
        own, together, one, other = (set(oracle.legal(of, 1)) for of in (before, *after))
        assert own == one == other
        assert together not in (own, set())
        turned = [np.flatnonzero(of.before[k] != of.after[k]) for of in (both, left, right)]
        assert [len(of) for of in turned] == [2, 1, 1]
        assert sorted(turned[0]) == sorted(np.concatenate(turned[1:]))
        assert (both.before[k][turned[0]] != 1).all()
        assert (both.after[k][turned[0]] == 2 - both.before[k][turned[0]]).all()
    again, *_ = sample_two_discs(25, seed=4)
    np.testing.assert_array_equal(again.after, both.after)
    assert len(set(both.ply.tolist())) > 3
