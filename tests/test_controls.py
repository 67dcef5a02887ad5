"""Proof of ``othello_gpt.controls``: sources by hand, exact yardsticks against brute force."""

from dataclasses import replace
from functools import partial
from itertools import permutations

import numpy as np
import oracle
import pytest
import torch

from othello_gpt import controls, games, probes, rules
from othello_gpt.intervals import bootstrap, draws
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


def test_a_random_layer_by_hand():
    source = controls.RandomLayer(probes.BagOfMoves(), 5, inputs=97, seed=2)
    (bag,), (features,) = (m.residual_stream(TOKENS[:3]) for m in (source.source, source))
    assert features.shape == (3, 31, 5)
    drive = sum(bag[2, 9, k] * source.weights[k] for k in range(97)) + source.biases
    torch.testing.assert_close(features[2, 9], drive.clamp(min=0))


def test_a_code_lays_down_mine_and_then_theirs():
    source = controls.Code(np.eye(72), [40, 72])
    few, every = source.residual_stream(TOKENS[:3])
    assert not few[..., 40:].any()
    torch.testing.assert_close(few[..., :40], every[..., :40])
    for game in range(3):
        for ply, (player, _, board, _) in enumerate(oracle.replay(MOVES[game].tolist(), 6)[1:], 1):
            if ply == 31:
                break
            # `player` is about to move on the board after `ply` moves.
            cells = np.array(board).ravel()
            assert np.array_equal(every[game, ply - 1, :36], cells == player)
            assert np.array_equal(every[game, ply - 1, 36:], cells == -player)


def test_a_code_of_enough_dimensions_is_read_without_error_and_a_principal_one_is_better():
    right, board = {}, [probes.TARGETS["board"]]
    for name, matrix in (
        ("random", controls.random_code(72)),
        ("principal", controls.principal_code(MOVES)),
    ):
        source = controls.Code(matrix, [8, 68])
        probe = probes.fit_ridge(source, MOVES, board)
        tally = probes.accuracy(probe, source, games.sample_moves(50, 6))["board"]
        right[name] = tally.accuracy().mean
    assert right["random"][1] == right["principal"][1] == 1.0
    assert right["random"][0] < right["principal"][0] < 0.95


