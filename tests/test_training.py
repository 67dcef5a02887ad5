import itertools
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import wandb

from othello_gpt import games, rules, training
from othello_gpt.model import GPT, HELD_OUT_SEED, GPTConfig, load_model
from othello_gpt.training import Machine, TrainConfig

TINY = GPTConfig(n_layer=2, n_head=2, n_embd=16)
CONFIG = TrainConfig(
    games=96, batch=16, warmup=32, decay=48, muon_lr=5e-3, continuations=2, siblings=2, opening=12
)
EAGER = Machine(processes=1, threads=1, device="cpu", bfloat16=False, compiled=False, micro=200)
QUICK = {"model_config": TINY, "machine": EAGER, "eval_every": 2, "eval_games": 20}


def weights(folder):
    return load_model(folder).state_dict()


def assert_same_weights(a, b):
    for (name, x), y in zip(weights(a).items(), weights(b).values(), strict=True):
        assert torch.equal(x, y), name


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return training.train(tmp_path_factory.mktemp("whole"), CONFIG, **QUICK)


def interrupt_after(monkeypatch, steps):
    """Send this process Ctrl-C during the given step."""
    calls = iter(range(1, 10_000))
    real = training.batch_of

    def batch_of(*args):
        if next(calls) == steps:
            signal.raise_signal(signal.SIGINT)
        return real(*args)

    monkeypatch.setattr(training, "batch_of", batch_of)


def test_interrupted_and_resumed_equals_uninterrupted(whole, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 3)
        with pytest.raises(KeyboardInterrupt, match="stopped at 48 of 96 games; run the same"):
            training.train(tmp_path, CONFIG, **QUICK)
    assert torch.load(tmp_path / "state.pt")["games"] == 3 * CONFIG.batch
    with (tmp_path / "metrics.jsonl").open("a") as log:  # killed later, in the middle of a row
        log.write('{"games": 1000000, "illegal": 0.5}\n{"games": 10000')
    training.train(tmp_path, CONFIG, **QUICK)
    assert_same_weights(whole, tmp_path)
    logged = [[json.loads(r)["games"] for r in (f / "metrics.jsonl").read_text().splitlines()]
              for f in (whole, tmp_path)]  # fmt: skip
    assert logged[1] == sorted({*logged[0], 3 * CONFIG.batch})
    first, second = (
        {k: v for k, v in json.loads(row).items() if k != "seconds"}
        for row in ((f / "metrics.jsonl").read_text().splitlines()[-1] for f in (whole, tmp_path))
    )
    first.pop("loss"), second.pop("loss")  # its mean spans the steps since the run was resumed
    assert first == second


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_is_not_waited_for_and_handlers_are_restored(tmp_path, monkeypatch, kind):
    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]

    def batch_of(*args):
        signal.raise_signal(kind)
        signal.raise_signal(kind)

    monkeypatch.setattr(training, "batch_of", batch_of)
    with pytest.raises(KeyboardInterrupt):
        training.train(tmp_path, CONFIG, **QUICK)
    assert not (tmp_path / "state.pt").exists()
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before


def test_ctrl_c_stops_two_processes_with_a_checkpoint(tmp_path):
    code = f"""
from test_training import CONFIG, EAGER, QUICK, replace, training
if __name__ == "__main__":
    pair = QUICK | {{"machine": replace(EAGER, processes=2), "checkpoint_minutes": 0}}
    training.train({str(tmp_path)!r}, replace(CONFIG, games=10**9, decay=0), **pair)
"""
    (tmp_path / "main.py").write_text(code)
    run = subprocess.Popen(
        [sys.executable, tmp_path / "main.py"],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "state.pt").exists():
        assert run.poll() is None, run.stderr.read()
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to the helper, too
    _, said = run.communicate(timeout=60)
    assert said.count("Traceback") == 1, said
    assert re.search(r"KeyboardInterrupt: stopped at [\d,]+ of 1,000,000,000 games", said)
    assert torch.load(tmp_path / "state.pt")["games"] > 0


def test_a_folder_has_one_run_at_a_time(tmp_path):
    with (
        games.only_writer(tmp_path),
        pytest.raises(BlockingIOError, match="being written to by another process"),
    ):
        training.train(tmp_path, CONFIG, **QUICK)
    assert not (tmp_path / "state.pt").exists()


