import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kurtosis
from sklearn.metrics import f1_score, r2_score
from sklearn.tree import DecisionTreeRegressor

from othello_gpt import games, neurons, probes, rules
from othello_gpt.model import GPT, GPTConfig, load_model, predict, to_transformer_lens
from othello_gpt.neurons import Pattern

MOVES = games.sample_moves(60, seed=5)
SQUARES = [s for s in range(36) if s not in rules.centre()]


@pytest.fixture(scope="module")
def model():
    """A small network whose every weight and bias matters."""
    torch.manual_seed(0)
    model = GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False)
    for p in model.parameters():
        p.add_(0.3 * torch.randn(p.shape))
    return model


@pytest.fixture(scope="module")
def outputs(model):
    """Every neuron's output on all positions, written out: [layers, games, 31, neurons]."""
    found, stream = [], list(model.residual_stream(neurons.tokens_of(MOVES)))
    for block, mid in zip(model.transformer.h, stream[1::2], strict=True):
        found.append(F.gelu(block.mlp.c_fc(block.ln_2(mid))))
    return torch.stack(found)


@pytest.fixture(scope="module")
def asked():
    return neurons.features(rules.replay(MOVES)).reshape(-1, len(neurons.FEATURES))


# --- activations --------------------------------------------------------------------------------


def test_neuron_outputs_are_those_of_the_written_out_network_and_leave_no_hook(model, outputs):
    got = list(neurons.neuron_outputs(model, neurons.tokens_of(MOVES)))
    assert torch.equal(torch.stack(got), outputs)
    next(neurons.neuron_outputs(model, neurons.tokens_of(MOVES)))  # left half-way
    assert not any(b.mlp.c_proj._forward_pre_hooks for b in model.transformer.h)


def test_transformer_lens_has_the_same_neurons(model, outputs):
    bridge = to_transformer_lens(model).to(torch.float64)
    _, cache = bridge.run_with_cache(neurons.tokens_of(MOVES[:5]))
    for layer in range(2):
        theirs = cache[f"blocks.{layer}.mlp.hook_post"]
        assert (theirs - outputs[layer, :5]).abs().max() < 1e-5
        assert theirs.abs().max() > 0.1


def test_sampled_outputs_and_features_are_of_the_positions_asked_for(model, outputs, asked):
    rng = np.random.default_rng(0)
    plies = rng.permuted(np.tile(np.arange(31), (60, 1)), axis=1)[:, :7]
    y, x = neurons.sample_outputs(model, MOVES, plies, batch=13)
    rows = (np.arange(60)[:, None] * 31 + plies).ravel()
    assert np.array_equal(x, asked[rows])
    assert np.allclose(y, outputs.flatten(1, 2).numpy()[:, rows], atol=1e-5)


def test_survey_agrees_with_scipy_and_sorting(model, outputs):
    seen = neurons.survey(model, MOVES, keep=5, batch=7)
    x = outputs.flatten(1, 2).double().numpy()
    assert seen.positions == 60 * 31
    assert np.allclose(seen.mean, x.mean(1), atol=1e-6)
    assert np.allclose(seen.std, x.std(1), atol=1e-5)
    assert np.allclose(seen.fires, (x > 0).mean(1))
    assert np.allclose(seen.kurtosis, kurtosis(x, axis=1, fisher=False), rtol=1e-3)
    assert np.allclose(seen.top, -np.sort(-x, axis=1)[:, :5].swapaxes(1, 2), atol=1e-5)
    there = np.take_along_axis(x.swapaxes(1, 2), seen.where, 2)
    assert np.allclose(there, seen.top, atol=1e-5)


# --- attribution --------------------------------------------------------------------------------


def test_contributions_add_up_to_the_logits(model):
    found = neurons.decompose(model, MOVES[0])
    names, parts = neurons.logit_attribution(model, found)
    truth = neurons.double(model)(neurons.tokens_of(MOVES[:1]))[0]
    assert len(names) == len(set(names)) == len(parts) == 2 + 2 * (2 + 1) + 2
    assert ((parts.sum(0) - truth).abs() / truth.abs().max()).max() < 1e-9
    assert not torch.allclose(parts[:-1].sum(0), truth)  # even the final bias is needed
    for ply, token in ((0, 3), (17, 9)):
        of_neurons = neurons.neuron_attribution(model, found, ply, token)
        of_mlps = parts[[names.index("MLP 0"), names.index("MLP 1")], ply, token]
        assert torch.allclose(of_neurons.sum(1), of_mlps, rtol=1e-9)


