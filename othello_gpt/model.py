"""The network: a GPT with nanoGPT's names, its Hub form, TransformerLens conversion, legality.

Parameter and configuration names are those of nanoGPT (https://github.com/karpathy/nanoGPT), so
its checkpoints load here and ours load there. Chapter: ``book/model.py``.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from huggingface_hub import (
    _CACHED_NO_EXIST,
    PyTorchModelHubMixin,
    hf_hub_download,
    try_to_load_from_cache,
)
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    RemoteEntryNotFoundError,
)
from safetensors import safe_open
from safetensors.torch import save_model

from . import games, rules
from .intervals import Interval, bootstrap, wilson

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge

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
    tied: bool = True

    def __post_init__(self):
        for name in ("block_size", "vocab_size", "n_layer", "n_head", "n_embd"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name}={value!r} is not a whole number from 1 on")
        if self.n_embd % self.n_head:
            raise ValueError(f"n_embd={self.n_embd} can't be split over n_head={self.n_head} heads")


def _written(config: GPTConfig) -> dict:
    """Return what ``config.json`` says: of a tied network, nanoGPT's own fields and no more."""
    return {name: x for name, x in asdict(config).items() if name != "tied" or not x}


class LayerNorm(nn.Module):
    """LayerNorm with an optional bias."""

    def __init__(self, width: int, bias: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if bias else None

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, 1e-5)


class CausalSelfAttention(nn.Module):
    """Multi-head attention to the present and earlier positions."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.dropout
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        hidden = torch.full((config.block_size, config.block_size), -math.inf).triu(1)
        self.register_buffer("causal", hidden, persistent=False)

    def forward(self, x, hidden=None):
        B, T, C = x.shape
        hidden = self.causal[:T, :T] if hidden is None else hidden
        qkv = self.c_attn(x).view(B, T, 3, self.n_head, C // self.n_head)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [B, head, T, C / heads]
        # Written out: at 31 positions this is faster on a CPU than the fused kernel.
        scores = q @ k.transpose(-2, -1) / math.sqrt(C // self.n_head) + hidden
        pattern = F.dropout(scores.softmax(-1), self.dropout, self.training)
        z = (pattern @ v).transpose(1, 2).reshape(B, T, C)
        return F.dropout(self.c_proj(z), self.dropout, self.training)


class MLP(nn.Module):
    """Two linear maps with a GELU between."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.dropout = config.dropout
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x):
        return F.dropout(self.c_proj(F.gelu(self.c_fc(x))), self.dropout, self.training)


