import math
from dataclasses import replace
from itertools import chain, permutations, product

import numpy as np
import oracle
import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from othello_gpt import games, interventions, probes, rules
from othello_gpt.interventions import (
    Descend,
    Instead,
    Prefixes,
    Project,
    Push,
    RandomStep,
    Rewrite,
    sample_cases,
)
from othello_gpt.model import GPT, GPTConfig, to_transformer_lens

KINDS = ("flip", "reachable", "unreachable", "erase", "place", "replace")
SITES = ("resid_mid 1", "resid_pre 0", "resid_post 1")
MOVES = games.sample_moves(200, seed=1)
SQUARES = games.square_of_token()


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def probe(model):
    targets = [probes.TARGETS["board"], probes.control(probes.TARGETS["board"])]
    return probes.fit_ridge(model, MOVES, targets)


@pytest.fixture(scope="module")
def cases():
    return sample_cases(40, seed=3)


@pytest.fixture(scope="module")
def bridge(model):
    return to_transformer_lens(model)


def all_edits(probe, dose):
    rewrite = Rewrite(probe, SITES, dose)
    return {
        "push": Push(probe, SITES, dose),
        "project": Project(probe, SITES, dose),
        "rewrite": rewrite,
        "descend": Descend(probe, SITES, dose, steps=3),
        "random": Instead(rewrite, RandomStep(SITES)),
        "signs": interventions.PermutedSigns(rewrite),
        "control labels": Instead(rewrite, replace(rewrite, dose=1.0, target="control of board")),
        "wrong layer": Instead(rewrite, Rewrite(interventions.wrong_layer(probe), SITES, 1.0)),
    }


class Referee(nn.Module):
    """A source that holds the board in known directions and plays by the rules what it holds."""

    sites = ("board",)

    def __init__(self):
        super().__init__()
        square = torch.randn(80, 80, generator=torch.Generator().manual_seed(0))
        self.register_buffer("basis", torch.linalg.qr(square).Q[:72])

    def residual_stream(self, tokens):
        over = np.full((len(tokens), 1), rules.NO_MOVE)
        moves = np.hstack([SQUARES[tokens], over])
        board = torch.from_numpy(probes.board(rules.replay(moves)))
        yield torch.cat([board == 0, board == 2], -1).float() @ self.basis

    def unembed(self, x):
        held = (x @ self.basis.T > 0.5).unflatten(-1, (2, 6, 6)).numpy()
        theirs, mine = (rules.from_array(held[..., k, :, :]) for k in (0, 1))
        legal = rules.to_array(rules.legal_moves(mine, theirs)).reshape(*x.shape[:-1], 36)
        return F.pad(torch.from_numpy(legal[..., SQUARES[1:]]).float(), (1, 0))


def board_of(row):
    """A row of classes as the oracle's board, the side to move being 1."""
    return [[int(c) - 1 for c in row[k : k + 6]] for k in range(0, 36, 6)]


# --- cases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_cases_change_the_legal_set_and_say_what_it_is(kind):
    cases = sample_cases(30, kind, seed=5)
    assert len(cases) == 30
    assert len({tuple(moves) for moves in cases.moves.tolist()}) == 30
    for n in range(30):
        *_, (player, _, _, after) = oracle.replay(cases.moves[n, : cases.ply[n] + 1].tolist(), 6)
        assert cases.before[n].tolist() == [1 - disc * player for row in after for disc in row]
        sets = [
            {SQUARES[t] for t in np.flatnonzero(legal[n])}
            for legal in (cases.legal_before, cases.legal_after)
        ]
        boards = [board_of(b[n]) for b in (cases.before, cases.after)]
        assert sets == [set(oracle.legal(board, 1)) for board in boards]
        assert sets[1]
        assert sets[0] != sets[1]
        before, after = cases.before[n], cases.after[n]
        changed = np.flatnonzero(before != after)
        pairs = {(before[s], after[s]) for s in changed}
        if kind in ("flip", "unreachable"):
            assert len(changed) == 1
        if kind in ("flip", "unreachable", "reachable"):
            assert pairs <= {(0, 2), (2, 0)}
        if kind in ("erase", "place"):
            assert len(changed) == 1
            assert ((before if kind == "place" else after)[changed] == 1).all()


