"""Proof of ``othello_gpt.probes``: factorisation."""

import numpy as np
import pytest
import torch

from othello_gpt import probes
from othello_gpt.probes import TARGETS, Moments, Outputs, factorise
from othello_gpt.probes import factorisation as room
from tests.probes.common import HELD_OUT, MOVES, Planted, rows

GENERATOR = torch.Generator().manual_seed(3)


def noise(*shape):
    return torch.randn(*shape, generator=GENERATOR, dtype=torch.float64)


def product(rank, squares=12, width=40):
    """Directions that are a tensor product of this rank; kinds sum to zero."""
    kinds = room.CONTRASTS @ noise(2, 2)
    return torch.einsum("sr,kf,rfd->skd", noise(squares, rank), kinds, noise(rank, 2, width))


@pytest.fixture(scope="module")
def planted():
    source = Planted(noise=0.5)
    probe, moments = room_moments(source)
    return source, probe, Outputs.of(probe, TARGETS["board"], "planted", moments)


def room_moments(source):
    probe = probes.fit_ridge(source, MOVES, [TARGETS["board"]], ["planted"])
    source.generator.manual_seed(0)
    return probe, Moments.of(source, MOVES, ["planted"])


def test_a_tensor_product_is_found_at_its_rank_and_not_below():
    directions = product(3)
    found = factorise(directions, 3)
    torch.testing.assert_close(found.directions(), directions)
    assert found.squares.shape == (12, 3)
    assert found.core.shape == (3, 2, 40)
    assert room.explained(directions, factorise(directions, 2).directions()) < 0.99


def test_no_other_factors_come_nearer():
    """Against gradient descent on all three factors, from several starts."""
    directions = noise(7, 3, 9)
    best = room.explained(directions, factorise(directions, 2, 1, rounds=50).directions())
    for _ in range(5):
        parts = [noise(7, 2), noise(3, 1), noise(2, 1, 9)]
        parts = [part.requires_grad_() for part in parts]
        optimiser = torch.optim.Adam(parts, lr=0.05)
        for _ in range(400):
            optimiser.zero_grad()
            loss = (room.Factors(*parts).directions() - directions).square().sum()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            rival = room.explained(directions, room.Factors(*parts).directions())
        assert rival <= best + 1e-3


@pytest.mark.parametrize(("rank", "kind_rank"), [(0, 2), (13, 2), (2, 0), (2, 4)])
def test_ranks_that_cannot_be_had_are_refused(rank, kind_rank):
    with pytest.raises(ValueError, match="ranks are 1 to 12 for squares and 1 to 3 for kinds"):
        factorise(product(3), rank, kind_rank)


@pytest.mark.parametrize("mixing_by", [room.mispaired, room.rotated])
def test_a_mixing_can_be_undone_and_keeps_what_it_says(mixing_by):
    directions = product(12)
    mixing = mixing_by(12, seed=1)
    torch.testing.assert_close(mixing @ mixing.T, torch.eye(36, dtype=torch.float64))
    after = room.mixed(directions, mixing)
    torch.testing.assert_close(room.mixed(after, mixing.T), directions)
    torch.testing.assert_close(after.sum(1), torch.zeros(12, 40, dtype=torch.float64))
    values = [torch.linalg.svdvals(d.flatten(0, 1)) for d in (directions, after)]
    torch.testing.assert_close(*values)
    assert not torch.allclose(after, directions)


def test_mispaired_squares_keep_each_contrast():
    directions = product(12)
    after = room.mixed(directions, room.mispaired(12, seed=1))
    of = [torch.einsum("skd,kf->fsd", d, room.CONTRASTS) for d in (directions, after)]
    torch.testing.assert_close(of[0][0], of[1][0])
    lengths = [d[1].norm(dim=-1).sort().values for d in of]
    torch.testing.assert_close(*lengths)
    assert not torch.allclose(of[0][1], of[1][1])


@pytest.mark.parametrize("mixing_by", [room.mispaired, room.rotated])
def test_what_squares_share_is_lost_by_mixing(mixing_by):
    directions = product(3)
    after = room.mixed(directions, mixing_by(12))
    assert room.explained(after, factorise(after, 3).directions()) < 0.9


def test_plain_has_as_many_free_numbers():
    assert room.rank_for_as_many(36, 36, 128) == 72
    rank = room.rank_for_as_many(18, 36, 128)
    assert (rank - 1) * (201 - rank) < 18 * 18 + 18 * 2 * 128 <= rank * (200 - rank)


def test_all_of_the_rank_reads_as_the_probe_does(planted):
    source, probe, outputs = planted
    whole = factorise(outputs.directions, 36).directions()
    found, targets = outputs.reader({"whole": whole})
    source.generator.manual_seed(1)
    x, _ = rows(source, HELD_OUT, "planted")
    logits = probe.logits("board", "planted", x.float())
    again = found.logits(targets[0].name, "planted", x.float())
    torch.testing.assert_close(again, logits - logits.mean(1, keepdim=True), atol=1e-3, rtol=1e-3)


def test_explained_is_a_share_of_the_variance_of_outputs(planted):
    source, probe, outputs = planted
    found, _ = outputs.reader({"half": factorise(outputs.directions, 9).directions()})
    source.generator.manual_seed(0)
    x, _ = rows(source, MOVES, "planted")
    said = [
        p.logits(t, "planted", x.float()).double() for p, t in ((probe, "board"), (found, "half"))
    ]
    said = [logits - logits.mean(1, keepdim=True) for logits in said]
    torch.testing.assert_close(said[0].mean(0), said[1].mean(0), atol=1e-3, rtol=1e-3)
    variance = [x.var(0, correction=0).sum().item() for x in (said[0] - said[1], said[0])]
    half = room.explained(outputs.directions, factorise(outputs.directions, 9).directions())
    assert half == pytest.approx(1 - variance[0] / variance[1], abs=1e-3)


@pytest.fixture(scope="module")
def scores(planted):
    source, _, outputs = planted
    return outputs.scores(source, HELD_OUT, (1, 12, 36), seeds=2)


def test_scores_rise_with_the_rank_to_those_of_the_probe(planted, scores):
    source, probe, _ = planted
    whole = probes.accuracy(probe, source, HELD_OUT)["board"].accuracy().mean[0]
    for reader in room.READERS:
        read, share = scores["read"][reader], scores["explained"][reader]
        assert np.all(np.diff(share.mean) > 0)
        assert share.mean[-1] == pytest.approx(1)
        assert read.mean[-1] == pytest.approx(whole, abs=0.005)
        assert read.mean[0] < read.mean[-1]
        assert np.all(share.low <= share.mean + 1e-12)
    assert scores["explained"]["rotated"].high[1] > scores["explained"]["rotated"].low[1]


def test_a_target_that_is_not_there_is_refused(planted):
    source, probe, _ = planted
    moments = Moments.of(source, MOVES[:20], ["planted"])
    with pytest.raises(ValueError, match="no target 'empty' here"):
        Outputs.of(probe, TARGETS["empty"], "planted", moments)


def test_a_menu_draws_every_reader_by_either_measure(scores):
    figure = probes.factors_menu((1, 12, 36), scores)
    for measure in ("read", "explained"):
        for interval in scores[measure].values():
            drawn = [t.y for t in figure.data if t.y is not None and len(t.y) == 3]
            assert any(np.allclose(np.asarray(y, float), interval.mean, atol=1e-3) for y in drawn)
    assert len(figure.layout.updatemenus[0].buttons) == 2