class Block(nn.Module):
    """Attention, then MLP; ``GPT.residual_stream`` adds what they write."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, config.bias)
        self.attn = CausalSelfAttention(config)
        self.ln_2 = LayerNorm(config.n_embd, config.bias)
        self.mlp = MLP(config)


class GPT(
    nn.Module,
    PyTorchModelHubMixin,
    coders={GPTConfig: (asdict, lambda fields: GPTConfig(**fields))},
):
    """A nanoGPT-compatible transformer that maps tokens [games, T] to logits [games, T, vocab]."""

    def __init__(self, config: GPTConfig = GPTConfig()):
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict(
            dict(
                wte=nn.Embedding(config.vocab_size, config.n_embd),
                wpe=nn.Embedding(config.block_size, config.n_embd),
                h=nn.ModuleList(Block(config) for _ in range(config.n_layer)),
                ln_f=LayerNorm(config.n_embd, config.bias),
            )
        )
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        if config.tied:
            self.transformer.wte.weight = self.lm_head.weight
        self.apply(self._init)
        for name, p in self.named_parameters():
            if name.endswith("c_proj.weight"):  # GPT-2: the sum of 2 n_layer terms keeps its scale
                nn.init.normal_(p, std=0.02 / math.sqrt(2 * config.n_layer))

    @staticmethod
    def _init(module):
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
            if getattr(module, "bias", None) is not None:
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

    def forward(self, tokens):
        *_, final = self.residual_stream(tokens)
        return self.unembed(final)

    def residual_stream(self, tokens, ply=None, hidden=None) -> Iterator[torch.Tensor]:
        """Yield the residual stream [games, T, n_embd] at each site, in the order of ``sites``.

        For rows that are not one game from its start: ``ply`` [T] says which position embedding
        each token has, ``hidden`` [T, T] is -inf where a query (row) can't see a key.
        """
        if ply is None and tokens.shape[1] > self.config.block_size:
            raise ValueError(
                f"{tokens.shape[1]} tokens are more than the model's context of "
                f"{self.config.block_size}: inputs are a game's moves without the last"
            )
        where = self.transformer.wpe.weight
        x = self.transformer.wte(tokens) + (where[: tokens.shape[1]] if ply is None else where[ply])
        yield x
        for block in self.transformer.h:
            x = x + block.attn(block.ln_1(x), hidden)
            yield x
            x = x + block.mlp(block.ln_2(x))
            yield x

    def unembed(self, x):
        """Return the logits [..., vocab] of a final residual stream [..., n_embd]."""
        return self.lm_head(self.transformer.ln_f(x))

    @property
    def sites(self) -> list[str]:
        """The names of the residual stream's sites: ``resid_pre 0``, ``resid_mid 0``, ..."""
        per_layer = ([f"resid_mid {i}", f"resid_post {i}"] for i in range(self.config.n_layer))
        return ["resid_pre 0", *(site for layer in per_layer for site in layer)]


# --- loading and saving --------------------------------------------------------------------------


def load_model(source: str | Path | None = None, n_head: int | None = None, device="cpu") -> GPT:
    """Return a trained model, ready for inference.

    State dicts of minGPT, such as those of the 8x8 Othello-GPT, are converted to nanoGPT's names.
    ``source``: nothing for the model that comes with this package; a folder with ``config.json``
    and ``model.safetensors`` or ``pytorch_model.bin``; a checkpoint file (``.safetensors``, or
    nanoGPT's ``.pt``); or a repository on the Hugging Face Hub, ``"user/repo"``, from the cache if
    the Hub is out of reach. Checkpoints without a configuration are read from their tensors'
    shapes; only the number of heads can't be: then ``n_head`` is needed.
    Whether the network is tied is read from its weights, where no configuration says it. The one
    that comes with this package is untied: nanoGPT's own ``GPT``, which ties, can't hold it.

    Raises ``FileNotFoundError`` or ``ConnectionError`` if there is nothing to load, ``ValueError``
    naming the tensor and both shapes if what is there is not such a model, or if its configuration
    says another number of heads.
    """
    source = PRETRAINED if source is None else source
    state, settings = _read(Path(source)) if Path(source).exists() else _download(str(source))
    model = _build(state, settings, n_head, str(source))
    return model.to(device).eval().requires_grad_(False)


def _download(name: str) -> tuple[dict, dict]:
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise FileNotFoundError(f"{name}: no such file or folder, nor a Hub name like user/repo")
    try:
        weights, config = _fetched(name)
        if weights is None:
            raise FileNotFoundError(f"it has neither {' nor '.join(_WEIGHTS)}")
    except (HfHubHTTPError, HFValidationError, OSError, ValueError) as error:
        why = str(error).strip().splitlines()[0]
        raise ConnectionError(
            f"{name}: not a local path and the Hugging Face Hub could not provide it ({why}); "
            "load_model() without a name gives the model that comes with the package"
        ) from error
    return _read_both(Path(weights), Path(config) if config else None)


_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