def test_reachable_cases_are_reached_by_another_order_of_the_last_moves():
    cases = sample_cases(15, "reachable", seed=6)
    for n in range(15):
        moves = cases.moves[n, : cases.ply[n] + 1].tolist()
        reached = []
        for order in permutations(moves[-4:]):
            try:
                *_, (player, _, _, board) = oracle.replay([*moves[:-4], *order], 6)
            except AssertionError:  # an illegal move
                continue
            if player == (-1) ** (len(moves) - 1):  # no pass
                reached.append([1 - disc * player for row in board for disc in row])
        assert cases.after[n].tolist() in reached


def test_replaced_cases_are_reached_by_another_last_move():
    cases = sample_cases(15, "replace", seed=6)
    for n in range(15):
        *_, (player, can, board, _) = oracle.replay(cases.moves[n, : cases.ply[n] + 1].tolist(), 6)
        after = [
            oracle.play(board, player, move) for move in can if move != cases.moves[n, cases.ply[n]]
        ]
        after = [[1 - disc * player for row in b for disc in row] for b in after]
        assert cases.after[n].tolist() in after


def slow_has_last_move(row):
    """Whether some board and move lead to this one: every way to turn discs back is tried."""
    board = board_of(row)  # the side that has just moved is -1
    for square in SQUARES[1:].tolist():
        r, c = divmod(square, 6)
        if board[r][c] != -1:
            continue
        runs = []
        for down, right in oracle.DIRECTIONS:
            run, y, x = [], r + down, c + right
            while 0 <= y < 6 and 0 <= x < 6 and board[y][x] == -1:
                run.append((y, x))
                y, x = y + down, x + right
            runs.append([run[:k] for k in range(max(1, len(run)))])
        for turned in product(*runs):
            earlier = [list(line) for line in board]
            earlier[r][c] = 0
            for y, x in chain(*turned):
                earlier[y][x] = 1
            legal = oracle.turned(earlier, -1, square)
            if legal and oracle.play(earlier, -1, square) == board:
                return True
    return False


def test_whether_a_last_move_can_have_led_to_a_board():
    flips = sample_cases(60, "flip", seed=8, plies=(2, 12))
    none = sample_cases(20, "unreachable", seed=8)
    boards = np.concatenate([flips.before[:20], flips.after, none.after])
    mine, theirs = (rules.from_array((boards == k).reshape(-1, 6, 6)) for k in (2, 0))
    found = interventions.has_last_move(mine, theirs)
    assert found.tolist() == [slow_has_last_move(row) for row in boards]
    assert found[:20].all()
    assert not found[-20:].any()
    assert 0 < found[20:-20].sum() < 60


def test_cases_are_those_of_their_seed():
    a, b = sample_cases(20, seed=4), sample_cases(20, seed=4)
    assert np.array_equal(a.after, b.after)
    assert np.array_equal(a.ply, b.ply)
    others = sample_cases(20, seed=4, first=1000)
    assert not set(map(bytes, a.moves)) & set(map(bytes, others.moves))


