"""Trees on the board that predict a neuron's output."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor

from .. import game
from ..intervals import Interval, bootstrap
from .features import FEATURES
from .types import Asked, Outputs


@dataclass(frozen=True)
class Trees:
    """scikit-learn's regression trees, one an output, and what each was allowed to ask.

    ``asks``: columns of the features. ``fires``: for each tree and node, the share of training rows
    above zero.
    """

    trees: tuple[DecisionTreeRegressor, ...]
    asks: Int[np.ndarray, "trees questions"]
    fires: tuple[Float[np.ndarray, "..."], ...]  # trees differ in their number of nodes

    def predict(self, x: Asked) -> Float[np.ndarray, "rows trees"]:
        """Return the predicted outputs, float32."""
        return self._leaves(x, lambda k, leaf: self.trees[k].tree_.value[leaf, 0, 0], np.float32)

    def predict_fires(self, x: Asked) -> Bool[np.ndarray, "rows trees"]:
        """Return whether most training rows in the same leaf were above zero."""
        return self._leaves(x, lambda k, leaf: self.fires[k][leaf] > 0.5, bool)

    def _leaves(self, x: Asked, of: Callable, dtype: type) -> np.ndarray:
        found = np.empty((len(self.trees), len(x)), dtype)
        columns = np.asfortranarray(x, np.float32)

        def fill(k):
            found[k] = of(k, self.trees[k].apply(columns[:, self.asks[k]], check_input=False))

        _in_threads(fill, len(self.trees))
        return found.T

    def path(self, tree: int) -> list[tuple[int, bool]]:
        """Return the questions (feature, answer) on the way to a tree's most active leaf."""
        nodes = self.trees[tree].tree_
        leaf = nodes.children_left < 0
        node, steps = int(np.where(leaf, nodes.value[:, 0, 0], -np.inf).argmax()), []
        while node:
            parent = int(
                np.flatnonzero((nodes.children_left == node) | (nodes.children_right == node))[0]
            )
            asked = int(self.asks[tree, nodes.feature[parent]])
            steps.append((asked, bool(nodes.children_right[parent] == node)))
            node = parent
        return steps[::-1]

    def rule(self, tree: int) -> str:
        """Return in words when a tree is most active: ``"C1 empty, C2 theirs, C3 mine"``."""
        steps = self.path(tree)
        known = {FEATURES[f].split()[0] for f, answer in steps if answer and f < 108}
        said = []
        for f, answer in steps:
            square, what = FEATURES[f].split(maxsplit=1)
            # Where the square's state is known, what it is not goes without saying.
            if answer or f >= 108 or square not in known:
                said.append(f"{square} {'' if answer else 'not '}{what}")
        return ", ".join(said)


def fit_trees(
    x: Shaped[np.ndarray, "rows features"],
    y: Float[np.ndarray, "more_rows trees"],
    depth: int = 6,
    leaf: int = 10,
    ask: int = 40,
) -> Trees:
    """Return a least-squares regression tree for each column of ``y`` on boolean features ``x``.

    At most ``depth`` questions in a row, at least
    ``leaf`` rows in a leaf (CART, Breiman et al. 1984). A tree may ask about the ``ask`` features
    with the largest coefficients in a ridge regression of its column: a tree of fewer is grown
    in less time and predicts held-out games as well as all. Raises ``ValueError`` where rows
    don't match or aren't boolean.
    """
    if x.dtype != bool or len(x) != len(y):
        raise ValueError(
            f"trees need boolean features and as many rows of outputs, not {x.dtype} {x.shape} and "
            f"{y.shape}"
        )
    columns = np.asfortranarray(x, np.float32)
    weight = np.abs(Ridge(alpha=10).fit(columns, y).coef_.reshape(y.shape[1], -1)) * columns.std(0)
    asks = np.sort(np.argsort(-weight, 1, kind="stable")[:, :ask], 1)

    def grown(k: int) -> tuple[DecisionTreeRegressor, Float[np.ndarray, " nodes"]]:
        of = columns[:, asks[k]]
        tree = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=leaf, random_state=0)
        node = tree.fit(of, y[:, k])
        at = node.apply(of, check_input=False)
        above, rows = (np.bincount(at, w, node.tree_.node_count) for w in (y[:, k] > 0, None))
        return node, above / np.maximum(rows, 1)

    found = _in_threads(grown, len(asks))
    return Trees(tuple(tree for tree, _ in found), asks, tuple(fires for _, fires in found))


_Result = TypeVar("_Result")


def _in_threads(run: Callable[[int], _Result], n: int) -> list[_Result]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(run, range(n)))


def other_boards(x: Shaped[np.ndarray, "rows ..."]) -> Shaped[np.ndarray, "rows ..."]:
    """Return rows, games times 31, in another order: each another game's, after as many moves."""
    return np.roll(x.reshape(-1, game.CONTEXT, *x.shape[1:]), 1, axis=0).reshape(x.shape)


def r_squared(y: Outputs, predicted: Outputs) -> Float[np.ndarray, " neurons"]:
    """Return the share of each column's variance that is predicted; 0 for a constant."""
    found = r2_score(y, predicted, multioutput="raw_values")
    return np.where(y.var(0, dtype=np.float64) > 1e-12, found, 0.0)


def f1(
    truth: Bool[np.ndarray, "rows columns"], predicted: Bool[np.ndarray, "rows columns"]
) -> Float[np.ndarray, " columns"]:
    """Return the F1 score of each column; 0 where nothing is true or said to be.

    As scikit-learn's ``f1_score(average=None)``, which takes thirty times as long for a layer.
    """
    both = (truth & predicted).sum(0)
    return 2 * both / np.maximum(truth.sum(0) + predicted.sum(0), 1)


def share_described(y: Outputs, predicted: Outputs, n_games: int, above: float = 0.7) -> Interval:
    """Return the share of columns whose R^2 is above a bar, with an interval over games.

    Rows are games times positions; games are resampled. Raises ``ValueError`` for fewer than two.
    """
    by_game = (n_games, -1, y.shape[1])
    parts = [np.square(y - predicted), np.square(y), y]
    sums = np.stack([p.reshape(by_game).sum(1, dtype=np.float64) for p in parts], 1)
    rows = len(y) // n_games

    def share(means):
        error, squares, total = np.moveaxis(means / rows, 1, 0)
        return (1 - error / np.maximum(squares - total**2, 1e-12) > above).mean(1)

    return bootstrap(sums, statistic=share)


def rotated(
    width: int, columns: int, rotations: int, seed: int = 0
) -> Float[np.ndarray, "width mixes"]:
    """Return random mixes of a layer's outputs, float32, ``rotations`` times ``columns`` of them.

    ``columns`` from each of several random rotations: within one they are orthonormal, and all
    together hold what the neurons hold, but no neuron of the network is one of them.
    """
    rng = np.random.default_rng(seed)
    turns = [np.linalg.qr(rng.standard_normal((width, columns)))[0] for _ in range(rotations)]
    return np.hstack(turns).astype(np.float32)
