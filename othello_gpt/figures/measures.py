"""Many measures of many things, row by row."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from .charts import choice, points
from .style import Series


def measures(
    labels: Sequence[str],
    found: Mapping[str, Mapping[str, object]],
    *,
    x_title: str,
    x_format: str | Mapping[str, str],
    looks: Mapping[str, Mapping[str, str]] | None = None,
    what: str,
) -> go.Figure:
    """Return ``points`` of several measures of the same things, to be chosen from a menu.

    ``found``: by measure, then by series, an ``intervals.Interval`` [labels]. ``x_format``: one for
    all, or by measure. ``looks``: by series, as for ``Series``. ``what`` the text alternatives say.

    >>> import numpy as np
    >>> from othello_gpt.intervals import Interval
    >>> loss = Interval(np.array([1.5, 1.6]), np.array([1.4, 1.5]), np.array([1.6, 1.7]))
    >>> found = {"loss": {"mean": loss}, "illegal": {"mean": loss}}
    >>> forms = {"loss": ".3f", "illegal": ".1%"}
    >>> figure = measures(["0", "1"], found, x_title="layer", x_format=forms, what="Without it")
    """
    charts, looks = {}, looks or {}
    for measure, of in found.items():
        series = {name: Series.of(i, **looks.get(name, {})) for name, i in of.items()}
        form = x_format if isinstance(x_format, str) else x_format[measure]
        alt = f"{what}: {measure}."
        charts[measure] = points(labels, series, x_title=x_title, x_format=form, alt=alt)
    return choice(charts)
