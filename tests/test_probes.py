import copy
import functools
from dataclasses import replace
from itertools import chain
from types import SimpleNamespace

import numpy as np
import oracle
import pytest
import torch
import torch.nn as nn
from safetensors.torch import load_file, save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from othello_gpt import boards, games, intervals, probes, rules
from othello_gpt.model import GPT, GPTConfig
from othello_gpt.probes import TARGETS

SMALL = GPTConfig(n_layer=2, n_head=2, n_embd=16)

MOVES = games.sample_moves(200, seed=1)
HELD_OUT = games.sample_moves(40, seed=2)
CENTRE = list(rules.centre())
OUTER = np.setdiff1d(np.arange(36), CENTRE)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False)


class Planted(nn.Module):
    """A source whose stream is a sum of known directions, one for each thing on the board."""

    sites = ("noise", "planted")

    def __init__(self, noise=0.0):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        square = torch.randn(69, 69, generator=generator)
        self.register_buffer("planted", torch.linalg.qr(square).Q)
        self.noise, self.generator, self.most = noise, generator, 0

    def residual_stream(self, tokens):
        self.most = max(self.most, len(tokens))
        moves = games.square_of_token()[tokens]
        over = np.full((len(moves), 1), rules.NO_MOVE)
        labels = torch.from_numpy(probes.board(rules.replay(np.hstack([moves, over])))).float()
        odd = torch.arange(moves.shape[1]).expand(len(moves), -1)[..., None] % 2 * 2.0 - 1
        features = torch.cat([labels - 1, (labels == 1)[..., OUTER], odd], -1)
        x = features @ self.planted
        noise = torch.randn(x.shape, generator=self.generator)
        yield noise
        yield x + self.noise * noise


def rows(source, moves, site):
    """Return all activations of one site, float64 [rows, width], and the replayed games."""
    replay = rules.replay(moves)
    ((_, x),) = probes.activations(source, replay, [site])
    return x.double(), replay


# --- targets ------------------------------------------------------------------------------------


def slow_targets(moves, steps):
    """Return every target of one game from its steps, name -> [31 positions][cells].

    A step is the oracle's: who moves, the legal squares, the board before and the board after.
    """
    found, flips = {}, [0] * 36
    for ply, (player, can, before, after) in enumerate(steps[:-1]):
        square, mine = moves[ply], -player  # the side about to move is the other one
        turned = oracle.turned(before, player, square)
        flips = [n + (s in turned) for s, n in enumerate(flips)]
        old, new = list(chain(*before)), list(chain(*after))
        now = {
            "empty": [int(disc == 0) for disc in new],
            "board": [1 + disc * mine for disc in new],
            "just_moved": [int(disc == player) for disc in new],
            "legal_prev": [int(s in can) for s in range(36)],
            "legal_next": [int(s in steps[ply + 1][1]) for s in range(36)],
            "colour": [1 + disc for disc in new],
            "previous_board": [1 + disc * mine for disc in old],
            "captured": [int(s in turned) for s in range(36)],
            "last_move": [int(OUTER.tolist().index(square))],
            "parity": [ply % 2],
            "first_position": [int(ply == 0)],
            "flips_so_far": flips,
        }
        for name, cells in now.items():
            found.setdefault(name, []).append(cells)
    return found


