import itertools
import math

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from othello_gpt import attention, games, probes, rules
from othello_gpt.model import GPT, GPTConfig, predict, to_transformer_lens

MOVES = games.sample_moves(24, seed=6)
TOKENS = torch.from_numpy(games.token_of_square()[MOVES[:, :-1]])
OUTER = np.setdiff1d(np.arange(36), rules.centre())
TARGETS = [probes.TARGETS[name] for name in ("empty", "board")]


@pytest.fixture(scope="module")
def model():
    """A small network whose every weight and bias matters."""
    torch.manual_seed(0)
    model = GPT(GPTConfig(n_layer=2, n_head=4, n_embd=16)).eval().requires_grad_(False)
    for p in model.parameters():
        p.add_(0.4 * torch.randn(p.shape))
    return model


@pytest.fixture(scope="module")
def cache(model):
    return to_transformer_lens(model).run_with_cache(TOKENS)[1]


@pytest.fixture(scope="module")
def found(model):
    return torch.stack(list(attention.patterns(model, TOKENS)))


# --- patterns -----------------------------------------------------------------------------------


def test_patterns_and_outputs_are_those_of_transformer_lens(model, cache, found):
    outputs = list(attention.head_outputs(model, TOKENS))
    assert len(outputs) == 2
    bridge = to_transformer_lens(model)
    for layer in range(2):
        assert torch.allclose(found[layer], cache[f"blocks.{layer}.attn.hook_pattern"], atol=1e-5)
        z = cache[f"blocks.{layer}.attn.hook_z"]
        theirs = torch.einsum("gthc,hcd->gthd", z, bridge.W_O[layer])
        assert torch.allclose(outputs[layer], theirs, atol=1e-4)


def test_heads_and_the_bias_are_all_that_attention_writes(model):
    stream = list(model.residual_stream(TOKENS))
    for layer, x in enumerate(attention.head_outputs(model, TOKENS)):
        written = stream[2 * layer + 1] - stream[2 * layer]
        bias = model.transformer.h[layer].attn.c_proj.bias
        assert torch.allclose(x.sum(2) + bias, written, atol=1e-4)


def test_looking_leaves_no_hook(model):
    next(attention.patterns(model, TOKENS))
    next(attention.head_outputs(model, TOKENS))
    assert not any(module._forward_hooks for module in model.modules())


def test_looks_agree_with_counting(model, found):
    seen = attention.looks(model, MOVES, batch=24)
    p = found.double().numpy()
    assert np.allclose(seen.mean, p.mean(1), atol=1e-6)
    for layer, head in itertools.product(range(2), range(4)):
        mean = p[layer, :, head].mean(0)
        pairs = [(i, j) for i in range(2, 31) for j in range(i)]
        same = sum(mean[i, j] for i, j in pairs if (i - j) % 2 == 0)
        share = same / sum(mean[i, j] for i, j in pairs)
        assert seen.parity[layer, head] == pytest.approx(share, abs=1e-6)
        previous = sum(mean[i, i - 1] for i in range(1, 31)) / 30
        assert seen.previous[layer, head] == pytest.approx(previous, abs=1e-6)
        itself = sum(mean[i, i] for i in range(1, 31)) / 30
        assert seen.itself[layer, head] == pytest.approx(itself, abs=1e-6)
        first = sum(mean[i, 0] for i in range(1, 31)) / 30
        assert seen.first[layer, head] == pytest.approx(first, abs=1e-6)
    for square, shift in itertools.product((0, 8, 35), (0, 1)):
        squares = np.roll(MOVES, shift, 0) if shift else MOVES
        paid = [
            p[1, g, 2, i, j]
            for g, game in enumerate(squares)
            for j in np.flatnonzero(game[:-1] == square)
            for i in range(j + 1, 31)
        ]
        held = seen.square_control if shift else seen.square
        assert held[1, 2, square] == pytest.approx(np.mean(paid), abs=1e-6)
    for here, there, shift in itertools.product((1, 8, 35), (2, 9), (0, 1)):
        paid = [
            p[0, g, 3, i, j]
            for g, (game, asking) in enumerate(zip(MOVES, np.roll(MOVES, shift, 0), strict=True))
            for i in np.flatnonzero(asking[:-1] == here)
            for j in np.flatnonzero(game[:i] == there)
        ]
        held = seen.between_control if shift else seen.between
        assert paid
        assert held[0, 3, here, there] == pytest.approx(np.mean(paid), abs=1e-6)
    assert (seen.between[..., np.arange(36), np.arange(36)] == 0).all()
    alike = attention.looks(model, MOVES, batch=2, instead=seen.mean)
    for name in ("mean", "parity", "previous", "itself", "first"):
        np.testing.assert_allclose(getattr(alike, name), getattr(seen, name), atol=1e-6)
    fixed = np.broadcast_to(seen.mean[:, :, None], (*seen.mean.shape[:2], len(MOVES), 31, 31))
    paid = [
        fixed[0, 3, g, i, j]
        for g, game in enumerate(MOVES)
        for i in np.flatnonzero(game[:-1] == 8)
        for j in np.flatnonzero(game[:i] == 9)
    ]
    assert alike.between[0, 3, 8, 9] == pytest.approx(np.mean(paid), abs=1e-6)


