"""The network: a GPT with nanoGPT's names."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, overload

import torch
import torch.nn as nn
import torch.nn.functional as F
from einops import rearrange
from huggingface_hub import PyTorchModelHubMixin
from jaxtyping import Float, Int
from safetensors.torch import save_model

from ..types import Logits, Stream, Tokens

PRETRAINED = Path(__file__).parent / "pretrained"
# What an exported model's folder holds.
EXPORTED = ("README.md", "config.json", "metrics.jsonl", "model.safetensors", "training.json")


@dataclass(frozen=True)
class GPTConfig:
    """nanoGPT's configuration fields, with this book's defaults.

    ``tied`` says whether the unembedding is the embedding's own matrix, as it always is in
    nanoGPT: a ``config.json`` says it of untied networks only, so that nanoGPT's own ``GPTConfig``
    takes that of a tied one.

    Raises ``ValueError`` for sizes that no network can have.
    """

    block_size: int = 31
    vocab_size: int = 33
    n_layer: int = 8
    n_head: int = 8
    n_embd: int = 128
    dropout: float = 0.0
    bias: bool = True
    tied: bool = field(
        default=True,
        metadata={"option": "--untied", "help": "an unembedding of its own, which nanoGPT hasn't"},
    )

    def __post_init__(self):
        for name in ("block_size", "vocab_size", "n_layer", "n_head", "n_embd"):
            value = getattr(self, name)
            if not value >= 1:
                raise ValueError(f"{name}={value!r} is not a whole number from 1 on")
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd={self.n_embd} can't be split over n_head={self.n_head} heads")


def _written(config: GPTConfig) -> dict:
    """Return what ``config.json`` says: of a tied network, nanoGPT's own fields and no more."""
    return {name: x for name, x in asdict(config).items() if name != "tied" or not x}


_Width = Float[torch.Tensor, "... width"]
_Heads = Float[torch.Tensor, "..."]
_Hidden = Float[torch.Tensor, "queries keys"]


class LayerNorm(nn.Module):
    """LayerNorm with an optional bias."""

    def __init__(self, width: int, bias: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if bias else None

    def forward(self, x: _Width) -> _Width:
        """Return vectors of mean 0 and variance 1, times the weight, plus the bias."""
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, 1e-5)


class CausalSelfAttention(nn.Module):
    """Multi-head attention to the present and earlier positions.

    ``hidden`` is -inf where a query (row) can't see a key, else 0; without it, what is later.
    """

    causal: Float[torch.Tensor, "context context"]

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.dropout
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        hidden = torch.full((config.block_size, config.block_size), -math.inf).triu(1)
        self.register_buffer("causal", hidden, persistent=False)

    def queries_keys_values(self, x: Stream) -> tuple[_Heads, _Heads, _Heads]:
        """Return queries, keys and values, each [games, heads, positions, width of a head]."""
        split = "games T (three head width) -> three games head T width"
        q, k, v = rearrange(self.c_attn(x), split, three=3, head=self.n_head)
        return q, k, v

    def pattern(self, q: _Heads, k: _Heads, hidden: _Hidden | None = None) -> _Heads:
        """Return how much each position looks at each earlier one, [games, heads, to, from]."""
        T = q.shape[-2]
        hidden = self.causal[:T, :T] if hidden is None else hidden
        # Written out: at 31 positions this is faster on a CPU than the fused kernel.
        return (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]) + hidden).softmax(-1)

    def forward(self, x: Stream, hidden: _Hidden | None = None) -> Stream:
        """Return what all heads together write into the stream."""
        q, k, v = self.queries_keys_values(x)
        pattern = F.dropout(self.pattern(q, k, hidden), self.dropout, self.training)
        z = rearrange(pattern @ v, "games head T width -> games T (head width)")
        return F.dropout(self.c_proj(z), self.dropout, self.training)


class MLP(nn.Module):
    """Two linear maps with a GELU between."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.dropout = config.dropout
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x: _Width) -> _Width:
        """Return what the neurons together write into the stream."""
        return F.dropout(self.c_proj(F.gelu(self.c_fc(x))), self.dropout, self.training)


class Block(nn.Module):
    """Attention, then MLP; ``GPT.residual_stream`` adds what they write."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, config.bias)
        self.attn = CausalSelfAttention(config)
        self.ln_2 = LayerNorm(config.n_embd, config.bias)
        self.mlp = MLP(config)


class Blocks(nn.ModuleList):
    """The layers, from the first up."""

    if TYPE_CHECKING:  # torch's own list is one of modules of any class

        def __iter__(self) -> Iterator[Block]: ...

        @overload
        def __getitem__(self, idx: slice) -> "Blocks": ...
        @overload
        def __getitem__(self, idx: int) -> Block: ...
        def __getitem__(self, idx: int | slice) -> "Block | Blocks": ...


