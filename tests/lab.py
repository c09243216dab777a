"""JupyterLab in Chromium: started in a folder, a notebook in it driven by JupyterLab's commands."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import courses

from autograder.assignments import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = ROOT / "build" / "axe" / "axe.min.js"  # `make axe` fetches it
STARTS, RUNS = 60, 300  # seconds until JupyterLab answers or has ended, and a cell has run at most
READY = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.sessionContext?.session?.kernel?.status === "idle" && panel.content.widgets.length;
}"""
RUN = """async (text) => {
  const app = window.jupyterapp, book = app.shell.currentWidget.content;
  const source = (cell) => cell.model.sharedModel.getSource();
  const at = book.widgets.findIndex((cell) => source(cell).includes(text));
  book.activeCellIndex = at;
  await book.scrollToItem(at);
  await app.commands.execute("notebook:run-cell");
  return at;
}"""


@contextmanager
def running(folder: Path, path: str = "") -> Iterator[str]:
    """Where JupyterLab is, with its token, or a notebook in it; started in `folder`, and ended."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token, home = secrets.token_hex(16), folder.parent
    where = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    update = "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"
    quiet = ["--no-browser", "--allow-root", update, "--LabApp.expose_app_in_browser=True"]
    own = {f"JUPYTER_{kind}_DIR": str(home / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [courses.VENV / "jupyter", "lab", *where, *quiet, f"--IdentityProvider.token={token}"],
            cwd=folder,
            env=courses.environment(folder) | own | {"PATH": f"{courses.VENV}:/usr/bin:/bin"},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token={token}", server, home / "lab.log")
        yield f"http://127.0.0.1:{port}/lab{f'/tree/{path}' if path else ''}?token={token}"
    finally:
        server.terminate()
        server.wait(STARTS)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTS
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start: {log.read_text()[-2000:]}")


def serious(frame: Any, selector: str = "body") -> list[tuple[str, str]]:
    """What axe-core finds serious in the parts of a page that are named; nothing without axe."""
    if not AXE.is_file():
        return []
    frame.evaluate(AXE.read_text("utf-8"))
    found = frame.evaluate("(parts) => axe.run(parts).then((done) => done.violations)", selector)
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(each["id"], each["nodes"][0]["html"]) for each in grave]


class Notebook:
    """The notebook that is open in the tab `page`, with its kernel."""

    def __init__(self, page: Any, address: str):
        self.page = page
        page.set_default_timeout(1000 * RUNS)
        page.goto(address)
        page.wait_for_function(READY)

    def theme(self, name: str) -> None:
        """Change JupyterLab's theme."""
        change = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
        self.page.evaluate(change, name)
        self.page.locator(f'[data-jp-theme-name="{name}"]').wait_for(state="attached")

    def run(self, text: str) -> Any:
        """Run the first cell whose source holds `text`; what it shows, once it has run."""
        at = self.page.evaluate(RUN, text)
        assert at >= 0, f"no cell holds {text!r}"
        return self.page.locator(f'.jp-Notebook [data-windowed-list-index="{at}"]')
