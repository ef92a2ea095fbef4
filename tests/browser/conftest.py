"""A real JupyterLab on localhost, and a real browser that looks at it."""

import contextlib
import functools
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import sync_playwright

TOKEN = "the-tests-own"
# Milliseconds, for a test that fails: a busy machine may need many times what an idle one does.
PATIENT = 300_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Flags that keep the browser from calling home: the tests need no network.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


READY = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.isReady"


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The address of a JupyterLab, and the folder that it serves."""
    root = tmp_path_factory.mktemp("lab")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", f"--IdentityProvider.token={TOKEN}", "--expose-app-in-browser"]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(root / "config")}
    environment["JUPYTERLAB_WORKSPACES_DIR"] = str(root / "workspaces")
    with (root / "lab.log").open("w") as log:
        process = subprocess.Popen(
            [*command, f"--ServerApp.root_dir={root}"], stdout=log, stderr=log, env=environment
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api?token={TOKEN}", process, root / "lab.log")
        yield address, root
    finally:
        process.terminate()
        process.wait(timeout=PATIENT / 1000)


@pytest.fixture(scope="session")
def browser():
    """Chromium, from the system or from Playwright's own store."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def run_cells(lab, browser, request):
    """Open a notebook with these cells, run them all, and give the page; no error in the console.

    Whatever the page shows at the end is kept as a picture where CIFG_EDU_SCREENSHOTS points.
    """
    address, root = lab
    errors = []
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(PATIENT)
    page = context.new_page()
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    def run(*sources):
        name = f"{request.node.name.replace('/', '_')}.ipynb"
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in sources],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, root / name)
        page.goto(f"{address}/lab/tree/{name}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-Notebook-cell")
        page.wait_for_function(READY)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        return page

    yield run
    folder = os.environ.get("CIFG_EDU_SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{request.node.name}.png")
    context.close()
    assert not errors


@contextlib.contextmanager
def page_alone(browser, address):
    """A page that gets answers from this address alone, its errors, and its other requests."""
    errors, outside = [], []

    def pass_on(route):
        if route.request.url.startswith(address):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    context.set_default_timeout(PATIENT)
    context.route("**/*", pass_on)
    page = context.new_page()
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda r: errors.append(r.url) if r.status >= 400 else None)
    yield page, errors, outside
    context.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def served(site):
    """The address of a folder, on this machine."""
    handler = functools.partial(Quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _wait_for(url, process, log):
    deadline = time.monotonic() + PATIENT / 1000
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")
