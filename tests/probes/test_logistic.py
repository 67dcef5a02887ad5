"""Proof of ``othello_gpt.probes``: logistic."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from othello_gpt import game, probes
from othello_gpt.probes import TARGETS
from tests.probes.common import HELD_OUT, Planted, rows


def test_logistic_regression_comes_close_to_the_optimum():
    source = Planted(noise=0.7)
    moves = game.sample_moves(1500, seed=3)
    ridge = probes.fit_ridge(source, moves, [TARGETS["board"]])
    ours = probes.fit_logistic(source, moves, warm_up=300, batch=8)
    assert ours.sites == source.sites
    for scores in (probes.accuracy(p, source, HELD_OUT)["board"] for p in (ridge, ours)):
        assert scores.accuracy().mean[1] > 0.8
    x, replay = rows(source, moves, "planted")
    held_out, replay_out = rows(source, HELD_OUT, "planted")
    truth, truth_out = (TARGETS["board"].labels(r).reshape(-1, 36) for r in (replay, replay_out))
    logits = ours.logits("board", "planted", held_out.float()).double()
    for cell in (0, 9, 14):
        sklearn = LogisticRegression(C=np.inf, max_iter=1000).fit(x, truth[:, cell])
        best = log_loss(truth_out[:, cell], sklearn.predict_proba(held_out))
        classes = np.unique(truth[:, cell])
        got = log_loss(truth_out[:, cell], logits[:, classes, cell].softmax(1))
        assert got < 1.05 * best
