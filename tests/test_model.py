import json
import math
import re
from dataclasses import asdict, replace
from pathlib import PureWindowsPath
from types import SimpleNamespace

import nanogpt
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from safetensors.torch import load_model as load_into

from othello_gpt import games, rules
from othello_gpt import model as m
from othello_gpt.intervals import Interval
from othello_gpt.model import GPT, GPTConfig, load_model, to_transformer_lens

VARIANTS = [
    GPTConfig(n_layer=2, n_head=4, n_embd=32, bias=bias, tied=tied)
    for bias in (True, False)
    for tied in (True, False)
]


def random_gpt(config: GPTConfig, seed: int = 0) -> GPT:
    """A network far from its initial state, so that no bias or gain is at its neutral value."""
    generator = torch.Generator().manual_seed(seed)
    gpt = GPT(config).eval().requires_grad_(False)
    for p in gpt.parameters():
        p.copy_(torch.randn(p.shape, generator=generator) * 0.3)
    return gpt


def nanogpt_arguments(config: GPTConfig) -> dict:
    return {k: v for k, v in asdict(config).items() if k != "tied"}


def tokens_of(moves):
    return torch.from_numpy(games.token_of_square()[moves])


TOKENS = tokens_of(games.sample_moves(6, seed=1))[:, :-1]


# --- conversion -----------------------------------------------------------------------------------


@pytest.mark.parametrize("config", VARIANTS, ids=str)
def test_transformer_lens_parity_for_every_variant(config):
    gpt = random_gpt(config)
    logits = gpt(TOKENS)
    assert logits.abs().max() > 1
    compiled_names = {"_orig_mod." + name: t for name, t in gpt.state_dict().items()}
    for source in (gpt, compiled_names):
        bridge = to_transformer_lens(source, n_head=4)
        assert (bridge(TOKENS) - logits).abs().max() <= 2e-5
    exact = random_gpt(config).double()(TOKENS)
    assert (bridge.to(torch.float64)(TOKENS) - exact).abs().max() <= 1e-12
    folded = to_transformer_lens(gpt, folded=True)
    difference = folded(TOKENS).log_softmax(-1) - logits.log_softmax(-1)
    assert difference.abs().max() <= 2e-5


def test_embedded_model_parity_and_sites():
    gpt = load_model()
    bridge = to_transformer_lens(gpt)
    logits, cache = bridge.run_with_cache(TOKENS)
    # Its stream is longer than those of the variants above, and rounding grows with it: what single
    # precision does to the model's own logits is the measure.
    exact = load_model().double()(TOKENS)
    rounding = (gpt(TOKENS) - exact).abs().max()
    assert rounding < 1e-4
    assert (logits - gpt(TOKENS)).abs().max() <= 4 * rounding
    assert (to_transformer_lens(gpt).to(torch.float64)(TOKENS) - exact).abs().max() <= 1e-12
    hooks = ["blocks.0.hook_resid_pre"]
    hooks += [f"blocks.{i}.hook_resid_{at}" for i in range(8) for at in ("mid", "post")]
    streams = list(gpt.residual_stream(TOKENS))
    assert len(gpt.sites) == len(streams) == len(hooks) == 17
    for site, hook, x in zip(gpt.sites, hooks, streams, strict=True):
        kind, layer = site.split()
        assert hook == f"blocks.{layer}.hook_{kind}"
        torch.testing.assert_close(cache[hook], x, atol=1e-4, rtol=1e-4)


def test_conversion_leaves_the_model_alone():
    gpt = random_gpt(VARIANTS[0])
    before = {name: t.clone() for name, t in gpt.state_dict().items()}
    to_transformer_lens(gpt, folded=True)
    assert all(torch.equal(before[name], t) for name, t in gpt.state_dict().items())


