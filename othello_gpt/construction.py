"""A transformer written by hand that plays Othello exactly: what a trained one could be, at least.

No weight is trained. The network is attention, MLP and residual stream, with ReLU and without
LayerNorm; TransformerLens boots it (``to_transformer_lens``). Each coordinate of the residual
stream has one meaning, and every number in it is 0 or 1:

- ``move``: which move this position brings (the embedding writes it); later, the legal next moves;
- ``position``: which position this is;
- ``first``, ``second``: on which squares either player has discs; later ``mine`` and ``theirs``;
- ``fetched``: the move that is being played.

Layer t plays move t, at every position that has seen it. Its head attends to position t and copies
the move. Its MLP puts the disc, turns over each run that the move closes in, one unit for each
(square, direction, length), and erases the move at position t itself. So positions before t fetch
nothing: whatever they can attend to has been erased. Three layers follow: one turns first and
second into mine and theirs, one counts the runs that each empty square would close in, one cuts the
counts at 1. Games must not need a pass, so that the parity of a position tells who moves.

Chapter: ``book/construction.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import torch
import torch.nn as nn

from . import games, rules

# Far enough apart that a softmax gives exactly 1 and 0: exp(-1000) is 0 even in double precision.
_SCORE = 1000.0
# A legal move is e^32 times as probable as an illegal one.
_LOGIT = 32.0


# --- geometry -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pattern:
    """A move on ``square`` that closes in the discs on ``run`` between itself and ``end``."""

    square: int
    run: tuple[int, ...]
    end: int


@cache
def patterns(size: int = 6) -> tuple[Pattern, ...]:
    """Return every (square, direction, length of run) that fits on a board: 360 on 6x6."""
    rules.check_size(size)
    found = []
    directions = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    for square in range(size * size):
        for down, right in directions:
            line = []
            row, column = square // size + down, square % size + right
            while 0 <= row < size and 0 <= column < size:
                line.append(row * size + column)
                row, column = row + down, column + right
            found += [Pattern(square, tuple(line[:k]), line[k]) for k in range(1, len(line))]
    return tuple(found)


@dataclass(frozen=True)
class Layout:
    """Which coordinates of the residual stream hold what, for a board size.

    ``move`` and ``fetched`` go by token - 1, ``position`` by position, the others by square.
    """

    size: int = 6

    def __post_init__(self):
        rules.check_size(self.size)

    @cached_property
    def playable(self) -> np.ndarray:
        """The squares of tokens 1, 2, ..."""
        return games.square_of_token(self.size)[1:]

    @property
    def context(self) -> int:
        return len(self.playable) - 1

    @property
    def move(self) -> slice:
        return slice(0, len(self.playable))

    @property
    def position(self) -> slice:
        return _after(self.move, self.context)

    @property
    def first(self) -> slice:
        return _after(self.position, self.size**2)

    @property
    def second(self) -> slice:
        return _after(self.first, self.size**2)

    @property
    def discs(self) -> slice:
        """``first`` and ``second``, one after the other."""
        return slice(self.first.start, self.second.stop)

    @property
    def fetched(self) -> slice:
        return _after(self.second, len(self.playable))

    @property
    def width(self) -> int:
        return self.fetched.stop

    @cached_property
    def token(self) -> np.ndarray:
        """Each square's token - 1; -1 for the four in the centre, which are never played."""
        return games.token_of_square(self.size) - 1


def _after(previous: slice, length: int) -> slice:
    return slice(previous.stop, previous.stop + length)


# --- units --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """One unit of an MLP: ``relu(reads . x + bias)``, added to the coordinates in ``writes``."""

    kind: str
    reads: dict[int, float]
    bias: float
    writes: dict[int, float]
    pattern: Pattern | None = None


def play_units(layout: Layout, ply: int) -> list[Unit]:
    """Return the units that play the fetched move, by the first player if ``ply`` is even.

    ``place`` puts the disc and forgets the fetched move, ``spend`` erases the move at its own
    position, ``flip`` turns one run over.
    """
    own, other = (layout.first.start, layout.second.start)[:: 1 if ply % 2 == 0 else -1]
    now = layout.position.start + ply
    units = []
    for token, square in enumerate(layout.playable.tolist()):
        fetched, move = layout.fetched.start + token, layout.move.start + token
        units.append(Unit("place", {fetched: 1}, 0, {own + square: 1, fetched: -1}))
        units.append(Unit("spend", {move: 1, now: 1}, -1, {move: -1}))
    for pattern in _playable(layout):
        fetched = layout.fetched.start + int(layout.token[pattern.square])
        reads = {fetched: 1, own + pattern.end: 1} | {other + s: 1 for s in pattern.run}
        writes = {own + s: 1 for s in pattern.run} | {other + s: -1 for s in pattern.run}
        units.append(Unit("flip", reads, 1 - len(reads), writes, pattern))
    return units