def test_contributions_are_those_of_the_folded_transformer_lens(model):
    found = neurons.decompose(model, MOVES[0])
    names, parts = neurons.logit_attribution(model, found)
    folded = to_transformer_lens(model, folded=True)
    _, cache = folded.run_with_cache(neurons.tokens_of(MOVES[:1]))
    scale = cache["ln_final.hook_scale"]
    for layer, head in itertools.product(range(2), range(2)):
        z = cache[f"blocks.{layer}.attn.hook_z"][0, :, head]
        theirs = z @ folded.W_O[layer, head] @ folded.W_U / scale[0]
        ours = parts[names.index(f"head {layer}.{head}")]
        ours = ours - ours.mean(-1, keepdim=True)  # folding centres the unembedding
        # Folding moves the value bias, a constant of the position's scale, to the output bias.
        difference = (ours - theirs) * scale[0]
        assert (difference - difference.mean(0)).abs().max() < 1e-3
    for layer in range(2):
        post = cache[f"blocks.{layer}.mlp.hook_post"][0]
        theirs = post @ folded.W_out[layer] @ folded.W_U / scale[0]
        ours = parts[names.index(f"MLP {layer}")]
        assert (ours - ours.mean(-1, keepdim=True) - theirs).abs().max() < 1e-3


# --- weights ------------------------------------------------------------------------------------


def test_input_weights_say_what_moves_a_neuron(model):
    block = model.transformer.h[1]
    x = torch.randn(16, generator=torch.Generator().manual_seed(1))
    pre = block.mlp.c_fc(block.ln_2(x)) - block.mlp.c_fc.bias
    normal = (x - x.mean()) / (x.var(unbiased=False) + 1e-5).sqrt()
    want = neurons.input_weights(model, 1) @ normal + block.mlp.c_fc.weight @ block.ln_2.bias
    assert torch.allclose(pre, want, atol=1e-5)


def test_output_weights_say_what_a_neuron_writes(model):
    out = neurons.output_weights(model, 0)
    one = torch.zeros(64).index_fill(0, torch.tensor(5), 1.0)
    proj = model.transformer.h[0].mlp.c_proj
    written = proj(one) - proj.bias
    assert torch.allclose(out[5], written - written.mean(), atol=1e-6)


def test_a_basis_explains_what_lies_in_it_and_a_random_one_its_share_of_dimensions():
    generator = torch.Generator().manual_seed(0)
    basis = torch.randn(10, 40, generator=generator)
    basis = torch.cat([basis, basis[:5] + basis[5:]])  # of rank 10 all the same
    inside = torch.randn(7, 15, generator=generator) @ basis
    assert np.allclose(neurons.share_explained(inside, basis), 1, atol=1e-5)
    outside = torch.linalg.svd(basis).Vh[10:]
    assert np.allclose(neurons.share_explained(outside, basis), 0, atol=1e-5)
    control = neurons.random_basis(basis)
    assert torch.linalg.matrix_rank(control) == 10
    many = torch.randn(4000, 40, generator=generator)
    assert abs(neurons.share_explained(many, control).mean() - 0.25) < 0.01


# --- trees --------------------------------------------------------------------------------------


def test_features_are_what_they_are_called(asked):
    replay = rules.replay(MOVES)
    board, turned = probes.board(replay).reshape(-1, 36), probes.captured(replay).reshape(-1, 36)
    for column, name in enumerate(neurons.FEATURES):
        square, what = name.split(maxsplit=1)
        at = rules.square_id(square)
        truth = {
            "mine": board[:, at] == 2,
            "theirs": board[:, at] == 0,
            "empty": board[:, at] == 1,
            "just played": MOVES[:, :-1].ravel() == at,
            "just turned": turned[:, at] == 1,
        }[what]
        assert np.array_equal(asked[:, column], truth), name


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_trees_are_those_of_scikit_learn_on_the_features_they_may_ask(asked, outputs, depth):
    y = outputs[1].flatten(0, 1).numpy()[:, :8]
    trees = neurons.fit_trees(asked[:1200], y[:1200], depth=depth, leaf=5, ask=40)
    predicted, fires = trees.predict(asked), trees.predict_fires(asked)
    assert trees.asks.shape == (8, 40)
    for k in range(y.shape[1]):
        oracle = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=5, random_state=0)
        x = asked[:, trees.asks[k]]
        oracle.fit(x[:1200], y[:1200, k])
        assert np.allclose(oracle.predict(x), predicted[:, k], atol=1e-6)
        leaves = oracle.apply(x)
        for row in range(0, len(x), 97):
            together = y[:1200, k][leaves[:1200] == leaves[row]]
            assert fires[row, k] == ((together > 0).mean() > 0.5)


