"""Proof of ``othello_gpt.probes``: logging."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import wandb

from othello_gpt import probes
from othello_gpt.game import Games
from othello_gpt.probes import TARGETS
from tests.probes.common import HELD_OUT, MOVES, rows


@pytest.fixture
def logged(monkeypatch):
    """Every run that is begun: its project, its config and its rows."""
    runs = []

    class Run(SimpleNamespace):
        def __enter__(self):
            return SimpleNamespace(log=self.rows.append)

        def __exit__(self, *error):
            pass

    def init(project, config):
        runs.append(Run(project=project, config=config, rows=[]))
        return runs[-1]

    monkeypatch.setattr("wandb.init", init)
    return runs


@pytest.mark.parametrize("fit", ["logistic", "adamw", "mlp"])
def test_fits_log_to_wandb_when_asked_to(model, fit, logged):
    def run(**to):
        if fit == "logistic":
            probes.fit_logistic(model, MOVES, warm_up=100, batch=50, **to)
        elif fit == "adamw":
            probes.fit_adamw(model, MOVES[:100], batch=50, site="resid_post 1", **to)
        else:
            target = TARGETS["board"]
            ridge = probes.fit_ridge(model, MOVES, [target])
            probes.fit_mlp(model, MOVES[:100], ridge, target, "resid_post 1", batch=50, **to)

    run()
    assert not logged
    run(wandb_project="probes")
    ((project, config, rows),) = [(one.project, one.config, one.rows) for one in logged]
    assert (project, config["fit"]) == ("probes", fit)
    assert [list(row) for row in rows] == [["loss"], ["loss"]]
    assert all(0 < row["loss"] < 2 for row in rows)


def test_adamw_measures_held_out_games_after_each_epoch(model, logged, monkeypatch):
    shown = []
    monkeypatch.setattr("tqdm.tqdm.set_postfix_str", lambda bar, s, **how: shown.append(s))
    how = probes.AdamW(batch=20, held_out=Games(HELD_OUT), epochs=3)
    site = ["resid_post 1"]
    some, to = MOVES[:70], dict(wandb_project="probes")  # 20, 20; 20, 10; and nothing is left
    probe = probes.fit(model, some, probes.ORIGINAL, site, how, **to)
    (run,) = logged
    names = [f"accuracy of {t.name}" for t in probes.ORIGINAL]
    assert [list(row) for row in run.rows] == [["loss"], ["loss", *names]] * 2
    cells = {
        name: t.accuracy().mean[0] for name, t in probes.accuracy(probe, model, HELD_OUT).items()
    }
    assert list(run.rows[-1].values())[1:] == pytest.approx(list(cells.values()))
    ended = [s for s in shown if s]
    assert ended[-1] == ", ".join(f"{name} {share:.4f}" for name, share in cells.items())
    # Measuring changes nothing.
    plain = probes.fit_adamw(model, some, site=site[0], batch=20)
    assert all(torch.equal(plain.weight[n], probe.weight[n]) for n in plain.classes)
    with pytest.raises(ValueError, match="0 epochs: give at least one"):
        probes.fit_adamw(model, some, site=site[0], epochs=0)


@pytest.mark.parametrize("penalty", [1e-5, 0.3])
def test_the_ridge_logs_its_squared_error_at_each_site(model, logged, penalty):
    sites = ["resid_pre 0", "resid_mid 1"]
    fit = dict(sites=sites, penalty=penalty)
    probe = probes.fit_ridge(model, MOVES, probes.ORIGINAL, **fit)
    assert not logged
    probes.fit_ridge(model, MOVES, probes.ORIGINAL, **fit, wandb_project="probes")
    (run,) = logged
    assert run.project == "probes"
    assert run.config == {"fit": "ridge", "penalty": penalty, "sites": tuple(sites)}
    for at, site in enumerate(sites):
        x, replay = rows(model, MOVES, site)
        wrong = [
            probe.logits(t.name, site, x.float())[:, 1].double().numpy()
            - t.labels(replay).reshape(-1, 36)
            for t in probes.ORIGINAL
        ]
        assert run.rows[at] == {"site": at, "loss": pytest.approx(np.mean(np.square(wrong)), 1e-4)}


def test_scores_are_logged_at_each_site(model, logged):
    probe = probes.fit_ridge(model, MOVES[:50], probes.ORIGINAL)
    scores = probes.accuracy(probe, model, HELD_OUT)
    assert not logged
    probes.accuracy(probe, model, HELD_OUT, wandb_project="probes")
    (run,) = logged
    assert run.config == {"scores": "ridge", "games": 40, "sites": tuple(model.sites)}
    for at, row in enumerate(run.rows):
        cells = {name: pytest.approx(t.accuracy().mean[at]) for name, t in scores.items()}
        assert row == {"site": at} | cells
    assert len(run.rows) == len(model.sites)


def refused(**to):
    """Fits and scores that would log, on a source whose weights are few."""
    source = probes.Ply()
    probe = probes.fit_ridge(source, MOVES[:50], probes.ORIGINAL)
    yield lambda: probes.fit_ridge(source, MOVES[:50], probes.ORIGINAL, **to)
    yield lambda: probes.accuracy(probe, source, HELD_OUT, **to)
    for how in (probes.AdamW(), probes.Logistic(warm_up=50)):
        yield lambda how=how: probes.fit(source, MOVES, probes.ORIGINAL, how=how, **to)


def test_without_a_login_there_is_one_sentence(monkeypatch):
    wandb.teardown()  # it reads the environment once, which another test may have made it do
    monkeypatch.setenv("WANDB_API_KEY", "")
    monkeypatch.setenv("WANDB_MODE", "online")
    for act in refused(wandb_project="probes"):
        with pytest.raises(ConnectionError, match=r"^W&B: .*; log in with `wandb login`") as error:
            act()
        assert "\n" not in str(error.value)
