"""The construction in TransformerLens, and whether it is the same there."""

from typing import TYPE_CHECKING

import torch

from ..types import Tokens
from .network import Construction

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge


def to_transformer_lens(network: Construction) -> "TransformerBridge":
    """Return the same network as a TransformerLens ``TransformerBridge``."""
    # Imported here since it takes ten seconds.
    from transformer_lens.config import TransformerBridgeConfig
    from transformer_lens.model_bridge.sources import boot_native

    at, block = network.layout, network.blocks[0]
    cfg = TransformerBridgeConfig(
        d_model=at.width,
        d_head=block.attn["q"].out_features,
        n_heads=1,
        n_layers=len(network.blocks),
        n_ctx=at.context,
        d_mlp=block.mlp["in"].out_features,
        d_vocab=network.lm_head.out_features,
        act_fn="relu",
        normalization_type=None,
        positional_embedding_type="standard",
        init_weights=False,
    )
    device = network.lm_head.weight.device
    bridge = boot_native(cfg, device=device, model_name="hand_built")
    weights = {k.replace("lm_head", "unembed"): v for k, v in network.state_dict().items()}
    bridge.load_state_dict(weights, strict=True)
    return bridge.eval().requires_grad_(False)


def differing(network: Construction, bridge, tokens: Tokens) -> list[str]:
    """Return where the two aren't equal to the last bit: names of sites, or "logits"."""
    logits, cache = bridge.run_with_cache(tokens, names_filter=lambda name: "hook_resid" in name)
    found = [] if torch.equal(logits, network(tokens)) else ["logits"]
    for site, x in zip(network.sites, network.residual_stream(tokens), strict=True):
        kind, layer = site.split()
        if not torch.equal(cache[f"blocks.{layer}.hook_{kind}"], x):
            found.append(site)
    return found