def without_flips(moves, steps, size=6, standard=False):
    """Return the oracle's steps as they are on a board on which nothing is turned over."""
    board, found = oracle.start(size, standard), []
    for square, (player, *_) in zip(moves, steps, strict=True):
        after = [list(row) for row in board]
        after[square // size][square % size] = player
        found.append((player, oracle.legal(board, player), board, after))
        board = after
    return found


def by_second(moves, steps):
    """Return the oracle's steps with the second player to move each time."""
    return [(-1, oracle.legal(before, -1), before, after) for _, _, before, after in steps]


VIEWS = {  # of a replay, of the oracle's steps, and the targets that are meant
    "as played": (lambda replay: replay, lambda moves, steps: steps, [*TARGETS, "flips_so_far"]),
    "flips ignored": (probes.flips_ignored, without_flips, TARGETS),
    "by colour": (probes.by_colour, by_second, [name for name in TARGETS if name != "captured"]),
}


@pytest.mark.parametrize("view", VIEWS)
def test_targets_agree_with_the_oracle_position_by_position(view):
    ours, slow, names = VIEWS[view]
    replay = ours(rules.replay(MOVES))
    labels = {name: getattr(probes, name)(replay) for name in names}
    for game, moves in enumerate(MOVES[:40].tolist()):
        found = slow_targets(moves, slow(moves, oracle.replay(moves, 6)))
        for name in names:
            assert labels[name].dtype == np.int8
            assert labels[name][game].tolist() == found[name], (name, game)
    for name in TARGETS.keys() & names:
        assert np.array_equal(np.unique(labels[name]), np.arange(len(TARGETS[name].classes))), name


def test_a_board_without_flips_in_games_with_passes():
    games_of_8 = [oracle.random_game(seed, 8, standard=True) for seed in range(20)]
    games_of_8[0] = games_of_8[0][:40]
    padded = np.full((20, 60), rules.NO_MOVE)
    for game, moves in enumerate(games_of_8):
        padded[game, : len(moves)] = moves
    replay = rules.replay(padded, 8, standard=True)
    ours = probes.flips_ignored(replay)
    assert np.array_equal(ours.moves, replay.moves)
    assert np.array_equal(ours.player, replay.player)
    words = ("mine", "theirs", "legal", "after_first", "after_second")
    for game, moves in enumerate(games_of_8):
        steps = without_flips(moves, oracle.replay(moves, 8, True), 8, True)
        for ply, (player, can, before, after) in enumerate(steps):
            discs = [(before, player), (before, -player), None, (after, 1), (after, -1)]
            for word, one in zip(words, discs, strict=True):
                squares = can if one is None else np.flatnonzero(np.ravel(one[0]) == one[1])
                assert rules.squares(getattr(ours, word)[game, ply]) == list(squares)
        for word in words:
            assert not getattr(ours, word)[game, len(moves) :].any()


def test_the_board_by_colour_is_the_target_colour():
    replay = rules.replay(MOVES)
    assert np.array_equal(probes.board(probes.by_colour(replay)), probes.colour(replay))
    target = probes.absolute(TARGETS["legal_next"])
    assert target.name == "absolute legal_next"
    white = replay.player[:, 1:] == rules.SECOND  # whose legal squares these are
    same = (target.labels(replay) == probes.legal_next(replay)).all(2)
    assert same[white].all()
    assert not same[~white].all()


def test_flips_ignored_is_the_board_where_nothing_was_flipped():
    replay = rules.replay(MOVES)
    board, unflipped = probes.board(replay), probes.board(probes.flips_ignored(replay))
    flips = probes.flips_so_far(replay)
    # An even number of flips gives a disc its first colour back.
    assert np.array_equal(board == unflipped, (flips % 2 == 0) | (board == 1))


def test_control_labels_depend_on_ply_and_last_square_alone():
    control = probes.control(TARGETS["board"])
    replay = rules.replay(MOVES)
    labels = control.labels(replay)
    seen = {}
    for game, moves in enumerate(MOVES):
        for ply, square in enumerate(moves[:-1]):
            mine = seen.setdefault((ply, square), labels[game, ply])
            assert np.array_equal(mine, labels[game, ply])
    discs = (labels != 1).sum(-1)
    assert np.array_equal(discs, np.broadcast_to(np.arange(5, 36), discs.shape))
    assert not np.array_equal(labels, probes.control(TARGETS["board"], seed=1).labels(replay))


# --- sources ------------------------------------------------------------------------------------


def test_bag_of_moves_knows_who_played_where():
    tokens = torch.from_numpy(games.token_of_square()[MOVES[:5, :-1]])
    (features,) = probes.BagOfMoves().residual_stream(tokens)
    for game, played in enumerate(tokens.tolist()):
        for ply in range(31):
            theirs, mine, when = features[game, ply].split([33, 33, 31])
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


def test_ridge_on_the_ply_is_the_majority_class():
    target = TARGETS["board"]
    probe = probes.fit_ridge(probes.Ply(), MOVES, [target])
    labels = target.labels(rules.replay(MOVES))
    counts = np.stack([(labels == c).sum(0) for c in range(3)])
    read = probes.read(probe, probes.Ply(), MOVES)[0]
    chosen = np.take_along_axis(counts, read[None].astype(int), 0)[0]
    assert np.array_equal(chosen, counts.max(0))


def test_untrained_has_the_shape_and_a_seed(model):
    a, b, c = (probes.untrained(model, seed) for seed in (0, 0, 1))
    assert a.config == model.config
    assert probes.fingerprint(a) == probes.fingerprint(b) != probes.fingerprint(c)


def test_activations_come_from_the_sites_asked_for(model):
    replay = rules.replay(MOVES[:3])
    tokens = torch.from_numpy(games.token_of_square()[MOVES[:3, :-1]])
    stream = list(model.residual_stream(tokens))
    sites = ["resid_mid 1", "resid_pre 0"]
    got = dict(probes.activations(model, replay, sites))
    assert torch.equal(got[0], stream[3].flatten(0, 1))
    assert torch.equal(got[1], stream[0].flatten(0, 1))
    with pytest.raises(ValueError, match=r"no site 'resid_post 7' here: the sites are resid_pre 0"):
        dict(probes.activations(model, replay, ["resid_post 7"]))


@pytest.mark.parametrize(
    "fit", [probes.fit_ridge, functools.partial(probes.fit_logistic, warm_up=5)]
)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_activations_that_are_not_finite_are_refused(model, fit, bad):
    broken = probes.untrained(model)
    broken.transformer.h[1].attn.c_proj.bias[0] = bad
    with pytest.raises(ValueError, match="activations at resid_mid 1 hold NaN or infinite values"):
        fit(broken, MOVES[:10])


# --- fits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [1e-5, 0.1])
def test_ridge_is_the_direct_solution_in_float64(model, penalty):
    probe = probes.fit_ridge(model, MOVES, penalty=penalty, batch=64)
    for site in model.sites:
        x, replay = rows(model, MOVES, site)
        centred = x - x.mean(0)
        gram = centred.T @ centred / len(x)
        gram += penalty * gram.diagonal().mean() * torch.eye(len(gram))
        for name, target in TARGETS.items():
            labels = torch.from_numpy(target.labels(replay)).flatten(0, 1)
            y = torch.stack([labels == c for c in range(len(target.classes))], 1).double()
            cross = (centred.T @ y.flatten(1)) / len(x)
            fitted = centred @ torch.linalg.solve(gram, cross) + y.flatten(1).mean(0)
            ours = probe.logits(name, site, x.float()).double().flatten(1)
            torch.testing.assert_close(ours, fitted, atol=2e-4, rtol=0)


def test_streaming_equals_everything_at_once():
    source = Planted()
    probe = probes.fit_ridge(source, MOVES, batch=7, sites=["planted"])
    assert source.most == 7
    whole = probes.fit_ridge(source, MOVES, batch=len(MOVES), sites=["planted"])
    x = rows(source, HELD_OUT, "planted")[0].float()
    for name in TARGETS:
        one, other = (p.logits(name, "planted", x) for p in (probe, whole))
        torch.testing.assert_close(one, other, atol=1e-4, rtol=0)
    few = probes.accuracy(whole, source, HELD_OUT, batch=7)
    many = probes.accuracy(whole, source, HELD_OUT, batch=100)
    for name in TARGETS:
        for part in ("right", "squares", "hits", "totals"):
            assert np.array_equal(getattr(few[name], part), getattr(many[name], part))


def test_planted_directions_are_recovered():
    source = Planted()
    probe = probes.fit_ridge(source, MOVES, penalty=1e-9)
    scores = probes.accuracy(probe, source, HELD_OUT)
    for name in ("board", "empty", "just_moved", "previous_board", "parity"):
        noise, planted = scores[name].accuracy().mean
        assert noise < 0.9
        assert planted > (0.9 if name == "previous_board" else 0.9999)
    found = probe.directions("board", "planted", "mine", "theirs")
    torch.testing.assert_close(found, source.planted[:36], atol=1e-3, rtol=0)
    found = probe.directions("empty", "planted", "yes", "no")
    torch.testing.assert_close(found[OUTER], source.planted[36:68], atol=1e-3, rtol=0)


def test_means_are_the_means_of_the_classes(model):
    probe = probes.fit_means(model, MOVES, batch=64)
    for at, site in enumerate(model.sites):
        x, replay = rows(model, MOVES, site)
        for name, target in TARGETS.items():
            labels = torch.from_numpy(target.labels(replay)).flatten(0, 1)
            logits = probe.logits(name, site, x.float())
            occurs = [(labels == c).any(0) for c in range(len(target.classes))]
            for cell in torch.stack(occurs).all(0).nonzero()[:, 0][::9].tolist():
                means = [x[labels[:, cell] == c].mean(0) for c in range(len(target.classes))]
                ours = probe.weight[name][at, :, cell].double() + x.mean(0)
                torch.testing.assert_close(ours, torch.stack(means), atol=1e-4, rtol=0)
                distance = torch.cdist(x, torch.stack(means)).square() / 2
                score = logits[:, :, cell].double() + distance
                torch.testing.assert_close(score, score[:, :1].expand_as(score), atol=1e-3, rtol=0)
    never = probe.logits("empty", site, x.float())[:, :, CENTRE].argmax(1)
    assert not never.any()


def test_logistic_regression_comes_close_to_the_optimum():
    source = Planted(noise=0.7)
    moves = games.sample_moves(1500, seed=3)
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


def test_the_original_recipe_descends_to_the_ridge():
    source = Planted()
    probe = probes.fit_adamw(source, MOVES, site="planted", batch=20, lr=0.02)
    assert probe.sites == ("planted",)
    ridge = probes.fit_ridge(source, MOVES, probes.ORIGINAL)
    x = torch.randn(5, 69)
    for target in probes.ORIGINAL:
        logits = probe.logits(target.name, "planted", x)
        output = x @ probe.weight[target.name][0, 1].T
        assert torch.equal(logits.argmax(1) == 1, output > 0.5)
    untouched = probes.fit_adamw(source, MOVES[:1], site="planted", lr=0.0)
    ours, theirs, start = (
        [t.accuracy().mean[-1] for t in probes.accuracy(p, source, HELD_OUT).values()]
        for p in (ridge, probe, untouched)
    )
    assert list(probe.weight) == ["empty", "just_moved", "legal_prev", "legal_next"]
    assert np.all(np.subtract(ours, start) > 0)
    assert np.all(np.subtract(theirs, start) > 0.1)


def test_an_mlp_reads_what_is_not_linear():
    source = Planted()
    moves = games.sample_moves(1000, seed=3)
    target = TARGETS["colour"]  # mine or theirs, times the parity of the position
    linear = probes.fit_ridge(source, moves, [target], ["planted"])
    probe = probes.fit_mlp(source, moves, linear, target, "planted", batch=4, lr=5e-3)
    linear, mlp = (probes.accuracy(p, source, HELD_OUT)["colour"] for p in (linear, probe))
    assert linear.accuracy().mean < 0.8
    assert mlp.accuracy().mean > 0.85
    with pytest.raises(ValueError, match=r"this probe reads \['colour'\] at \('planted',\)"):
        probe.logits("board", "planted", torch.zeros(1, 69))


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
    def run(**wandb):
        if fit == "logistic":
            probes.fit_logistic(model, MOVES, warm_up=100, batch=50, **wandb)
        elif fit == "adamw":
            probes.fit_adamw(model, MOVES[:100], batch=50, site="resid_post 1", **wandb)
        else:
            target = TARGETS["board"]
            ridge = probes.fit_ridge(model, MOVES, [target])
            probes.fit_mlp(model, MOVES[:100], ridge, target, "resid_post 1", batch=50, **wandb)

    run()
    assert not logged
    run(wandb_project="probes")
    ((project, config, rows),) = [(one.project, one.config, one.rows) for one in logged]
    assert (project, config["fit"]) == ("probes", fit)
    assert [list(row) for row in rows] == [["loss"], ["loss"]]
    assert all(0 < row["loss"] < 2 for row in rows)


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


# --- files --------------------------------------------------------------------------------------


@pytest.fixture
def saved(model, tmp_path):
    probe = probes.fit_ridge(model, MOVES, sites=["resid_mid 0", "resid_post 1"])
    probe = probes.scored(probe, probes.accuracy(probe, model, HELD_OUT))
    probes.save_probe(probe, tmp_path / "probe.safetensors")
    return probe, tmp_path / "probe.safetensors"


def test_a_probe_survives_its_file(model, saved):
    probe, path = saved
    again = probes.load_probe(path, model)
    for name in ("classes", "sites", "source", "fit", "games", "scores"):
        assert getattr(again, name) == getattr(probe, name)
    assert again.scores.keys() == TARGETS.keys()
    assert len(again.scores["board"]) == 2
    for name in TARGETS:
        assert torch.equal(again.weight[name], probe.weight[name])
        assert torch.equal(again.bias[name], probe.bias[name])


def test_a_probe_of_another_model_is_refused(model, saved):
    probe, path = saved
    other = probes.untrained(model, seed=5)
    with pytest.raises(ValueError, match=f"fitted to model {probe.source}, but this one is"):
        probes.load_probe(path, other)
    for use in (probes.accuracy, probes.read, probes.outputs):
        with pytest.raises(ValueError, match=f"fitted to model {probe.source}, but this one is"):
            use(probe, other, HELD_OUT, *["board"] * (use is probes.outputs))


def rewrite(path, probe, **changes):
    probes.save_probe(replace(probe, **changes), path)


def test_a_probe_at_other_sites_is_refused(model, saved):
    probe, path = saved
    rewrite(path, probe, sites=("resid_mid 0", "resid_post 6"))
    with pytest.raises(ValueError, match="fitted at 'resid_post 6', a site that this model"):
        probes.load_probe(path, model)


@pytest.mark.parametrize("index", [np.s_[:1], np.s_[:, :1], np.s_[..., :8], np.s_[0]])
def test_a_probe_of_the_wrong_shape_is_refused(model, saved, index):
    probe, path = saved
    rewrite(path, probe, weight=probe.weight | {"empty": probe.weight["empty"][index]})
    with pytest.raises(ValueError, match=r"the probe of empty has shape \(.*\), not \(2, 2, "):
        probes.load_probe(path, model)


def test_a_probe_with_nan_is_refused(model, saved):
    probe, path = saved
    probe.bias["colour"][0, 0, 0] = np.nan
    probes.save_probe(probe, path)
    with pytest.raises(ValueError, match="the probe of colour holds NaN or infinite values"):
        probes.load_probe(path, model)


def test_other_files_are_refused(model, saved):
    _, path = saved
    save_file(load_file(path), path)
    with pytest.raises(ValueError, match="not a probe, its metadata has no 'classes'"):
        probes.load_probe(path, model)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="truncated or not a safetensors file"):
        probes.load_probe(path, model)


