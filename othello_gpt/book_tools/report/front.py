"""The first page of a report: what the network is, how well it plays, what can be read."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Int

from ... import game, probes
from ...game import Games
from ...intervals import Interval
from ...model import GPT, board_of, evaluate
from .pages import escaped

if TYPE_CHECKING:
    from .execution import Outcome

_FIT, _SCORED = (1000, 1), (500, 2)  # games and seed


class _FromZero(torch.nn.Module):
    """A network without a padding token, asked with tokens that count from 1."""

    def __init__(self, model: GPT):
        super().__init__()
        self.model, self.sites = model, model.sites

    def residual_stream(self, tokens: Int[torch.Tensor, "games positions"]):
        return self.model.residual_stream(tokens - 1)


def boards_by_site(model: GPT) -> dict[str, tuple[Interval, Interval]]:
    """Return the share of squares that a ridge regression reads right, at each site.

    Beside it that of the same regression on an untrained network of the same shape. Games are
    random ones on the network's own board. Raises ``ValueError`` on activations that aren't finite.
    """
    size, first = board_of(model.config)
    standard = size == 8  # as games of such networks begin
    fitted, scored = (
        Games(game.sample_moves(n, seed, size=size, standard=standard), size, standard)
        for n, seed in (_FIT, _SCORED)
    )
    target, found = [probes.TARGETS["board"]], []
    for source in (model, probes.untrained(model)):
        asked = source if first else _FromZero(source)
        probe = probes.fit_ridge(asked, fitted, target)
        found.append(probes.accuracy(probe, asked, scored)["board"].accuracy())
    return {site: (found[0].at(k), found[1].at(k)) for k, site in enumerate(model.sites)}


def front_page(
    model: GPT,
    name: str,
    outcomes: Mapping[str, "Outcome"],
    titles: Mapping[str, str],
    claims: Sequence[Mapping],
    n_games: int,
) -> str:
    """Return the page's Markdown; a line for each chapter, with what came of it."""
    size, _ = board_of(model.config)
    config = model.config
    parameters = sum(p.numel() for p in model.parameters())
    seen = evaluate(model, n_games)
    refuted = [one for one in claims if one.get("refuted")]
    asked = [one for one in outcomes.values() if one.key]
    applied = [one for one in asked if not one.why]
    lines = [
        f"# A report on {escaped(name)}",
        "",
        f"A network for {size}x{size} boards: {config.n_layer} layers, {config.n_head} heads, "
        f"width {config.n_embd}, a vocabulary of {config.vocab_size}, a context of "
        f"{config.block_size}, {parameters:,} parameters, "
        f"{'tied' if config.tied else 'untied'}.",
        "",
        f"Its first choice is illegal in **{seen.illegal:.3%}** of the positions of {seen.games:,} "
        "random games that training of this book's kind never sees. "
        f"Of the book's {len(outcomes)} chapters {len(asked)} were tried, and {len(applied)} apply "
        f"to it. [Claims that they make](claims.md) and that are clear of their controls: "
        f"{len(claims) - len(refuted)}; refuted: {len(refuted)}.",
        "",
        "| | 95% interval over games |",
        "|---|---|",
        f"| illegal first choices | {seen.illegal:.3%} |",
        f"| probability on legal moves | {seen.legal_mass:.5f} |",
        f"| loss, nats a move | {seen.loss:.5f} |",
        f"| loss above the entropy floor, nats a move | {seen.excess:.5f} |",
        "",
        "## Can its board be read?",
        "",
        *_probe_lines(model),
        "",
        "## The chapters",
        "",
        "An assertion is a comparison that a chapter's words make of the book's own network.",
        "",
        "| chapter | | assertions that fail here | took |",
        "|---|---|---|---|",
    ]
    for chapter, one in outcomes.items():
        came = escaped(one.why) if one.why else "applies"
        took = f"{one.seconds:.0f} s, {one.gigabytes:.1f} GB" if one.gigabytes else ""
        failed = "" if one.why else len(one.not_so) or "none"
        lines.append(f"| [{titles[chapter]}]({chapter}.py) | {came} | {failed} | {took} |")
    return "\n".join(lines) + "\n"


def _probe_lines(model: GPT) -> list[str]:
    """Return what a probe reads at each site, as Markdown; or why nothing could be read."""
    try:
        found = boards_by_site(model)
    except (ValueError, RuntimeError) as error:
        return [f"It couldn't be tried: {escaped(str(error).splitlines()[0])}"]
    own = max(found, key=lambda site: found[site][0].mean)
    best, blank = found[own][0], max((two[1] for two in found.values()), key=lambda i: i.mean)
    verdict = "clear of" if best.low > blank.high else "not clear of"
    return [
        f"A linear map, fitted to {_FIT[0]:,} games, reads mine, theirs and empty off each square. "
        f"At its best site, {own}, it gets {best:.1%} of the squares right in {_SCORED[0]} other "
        f"games. That is {verdict} the control, the best site of an untrained network of the same "
        f"shape: {blank:.1%}.",
        "",
        "| site | this network | untrained |",
        "|---|---|---|",
        *(f"| {site} | {mine:.1%} | {theirs:.1%} |" for site, (mine, theirs) in found.items()),
    ]
