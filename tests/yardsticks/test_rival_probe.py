"""Proof of ``othello_gpt.yardsticks``: the shallow rival's probe, which is kept."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from othello_gpt import game, probes, yardsticks
from othello_gpt.game import Games
from othello_gpt.model import HELD_OUT_SEED

RIVAL, ABOUT = yardsticks.load_shallow()


def small(path):
    rival = yardsticks.Shallow(2).requires_grad_(False)
    yardsticks.save_shallow(rival, path, {"filters": 2})
    return yardsticks.load_shallow(path)[0]


def test_it_reads_more_than_a_probe_of_fewer_games_would():
    held_out = Games.sample(60, HELD_OUT_SEED)
    few = yardsticks.board_read(RIVAL, game.sample_moves(120, seed=1), held_out.moves)
    probe = yardsticks.load_rival_probe(RIVAL)
    read = probes.accuracy(probe, RIVAL, held_out)
    assert read["board"].accuracy().low > few.accuracy().high
    assert 0.9 < read["legal_next"].accuracy().mean[0] < 0.99
    assert probe.games == 40_000


def test_it_is_kept_in_half_precision_and_reads_the_same(tmp_path):
    rival = small(tmp_path / "rival.safetensors")
    probe, path = yardsticks.fit_rival_probe(rival, 40), tmp_path / "probe.safetensors"
    yardsticks.save_rival_probe(probe, path)
    kept = yardsticks.load_rival_probe(rival, path)
    assert path.stat().st_size < 2.3 * sum(w.numel() for w in probe.weight.values()) + 3000
    assert [p.name for p in tmp_path.glob("*.part")] == []
    for name, weight in probe.weight.items():
        assert kept.weight[name].dtype == torch.float32
        torch.testing.assert_close(kept.weight[name], weight.float(), atol=1e-3, rtol=1e-3)
    test = Games.sample(20, seed=9)
    right = [probes.accuracy(p, rival, test)["board"].accuracy().mean for p in (probe, kept)]
    np.testing.assert_allclose(*right, atol=2e-3)


def test_the_command_makes_the_same_and_refuses_what_is_no_rival(tmp_path):
    rival = small(tmp_path / "rival.safetensors")
    out = tmp_path / "probe.safetensors"
    command = [sys.executable, "-m", "othello_gpt.yardsticks", "probe", "--out", str(out)]
    given = [*command, "--rival", str(tmp_path / "rival.safetensors"), "--games", "40"]
    subprocess.run(given, check=True, timeout=120)
    made, here = yardsticks.load_rival_probe(rival, out), yardsticks.fit_rival_probe(rival, 40)
    for name, weight in here.weight.items():
        torch.testing.assert_close(made.weight[name], weight.half().float())
    said = subprocess.run(
        [*command, "--rival", str(out)], capture_output=True, text=True, timeout=120
    )
    assert said.returncode == 2
    assert "no shallow rival" in said.stderr


def test_it_belongs_to_one_rival():
    with pytest.raises(ValueError, match="fitted to model"):
        yardsticks.load_rival_probe(yardsticks.Shallow(4).requires_grad_(False))