def _fetched(name: str) -> tuple[str | None, str | None]:
    """Return where a Hub repository's weights and configuration now are, None for what it lacks."""
    files = (*_WEIGHTS, "config.json")
    # What is cached comes first: it tells which commit is the newest, or that the Hub is out of
    # reach. What that commit lacks is then known, and not asked for again for half a minute.
    cached = [isinstance(try_to_load_from_cache(name, file), str) for file in files]
    found = {}
    for file in sorted(files, key=lambda file: not cached[files.index(file)]):
        if file in _WEIGHTS and any(found.get(other) for other in _WEIGHTS):
            continue
        if any(found.values()) and try_to_load_from_cache(name, file) is _CACHED_NO_EXIST:
            continue
        try:
            found[file] = hf_hub_download(name, file)
        except RemoteEntryNotFoundError:
            found[file] = None
    return next(filter(None, map(found.get, _WEIGHTS)), None), found.get("config.json")


def _read(path: Path) -> tuple[dict, dict]:
    if path.is_file():
        return _read_weights(path)
    weights = next((path / file for file in _WEIGHTS if (path / file).exists()), None)
    if weights is None:
        raise FileNotFoundError(f"{path}: this folder has no {' and no '.join(_WEIGHTS)}")
    config = path / "config.json"
    return _read_both(weights, config if config.exists() else None)


def _read_both(weights: Path, config: Path | None) -> tuple[dict, dict]:
    state, settings = _read_weights(weights)
    return state, settings | (_read_config(config) if config else {})


def _read_config(path: Path) -> dict:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not valid JSON ({error}); fetch or save it again") from error
    if not isinstance(settings, dict):
        raise ValueError(f"{path}: {settings!r} is no configuration; fetch or save it again")
    return settings


def _read_weights(path: Path) -> tuple[dict, dict]:
    """Return the state dict and, where the file has one, nanoGPT's configuration."""
    content = read_tensors(path)
    if not isinstance(content, Mapping):
        raise ValueError(f"{path}: holds a {type(content).__name__}, not a state dict")
    if not isinstance(content.get("model"), Mapping):
        return dict(content), {}
    settings = content.get("model_args") or content.get("model_config") or {}
    if not isinstance(settings, Mapping):
        raise ValueError(f"{path}: {settings!r} is no configuration")
    return dict(content["model"]), dict(settings)


# What training loops keep beside their tensors, numpy's numbers and paths, is harmless to read.
# Names are those of every version of numpy and Python, and paths of any system are read as pure.
_HARMLESS = [
    np.dtype,
    *{type(np.dtype(code)) for code in "?bBhHiIlLqQefdgFDG"},
    *((np.float64(0).__reduce__()[0], f"numpy.{at}.multiarray.scalar") for at in ("core", "_core")),
    *(
        (pure, f"{module}.{kind}{pure.__name__.removeprefix('Pure')}")
        for pure in (PurePosixPath, PureWindowsPath)
        for module in ("pathlib", "pathlib._local")
        for kind in ("", "Pure")
    ),
]


def read_tensors(path: Path):
    """Return what a ``.safetensors`` file or one of ``torch.save`` holds; no code in it is run.

    Raises ``ValueError`` if it is truncated or something else, naming the class of what can't be
    read without running code.
    """
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, "pt") as file:
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        with torch.serialization.safe_globals(_HARMLESS):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # an unpickler of other bytes may raise anything
        why = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip() or type(error).__name__
        if foreign := re.search(r"\bGLOBAL (\S+)", why):
            raise ValueError(
                f"{path}: holds a {foreign[1]}, which can't be read without running foreign code; "
                "have its tensors saved alone, as model.state_dict() gives them"
            ) from error
        # Torch's own first line is advice to run the code.
        why = re.sub(r"(?s).*WeightsUnpickler error:\s*", "", why).splitlines()[0][:200]
        raise ValueError(f"{path}: truncated or not a checkpoint ({why}); get it anew") from error


_TIED = ("transformer.wte.weight", "lm_head.weight")


def _build(state: dict, settings: dict, n_head: int | None, source: str) -> GPT:
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


# --- TransformerLens -----------------------------------------------------------------------------