def test_branch_of_a_trunk_equals_one_decayed_run(whole, tmp_path):
    trunk = training.train(tmp_path / "trunk", replace(CONFIG, games=48, decay=0), **QUICK)
    before = (trunk / "state.pt").read_bytes()
    branch = training.train(tmp_path / "branch", CONFIG, branch_from=trunk, **QUICK)
    assert_same_weights(whole, branch)
    assert (trunk / "state.pt").read_bytes() == before
    rows = [json.loads(row) for row in (branch / "metrics.jsonl").read_text().splitlines()]
    assert [row["games"] for row in rows] == [32, 48, 64, 96]


def test_a_branch_killed_before_its_first_checkpoint_starts_where_its_trunk_was(
    whole, tmp_path, monkeypatch
):
    short = replace(CONFIG, games=48, decay=0)
    trunk = training.train(tmp_path / "trunk", short, **QUICK)
    with monkeypatch.context() as patch:
        patch.setattr(training, "_work", lambda *_: None)
        training.train(tmp_path / "branch", CONFIG, branch_from=trunk, **QUICK)
    training.train(trunk, replace(short, games=64), **QUICK)
    branch = training.train(tmp_path / "branch", CONFIG, branch_from=trunk, **QUICK)
    assert_same_weights(whole, branch)
    assert [stage["stopped"] for stage in torch.load(branch / "state.pt")["lineage"]] == [48]
    with pytest.raises(ValueError, match="trunk has already seen 64 games: a branch needs more"):
        training.train(tmp_path / "x", short, branch_from=trunk, **QUICK)


def test_a_branch_has_its_own_rates_and_not_those_of_its_trunk(tmp_path):
    trunk = training.train(tmp_path / "trunk", replace(CONFIG, games=32, decay=0), **QUICK)
    still = replace(CONFIG, muon_lr=0.0, adam_lr=0.0, weight_decay=0.0)
    branch = training.train(tmp_path / "branch", still, branch_from=trunk, **QUICK)
    assert_same_weights(trunk, branch)


def test_a_run_stopped_in_its_decay_is_reproduced_by_the_commands_of_the_card(whole, tmp_path):
    early = training.train(tmp_path / "early", CONFIG, stop_at=64, **QUICK)
    assert torch.load(early / "state.pt")["games"] == 64
    last = replace(CONFIG, games=96, decay=32)
    branch = training.train(tmp_path / "branch", last, branch_from=early, **QUICK)
    state = torch.load(branch / "state.pt")
    first, second = training._commands(state)
    assert "--games 96 --decay 48 --stop-at 64" in first
    assert "--games 96 --branch-from run0 --decay 32 --continuations 2 --siblings 2" in second
    assert training._continuations(state) == 96 / 2 * (11 + 2 * 20) * 2
    training.train(early, CONFIG, **QUICK)
    assert_same_weights(whole, early)


def test_card_of_a_branch_names_every_command_in_order(tmp_path):
    plain = replace(CONFIG, games=32, decay=0, continuations=0, siblings=1)
    trunk = training.train(tmp_path / "trunk", plain, **QUICK)
    with pytest.raises(ValueError, match="trained with continuations=0, not 2"):
        training.train(trunk, replace(plain, games=64, continuations=2), **QUICK)
    branch = training.train(tmp_path / "branch", CONFIG, branch_from=trunk, **QUICK)
    facts = json.loads((training.export(branch, tmp_path / "x", 30) / "training.json").read_text())
    assert facts["continuations"] == (96 - 32) / 2 * (11 + 2 * 20) * 2
    first, second = facts["commands"]
    assert "--out run0 --games 32 --continuations 0 --siblings 1 --batch" in first
    assert "--out run1 --games 96 --branch-from run0 --decay 48 --continuations 2" in second
    assert second.endswith("--siblings 2 --opening 12 --batch 16 --seed 0 --muon-lr 0.005")


def test_two_processes_take_the_same_trajectory_up_to_rounding(whole, tmp_path):
    pair = training.train(tmp_path, CONFIG, **QUICK | {"machine": replace(EAGER, processes=2)})
    for (name, x), y in zip(weights(whole).items(), weights(pair).values(), strict=True):
        torch.testing.assert_close(x, y, atol=2e-4, rtol=1e-3, msg=name)