def test_single_edits_of_chosen_squares():
    moves = MOVES[:1]
    c3, a1 = rules.square_id("C3"), rules.square_id("A1")
    case = interventions.cases_of(moves, [0], [c3])
    assert np.flatnonzero(case.before != case.after).tolist() == [c3]
    placed = interventions.cases_of(moves, [0], [a1], "place mine")
    assert placed.after[0, a1] == 2
    erased = interventions.cases_of(moves, [0], moves[:, 0], "erase")
    assert erased.after[0, moves[0, 0]] == 1
    for kind, square, why in [
        ("flip", a1, "A1 is empty, only a disc can be flipped"),
        ("erase", a1, "A1 is empty, only a disc can be erased"),
        ("erase", c3, "the four central squares have no token"),
        ("place theirs", c3, "C3 has a disc already"),
        ("turn", c3, "no edit 'turn': use one of flip"),
    ]:
        with pytest.raises(ValueError, match=why):
            interventions.cases_of(moves, [0], [square], kind)
    with pytest.raises(ValueError, match="no kind of case 'legal'"):
        sample_cases(3, "legal")


# --- edits and how they are run -----------------------------------------------------------------


def test_without_an_edit_all_ways_give_the_models_own_logits(model, bridge, cases):
    own = model(cases.tokens)[torch.arange(40), torch.from_numpy(cases.ply)]
    for logits in (
        Prefixes(model, cases, batch=7).run(),
        interventions.run_source(model, cases),
        interventions.run_bridge(bridge, cases),
    ):
        torch.testing.assert_close(logits, own, atol=1e-5, rtol=0)


def test_a_dose_of_zero_changes_nothing_bit_for_bit(model, bridge, probe, cases):
    prefixes = Prefixes(model, cases)
    runs = [
        prefixes.run,
        lambda *edit: interventions.run_source(model, cases, *edit),
        lambda *edit: interventions.run_bridge(bridge, cases, *edit),
    ]
    for run in runs:
        unedited = run()
        for name, edit in all_edits(probe, 0.0).items():
            assert torch.equal(run(edit), unedited), name


def test_the_fast_path_agrees_with_transformer_lens(model, bridge, probe, cases):
    prefixes, wrong = Prefixes(model, cases, batch=16), interventions.wrong_squares(cases)
    unedited = prefixes.run()
    for name, edit in all_edits(probe, 0.3).items():
        if name == "random":
            continue  # drawn anew for every batch
        fast = prefixes.run(edit)
        assert (fast - unedited).abs().max() > 1e-3, name
        hooked = interventions.run_bridge(bridge, cases, edit)
        torch.testing.assert_close(fast, hooked, atol=1e-4, rtol=0)
        torch.testing.assert_close(
            interventions.run_source(model, cases, edit), hooked, atol=1e-4, rtol=0
        )
    edit = Rewrite(probe, SITES, 0.3)
    fast = prefixes.run(edit, wrong)
    hooked = interventions.run_bridge(bridge, cases, edit, wrong)
    torch.testing.assert_close(fast, hooked, atol=1e-4, rtol=0)


def test_a_run_leaves_nothing_behind(model, bridge, probe, cases):
    prefixes, edit = Prefixes(model, cases), Rewrite(probe, SITES, 1.0)
    clean, tokens = prefixes.run(), cases.tokens[:, :9]
    before, own = bridge(tokens), model(tokens)
    edited = prefixes.run(edit)
    interventions.run_bridge(bridge, cases, edit)
    interventions.run_source(model, cases, edit)
    prefixes.play_on(edit)
    assert not any(hook.fwd_hooks for _, hook in bridge.hook_dict.items())
    assert torch.equal(bridge(tokens), before)
    assert torch.equal(model(tokens), own)
    assert torch.equal(prefixes.run(), clean)
    assert torch.equal(prefixes.run(edit), edited)


def test_an_unknown_site_is_a_clear_error(model, bridge, probe, cases):
    with pytest.raises(ValueError, match=r"no site 'resid_mid 9' here: the probe has resid_pre 0"):
        Push(probe, ["resid_mid 9"], 1.0)
    edit = RandomStep(["resid_mid 9"])
    for run in (
        lambda: Prefixes(model, cases).run(edit),
        lambda: interventions.run_source(model, cases, edit),
        lambda: interventions.run_bridge(bridge, cases, edit),
    ):
        with pytest.raises(
            ValueError, match=r"no site 'resid_mid 9' here: the sites are resid_pre"
        ):
            run()