def turn_units(layout: Layout) -> list[Unit]:
    """Return the units that swap first and second where the second player is about to move."""
    second_moves = dict.fromkeys(range(layout.position.start, layout.position.stop, 2), 1)
    return [
        Unit("turn", {here + square: 1} | second_moves, -1, {here + square: -1, there + square: 1})
        for here, there in [
            (layout.first.start, layout.second.start),
            (layout.second.start, layout.first.start),
        ]
        for square in range(layout.size**2)
    ]


def count_units(layout: Layout) -> list[Unit]:
    """Return the units that find the runs of theirs between an empty square and a disc of mine."""
    mine, theirs = layout.first.start, layout.second.start
    units = []
    for pattern in _playable(layout):
        reads = {mine + pattern.square: -1, theirs + pattern.square: -1, mine + pattern.end: 1}
        reads |= {theirs + s: 1 for s in pattern.run}
        move = layout.move.start + int(layout.token[pattern.square])
        units.append(Unit("count", reads, -len(pattern.run), {move: 1}, pattern))
    return units


def cut_units(layout: Layout) -> list[Unit]:
    """Return the units that take from each count what it has above 1."""
    return [Unit("cut", {m: 1}, -1, {m: -1}) for m in range(layout.move.start, layout.move.stop)]


@cache
def _playable(layout: Layout) -> list[Pattern]:
    return [p for p in patterns(layout.size) if layout.token[p.square] >= 0]


def layers(size: int = 6) -> list[list[Unit]]:
    """Return the MLP units of every layer of the network."""
    at = Layout(size)
    last = [turn_units(at), count_units(at), cut_units(at)]
    return [play_units(at, ply) for ply in range(at.context)] + last


# --- the network --------------------------------------------------------------------------------


class _Block(nn.Module):
    def __init__(self, width: int, d_head: int, d_mlp: int):
        super().__init__()
        self.attn = nn.ModuleDict({name: nn.Linear(width, d_head) for name in "qkv"})
        self.attn["o"] = nn.Linear(d_head, width)
        self.mlp = nn.ModuleDict({"in": nn.Linear(width, d_mlp), "out": nn.Linear(d_mlp, width)})

    def attend(self, x, first: int):
        """Return what positions ``first`` and later fetch, [games, T - first, width]."""
        q, k, v = self.attn["q"](x[:, first:]), self.attn["k"](x), self.attn["v"](x)
        scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5  # [games, T - first, T]
        future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1)
        scores = scores.masked_fill(future[first:], -torch.inf)
        return self.attn["o"](scores.softmax(-1) @ v)

    def compute(self, x):
        return self.mlp["out"](self.mlp["in"](x).relu_())