def test_learns(whole):
    rows = [json.loads(row) for row in (whole / "metrics.jsonl").read_text().splitlines()]
    assert rows[-1]["held_out_loss"] < rows[0]["held_out_loss"] < math.log(33) + 0.1
    assert rows[-1]["excess"] > 0
    assert [row["rate"] for row in rows] == pytest.approx([1, 32 / 48, 0], abs=1e-6)


def test_loss_without_continuations_is_that_of_the_played_moves_only():
    model = GPT(TINY)
    config = TrainConfig(seed=3, continuations=0, siblings=1)
    tokens, targets = training.batch_of(0, 5, config)
    log_p = model(tokens).log_softmax(-1)
    by_hand = -sum(log_p[g, i, targets[g, i]] for g in range(5) for i in range(31)) / (5 * 31)
    torch.testing.assert_close(training.Loss(model, config)(tokens, targets), by_hand.squeeze())
    assert np.array_equal(games.square_of_token()[tokens], games.sample_moves(5, 3)[:, :-1])
    assert np.array_equal(games.square_of_token()[targets[..., 0]], games.sample_moves(5, 3)[:, 1:])


def test_continuations_add_targets_of_games_that_begin_alike():
    model = GPT(TINY)
    config = TrainConfig(seed=3, continuations=4, siblings=1)
    tokens, targets = training.batch_of(0, 5, config)
    assert targets.shape == (5, 31, 5)
    moves = games.sample_moves(5, 3)
    more = games.sample_continuations(moves, 4, 3)[:, 1:]
    assert np.array_equal(games.square_of_token()[targets[..., 1:]], more)
    loss = training.Loss(model, config)
    losses = [loss(tokens, targets[..., [k]]) for k in range(5)]
    torch.testing.assert_close(loss(tokens, targets), sum(losses) / 5)


@pytest.mark.parametrize("opening", [1, 2, 17, 31])
def test_a_family_has_the_loss_and_gradient_of_its_games_one_by_one(opening):
    config = TrainConfig(seed=3, continuations=3, siblings=4, opening=opening, batch=8)
    model = GPT(TINY).double()
    tokens, targets = training.batch_of(0, 8, config)
    assert tokens.shape == (2, opening - 1 + 4 * (32 - opening)) == (2, config.family)
    loss = training.Loss(model, config).double()(tokens, targets)
    loss.backward()
    together = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad()
    losses = []
    for family, sibling in itertools.product(range(2), range(4)):
        first = opening - 1 + sibling * (32 - opening)
        own = [*range(opening - 1), *range(first, first + 32 - opening)]
        logp = model(tokens[[family]][:, own]).log_softmax(-1)
        losses.append(-logp.gather(-1, targets[[family]][:, own]).mean())
    by_hand = sum(losses) / 8
    by_hand.backward()
    torch.testing.assert_close(loss, by_hand)
    for name, p in model.named_parameters():
        torch.testing.assert_close(together[name], p.grad, msg=name)
    assert len({loss.item() for loss in losses}) >= (2 if opening == 31 else 8)


def test_a_family_is_whole_games_that_share_an_opening_and_no_more():
    config = TrainConfig(seed=3, continuations=2, siblings=4, opening=12, batch=80)
    tokens, targets = (games.square_of_token()[x] for x in training.batch_of(40, 80, config))
    leaders = games.sample_moves(20, 3, first=40)
    same = np.zeros((20, 4), int)
    for family, sibling in itertools.product(range(20), range(4)):
        own = [*range(11), *range(11 + 20 * sibling, 31 + 20 * sibling)]
        game = np.concatenate([tokens[family, own], targets[family, own[-1:], 0]])
        rules.replay([game])
        assert np.array_equal(game[1:], targets[family, own, 0])
        same[family, sibling] = (game == leaders[family]).cumprod().sum()
        for ply in range(1, 32):
            for move in targets[family, own[ply - 1], 1:]:
                rules.replay([[*game[:ply], move]])
    assert (same[:, 0] == 32).all()
    assert (same >= 12).all()
    assert (same[:, 1:] == 12).mean() > 0.5