def test_a_shortlist_of_questions_predicts_as_well_as_all_of_them():
    moves = games.sample_moves(200, seed=7)
    every = np.tile(np.arange(31), (len(moves), 1))
    y, x = neurons.sample_outputs(load_model(), moves, every)
    y, train, test = y[5][:, ::16], slice(0, 150 * 31), slice(150 * 31, None)
    short, long = (neurons.fit_trees(x[train], y[train], ask=ask) for ask in (40, 180))
    seen = [neurons.r_squared(y[test], trees.predict(x[test])) for trees in (short, long)]
    assert np.median(seen[0]) > np.median(seen[1]) - 0.02


def test_a_tree_finds_a_planted_rule_and_says_it_in_words(asked):
    column = {name: i for i, name in enumerate(neurons.FEATURES)}
    rule = asked[:, column["C1 empty"]] & asked[:, column["C2 theirs"]]
    rule &= asked[:, column["C3 mine"]]
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(rule))
    trees = neurons.fit_trees(asked, (3.0 * rule - 1 + noise)[:, None], depth=3)
    assert set(trees.rule(0).split(", ")) == {"C1 empty", "C2 theirs", "C3 mine"}
    assert np.array_equal(trees.predict_fires(asked)[:, 0], rule)
    assert neurons.r_squared((3.0 * rule)[:, None], trees.predict(asked) + 1)[0] > 0.98


def test_a_tree_of_a_constant_is_a_leaf(asked):
    trees = neurons.fit_trees(asked, np.full((len(asked), 1), 2.5))
    assert trees.trees[0].get_n_leaves() == 1
    assert np.allclose(trees.predict(asked), 2.5)
    assert trees.rule(0) == ""


def test_trees_refuse_what_they_cannot_split(asked):
    y = np.zeros((len(asked), 1))
    with pytest.raises(ValueError, match=r"boolean features .* not int8 \(1860, 180\)"):
        neurons.fit_trees(asked.astype(np.int8), y)
    with pytest.raises(ValueError, match="as many rows"):
        neurons.fit_trees(asked[1:], y)


def test_other_boards_are_of_another_game_and_as_late():
    game, ply = np.divmod(np.arange(4 * 31), 31)
    other = neurons.other_boards(np.stack([game, ply], 1))
    assert (other[:, 1] == ply).all()
    assert (other[:, 0] != game).all()
    assert (neurons.other_boards(game) == other[:, 0]).all()


def test_scores_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    y = rng.standard_normal((40 * 31, 5))
    predicted = y + rng.standard_normal(y.shape) * [0.1, 0.4, 0.6, 1, 2]
    wanted = r2_score(y, predicted, multioutput="raw_values")
    assert np.allclose(neurons.r_squared(y, predicted), wanted)
    assert neurons.r_squared(np.ones((9, 1)), np.zeros((9, 1)))[0] == 0
    share = neurons.share_described(y, predicted, 40, above=0.7)
    assert share.mean == (wanted > 0.7).mean() == 0.4
    assert share.low <= share.mean <= share.high
    truth, said = y > 0, predicted > 0.2
    wanted = [f1_score(t, p) for t, p in zip(truth.T, said.T, strict=True)]
    assert np.allclose(neurons.f1(truth, said), wanted)


# --- rules --------------------------------------------------------------------------------------


def test_a_square_is_legal_exactly_where_one_of_its_patterns_holds(asked):
    hold, index = neurons.holds(asked), {p: i for i, p in enumerate(neurons.patterns())}
    legal = probes.legal_next(rules.replay(MOVES)).reshape(-1, 36).astype(bool)
    assert set(index) == set(neurons.patterns())
    assert len(index) == hold.shape[1]
    for square in SQUARES:
        runs = [i for p, i in index.items() if p.square == square and p.run]
        assert np.array_equal(hold[:, runs].any(1), legal[:, square])
        assert np.array_equal(hold[:, index[Pattern(square)]], legal[:, square])
        towards = [i for p, i in index.items() if p.square == square and p.towards and not p.run]
        assert np.array_equal(hold[:, towards].any(1), legal[:, square])


