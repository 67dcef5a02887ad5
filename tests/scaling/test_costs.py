"""Proof of ``othello_gpt.scaling``: counting, timing, record."""

import json

import pytest
import torch

from othello_gpt import game, scaling
from othello_gpt.model import GPT
from othello_gpt.scaling import Size, Times
from othello_gpt.scaling.__main__ import main, processor
from othello_gpt.scaling.counting import loss_of
from othello_gpt.training import Loss, TrainConfig, batch_of

SIZES = [Size(4, 2, 16), Size(6, 1, 32), Size(8, 3, 24), Size()]
TINY = Size(4, 1, 8)


@pytest.mark.parametrize("size", SIZES)
def test_operations_are_those_of_the_textbook(size):
    moves, width = size.moves, size.width
    products = size.layers * (12 * width**2 * moves + 2 * moves**2 * width)
    unembedding = width * (size.board**2 - 3) * moves
    assert scaling.flops(size) == 3 * 2 * (products + unembedding)


@pytest.mark.parametrize("size", SIZES)
def test_parameters_are_the_networks_own(size):
    assert size.parameters == sum(p.numel() for p in GPT(size.config).parameters())


def test_the_book_has_these_sizes():
    assert Size().config == GPT().config
    assert Size().parameters == 1_594_624


@pytest.mark.parametrize("size", SIZES[:3])
def test_what_is_kept_of_the_weights(size):
    model = GPT(size.config)
    matrices = sum(p.numel() for p in model.transformer.h.parameters() if p.ndim == 2)
    others = [p for p in model.parameters() if p.numel() and p.ndim != 2]
    others += [p for name, p in model.named_parameters() if "wte" in name or "wpe" in name]
    rest = sum(p.numel() for p in others)
    assert matrices + rest == size.parameters
    steps = 4 * len(others)  # AdamW counts its steps for each tensor
    assert scaling.state_bytes(size) == 4 * (2 * size.parameters + matrices + 2 * rest) + steps


def test_what_a_game_leaves_behind_grows_as_it_must():
    shallow, deep, deeper = (scaling.activation_bytes(Size(4, n, 16)) for n in (1, 2, 3))
    assert deeper - deep == deep - shallow > 0
    long = scaling.activation_bytes(Size(6, 1, 16))
    patterns = 2 * 4 * 8 * (31**2 - 11**2)  # before and after the softmax, at most
    assert 31 / 11 * shallow < long < 31 / 11 * shallow + 2 * patterns
    assert scaling.activation_bytes(Size(4, 1, 32)) < 2 * shallow


def test_the_loss_is_that_of_training():
    plain = TrainConfig(batch=8, continuations=0, siblings=1)
    torch.manual_seed(0)
    model = GPT()
    tokens = torch.from_numpy(game.tokens_of(game.sample_moves(8, plain.seed)))
    expected = Loss(model, plain)(*batch_of(0, 8, plain))
    torch.testing.assert_close(loss_of(model, tokens), expected)


def test_a_size_that_cant_be_is_refused():
    with pytest.raises(ValueError, match="no games can be drawn on a board of 5"):
        Size(board=5)
    with pytest.raises(ValueError, match="n_layer=0"):
        Size(layers=0)
    with pytest.raises(ValueError, match="n_embd=100 can't be split"):
        Size(width=100)


def test_time_is_measured_on_one_core_and_nothing_else_is_changed():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = scaling.timed(TINY, 0.01)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert min(found.draw, found.game, found.step) > 0
    assert found.game < scaling.timed(Size(6, 8, 128), 0.01).game
    with pytest.raises(ValueError, match="nothing can be measured in 0 seconds"):
        scaling.timed(TINY, 0)


def test_larger_steps_save_the_time_of_steps():
    times = Times(draw=0.001, game=0.004, step=0.5)
    assert times.games_per_second(100) == pytest.approx(100)
    assert times.games_per_second(10**9) == pytest.approx(200)


def test_what_is_measured_is_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("othello_gpt.scaling.__main__.SIZES", [TINY])
    path = tmp_path / "record.json"
    rounds = iter([Times(3, 2, 2), Times(2, 4, 1)])
    monkeypatch.setattr("othello_gpt.scaling.__main__.timed", lambda size, seconds: next(rounds))
    monkeypatch.setattr("sys.argv", ["scaling", "--rounds", "2", "--out", str(path)])
    main()
    capsys.readouterr()
    kept = scaling.load_record(path)
    assert kept.machine == processor() != ""
    assert kept.times == {TINY: Times(2, 2, 1)}  # of each part the fastest
    scaling.save_record(kept, tmp_path / "again.json")
    assert scaling.load_record(tmp_path / "again.json") == kept
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again.json", "record.json"]


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"machine": "x", "times": [{"board": 5}]})])
def test_a_file_of_another_kind_is_refused(tmp_path, text):
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"record\.json isn't what .* writes .*: run it again"):
        scaling.load_record(path)


def test_the_record_has_the_sizes_of_the_page():
    times = scaling.load_record().times
    assert {Size(), Size(8, 8, 512)} <= times.keys()
    assert all(min(vars(one).values()) > 0 for one in times.values())
