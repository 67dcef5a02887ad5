"""Checkpoints of nanoGPT, minGPT and their kin, as this package's network."""

import re
from collections.abc import Mapping
from dataclasses import fields

import torch

from .gpt import GPT, GPTConfig

_TIED = ("transformer.wte.weight", "lm_head.weight")


def network_of(state: dict, settings: dict, n_head: int | None, source: str) -> GPT:
    """Return the network of a state dict in the layout of nanoGPT or minGPT.

    ``settings``: what a configuration says; ``source``: what messages call it. Raises
    ``ValueError`` naming the tensor or the setting that is wrong.
    """
    for name, entry in state.items():
        if not isinstance(entry, torch.Tensor):
            raise ValueError(f"{source}: its entry {name} is {entry!r:.50}, not a tensor")
    state = _from_mingpt(_clean(state))
    # A file holds tied weights once, under either name.
    for name, twin in (_TIED, _TIED[::-1]):
        if name not in state and twin in state:
            state[name] = state[twin]
    known = {f.name for f in fields(GPTConfig)}
    settings = {k: v for k, v in settings.items() if k in known}
    if n_head is not None and settings.setdefault("n_head", n_head) != n_head:
        raise ValueError(
            f"{source}: its configuration says n_head={settings['n_head']}, not {n_head}: "
            "leave the number of heads to it"
        )
    settings = _shapes_config(state, settings, source) | settings
    for one in fields(GPTConfig):
        value = settings.get(one.name, one.default)
        if one.type is int and not isinstance(value, int):
            raise ValueError(f"{source}: {one.name}={value!r} is not a whole number from 1 on")
    try:
        config = GPTConfig(**settings)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error
    if config.tied and not torch.equal(*(state[name] for name in _TIED)):
        raise ValueError(f"{source}: its configuration says tied, but {' and '.join(_TIED)} differ")
    model = GPT(config)
    wanted = model.state_dict()
    for name in sorted(wanted.keys() | state.keys()):
        have = tuple(state[name].shape) if name in state else None
        want = tuple(wanted[name].shape) if name in wanted else None
        if have is None:
            raise ValueError(f"{source}: tensor {name} of shape {want} is missing")
        if want is None:
            raise ValueError(f"{source}: unexpected tensor {name} of shape {have} (want none)")
        if have != want:
            raise ValueError(f"{source}: tensor {name} has shape {have}, the model needs {want}")
        if not torch.isfinite(state[name]).all():
            raise ValueError(f"{source}: tensor {name} holds NaN or infinite values")
    model.load_state_dict(state)
    return model


def _clean(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Drop the prefixes of ``torch.compile`` and of distributed training, and causal masks."""
    # They come in either order, and old checkpoints of nanoGPT hold the masks.
    bare = {re.sub(r"^((_orig_mod|module)\.)+", "", name): x for name, x in state.items()}
    return {k: v for k, v in bare.items() if not re.search(r"\.attn\.(mask|(masked_)?bias)$", k)}


_MINGPT_NAMES = {
    "tok_emb": "transformer.wte",
    "ln_f": "transformer.ln_f",
    "head": "lm_head",
    "ln1": "ln_1",
    "ln2": "ln_2",
    "attn.proj": "attn.c_proj",
    "mlp.0": "mlp.c_fc",
    "mlp.2": "mlp.c_proj",
}


def _from_mingpt(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return minGPT's tensors under nanoGPT's names, and any others as they are."""
    if not {"tok_emb.weight", "pos_emb"} <= state.keys():
        return state
    renamed = {}
    for name, tensor in state.items():
        module, _, kind = name.rpartition(".")
        block = re.fullmatch(r"blocks\.(\d+)\.(.+)", module)
        at, inner = (f"transformer.h.{block[1]}.", block[2]) if block else ("", module)
        parts = [f"{module.rpartition('.')[0]}.{x}.{kind}" for x in ("query", "key", "value")]
        shapes = {state[part].shape for part in parts if part in state}
        if name == "pos_emb" and tensor.ndim == 3 and len(tensor) == 1:
            renamed["transformer.wpe.weight"] = tensor[0]
        elif name in parts and len(shapes) == 1 and all(part in state for part in parts):
            # minGPT has three maps where nanoGPT has one of three times the height.
            renamed[f"{at}attn.c_attn.{kind}"] = torch.cat([state[part] for part in parts])
        else:  # what minGPT doesn't have either is refused later, by its own name
            known = inner in _MINGPT_NAMES
            renamed[f"{at}{_MINGPT_NAMES[inner]}.{kind}" if known else name] = tensor
    return renamed


def _shapes_config(state: dict, settings: dict, source: str) -> dict:
    """Return the configuration that a state dict's shapes tell."""
    for name in ("transformer.wte.weight", "transformer.wpe.weight"):
        have = tuple(state[name].shape) if name in state else None
        if have is None or len(have) != 2:
            raise ValueError(
                f"{source}: not a nanoGPT checkpoint, its tensor {name} has shape {have} instead "
                "of (vocabulary or context, width)"
            )
    if "n_head" not in settings:
        raise ValueError(
            f"{source}: no configuration says how many heads: give n_head=..., or config.json "
            "beside the weights"
        )
    embed, unembed = (state[name] for name in _TIED)
    layers = {int(m[1]) for m in (re.match(r"transformer\.h\.(\d+)\.", k) for k in state) if m}
    return dict(
        vocab_size=embed.shape[0],
        n_embd=embed.shape[1],
        block_size=state["transformer.wpe.weight"].shape[0],
        n_layer=len(layers),
        bias="transformer.ln_f.bias" in state,
        tied=torch.equal(embed, unembed),
    )
