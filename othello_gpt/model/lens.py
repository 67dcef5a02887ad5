"""The network in TransformerLens, parameter by parameter."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch

from ..devices import device_of
from .flavours import network_of
from .gpt import GPT

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge


def to_transformer_lens(
    model: torch.nn.Module | Mapping, n_head: int | None = None, folded: bool = False
) -> "TransformerBridge":
    """Return the same network as a TransformerLens ``TransformerBridge``.

    Takes a ``GPT`` (also compiled, or wrapped for several devices) or a nanoGPT state dict with its
    ``n_head``; tied or untied, with biases or without. ``folded=True`` folds LayerNorm into the
    weights and centres them: logits then differ by a constant per position, log-probabilities
    don't.

    In TransformerLens 4 what a hook writes to ``hook_resid_mid`` reaches the MLP of that block and
    not the stream after it; in TransformerLens 2 it reached both. To edit the stream after a
    block's attention, add the change to ``blocks.N.hook_attn_out`` (as ``interventions.hooks``
    does); to edit it after the MLP, write to ``blocks.N.hook_resid_post``. Reading is the same
    in all of them.

    Raises ``TypeError`` for networks of another class, and for state dicts what ``load_model``
    raises.
    """
    if isinstance(model, Mapping):
        model = network_of(dict(model), {}, n_head, "state dict")
    while not isinstance(model, GPT):  # torch.compile's and DistributedDataParallel's, in any order
        inner = getattr(model, "_orig_mod", None) or getattr(model, "module", None)
        if not isinstance(inner, torch.nn.Module):
            break
        model = inner
    if not isinstance(model, GPT):
        raise TypeError(
            f"to_transformer_lens converts a GPT or a state dict in nanoGPT's layout, not a "
            f"{type(model).__name__}: give its state_dict() and n_head"
        )
    # Imported here since it takes ten seconds, which sampling and training needn't wait for.
    from transformer_lens.config import TransformerBridgeConfig
    from transformer_lens.model_bridge.sources import boot_native

    c = model.config
    cfg = TransformerBridgeConfig(
        d_model=c.n_embd,
        d_head=c.n_embd // c.n_head,
        n_heads=c.n_head,
        n_layers=c.n_layer,
        n_ctx=c.block_size,
        d_mlp=4 * c.n_embd,
        d_vocab=c.vocab_size,
        act_fn="gelu",
        normalization_type="LN",
        positional_embedding_type="standard",
        eps=1e-5,
        init_weights=False,
    )
    bridge = boot_native(cfg, device=device_of(model), model_name="othello_gpt")
    wanted = bridge.state_dict()
    # Networks without biases get zeros, which folding needs.
    state = {name: torch.zeros_like(tensor) for name, tensor in wanted.items()}
    for name, tensor in model.state_dict().items():
        state.update(_bridge_tensors(name, tensor.detach().clone()))
    bridge.load_state_dict(state, strict=True)
    bridge.eval().requires_grad_(False)
    if folded:
        bridge.enable_compatibility_mode()
    return bridge


_BRIDGE_NAMES = {
    "transformer.wte": "embed",
    "transformer.wpe": "pos_embed",
    "transformer.ln_f": "ln_final",
    "lm_head": "unembed",
    "ln_1": "ln1",
    "ln_2": "ln2",
    "attn.c_proj": "attn.o",
    "mlp.c_fc": "mlp.in",
    "mlp.c_proj": "mlp.out",
}


def _bridge_tensors(name: str, tensor: torch.Tensor) -> dict[str, torch.Tensor]:
    module, _, kind = name.rpartition(".")
    if block := re.fullmatch(r"transformer\.h\.(\d+)\.(.+)", module):
        at, inner = f"blocks.{block[1]}", block[2]
        if inner == "attn.c_attn":
            return {f"{at}.attn.{x}.{kind}": t for x, t in zip("qkv", tensor.chunk(3), strict=True)}
        return {f"{at}.{_BRIDGE_NAMES[inner]}.{kind}": tensor}
    return {f"{_BRIDGE_NAMES[module]}.{kind}": tensor}
