"""Proof of ``othello_gpt.play``: the engine and the rules on the page are those of the package."""

import copy
import json
import shutil
import subprocess

import numpy as np
import pytest
import torch

from othello_gpt import attention, game, interventions, neurons, play, probes


def tokens_of(moves):
    return game.token_of_square()[moves[:, :-1].astype(int)]


def test_the_weights_fit_on_a_phone_and_are_described(folder):
    told = json.loads((folder / "play" / "network.json").read_text())
    file = folder / "play" / "network.bin"
    assert file.stat().st_size == told["bytes"] <= 3.5e6
    assert told["checksum"] == play.checksum(np.fromfile(file, "<u2"))


def test_the_description_says_where_each_tensor_is(folder, model):
    told = json.loads((folder / "play" / "network.json").read_text())
    numbers = np.fromfile(folder / "play" / "network.bin", "<f2")
    parts = {one["name"]: numbers[one["offset"] :][: one["length"]] for one in told["tensors"]}
    assert sum(map(len, parts.values())) == len(numbers)
    for name, tensor in model.state_dict().items():
        if name != "lm_head.weight":  # tied to the embedding, which is there
            np.testing.assert_array_equal(parts[name], tensor.half().flatten().numpy())
    assert {f"probe.{site}.weight" for site in told["probes"]} <= parts.keys()


def test_logits_are_those_of_pytorch(engine, model):
    """Closely for the rounded weights that both have; the chances show what rounding does."""
    tokens = tokens_of(game.sample_moves(17, seed=92))
    rounded = copy.deepcopy(model).half().float()
    with torch.no_grad():
        wanted, exact = (m(torch.from_numpy(tokens).long()).flatten(0, 1) for m in (rounded, model))
    seen, took = engine.evaluate(
        """games => { const logits = [], took = []; for (const tokens of games)
        tokens.forEach((_, i) => { const began = performance.now();
          logits.push(Array.from(network.logits(tokens.slice(0, i + 1))));
          took.push(performance.now() - began); }); return [logits, took]; }""",
        tokens.tolist(),
    )
    seen = torch.tensor(seen)
    gap = (seen - wanted).abs().max().item()
    print(f"{len(seen)} positions, median {np.median(took):.1f} ms a move, logits to {gap:.1e}")
    assert gap < 2e-3
    assert (seen.argmax(-1) == wanted.argmax(-1)).double().mean() >= 0.999
    assert (seen.softmax(-1) - exact.softmax(-1)).abs().max() < 5e-3


def test_a_move_and_an_edit_cost_one_position(engine, folder):
    """Against a full recomputation, on the same machine in the same moment, in turns."""
    told = json.loads((folder / "play" / "network.json").read_text())
    tokens = tokens_of(game.sample_moves(1, seed=98))[0, :30].tolist()
    took = engine.evaluate(
        """([tokens, sites]) => { const took = { move: [], edit: [], full: [] };
        const time = (name, act) => { const began = performance.now(); act();
          took[name].push(performance.now() - began); };
        const full = () => { network.seen = []; network.run(tokens); };
        full(); network.project("resid_mid 4", new Float32Array(128), { 0: 2 });
        for (let i = 0; i < 15; i++) {
          time("full", full);
          network.run(tokens.slice(0, 29));
          network.seen.length = 29;
          time("move", () => network.run(tokens));
          const apply = (site, x) => sites.includes(site) &&
            network.project(site, x, { [i]: i % 3 });
          time("edit", () => network.run(tokens, { changes: { 29: { key: `${i}`, apply } } }));
        } return took; }""",
        [tokens, told["edit"]["sites"]],
    )
    full, move, edit = (np.median(took[name]) for name in ("full", "move", "edit"))
    print(f"medians: a move {move:.1f} ms (5), an edit {edit:.1f} ms (15), 30 moves {full:.1f} ms")
    assert move < full / 8
    assert edit < full / 3


