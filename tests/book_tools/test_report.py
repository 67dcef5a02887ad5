"""Proof of ``othello_gpt.book_tools.report``: the book on another network, from end to end."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from othello_gpt import cli
from othello_gpt.book_tools.report import making
from othello_gpt.model import GPT, GPTConfig
from tests.nanogpt import MinGPT

ROOT = Path(__file__).parent.parent.parent
HEAD = (ROOT / "book" / "index.py").read_text().partition("# %%")[0]
INDEX = """# A small book

It is right in {num}`one.py::right:.0%`, of {num}`two.py::never`: {when}`two.py::so ? yes : no`.
"""
ONE = """# %% [markdown]
# # One
#
# {num}`right:.0%` of {num}`nothing:.2f`.

# %%
import os

from othello_gpt.book_tools import claim, say
from othello_gpt.intervals import Interval
from othello_gpt.model import load_model

model = load_model()
assert model.config.n_layer == 8, "as the words say"
say(right=Interval(0.1, 0.05, 0.2), nothing=float("nan"), layers=model.config.n_layer)

# %%
luck = Interval(0.5, 0.4, 0.6)
claim("plays", "It plays", Interval(0.1, 0.05, 0.2), control=luck, against="luck", unseen="made up")

# %% [markdown]
# The words go on after an assertion: {num}`layers`.
"""
TWO = """# %% [markdown]
# # Two
#
# (there)=
# ## Deep

# %%
from othello_gpt.book_tools import say
from othello_gpt.model import load_model

# %%
stream = dict(zip(load_model().sites, range(99)))
say(never=stream["resid_mid 5"], so=True)
"""
BARE = """# %% [markdown]
# # Bare

# %%
2 + 2
"""
OTHER = "# Other\n\n[Deep](there), {num}`two.py::never`, {num}`one.py::right:.0%`.\n"
CLAIMS = "# Claims\n\n```{claims}\none.py: plays\ntwo.py: dives\n```\n"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A checkout of a small book: one chapter that applies to any network, one to deep ones."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("_config.yml", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    for name in ("static", "live"):
        shutil.copytree(ROOT / "book" / name, root / "book" / name)
    shutil.copy(ROOT / "book" / "references.bib", root / "book")
    for name, text in dict(one=ONE, two=TWO, bare=BARE).items():
        (root / "book" / f"{name}.py").write_text(HEAD + text)
    for name, text in dict(index=INDEX, other=OTHER, claims=CLAIMS).items():
        (root / "book" / f"{name}.md").write_text(text)
    files = [f"book/{name}" for name in ("one.py", "two.py", "bare.py", "other.md", "claims.md")]
    chapters = [{"file": file} for file in files]
    parts = [{"caption": "The book", "chapters": chapters}]
    toc = {"format": "jb-book", "root": "book/index.md", "parts": parts}
    (root / "_toc.yml").write_text(yaml.safe_dump(toc))
    return root


def state(folder):
    """Return the hash of every file of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def saved(folder, **shape):
    """Write an untrained network into a folder; return the folder."""
    torch.manual_seed(0)
    GPT(GPTConfig(**shape)).save_pretrained(folder)
    return folder


def words(html):
    """Return a page's text, its quotation marks straight."""
    (article,) = re.findall(r"<article.*?</article>", html, re.DOTALL)
    text = " ".join(re.sub(r"<[^>]+>", " ", article).split())
    return re.sub("[\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}]", "'", text)


def read(site, name):
    return (site / "book" / f"{name}.html").read_text()


@pytest.fixture(scope="module")
def small(book, tmp_path_factory):
    """A report on an untrained network of another shape; what was said while it was made."""
    folder, said = tmp_path_factory.mktemp("small"), []
    network = saved(folder / "mine", n_layer=2, n_head=2, n_embd=16)
    before = state(book)
    first = making.report(network, folder / "out", n_games=50, book=book, say=said.append)
    assert state(book) == before  # it works on a copy
    return network, first, said


def test_a_refuted_claim_is_shown_and_the_book_is_built(small):
    _, first, _ = small
    site = first.parent
    assert "Claim: refuted" in read(site, "one")
    assert "refuted: it isn't clear of its control" in words(read(site, "one"))
    page = words(read(site, "claims"))
    assert "Refuted : it isn't clear of its control." in page
    assert "0 claims are clear of their controls. Refuted: 1." in page
    assert "10.0% [5.0%, 20.0%]" in page
    assert "50.0% [40.0%, 60.0%]" in page


def test_what_fails_in_a_report_is_said_and_the_chapter_goes_on(small):
    page = words(read(small[1].parent, "one"))
    assert "Not so here." in page
    assert "model.config.n_layer == 8" in page
    assert "The words go on after an assertion: 2" in page
    assert "of undefined" in page  # a number that is none


def test_a_chapter_that_does_not_apply_says_why_with_its_cell(small):
    page = words(read(small[1].parent, "two"))
    assert "Two" in page
    assert "A cell ends with KeyError: 'resid_mid 5'" in page
    assert "names resid_mid 5, and this network's last site is resid_post 1." in page
    assert "The line: say ( never = stream [" in page
    assert "dict ( zip ( load_model ()" in page


def test_numbers_of_a_chapter_that_is_not_there_are_dashes_with_a_reason(small):
    for name in ("index", "other"):
        html = read(small[1].parent, name)
        (dash, *_) = re.findall(r'<span class="num has-tip absent".*?</span></span>', html)
        assert ">—<" in dash
        assert "KeyError" in dash
        assert "10%" in words(html)
    assert 'href="two.html#there"' in read(small[1].parent, "other")  # addresses stay


