"""Many edits of the same positions, each running only what it changes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Integer

from ..devices import device_of
from ..model import GPT
from .cases import CaseBoards, Cases
from .edits import AtLast, Edit, SomeCases, Written, check_sites
from .playing_on import play_from
from .running import CaseLogits, boards_of


@dataclass(frozen=True, eq=False)
class _Measured:
    """An edit of some of the cases that writes down how long its steps are, by site, as it runs."""

    edit: Edit
    lengths: dict[str, torch.Tensor]
    rows: SomeCases

    @property
    def sites(self) -> Sequence[str]:
        return self.edit.sites

    def of(self, rows: SomeCases) -> "_Measured":
        return _Measured(self.edit.of(rows), self.lengths, rows)

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        new = self.edit(site, x, before, after)
        self.lengths[site][self.rows] = (new - x).norm(dim=-1)
        return new


class CachedPrefixes:
    """Cases, and what a model computes of them before their last positions.

    An edit at the last position can't reach earlier ones, so their keys and values are computed
    once and every edit costs one position. 250 kB a case for a model of 8 layers of 128.
    """

    def __init__(self, model: GPT, cases: Cases, batch: int = 250):
        self.model, self.cases, self.batch = model, cases, batch
        device = device_of(model)
        self.ply = torch.from_numpy(cases.ply).long().to(device)
        self.tokens = cases.tokens.to(device)
        c = model.config
        n, T = cases.tokens.shape
        shape = n, c.n_head, T, c.n_embd // c.n_head
        # Of each layer. What lies at the last position and after it is overwritten by every run.
        self.keys = [torch.zeros(shape, device=device) for _ in range(c.n_layer)]
        self.values = [torch.zeros(shape, device=device) for _ in range(c.n_layer)]
        # Of like length, so that little is padding.
        _side_by_side(self._see, self.ply.argsort().split(batch))

    @torch.no_grad()
    def _see(self, rows: torch.Tensor) -> None:
        seen = int(self.ply[rows].max()) + 1
        stream = self.model.residual_stream(self.tokens[rows, :seen])
        for block, x, keys, values in zip(
            self.model.transformer.h,
            islice(stream, 0, None, 2),
            self.keys,
            self.values,
            strict=False,
        ):
            _, k, v = block.attn.queries_keys_values(block.ln_1(x))
            keys[rows, :, :seen], values[rows, :, :seen] = k, v

    def _batches(self) -> Iterator[slice]:
        for first in range(0, len(self.cases), self.batch):
            yield slice(first, first + self.batch)

    @torch.no_grad()
    def run(self, edit: Edit | None = None, towards: CaseBoards | None = None) -> CaseLogits:
        """Return the logits after an edit at the last positions, or without one.

        ``towards``: other boards for the edit than the cases' own. Raises ``ValueError`` on a site
        that the model doesn't have.
        """
        return torch.cat(
            _side_by_side(lambda rows: self.step(rows, edit, towards), self._batches())
        )

    @torch.no_grad()
    def step(
        self, rows: slice, edit: Edit | None = None, towards: CaseBoards | None = None
    ) -> Float[torch.Tensor, "rows vocab"]:
        """Return what ``run`` does, of some of the cases only."""
        ply = self.ply[rows]
        tokens = self.tokens[rows].gather(1, ply[:, None])[:, 0]
        return self._step(rows, tokens, ply, edit, towards)

    def lengths(self, edit: Edit) -> dict[str, Float[torch.Tensor, " cases"]]:
        """Return how long the steps of an edit are at each of its sites; raises as ``run`` does."""
        n, device = len(self.cases), self.ply.device
        found = {site: torch.empty(n, device=device) for site in edit.sites}
        self.run(_Measured(edit, found, slice(None)))
        return found

    @torch.no_grad()
    def _step(
        self,
        rows: slice,
        tokens: torch.Tensor,
        ply: torch.Tensor,
        edit: Edit | None = None,
        towards: CaseBoards | None = None,
    ) -> Float[torch.Tensor, "rows vocab"]:
        """Return the logits after one token at positions ``ply`` [rows], given all earlier ones."""
        model = self.model
        own = None if edit is None else edit.of(rows)
        check_sites(() if own is None else own.sites, model.sites, "the sites are")
        before, after = (board[rows].to(ply.device) for board in boards_of(self.cases, towards))

        def at(site: str, x: torch.Tensor) -> torch.Tensor:
            return x if own is None or site not in own.sites else own(site, x, before, after)

        here = torch.arange(len(tokens), device=ply.device)
        places = torch.arange(self.tokens.shape[1], device=ply.device)
        seen = (places <= ply[:, None])[:, None, None]  # [rows, 1, 1, T]

        def attend(layer: int, x: torch.Tensor) -> torch.Tensor:
            attn = model.transformer.h[layer].attn
            q, k, v = attn.c_attn(x).view(len(x), 3, attn.n_head, -1).unbind(1)
            keys, values = self.keys[layer][rows], self.values[layer][rows]  # views
            keys[here, :, ply], values[here, :, ply] = k, v
            z = F.scaled_dot_product_attention(q[:, :, None], keys, values, attn_mask=seen)
            return attn.c_proj(z.flatten(1))

        x = model.transformer.wte(tokens) + model.transformer.wpe(ply)
        *_, final = model.onwards(x, 0, at, attend)
        return model.unembed(final)

    def play_on(
        self,
        edit: Edit | None = None,
        towards: CaseBoards | None = None,
        board: CaseBoards | None = None,
        moves: int = 10,
    ) -> tuple[Integer[np.ndarray, " cases"], Integer[np.ndarray, " cases"]]:
        """Return how many of the model's later moves are illegal, and how many it made.

        The model's likeliest moves are played from ``board`` [cases, 36] (by default the edited
        ones), both sides by the model, with the edit kept where it was made. Where a move is
        illegal the likeliest legal one is played instead. It ends with the game or at a pass. The
        first of the ``moves``, which is what the other metrics are about, isn't counted. Raises
        ``ValueError`` as ``run`` does.
        """
        board = self.cases.after if board is None else board
        illegal, made = np.zeros((2, len(self.cases)), np.int64)

        def play(rows):
            ply, context = self.ply[rows], self.tokens.shape[1]
            tokens = self.tokens[rows].gather(1, ply[:, None])[:, 0]

            def says(tokens, ply, edited):
                return self._step(rows, tokens, ply, edit if edited else None, towards)

            illegal[rows], made[rows] = play_from(says, board[rows], tokens, ply, context, moves)

        _side_by_side(play, self._batches())
        return illegal, made


def _side_by_side(run: Callable, batches: Iterable) -> list:
    """Return what ``run`` makes of each batch, in order, several batches at a time.

    Steps of one position are too small for torch to divide: a thread for each batch is faster.
    """
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return list(pool.map(run, batches))
    finally:
        torch.set_num_threads(threads)
