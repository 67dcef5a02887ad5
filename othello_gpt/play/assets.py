"""The live board's two files, ``network.bin`` and ``network.json``."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt16

from .. import probes
from ..devices import device_of
from ..game import Games
from ..model import GPT, inputs_of, load_model

# The sites whose board can be read and edited: after the attention of each layer.
SITES = tuple(f"resid_mid {layer}" for layer in range(8))
# Which tensors there are; to be raised whenever the engine needs others.
FORMAT = 3
# Where a click edits, and how far: chosen on games that nothing is reported on.
EDIT_SITES, DOSE = ("resid_mid 4", "resid_mid 5", "resid_mid 6"), 1.0
# How many of a layer's most active neurons are told of the position that is shown at first.
ACTIVE = 6


def write_assets(
    folder: str | Path, model: GPT | None = None, seed: int = 91, n: int = 4096
) -> Path:
    """Write ``network.json`` and ``network.bin`` for the live page into a folder; return it.

    ``network.bin`` has the weights of the network, of the board probes and where heads look on
    average, in half precision, one tensor after another; ``network.json`` says where each begins.
    Probes (ridge regressions) and averages are of ``n`` games of ``seed``. ``network.json`` also
    holds a sample game with what the network says and the probes read after each move, so that the
    page shows something before the weights have come. Files are replaced as a whole, never half
    written. Raises ``OSError`` where the folder can't be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = load_model() if model is None else model
    sites = tuple(site for site in SITES if site in model.sites)
    board = probes.TARGETS["board"]
    games = Games.sample(n, seed)
    probe = probes.fit_ridge(model, games.moves, [board], sites)
    tensors = _tensors(model, probe) | {"attention.averages": average_patterns(model, games)}
    index, bits = _packed(tensors)
    about = dict(
        format=FORMAT,
        config=asdict(model.config),
        source=probes.fingerprint(model),
        probes=sites,
        edit=dict(sites=[site for site in EDIT_SITES if site in sites], dose=DOSE),
        tensors=index,
        bytes=bits.nbytes,
        checksum=checksum(bits),
        sample=_sample(model, probe, sites, seed),
    )
    for file, content in (
        ("network.bin", bits.tobytes()),
        ("network.json", json.dumps(about, separators=(",", ":")).encode()),
    ):
        (folder / f"{file}.part").write_bytes(content)
        os.replace(folder / f"{file}.part", folder / file)
    return folder


def _tensors(model: GPT, probe: probes.Probe) -> dict[str, torch.Tensor]:
    """Return what the page computes with, by name; tied weights once."""
    tensors = dict(model.state_dict())
    if torch.equal(tensors["lm_head.weight"], tensors["transformer.wte.weight"]):
        del tensors["lm_head.weight"]
    for i, site in enumerate(probe.sites):
        tensors[f"probe.{site}.weight"] = probe.weight["board"][i]
        tensors[f"probe.{site}.bias"] = probe.bias["board"][i]
    return tensors


@torch.no_grad()
def average_patterns(
    model: GPT, games: Games, batch: int = 64
) -> Float[torch.Tensor, "layers heads rows"]:
    """Return where heads look on average over games, by position.

    Of each head the rows of its pattern [queries, keys], one after another, without the keys that
    are later than the query: 1, 2, 3, ... shares, and each row's sum is one.
    """
    total = torch.zeros(())
    for some in games.batches(batch):
        stream, found = model.residual_stream(inputs_of(some.moves).to(device_of(model))), []
        for block in model.transformer.h:
            q, k, _ = block.attn.queries_keys_values(block.ln_1(next(stream)))
            found.append(block.attn.pattern(q, k).sum(0))
            next(stream)  # the middle of the layer
        total = total + torch.stack(found)
    queries, keys = torch.tril_indices(*total.shape[-2:])
    return total[..., queries, keys] / len(games)


def _packed(tensors: Mapping[str, torch.Tensor]) -> tuple[list[dict], UInt16[np.ndarray, " words"]]:
    """Return where each tensor is, counted in numbers, and the bits of all in half precision."""
    index, parts, offset = [], [], 0
    for name, tensor in tensors.items():
        part = tensor.detach().float().cpu().numpy().astype("<f2").ravel()
        index.append(dict(name=name, offset=offset, length=part.size))
        parts.append(part)
        offset += part.size
    return index, np.concatenate(parts).view("<u2")


def checksum(bits: UInt16[np.ndarray, " words"]) -> int:
    """Return the sum of 16-bit words, each times its place from 1 on, modulo 2^32.

    >>> checksum(np.array([7, 5], np.uint16))
    17
    """
    places = np.arange(1, bits.size + 1, dtype=np.uint64)
    return int((bits.astype(np.uint64) * places).sum(dtype=np.uint64) & np.uint64(0xFFFFFFFF))


@torch.no_grad()
def _sample(
    model: GPT, probe: probes.Probe, sites: tuple[str, ...], seed: int, at: int = 14
) -> dict:
    """Return a game, and what is shown of it before the weights have come.

    Squares of its moves; after each move, chances [33] in per mille and the board that is read at
    each site. Of the position ``at`` that is shown first also where each head looks, in per mille
    [layers, heads, moves], and the most active neurons of each layer.
    """
    played = Games.sample(1, seed + 1)
    tokens = torch.from_numpy(played.tokens).to(device_of(model))
    streams = dict(zip(model.sites, model.residual_stream(tokens), strict=True))
    chances = model(tokens)[0].softmax(-1).cpu()
    read = [probe.classify("board", site, streams[site][0]).tolist() for site in sites]
    patterns, neurons = [], []
    for layer, block in enumerate(model.transformer.h):
        before = "resid_pre 0" if layer == 0 else f"resid_post {layer - 1}"
        q, k, _ = block.attn.queries_keys_values(block.ln_1(streams[before]))
        shares = block.attn.pattern(q, k)[0, :, at - 1, :at]
        patterns.append((1000 * shares).round().int().tolist())
        outputs = F.gelu(block.mlp.c_fc(block.ln_2(streams[f"resid_mid {layer}"][0, at - 1])))
        most = zip(*(one.tolist() for one in outputs.topk(ACTIVE)), strict=True)
        neurons.append([dict(neuron=n, output=round(output, 3)) for output, n in most])
    return dict(
        moves=played.moves[0].tolist(),
        at=at,
        layer=max(len(sites) - 2, 0),
        chances=(1000 * chances).round(decimals=1).double().round(decimals=1).tolist(),
        boards=[["".join(map(str, board)) for board in boards] for boards in read],
        patterns=patterns,
        neurons=neurons,
    )
