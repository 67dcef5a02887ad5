"""Proof of ``tests.elsewhere``: it refuses what a GPU refuses, and its numbers are the CPU's."""

import numpy as np
import pytest
import torch

from othello_gpt import game
from othello_gpt.devices import device_of, doubled
from othello_gpt.model import load_model
from tests.elsewhere import sent, somewhere_else


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_it_refuses_what_a_gpu_refuses(kind):
    with somewhere_else(kind) as there:
        x = torch.zeros(3, device=there)
        assert x.device == there == (x + 1).device == x[torch.tensor([0, 1])].device
        refused = (
            (RuntimeError, lambda: x + torch.ones(3)),
            (RuntimeError, lambda: torch.where(x > 0, x, torch.ones(3))),
            (RuntimeError, lambda: torch.ones(3)[torch.zeros(1, dtype=torch.long, device=there)]),
            (RuntimeError, lambda: x.copy_(torch.ones(3)) + torch.ones(3)),
            (TypeError, x.numpy),
            (TypeError, lambda: np.asarray(x)),
        )
        for error, what in refused:
            with pytest.raises(error, match=r"same device|numpy"):
                what()
        if kind == "mps":
            with pytest.raises(TypeError, match="float64"):
                x.double()
        assert doubled(x).dtype == torch.float64


def test_what_comes_home_is_what_was_sent():
    with somewhere_else() as there:
        x = torch.arange(3.0).to(there) * torch.tensor(2.0)
        assert x.tolist() == [0, 2, 4]
        assert torch.tensor([1], device=there).device == there
        new = x.new_tensor([[1.0], [0.0]])
        assert (new.device, new.dtype, new.tolist()) == (there, x.dtype, [[1], [0]])
        assert (x * new).tolist() == [[0, 2, 4], [0, 0, 0]]
        assert (torch.ones(3).to(x) + x).device == torch.ones(3).double().to(x).device == there
        assert x[[0, 2]].tolist() == x[np.array([0, 2])].tolist() == [0, 4]
        assert (x @ torch.ones(3, 2).to(there)).tolist() == [6, 6]
        x[[1]] += 1
        assert x.tolist() == [0, 3, 4]
        x -= torch.tensor([0.0, 1, 0]).to(there)
        assert x.sum().item() == float(x.sum()) == 6
        home = x.cpu()
        assert home.device.type == x.to("cpu").device.type == "cpu"
        assert torch.equal(home + torch.ones(3), torch.tensor([1.0, 3, 5]))
        w = torch.ones(3, device=there, requires_grad=True)
        (w * x).sum().backward()
        assert w.grad is not None
        assert w.grad.tolist() == [0, 2, 4]


def test_a_network_sent_there_computes_the_same():
    model = load_model()
    tokens = torch.from_numpy(game.Games(game.sample_moves(4, seed=3)).tokens)[:, :-1]
    with somewhere_else() as there:
        far = sent(model)
        assert device_of(far) == there
        logits = far(tokens.to(there))
        with pytest.raises(RuntimeError, match="same device"):
            far(tokens)
    assert torch.allclose(logits.cpu(), model(tokens), atol=1e-5)