def planted(parity=0.5, **shares):
    zeros = np.zeros((1, 1))
    fields = dict.fromkeys(("previous", "itself", "first"), zeros)
    fields |= {name: zeros + value for name, value in shares.items() if name != "square"}
    square = np.zeros((1, 1, 36))
    square[..., 7] = shares.get("square", 0)
    zero = np.zeros((1, 1, 31, 31))
    pairs = np.zeros((1, 1, 36, 36))
    return attention.Looks(zero, zeros + parity, **fields, square=square, square_control=square,
                           between=pairs, between_control=pairs, uniform={})  # fmt: skip


def test_kinds_are_called_by_their_shares():
    assert attention.kinds(planted(previous=0.6)) == [["previous move"]]
    assert attention.kinds(planted(itself=0.6)) == [["itself"]]
    assert attention.kinds(planted(first=0.6, parity=0.9)) == [["first move"]]
    assert attention.kinds(planted(square=0.6)) == [["a fixed square"]]
    assert attention.kinds(planted(parity=0.9)) == [["same parity"]]
    assert attention.kinds(planted(parity=0.1)) == [["other parity"]]
    assert attention.kinds(planted()) == [["mixed"]]


def test_uniform_shares_are_those_of_a_head_that_cannot_choose(model):
    flat = GPT(model.config)
    flat.load_state_dict(model.state_dict())
    for block in flat.transformer.h:
        block.attn.c_attn.weight.data[:16] = 0
        block.attn.c_attn.bias.data[:16] = 0
    seen = attention.looks(flat.requires_grad_(False), MOVES)
    for name, share in seen.uniform.items():
        assert np.allclose(getattr(seen, name), share, atol=1e-6), name
    assert (attention.kinds(seen) == "mixed").all()


def test_attention_boards_put_attention_on_the_squares_that_were_played(model, found):
    boards = attention.attention_boards(model, MOVES[3])
    assert boards.shape == (8, 31, 36)
    assert np.allclose(boards.sum(-1), 1, atol=1e-5)
    for ply, key in ((0, 0), (12, 5), (30, 30)):
        got = boards[:, ply, MOVES[3, key]]
        assert np.allclose(got, found[:, 3, :, ply, key].flatten(), atol=1e-6)
        assert boards.mask[0, ply].sum() == 36 - (ply + 1)


# --- circuits -----------------------------------------------------------------------------------