def test_the_shipped_weights_are_an_average_over_the_last_games(whole, tmp_path):
    config = replace(CONFIG, average=64)
    average = None
    for games_seen in range(16, 97, 16):
        run = training.train(tmp_path / "bit by bit", config, stop_at=games_seen, **QUICK)
        now = torch.load(run / "state.pt")["model"]
        if average is None:
            torch.manual_seed(config.seed)
            average = {name: x.clone() for name, x in GPT(TINY).state_dict().items()}
        average = {name: x + 16 / 64 * (now[name] - x) for name, x in average.items()}
    for name, x in weights(run).items():
        torch.testing.assert_close(x, average[name], msg=name)
        assert torch.equal(now[name], weights(whole)[name])
    at_once = training.train(tmp_path / "at once", config, **QUICK)
    assert_same_weights(at_once, run)
    assert "--average 64" in training._commands(torch.load(run / "state.pt"))[0]
    # A branch goes on with the average of its trunk, or starts one with its weights.
    for trunk, wanted in ((run, average), (whole, weights(whole))):
        branch = replace(config, games=112, decay=16, muon_lr=0.0, adam_lr=0.0, weight_decay=0.0)
        found = training.train(tmp_path / f"from {trunk.name}", branch, branch_from=trunk, **QUICK)
        raw = torch.load(found / "state.pt")["model"]
        for name, x in weights(found).items():
            torch.testing.assert_close(x, wanted[name] + 0.25 * (raw[name] - wanted[name]))


def test_a_branch_off_an_exported_model_has_its_weights_and_its_history(whole, tmp_path):
    early = training.train(tmp_path / "early", CONFIG, stop_at=64, **QUICK)
    model = training.export(early, tmp_path / "model", n_games=10)
    with pytest.raises(FileNotFoundError, match=r"neither state\.pt nor training\.json"):
        training.train(tmp_path / "x", CONFIG, branch_from=tmp_path, **QUICK)
    still = replace(CONFIG, games=80, decay=0, muon_lr=0.0, adam_lr=0.0, weight_decay=0.0)
    assert_same_weights(
        early, training.train(tmp_path / "still", still, branch_from=model, **QUICK)
    )
    shutil.move(early, tmp_path / "lost")
    branch = training.train(tmp_path / "branch", CONFIG, branch_from=model, **QUICK)
    state, kept = torch.load(branch / "state.pt"), torch.load(tmp_path / "lost" / "state.pt")
    assert state["games"] == 96
    # The optimisers' momentum, and nothing else, tells it from a run that was never interrupted.
    assert any(not torch.equal(x, weights(whole)[name]) for name, x in weights(branch).items())
    first, export, second = training._commands(state)
    assert "--out run0" in first and "--stop-at 64" in first  # noqa: PT018
    assert export == "othello-gpt export run0 --out model0"
    assert "--out run1 --games 96 --branch-from model0 --decay 48" in second
    assert training._continuations(state) == 96 / 2 * (11 + 2 * 20) * 2
    assert state["seconds"] >= 3600 * round(kept["seconds"] / 3600, 2)
    rows = [json.loads(row) for row in (branch / "metrics.jsonl").read_text().splitlines()]
    assert [row["games"] for row in rows] == [32, 64, 96]


def test_settings_that_make_no_families_are_refused():
    for siblings in (0, 3):
        with pytest.raises(ValueError, match=f"512 games can't be made of families of {siblings}"):
            TrainConfig(siblings=siblings)
    for average in (-1, 8):
        with pytest.raises(ValueError, match=f"averaged over {average} games: choose 0"):
            TrainConfig(average=average)
    for opening in (0, 32):
        with pytest.raises(ValueError, match=rf"opening of {opening} moves: choose 1 to 31"):
            TrainConfig(opening=opening)
    for name, value in (("games", 0), ("batch", 0), ("muon_lr", math.nan), ("adam_lr", -1.0)):
        with pytest.raises(ValueError, match=f"can't train with {name}={value}: choose"):
            TrainConfig(**{name: value})


def test_a_run_from_before_there_were_siblings_goes_on(tmp_path):
    alone = replace(CONFIG, siblings=1, games=32, decay=0)
    run = training.train(tmp_path, alone, **QUICK)
    state = torch.load(run / "state.pt")
    for setting in ("siblings", "opening", "average"):
        del state["config"][setting]
    torch.save(state, run / "state.pt")
    with pytest.raises(ValueError, match="trained with siblings=1, not 2"):
        training.train(run, replace(CONFIG, decay=0), **QUICK)
    training.train(run, replace(alone, games=48), **QUICK)
    (command,) = training._commands(torch.load(run / "state.pt"))
    assert "--games 48 --continuations 2 --siblings 1 --batch" in command