def to_transformer_lens(
    model: GPT | Mapping, n_head: int | None = None, folded: bool = False
) -> "TransformerBridge":
    """Return the same network as a TransformerLens ``TransformerBridge``.

    Takes a ``GPT`` (compiled or not) or a nanoGPT state dict with its ``n_head``; tied or untied,
    with biases or without. ``folded=True`` folds LayerNorm into the weights and centres them:
    logits then differ by a constant per position, log-probabilities don't.

    Raises ``TypeError`` for networks of another class, and for state dicts what ``load_model``
    raises.
    """
    if isinstance(model, Mapping):
        model = _build(dict(model), {}, n_head, "state dict")
    model = getattr(model, "_orig_mod", model)
    if not isinstance(model, GPT):
        raise TypeError(
            f"to_transformer_lens converts a GPT or a state dict in nanoGPT's layout, not a "
            f"{type(model).__name__}: give its state_dict() and n_head"
        )
    # Imported here since it takes ten seconds, which sampling and training needn't wait for.
    from transformer_lens.config import TransformerBridgeConfig
    from transformer_lens.model_bridge import TransformerBridge

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
    device = next(model.parameters()).device
    bridge = TransformerBridge.boot_native(cfg, device=device, model_name="othello_gpt")
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


def push_model(folder: str | Path, repo: str) -> str:
    """Publish a model's folder on the Hub as ``user/repo`` and return its address.

    Of a run's folder, what ``training.export`` wouldn't ship stays at home. Raises what
    ``load_model`` raises, and ``ConnectionError`` if the Hub doesn't take it.
    """
    load_model(folder)  # nothing broken gets published
    return games.publish(Path(folder), repo, "model", EXPORTED)


# --- how good are its predictions? ---------------------------------------------------------------

HELD_OUT_SEED = 2**32 - 1


@dataclass(frozen=True)
class Predictions:
    """What a model says about all moves of games but the first; arrays [games, 31] on 6x6.

    ``legal``: whether the arg-max token is a legal move (top-1 legality). ``legal_mass``: the
    probability given to all legal moves. ``nll``: minus the log-probability of the move that was
    played, in nats. ``top``: the square of the arg-max token, -1 for the pad token.
    """

    legal: np.ndarray
    legal_mass: np.ndarray
    nll: np.ndarray
    top: np.ndarray


def board_of(config: GPTConfig) -> tuple[int, int]:
    """Return the size of the board that a network is for, and the token of its first square.

    The token is 1 where 0 is padding, and 0 where the vocabulary has nothing but squares. Raises
    ``ValueError`` naming vocabulary and context if they are those of no board.
    """
    for size in rules.SIZES:
        playable = size * size - 4
        first = config.vocab_size - playable
        if first in (0, 1) and config.block_size >= playable - 1:
            return size, first
    raise ValueError(
        f"a vocabulary of {config.vocab_size} and a context of {config.block_size} are those of no "
        "board: 4x4, 6x6 and 8x8 have 12, 32 and 60 squares to play on, which the vocabulary has "
        "to equal or (with a padding token) exceed by one, and the context to be one short of or "
        "longer"
    )


def _standard(size: int) -> bool:
    """Return which start games have: 8x8 networks know that of tournaments, others this book's."""
    return size == 8


def tokens_of(moves: np.ndarray) -> torch.Tensor:
    """Return the model's input for games given as squares [games, 32]: all moves but the last."""
    return _tokens(moves)[:, :-1]