def test_networks_of_other_classes_are_not_converted_but_their_state_dicts_are():
    theirs = nanogpt.HubGPT(nanogpt.GPTConfig(31, 33, 1, 2, 16)).requires_grad_(False)
    with pytest.raises(TypeError, match=r"not a HubGPT: give its state_dict\(\) and n_head"):
        to_transformer_lens(theirs)
    bridge = to_transformer_lens(theirs.state_dict(), n_head=2)
    assert (bridge(TOKENS) - theirs.eval()(TOKENS)).abs().max() <= 2e-5
    with pytest.raises(ValueError, match=r"state dict: not a nanoGPT checkpoint"):
        to_transformer_lens(torch.nn.Linear(2, 2).state_dict(), n_head=2)


# --- the network ------------------------------------------------------------------------------


def test_the_future_does_not_change_the_past():
    gpt = random_gpt(VARIANTS[0])
    changed = TOKENS.clone()
    changed[:, 20:] = 1 + (changed[:, 20:] + 7) % 32
    a, b = gpt(TOKENS), gpt(changed)
    torch.testing.assert_close(a[:, :20], b[:, :20], atol=1e-5, rtol=1e-5)
    assert (a[:, 20:] - b[:, 20:]).abs().max() > 0.1


def test_shape_of_the_embedded_model():
    gpt = load_model()
    assert gpt.config == GPTConfig(tied=False)
    assert 1.5e6 < sum(p.numel() for p in gpt.parameters()) < 1.7e6
    assert not gpt.training


def test_too_long_a_context_and_odd_heads_are_refused():
    with pytest.raises(ValueError, match="32 tokens are more than the model's context of 31"):
        GPT(VARIANTS[0])(torch.ones(1, 32, dtype=torch.long))
    with pytest.raises(ValueError, match="n_embd=30 can't be split over n_head=4 heads"):
        GPTConfig(n_embd=30, n_head=4)


# --- loading and saving ---------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    random_gpt(VARIANTS[0]).save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("config", VARIANTS, ids=str)
def test_hub_form_round_trip(config, tmp_path):
    gpt = random_gpt(config)
    gpt.save_pretrained(tmp_path)
    said = json.loads((tmp_path / "config.json").read_text())
    assert {"tied": True} | said == asdict(config)
    assert ("tied" in said) == (not config.tied)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert file.metadata().get("tied") == (None if config.tied else "false")
    for loaded in (load_model(tmp_path), GPT.from_pretrained(tmp_path).eval()):
        assert loaded.config == config
        assert torch.equal(loaded(TOKENS), gpt(TOKENS))


@pytest.mark.parametrize("bias", [True, False])
def test_a_tied_network_loads_into_nanogpts_own_class(bias, tmp_path):
    gpt = random_gpt(replace(VARIANTS[0], bias=bias))
    gpt.save_pretrained(tmp_path)
    config = nanogpt.GPTConfig(**json.loads((tmp_path / "config.json").read_text()))
    strictly, plainly = nanogpt.HubGPT(config), nanogpt.HubGPT(config)
    load_into(strictly, tmp_path / "model.safetensors")
    missing, unexpected = plainly.load_state_dict(
        load_file(tmp_path / "model.safetensors"), strict=False
    )
    # The format holds a shared matrix once.
    assert (missing, unexpected) == (["transformer.wte.weight"], [])
    for theirs in (strictly, plainly, nanogpt.HubGPT.from_pretrained(tmp_path, config=config)):
        assert (theirs.eval()(TOKENS) - gpt(TOKENS)).abs().max() <= 1e-5
    # A state dict has both names, as nanoGPT's own checkpoints do.
    strictly.load_state_dict(gpt.state_dict(), strict=True)


def test_weights_that_are_not_tied_as_their_configuration_says_are_refused(tmp_path):
    random_gpt(VARIANTS[1]).save_pretrained(tmp_path)
    said = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(said | {"tied": True}))
    with pytest.raises(ValueError, match=r"says tied, but transformer\.wte\.weight and lm_head"):
        load_model(tmp_path)
    del said["tied"]
    (tmp_path / "config.json").write_text(json.dumps(said))
    assert not load_model(tmp_path).config.tied