def test_boards_and_edits_are_those_of_the_package(engine, model, folder):
    told = json.loads((folder / "play" / "network.json").read_text())
    sites, dose = told["edit"]["sites"], told["edit"]["dose"]
    cases = interventions.sample_cases(60, seed=93)
    probe = probes.fit_ridge(
        model, game.sample_moves(1024, 91), [probes.TARGETS["board"]], tuple(told["probes"])
    )
    edit = interventions.MinimumNormEdit(probe, sites, dose)
    with torch.no_grad():
        wanted = interventions.run_source(model, cases, edit).softmax(-1).numpy()
    asked = [
        dict(
            tokens=tokens[: ply + 1].tolist(),
            wanted={str(s): int(after[s]) for s in np.flatnonzero(before != after)},
        )
        for tokens, ply, before, after in zip(
            tokens_of(cases.moves), cases.ply, cases.before, cases.after, strict=True
        )
    ]
    seen = engine.evaluate(
        """([cases, sites, dose]) => cases.map(({ tokens, wanted }, i) => {
        const apply = (site, x) => sites.includes(site) && network.project(site, x, wanted, dose);
        const changes = { [tokens.length - 1]: { key: `edit ${i}`, apply } };
        return OthelloGPT.softmax(network.run(tokens, { changes }).logits); })""",
        [asked, sites, dose],
    )
    assert np.abs(np.array(seen) - wanted).max() < 0.02
    plain = interventions.run_source(model, cases).softmax(-1).numpy()
    assert np.abs(plain - wanted).max(-1).mean() > 0.05  # it does something


ASK = """([games, options]) => games.map(tokens =>
    OthelloGPT.softmax(network.run(tokens, options).logits))"""


def cut(tokens, seed):
    """Return each game's tokens up to a random position, with the positions."""
    last = np.random.default_rng(seed).integers(3, 31, len(tokens))
    return [row[: ply + 1].tolist() for row, ply in zip(tokens, last, strict=True)], last


@pytest.mark.parametrize("layer", [2, 7])
def test_a_silent_neuron_is_silent_as_in_pytorch(engine, model, layer):
    tokens = torch.from_numpy(tokens_of(game.sample_moves(60, seed=95))).long()
    games, last = cut(tokens.numpy(), layer)
    outputs = list(neurons.neuron_outputs(model, tokens))[layer][range(60), last]
    loud = outputs.mean(0).argsort(descending=True)[:4].tolist()
    asked = [games, {"silent": [f"L{layer}N{neuron}" for neuron in loud]}]
    edit = neurons.mean_ablation(np.zeros(512), loud)
    with torch.no_grad():
        plain = model(tokens).softmax(-1)[range(60), last].numpy()
        with neurons.with_outputs(model, {layer: edit}) as silenced:
            wanted = silenced(tokens).softmax(-1)[range(60), last].numpy()
    assert np.abs(np.array(engine.evaluate(ASK, asked)) - wanted).max() < 5e-3
    assert np.abs(plain - wanted).max() > 0.02  # it does something
    # And switched on again they are as they were, whatever was kept.
    assert np.abs(np.array(engine.evaluate(ASK, [games, {}])) - plain).max() < 5e-3
    listed = engine.evaluate(
        "([games, layer]) => games.map(g => network.mostActive(network.run(g), layer, 5))",
        [games, layer],
    )
    top = outputs.topk(5)
    seen = np.array([[one["output"] for one in row] for row in listed])
    assert np.abs(seen - top.values.numpy()).max() < 0.05
    first = np.array([row[0]["neuron"] for row in listed])
    assert (first == top.indices[:, 0].numpy()).mean() > 0.9  # but for near ties


def test_frozen_patterns_are_frozen_as_in_pytorch(engine, model):
    """Patterns are replaced by their averages over the games that the file was made of."""
    made = game.Games.sample(1024, 91)
    inputs = torch.from_numpy(made.tokens).long()
    average = [pattern.mean(0) for pattern in attention.patterns(model, inputs)]
    frozen = copy.deepcopy(model)
    for block, pattern in zip(frozen.transformer.h, average, strict=True):
        block.attn.pattern = lambda q, k, hidden=None, pattern=pattern: pattern
    tokens = torch.from_numpy(tokens_of(game.sample_moves(60, seed=96))).long()
    games, last = cut(tokens.numpy(), 9)
    with torch.no_grad():
        plain = model(tokens).softmax(-1)[range(60), last].numpy()
        wanted = frozen(tokens).softmax(-1)[range(60), last].numpy()
    seen = np.array(engine.evaluate(ASK, [games, {"frozen": True}]))
    assert np.abs(seen - wanted).max() < 5e-3
    assert np.abs(plain - wanted).max() > 0.1
    looked = engine.evaluate(
        "tokens => network.run(tokens, { frozen: true }).patterns", tokens[0, :20].tolist()
    )
    wanted = torch.stack(average)[:, :, 19, :20].numpy()
    np.testing.assert_allclose(np.array(looked), wanted, atol=1e-3)


