"""Proof of ``othello_gpt.mechanism``: a flip from the token to the next move."""

import numpy as np
import pytest
import torch

from othello_gpt import game, mechanism


@pytest.fixture(scope="module")
def traced(model, pairs, probe, tied):
    cases, others = pairs
    return mechanism.trace(model, cases, others, probe, tied)


def test_pairs_differ_in_a_legal_last_move(pairs):
    cases, others = pairs
    assert cases.ply.tolist() == [9] * 6 + [14] * 6
    replay, rows = game.replay(cases.moves), np.arange(12)
    legal = game.on_squares(replay.legal)[rows, cases.ply]
    assert legal[rows, others].all()
    assert (others != cases.moves[rows, cases.ply]).all()
    assert (cases.legal_before & ~cases.legal_after).any(1).all()


def test_parts_add_up_to_the_change_of_the_reading(traced):
    shares = mechanism.written_by(traced)
    tied = shares.pop("tied neurons")
    assert list(shares) == ["the token", "heads 0", "MLP 0", "heads 1"]
    assert sum(share.mean for share in shares.values()) == pytest.approx(1, abs=1e-3)
    assert abs(tied.mean) > 1e-4


def test_the_ends_of_a_path(traced):
    for begin, share in (("own", 1), ("other", 0)):
        read, answer = traced.with_parts(lambda part, layer, value: value, begin)
        assert read.mean == pytest.approx(share, abs=1e-4)
        assert answer.mean == pytest.approx(share, abs=1e-4)
    everything = mechanism.held(traced.own, "mid")
    read, answer = traced.with_parts(everything, "other")
    assert (read.mean, answer.mean) == pytest.approx((1, 1), abs=1e-3)


def test_a_part_is_held_where_it_is_meant(traced):
    values = torch.zeros_like(traced.own.neurons[:, 0])
    of = mechanism.held(traced.own, "neurons", range(1))
    assert torch.equal(of("neurons", 0, values), traced.own.neurons[:, 0])
    assert of("neurons", 1, values) is values
    assert of("mid", 0, values) is values
    some = mechanism.held(traced.own, "neurons", traced.tied)("neurons", 0, values)
    assert torch.equal(some, traced.own.neurons[:, 0] * traced.tied[:, 0])
    assert traced.tied[:, 0].any()


def test_directions_carry_what_lies_along_them(traced, probe):
    read, answer = traced.with_parts(mechanism.along(traced, torch.eye(16)), "other")
    assert (read.mean, answer.mean) == pytest.approx((1, 1), abs=1e-3)
    board = probe.weight["board"][0]
    read, answer = traced.with_parts(mechanism.along(traced, board[0] - board[2]), "other")
    assert read.mean == pytest.approx(1, abs=1e-3)
    few = torch.randn(2, 16, generator=torch.Generator().manual_seed(0))
    read, _ = traced.with_parts(mechanism.along(traced, few), "other")
    assert abs(read.mean - 1) > 0.05


def test_what_a_change_does_goes_on_through_some_directions_only(traced, probe):
    put_in = mechanism.held(traced.own, "neurons", range(1))
    freely = traced.with_parts(put_in, "other")

    def by_way_of(basis):
        both = mechanism.one_after_another(put_in, mechanism.through(traced, basis))
        return traced.with_parts(both, "other")

    for found, wanted in zip(by_way_of(torch.eye(16)), freely, strict=True):
        assert found.mean == pytest.approx(wanted.mean, abs=1e-3)
    board = probe.weight["board"][0]
    read, answer = by_way_of(board[0] - board[2])
    assert read.mean == pytest.approx(freely[0].mean, abs=1e-3)  # all that the probe sees
    few = torch.randn(2, 16, generator=torch.Generator().manual_seed(0))
    assert abs(by_way_of(few)[0].mean - freely[0].mean) > 0.01
    assert abs(by_way_of(few)[1].mean - answer.mean) > 0.001


def test_the_median_comes_first(model, pairs):
    order, sure = mechanism.of_median_confidence(model, pairs[0], 3)
    gaps = np.abs(sure - np.median(sure))
    assert gaps[order].tolist() == sorted(gaps)[:3]