@pytest.mark.parametrize("config", VARIANTS, ids=str)
def test_nanogpt_checkpoint_round_trip(config, tmp_path):
    gpt = random_gpt(config)
    state = {"_orig_mod." + name: t for name, t in gpt.state_dict().items()}
    # nanoGPT keeps its causal mask in the checkpoint where there is no fused attention.
    state["_orig_mod.transformer.h.0.attn.bias"] = torch.ones(1, 1, 31, 31)
    arguments = nanogpt_arguments(config)
    torch.save({"model": state, "model_args": arguments, "iter_num": 7}, tmp_path / "ckpt.pt")
    loaded = load_model(tmp_path / "ckpt.pt")
    assert loaded.config == config
    assert torch.equal(loaded(TOKENS), gpt(TOKENS))


@pytest.mark.parametrize(
    "prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."]
)
def test_prefixes_of_compiled_and_distributed_networks_are_dropped(prefix, tmp_path):
    gpt = random_gpt(VARIANTS[0])
    torch.save({prefix + name: x for name, x in gpt.state_dict().items()}, tmp_path / "it.pt")
    assert torch.equal(load_model(tmp_path / "it.pt", n_head=4)(TOKENS), gpt(TOKENS))


def test_numbers_and_paths_beside_the_tensors_are_read(tmp_path):
    gpt = random_gpt(VARIANTS[0])
    beside = dict(best_val_loss=np.float64(2.5), step=np.int64(7), done=np.bool_(False))
    beside |= dict(rate=np.float32(1e-3), out_dir=tmp_path, windows=PureWindowsPath("C:/x"))
    arguments = nanogpt_arguments(VARIANTS[0])
    torch.save({"model": gpt.state_dict(), "model_args": arguments, **beside}, tmp_path / "it.pt")
    assert torch.equal(load_model(tmp_path / "it.pt")(TOKENS), gpt(TOKENS))
    known = set(torch.serialization.get_safe_globals())
    held = m.read_tensors(tmp_path / "it.pt")
    assert held["best_val_loss"] == 2.5
    assert str(held["out_dir"]) == str(tmp_path)
    assert set(torch.serialization.get_safe_globals()) == known


class Mischief:
    def __reduce__(self):
        return print, ("was run",)


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (random_gpt(VARIANTS[0]), r"othello_gpt\.model\.GPT"),
        ({"model": {}, "args": SimpleNamespace()}, r"types\.SimpleNamespace"),
        ({"model": {}, "x": Mischief()}, r"print"),
    ],
)
def test_what_cant_be_read_safely_is_named(thing, name, tmp_path, capsys):
    torch.save(thing, tmp_path / "it.pt")
    with pytest.raises(ValueError, match=rf"it\.pt: holds a {name}, which can't be") as refused:
        load_model(tmp_path / "it.pt")
    assert str(refused.value).isprintable()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("prefix", ["", "module."])
def test_state_dicts_of_mingpt_are_converted(prefix, tmp_path):
    generator = torch.Generator().manual_seed(0)
    theirs = nanogpt.MinGPT().eval().requires_grad_(False)
    for p in theirs.parameters():
        p.copy_(torch.randn(p.shape, generator=generator) * 0.3)
    state = {prefix + name: x for name, x in theirs.state_dict().items()}
    torch.save(state, tmp_path / "gpt.ckpt")
    with pytest.raises(ValueError, match="how many heads: give n_head"):
        load_model(tmp_path / "gpt.ckpt")
    gpt = load_model(tmp_path / "gpt.ckpt", n_head=4)
    assert gpt.config == GPTConfig(59, 61, n_layer=2, n_head=4, n_embd=32, tied=False)
    tokens = torch.randint(61, (5, 59), generator=generator)
    assert theirs(tokens).abs().max() > 1
    assert (gpt(tokens) - theirs(tokens)).abs().max() <= 1e-5
    bridge = to_transformer_lens(state, n_head=4)
    assert (bridge(tokens) - theirs(tokens)).abs().max() <= 2e-5
    for name in ("blocks.1.attn.query.bias", "blocks.0.mlp.2.weight", "pos_emb", "ln_f.weight"):
        lacking = {key: x for key, x in state.items() if key != prefix + name}
        torch.save(lacking, tmp_path / "gpt.ckpt")
        with pytest.raises(ValueError, match="tensor"):
            load_model(tmp_path / "gpt.ckpt", n_head=4)


