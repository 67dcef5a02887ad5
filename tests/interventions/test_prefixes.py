"""Proof of ``othello_gpt.interventions``: prefixes."""

import torch

from othello_gpt import game
from othello_gpt.interventions import CachedPrefixes, Rewrite, sample_cases
from tests import oracle
from tests.interventions.common import SITES, SQUARES, board_of


def test_playing_on_agrees_with_a_slow_player(model):
    cases = sample_cases(12, seed=11, plies=(15, 27))
    illegal, made = CachedPrefixes(model, cases, batch=5).play_on(moves=6)
    for n in range(12):
        moves, board = cases.moves[n, : cases.ply[n] + 1].tolist(), board_of(cases.after[n])
        wrong = count = 0
        while count < 6 and len(moves) < 32 and (can := oracle.legal(board, 1)):
            tokens = torch.from_numpy(game.token_of_square()[moves])[None]
            best = SQUARES[model(tokens)[0, -1].argsort(descending=True)].tolist()
            wrong += count > 0 and best[0] not in can
            count += 1
            moves.append(next(s for s in best if s in can))
            board = [[-disc for disc in row] for row in oracle.play(board, 1, moves[-1])]
        assert (illegal[n], made[n]) == (wrong, max(count - 1, 0))


def test_playing_on_keeps_the_edit_in_place(model, probe):
    cases = sample_cases(12, seed=11, plies=(15, 20))
    edit = Rewrite(probe, SITES, 3.0)
    prefixes = CachedPrefixes(model, cases)
    prefixes.play_on(edit, moves=1)
    ply = torch.from_numpy(cases.ply)
    fast = prefixes._step(slice(0, 12), torch.full((12,), 5), ply + 1)
    for n in range(12):
        tokens = torch.cat([cases.tokens[n, : ply[n] + 1], torch.tensor([5])])[None]
        boards = [torch.from_numpy(b[[n]]) for b in (cases.before, cases.after)]
        for site, x in zip(model.sites, model.residual_stream(tokens), strict=True):
            if site in SITES:
                x[:, ply[n]] = edit(site, x[:, ply[n]], *boards)
        torch.testing.assert_close(fast[n], model.unembed(x)[0, -1], atol=1e-4, rtol=0)
