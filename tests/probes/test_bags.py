"""Proof of ``othello_gpt.probes``: bags."""

import numpy as np
import torch

from othello_gpt import game, probes
from othello_gpt.probes import TARGETS
from tests.probes.common import HELD_OUT, MOVES


def test_bag_of_moves_knows_who_played_where():
    tokens = torch.from_numpy(game.token_of_square()[MOVES[:5, :-1]])
    (features,) = probes.BagOfMoves().residual_stream(tokens)
    for one_game, played in enumerate(tokens.tolist()):
        for ply in range(31):
            theirs, mine, when = features[one_game, ply].split([33, 33, 31])
            assert set(theirs.nonzero().flatten().tolist()) == set(played[ply::-2])
            assert set(mine.nonzero().flatten().tolist()) == set(played[: ply + 1]) - set(
                played[ply::-2]
            )
            assert when.argmax() == ply


def test_bag_of_moves_reads_the_unflipped_board_and_the_empty_squares():
    def never_flipped(replay):
        return probes.board(probes.flips_ignored(replay))

    unflipped = probes.Target("unflipped", TARGETS["board"].classes, never_flipped)
    targets = [unflipped, TARGETS["empty"]]
    probe = probes.fit_ridge(probes.BagOfMoves(), MOVES, targets)
    scores = probes.accuracy(probe, probes.BagOfMoves(), HELD_OUT, targets)
    assert scores["unflipped"].accuracy().mean == 1
    assert scores["empty"].whole_board().mean == 1


def test_the_bag_of_moves_says_who_played_where_and_learns_from_it():
    moves = game.sample_moves(300, seed=5)
    bag = probes.bag_of_moves(moves)
    assert bag.shape == (300, 31, 2 * 36 + 31)
    # Before move 3 the side to move has played move 1, the other move 2.
    assert bag[0, 1].nonzero().flatten().tolist() == sorted(
        [int(moves[0, 0]), 36 + int(moves[0, 1]), 72 + 1]
    )
    legal = game.to_array(game.replay(moves).legal[:, 1:]).reshape(-1, 31, 36)

    def illegal(player):
        choice = probes.bag_choices(player, moves)
        return 1 - np.take_along_axis(legal, choice[..., None], -1).mean()

    few, more = (probes.fit_bag(64, 500, steps, 256) for steps in (1, 200))
    assert illegal(more) < 0.5 * illegal(few)
    again = probes.fit_bag(64, 500, 200, 256)
    assert all(
        torch.equal(a, b) for a, b in zip(more.parameters(), again.parameters(), strict=True)
    )
