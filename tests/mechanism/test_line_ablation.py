"""Proof of ``othello_gpt.mechanism``: silencing the neurons of a line."""

import numpy as np
import pytest
import torch

from othello_gpt import game, mechanism, neurons, probes
from othello_gpt.mechanism import LastPosition
from othello_gpt.model import inputs_of


@pytest.fixture(scope="module")
def flips(tied):
    return mechanism.sample_flips(40, tied, seed=9)


@pytest.fixture(scope="module")
def mean(model):
    torch.manual_seed(1)
    return torch.rand(3, 64).numpy().astype(np.float64)


def nothing(part, layer, value):
    return value


def test_a_case_is_a_line_that_its_move_turned(flips):
    cases = flips.cases
    replay, rows = game.replay(cases.moves), np.arange(40)
    turned = probes.captured(replay)[rows, cases.ply] == 1
    assert np.array_equal(flips.run | flips.elsewhere, turned)
    assert not (flips.run & flips.elsewhere).any()
    assert flips.elsewhere.any()
    assert np.array_equal(cases.before, probes.board(replay)[rows, cases.ply])
    assert np.array_equal(cases.before != cases.after, flips.run)
    for line, run, move in zip(flips.lines, flips.run, cases.moves[rows, cases.ply], strict=True):
        assert line.square == move
        length = int(run.sum())
        expected = neurons.line_squares(neurons.Line(line.square, line.towards, length))
        assert sorted(expected[:-1]) == np.flatnonzero(run).tolist()


def test_rivals_are_as_many_of_the_same_layers_and_none_of_the_line(
    model, flips, tied, mean, probe
):
    last = LastPosition(model, flips.cases)
    written, onto = last.run(), mechanism.written_onto(last, flips, probe, mean)
    std, norms = mean + 0.5, np.ones_like(mean)
    chosen = mechanism.choose(flips, tied, written, mean, std, norms, onto)
    own = chosen["its own line"]
    assert own.sum((1, 2)).tolist() == [3] * 40
    assert tuple(chosen)[1:] == (*mechanism.RIVALS, *mechanism.WRITERS)
    for name, mask in chosen.items():
        if name != "its own line":
            assert not (mask & own).any()
            counts = mask.sum(2), own.sum(2) * (2 if name.startswith("twice") else 1)
            assert (counts[0] <= counts[1]).all()
            if "square" not in name:
                assert np.array_equal(*counts)
    for once, twice in (mechanism.RIVALS[-2:], mechanism.WRITERS):
        assert not (chosen[once] & ~chosen[twice]).any()
    writers = chosen[mechanism.WRITERS[0]]
    layers = np.nonzero(own.any(2))
    for case, layer in zip(*layers, strict=True):
        left = onto[case, layer][~own[case, layer] & ~writers[case, layer]]
        assert onto[case, layer][writers[case, layer]].min() >= left.max()
    moved = np.abs(written.neurons.numpy() - mean)
    gap = {
        name: np.abs((moved * chosen[name]).sum(2) - (moved * own).sum(2)).mean()
        for name in ("others as active here", "others of the same size")
    }
    assert gap["others as active here"] < 0.5 * gap["others of the same size"]


def test_what_is_written_onto_the_discs_adds_up_to_the_change_of_their_reading(
    model, flips, mean, probe
):
    last = LastPosition(model, flips.cases)
    written, onto = last.run(), mechanism.written_onto(last, flips, probe, mean)
    mask = np.zeros((40, 3, 64), bool)
    mask[:, 0] = True
    step = last.writes(0, written.neurons[:, 0] - torch.from_numpy(mean[0]).float())
    before, after = (
        probe.logits("board", "resid_mid 1", x)
        for x in (written.mid[:, 1] - step, written.mid[:, 1])
    )
    margin = ((after - before)[:, 0] - (after - before)[:, 2]).numpy()  # theirs over mine
    expected = (margin * flips.run).sum(1)
    np.testing.assert_allclose(onto[:, 0].sum(1), expected, atol=1e-3)


def test_silence_is_that_of_a_hook_at_one_position(model, flips, mean, probe):
    last, rows = LastPosition(model, flips.cases), torch.arange(40)
    mask = np.random.default_rng(0).random((40, 3, 64)) < 0.2
    found = last.run(change=mechanism.silenced(mask, mean))
    at = rows, torch.from_numpy(flips.cases.ply)

    def edit(layer):
        def put(x):
            x = x.clone()
            silent, to = torch.from_numpy(mask[:, layer]), torch.from_numpy(mean[layer]).float()
            x[at] = torch.where(silent, to, x[at])
            return x

        return put

    with neurons.with_outputs(model, {layer: edit(layer) for layer in range(3)}):
        logits = model(inputs_of(flips.cases.moves))[at]
    assert torch.allclose(found.logits, logits, atol=1e-4)

    base = mechanism.measure(last, flips, probe, nothing)
    changed = mechanism.measure(last, flips, probe, mechanism.silenced(mask, mean))
    p = logits.softmax(-1)
    legal = flips.cases.legal_before
    assert np.allclose(changed.illegal, (p * ~legal).sum(-1), atol=1e-5)
    said = probe.classify("board", "resid_mid 1", found.mid[:, 1]).numpy()
    wrong = said != flips.cases.before
    assert np.allclose(changed.run, [w[r].mean() for w, r in zip(wrong, flips.run, strict=True)])
    assert (np.isnan(changed.elsewhere) == ~flips.elsewhere.any(1)).all()
    lost = mechanism.lost(base, changed, "margin")
    assert np.isclose(lost.mean, (changed.margin - base.margin).mean())
    assert np.isfinite(mechanism.lost(base, changed, "elsewhere").mean)
    assert mechanism.times(base, changed, changed).mean == pytest.approx(1)
    gap = (changed.run - base.run) - (changed.elsewhere - base.elsewhere)
    both = np.isfinite(gap)
    assert mechanism.specific(base, changed).mean == pytest.approx(gap[both].mean())
    among = np.arange(40) < 25
    found = mechanism.specific(base, changed, among).mean
    assert found == pytest.approx(gap[both & among].mean())


def test_the_size_of_a_silence_is_how_far_it_moves_the_stream(model, flips, mean):
    last = LastPosition(model, flips.cases)
    written, mask = last.run(), np.zeros((40, 3, 64), bool)
    mask[:, 2, :9] = True
    silent = last.run(change=mechanism.silenced(mask, mean))
    (size,) = mechanism.sizes(written, {"some": mask}, mean, model).values()
    expected = (written.final - silent.final).norm(dim=1).mean()
    assert size == pytest.approx(float(expected), rel=1e-4)


def test_nothing_is_lost_without_a_change(model, flips, probe):
    last = LastPosition(model, flips.cases)
    base = mechanism.measure(last, flips, probe, nothing)
    none = np.zeros((40, 3, 64), bool)
    again = mechanism.measure(last, flips, probe, mechanism.silenced(none, np.zeros((3, 64))))
    assert mechanism.lost(base, again, "illegal").mean == 0
    assert (base.unturned <= base.illegal + 1e-6).all()