def test_the_qk_circuit_gives_the_scores(model, cache):
    """Scores are the form of the normalised stream, plus what the biases add."""
    block = model.transformer.h[1]
    x = list(model.residual_stream(TOKENS[:2]))[2][0].double()
    normal = (x - x.mean(-1, keepdim=True)) / (
        x.var(-1, unbiased=False, keepdim=True) + 1e-5
    ) ** 0.5
    bare = GPT(model.config)
    bare.load_state_dict(model.state_dict())
    for name in ("ln_1.bias", "attn.c_attn.bias"):
        bare.get_parameter(f"transformer.h.1.{name}").data.zero_()
    qkv = bare.transformer.h[1].attn.c_attn(bare.transformer.h[1].ln_1(x.float()))
    q, k, v = (t.unflatten(-1, (4, 4)).transpose(0, 1) for t in qkv.detach().chunk(3, -1))
    want = q @ k.transpose(1, 2) / math.sqrt(4)
    normal = normal.float()
    got = attention.qk_circuit(model, 1, normal, normal, centred=False)
    assert np.allclose(got, want, atol=1e-3)
    centred = attention.qk_circuit(model, 1, normal, normal)
    assert np.allclose(centred, want - want.mean(-1, keepdim=True), atol=1e-3)
    out = block.attn.c_proj.weight.unflatten(1, (4, -1))
    written = torch.einsum("hnc,dhc->hnd", v, out)
    moved = attention.ov_circuit(model, 1, normal, torch.eye(16))
    assert np.allclose(moved, written.detach(), atol=1e-3)


def test_the_share_of_outputs_in_a_basis(model):
    generator = torch.Generator().manual_seed(0)
    bases = [torch.randn(5, 16, generator=generator) for _ in range(2)]
    got = attention.output_share(model, MOVES, bases, batch=7)
    for layer, x in enumerate(attention.head_outputs(model, TOKENS)):
        for head in range(4):
            rows = x[:, :, head].flatten(0, 1).double()
            rows = rows - rows.mean(0)
            span = torch.linalg.qr(bases[layer].double().T).Q
            share = ((rows @ span) ** 2).sum() / (rows**2).sum()
            assert got[layer, head] == pytest.approx(share.item(), rel=1e-3)
    everything = attention.output_share(model, MOVES, [torch.eye(16)] * 2)
    assert np.allclose(everything, 1)


# --- ablation -----------------------------------------------------------------------------------


def test_squares_in_line_are_those_of_a_queen():
    inline = attention.in_line()
    for i, a in enumerate(OUTER):
        for j, b in enumerate(OUTER):
            down, right = (abs(x - y) for x, y in zip(divmod(a, 6), divmod(b, 6), strict=True))
            assert inline[i, j] == (i != j and (0 in (down, right) or down == right))


def test_what_the_last_square_changes_is_beyond_its_control(model):
    seen = attention.looks(model, MOVES)
    change = attention.from_squares(seen)
    assert change.shape == (8, 32, 32)
    assert not np.diagonal(change, 0, 1, 2).any()
    own, other = (x.reshape(8, 36, 36) for x in (seen.between, seen.between_control))
    assert change[5, 2, 30] == (own - other)[5, OUTER[2], OUTER[30]]


def test_own_entries_that_are_the_lowest_are_counted():
    tables = np.random.default_rng(0).random((2, 36, 36))
    tables[0, OUTER[:5], OUTER[:5]] = -1
    tables[0, OUTER[5:], OUTER[5:]] = 2
    tables[1, :, 14] = -9  # in the centre, which doesn't count
    tables[1, OUTER, OUTER] = -1
    assert attention.own_is_lowest(tables).tolist() == [5, 32]


def test_rank_correlation_is_within_layers_and_chance_is_none():
    rng = np.random.default_rng(0)
    y = rng.random((8, 8))
    x = y**3
    x -= x.mean(1, keepdims=True) - 10 * rng.random((8, 1))  # what layers differ in is left out
    found, chance = attention.rank_correlation(x, y)
    a, b = ((v - v.mean(1, keepdims=True)).ravel() for v in (x, y))
    assert found.mean == pytest.approx(spearmanr(a, b).statistic)
    assert chance.high < 0.4 < found.low < found.mean < found.high
    assert chance.low < 0 < chance.high


