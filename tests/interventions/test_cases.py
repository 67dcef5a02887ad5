"""Proof of ``othello_gpt.interventions``: cases."""

from itertools import permutations

import numpy as np
import pytest

from othello_gpt.interventions import sample_cases
from tests import oracle
from tests.interventions.common import KINDS, SQUARES, board_of


@pytest.mark.parametrize("kind", KINDS)
def test_cases_change_the_legal_set_and_say_what_it_is(kind):
    cases = sample_cases(30, kind, seed=5)
    assert len(cases) == 30
    assert len({tuple(moves) for moves in cases.moves.tolist()}) == 30
    for n in range(30):
        *_, (player, _, _, after) = oracle.replay(cases.moves[n, : cases.ply[n] + 1].tolist(), 6)
        assert cases.before[n].tolist() == [1 - disc * player for row in after for disc in row]
        sets = [
            {SQUARES[t] for t in np.flatnonzero(legal[n])}
            for legal in (cases.legal_before, cases.legal_after)
        ]
        boards = [board_of(b[n]) for b in (cases.before, cases.after)]
        assert sets == [set(oracle.legal(board, 1)) for board in boards]
        assert sets[1]
        assert sets[0] != sets[1]
        before, after = cases.before[n], cases.after[n]
        changed = np.flatnonzero(before != after)
        pairs = {(before[s], after[s]) for s in changed}
        if kind in ("flip", "unreachable"):
            assert len(changed) == 1
        if kind in ("flip", "unreachable", "reachable"):
            assert pairs <= {(0, 2), (2, 0)}
        if kind in ("erase", "place"):
            assert len(changed) == 1
            assert ((before if kind == "place" else after)[changed] == 1).all()


def test_reachable_cases_are_reached_by_another_order_of_the_last_moves():
    cases = sample_cases(15, "reachable", seed=6)
    for n in range(15):
        moves = cases.moves[n, : cases.ply[n] + 1].tolist()
        reached = []
        for order in permutations(moves[-4:]):
            try:
                *_, (player, _, _, board) = oracle.replay([*moves[:-4], *order], 6)
            except AssertionError:  # an illegal move
                continue
            if player == (-1) ** (len(moves) - 1):  # no pass
                reached.append([1 - disc * player for row in board for disc in row])
        assert cases.after[n].tolist() in reached


def test_replaced_cases_are_reached_by_another_last_move():
    cases = sample_cases(15, "replace", seed=6)
    for n in range(15):
        *_, (player, can, board, _) = oracle.replay(cases.moves[n, : cases.ply[n] + 1].tolist(), 6)
        after = [
            oracle.play(board, player, move) for move in can if move != cases.moves[n, cases.ply[n]]
        ]
        after = [[1 - disc * player for row in b for disc in row] for b in after]
        assert cases.after[n].tolist() in after