def test_activations_of_another_width_are_refused(saved):
    probe, _ = saved
    with pytest.raises(ValueError, match="activations are 8 wide, the probe is 16 wide"):
        probe.logits("board", "resid_mid 0", torch.zeros(1, 8))


def test_what_a_probe_does_not_have_is_named_with_what_it_has(model):
    targets = [TARGETS["board"], TARGETS["empty"]]
    probe = probes.fit_ridge(model, MOVES[:20], targets, ["resid_mid 0", "resid_post 1"])
    target = "no target 'legal' here: the probe's are board, empty$"
    site = "no site 'resid_mid 7' here: the probe's are resid_mid 0, resid_post 1$"
    for call in (
        lambda *of: probe.logits(*of, torch.zeros(1, 16)),
        lambda *of: probe.directions(*of, "mine", "theirs"),
    ):
        with pytest.raises(ValueError, match=target):
            call("legal", "resid_mid 0")
        with pytest.raises(ValueError, match=site):
            call("board", "resid_mid 7")
    for pair in (("ours", "empty"), ("empty", "ours")):
        with pytest.raises(ValueError, match="no class 'ours' in board: they are theirs, empty, m"):
            probe.directions("board", "resid_mid 0", *pair)
    with pytest.raises(ValueError, match=target):
        probes.read(probe, model, HELD_OUT, "legal")