@pytest.mark.parametrize("kind", KINDS)
def test_edits_work_where_the_board_is_known_to_be_used(kind):
    referee, cases = Referee(), sample_cases(40, kind, seed=9)
    probe = probes.fit_ridge(referee, MOVES, [probes.TARGETS["board"]])

    def error(edit=None, towards=None):
        logits = interventions.run_source(referee, cases, edit, towards)
        return interventions.top_n_error(logits, cases.legal_after)

    null = error()
    assert null.mean() > 1
    assert not error(Rewrite(probe, ["board"], 1.0)).any()
    assert not error(Project(probe, ["board"], 1.0)).any()
    assert error(Descend(probe, ["board"], 0.1, scale=8.0)).mean() < 0.2 * null.mean()
    if kind in ("flip", "reachable", "unreachable"):
        assert error(Push(probe, ["board"], 0.4)).mean() < 0.3 * null.mean()
    edit = Rewrite(probe, ["board"], 1.0)
    assert np.array_equal(error(edit, cases.before), null)
    for control in (Instead(edit, RandomStep(["board"])), interventions.PermutedSigns(edit)):
        assert error(control).mean() > 0.7 * null.mean()
    assert error(edit, interventions.wrong_squares(cases)).mean() > 0.7 * null.mean()


def test_projection_keeps_what_the_other_squares_read(model, probe, cases):
    site = "resid_mid 1"
    x = torch.randn(40, 16)
    wide = replace(
        probe,
        weight={"board": torch.randn(1, 3, 36, 200)},
        bias={"board": torch.randn(1, 3, 36)},
        sites=(site,),
    )
    x = torch.randn(40, 200)
    before, after = torch.from_numpy(cases.before), torch.from_numpy(cases.after)
    same = before == after
    was = wide.logits("board", site, x)[:, [0, 2]]
    for edit, wanted in (
        (
            Project,
            torch.where(same[:, None], was, F.one_hot(after.long(), 3).mT[:, [0, 2]].float()),
        ),
        (Rewrite, F.one_hot(after.long(), 3).mT[:, [0, 2]].float()),
    ):
        for dose in (0.5, 1.0):
            moved = edit(wide, [site], dose)(site, x, before, after)
            read = wide.logits("board", site, moved)[:, [0, 2]]
            goal = was + dose * (wanted - was)
            # As near as the penalty on long steps allows.
            assert (read - goal).norm() < 0.3 * dose * (wanted - was).norm()


def test_controls_step_as_far_as_what_they_control(probe, cases):
    site, x = "resid_mid 1", torch.randn(40, 16)
    boards = torch.from_numpy(cases.before), torch.from_numpy(cases.after)
    edit = Rewrite(probe, [site], 1.0)
    step = edit(site, x, *boards) - x
    other = replace(edit, target="control of board")
    controls = [
        Instead(edit, RandomStep([site])),
        Instead(edit, other),
        interventions.PermutedSigns(edit),
    ]
    for control in controls:
        found = control(site, x, *boards) - x
        torch.testing.assert_close(found.norm(dim=-1), step.norm(dim=-1))
        toward = other(site, x, *boards) - x if control is controls[1] else step
        cosine = F.cosine_similarity(found, toward)
        assert cosine.min() > 0.999 if control is controls[1] else cosine.abs().mean() < 0.6
    wrong = interventions.wrong_squares(cases)
    flipped, changed = wrong != cases.before, cases.after != cases.before
    assert (flipped.sum(1) == changed.sum(1)).all()
    assert not (flipped & changed).any()
    assert (wrong[flipped] == 2 - cases.before[flipped]).all()
    rolled = interventions.wrong_layer(probe, 2)
    assert torch.equal(rolled.weight["board"][0], probe.weight["board"][2])
    assert torch.equal(rolled.bias["board"][-1], probe.bias["board"][1])