class Transformer(nn.Module):
    """All but the unembedding, as nanoGPT calls it: two embeddings, the layers, a LayerNorm."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.block_size, config.n_embd)
        self.h = Blocks(Block(config) for _ in range(config.n_layer))
        self.ln_f = LayerNorm(config.n_embd, config.bias)


class GPT(
    nn.Module,
    PyTorchModelHubMixin,
    coders={GPTConfig: (asdict, lambda fields: GPTConfig(**fields))},
):
    """A nanoGPT-compatible transformer that maps tokens to logits.

    What goes in are a game's moves without the last; at each position, the logits are of the move
    that follows.

    >>> GPT()(torch.ones(2, 31, dtype=torch.long)).shape
    torch.Size([2, 31, 33])
    """

    def __init__(self, config: GPTConfig = GPTConfig()):
        super().__init__()
        self.config = config
        self.transformer = Transformer(config)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        if config.tied:
            self.transformer.wte.weight = self.lm_head.weight
        self.apply(self._init)
        for name, p in self.named_parameters():
            if name.endswith("c_proj.weight"):  # GPT-2: the sum of 2 n_layer terms keeps its scale
                nn.init.normal_(p, std=0.02 / math.sqrt(2 * config.n_layer))

    @staticmethod
    def _init(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def save_pretrained(self, save_directory: str | Path, *, config: dict | None = None, **more):
        """Write ``config.json``, ``model.safetensors`` and a card, as the Hub's mixin does.

        What nanoGPT's own ``GPT`` would read of a tied network is the same network. Raises
        ``OSError`` where the folder can't be written.
        """
        config = _written(self.config) if config is None else config
        return super().save_pretrained(save_directory, config=config, **more)

    def _save_pretrained(self, save_directory: Path):
        # Whoever loads untied weights into a class that ties them gets another network unwarned,
        # so the file itself says what it holds.
        untied = {"tied": "false", "note": "lm_head.weight is not transformer.wte.weight"}
        about = {"format": "pt"} | ({} if self.config.tied else untied)
        save_model(self, str(save_directory / "model.safetensors"), metadata=about)

    def forward(self, tokens: Tokens) -> Logits:
        """Return the logits of the move that follows each position."""
        *_, final = self.residual_stream(tokens)
        return self.unembed(final)

    def residual_stream(
        self,
        tokens: Tokens,
        ply: Int[torch.Tensor, " positions"] | None = None,
        hidden: _Hidden | None = None,
    ) -> Iterator[Stream]:
        """Yield the residual stream at each site, in the order of ``sites``.

        For rows that are not one game from its start: ``ply`` says which position embedding each
        token has, ``hidden`` is -inf where a query (row) can't see a key. Raises ``ValueError`` for
        rows that are longer than the context.
        """
        if ply is None and tokens.shape[1] > self.config.block_size:
            raise ValueError(
                f"{tokens.shape[1]} tokens are more than the model's context of "
                f"{self.config.block_size}: inputs are a game's moves without the last"
            )
        where = self.transformer.wpe.weight
        x = self.transformer.wte(tokens) + (where[: tokens.shape[1]] if ply is None else where[ply])
        blocks = self.transformer.h
        yield from self.onwards(x, attend=lambda layer, seen: blocks[layer].attn(seen, hidden))

    def onwards(
        self,
        x: _Width,
        site: int = 0,
        change: Callable[[str, _Width], _Width] = lambda site, x: x,
        attend: Callable[[int, _Width], _Width] | None = None,
    ) -> Iterator[_Width]:
        """Yield the residual stream from a site on (an index into ``sites``), given it there.

        ``change`` makes of the stream at each site, this one included, the stream to go on from.
        ``attend`` is what a layer's attention writes, given the layer and its normalised input; by
        default the model's own, for which ``x`` must hold games from their start.
        """
        sites = self.sites
        x = change(sites[site], x)
        yield x
        for half in range(site, 2 * self.config.n_layer):
            layer, block = half // 2, self.transformer.h[half // 2]
            if half % 2:
                x = x + block.mlp(block.ln_2(x))
            else:
                seen = block.ln_1(x)
                x = x + (block.attn(seen) if attend is None else attend(layer, seen))
            x = change(sites[half + 1], x)
            yield x

    def unembed(self, x: _Width) -> Float[torch.Tensor, "... vocabulary"]:
        """Return the logits of a final residual stream."""
        return self.lm_head(self.transformer.ln_f(x))

    @property
    def sites(self) -> list[str]:
        """The names of the residual stream's sites: ``resid_pre 0``, ``resid_mid 0``, ..."""
        per_layer = ([f"resid_mid {i}", f"resid_post {i}"] for i in range(self.config.n_layer))
        return ["resid_pre 0", *(site for layer in per_layer for site in layer)]
