"""The browser with which the tests look at pages, if this machine has one.

``python tests/browser.py`` says so by its exit code.
"""

import os
import shutil
import sys
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def executable() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched():
    """Yield the browser; without one, what needs it is skipped, or fails where ``CI`` is set."""
    import pytest
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        except Error as error:
            message = f"no browser to look at the pages with: install Chromium ({error.message})"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
        yield browser
        browser.close()


if __name__ == "__main__":
    sys.exit(executable() is None)