def test_bare_state_dict_needs_only_the_number_of_heads(tmp_path):
    gpt = random_gpt(VARIANTS[2])
    torch.save(gpt.state_dict(), tmp_path / "weights.pt")
    with pytest.raises(ValueError, match="how many heads: give n_head"):
        load_model(tmp_path / "weights.pt")
    assert torch.equal(load_model(tmp_path / "weights.pt", n_head=4)(TOKENS), gpt(TOKENS))


def test_a_folder_may_have_pytorch_model_bin_instead_or_no_configuration(folder):
    gpt = load_model(folder)
    (folder / "config.json").rename(folder / "elsewhere.json")
    with pytest.raises(ValueError, match=r"how many heads: give n_head=\.\.\., or config\.json"):
        load_model(folder)
    assert torch.equal(load_model(folder, n_head=4)(TOKENS), gpt(TOKENS))
    (folder / "elsewhere.json").rename(folder / "config.json")
    (folder / "model.safetensors").unlink()
    torch.save(gpt.state_dict(), folder / "pytorch_model.bin")
    assert torch.equal(load_model(folder)(TOKENS), gpt(TOKENS))


def rewrite(folder, change):
    state = load_model(folder).state_dict()
    state = {name: t.clone() for name, t in state.items()}
    state.pop("lm_head.weight")  # tied: the two share their memory, which the format refuses
    change(state)
    save_file(state, folder / "model.safetensors")


def test_misshaped_missing_foreign_and_nan_tensors_are_named(folder):
    fc = "transformer.h.1.mlp.c_fc.weight"
    cases = [
        (
            lambda s: s.update({fc: torch.zeros(128, 31)}),
            rf"{fc} has shape \(128, 31\).*\(128, 32\)",
        ),
        (lambda s: s.pop(fc), rf"tensor {fc} of shape \(128, 32\) is missing"),
        (lambda s: s.update(extra=torch.zeros(3)), r"unexpected tensor extra of shape \(3,\)"),
        (lambda s: s[fc].fill_(math.nan), f"{fc} holds NaN"),
    ]
    intact = (folder / "model.safetensors").read_bytes()
    for change, message in cases:
        (folder / "model.safetensors").write_bytes(intact)
        rewrite(folder, change)
        with pytest.raises(ValueError, match=message):
            load_model(folder)


def test_another_networks_checkpoint_is_refused(tmp_path):
    save_file({"bert.embeddings.weight": torch.zeros(3, 3)}, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"not a nanoGPT checkpoint.*transformer\.wte\.weight"):
        load_model(tmp_path)


@pytest.mark.parametrize("file", ["model.safetensors", "ckpt.pt"])
def test_truncated_checkpoints_are_refused(folder, file):
    torch.save({"model": load_model(folder).state_dict()}, folder / "ckpt.pt")
    whole = (folder / file).read_bytes()
    (folder / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="truncated or not a checkpoint"):
        load_model(folder / file if file == "ckpt.pt" else folder)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (b'{"n_head": 4', r"config\.json: not valid JSON"),
        (b"\xff\xfe", r"config\.json: not valid JSON .*utf-8"),
        (b"[]", r"config\.json: \[\] is no configuration"),
        (b'{"n_head": "8"}', r"n_head='8' is not a whole number"),
        (b'{"n_head": null}', r"n_head=None is not a whole number"),
        (b'{"n_head": 0}', r"n_head=0 is not a whole number"),
        (b'{"n_head": 5}', r"n_embd=32 can't be split over n_head=5 heads"),
        (b"{}", "how many heads"),
    ],
)
def test_broken_configuration_is_refused(folder, config, why):
    (folder / "config.json").write_bytes(config)
    with pytest.raises(ValueError, match=f"{folder}.*{why}"):
        load_model(folder)