# --- scores -------------------------------------------------------------------------------------


def test_tally_by_hand():
    truth = np.array([[[0, 1], [2, 2]], [[1, 1], [0, 2]]])  # [games, plies, cells]
    site_0 = np.array([[[0, 1], [2, 0]], [[1, 0], [0, 2]]])
    scores = probes.tally(np.stack([site_0, truth]), truth, 3)
    assert scores.accuracy().mean.tolist() == [6 / 8, 1]
    assert scores.by_ply().mean.tolist() == [[3 / 4, 3 / 4], [1, 1]]
    assert scores.by_square().mean.tolist() == [[4 / 4, 2 / 4], [1, 1]]
    assert scores.whole_board().mean.tolist() == [2 / 4, 1]
    np.testing.assert_allclose(scores.macro().mean, [(2 / 2 + 2 / 3 + 2 / 3) / 3, 1])
    assert np.all(scores.macro().low <= scores.macro().mean)
    assert scores.best() == 1
    assert scores.at(0).accuracy().mean.tolist() == [6 / 8]
    assert scores.at(1).macro().mean.tolist() == [1]
    assert scores.at(0).by_square().mean.tolist() == [[1, 2 / 4]]


def test_shares_have_the_interval_of_means_where_totals_are_equal():
    hits = np.random.default_rng(0).integers(0, 11, (60, 4))
    shares, means = probes.bootstrap_shares(hits, np.full(60, 10)[:, None]), None
    means = intervals.bootstrap(hits / 10)
    for part in ("mean", "low", "high"):
        np.testing.assert_allclose(getattr(shares, part), getattr(means, part), atol=0.01)