def test_principal_components_are_numpys():
    _, covariance = controls.covariances(TINY, MOVES, ["resid_post 0"])
    basis = controls.principal_components(covariance[0])
    source = controls.Directions(TINY, "resid_post 0", basis, [3, 16])
    *_, x = (x for x, _ in zip(TINY.residual_stream(TOKENS), range(3), strict=False))
    rows = x.flatten(0, 1).double().numpy()
    variances = np.linalg.eigvalsh(np.cov(rows.T, ddof=0))[::-1]
    few, all_of_them = source.residual_stream(TOKENS)
    assert not few[..., 3:].any()
    # A rotation keeps lengths.
    torch.testing.assert_close(all_of_them.norm(dim=-1), x.norm(dim=-1), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(few.flatten(0, 1).var(0, correction=0)[:3], variances[:3], rtol=1e-3)
    turn = controls.random_directions(16, seed=1)
    np.testing.assert_allclose(turn.T @ turn, np.eye(16), atol=1e-12)
    assert np.abs(turn).max() < 0.95


def test_resampled_covariances_are_those_of_the_drawn_games():
    found = controls.resampled_covariances(TINY, MOVES[:40], "resid_mid 1", resamples=3)
    _, whole = controls.covariances(TINY, MOVES[:40], ["resid_mid 1"])
    np.testing.assert_allclose(found[0], whole[0], atol=1e-6)
    for drawn, covariance in zip(draws(40, 3), found[1:], strict=True):
        again = np.repeat(MOVES[:40], drawn, 0)
        _, expected = controls.covariances(TINY, again, ["resid_mid 1"])
        np.testing.assert_allclose(covariance, expected[0], atol=1e-6)


def test_participation_ratio():
    assert controls.participation_ratio(np.eye(5)) == pytest.approx(5)
    assert controls.participation_ratio(np.diag([1.0, 0, 0])) == pytest.approx(1)
    assert controls.participation_ratio(np.stack([np.eye(2), np.diag([3.0, 1])])).shape == (2,)


def test_spectrum():
    turned = np.array([[3.0, 1], [1, 3]])
    np.testing.assert_allclose(controls.spectrum(turned), [4 / 6, 2 / 6])
    np.testing.assert_allclose(controls.spectrum(np.stack([np.eye(4)] * 2)), 0.25)
    assert controls.components_of(0.6, turned) == 1
    assert controls.components_of(0.7, turned) == 2
    assert controls.components_of(0.9, np.stack([np.diag([1.0, 1, 18]), np.eye(3)])).tolist() == [
        1,
        3,
    ]


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
    source, moves = controls.Code(controls.random_code(80), [80]), games.sample_moves(50, 6)
    probe = probes.fit_logistic(source, MOVES, warm_up=200)
    found = controls.information(probe, source, moves)
    assert 0 <= found.left.mean() < 0.1 < 25 < found.entropy.mean() < 36 * np.log2(3)


def test_magnitude_to_reach():
    """One step of a factor of ten brings 0.1; what is missing to the target is 0.2."""
    right, target = np.tile([0.5, 0.6, 0.7], (30, 1)), np.full(30, 0.9)
    found = controls.magnitude_to_reach([1, 100, 1000], right, target)
    assert (found.mean, found.low, found.high) == pytest.approx((5, 5, 5))
    assert controls.magnitude_to_reach([10, 100], right[:, [1, 1]], target, most=50).mean == 50
    noisy = right + np.random.default_rng(0).normal(0, 0.05, right.shape)
    found = controls.magnitude_to_reach([1, 100, 1000], noisy, target)
    assert found.low < found.mean < found.high


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
    assert late.rules_only().divergence()[0, 0] == pytest.approx(expected)


def test_calibration_by_hand():
    exact, said = np.zeros((2, 2, 1, 36))
    exact[0, 0, :3], said[0, 0, :4] = (0.7, 0.2, 0.1), (0.5, 0.25, 0.0, 0.25)
    exact[1, 0, 0], said[1, 0, 0] = 1.0, 0.75
    late = controls.Late(np.array([22]), exact, said, exact > 0)
    mean, ratio, count = late.calibration(np.array([0.01, 0.4, 1.0]))
    # Below 0.4: 0.25 (truly 0.2), 0.25 (truly 0) and 0 (truly 0.1). Above: 0.5 (0.7), 0.75 (1).
    assert count.tolist() == [3, 2]
    assert mean.tolist() == pytest.approx([0.5 / 3, 1.25 / 2])
    assert ratio.mean.tolist() == pytest.approx([0.3 / 0.5, 1.7 / 1.25])
    assert (ratio.low <= ratio.mean).all() and (ratio.mean <= ratio.high).all()  # noqa: PT018


def test_shares_of_small_totals():
    hits, totals = np.array([[1e-9], [0.0]]), np.array([[2e-9], [2e-9]])
    assert controls.shares_of(hits, totals).mean[0] == pytest.approx(0.25)


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
    """Return the side to move and the board."""
    player, _, _, board = oracle.replay([int(m) for m in moves], 6)[-1]
    return -player, board


def test_transpositions_reach_the_same_position_and_decoys_another():
    same, decoys = controls.swapped(games.sample_moves(2000, 5), 12)
    assert len(same.one) == len(decoys.one) > 30
    for pairs, equal in ((same, True), (decoys, False)):
        assert len(np.unique(pairs.one, axis=0)) == len(pairs.one)
        for one, other in zip(pairs.one[:15], pairs.other[:15], strict=True):
            assert sorted(one) == sorted(other)
            assert np.flatnonzero(one != other).size == 2
            assert (position(one) == position(other)) is equal
            (player, board), (_, changed) = position(one), position(other)
            can = [set(oracle.legal(b, player)) for b in (board, changed)]
            assert (can[0] == can[1]) is equal
            assert can[1]


def test_both_kinds_are_exchanged_at_the_same_plies():
    same, decoys = controls.swapped(games.sample_moves(2000, 5), 12)
    assert np.array_equal(same.one != same.other, decoys.one != decoys.other)
    assert len({tuple(row) for row in same.one != same.other}) > 5


def test_beginnings_too_short_or_too_long_are_refused():
    for length in (2, 32):
        with pytest.raises(ValueError, match=f"{length} moves can't be exchanged"):
            controls.swapped(MOVES, length)


def test_disagreement_of_equal_beginnings_is_none():
    same, decoys = controls.swapped(games.sample_moves(1000, 5), 9)
    say = partial(controls.after, TINY)
    nothing = controls.disagreement(say, controls.Pairs(same.one, same.one))
    assert nothing.total_variation.max() < 1e-6
    assert not nothing.top_1.any()
    tokens = [torch.from_numpy(games.token_of_square()[x]) for x in (decoys.one, decoys.other)]
    a, b = (TINY(t)[:, -1].softmax(-1)[:, 1:] for t in tokens)  # the pad token is no square
    by_hand = [
        sum(abs(p - q) for p, q in zip(*pq, strict=True)) / 2 for pq in zip(a, b, strict=True)
    ]
    seen = controls.disagreement(say, decoys).total_variation
    np.testing.assert_allclose(seen, by_hand, atol=1e-6)


def test_who_knows_the_rules_sees_every_difference_and_no_other():
    same, decoys = controls.swapped(games.sample_moves(1000, 5), 12)
    assert not controls.disagreement(controls.legal_alike, same).total_variation.any()
    assert controls.disagreement(controls.legal_alike, decoys).total_variation.min() > 0
    p = controls.legal_alike(same.one[:1])[0]
    player, board = position(same.one[0])
    squares = oracle.legal(board, player)
    assert p[squares] == pytest.approx(1 / len(squares))
    assert p.sum() == pytest.approx(1)


def test_who_remembers_the_last_move_only_by_hand():
    moves = MOVES[:50]
    player = controls.LastMove(moves)
    begun = MOVES[60:61, :8]
    said = controls.after(player, begun)[0]
    counts = np.ones(36)
    for game in moves:
        if game[7] == begun[0, 7]:
            counts[game[8]] += 1
    counts[[*begun[0], *rules.centre()]] = 0
    np.testing.assert_allclose(said, counts / counts.sum(), rtol=1e-5)
    # Nothing but the last move and the set of squares matters.
    other = begun[:, [2, 1, 0, 3, 4, 5, 6, 7]]
    np.testing.assert_allclose(controls.after(player, other)[0], said, rtol=1e-6)


def test_last_move_alone_cant_pass_for_a_board():
    """The claim of the chapter isn't met by a player without a board."""
    player = controls.LastMove(games.sample_moves(20_000, seed=8))
    same, decoys = controls.swapped(games.sample_moves(6000, 5), 18)
    a, b = (
        bootstrap(controls.disagreement(partial(controls.after, player), p).total_variation)
        for p in (same, decoys)
    )
    assert a.high > b.low


# --- openings -------------------------------------------------------------------------------------


def test_openings_are_all_there_are():
    """Counted by the oracle, move by move."""
    beginnings = [()]
    for length in range(1, 5):
        grown = []
        for one in beginnings:
            player, board = position(one) if one else (1, oracle.start(6))
            grown += [(*one, square) for square in oracle.legal(board, player)]
        beginnings = grown
        assert sorted(map(tuple, controls.openings(length).tolist())) == sorted(beginnings)
    same, told = controls.openings_in_pairs(controls.openings(4))
    reached = {}
    for one in beginnings:
        player, board = position(one)
        reached.setdefault((player, str(board)), []).append(one)
    assert len(same) == sum(len(group) * (len(group) - 1) // 2 for group in reached.values())
    found = controls.openings(4)
    for a, b in told:
        assert sorted(found[a]) == sorted(found[b])
        can = [set(oracle.legal(position(x)[1], position(x)[0])) for x in found[[a, b]]]
        assert can[0] != can[1]


def test_who_knows_the_rules_accepts_the_same_after_openings_that_meet():
    class Rules(Cheat):
        def forward(self, tokens):
            p = controls.legal_alike(games.square_of_token()[tokens.numpy()])
            logits = torch.full((*tokens.shape, 33), -50.0)
            logits[:, -1, 1:] = torch.from_numpy(p[:, games.square_of_token()[1:]]).log()
            return logits.clamp(min=-50)

    found = controls.openings_compared(Rules(), 5)
    agree, apart = found["transpositions"]
    assert len(agree) == 124
    assert agree.all()
    assert apart.max() < 1e-6
    agree, apart = found["decoys"]
    assert not agree.any()
    assert apart.min() > 0.05


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


def pairs_of_28():
    same, decoys = controls.swapped(games.sample_moves(3000, 5), 28)
    return same[:4], decoys[:4]


def accepted(found, pair, filled, after):
    """What the rules accept of a pair, as a set of beginnings of orders, by index of the square."""
    nodes = permutations(range(4))
    return {
        order[: n + 1]
        for order, least in zip(nodes, found.exact[pair, filled, after], strict=True)
        for n in range(4)
        if least[n] > 0
    }


def test_boundaries_of_a_perfect_model_are_the_true_ones():
    same, decoys = pairs_of_28()
    any_two = controls.Pairs(MOVES[:3, :28], MOVES[3:6, :28])
    for pairs in (same, decoys, any_two):
        found = controls.continuations(Cheat(), pairs)
        np.testing.assert_allclose(found.exact, found.model, atol=1e-5)
        boundary = found.boundary()
        assert (boundary.true == boundary.model).all()
    assert controls.continuations(Cheat(), same).boundary().compression().all()
    boundary = controls.continuations(Cheat(), decoys).boundary()
    assert (boundary.recall()[:, 0] == boundary.recall()[:, 1]).all()
    assert boundary.true.any()


def test_the_rules_side_is_what_an_oracle_plays():
    same, decoys = pairs_of_28()
    any_two = controls.Pairs(MOVES[:3, :28], MOVES[3:6, :28])
    for pairs in (same, decoys, any_two):
        found = controls.continuations(TINY, pairs)
        boundary = found.boundary()
        for k, both in enumerate(zip(pairs.one, pairs.other, strict=True)):
            for filled in range(2):
                here, there = both[filled], both[1 - filled]
                empty = [s for s in range(36) if s not in [*here, *rules.centre()]]
                a, b = accepted_by_rules(here), accepted_by_rules(there)
                named = {tuple(empty[i] for i in order) for order in accepted(found, k, filled, 0)}
                assert named == a
                minimal = [x for x in a - b if all(x[:n] in b for n in range(1, len(x)))]
                assert boundary.true[k, filled].sum() == len(minimal)


def test_a_partly_wrong_model_by_hand():
    true = np.zeros((2, 2, 3), bool)
    model = np.zeros_like(true)
    true[0, 0, :2] = model[0, 0, 1:] = True  # two to know, it has one of them and a wrong one
    true[0, 1, 0] = True
    found = controls.Boundary(true, model)
    assert found.compression().tolist() == [False, True]
    assert found.recall().tolist() == [[1, 3], [0, 0]]
    assert found.precision().tolist() == [[1, 2], [0, 0]]
    assert controls.per_pair(found.recall()).mean == pytest.approx((1 / 3 + 1) / 2)
    assert controls.per_pair(found.precision()).mean == pytest.approx((1 / 2 + 1) / 2)


def test_a_model_that_refuses_one_right_continuation_loses_it():
    _, decoys = pairs_of_28()
    found = controls.continuations(Cheat(), decoys)
    boundary = found.boundary()
    pair, side, node = np.argwhere(boundary.true)[0]
    order, n = (x[node] for x in controls._first_of_each_beginning(4))
    said = found.model.copy()
    same = (found.exact[pair, side, 0] == found.exact[pair, side, 0, order, n])[:, n]
    said[pair, side, 0, same, n:] = 0.0
    worse = replace(found, model=said).boundary()
    assert (worse.true == boundary.true).all()
    assert not worse.model[pair, side, node]
    assert worse.recall()[pair, 0] < boundary.recall()[pair, 0]


def test_a_model_that_accepts_everything_has_no_boundary():
    _, decoys = pairs_of_28()
    found = controls.continuations(TINY, decoys).boundary(threshold=0.0)
    assert not found.model.any()
    assert found.true.any()
    assert found.recall().sum(0)[0] == 0


def test_continuations_refuse_what_cant_be_enumerated():
    same, _ = controls.swapped(games.sample_moves(1000, 5), 20)
    with pytest.raises(ValueError, match="12 squares are empty"):
        controls.continuations(TINY, same)


def test_the_bag_of_moves_says_who_played_where_and_learns_from_it():
    moves = games.sample_moves(300, seed=5)
    bag = controls.bag_of_moves(moves)
    assert bag.shape == (300, 31, 2 * 36 + 31)
    # Before move 3 the side to move has played move 1, the other move 2.
    assert bag[0, 1].nonzero().flatten().tolist() == sorted(
        [int(moves[0, 0]), 36 + int(moves[0, 1]), 72 + 1]
    )
    legal = rules.to_array(rules.replay(moves).legal[:, 1:]).reshape(-1, 31, 36)

    def illegal(player):
        choice = controls.bag_choices(player, moves)
        return 1 - np.take_along_axis(legal, choice[..., None], -1).mean()

    few, more = (controls.fit_bag(64, 500, steps, 256) for steps in (1, 200))
    assert illegal(more) < 0.5 * illegal(few)
    again = controls.fit_bag(64, 500, 200, 256)
    assert all(
        torch.equal(a, b) for a, b in zip(more.parameters(), again.parameters(), strict=True)
    )
