"""All neurons' trees at once, and how well they describe neurons on games they haven't seen."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from ..intervals import Interval
from .trees import Trees, f1, fit_trees, other_boards, r_squared, share_described
from .types import Outputs


@dataclass(frozen=True, eq=False)
class Description:
    """What trees say of each layer's columns (neurons, or what stands in for them).

    ``outputs``: what is to be described, on held-out positions of ``n_games`` games in order;
    ``predicted`` and ``fires``: what the trees predict, and whether they say it is above zero.
    """

    trees: tuple[Trees, ...]
    outputs: tuple[Outputs, ...]
    predicted: tuple[Outputs, ...]
    fires: tuple[Bool[np.ndarray, "rows neurons"], ...]
    n_games: int

    @cached_property
    def r2(self) -> Float[np.ndarray, "layers columns"]:
        """The share of each column's variance that its tree predicts."""
        pairs = zip(self.outputs, self.predicted, strict=True)
        return np.stack([r_squared(y, said) for y, said in pairs])

    @cached_property
    def f1(self) -> Float[np.ndarray, "layers columns"]:
        """F1 of predicting whether a column is above zero."""
        pairs = zip(self.outputs, self.fires, strict=True)
        return np.stack([f1(y > 0, said) for y, said in pairs])

    def share(self, above: float = 0.7) -> Interval:
        """Return the share of each layer's columns with an R^2 above a bar, over games."""
        pairs = zip(self.outputs, self.predicted, strict=True)
        return Interval.of([share_described(y, said, self.n_games, above) for y, said in pairs])

    def during(self, rows: Bool[np.ndarray, " rows"]) -> "Description":
        """Return the same on some of the positions, as many of each game."""
        parts = ("outputs", "predicted", "fires")
        return replace(
            self, **{name: tuple(x[rows] for x in getattr(self, name)) for name in parts}
        )

    def given_other_boards(self) -> "Description":
        """Return what the same trees say if each is shown another game's board."""
        return replace(
            self,
            predicted=tuple(other_boards(p) for p in self.predicted),
            fires=tuple(other_boards(p) for p in self.fires),
        )


def describe(
    asked: Bool[np.ndarray, "rows features"],
    outputs: Float[np.ndarray, "layers rows columns"],
    truths: Bool[np.ndarray, "held_out features"],
    held_out: Float[np.ndarray, "layers held_out columns"],
    n_games: int,
) -> Description:
    """Return the trees that are grown on ``asked`` and ``outputs``.

    They are scored on ``truths`` and ``held_out``, all positions of ``n_games`` games in order.
    """
    trees = tuple(fit_trees(asked, y) for y in outputs)
    return Description(
        trees=trees,
        outputs=tuple(held_out),
        predicted=tuple(t.predict(truths) for t in trees),
        fires=tuple(t.predict_fires(truths) for t in trees),
        n_games=n_games,
    )