def test_accuracy_agrees_with_what_is_read(model):
    probe = probes.fit_ridge(model, MOVES)
    scores = probes.accuracy(probe, model, HELD_OUT)
    replay = rules.replay(HELD_OUT)
    for name, target in TARGETS.items():
        read = probes.read(probe, model, HELD_OUT, name, "resid_mid 1")
        right = read == target.labels(replay)
        assert scores[name].accuracy().mean[3] == pytest.approx(right.mean())
        np.testing.assert_allclose(scores[name].by_square().mean[3], right.mean((0, 1)))
        assert np.array_equal(probes.outputs(probe, model, HELD_OUT, name)[3].argmax(2), read)


def test_advantage_is_a_paired_difference():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, (50, 31, 36))
    guess = rng.integers(0, 3, (1, 50, 31, 36))
    good, bad = probes.tally(truth[None], truth, 3), probes.tally(guess, truth, 3)
    assert probes.advantage(bad, bad).high == 0
    gain = probes.advantage(good, bad)
    assert gain.mean == pytest.approx(1 - bad.accuracy().mean)
    assert gain.low < gain.mean < gain.high


def test_right_by_flips_counts_discs_by_their_turns():
    replay = rules.replay(HELD_OUT)
    board, turned = probes.board(replay), probes.flips_so_far(replay)
    right = np.random.default_rng(0).random(board.shape) < 0.7
    found = probes.by_flips(replay, right, most=3)
    for n in range(4):
        of = (board != 1) & (turned == n if n < 3 else turned >= 3)
        assert found.mean[n] == pytest.approx(right[of].mean())
    unflipped = probes.board(probes.flips_ignored(replay)) == board
    assert probes.by_flips(replay, unflipped, most=3).mean[:3].tolist() == [1, 0, 1]