def test_a_run_stays_tied_or_untied_as_it_began(tmp_path, monkeypatch):
    def tiny(tied=True):
        return replace(TINY, tied=tied)

    short, longer = (replace(CONFIG, games=games, decay=0) for games in (16, 32))
    start = training.train(tmp_path / "start", short, **QUICK | {"model_config": tiny(False)})
    model = training.export(start, tmp_path / "model", n_games=10)
    assert "a matrix of its own (untied)" in (model / "README.md").read_text()
    monkeypatch.setattr(training, "GPTConfig", tiny)
    unsaid = QUICK | {"model_config": None}
    new = training.train(tmp_path / "new", short, **unsaid)
    assert load_model(new).config.tied
    branch = training.train(tmp_path / "branch", longer, branch_from=model, **unsaid)
    for run in (training.train(start, longer, **unsaid), branch):
        assert not load_model(run).config.tied
        first, *others = training._commands(torch.load(run / "state.pt"))
        assert "--untied" in first
        assert "--untied" not in " ".join(others)
    with pytest.raises(ValueError, match="has a model of tied=False, not True"):
        training.train(start, longer, **QUICK)


def test_every_game_is_trained_on_once(monkeypatch, tmp_path):
    seen = []
    real = training.batch_of

    def batch_of(*args):
        tokens, targets = batch = real(*args)
        for family, sibling in itertools.product(range(len(tokens)), range(2)):
            own = [*range(11), *range(11 + 20 * sibling, 31 + 20 * sibling)]
            seen.append(
                (*tokens[family, own].tolist(), targets[family, -1 - 20 * (1 - sibling), 0].item())
            )
        return batch

    monkeypatch.setattr(training, "batch_of", batch_of)
    training.train(tmp_path, CONFIG, **QUICK)
    assert len(seen) == len(set(seen)) == CONFIG.games


def test_rate_warms_up_stays_and_decays_to_zero():
    config = TrainConfig(games=1000, batch=10, siblings=1, warmup=100, decay=200)
    assert config.rate(0) == pytest.approx(0.1)
    assert config.rate(90) == config.rate(500) == config.rate(800) == 1
    assert config.rate(900) == pytest.approx(0.5)
    assert config.rate(1000) == 0
    assert replace(config, decay=0).rate(999) == 1