def test_patterns_in_words():
    names = rules.square_id
    assert str(Pattern(names("C1"), "south", 1)) == "C1 empty, C2 theirs, C3 mine"
    assert str(Pattern(names("F6"), "northwest", 2)) == "F6 empty, E5 theirs, D4 theirs, C3 mine"
    assert str(Pattern(names("C1"), "south")) == "C1 turns discs to its south"
    assert str(Pattern(names("C1"))) == "C1 is legal"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(neurons.patterns()), st.integers(0, 7))
def test_a_symmetry_moves_a_pattern_with_its_squares(pattern, symmetry):
    image = pattern.image(symmetry)
    assert image in neurons.patterns()
    assert (image.run, bool(image.towards)) == (pattern.run, bool(pattern.towards))
    assert pattern.image(0) == pattern
    if pattern.run:
        board = np.arange(36).reshape(6, 6)
        turned = board.T if symmetry & 1 else board
        turned = turned[::-1] if symmetry & 2 else turned
        turned = turned[:, ::-1] if symmetry & 4 else turned
        goes_to = {int(s): k for k, s in enumerate(turned.ravel())}
        moved = [goes_to[s] for s in (pattern.square, *neurons._line(pattern))]
        assert moved == [image.square, *neurons._line(image)]


def test_eight_images_of_an_asymmetric_pattern_differ():
    pattern = Pattern(rules.square_id("B1"), "south", 1)
    assert len({pattern.image(s) for s in range(8)}) == 8


def test_a_planted_rule_is_found_with_its_threshold(asked):
    hold, index = neurons.holds(asked), {p: i for i, p in enumerate(neurons.patterns())}
    b2 = rules.square_id("B2")
    planted = [Pattern(b2, "east"), Pattern(b2, "south")]
    truth = hold[:, [index[p] for p in planted]].any(1)
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((len(truth), 3)) * 0.1
    y = np.stack([2.0 * truth, rng.standard_normal(len(truth)), np.zeros(len(truth))], 1) + noise
    (rule,) = neurons.find_rules(y, hold, layer=4)
    assert (rule.layer, rule.neuron) == (4, 0)
    assert set(rule.patterns) == set(planted)
    assert " or " in str(rule)
    assert rule.f1 > 0.99
    assert 0.2 < rule.threshold < 1.8
    holds, active = neurons.confusion(rule, y, hold)
    assert np.array_equal(holds, truth)
    assert f1_score(holds, active) == pytest.approx(rule.f1)


# --- causes -------------------------------------------------------------------------------------


def test_edits_change_the_model_and_only_while_they_last(model, outputs):
    before = model(neurons.tokens_of(MOVES))
    own = outputs[1].flatten(0, 1).numpy()
    with neurons.edited(model, {1: neurons.replacement(own)}):
        parts = [model(t) for t in neurons.tokens_of(MOVES).split(13)]
        assert torch.allclose(torch.cat(parts), before, atol=1e-5)
    mean = outputs.mean((1, 2)).numpy()
    with neurons.edited(model, {0: neurons.mean_ablation(mean[0], [3, 5])}):
        edited = model(neurons.tokens_of(MOVES))
    assert torch.equal(model(neurons.tokens_of(MOVES)), before)
    block, (_, mid, *_) = model.transformer.h[0], model.residual_stream(neurons.tokens_of(MOVES))
    change = torch.zeros_like(outputs[0])
    change[..., [3, 5]] = torch.from_numpy(mean[0, [3, 5]]) - outputs[0][..., [3, 5]]
    x = mid + block.mlp(block.ln_2(mid)) + change @ block.mlp.c_proj.weight.T
    last = model.transformer.h[1]
    x = x + last.attn(last.ln_1(x))
    x = x + last.mlp(last.ln_2(x))
    assert torch.allclose(edited, model.unembed(x), atol=1e-4)
    with (
        pytest.raises(ValueError, match="layer 2 is not one of this model's: 0 to 1"),
        neurons.edited(model, {2: lambda x: x}),
    ):
        pass


def test_effect_is_the_difference_of_loss_and_legality(model):
    base = predict(model, MOVES)
    nothing = neurons.effect(model, MOVES, {0: lambda x: x}, base)
    assert not nothing["loss"].any()
    assert not nothing["illegal"].any()
    with neurons.edited(model, {0: lambda x: x * 3}):
        seen = predict(model, MOVES)
    change = neurons.effect(model, MOVES, {0: lambda x: x * 3}, base)
    assert np.allclose(change["loss"], seen.nll.mean(1) - base.nll.mean(1), atol=1e-6)
    assert np.allclose(change["illegal"], base.legal.mean(1) - seen.legal.mean(1))


