"""Proof of ``othello_gpt.controls``: sources by hand, exact yardsticks against brute force."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import oracle
import pytest
import torch

from othello_gpt import controls, games, probes, rules
from othello_gpt.model import GPT, GPTConfig

TINY = GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False)
MOVES = games.sample_moves(300, seed=5)
TOKENS = torch.from_numpy(games.token_of_square()[MOVES[:, :-1]])


# --- sources --------------------------------------------------------------------------------------


def test_random_features_by_hand():
    source = controls.RandomFeatures(4, seed=1)
    (features,) = source.residual_stream(TOKENS[:3])
    assert features.shape == (3, 31, 4)
    drive = source.biases[7] + sum(source.weights[j, TOKENS[1, j]] for j in range(8))
    torch.testing.assert_close(features[1, 7], drive.clamp(min=0))


def test_random_features_know_the_order_of_moves():
    source = controls.RandomFeatures(64)
    (features,) = source.residual_stream(TOKENS[:1, [0, 1, 2, 3]])
    (exchanged,) = source.residual_stream(TOKENS[:1, [2, 1, 0, 3]])
    assert not torch.allclose(features[0, 3], exchanged[0, 3])


def test_a_random_code_of_enough_dimensions_is_read_without_error():
    source = controls.RandomCode([8, 80])
    probe = probes.fit_ridge(source, MOVES, [probes.TARGETS["board"]])
    right = probes.accuracy(probe, source, games.sample_moves(50, 6))["board"].accuracy().mean
    assert right[1] == 1.0
    assert right[0] < 0.9


def test_principal_components_are_numpys():
    source = controls.PrincipalComponents(TINY, "resid_post 0", MOVES, [3, 16])
    *_, x = (x for x, _ in zip(TINY.residual_stream(TOKENS), range(3), strict=False))
    rows = x.flatten(0, 1).double().numpy()
    variances = np.linalg.eigvalsh(np.cov(rows.T, ddof=0))[::-1]
    np.testing.assert_allclose(source.variances, variances, rtol=1e-4, atol=1e-9)
    few, all_of_them = source.residual_stream(TOKENS)
    assert not few[..., 3:].any()
    # A rotation keeps distances.
    centred = x - x.flatten(0, 1).mean(0)
    torch.testing.assert_close(all_of_them.norm(dim=-1), centred.norm(dim=-1), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(few.flatten(0, 1).var(0, correction=0)[:3], variances[:3], rtol=1e-3)


def test_participation_ratio():
    assert controls.participation_ratio(np.eye(5)) == pytest.approx(5)
    assert controls.participation_ratio(np.diag([1.0, 0, 0])) == pytest.approx(1)
    assert controls.participation_ratio(np.stack([np.eye(2), np.diag([3.0, 1])])).shape == (2,)


def test_spectrum():
    turned = np.array([[3.0, 1], [1, 3]])
    np.testing.assert_allclose(controls.spectrum(turned), [4 / 6, 2 / 6])
    np.testing.assert_allclose(controls.spectrum(np.stack([np.eye(4)] * 2)), 0.25)


def test_information_by_hand():
    """A probe that always says the same: its cross-entropy, square by square, with numpy."""
    target, moves = probes.TARGETS["board"], MOVES[:7]
    source = probes.Ply()
    bias = torch.randn(1, 3, 36, generator=torch.Generator().manual_seed(0))
    probe = probes.Probe(
        {"board": torch.zeros(1, 3, 36, 31)},
        {"board": bias},
        {"board": target.classes},
        source.sites,
        probes.fingerprint(source),
        "logistic",
        0,
    )
    labels = target.labels(rules.replay(moves))
    p = np.exp(bias[0].numpy()) / np.exp(bias[0].numpy()).sum(0)
    entropy, left = np.zeros(7), np.zeros(7)
    for square in range(36):
        seen = labels[..., square]
        for kind in range(3):
            share = (seen == kind).mean()
            often = (seen == kind).mean(1)
            entropy -= often * np.log2(share if share else 1)
            left -= often * np.log2(p[kind, square])
    found = controls.information(probe, source, moves, batch=3)
    np.testing.assert_allclose(found.entropy, entropy)
    np.testing.assert_allclose(found.left[:, 0], left, rtol=1e-5)
    assert found.read().mean[0] == pytest.approx((entropy - left).mean(), rel=1e-5)


def test_a_code_with_room_for_a_board_tells_all_of_it():
    source, moves = controls.RandomCode([80]), games.sample_moves(50, 6)
    probe = probes.fit_logistic(source, MOVES, warm_up=200)
    found = controls.information(probe, source, moves)
    assert 0 <= found.left.mean() < 0.1 < 25 < found.entropy.mean() < 36 * np.log2(3)


def test_width_to_reach():
    assert controls.width_to_reach([128, 256, 512], [0.5, 0.6, 0.7], 0.8) == pytest.approx(1024)
    assert controls.width_to_reach([128, 256], [0.6, 0.6], 0.8) == float("inf")


# --- late positions -------------------------------------------------------------------------------


def test_exact_late_distribution_against_brute_force_sampling():
    moves = games.sample_moves(3, seed=8)
    late = controls.late_positions(TINY, moves, first=24)
    assert late.exact.shape == late.model.shape == (3, 8, 36)
    more = games.sample_continuations(moves, 5000, seed=3)[:, 24:]
    for game in range(3):
        for ply in range(8):
            share = np.bincount(more[game, ply], minlength=36) / 5000
            assert np.abs(share - late.exact[game, ply]).max() < 0.035


def test_divergences_by_hand():
    exact = np.zeros((1, 1, 36))
    exact[0, 0, :2] = 0.75, 0.25
    said = np.zeros((1, 1, 36))
    said[0, 0, :3] = 0.5, 0.25, 0.25
    legal = np.arange(36)[None, None] < 2
    late = controls.Late(np.array([22]), exact, said, legal)
    assert late.divergence()[0, 0] == pytest.approx(0.75 * np.log(1.5))
    assert late.illegal_part()[0, 0] == pytest.approx(-np.log(0.75))
    given_legal = 0.75 * np.log(0.75 / (2 / 3)) + 0.25 * np.log(0.25 / (1 / 3))
    rest = late.divergence() - late.illegal_part()
    assert rest[0, 0] == pytest.approx(given_legal)
    expected = 0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    assert late.uniform_divergence()[0, 0] == pytest.approx(expected)
    said_mean, gap, count = late.calibration(bins=4)
    assert count.tolist() == [0, 2, 1, 0]
    assert (said_mean[1], gap.mean[1]) == (0.25, -0.125)
    assert (said_mean[2], gap.mean[2]) == (0.5, 0.25)


def test_the_exact_distribution_diverges_from_itself_by_nothing():
    late = controls.late_positions(TINY, games.sample_moves(4, seed=9), first=26)
    assert np.abs(replace(late, model=late.exact).divergence()).max() < 1e-12
    assert (late.legal >= (late.exact > 0)).all()
    assert (late.divergence() > 0).all()


def test_early_positions_are_refused():
    with pytest.raises(ValueError, match="at most 12"):
        controls.late_positions(TINY, MOVES[:1], first=5)


# --- transpositions -------------------------------------------------------------------------------


def position(moves):
    player, _, _, board = oracle.replay([int(m) for m in moves], 6)[-1]
    return player, board


def test_transpositions_reach_the_same_position_and_decoys_another():
    same, decoys = controls.swapped(MOVES, 12)
    assert min(len(same.one), len(decoys.one)) > 15
    for pairs, equal in ((same, True), (decoys, False)):
        for one, other in zip(pairs.one[:15], pairs.other[:15], strict=True):
            assert sorted(one) == sorted(other)
            assert np.flatnonzero(one != other).size == 2
            assert (position(one) == position(other)) is equal


def test_beginnings_too_short_or_too_long_are_refused():
    for length in (2, 32):
        with pytest.raises(ValueError, match=f"{length} moves can't be exchanged"):
            controls.swapped(MOVES, length)


def test_disagreement_of_equal_beginnings_is_none():
    same, decoys = controls.swapped(MOVES, 9)
    nothing = controls.disagreement(TINY, controls.Pairs(same.one, same.one))
    assert nothing.total_variation.max() < 1e-6
    assert not nothing.top_1.any()
    tokens = [torch.from_numpy(games.token_of_square()[x]) for x in (decoys.one, decoys.other)]
    a, b = (TINY(t)[:, -1].softmax(-1)[:, 1:] for t in tokens)  # the pad token is no square
    by_hand = [
        sum(abs(p - q) for p, q in zip(*pq, strict=True)) / 2 for pq in zip(a, b, strict=True)
    ]
    seen = controls.disagreement(TINY, decoys).total_variation
    np.testing.assert_allclose(seen, by_hand, atol=1e-6)


# --- compression and distinction ------------------------------------------------------------------


def accepted_by_rules(beginning):
    """Return all beginnings of ways to fill the board without a pass, as an oracle plays them."""
    empty = [s for s in range(36) if s not in [*beginning, *rules.centre()]]
    found = set()
    for order in permutations(empty):
        try:
            steps = oracle.replay([*map(int, beginning), *order], 6)
        except AssertionError:
            continue
        players = [player for player, *_ in steps]
        if players == [1, -1] * 16:
            found |= {order[:n] for n in range(1, len(order) + 1)}
    return found


class Cheat(torch.nn.Module):
    """Knows the exact next-move distribution of late positions."""

    def __init__(self):
        super().__init__()
        self.dummy = torch.nn.Parameter(torch.zeros(1))

    def forward(self, tokens):
        moves = games.square_of_token()[tokens.numpy()]
        logits = torch.full((*tokens.shape, 33), -50.0)
        for g, game in enumerate(moves):
            for ply in range(len(game) - 4, len(game)):
                legal, mine, theirs = controls.play_out(game[None, : ply + 1])
                if legal[0]:
                    p = games.next_move_probabilities(mine, theirs)[0]
                    logits[g, ply, 1:] = torch.from_numpy(p)[games.square_of_token()[1:]].log()
        return logits.clamp(min=-50)


def test_boundaries_of_a_perfect_model_are_the_true_ones():
    same, decoys = controls.swapped(MOVES, 28)
    same, decoys = (controls.Pairs(p.one[:4], p.other[:4]) for p in (same, decoys))
    for pairs in (same, decoys):
        found = controls.boundaries(Cheat(), pairs)
        assert (found.true == found.model).all()
    assert controls.boundaries(Cheat(), same).compression().all()
    found = controls.boundaries(Cheat(), decoys)
    assert (found.recall()[:, 0] == found.recall()[:, 1]).all()
    for one, other, bits in zip(decoys.one, decoys.other, found.true, strict=True):
        a, b = accepted_by_rules(one), accepted_by_rules(other)
        minimal = [x for x in a - b if all(x[:n] in b for n in range(1, len(x)))]
        assert bits[0].sum() == len(minimal)


def test_a_model_that_accepts_everything_has_no_boundary():
    _, decoys = controls.swapped(MOVES, 28)
    decoys = controls.Pairs(decoys.one[:6], decoys.other[:6])
    found = controls.boundaries(TINY, decoys, threshold=0.0)
    assert not found.model.any()
    assert found.true.any()
    assert found.recall().sum(0)[0] == 0


def test_boundaries_refuse_what_cant_be_enumerated():
    same, _ = controls.swapped(MOVES, 20)
    with pytest.raises(ValueError, match="12 squares are empty"):
        controls.boundaries(TINY, same)
    late = MOVES[:2, :28]
    with pytest.raises(ValueError, match="different squares"):
        controls.boundaries(TINY, controls.Pairs(late[:1], late[1:]))
