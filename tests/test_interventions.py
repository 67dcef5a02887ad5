import pytest
import torch

from othello_gpt import interventions

# --- metrics ------------------------------------------------------------------------------------


def test_top_n_error_of_hand_made_logits():
    logits = torch.tensor([[0.0, 5, 4, 3, 2], [0.0, 5, 4, 3, 2], [9.0, 5, 4, 3, 2]])
    legal = torch.tensor([[0, 1, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 1, 1, 1]]).bool()
    # Right; one wrong and one missing; of the top 3 (pad and two), one is legal.
    assert interventions.top_n_error(logits, legal).tolist() == [0, 2, 4]
    assert interventions.top_n_error(logits.numpy(), legal.numpy()).tolist() == [0, 2, 4]


def test_top_n_error_refuses_what_it_cannot_score():
    with pytest.raises(ValueError, match=r"\[2, 33\].*\[2, 36\]"):
        interventions.top_n_error(torch.zeros(2, 33), torch.ones(2, 36))
    with pytest.raises(ValueError, match="case 1 has no legal token"):
        interventions.top_n_error(torch.zeros(2, 3), torch.tensor([[1, 0, 0], [0, 0, 0]]))
