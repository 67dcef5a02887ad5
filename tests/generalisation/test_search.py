"""Proof of ``othello_gpt.generalisation``: who plays by the rules is never caught, others are."""

import numpy as np
import pytest
import torch

from othello_gpt import game, generalisation


def by_the_rules(tokens):
    """Logits of a player who knows the rules: 1 for legal moves, 0 for others."""
    moves = game.square_of_token()[tokens.numpy()]
    legal = game.Beginnings.empty()
    rows = []
    for played in moves.tolist():
        here = legal
        for square in played:
            longer = here.longer()
            here = longer[longer.moves[:, -1] == square]
        rows.append(here.legal()[0])
    found = torch.zeros(len(moves), tokens.shape[1], 33)
    found[:, -1, 1:] = torch.from_numpy(np.array(rows)[:, game.square_of_token()[1:]]).float()
    return found


def wrong_after_three(tokens):
    """The same, but its first choice is illegal after three moves that begin on D2's token 10."""
    found = by_the_rules(tokens)
    if tokens.shape[1] == 3:
        bad = tokens[:, 0] == tokens[:, 0].max()
        found[bad, -1, 1:] = 1 - found[bad, -1, 1:]
    return found


def test_all_beginnings_are_counted():
    # Known from enumeration by an independent program.
    levels = generalisation.exhaustive(by_the_rules, 4)
    assert [level.beginnings for level in levels] == [4, 12, 56, 244]
    assert [level.asked for level in levels] == [4, 12, 56, 244]
    assert all(level.illegal == 0 and level.least_margin == 1 for level in levels)


def test_wrong_choices_are_counted_and_the_shortest_game_is_found():
    levels = generalisation.exhaustive(wrong_after_three, 3)
    assert [level.illegal for level in levels] == [0, 0, 14]
    found = generalisation.search(wrong_after_three, width=100)
    assert found.caught is not None
    assert len(found.caught) == 3
    after = game.replay(np.array([[*found.caught, -1]])[:, :3])
    assert after.legal[0, 2] >> np.uint64(found.caught[2]) & np.uint64(1)
    assert found.choice not in found.caught
    assert found.margins == (1, 1, -1)


@pytest.mark.parametrize("how", ["least margin", "random"])
def test_who_plays_by_the_rules_is_not_caught(how):
    found = generalisation.search(by_the_rules, width=3, plies=6, how=how)
    assert found.caught is None
    assert found.choice is None
    assert len(found.margins) == 6
    assert found.asked >= 6


def test_another_search_is_refused():
    with pytest.raises(ValueError, match="no search 'best'"):
        generalisation.search(by_the_rules, 1, how="best")