def test_another_number_of_heads_than_the_configuration_says_is_refused(folder):
    assert load_model(folder, n_head=4).config.n_head == 4
    with pytest.raises(ValueError, match="configuration says n_head=4, not 8: leave"):
        load_model(folder, n_head=8)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"Dear reader,\n", r"foreign\.pt: truncated or not a checkpoint"),
        (b"\xff\xfe\x00", r"foreign\.pt: truncated or not a checkpoint"),
        (b"", r"foreign\.pt: truncated or not a checkpoint \(EOFError\)"),
        ([1, 2], r"foreign\.pt: holds a list, not a state dict"),
        ({"step": 7}, r"foreign\.pt: its entry step is 7, not a tensor"),
        ({"model": {}, "model_args": [1]}, r"foreign\.pt: \[1\] is no configuration"),
    ],
)
def test_foreign_files_are_refused(tmp_path, content, why):
    file = tmp_path / "foreign.pt"
    file.write_bytes(content) if isinstance(content, bytes) else torch.save(content, file)
    with pytest.raises(ValueError, match=why):
        load_model(file, n_head=4)


def test_missing_sources(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"has no model\.safetensors"):
        load_model(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such file or folder, nor a Hub name"):
        load_model("no-such-thing")

    def offline(*args, **kwargs):
        raise m.HfHubHTTPError("we are offline", response=httpx.Response(503, request=request))

    import httpx

    request = httpx.Request("HEAD", "http://localhost")
    monkeypatch.setattr(m, "hf_hub_download", offline)
    with pytest.raises(ConnectionError, match=r"nobody/nothing.*could not provide it.*load_model"):
        load_model("nobody/nothing")


# --- predictions --------------------------------------------------------------------------------


def test_predict_against_the_obvious_loop():
    gpt = random_gpt(GPTConfig(n_layer=1, n_head=2, n_embd=16))
    moves = games.sample_moves(3, seed=9)
    seen = m.predict(gpt, moves, batch=2)
    board = m.next_moves(gpt, moves[:, :-1])
    for g, game in enumerate(moves):
        mine, theirs = rules.start()
        for i, square in enumerate(game[:-1]):
            mine, theirs = rules.play(mine, theirs, int(square))
            legal = rules.squares(rules.legal_moves(mine, theirs))
            p = gpt(tokens_of(game[: i + 1])[None])[0, -1].softmax(-1).numpy()
            by_square = {s: p[t] for t, s in enumerate(games.square_of_token())}
            best = max(by_square, key=by_square.get)
            assert seen.top[g, i] == best
            assert seen.legal[g, i] == (best in legal)
            assert seen.legal_mass[g, i] == pytest.approx(
                sum(by_square[s] for s in legal), abs=1e-5
            )
            assert seen.nll[g, i] == pytest.approx(-math.log(by_square[int(game[i + 1])]), abs=1e-4)
            assert best < 0 or board[g, i, best] == pytest.approx(by_square[best], abs=1e-5)
    assert board[..., rules.centre()].sum() == 0


class Truth(GPT):
    """The process that made the games, but for survival: uniform over the legal moves."""

    def __init__(self, moves):
        super().__init__(GPTConfig(n_layer=1, n_head=1, n_embd=4))
        self.table = {
            tuple(t.tolist()): legal
            for t, legal in zip(tokens_of(moves)[:, :-1], games.legal_tokens(moves), strict=True)
        }

    def forward(self, tokens):
        legal = np.stack([self.table[tuple(t.tolist())][1:] for t in tokens])
        return torch.from_numpy(np.where(legal, 0.0, -1e9))


def test_examination_of_a_model_that_knows_the_rules():
    moves = games.sample_moves(300, m.HELD_OUT_SEED)
    found = m.examine(Truth(moves), 300)
    assert found.illegal.mean == found.illegal.high == 0
    assert found.legal_mass.mean == pytest.approx(1)
    # It doesn't know that games which come to a pass are thrown away: that costs exactly
    # -log(survival) nats a game, however the games fall.
    share, _ = games.survival()
    assert found.excess.mean == pytest.approx(-math.log(share) / 31, abs=1e-6)
    assert found.excess.high - found.excess.low == pytest.approx(0, abs=1e-6)
    assert found.illegal_by_ply.high.max() < 0.02
    assert "300 held-out games" in str(found)


def test_examination_of_an_untrained_network_finds_it_ignorant():
    found = m.examine(random_gpt(VARIANTS[0]), 100)
    assert found.illegal.low > 0.3
    assert found.excess.low > 0.3
    assert found.loss.low < found.loss.mean < found.loss.high


class Knowing(GPT):
    """Uniform over the legal moves of some board, found by replaying the tokens."""

    def __init__(self, size, first, standard):
        squares = size * size - 4
        super().__init__(GPTConfig(squares - 1, squares + first, n_layer=1, n_head=1, n_embd=4))
        self.board = size, first, standard

    def forward(self, tokens):
        size, first, standard = self.board
        playable = np.setdiff1d(np.arange(size * size), rules.centre(size))
        logits = torch.full((*tokens.shape, self.config.vocab_size), -1e9)
        for g, game in enumerate(tokens.tolist()):
            mine, theirs = rules.start(size, standard)
            for ply, token in enumerate(game):
                mine, theirs = rules.play(mine, theirs, int(playable[token - first]), size)
                can = np.isin(playable, rules.squares(rules.legal_moves(mine, theirs, size)))
                logits[g, ply, first:] = torch.from_numpy(np.where(can, 0.0, -1e9))
        return logits


@pytest.mark.parametrize("size", rules.SIZES)
@pytest.mark.parametrize("first", [0, 1])
def test_examination_on_any_board_with_or_without_padding(size, first):
    found = m.examine(Knowing(size, first, standard=size == 8), 20)
    assert found.illegal.mean == found.illegal.high == 0
    assert found.legal_mass.mean == pytest.approx(1)
    share, _ = games.survival(size=size)
    plies = size * size - 5
    assert found.excess.mean == pytest.approx(-math.log(share) / plies, abs=1e-6)
    assert len(found.excess_by_ply.mean) == plies


@pytest.mark.parametrize(("vocabulary", "context"), [(34, 31), (61, 31), (33, 30), (64, 60)])
def test_networks_of_no_board_are_refused_by_vocabulary_and_context(vocabulary, context):
    gpt = GPT(GPTConfig(context, vocabulary, n_layer=1, n_head=1, n_embd=4))
    with pytest.raises(ValueError, match=f"vocabulary of {vocabulary} and a context of {context}"):
        m.examine(gpt, 10)


CARD = (m.PRETRAINED / "README.md").read_text()
FACTS = json.loads((m.PRETRAINED / "training.json").read_text())


def from_card(quantity):
    """Return the estimate and the interval that the embedded model's card has of a quantity."""
    number = r"([0-9.]+%?)"
    found = re.search(rf"^{quantity} +{number} \[{number}, {number}\]", CARD, re.MULTILINE)
    values = (float(x.rstrip("%")) / (100 if x.endswith("%") else 1) for x in found.groups())
    return Interval(*values)


def test_embedded_model_is_what_its_card_says():
    log = [json.loads(row) for row in (m.PRETRAINED / "metrics.jsonl").read_text().splitlines()]
    assert all(command in CARD for command in FACTS["commands"])
    assert f"{FACTS['games']:,} games" in CARD
    assert "20,000 held-out games" in CARD
    assert log[-1]["games"] == FACTS["games"]
    found = m.examine(load_model(), 1000)
    for quantity, here in {
        "illegal top-1": found.illegal,
        "legal mass": found.legal_mass,
        "loss": found.loss,
        "excess loss": found.excess,
    }.items():
        there = from_card(quantity)
        assert there.low < there.mean < there.high
        assert here.low <= there.high, quantity
        assert there.low <= here.high, quantity


def test_embedded_model_has_seen_eight_million_games():
    assert FACTS["games"] >= 8_000_000
    assert from_card("illegal top-1").mean <= 0.0020