class Construction(nn.Module):
    """The hand-built network: tokens [games, T] to logits [games, T, vocabulary].

    In plain torch and with TransformerLens' parameter names. It has what ``probes`` asks of a
    source (``sites``, ``residual_stream``). Raises ``ValueError`` on an odd or unsupported board
    size, and on tokens of another board.
    """

    def __init__(self, size: int = 6):
        super().__init__()
        self.layout = at = Layout(size)
        units = layers(size)
        vocabulary, d_mlp = len(at.playable) + 1, max(map(len, units))
        self.embed = nn.Embedding(vocabulary, at.width)
        self.pos_embed = nn.Embedding(at.context, at.width)
        self.blocks = nn.ModuleList(_Block(at.width, len(at.playable), d_mlp) for _ in units)
        self.unembed = nn.Linear(at.width, vocabulary)
        self.requires_grad_(False)
        for parameter in self.parameters():
            parameter.zero_()
        self._write(units)

    def _write(self, units: list[list[Unit]]):
        at = self.layout
        one_per_move, one_per_position = torch.eye(len(at.playable)), torch.eye(at.context)
        self.embed.weight[1:, at.move] = one_per_move
        self.pos_embed.weight[:, at.position] = one_per_position
        start = [rules.to_array(np.uint64(bits), at.size) for bits in rules.start(at.size)]
        self.pos_embed.weight[:, at.discs] = torch.from_numpy(np.stack(start)).flatten().float()
        self.unembed.weight[1:, at.move] = _LOGIT * one_per_move
        for ply, (block, of_layer) in enumerate(zip(self.blocks, units, strict=True)):
            if ply < at.context:
                q, k, v, o = (block.attn[name] for name in "qkvo")
                q.bias[0] = _SCORE * q.out_features**0.5
                k.weight[0, at.position.start + ply] = 1
                v.weight[:, at.move] = one_per_move
                o.weight[at.fetched] = one_per_move
            for weight, sides in (("in", "reads"), ("out", "writes")):
                links = [
                    (row, coordinate, value)
                    for row, unit in enumerate(of_layer)
                    for coordinate, value in getattr(unit, sides).items()
                ]
                rows, coordinates, values = map(torch.tensor, zip(*links, strict=True))
                by_unit = block.mlp[weight].weight if weight == "in" else block.mlp[weight].weight.T
                by_unit[rows, coordinates] = values.float()
            block.mlp["in"].bias[: len(of_layer)] = torch.tensor([u.bias for u in of_layer]).float()

    @property
    def sites(self) -> list[str]:
        """The names of the residual stream's sites: ``resid_pre 0``, ``resid_mid 0``, ..."""
        per_layer = ([f"resid_mid {i}", f"resid_post {i}"] for i in range(len(self.blocks)))
        return ["resid_pre 0", *(site for layer in per_layer for site in layer)]

    def forward(self, tokens):
        *_, final = self.residual_stream(tokens)
        return self.unembed(final)

    def residual_stream(self, tokens) -> Iterator[torch.Tensor]:
        """Yield the residual stream [games, T, width] at each site, in the order of ``sites``."""
        at = self.layout
        if tokens.shape[1] > at.context or (tokens.numel() and tokens.max() > len(at.playable)):
            raise ValueError(
                f"{tokens.shape[1]} tokens up to {tokens.max()} are no game on {at.size}x{at.size},"
                f" which has at most {at.context} tokens up to {len(at.playable)}: build"
                " Construction with the size of the games' board"
            )
        x = self.embed(tokens) + self.pos_embed.weight[: tokens.shape[1]]
        yield x
        for layer, block in enumerate(self.blocks):
            # A move changes nothing before its own position: those needn't be computed.
            first = layer if layer < at.context else 0
            if first >= tokens.shape[1]:
                yield from (x, x)
                continue
            x = x.clone()
            x[:, first:] += block.attend(x, first)
            yield x
            x = x.clone()
            x[:, first:] += block.compute(x[:, first:])
            yield x

    def moves_from_board(self, mine, theirs):
        """Return the logits [..., vocabulary] that the last two layers give to a board's moves.

        ``mine`` and ``theirs`` are [..., cells]: 1 where there is such a disc, 0 where there is
        none, or how probable it is that there is one.
        """
        at = self.layout
        x = torch.zeros(*mine.shape[:-1], at.width, dtype=mine.dtype, device=mine.device)
        x[..., at.discs] = torch.cat([mine, theirs], -1)
        for block in self.blocks[-2:]:
            x = x + block.compute(x)
        return self.unembed(x)


def to_transformer_lens(network: Construction):
    """Return the same network as a TransformerLens ``TransformerBridge``."""
    # Imported here since it takes ten seconds.
    from transformer_lens.config import TransformerBridgeConfig
    from transformer_lens.model_bridge import TransformerBridge

    at, block = network.layout, network.blocks[0]
    cfg = TransformerBridgeConfig(
        d_model=at.width,
        d_head=block.attn["q"].out_features,
        n_heads=1,
        n_layers=len(network.blocks),
        n_ctx=at.context,
        d_mlp=block.mlp["in"].out_features,
        d_vocab=network.unembed.out_features,
        act_fn="relu",
        normalization_type=None,
        positional_embedding_type="standard",
        init_weights=False,
    )
    device = network.unembed.weight.device
    bridge = TransformerBridge.boot_native(cfg, device=device, model_name="hand_built")
    bridge.load_state_dict(network.state_dict(), strict=True)
    return bridge.eval().requires_grad_(False)


# --- is it exact? -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exactness:
    """How far a network's outputs and boards are from the rules, at worst, over ``positions``.

    ``illegal``: how many most probable moves are illegal; ``spoilt``: in how many of the ``games``
    at least one is. ``illegal_mass``: the largest probability
    of all illegal moves together. ``unevenness``: the largest ``|n p - 1|`` of a legal move's
    probability p, where n moves are legal. ``wrong``: how many cells of the board, at any site,
    aren't what they should be; of ``cells``.
    """

    games: int
    positions: int
    illegal: int
    spoilt: int
    illegal_mass: float
    unevenness: float
    wrong: int
    cells: int


