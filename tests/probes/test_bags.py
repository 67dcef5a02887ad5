"""Proof of ``othello_gpt.probes``: bags."""

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