def test_the_median_head_is_that_of_the_mean_losses():
    loss = np.random.default_rng(0).random((3, 2, 4, 30))
    lost = attention.Ablations(loss, loss, {"board": loss})
    median = lost.median("board")
    assert np.allclose(median.mean, np.median(loss.mean(-1).reshape(3, 8), axis=1))
    assert (median.low < median.mean).all()
    assert (median.mean < median.high).all()


@pytest.fixture(scope="module")
def probe(model):
    return probes.fit_ridge(model, games.sample_moves(60, seed=7), TARGETS, ["resid_mid 1"])


def slowly(model, probe, layer, head, way):
    """Return loss, illegal share and cells read with one head edited by a hook, per game."""
    attn = model.transformer.h[layer].attn
    part = slice(4 * head, 4 * head + 4)
    seen = []
    handle = attn.c_proj.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    list(model.residual_stream(TOKENS))
    handle.remove()
    own = seen[0][..., part]
    new = {
        "zero": torch.zeros_like(own),
        "mean": own.mean(0, keepdim=True).expand_as(own),
        "resample": own.roll(1, 0),
    }[way]

    def edit(_, args):
        z = args[0].clone()
        z[..., part] = new
        return (z,)

    handle = attn.c_proj.register_forward_pre_hook(edit)
    said = predict(model, MOVES, batch=len(MOVES))
    replay = rules.replay(MOVES)
    ((_, x),) = probes.activations(model, replay, probe.sites)
    handle.remove()
    cells = {}
    for t in TARGETS:
        read = probe.logits(t.name, probe.sites[0], x).argmax(1).numpy()
        cells[t.name] = (read.reshape(24, 31, 36) == t.labels(replay)).mean((1, 2))
    return said.nll.mean(1), 1 - said.legal.mean(1), cells


def test_ablations_are_those_of_a_hook_on_one_head(model, probe):
    got = attention.ablate_heads(model, MOVES, probe, batch=10)
    before = predict(model, MOVES)
    with_all = probes.accuracy(probe, model, MOVES, TARGETS)
    changed = 0
    for way, layer, head in [(0, 0, 1), (1, 0, 3), (2, 0, 0), (0, 1, 2), (1, 1, 0), (2, 1, 3)]:
        loss, illegal, cells = slowly(model, probe, layer, head, attention.WAYS[way])
        assert np.allclose(got.loss[way, layer, head], loss - before.nll.mean(1), atol=1e-4)
        assert np.allclose(
            got.illegal[way, layer, head], illegal - (1 - before.legal.mean(1)), atol=1e-6
        )
        for name, read in cells.items():
            base = with_all[name].right[0].mean(1) / 36
            assert np.allclose(got.cells[name][way, layer, head], base - read, atol=2e-3)
            changed += np.abs(base - read).sum()
    assert changed > 0.05
    assert got.interval("loss").mean.shape == got.interval("board").low.shape == (3, 2, 4)


def test_heads_after_the_probe_cannot_matter_to_it(model):
    early = probes.fit_ridge(model, games.sample_moves(60, seed=7), TARGETS, ["resid_mid 0"])
    got = attention.ablate_heads(model, MOVES[:6], early)
    assert np.abs(got.cells["board"][:, 0]).sum() > 0
    assert not got.cells["board"][:, 1].any()
    assert got.loss[:, 1].any()


def test_ablation_wants_a_probe_of_this_model_at_one_site(model, probe):
    with pytest.raises(ValueError, match="a probe of this model at one site"):
        attention.ablate_heads(GPT(model.config), MOVES, probe)
    both = probes.fit_ridge(model, games.sample_moves(60, seed=7), TARGETS, model.sites[1:3])
    with pytest.raises(ValueError, match=r"not at .'resid_mid 0', 'resid_post 0'."):
        attention.ablate_heads(model, MOVES, both)