def test_each_page_says_whose_it_is(small):
    site = small[1].parent
    assert "Made on your network <code>mine</code>" in read(site, "one")
    assert "looks at no network: it is as in the book" in read(site, "bare")
    assert "A report on your network <code>mine</code>" in read(site, "claims")
    front = words(read(site, "report"))
    assert "A network for 6x6 boards: 2 layers, 2 heads, width 16" in front
    assert "3 chapters 3 were tried, and 2 apply" in front
    assert "is not clear of the control, the best site of an untrained network" in front
    assert "url=book/report.html" in (site / "index.html").read_text()
    kept = json.loads((site.parent / "claims.json").read_text())
    assert {len(one["numbers"]) for one in kept} == {2}
    assert "plays" in {one["name"] for one in kept}
    assert {one["refuted"] for one in kept} >= {"isn't clear of its control"}


def test_it_says_first_what_it_takes_and_keeps_what_was_executed(small, book):
    network, first, said = small
    assert re.match(r"3 chapters to execute: about \d+ (to \d+ )?minutes? here, up to", said[0])
    assert sum("[1/3] one: " in line for line in said) == 1
    again = []
    # Only what depends on what has changed is executed again.
    chapter = book / "book" / "bare.py"
    text = chapter.read_text()
    try:
        chapter.write_text(text.replace("2 + 2", "2 + 3"))
        work = making._Making("mine", *_work(network, book, first), again.append)
        work.execute(["one", "bare", "two"], ["one", "two", "bare"])
    finally:
        chapter.write_text(text)
    assert again[0] == "2 of 3 chapters need no execution"
    assert [line for line in again if "..." in line] == ["[1/1] bare ..."]


def _work(network, book, first):
    from othello_gpt.model import load_model

    return load_model(network), book, first.parents[1] / ".sources"


def test_an_eight_by_eight_network_gets_a_first_page_and_reasons(book, tmp_path, capsys):
    torch.manual_seed(0)
    torch.save(MinGPT(layers=2, heads=2, width=16).state_dict(), tmp_path / "world.pt")
    out = tmp_path / "out"
    first = making.report(tmp_path / "world.pt", out, 8, heads=2, n_games=20, book=book)
    front = words(read(first.parent, "report"))
    assert "A network for 8x8 boards: 2 layers, 2 heads, width 16, a vocabulary of 61" in front
    assert "resid_post 1" in front
    page = words(read(first.parent, "one"))
    assert "written for networks of 6x6 boards with a vocabulary of 33, and this one is for" in page
    assert "looks at no network" in read(first.parent, "bare")
    assert "Claims of one not made: 1." in words(read(first.parent, "claims"))
    told = json.loads((out / ".sources" / "outcomes.json").read_text())
    assert {name for name, one in told.items() if not one["why"]} == {"bare"}


@pytest.mark.slow
def test_the_real_chapter_on_the_model_applies_to_a_small_network(book, tmp_path):
    real = tmp_path / "checkout"
    shutil.copytree(book, real)
    for name in ("one", "two", "bare"):
        (real / "book" / f"{name}.py").unlink()
    chapter = (ROOT / "book" / "model.py").read_text()
    less = {
        "Games.sample(12_000": "Games.sample(1_000",
        "fit_bag(hidden,": "fit_bag(hidden, 500, 20,",
    }
    for much, little in less.items():
        assert much in chapter
        chapter = chapter.replace(much, little)
    (real / "book" / "model.py").write_text(chapter)
    (real / "book" / "index.md").write_text("# Small\n")
    (real / "book" / "other.md").write_text("# Other\n\n{num}`model.py::illegal:.1%`\n")
    claims = "```{claims}\nmodel.py: plays_by_the_rules, knows_chance\n```\n"
    (real / "book" / "claims.md").write_text(f"# Claims\n\n{claims}")
    toc = yaml.safe_load((real / "_toc.yml").read_text())
    files = ("book/model.py", "book/other.md", "book/claims.md")
    toc["parts"][0]["chapters"] = [{"file": file} for file in files]
    (real / "_toc.yml").write_text(yaml.safe_dump(toc))
    network = saved(tmp_path / "mine", n_layer=1, n_head=1, n_embd=16)
    first = making.report(network, tmp_path / "out", chapters=["model"], n_games=50, book=real)
    told = json.loads((tmp_path / "out" / ".sources" / "outcomes.json").read_text())
    assert told["model"]["why"] == ""
    page = words(read(first.parent, "claims"))
    assert "0 claims are clear of their controls. Refuted: 2." in page
    assert re.search(r"\d\d\.\d% ", words(read(first.parent, "other")))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("report {0}/mine --out {0}/out --board 8", "is a network for 6x6 boards, not for 8x8"),
        ("report {0}/mine --out {0}/out --chapters model,motor", "no chapter 'motor': there are"),
        ("report {0}/mine --out {0}", "holds something else than a report: name a new folder"),
        ("report {0}/nothing --out {0}/out", "nothing: no such file or folder"),
        ("report {0}/odd --out {0}/out", "are those of no board"),
    ],
)
def test_what_cant_be_reported_is_one_sentence(arguments, says, tmp_path, capsys):
    saved(tmp_path / "mine", n_layer=1, n_head=1, n_embd=8)
    saved(tmp_path / "odd", n_layer=1, n_head=1, n_embd=8, vocab_size=40)
    assert cli.main(arguments.format(tmp_path).split()) == 1
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_package_without_its_book_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="installed without its book; run the command from"):
        making.report("x", tmp_path / "out", book=tmp_path)
