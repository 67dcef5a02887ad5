"""The network with an edit, in PyTorch and in TransformerLens."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float

from ..devices import device_of
from ..probes import Source
from .cases import CaseBoards, Cases
from .edits import Edit, Written, check_sites

CaseLogits = Float[torch.Tensor, "cases vocab"]
"""What is said of the next move at the last position of each case."""


@runtime_checkable
class SourceOfLogits(Source, Protocol):
    """A source that says what comes next, and goes on from the tensors that it has yielded."""

    def unembed(self, x: Float[torch.Tensor, "... width"]) -> Float[torch.Tensor, "... vocab"]:
        """Return the logits of a final stream."""
        ...


def boards_of(cases: Cases, towards: CaseBoards | None) -> tuple[Written, Written]:
    """Return the boards as they are and as an edit gets them: ``towards``, or the cases' own."""
    after = cases.after if towards is None else towards
    return torch.from_numpy(cases.before), torch.from_numpy(after)


def _in_order(
    parts: Sequence[tuple[torch.Tensor, torch.Tensor]],
) -> CaseLogits:
    """Return logits in the order of the cases, of parts that say which rows they are."""
    rows, said = ([part[k] for part in parts] for k in (0, 1))
    return torch.cat(said)[torch.cat(rows).argsort()]


def _by_ply(cases: Cases) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield the rows of cases of one length and their tokens [rows, T]."""
    for ply in np.unique(cases.ply):
        rows = torch.from_numpy(np.flatnonzero(cases.ply == ply))
        yield rows, cases.tokens[rows, : ply + 1]


@torch.no_grad()
def run_source(
    source: SourceOfLogits,
    cases: Cases,
    edit: Edit | None = None,
    towards: CaseBoards | None = None,
) -> CaseLogits:
    """Return the logits after an edit, of any source that has an ``unembed``.

    It has to go on from the very tensors that its ``residual_stream`` yields. ``towards``: other
    boards for the edit than the cases' own. Raises ``ValueError`` on a site that the source doesn't
    have.
    """
    check_sites(() if edit is None else edit.sites, source.sites, "the sites are")
    device = device_of(source)
    before, after = (board.to(device) for board in boards_of(cases, towards))
    logits = []
    for rows, tokens in _by_ply(cases):
        own = None if edit is None else edit.of(rows)
        x = torch.empty(0)
        for site, x in zip(source.sites, source.residual_stream(tokens.to(device)), strict=True):
            if own is not None and site in own.sites:
                x[:, -1] = own(site, x[:, -1], before[rows], after[rows])
        logits.append((rows, source.unembed(x[:, -1])))
    return _in_order(logits)


def hooks(edit: Edit, before: Written, after: Written) -> list[tuple[str, Callable]]:
    """Return TransformerLens' ``fwd_hooks`` that make an edit at the last position.

    The boards [cases, 36] belong to the batch that will be run. In TransformerLens 4 a change of
    ``hook_resid_mid`` reaches the MLP alone and not the stream, so that an edit there is made by
    what attention writes.
    """
    found = []
    for site in edit.sites:
        name, layer = site.split()
        block = f"blocks.{layer}.hook_"
        if name == "resid_mid":
            stream, change = _middle(edit, site, before, after)
            found += [(block + "resid_pre", stream), (block + "attn_out", change)]
        else:
            found.append((block + name, _at_last(edit, site, before, after)))
    # What is noted at the same hook must be the stream after an edit there.
    return sorted(found, key=lambda pair: pair[1].__name__ == "note")


def _at_last(edit: Edit, site: str, before, after) -> Callable:
    def change(x, hook):
        return torch.cat([x[:, :-1], edit(site, x[:, -1], before, after)[:, None]], 1)

    return change


def _middle(edit: Edit, site: str, before, after) -> tuple[Callable, Callable]:
    stream = None

    def note(x, hook):
        nonlocal stream
        stream = x[:, -1]

    def change(written, hook):
        x = stream + written[:, -1]
        step = edit(site, x, before, after) - x
        return torch.cat([written[:, :-1], (written[:, -1] + step)[:, None]], 1)

    return note, change


@torch.no_grad()
def run_bridge(
    bridge, cases: Cases, edit: Edit | None = None, towards: CaseBoards | None = None
) -> CaseLogits:
    """Return the logits after an edit, of a TransformerLens model, by its hooks.

    Raises ``ValueError`` on a site that the model doesn't have.
    """
    layers = range(bridge.cfg.n_layers)
    known = ["resid_pre 0", *(f"resid_{at} {layer}" for layer in layers for at in ("mid", "post"))]
    check_sites(() if edit is None else edit.sites, known, "the sites are")
    before, after = boards_of(cases, towards)
    logits = []
    for rows, tokens in _by_ply(cases):
        changes = [] if edit is None else hooks(edit.of(rows), before[rows], after[rows])
        logits.append((rows, bridge.run_with_hooks(tokens, fwd_hooks=changes)[:, -1]))
    return _in_order(logits)
