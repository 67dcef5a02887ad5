"""Proof of ``othello_gpt.probes``: refusals."""

import copy

import numpy as np
import pytest
import torch

from othello_gpt import game, probes
from othello_gpt.model import GPT, GPTConfig

SMALL = GPTConfig(n_layer=2, n_head=2, n_embd=16)


@pytest.mark.parametrize(
    "fit", [probes.fit_ridge, probes.fit_means, probes.fit_logistic, probes.fit_adamw]
)
def test_a_fit_on_no_games_is_refused(fit):
    with pytest.raises(ValueError, match="game"):
        fit(GPT(SMALL), game.sample_moves(1, 0)[:0])


def test_a_logistic_fit_without_a_step_is_refused():
    with pytest.raises(ValueError, match="20 games leave none for a step after the 20"):
        probes.fit_logistic(GPT(SMALL), game.sample_moves(20, 0), warm_up=20)


def test_padded_games_are_refused_instead_of_read_as_squares():
    moves = game.sample_moves(20, 0).astype(np.int8)
    moves[:, 16:] = -1
    with pytest.raises(ValueError, match="slice padded games"):
        probes.fit_ridge(GPT(SMALL), moves)
    with pytest.raises(ValueError, match="slice padded games"):
        game.tokens_of(moves)
    assert (game.tokens_of(moves[:, :16]) > 0).all()


def test_games_with_passes_are_refused():
    """The first game of uniform play, ended early, in which somebody has to pass."""
    rng = np.random.default_rng(0)
    while True:
        mine, theirs = (np.uint64(b) for b in game.start())
        played, passed = [], False
        while len(played) < 30:
            legal = game.legal_moves(mine, theirs)
            if not legal:
                mine, theirs, passed = theirs, mine, True
                legal = game.legal_moves(mine, theirs)
                if not legal:
                    break
            played.append(rng.choice(game.squares(int(legal))))
            mine, theirs = game.play(mine, theirs, np.uint8(played[-1]))
        if passed and len(played) == 30:
            break
    with pytest.raises(ValueError, match="game 0 has a forced pass before move"):
        probes.fit_ridge(GPT(SMALL), np.array([played], np.int8))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_networks_of_any_precision_are_probed(dtype):
    torch.manual_seed(0)
    network, moves = GPT(SMALL), game.sample_moves(300, 0)
    board = [probes.TARGETS["board"]]
    exact = probes.fit_ridge(network, moves, board)
    rounded = probes.fit_ridge(copy.deepcopy(network).to(dtype), moves, board)
    assert rounded.source != exact.source
    assert rounded.weight["board"].dtype == torch.float32
    assert torch.isfinite(rounded.weight["board"]).all()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_compiled_networks_probe_fits_the_plain_one():
    network, moves, board = GPT(SMALL), game.sample_moves(40, 0), [probes.TARGETS["board"]]
    compiled = torch.compile(network)
    assert isinstance(compiled, probes.Source)
    assert not isinstance(torch.compile(torch.nn.Linear(2, 2)), probes.Source)
    assert probes.fingerprint(compiled) == probes.fingerprint(network)
    of_plain, of_compiled = (probes.fit_ridge(n, moves, board) for n in (network, compiled))
    assert torch.equal(of_plain.weight["board"], of_compiled.weight["board"])
    right = [
        probes.accuracy(probe, n, moves)["board"].right
        for probe in (of_plain, of_compiled)
        for n in (network, compiled)
    ]
    assert all(np.array_equal(part, right[0]) for part in right)
