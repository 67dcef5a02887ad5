"""Proof of ``othello_gpt.training``: loop."""

import itertools
import json
import math
from dataclasses import replace

import pytest
import torch

from othello_gpt import training
from othello_gpt.model import HELD_OUT_SEED, REPORT_SEED
from othello_gpt.training import TrainConfig, loop
from tests.training.common import CONFIG, EAGER, QUICK, weights


def test_two_processes_take_the_same_trajectory_up_to_rounding(whole, tmp_path):
    pair = training.train(tmp_path, CONFIG, **QUICK | {"machine": replace(EAGER, processes=2)})
    for (name, x), y in zip(weights(whole).items(), weights(pair).values(), strict=True):
        torch.testing.assert_close(x, y, atol=2e-4, rtol=1e-3, msg=name)


def test_learns(whole):
    rows = [json.loads(row) for row in (whole / "metrics.jsonl").read_text().splitlines()]
    assert rows[-1]["held_out_loss"] < rows[0]["held_out_loss"] < math.log(33) + 0.1
    assert rows[-1]["excess"] > 0
    assert [row["rate"] for row in rows] == pytest.approx([1, 32 / 48, 0], abs=1e-6)


def test_every_game_is_trained_on_once(monkeypatch, tmp_path):
    seen = []
    real = loop.batch_of

    def batch_of(*args):
        tokens, targets = batch = real(*args)
        for family, sibling in itertools.product(range(len(tokens)), range(2)):
            own = [*range(11), *range(11 + 20 * sibling, 31 + 20 * sibling)]
            seen.append(
                (*tokens[family, own].tolist(), targets[family, -1 - 20 * (1 - sibling), 0].item())
            )
        return batch

    monkeypatch.setattr(loop, "batch_of", batch_of)
    training.train(tmp_path, CONFIG, **QUICK)
    assert len(seen) == len(set(seen)) == CONFIG.games


def test_a_run_that_diverges_keeps_its_last_state(tmp_path):
    run = training.train(tmp_path, replace(CONFIG, games=32, decay=0), **QUICK)
    state = torch.load(run / "state.pt")
    state["model"]["lm_head.weight"][0] = math.nan
    torch.save(state, run / "state.pt")
    before = {f.name: f.read_bytes() for f in run.iterdir() if f.name != "metrics.jsonl"}
    with pytest.raises(ValueError, match=r"loss is nan after 32 games: lower the rates"):
        training.train(run, replace(CONFIG, games=64, decay=0), **QUICK)
    assert all((run / name).read_bytes() == content for name, content in before.items())


def test_games_for_evaluation_are_not_trained_on():
    for seed in (HELD_OUT_SEED, REPORT_SEED, -1, 2**63):
        with pytest.raises(ValueError, match=f"games of seed {seed}: choose 0 to"):
            TrainConfig(seed=seed)
