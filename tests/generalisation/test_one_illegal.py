"""Proof of ``othello_gpt.generalisation.one_illegal``: by hand, square by square."""

import numpy as np
import pytest
import torch

from othello_gpt import game, generalisation, probes
from othello_gpt.model import GPT, GPTConfig


def test_one_move_is_made_illegal_and_the_rest_kept():
    moves = game.sample_moves(50, seed=3).astype(np.int64)
    odd = generalisation.with_an_illegal_move(moves, 9)
    assert odd.shape[1] == 10
    kept = {tuple(row) for row in moves[:, :9].tolist()}
    for played in odd.tolist():
        assert tuple(played[:9]) in kept
        assert played[9] not in played[:9]
        with pytest.raises(game.IllegalMove):
            game.replay(np.array([played]))
        row, column = divmod(played[9], 6)
        discs = [divmod(square, 6) for square in (*played[:9], 14, 15, 20, 21)]
        assert any(abs(row - r) <= 1 and abs(column - c) <= 1 for r, c in discs)


def legal_by_hand(board, side):
    """The squares where a side turns something on a board of +1, -1 and 0."""
    found = set()
    for square in range(36):
        for step in ((a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b):
            row, column, passed = square // 6 + step[0], square % 6 + step[1], 0
            while 0 <= row < 6 and 0 <= column < 6 and board[6 * row + column] == -side:
                row, column, passed = row + step[0], column + step[1], passed + 1
            inside = 0 <= row < 6 and 0 <= column < 6
            if not board[square] and passed and inside and board[6 * row + column] == side:
                found.add(square)
    return found


@pytest.mark.parametrize("ply", [8, 9])
def test_what_is_believed_after_one_illegal_move_by_hand(ply):
    torch.manual_seed(0)
    model = GPT(GPTConfig(n_layer=1, n_head=2, n_embd=16)).eval()
    moves = game.sample_moves(200, seed=4).astype(np.int64)
    probe = probes.fit_ridge(model, moves[100:], [probes.TARGETS["board"]], model.sites[-1:])
    found = generalisation.believed_after_one(model, probe, moves[:60], ply)
    odd = generalisation.with_an_illegal_move(moves[:60], ply)
    tokens = torch.from_numpy(game.tokens_of(odd))
    side = 1 if ply % 2 else -1  # to move after move ply, counted from zero
    kinds = ("put", "repaired", "both", "neither", "read_as_put")
    sums = {name: np.zeros(2) for name in kinds}
    with torch.no_grad():
        chances = model(tokens)[:, -1].softmax(-1).numpy()
        *_, stream = model.residual_stream(tokens)
        theirs_empty_mine = probe.logits("board", probe.sites[0], stream[:, -1]).argmax(-2).numpy()
    for k in range(len(odd)):
        boards = [
            generalisation.track(odd[[k]], way)[0, -1].tolist() for way in ("plays on", "repairs")
        ]
        put, repaired = (legal_by_hand(board, side) for board in boards)
        empty = {s for s in range(36) if not boards[0][s]}
        squares_of = {
            "put": put - repaired,
            "repaired": repaired - put,
            "both": put & repaired,
            "neither": empty - put - repaired,
        }
        for name, squares in squares_of.items():
            given = [chances[k, game.token_of_square()[s]] for s in squares]
            sums[name] += sum(given), len(given)
        for s in range(36):
            if boards[0][s] != boards[1][s]:
                is_put = (theirs_empty_mine[k, s] - 1) * side == boards[0][s]
                sums["read_as_put"] += is_put, 1
    for name, (total, count) in sums.items():
        assert count > 20
        assert getattr(found, name).mean == pytest.approx(total / count, abs=1e-5)