# --- what a number has to be compared with --------------------------------------------------------


def test_readers_are_what_each_of_them_says_on_its_own(model):
    names = ["board", "colour", "legal_next", "captured", "parity"]
    targets = probes.compared(names)
    controls = ["control of board", "control of colour", "control of legal_next"]
    controls.append("control of captured")
    assert [t.name for t in targets] == [*names, "absolute legal_next", *controls]
    probe = probes.fit_ridge(model, MOVES, targets)
    found = probes.readers(model, probe, MOVES, HELD_OUT, names)
    assert set(found) <= set(boards.READERS)

    def right(reader, name, site=0):
        return found[reader][name].right[site]

    replay = rules.replay(HELD_OUT)
    for name in names:
        labels = TARGETS[name].labels(replay)
        for k, site in enumerate(probe.sites):
            read = probes.read(probe, model, HELD_OUT, name, site)
            assert np.array_equal(right("the probe", name, k), (read == labels).sum(2))
        assert np.array_equal(right("embedding", name), right("the probe", name))
        blind = TARGETS[name].labels(probes.flips_ignored(replay))
        assert np.array_equal(right("flips ignored", name), (blind == labels).sum(2))
        sources = {"majority": probes.Ply(), "bag of moves": probes.BagOfMoves()}
        sources["untrained"] = probes.untrained(model)
        for reader, source in sources.items():
            sites = probe.sites[::2] if reader == "untrained" else source.sites
            fit = probes.fit_ridge(source, MOVES, [TARGETS[name]], sites)
            for k, site in enumerate(sites):
                read = probes.read(fit, source, HELD_OUT, name, site)
                assert np.array_equal(right(reader, name, k), (read == labels).sum(2))
    assert np.array_equal(right("absolute colour", "board"), right("the probe", "colour"))
    assert list(found["absolute colour"]) == ["board", "legal_next"]
    assert list(found["control labels"]) == names[:-1]
    own = probes.accuracy(probe, model, HELD_OUT, targets)
    assert np.array_equal(right("control labels", "captured"), own["control of captured"].right[0])

    best = dict(zip(names, (1, 2, 3, 4, 0), strict=True))
    at = probes.at_best(found, best)
    for name, site in best.items():
        assert np.array_equal(at["the probe"][name].right, right("the probe", name, [site]))
        blank = found["untrained"][name]
        assert np.array_equal(at["untrained"][name].right, blank.right[[blank.best()]])
    meaningless = at["control labels"]["board"].right
    assert np.array_equal(meaningless, right("control labels", "board", [1]))