def test_what_is_kept_is_a_share_of_the_loss():
    own, silent = np.array([0.0, 0.1, 0.2]), np.array([0.4, 0.5, 0.3])
    share = neurons.kept(own, silent)
    assert share.mean == pytest.approx(1 - 0.3 / 1.2)
    assert 0.33 < share.low < share.mean < share.high <= 1


def test_changes_of_named_squares_and_of_others():
    change = np.array([[1.0, 2, 3], [5, 6, 7]])  # [games, squares]
    named = np.array([[1, 0, 0], [1, 1, 0]], bool)
    found = neurons.named_and_others(change, named, ~named)
    assert found.mean.tolist() == [(1 + 5 + 6) / 3, (2 + 3 + 7) / 3, 0]
    assert found.low.tolist() == [1, 2.5, 1 - 2.5]
    assert found.high.tolist() == [5.5, 7, 0]


def test_direct_effects_are_the_logits_that_an_output_of_one_adds(model):
    effects = neurons.direct_effects(model, 1)
    assert effects.shape == (64, 36)
    assert effects.mask[:, list(rules.centre())].all()
    writes = neurons.output_weights(model, 1)[7].double()
    logits = neurons.readout(model)[1:] @ writes
    squares = games.square_of_token()[1:]
    assert np.allclose(effects[7, squares].data, (logits - logits.mean()).numpy())


def test_rotations_mix_all_neurons():
    mixes = neurons.rotated(32, 5, 3)
    assert mixes.shape == (32, 15)
    for turn in np.split(mixes, 3, axis=1):
        assert np.allclose(turn.T @ turn, np.eye(5), atol=1e-5)
    assert np.abs(mixes[:, :5].T @ mixes[:, 5:]).max() < 0.9
    assert np.abs(mixes).max() < 0.9


def test_rules_are_scored_game_by_game(asked):
    hold = neurons.holds(asked)
    one, two = neurons.patterns()[3], neurons.patterns()[40]
    truths = [hold[:, neurons.patterns().index(p)] for p in (one, two)]
    rng = np.random.default_rng(0)
    outputs = np.stack([truths[0], truths[1] ^ (rng.random(len(hold)) < 0.05)], 1)[None] * 1.0
    found = [neurons.Rule(0, k, (p,), 0.5, 0) for k, p in enumerate((one, two))]
    scores = neurons.rules_f1(found, outputs, hold, len(MOVES))
    wanted = [f1_score(t, o > 0.5) for t, o in zip(truths, outputs[0].T, strict=True)]
    assert np.allclose(scores.mean, wanted)
    assert scores.low[1] < scores.mean[1] < scores.high[1] < 1
    count = neurons.rules_above(found, outputs, hold, len(MOVES), (0.99, wanted[1], 0))
    assert count.mean.tolist() == [1, 2, 2]
    assert count.low.tolist() == [1, 1, 2]


def test_matched_others_are_others_of_nearly_the_same_size():
    size = np.array([1.0, 5.0, 5.1, 9.0, 1.2, 8.0, 3.0])
    found = neurons.matched_others(size, [1, 0, 3])
    assert found.tolist() == [2, 4, 5]
    with pytest.raises(ValueError, match="4 of 7 neurons are chosen: 3 others are too few"):
        neurons.matched_others(size, [0, 1, 2, 3])
    assert neurons.matched_others(size, [1], among=np.array([5, 6])).tolist() == [6]
    each = np.array([[1.0, 5, 5.1, 0], [3.0, 0, 9, 2.9]])  # a measure for each of the chosen two
    assert neurons.matched_others(each, [1, 0]).tolist() == [2, 3]


def test_a_spectrum_is_two_distributions_over_the_same_bins():
    outputs, truth = np.array([0.0, 0.1, 0.9, 1.0, 1.0]), np.array([0, 0, 1, 1, 0], bool)
    middle, yes, no = neurons.spectrum(outputs, truth, bins=2)
    assert np.allclose(middle, [0.25, 0.75])
    assert np.allclose(yes, [0, 1])
    assert np.allclose(no, [2 / 3, 1 / 3])
    with pytest.raises(ValueError, match="the property holds in 100% of the rows"):
        neurons.spectrum(outputs, truth | True)
