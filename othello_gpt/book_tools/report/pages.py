"""The sources of a report: a copy of the book's, in which some pages are others."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml

from .build import SETTING

FRONT = "book/report"
# Pages that show what a chapter has made, or that need the live board's files.
CARDS = {"book/neuron.md": "neurons", "book/head.md": "attention"}
LIVE = "book/play.md"
_LIVE_ON_INDEX = re.compile(r'# <link rel="stylesheet" href="\.\./play/.*?</script>\n(?!# <)', re.S)
_COPIED = ("_config.yml", "_toc.yml", "requirements.lock", "pyproject.toml")


def checkout(root: Path) -> Path:
    """Return the folder that has the book's sources.

    Raises ``FileNotFoundError`` where the package is installed without its book.
    """
    if missing := [name for name in (*_COPIED, "book") if not (root / name).exists()]:
        raise FileNotFoundError(
            f"{root} has no {missing[0]}: this package is installed without its book; run the "
            "command from a copy of its repository, installed there with pip install -e '.[book]'"
        )
    return root


def chapters_of(root: Path) -> list[str]:
    """Return the names of the chapters that have code, in the order of the book."""
    toc = yaml.safe_load((root / "_toc.yml").read_text())
    listed = [one["file"] for part in toc.get("parts", []) for one in part["chapters"]]
    files = (Path(file) for file in [toc["root"], *listed])
    return [file.stem for file in files if file.suffix == ".py"]


def copy_sources(root: Path, sources: Path) -> None:
    """Copy the book to where it may be changed; what was built or executed there stays."""
    for name in _COPIED:
        shutil.copyfile(root / name, sources / name)
    shutil.rmtree(sources / "book", ignore_errors=True)
    shutil.copytree(
        root / "book", sources / "book", ignore=shutil.ignore_patterns("*.ipynb", "*checkpoint*")
    )
    package = sources / "othello_gpt"  # the cache of chapters looks at what they import
    if package.is_symlink():
        package.unlink()
    package.symlink_to(Path(__file__).parents[2], target_is_directory=True)


def title_of(path: Path) -> str:
    """Return the first heading of a page."""
    heading = r"^# # (.+)$" if path.suffix == ".py" else r"^# (.+)$"
    found = re.search(heading, path.read_text(), re.MULTILINE)
    return found[1] if found else path.stem


def replace_page(path: Path, why: str, cell: str = "", line: str = "") -> None:
    """Let a page say, in its place, why it isn't in this report; its addresses stay.

    ``cell``, ``line``: where its chapter ended, if it did.
    """
    text = path.read_text()
    is_code = path.suffix == ".py"
    labels = re.findall(r"^(?:# )?\(([\w-]+)\)=$", text, re.MULTILINE)
    lines = [f"# {title_of(path)}", "", *(f"({label})=" for label in dict.fromkeys(labels)), ""]
    lines += [f"**This page isn't in the report.** {escaped(why)}"]
    if cell:
        if line:
            lines += ["", "The line:", "", "````python", line, "````"]
        lines += ["", "The cell:", "", "````python", *cell.splitlines(), "````"]
    if is_code:
        head = ["---", "jupyter:", "  mystnb:", "    execution_mode: 'off'", "  jupytext:"]
        head += ["    text_representation:", "      extension: .py", "      format_name: percent"]
        head += ["  kernelspec:", "    display_name: Python 3 (ipykernel)", "    language: python"]
        head += ["    name: python3", "---"]
        lines = (
            [f"# {line}".rstrip() for line in (*head,)]
            + ["", "# %% [markdown]"]
            + [f"# {line}".rstrip() for line in lines]
        )
    path.write_text("\n".join(lines) + "\n")


def without_live_board(sources: Path) -> None:
    """Take the live board from the book's front page, whose words stay."""
    index = sources / "book" / "index.py"
    if index.exists():
        index.write_text(_LIVE_ON_INDEX.sub("", index.read_text()))


def escaped(text: str) -> str:
    """Return text so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>$#|~]|(?<=-)-)", r"\\\1", text)


def configure(sources: Path, settings: Mapping, live: bool) -> None:
    """Make the copy's configuration that of a report, with a front page of its own."""
    path = sources / "_config.yml"
    config = yaml.safe_load(path.read_text())
    config["title"] = f"othello_gpt on {settings['network']}"
    config["execute"] |= dict(raise_on_error=False, stderr_output="remove")
    sphinx = config["sphinx"]["config"]
    sphinx[SETTING] = dict(settings)
    if not live:
        sphinx["extensions"].remove("othello_gpt.play.extension")
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    path = sources / "_toc.yml"
    toc = yaml.safe_load(path.read_text())
    first = {"file": toc["root"], "title": "The book's own front page"}
    toc["root"] = f"{FRONT}.md"
    toc["parts"][0]["chapters"].insert(0, first)
    path.write_text(yaml.safe_dump(toc, sort_keys=False, allow_unicode=True))