def _tokens(moves: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(games.tokens_of(moves))


@torch.inference_mode()
def next_moves(model: GPT, moves: np.ndarray) -> np.ndarray:
    """Return the probability of each square after each of the moves: float32 [games, plies, 36].

    The probability of the pad token is left out, so a row can sum to a little less than 1.
    """
    device = next(model.parameters()).device
    p = model(_tokens(moves).to(device)).float().softmax(-1).cpu().numpy()
    squares = games.square_of_token()
    board = np.zeros((*p.shape[:-1], squares.max() + 1), np.float32)
    board[..., squares[1:]] = p[..., 1:]
    return board


@torch.inference_mode()
def predict(model: GPT, moves: np.ndarray, batch: int = 250) -> Predictions:
    """Return how a model's next-move distributions do on games given as squares [games, 32].

    On 4x4 and 8x8, these are whole games of 12 and 60 moves. Raises what ``board_of`` raises, and
    ``IllegalMove`` for other games.
    """
    device = next(model.parameters()).device
    size, first = board_of(model.config)
    legal = torch.from_numpy(games.legal_tokens(moves, size, _standard(size))[..., 1 - first :])
    tokens = torch.from_numpy(games.token_of_square(size)[np.asarray(moves)]) + (first - 1)
    parts = []
    for t, can in zip(tokens.split(batch), legal.split(batch), strict=True):
        t, can = t.to(device), can[:, 1:].to(device)
        log_p = model(t[:, :-1]).float().log_softmax(-1)  # [games, 31, vocab]
        top = log_p.argmax(-1)
        best = can.gather(-1, top[..., None]).squeeze(-1)
        mass = (log_p.exp() * can).sum(-1)
        nll = -log_p.gather(-1, t[:, 1:, None]).squeeze(-1)
        parts.append([x.cpu().numpy() for x in (best, mass, nll, top)])
    legal, mass, nll, top = (np.concatenate(x) for x in zip(*parts, strict=True))
    return Predictions(legal, mass, nll, games.square_of_token(size)[1 - first :][top])


@dataclass(frozen=True)
class Examination:
    """How a model does on held-out games: intervals over games, or over games for each ply.

    ``illegal``: share of predicted positions whose arg-max is illegal. ``legal_mass``: probability
    on legal moves. ``loss``: mean cross-entropy in nats. ``excess``: what the loss has above the
    entropy floor; the mean Kullback-Leibler divergence from the true next-move distribution.
    """

    games: int
    illegal: Interval
    legal_mass: Interval
    loss: Interval
    excess: Interval
    illegal_by_ply: Interval
    legal_mass_by_ply: Interval
    excess_by_ply: Interval

    def __str__(self) -> str:
        return (
            f"{self.games:,} held-out games, 95% intervals over games\n"
            f"illegal top-1   {self.illegal:.3%}\n"
            f"legal mass      {self.legal_mass:.5f}\n"
            f"loss            {self.loss:.5f} nats a move\n"
            f"excess loss     {self.excess:.5f} nats a move over the entropy floor"
        )


def examine(model: GPT, n_games: int = 20_000, seed: int = HELD_OUT_SEED) -> Examination:
    """Return legality and loss of a model on freshly sampled games that training never sees.

    They are random games without passes on the board that the vocabulary tells, from the
    tournament's start on 8x8. Raises what ``board_of`` raises.
    """
    size, _ = board_of(model.config)
    moves = games.sample_moves(n_games, seed, size=size, standard=_standard(size))
    seen = predict(model, moves)
    # What is random about games doesn't change in a mirror, which swaps the two starts.
    plain = moves // size * size + (size - 1 - moves % size) if _standard(size) else moves
    # The probability of a whole game under the process that made it is known up to one constant.
    truth = games.log_choices(plain, size)[:, 1:].sum(1) + math.log(games.survival(size=size)[0])
    return Examination(
        games=n_games,
        illegal=bootstrap(1 - seen.legal.mean(1)),
        legal_mass=bootstrap(seen.legal_mass.mean(1)),
        loss=bootstrap(seen.nll.mean(1)),
        excess=bootstrap((seen.nll.sum(1) - truth) / seen.nll.shape[1]),
        illegal_by_ply=wilson((~seen.legal).sum(0), n_games),
        legal_mass_by_ply=bootstrap(seen.legal_mass),
        excess_by_ply=bootstrap(seen.nll - games.surprise(plain, seed, size)[:, 1:]),
    )