def test_where_heads_look_is_as_in_pytorch(engine, model):
    """At every position of a game, not only the last."""
    tokens = torch.from_numpy(tokens_of(game.sample_moves(3, seed=97))).long()
    wanted = torch.stack(list(attention.patterns(model, tokens)))
    seen = engine.evaluate(
        """games => games.map(tokens => { network.run(tokens);
        return network.seen.slice(0, tokens.length).map(one => one.patterns); })""",
        tokens.tolist(),
    )
    for number, one in enumerate(seen):
        for ply, looks in enumerate(one):
            exact = wanted[:, number, :, ply, : ply + 1].numpy()
            np.testing.assert_allclose(np.array(looks), exact, atol=0.02)


@pytest.mark.parametrize("name", ["8.1", "3.8", "3.nlp", "L8N1", "L3N512", "<b>"])
def test_what_is_no_part_is_refused(engine, name):
    asked = (
        "name => { try { network.run([7], { silent: [name] }); } catch (e) { return e.message; } }"
    )
    assert "is no part" in engine.evaluate(asked, name)


def test_rules_are_those_of_the_package(page):
    moves = game.sample_moves(320, seed=94)
    legal = game.replay(moves).legalities().reshape(len(moves), 32, 36)
    seen = page.evaluate(
        """games => games.map(moves => Othello.replay(moves).slice(0, 32).map(
        (board, ply) => Othello.legal(board, Othello.mover(ply))))""",
        moves.tolist(),
    )
    wanted = [[np.flatnonzero(sets).tolist() for sets in one_game] for one_game in legal]
    assert seen == wanted  # 10,240 positions


def test_boards_read_are_those_of_the_package(engine, model, folder):
    """At every site, on 20 games that the probes weren't fitted on."""
    told = json.loads((folder / "play" / "network.json").read_text())
    target = probes.TARGETS["board"]
    probe = probes.fit_ridge(model, game.sample_moves(1024, 91), [target], tuple(told["probes"]))
    tokens = torch.from_numpy(tokens_of(game.sample_moves(20, seed=99))).long()
    with torch.no_grad():
        streams = dict(zip(model.sites, model.residual_stream(tokens), strict=True))
    wanted = torch.stack(
        [probe.classify("board", site, streams[site].flatten(0, 1)) for site in told["probes"]], 1
    )
    seen = engine.evaluate(
        """([games, sites]) => games.map(tokens => { network.run(tokens);
        return network.seen.slice(0, tokens.length).map(({ stream }) =>
          sites.map(site => network.board(site, stream[site]))); })""",
        [tokens.tolist(), told["probes"]],
    )
    agreed = (torch.tensor(seen).flatten(0, 1) == wanted).double().mean().item()
    print(f"{agreed:.4%} of {wanted.numel()} readings agree")
    assert agreed > 0.999


@pytest.mark.skipif(shutil.which("node") is None, reason="Node isn't installed")
def test_it_runs_under_node(folder, model):
    tokens = tokens_of(game.sample_moves(1, seed=100))[0, :20]
    script = """const OthelloGPT = require("./network.js");
    OthelloGPT.load(process.argv[1]).then((network) =>
      console.log(JSON.stringify([...network.logits(JSON.parse(process.argv[2]))])));"""
    command = ["node", "-e", script, folder / "play", json.dumps(tokens.tolist())]
    ran = subprocess.run(command, cwd=folder / "play", capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    with torch.no_grad():
        wanted = copy.deepcopy(model).half().float()(torch.from_numpy(tokens[None]).long())[0, -1]
    assert np.abs(np.array(json.loads(ran.stdout)) - wanted.numpy()).max() < 2e-3
