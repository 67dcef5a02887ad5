"""Proof of ``othello_gpt.generalisation``: who plays by the rules is never caught, others are."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from othello_gpt import emergence, game, generalisation
from othello_gpt.model import GPT, GPTConfig, load_model
from othello_gpt.probes import fingerprint


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


def test_a_tie_with_an_illegal_move_is_a_catch():
    # Who can't tell all squares apart has an illegal move among its first choices at once.
    found = generalisation.search(lambda tokens: torch.zeros(*tokens.shape, 33), width=3)
    assert found.caught is not None
    assert len(found.caught) == 1
    assert found.margins == (0,)


def test_beginnings_of_games_are_those_of_the_tree():
    here = game.Beginnings.empty()
    for _ in range(5):
        here = here.longer()
        again = generalisation.beginnings_of(here.moves)
        assert np.array_equal(again.mine, here.mine)
        assert np.array_equal(again.theirs, here.theirs)
    with pytest.raises(game.IllegalMove):
        generalisation.beginnings_of(np.array([[0]]))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    config = GPTConfig(n_layer=2, n_head=2, n_embd=16)
    return GPT(config).eval().requires_grad_(False)


@pytest.fixture
def short(monkeypatch):
    """Divide the work by beginnings of two moves, and take few of them at a time."""
    monkeypatch.setattr("othello_gpt.generalisation.certificate.ROOTS", 2)
    monkeypatch.setattr("othello_gpt.generalisation.certificate.BATCH", 5)


def test_shared_prefixes_change_nothing(model, short, tmp_path):
    found = generalisation.certify(model, 5, tmp_path / "partial")
    whole = generalisation.exhaustive(model, 5)
    for ours, plain in zip(found.levels, whole, strict=True):
        assert replace(ours, least_margin=0) == replace(plain, least_margin=0)
        assert ours.least_margin == pytest.approx(plain.least_margin, abs=1e-5)
    # An untrained network is caught often: these are the very games, and no others.
    counts = {level.plies: level.illegal for level in found.levels if level.plies > 2}
    assert sum(counts.values()) > 100
    for plies, count in counts.items():
        moves = np.array([m for m in found.caught if len(m) == plies])
        assert len(np.unique(moves, axis=0)) == len(moves) == count
        lead, choice = generalisation.margins(model, generalisation.beginnings_of(moves))
        assert (lead <= 1e-5).all()
        legal = generalisation.beginnings_of(moves).legal()
        assert not legal[np.arange(count), choice][lead < -1e-5].any()


def test_a_part_is_what_follows_on_one_beginning(model, short, tmp_path):
    found = generalisation.certify(model, 4, tmp_path / "partial")
    assert sum(one.asked for one in found.parts) == found.levels[-1].asked
    for row in (0, 7):
        root = generalisation.roots()[[row]]
        levels, caught = generalisation.part(model, root, 4)
        assert [level.plies for level in levels] == [3, 4]
        assert replace(levels[-1], least_margin=0) == replace(found.parts[row], least_margin=0)
        begun = [m for m in found.caught if m[:2] == root.moves[0].tolist()]
        assert sorted(caught) == sorted(begun)


def test_who_stops_goes_on_from_there(model, short, tmp_path, monkeypatch):
    partial = tmp_path / "partial"
    whole = generalisation.certify(model, 4, tmp_path / "other")
    done = []

    def stops(*of):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(of)
        return generalisation.part(*of)

    monkeypatch.setattr("othello_gpt.generalisation.certificate.part", stops)
    with pytest.raises(KeyboardInterrupt):
        generalisation.certify(model, 4, partial)
    assert len(partial.read_text().splitlines()) == 6
    monkeypatch.undo()
    monkeypatch.setattr("othello_gpt.generalisation.certificate.ROOTS", 2)
    assert generalisation.certify(model, 4, partial) == whole
    with pytest.raises(ValueError, match="move it away"):
        generalisation.certify(model, 5, partial)


def test_a_certificate_is_kept_as_text(model, short, tmp_path):
    found = generalisation.certify(model, 3, tmp_path / "partial")
    path = tmp_path / "exhaustive-mine.json"
    generalisation.save(found, path)
    generalisation.save(
        replace(found, network="another", caught=[]), tmp_path / "exhaustive-b.json"
    )
    assert generalisation.saved(found.network, tmp_path) == found
    assert json.loads(path.read_text())["network"] == found.network
    with pytest.raises(LookupError, match=r"no stored result of network 0{16}: python -m"):
        generalisation.saved("0" * 16, tmp_path)


def test_the_networks_that_come_with_the_package_have_theirs():
    plain = emergence.load_stage("3126784-decayed")
    for network in (load_model(), plain):
        kept = generalisation.saved(fingerprint(network))
        assert kept.levels[-1].plies == 10
        assert sum(part.asked for part in kept.parts) == kept.levels[-1].asked


def test_the_blind_rival_asks_as_many_questions_and_keeps_the_shortest_catch():
    never = generalisation.blind(by_the_rules, 40, width=3, plies=5)
    assert never.caught is None
    assert 40 <= never.asked <= 40 + 3 * 5
    alone = generalisation.search(wrong_after_three, 3, 5, "random")
    found = generalisation.blind(wrong_after_three, 40, width=3, plies=5)
    assert found.asked >= 40 > alone.asked
    assert found.caught is not None
    assert len(found.caught) == 3


def test_a_search_can_begin_later():
    here = game.Beginnings.empty().longer()
    begin = here[here.moves[:, 0] == here.moves.max()]
    found = generalisation.search(wrong_after_three, width=100, begin=begin)
    assert found.caught is not None
    assert found.caught[0] == begin.moves[0, 0]
    assert found.margins == (1, -1)  # of two moves and of three
    assert generalisation.search(by_the_rules, 9, plies=4, begin=begin).margins == (1, 1, 1)


def test_random_searches_start_where_they_are_told():
    two = game.Beginnings.empty().longer().longer()
    for row in range(len(two)):
        found = generalisation.blind(wrong_after_three, 1, width=50, plies=4, begin=two[[row]])
        assert found.caught is not None
        assert len(found.caught) == 3
        assert list(found.caught[:2]) == two.moves[row].tolist()


def test_a_stored_result_that_isnt_what_is_found_is_refused(model, short, tmp_path):
    kept = generalisation.certify(model, 4, tmp_path / "partial")
    generalisation.recheck(model, kept, sample=2)
    wrong = replace(kept.levels[0], least_margin=kept.levels[0].least_margin + 1)
    with pytest.raises(RuntimeError, match="the stored result for 1 moves isn't what is found"):
        generalisation.recheck(model, replace(kept, levels=[wrong, *kept.levels[1:]]), sample=2)


def test_beginnings_apart_are_all_of_them_but_for_symmetries():
    board = np.arange(36).reshape(6, 6)
    symmetries = [board, board.T, board[::-1, ::-1], board[::-1, ::-1].T]
    every = game.Beginnings.empty().longer().longer().longer()
    found = [tuple(one.moves[0].tolist()) for one in generalisation.apart(3)]
    turned = [tuple(of.ravel()[list(moves)].tolist()) for moves in found for of in symmetries]
    assert len(set(turned)) == len(turned) == len(every)
    assert set(turned) == {tuple(moves) for moves in every.moves.tolist()}
    with pytest.raises(ValueError, match="0 moves"):
        generalisation.apart(0)


def test_random_lists_ask_as_often_at_every_length_until_one_catches():
    found = generalisation.random_lists(by_the_rules, 5, plies=6)
    assert (found.caught, found.choice, found.asked) == (None, None, 30)
    assert found.margins == (1,) * 6
    begin = game.Beginnings.empty().longer()[[0, 3]]
    caught = generalisation.random_lists(wrong_after_three, 40, plies=6, begin=begin)
    assert caught.asked == 80  # of two moves and of three
    assert caught.margins == (1, -1)
    assert caught.caught is not None
    assert len(caught.caught) == 3
    assert caught.caught[0] in begin.moves
    game.replay(np.array([caught.caught]))  # raises where a move is illegal


@pytest.mark.parametrize("begin", [None, generalisation.apart(2)[1]])
def test_a_network_that_reads_common_moves_once_says_the_same(begin):
    network = load_model()
    searches = {
        "least margin": lambda model: generalisation.search(model, 5, 9, begin=begin),
        "random": lambda model: generalisation.search(model, 5, 9, "random", begin=begin),
        "lists": lambda model: generalisation.random_lists(model, 7, 9, begin=begin),
        "untrained": lambda model: generalisation.search(model, 5, 9, begin=begin),
    }
    torch.manual_seed(1)
    for name, search in searches.items():
        asked = GPT(GPTConfig(n_layer=2)).eval() if name == "untrained" else network
        once, whole = search(asked), search(lambda tokens, model=asked: model(tokens))
        assert replace(once, margins=()) == replace(whole, margins=())
        np.testing.assert_allclose(once.margins, whole.margins, atol=1e-4)