def test_orthogonalise_flattens_the_spectrum():
    x = torch.randn(3, 8, 20, generator=torch.Generator().manual_seed(0))
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    out = training.orthogonalise(x)
    # The same singular vectors, with singular values near 1 (Jordan's coefficients: 0.7 to 1.2).
    new = (u.mT @ out @ vh.mT).diagonal(dim1=1, dim2=2)
    assert s.max() / s.min() > 2
    assert ((new > 0.6) & (new < 1.3)).all()
    torch.testing.assert_close(u @ torch.diag_embed(new) @ vh, out, atol=1e-4, rtol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_muon_agrees_with_torchs_on_a_plain_matrix():
    start = torch.randn(12, 20, generator=torch.Generator().manual_seed(0)) * 0.1
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    a = training.Muon([ours], lr=0.02, momentum=0.95, weight_decay=0.1)
    b = torch.optim.Muon(
        [theirs], lr=0.02, momentum=0.95, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"
    )
    for step in range(3):
        gradient = torch.randn(12, 20, generator=torch.Generator().manual_seed(step + 1))
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        a.step(), b.step()
    # torch's works in bfloat16.
    assert (ours - theirs).norm() / (ours - start).norm() < 0.02


def test_queries_keys_and_values_are_orthogonalised_one_by_one():
    packed = torch.randn(48, 16)
    assert [tuple(m.shape) for m in training._matrices(packed)] == [(16, 16)] * 3
    assert [tuple(m.shape) for m in training._matrices(torch.randn(64, 16))] == [(16, 64)]


def test_other_settings_in_the_same_folder_are_refused(whole):
    with pytest.raises(ValueError, match=r"trained with batch=16, not 32.*another folder"):
        training.train(whole, replace(CONFIG, batch=32), **QUICK)


def test_another_architecture_is_refused_by_name(whole, tmp_path):
    wider = QUICK | {"model_config": replace(TINY, n_embd=32)}
    with pytest.raises(ValueError, match=r"has a model of n_embd=16, not 32"):
        training.train(whole, CONFIG, **wider)
    with pytest.raises(ValueError, match=r"has a model of n_embd=16, not 32"):
        training.train(tmp_path, CONFIG, branch_from=whole, **wider)


def test_corrupted_state_is_refused_by_name(tmp_path):
    (tmp_path / "state.pt").write_bytes(b"PK\x03\x04 but not really")
    with pytest.raises(ValueError, match=r"state\.pt: truncated or not a run's state"):
        training.train(tmp_path, CONFIG, **QUICK)
    assert (tmp_path / "state.pt").read_bytes().startswith(b"PK")


def test_missing_trunk_and_odd_split_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no run to branch from"):
        training.train(tmp_path / "b", CONFIG, branch_from=tmp_path / "nothing", **QUICK)
    with pytest.raises(ValueError, match="16 games in families of 2 can't be split over 3"):
        training.train(tmp_path, CONFIG, **QUICK | {"machine": replace(EAGER, processes=3)})
    with pytest.raises(ValueError, match="0 held-out games can't be split over 1"):
        training.train(tmp_path, CONFIG, **QUICK | {"eval_games": 0})


def test_logs_to_wandb_when_asked(tmp_path, monkeypatch):
    wandb.teardown()  # it reads the environment once, which another test may have made it do
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    config = replace(CONFIG, games=32, decay=0)
    training.train(tmp_path / "run", config, wandb_project="othello-gpt-test", **QUICK)
    (first,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    longer = replace(config, games=64)
    training.train(tmp_path / "run", longer, wandb_project="othello-gpt-test", **QUICK)
    runs = list(tmp_path.glob("wandb/offline-run-*/*.wandb"))
    assert len(runs) == 2
    assert {file.name for file in runs} == {first.name}
    training.train(tmp_path / "quiet", config, **QUICK)
    assert len(list(tmp_path.glob("wandb/offline-run-*"))) == 2


def test_says_so_when_there_is_no_compiler(monkeypatch, capsys):
    monkeypatch.setattr(training.shutil, "which", lambda name: None)
    monkeypatch.setattr(training.torch.cuda, "is_available", lambda: False)
    assert not training.this_machine().compiled
    assert "compiler" in capsys.readouterr().out


def test_export_replaces_an_exported_model_and_nothing_else(whole, tmp_path):
    out = training.export(whole, tmp_path / "model", n_games=10)
    training.export(whole, out, n_games=10)
    (out / "thesis.txt").write_text("years of work")
    for folder in (out, whole):
        kept = sorted(f.name for f in folder.iterdir())
        with pytest.raises(FileExistsError, match="isn't an exported model"):
            training.export(whole, folder, n_games=10)
        assert sorted(f.name for f in folder.iterdir()) == kept
    assert [f.name for f in tmp_path.iterdir()] == ["model"]


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
    for seed in (HELD_OUT_SEED, -1, 2**63):
        with pytest.raises(ValueError, match=f"games of seed {seed}: choose 0 to"):
            TrainConfig(seed=seed)


def test_export_ships_what_load_model_reads(whole, tmp_path):
    out = training.export(whole, tmp_path / "pretrained", n_games=30)
    assert_same_weights(whole, out)
    facts = json.loads((out / "training.json").read_text())
    assert facts["machines"] == ["1 x 1 CPU cores (processes x cores of each)"]
    command = "othello-gpt train --out run0 --games 96 --decay 48 --continuations 2 --siblings 2"
    command += " --opening 12 --batch 16 --seed 0 --muon-lr 0.005"
    assert facts["commands"] == [command]
    assert facts["continuations"] == 96 / 2 * (11 + 2 * 20) * 2
    card = (out / "README.md").read_text()
    assert command in card
    assert "30 held-out games" in card
    assert "2 layers, 2 heads, d_model 16" in card
    assert "the embedding's own matrix (tied), as in nanoGPT" in card
    assert sorted(f.name for f in out.iterdir()) == sorted(
        ["README.md", "config.json", "metrics.jsonl", "model.safetensors", "training.json"]
    )
