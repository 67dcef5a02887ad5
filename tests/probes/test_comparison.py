"""Proof of ``othello_gpt.probes``: comparison."""

import numpy as np
import pytest

from othello_gpt import figures, game, probes
from othello_gpt.probes import TARGETS
from tests.probes.common import HELD_OUT, MOVES


def test_readers_are_what_each_of_them_says_on_its_own(model):
    names = ["board", "colour", "legal_next", "captured", "parity"]
    targets = probes.compared(names)
    controls = ["control of board", "control of colour", "control of legal_next"]
    controls.append("control of captured")
    assert [t.name for t in targets] == [*names, "absolute legal_next", *controls]
    probe = probes.fit_ridge(model, MOVES, targets)
    found = probes.scores_by_source(model, probe, MOVES, HELD_OUT, names)
    assert set(found) <= set(figures.READERS)

    def right(reader, name, site=0):
        return found[reader][name].right[site]

    replay = game.replay(HELD_OUT)
    for name in names:
        labels = TARGETS[name].labels(replay)
        for k, site in enumerate(probe.sites):
            read = probes.read(probe, model, HELD_OUT, name, site)
            assert np.array_equal(right("the probe", name, k), (read == labels).sum(2))
        assert np.array_equal(right("embedding", name), right("the probe", name))
        blind = TARGETS[name].labels(probes.flips_ignored(replay))
        assert np.array_equal(right("flips ignored", name), (blind == labels).sum(2))
        sources = {"majority": probes.Ply(), "bag of moves": probes.BagOfMoves()}
        sources["untrained"] = probes.untrained(model)
        for reader, source in sources.items():
            sites = probe.sites[::2] if reader == "untrained" else source.sites
            fit = probes.fit_ridge(source, MOVES, [TARGETS[name]], sites)
            for k, site in enumerate(sites):
                read = probes.read(fit, source, HELD_OUT, name, site)
                assert np.array_equal(right(reader, name, k), (read == labels).sum(2))
    assert np.array_equal(right("absolute colour", "board"), right("the probe", "colour"))
    assert list(found["absolute colour"]) == ["board", "legal_next"]
    assert list(found["control labels"]) == names[:-1]
    own = probes.accuracy(probe, model, HELD_OUT, targets)
    assert np.array_equal(right("control labels", "captured"), own["control of captured"].right[0])

    best = dict(zip(names, (1, 2, 3, 4, 0), strict=True))
    at = probes.at_best(found, best)
    for name, site in best.items():
        assert np.array_equal(at["the probe"][name].right, right("the probe", name, [site]))
        blank = found["untrained"][name]
        assert np.array_equal(at["untrained"][name].right, blank.right[[blank.best()]])
    meaningless = at["control labels"]["board"].right
    assert np.array_equal(meaningless, right("control labels", "board", [1]))


def test_readers_need_the_first_site_and_every_target(model):
    late = probes.fit_ridge(model, MOVES, [TARGETS["board"]], model.sites[1:])
    with pytest.raises(ValueError, match="begins at resid_mid 0, the embedding is resid_pre 0"):
        probes.scores_by_source(model, late, MOVES, HELD_OUT, ["board"])
    bare = probes.fit_ridge(model, MOVES, [TARGETS["board"]])
    with pytest.raises(ValueError, match="no target 'control of board'"):
        probes.scores_by_source(model, bare, MOVES, HELD_OUT, ["board"])