def test_readers_need_the_first_site_and_every_target(model):
    late = probes.fit_ridge(model, MOVES, [TARGETS["board"]], model.sites[1:])
    with pytest.raises(ValueError, match="begins at resid_mid 0, the embedding is resid_pre 0"):
        probes.readers(model, late, MOVES, HELD_OUT, ["board"])
    bare = probes.fit_ridge(model, MOVES, [TARGETS["board"]])
    with pytest.raises(ValueError, match="no target 'control of board'"):
        probes.readers(model, bare, MOVES, HELD_OUT, ["board"])


# --- geometry -----------------------------------------------------------------------------------


def test_families_are_unit_directions_on_the_board(model):
    probe = probes.fit_ridge(model, MOVES)
    found = probes.families(model, probe, "resid_mid 1")
    for name, directions in found.items():
        norms = directions.norm(dim=-1)
        assert directions.shape == (31 if name == "position" else 36, 16)
        alive = slice(None) if name in ("mine - theirs", "position") else OUTER
        torch.testing.assert_close(norms[alive], torch.ones_like(norms[alive]))
    for name in ("empty", "legal next", "embedding", "unembedding"):
        assert not found[name][CENTRE].any()
    weight = model.transformer.wte.weight
    expected = torch.nn.functional.normalize(weight[7] - weight[1:].mean(0), dim=0)
    torch.testing.assert_close(found["embedding"][games.square_of_token()[7]], expected)