def test_controls_take_the_steps_that_the_edit_takes_in_a_run_of_its_own(model, bridge, probe):
    cases = sample_cases(30, seed=13)
    prefixes = Prefixes(model, cases, batch=7)
    edit = Rewrite(probe, SITES, 1.0)
    lengths = prefixes.lengths(edit)
    for name, (control, towards) in interventions.controls(edit, prefixes).items():
        found = prefixes.lengths(control)
        same = all(torch.allclose(found[site], lengths[site], rtol=1e-4) for site in SITES)
        assert same or name in ("wrong square", "the board as it is")
        hooked = interventions.run_bridge(bridge, cases, control, towards)
        fast = prefixes.run(control, towards)
        if name != "random direction":  # whose directions are by row of a batch
            torch.testing.assert_close(fast, hooked, atol=1e-4, rtol=0)
    asked = prefixes.lengths(Instead(edit, RandomStep(SITES)))
    first, *_, last = sorted(SITES, key=model.sites.index)
    torch.testing.assert_close(asked[first], lengths[first])
    assert asked[last].mean() > 1.1 * lengths[last].mean()


def test_playing_on_agrees_with_a_slow_player(model):
    cases = sample_cases(12, seed=11, plies=(15, 27))
    illegal, made = Prefixes(model, cases, batch=5).play_on(moves=6)
    for n in range(12):
        moves, board = cases.moves[n, : cases.ply[n] + 1].tolist(), board_of(cases.after[n])
        wrong = count = 0
        while count < 6 and len(moves) < 32 and (can := oracle.legal(board, 1)):
            tokens = torch.from_numpy(games.token_of_square()[moves])[None]
            best = SQUARES[model(tokens)[0, -1].argsort(descending=True)].tolist()
            wrong += count > 0 and best[0] not in can
            count += 1
            moves.append(next(s for s in best if s in can))
            board = [[-disc for disc in row] for row in oracle.play(board, 1, moves[-1])]
        assert (illegal[n], made[n]) == (wrong, max(count - 1, 0))


def test_playing_on_keeps_the_edit_in_place(model, probe):
    cases = sample_cases(12, seed=11, plies=(15, 20))
    edit = Rewrite(probe, SITES, 3.0)
    prefixes = Prefixes(model, cases)
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


# --- metrics ------------------------------------------------------------------------------------


def test_top_n_error_of_hand_made_logits():
    logits = torch.tensor([[0.0, 5, 4, 3, 2], [0.0, 5, 4, 3, 2], [9.0, 5, 4, 3, 2]])
    legal = torch.tensor([[0, 1, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 1, 1, 1]]).bool()
    # Right; one wrong and one missing; of the top 3 (pad and two), one is legal.
    assert interventions.top_n_error(logits, legal).tolist() == [0, 2, 4]
    assert interventions.top_n_error(logits.numpy(), legal.numpy()).tolist() == [0, 2, 4]


def test_top_n_error_refuses_what_it_cannot_score():
    with pytest.raises(ValueError, match=r"\[2, 33\].*\[2, 36\]"):
        interventions.top_n_error(torch.zeros(2, 33), torch.ones(2, 36))
    with pytest.raises(ValueError, match="case 1 has no legal token"):
        interventions.top_n_error(torch.zeros(2, 3), torch.tensor([[1, 0, 0], [0, 0, 0]]))


