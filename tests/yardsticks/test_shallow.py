"""Proof of ``othello_gpt.yardsticks``: the shallow rival and its training."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from othello_gpt import cli, game, yardsticks
from othello_gpt.game import Games
from othello_gpt.model import HELD_OUT_SEED, REPORT_SEED, next_moves
from othello_gpt.yardsticks import Shallow, ShallowConfig, shallow_training
from tests.yardsticks.common import MOVES, TOKENS

SMALL = ShallowConfig(filters=2, games=192, batch=64, warm_up=64)


def any_rival(seed=0):
    """Return a rival none of whose weights are zero."""
    rival = Shallow(3, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weights in rival.parameters():
            weights += 0.3 * torch.randn(weights.shape, generator=generator)
    return rival.requires_grad_(False)


def trained(path, **options):
    return yardsticks.train_shallow(path, SMALL, log_games=20, log_every=64, **options)


def test_the_hidden_layer_is_what_a_slow_loop_makes_of_the_moves():
    rival = any_rival()
    (hidden,) = rival.residual_stream(TOKENS[:2])
    halves = [[w.numpy() for w in rival.weights(parity)] for parity in range(2)]
    for game_, moves in enumerate(TOKENS[:2].numpy()):
        for t in range(31):
            played, bias, _ = halves[t % 2]
            total = bias[t].astype(float)
            for i in range(t + 1):
                total += played[i, moves[i]]
            working = np.maximum(total, 0)
            silent = np.zeros_like(working)
            expected = [working, silent] if t % 2 == 0 else [silent, working]
            np.testing.assert_allclose(hidden[game_, t], np.concatenate(expected), atol=1e-5)
    out = np.concatenate([outputs for _, _, outputs in halves])
    np.testing.assert_allclose(
        rival(TOKENS[:2]).numpy(), hidden.numpy() @ out + rival.out_bias.numpy(), atol=1e-4
    )
    assert rival.width == hidden.shape[-1] == 24


def test_what_comes_later_and_who_moved_when_matter_as_they_should():
    rival = any_rival()
    other = TOKENS[:5].clone()
    other[:, [4, 6]] = other[:, [6, 4]]  # the same player's moves, exchanged
    (a,), (b,) = rival.residual_stream(TOKENS[:5]), rival.residual_stream(other)
    assert torch.equal(a[:, :4], b[:, :4])
    assert (a[:, 7:] - b[:, 7:]).abs().amax((1, 2)).min() > 0.01  # it knows when
    with torch.no_grad():
        rival.by_ply.zero_()  # a bag of moves is left
    (a,), (b,) = rival.residual_stream(TOKENS[:5]), rival.residual_stream(other)
    torch.testing.assert_close(a[:, 6:], b[:, 6:])
    assert not torch.allclose(a[:, 5], b[:, 5])


@pytest.mark.parametrize("symmetry", ["transposed", "turned", "turned and transposed"])
def test_a_game_and_its_mirror_image_get_mirrored_predictions(symmetry):
    boards = {"transposed": lambda b: b.T, "turned": lambda b: b[::-1, ::-1]}
    boards["turned and transposed"] = lambda b: b[::-1, ::-1].T
    image = boards[symmetry](np.arange(36).reshape(6, 6)).ravel()
    game.replay(image[MOVES[:20].astype(int)])  # raises unless it is a symmetry of the rules
    rival = any_rival()
    rival.out_bias.zero_()
    here, there = (next_moves(rival, m[:, :-1]) for m in (MOVES[:20], image[MOVES[:20]]))
    np.testing.assert_allclose(there[..., image], here, atol=1e-6)
    assert np.abs(there - here).max() > 0.01


def test_the_side_to_move_begins_on_the_same_two_squares():
    quarter = game.square_of_token()[yardsticks.shallow._SYMMETRIES[1, 0].numpy()]
    assert quarter[1] != 0
    assert sorted(quarter[1:]) == sorted(game.square_of_token()[1:])
    # A quarter turn takes the centre's one diagonal to the other.
    assert np.rot90(np.arange(36).reshape(6, 6))[2, 2] in (15, 20)


def test_the_gradient_is_autograds():
    rival = any_rival(seed=2).requires_grad_(True)
    games = Games(MOVES[:70])  # more than are done at once, and a rest
    legal = games.legal_tokens[:, 1:]
    shallow_training.backward(rival, games.tokens, legal)
    found = [weights.grad.clone() for weights in rival.parameters()]
    rival.zero_grad()
    target = torch.from_numpy(legal).double()
    target /= target.sum(-1, keepdim=True)
    said = rival(torch.from_numpy(games.tokens)).log_softmax(-1)
    (-(target * said).sum(-1).mean()).backward()
    for weights, gradient in zip(rival.parameters(), found, strict=True):
        assert gradient.abs().max() > 1e-4
        torch.testing.assert_close(gradient, weights.grad, rtol=1e-3, atol=1e-6)


def test_an_interrupted_run_ends_with_the_same_weights(tmp_path):
    whole = trained(tmp_path / "whole.safetensors")
    halfway = trained(tmp_path / "parts.safetensors", stop_at=64)
    assert halfway.suffixes == [".state", ".pt"]
    assert not (tmp_path / "parts.safetensors").exists()
    parts = trained(tmp_path / "parts.safetensors")
    one, other = load_file(whole), load_file(parts)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    (_, about), (_, also) = map(yardsticks.load_shallow, (whole, parts))
    assert about["curve"] == also["curve"]
    assert [seen for seen, *_ in about["curve"]] == [64, 128, 192]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parts.safetensors", "whole.safetensors"]


def test_a_finished_run_is_left_as_it_is_and_no_other_takes_its_place(tmp_path):
    path = trained(tmp_path / "a.safetensors")
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert trained(path) == path
    with pytest.raises(ValueError, match="a rival of other settings"):
        yardsticks.train_shallow(path, replace(SMALL, seed=5))
    assert before == (path.read_bytes(), path.stat().st_mtime_ns)
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="truncated or not a safetensors file"):
        trained(path)


def test_the_embedded_rival_is_what_its_metadata_say():
    rival, about = yardsticks.load_shallow()
    games = Games.sample(100, shallow_training.MONITOR_SEED)
    wrong, above = shallow_training.judged(rival, games)
    _, illegal, loss = about["curve"][-1]
    assert about["curve"][-1][0] == about["games"]
    assert wrong == pytest.approx(illegal, abs=0.02)
    assert above == pytest.approx(loss, abs=0.05)
    assert f"--width {rival.width} --games {about['games']}" in about["command"]
    assert yardsticks.shallow.EMBEDDED.stat().st_size < 2.5e6


def test_it_learns(tmp_path):
    config = ShallowConfig(filters=4, games=6400, batch=64, warm_up=640)
    path = yardsticks.train_shallow(tmp_path / "a.safetensors", config, log_every=640, log_games=50)
    (_, first, _), *_, (_, last, loss) = yardsticks.load_shallow(path)[1]["curve"]
    assert last < 0.45 < 0.6 < first
    assert loss > 0


def test_a_run_of_other_settings_or_another_file_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    state = trained(path, stop_at=64)
    with pytest.raises(ValueError, match=r"a\.state\.pt: a run with .*give the same values"):
        yardsticks.train_shallow(path, replace(SMALL, rate=0.1))
    torch.save({"games": 3}, state)
    with pytest.raises(ValueError, match="no run of a rival; delete it to start again"):
        trained(path)
    state.write_bytes(state.read_bytes()[:50])
    with pytest.raises(ValueError, match="truncated or not a checkpoint"):
        trained(path)


def test_a_file_that_is_no_rival_is_refused_in_one_sentence(tmp_path):
    path = trained(tmp_path / "a.safetensors")
    weights = load_file(path)
    good = path.read_bytes()
    path.write_bytes(good[:-20])
    with pytest.raises(ValueError, match="truncated or not a safetensors file") as refused:
        yardsticks.load_shallow(path)
    assert "\n" not in str(refused.value)
    save_file(weights, path)
    with pytest.raises(ValueError, match="no shallow rival, its metadata don't tell of one"):
        yardsticks.load_shallow(path)
    save_file(weights, path, {"shallow": '{"filters": 3}'})
    with pytest.raises(ValueError, match="a rival of 3 filters has tensors"):
        yardsticks.load_shallow(path)
    bad = weights | {"bias": weights["bias"] * torch.inf}
    save_file(bad, path, {"shallow": '{"filters": 2}'})
    with pytest.raises(ValueError, match="hold NaN or infinite values"):
        yardsticks.load_shallow(path)


def test_games_that_are_for_evaluation_are_refused():
    for seed in (HELD_OUT_SEED, REPORT_SEED, shallow_training.MONITOR_SEED):
        with pytest.raises(ValueError, match="are for evaluation"):
            ShallowConfig(seed=seed)
    with pytest.raises(ValueError, match="games=0: one or more"):
        ShallowConfig(games=0)
    with pytest.raises(ValueError, match="no rival is 100 wide"):
        ShallowConfig.of_width(100)


def test_the_command_trains_and_says_how_good_it_is(tmp_path, capsys):
    out = tmp_path / "a.safetensors"
    assert cli.main(["rival", "--width", "16", "--games", "300", "--out", str(out)]) == 0
    _, about = yardsticks.load_shallow(out)
    assert f"{about['curve'][-1][1]:.2%} illegal" in capsys.readouterr().out
    assert about["command"].startswith("othello-gpt rival --width 16 --games 300 --seed 0")
    assert cli.main(["rival", "--width", "20", "--out", str(out)]) == 1
    assert "no rival is 20 wide" in capsys.readouterr().err
