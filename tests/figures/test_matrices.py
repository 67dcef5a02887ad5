"""Proof of ``othello_gpt.figures``: matrices."""

import numpy as np
import pytest

from othello_gpt import figures


def test_a_matrix_steps_through_whole_percents():
    shares = np.ma.masked_greater(np.random.default_rng(0).random((3, 5, 4)), 0.9)
    figure = figures.matrix(shares, ["a", "b", "c"], x_title="to", y_title="from", at=1, alt="alt")
    slider = figure.layout.sliders[0]
    assert slider.active == 1
    assert [step.label for step in slider.steps] == ["a", "b", "c"]
    for k, step in enumerate(slider.steps):
        z = np.array(step.args[0]["z"][0], float)
        assert (np.isnan(z) == shares.mask[k]).all()
        assert np.nanmax(np.abs(z - 100 * shares[k].filled(np.nan))) <= 0.5
    assert np.array_equal(figure.data[0].z, slider.steps[1].args[0]["z"][0])
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.meta["alt"] == "alt"


def test_a_matrix_of_signed_values_with_names():
    cosines = np.random.default_rng(0).uniform(-1, 1, (2, 3, 3))
    options = dict(names=["pre", "mid", "post"], scale="signed", x_title="x", y_title="y", alt="")
    figure = figures.matrix(cosines, ["a", "b"], **options)
    for step, cosine in zip(figure.layout.sliders[0].steps, cosines, strict=True):
        assert np.abs(np.array(step.args[0]["z"][0]) - cosine).max() <= 0.005
    assert list(figure.data[0].x) == list(figure.data[0].y) == ["pre", "mid", "post"]
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax, axis.colorscale[0][1]) == (-1, 1, figures.THEIRS)
    assert figure.layout.meta["dark"]["coloraxis.colorscale"] != axis.colorscale
    with pytest.raises(ValueError, match="expected numbers between -1 and 1"):
        figures.matrix(cosines - 1, ["a", "b"], **options)
    with pytest.raises(ValueError, match="2 names for 3 rows and 3 columns"):
        figures.matrix(cosines, ["a", "b"], **options | dict(names=["pre", "mid"]))


def test_a_matrix_says_what_is_wrong():
    with pytest.raises(ValueError, match=r"\(2, 3, 3\) isn't \[steps, rows, columns\] of 1 steps"):
        figures.matrix(np.zeros((2, 3, 3)), ["a"], x_title="", y_title="", alt="")
    for bad in (-0.1, 1.5, np.nan):
        with pytest.raises(ValueError, match="shares between 0 and 1"):
            figures.matrix(np.full((1, 3, 3), bad), ["a"], x_title="", y_title="", alt="")