def test_scores_of_hand_made_logits(cases):
    both = (cases.legal_after & ~cases.legal_before).sum(1) * (
        cases.legal_before & ~cases.legal_after
    ).sum(1)
    one = cases[[int(both.argmax())]]
    was, now = (legal[0].numpy() for legal in (one.legal_before, one.legal_after))
    gained, lost, kept = (set(np.flatnonzero(x)) for x in (now & ~was, was & ~now, was & now))
    right = torch.where(one.legal_after, 5.0, -5.0)
    wrong = torch.where(one.legal_before, 5.0, -5.0)
    good, bad = (interventions.score(x, wrong, one) for x in (right, wrong))
    assert (good.error[0], good.promoted[0], good.suppressed[0]) == (0, len(gained), len(lost))
    assert (good.gained[0], good.lost[0]) == (len(gained), len(lost))
    assert good.mass[0] == pytest.approx(1, abs=2e-3)
    assert bad.error[0] >= 2 * min(len(gained), len(lost)) > 0
    assert bad.mass[0] == pytest.approx(
        (len(kept) * math.e**5 + len(gained) * math.e**-5)
        / (was.sum() * math.e**5 + (33 - was.sum()) * math.e**-5)
    )
    assert good.drift[0] == pytest.approx(0, abs=1e-5)
    lopsided = right.clone()
    lopsided[0, min(kept)] = 50.0  # all that is shared goes to one move
    drift = interventions.score(lopsided, wrong, one).drift[0]
    assert drift == pytest.approx(1 - 1 / len(kept), abs=1e-2)


def test_the_edit_with_the_least_error_is_chosen():
    referee, cases = Referee(), sample_cases(30, seed=9)
    probe = probes.fit_ridge(referee, MOVES, [probes.TARGETS["board"]])

    class Source:
        """What ``least_error`` asks of prefixes, for a source that isn't a GPT."""

        def __init__(self):
            self.cases = cases

        def run(self, edit):
            return interventions.run_source(referee, cases, edit)

    edits = [Rewrite(probe, ["board"], dose) for dose in (0.0, 1.0, -1.0)]
    assert interventions.least_error(Source(), edits) is edits[1]


# --- activation patching ------------------------------------------------------------------------


def test_counterfactuals_differ_in_one_move_and_are_legal():
    cases, others = interventions.counterfactuals(10, ply=14, back=4, seed=2)
    assert len(cases) == len(others) == 10
    for n in range(10):
        own = cases.moves[n, :15]
        assert np.flatnonzero(own != others[n]).tolist() == [10]
        *_, (player, _, _, board) = oracle.replay(others[n].tolist(), 6)
        assert cases.after[n].tolist() == [1 - disc * player for row in board for disc in row]
        assert (cases.legal_before[n] & ~cases.legal_after[n]).any()
        assert (cases.legal_after[n] & ~cases.legal_before[n]).any()


def test_patching_agrees_with_transformer_lens(model, bridge):
    cases, others = interventions.counterfactuals(6, ply=14, back=4, seed=2)
    groups = [[0], [1], [2], [3], [4], [1, 3]]
    moved, whole = interventions.patch(model, cases, others, groups, back=4)
    restored = moved[:, :, :5] / whole[:, None, None]
    np.testing.assert_allclose(restored[:, 0], [[1, 0, 0, 0, 0]] * 6, atol=1e-3)
    np.testing.assert_allclose(restored[:, -1], [[0, 0, 0, 0, 1]] * 6, atol=1e-3)
    own = cases.tokens[:, :15]
    other = torch.from_numpy(games.token_of_square()[others])
    name, positions = "blocks.0.hook_resid_post", [11, 13]
    _, cache = bridge.run_with_cache(other)

    def swap(x, hook):
        x = x.clone()
        x[:, positions] = cache[name][:, positions]
        return x

    metrics = []
    for logits in (
        bridge(own),
        bridge(other),
        bridge.run_with_hooks(own, fwd_hooks=[(name, swap)]),
    ):
        rows = zip(logits[:, -1], cases.legal_before, cases.legal_after, strict=True)
        metrics.append([float(x[b & ~a].mean() - x[a & ~b].mean()) for x, a, b in rows])
    start, end, found = np.array(metrics)
    np.testing.assert_allclose(whole, end - start, atol=1e-3)
    at = model.sites.index("resid_post 0"), 5
    np.testing.assert_allclose(moved[:, *at], found - start, atol=1e-3)
