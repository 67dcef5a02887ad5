"""What the tests of ``figures`` share: fixtures."""

import os
import shutil
from pathlib import Path

import plotly
import pytest
from playwright.sync_api import Error, sync_playwright


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    html = tmp_path_factory.mktemp("page") / "index.html"
    html.write_text(
        "<!doctype html><body style='margin: 0'><div id='figure'></div>"
        f"<script src='{script.as_uri()}'></script>"
    )
    executable = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable, args=flags)
        except Error as error:
            message = f"no browser to draw figures in: install Chromium ({error.message})"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
        page = browser.new_page(viewport={"width": 390, "height": 700})
        page.set_default_timeout(120_000)  # a busy machine needs a while for plotly's 5 MB
        page.goto(html.as_uri())
        yield page
        browser.close()