@torch.inference_mode()
def examine(network: Construction, moves: np.ndarray, batch: int = 250) -> Exactness:
    """Return how exact a hand-built network is on games given as squares [games, plies].

    At position i, after the layer of move t, the board must be that after the first t + 1 moves of
    the i + 1 that it has seen: nothing of it may ever be wrong on the way.
    """
    at, device = network.layout, network.unembed.weight.device
    illegal = spoilt = wrong = cells = 0
    mass, unevenness = [], []
    for first in range(0, len(moves), batch):
        replay = rules.replay(moves[first : first + batch], at.size)
        boards = _discs(replay).to(device)  # [games, 1 + plies, 2 * cells]
        tokens = torch.from_numpy(games.token_of_square(at.size)[replay.moves[:, :-1]]).to(device)
        for site, x in zip(network.sites, network.residual_stream(tokens), strict=True):
            kind, layer = site.split()
            played = int(layer) + (kind == "resid_post")  # layers
            seen = torch.arange(1, tokens.shape[1] + 1, device=device)
            truth = boards[:, seen.clamp(max=played)]
            if played > at.context:
                swapped = truth.unflatten(-1, (2, -1)).flip(-2).flatten(-2)
                truth = torch.where(seen[:, None] % 2 == 1, swapped, truth)
            wrong += int((x[..., at.discs] != truth).sum())
            cells += truth.numel() // 2
        p = network.unembed(x).float().softmax(-1)
        can = torch.from_numpy(games.legal_tokens(replay.moves, at.size)[:, 1:]).to(device)
        breaks = ~can.gather(-1, p.argmax(-1, keepdim=True))[..., 0]  # [games, T]
        illegal, spoilt = illegal + int(breaks.sum()), spoilt + int(breaks.any(1).sum())
        mass.append((p * ~can).sum(-1).max().item())
        even = (p * can.sum(-1, keepdim=True) - 1).abs()
        unevenness.append(even[can].max().item())
    positions = len(moves) * (np.shape(moves)[1] - 1)
    worst = max(mass), max(unevenness)
    return Exactness(len(moves), positions, illegal, spoilt, *worst, wrong, cells)


def _discs(replay: rules.Replay) -> torch.Tensor:
    """Return the first and the second player's discs before and after each move."""
    start = np.broadcast_to(np.array(rules.start(replay.size), np.uint64), (len(replay.moves), 2))
    words = np.stack([replay.after_first, replay.after_second], -1)
    cells = rules.to_array(np.concatenate([start[:, None], words], 1), replay.size)
    return torch.from_numpy(cells.reshape(*cells.shape[:2], -1)).float()


# --- how deep is the game? ----------------------------------------------------------------------


def guesses(moves: np.ndarray, size: int = 6) -> Iterator[np.ndarray]:
    """Yield the first player's discs after each move as guessed in round 0, 1, ...: [games, plies].

    Nobody need play one move after another. Guess that no disc was ever turned over; in each round,
    work out what *every* move turns over on the board that the last round's guess gives it. After
    r rounds the first r moves are right for good, and as many more as don't hang on a mistake (the
    Jacobi iteration of Song et al. 2021, https://arxiv.org/abs/2002.03629). The last guess is the
    truth. Raises ``rules.IllegalMove`` for a game that the rules don't allow.
    """
    replay = rules.replay(moves, size)
    by_first = replay.player == rules.FIRST
    placed = np.uint64(1) << replay.moves.astype(np.uint64)
    first, second = (np.uint64(bits) for bits in rules.start(size))
    occupied = _before(np.bitwise_or.accumulate(placed, 1) | first | second, first | second)
    turned = np.zeros_like(placed)
    last = None
    while True:
        # A disc has the colour in which it was placed if it was turned an even number of times.
        after = np.bitwise_xor.accumulate(placed * by_first ^ turned, 1) ^ first
        if last is not None and np.array_equal(after, last):
            return
        yield after
        last, of_first = after, _before(after, first)
        of_second = occupied & ~of_first
        mine, theirs = np.where(by_first, (of_first, of_second), (of_second, of_first))
        turned = rules.flips(mine, theirs, replay.moves, size)


def _before(after: np.ndarray, start: np.uint64) -> np.ndarray:
    """Return what was there before each move, given what is there after it, [games, plies]."""
    return np.concatenate([np.full_like(after[:, :1], start), after[:, :-1]], 1)


def rounds(moves: np.ndarray, size: int = 6) -> np.ndarray:
    """Return after how many rounds of ``guesses`` the board after each move is right for good.

    [games, plies]: how deep the moves hang on one another.
    """
    truth = rules.replay(moves, size).after_first
    needed = np.zeros(truth.shape, np.int64)
    for number, guess in enumerate(guesses(moves, size)):
        needed[guess != truth] = number + 1
    return needed