def test_persistence_is_one_with_itself(model):
    probe = probes.fit_ridge(model, MOVES, [TARGETS["board"]])
    cosines = probes.persistence(probe, "board", "mine", "theirs")
    assert cosines.shape == (5, 5)
    np.testing.assert_allclose(np.diag(cosines), 1, atol=1e-5)
    np.testing.assert_allclose(cosines, cosines.T, atol=1e-6)
    one, other = probe.weight["board"][[1, 4]].double()
    slow = [
        torch.cosine_similarity(one[2, s] - one[0, s], other[2, s] - other[0, s], dim=0)
        for s in OUTER
    ]
    assert cosines[1, 4] == pytest.approx(np.mean(slow), abs=1e-5)


# --- refused rather than silently wrong ---------------------------------------------------------


@pytest.mark.parametrize(
    "fit", [probes.fit_ridge, probes.fit_means, probes.fit_logistic, probes.fit_adamw]
)
def test_a_fit_on_no_games_is_refused(fit):
    with pytest.raises(ValueError, match="game"):
        fit(GPT(SMALL), games.sample_moves(1, 0)[:0])


def test_a_logistic_fit_without_a_step_is_refused():
    with pytest.raises(ValueError, match="20 games leave none for a step after the 20"):
        probes.fit_logistic(GPT(SMALL), games.sample_moves(20, 0), warm_up=20)


def test_padded_games_are_refused_instead_of_read_as_squares():
    moves = games.sample_moves(20, 0).astype(np.int8)
    moves[:, 16:] = -1
    with pytest.raises(ValueError, match="slice padded games"):
        probes.fit_ridge(GPT(SMALL), moves)
    with pytest.raises(ValueError, match="slice padded games"):
        games.tokens_of(moves)
    assert (games.tokens_of(moves[:, :16]) > 0).all()


def test_games_with_passes_are_refused():
    """The first game of uniform play, ended early, in which somebody has to pass."""
    rng = np.random.default_rng(0)
    while True:
        mine, theirs = (np.uint64(b) for b in rules.start())
        played, passed = [], False
        while len(played) < 30:
            legal = rules.legal_moves(mine, theirs)
            if not legal:
                mine, theirs, passed = theirs, mine, True
                legal = rules.legal_moves(mine, theirs)
                if not legal:
                    break
            played.append(rng.choice(rules.squares(int(legal))))
            mine, theirs = rules.play(mine, theirs, np.uint8(played[-1]))
        if passed and len(played) == 30:
            break
    with pytest.raises(ValueError, match="forced pass before move"):
        probes.fit_ridge(GPT(SMALL), np.array([played], np.int8))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_networks_of_any_precision_are_probed(dtype):
    torch.manual_seed(0)
    network, moves = GPT(SMALL), games.sample_moves(300, 0)
    board = [probes.TARGETS["board"]]
    exact = probes.fit_ridge(network, moves, board)
    rounded = probes.fit_ridge(copy.deepcopy(network).to(dtype), moves, board)
    assert rounded.source != exact.source
    assert rounded.weight["board"].dtype == torch.float32
    assert torch.isfinite(rounded.weight["board"]).all()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_compiled_networks_probe_fits_the_plain_one():
    network = GPT(SMALL)
    assert probes.fingerprint(torch.compile(network)) == probes.fingerprint(network)
