"""Proof of ``othello_gpt.book_tools.report``: its parts, and what a chapter's tools do in one."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from othello_gpt.book_tools import CLAIM_MIME, Refuted, cache, claim, say
from othello_gpt.book_tools.claim_box import claim_node
from othello_gpt.book_tools.notebooks import install_source
from othello_gpt.book_tools.numbers import NUMBERS_MIME
from othello_gpt.book_tools.report import asserts, build, costs, execution, pages
from othello_gpt.intervals import Interval
from othello_gpt.model import GPT, GPTConfig, load_model
from tests.book_tools.common import GOOD, LOW, exactly

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def reporting(monkeypatch):
    monkeypatch.setenv("OTHELLO_GPT_REPORT", "1")


def made(*args, **options):
    with capture_output() as captured:
        claim(*args, **options)
    claimed, said = captured.outputs
    return json.loads(json.dumps(claimed.data[CLAIM_MIME], allow_nan=False)), said.data


@pytest.mark.parametrize(
    ("value", "control", "options", "why"),
    [
        (LOW, GOOD, {}, "isn't clear of its control"),
        (GOOD, LOW, {"higher": False}, "isn't clear of its control"),
        (GOOD, LOW, {"ratio": 7}, "isn't 7 times better than its control"),
        (exactly(float("nan")), LOW, {"ratio": 2}, "isn't clear of its control"),
        (GOOD, exactly(float("nan")), {}, "isn't clear of its control"),
        (GOOD, exactly(0.0), {"higher": False, "ratio": 2}, "isn't clear of its control"),
    ],
)
def test_a_report_shows_what_is_refuted_with_value_and_control(
    value, control, options, why, reporting, monkeypatch
):
    one, _ = made("a", "x", value, control=control, against="y", **options)
    assert one["refuted"] == why
    box = claim_node(one)
    assert "refuted" in box["classes"]
    text = box.astext()
    for part in ("Claim: refuted", one["value"], one["control"], f"refuted: it {why}"):
        assert part in text
    monkeypatch.delenv("OTHELLO_GPT_REPORT")
    with pytest.raises(Refuted, match="isn't"):
        claim("a", "x", value, control=control, against="y", **options)


def test_what_stands_in_a_report_is_shown_as_ever(reporting, monkeypatch):
    one, said = made("a", "x", GOOD, control=LOW, against="y", ratio=2)
    assert "refuted" not in claim_node(one)["classes"]
    monkeypatch.delenv("OTHELLO_GPT_REPORT")
    assert made("a", "x", GOOD, control=LOW, against="y", ratio=2) == (one, said)


def test_a_report_says_what_is_no_number_is_undefined(reporting):
    with capture_output() as captured:
        say(a=float("nan"), b=Interval(0.5, float("nan"), 1.0), c=np.array([1.0, np.inf]), d=2)
    said = captured.outputs[0].data[NUMBERS_MIME]
    undefined = {"value": "undefined"}
    assert (said["a"], said["b"], said["c"]["1"]) == (undefined, undefined, undefined)
    assert (said["c"]["0"], said["d"]) == ({"value": 1.0}, {"value": 2})


def test_assertions_of_cells_are_said_and_errors_in_them_are_errors():
    shell = InteractiveShell()
    asserts.soften(shell)
    with capture_output() as captured:
        shell.run_cell("def twice(x):\n    assert x < 2, 'small'\n    return 2 * x\ny = twice(3)")
        shell.run_cell("assert y == 6")
    assert shell.user_ns["y"] == 6
    assert [one.data[asserts.NOT_SO_MIME] for one in captured.outputs] == ["x < 2"]
    with capture_output():
        done = shell.run_cell("if y:\n    raise RuntimeError('a stored result of another network')")
        assert isinstance(done.error_in_exec, RuntimeError)
    with capture_output():
        assert isinstance(shell.run_cell("assert no_such_name").error_in_exec, NameError)


def test_a_reason_is_one_sentence_and_names_a_site_that_is_not_there():
    code, sites = "stream['resid_mid 5'] + stream['resid_pre 0']", ("resid_pre 0", "resid_mid 0")
    said = execution.reason("KeyError", "\x1b[31m'resid_mid 5'\x1b[0m\nmore", code, sites)
    assert said == (
        "A cell ends with KeyError: 'resid_mid 5'; the chapter names resid_mid 5, and this "
        "network's last site is resid_mid 0."
    )
    assert execution.reason("StopIteration", "", "", sites) == "A cell ends with StopIteration."


def test_the_failing_line_is_found_in_the_cell():
    traceback = "\x1b[36mCell\x1b[39m In[3], line 2, in f(x)\n...\nFile some.py:1"
    assert execution.failing_line(traceback, "a = 1\n  b = a / 0") == "b = a / 0"
    assert execution.failing_line("nothing known", "a = 1") == ""


def test_a_wider_and_deeper_network_is_expected_to_take_longer_and_more_memory():
    small, large = (GPT(GPTConfig(n_layer=n, n_embd=w)).eval() for n, w in ((1, 32), (12, 256)))
    names = pages.chapters_of(ROOT)
    assert set(names) == set(costs.MEASURED)
    one, other = (costs.estimate(model, names) for model in (small, large))
    assert one.most < other.most
    assert one.gigabytes < other.gigabytes
    assert costs.estimate(large, names[:2]).most < other.most
    assert str(other).startswith(f"{len(names)} chapters to execute: about ")


def test_a_replaced_page_keeps_its_title_and_its_addresses(tmp_path):
    path = Path(shutil.copy(ROOT / "book" / "model.py", tmp_path))
    title = pages.title_of(path)
    pages.replace_page(path, "A `b` is <c>.", "1 / 0\n```")
    assert (
        pages.title_of(path)
        == title
        == "How well does a small GPT play a game whose board it was never shown?"
    )
    (cell,) = execution.read_chapter(path).cells
    assert "(own-network)=" in cell.source
    assert r"A \`b\` is \<c\>." in cell.source
    assert cell.source.endswith("````python\n1 / 0\n```\n````")


def test_the_front_page_without_its_live_board_keeps_its_words(tmp_path):
    (tmp_path / "book").mkdir()
    shutil.copy(ROOT / "book" / "index.py", tmp_path / "book")
    pages.without_live_board(tmp_path)
    left = (tmp_path / "book" / "index.py").read_text()
    assert "play.js" not in left
    assert "live-board" not in left
    assert "## What was found" in left
    assert left.count("# %%") == (ROOT / "book" / "index.py").read_text().count("# %%")


def test_a_chapter_is_stale_for_another_network_only_if_it_looks_at_one(tmp_path, monkeypatch):
    network = tmp_path / "network"
    GPT(GPTConfig(n_layer=1, n_head=1, n_embd=8)).save_pretrained(network)
    monkeypatch.setenv("OTHELLO_GPT_MODEL", str(network))
    assert load_model().config.n_layer == 1
    first = {name: cache.digest(ROOT, name) for name in ("games", "probes")}
    GPT(GPTConfig(n_layer=1, n_head=1, n_embd=16)).save_pretrained(network)
    second = {name: cache.digest(ROOT, name) for name in ("games", "probes")}
    monkeypatch.delenv("OTHELLO_GPT_MODEL")
    own = {name: cache.digest(ROOT, name) for name in ("games", "probes")}
    assert load_model().config.n_layer == 8
    assert len({first["probes"], second["probes"], own["probes"]}) == 3
    assert first["games"] == own["games"]


def test_a_notebook_for_download_names_the_network():
    scope = {"os": None}
    made = install_source("", "/some/where")
    lines = [line for line in made.splitlines() if "environ" in line]
    exec("import os\nbefore = dict(os.environ)\n" + "\n".join(lines), scope)
    environ = scope["os"].environ
    try:
        assert environ["OTHELLO_GPT_MODEL"] == "/some/where"
        assert environ["OTHELLO_GPT_REPORT"] == "1"
    finally:
        for name in ("OTHELLO_GPT_MODEL", "OTHELLO_GPT_REPORT"):
            environ.pop(name)
    assert "OTHELLO_GPT" not in install_source("")


def test_a_note_says_whose_page_it_is():
    settings = dict(network="a<b", own=["one"], bare=["two"], absent={"three": "why"}, front="top")
    assert "Made on your network <code>a&lt;b</code>" in build.note(settings, "one")
    assert "looks at no network" in build.note(settings, "two")
    assert [build.note(settings, page) for page in ("three", "top")] == ["", ""]
    assert build.note({}, "one") == ""
