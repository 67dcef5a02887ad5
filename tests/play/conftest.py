"""A page with the live board, served and opened in a browser."""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest

from othello_gpt import play
from othello_gpt.model import load_model
from tests.browser import launched

LIVE = Path(__file__).parent.parent.parent / "book" / "live" / "play"
PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">
<title>live</title><link rel="icon" href="data:,"><link rel="stylesheet" href="play/play.css">
<div class="live-board" data-folder="play"></div>
<script type="module" src="play/play.js"></script>"""


@pytest.fixture(scope="package")
def model():
    return load_model()


@pytest.fixture(scope="package")
def folder(model, tmp_path_factory):
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(LIVE, site / "play")
    play.write_assets(site / "play", model, n=1024)
    (site / "index.html").write_text(PAGE)
    return site


@pytest.fixture(scope="package")
def address(folder):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="package")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser, address):
    problems, page = [], browser.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: m.type == "error" and problems.append(m.text))
    page.goto(address)
    page.wait_for_selector("button.live-cell")
    yield page
    page.close()
    assert not problems


@pytest.fixture
def engine(page):
    page.evaluate("async () => { window.network = await OthelloGPT.load('play'); }")
    return page


@pytest.fixture
def awake(page):
    page.evaluate("document.querySelector('.live-board').board.wake()")
    page.wait_for_function("document.querySelector('.live-board').board?.network")
    return page
