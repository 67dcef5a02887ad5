"""The built book, opened in a browser once for all tests of a process.

Several processes share the pages among them, and all tests of a page run in one. A page is visited
once in each view; the tests of all files see it in the order of the files and leave it as they
found it, but for what its figures and tables show.
"""

import functools
import http.server
import os
import re
import subprocess
import sysconfig
import threading
from pathlib import Path

import pytest
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling

from tests.book.common import OPEN, ROOT, SITE, SUB_PATH, VIEWS, VISITED, visit
from tests.browser import launched


@pytest.fixture(scope="package")
def site(tmp_path_factory):
    """The site as `make book` builds it; nothing is executed that hasn't changed."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return build()
    shared = tmp_path_factory.getbasetemp().parent  # of all processes of this run
    with FileLock(shared / "site.lock"):
        if not (shared / "site").exists():
            build()
            (shared / "site").touch()
    return SITE


def build():
    command = [Path(sysconfig.get_path("scripts")) / "jupyter-book", "build", ".", "-W"]
    result = subprocess.run(
        [*command, "--keep-going"], cwd=ROOT, capture_output=True, text=True, timeout=1500
    )
    assert result.returncode == 0, (result.stdout + result.stderr)[-8000:]
    return SITE


@pytest.fixture(scope="package")
def address(site, tmp_path_factory):
    root = tmp_path_factory.mktemp("host")
    (root / SUB_PATH).parent.mkdir(parents=True)
    (root / SUB_PATH).symlink_to(site)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            # The root is a bare redirect: for it the browser asks for the host's icon, not ours.
            if self.path == "/favicon.ico":
                self.send_response(204)
                self.end_headers()
            else:
                super().do_GET()

        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=root)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{SUB_PATH}"
        server.shutdown()


@pytest.fixture(scope="package")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def contexts(browser):
    """One browser context per view: its pages share a cache, as a reader's do."""
    contexts = {}
    for view, (width, height, mode) in VIEWS.items():
        contexts[view] = browser.new_context(viewport={"width": width, "height": height})
        contexts[view].add_init_script(f"localStorage.mode = localStorage.theme = '{mode}'")
        contexts[view].set_default_timeout(60_000)
    return contexts


SEEN = [f"{name} {view}" for name in VISITED for view in VIEWS]


class ByPage(LoadScopeScheduling):
    """Gives all tests of a page in a view to one process, and else all of a file."""

    def _split_scope(self, nodeid):
        page = re.search(r"\[(\S+ \S+)\]$", nodeid)
        return page[1] if page and page[1] in SEEN else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config, log):
    return ByPage(config, log)


@pytest.fixture(scope="package", params=SEEN)
def visited(request, contexts, address):
    name, view = request.param.split()
    visited = visit(contexts[view], address, name)
    visited.page.evaluate(OPEN)
    visited.page.wait_for_function("!document.querySelector('[aria-busy]')")
    yield visited
    visited.page.close()
