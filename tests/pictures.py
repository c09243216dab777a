"""What the README shows, taken of the real thing: PYTHONPATH=tests python -m pictures GRADED OUT

A card in the notebook, a student's page of feedback and the page of a class; `make pictures`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lab
from playwright.sync_api import sync_playwright

from autograder import assignments, rehearse

NAME, TASK, MISTAKE = "vae", "loss", "loss_batch_summed"
STUDENT = "barbara"  # of the sample class
WIDTH, HEIGHT = 820, 800


def take(graded: Path, out: Path) -> None:
    """Take the three pictures of a graded sample class, and of the notebook, into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=lab.CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for page, name in ((f"{STUDENT}/feedback.html", "feedback"), ("report.html", "class")):
            tab.goto((graded / page).resolve().as_uri())
            tab.screenshot(path=out / f"{name}.png")
        card(browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}), out / "card.png")
        browser.close()


def card(tab: Any, to: Path) -> None:
    """The card of a mistake in the notebook, run in JupyterLab."""
    private = assignments.load(NAME)
    source = next(s.source for s in private.specimens() if s.name == MISTAKE)
    with TemporaryDirectory() as scratch:
        folder = rehearse.unpacked(private, Path(scratch))
        (folder / private.public.module).write_bytes(source)
        with lab.running(folder, f"{NAME}.ipynb") as address:
            notebook = lab.Notebook(tab, address)
            notebook.run("# @title Setup")
            shown = notebook.run(f'check("{TASK}")')
            shown.locator('[role="group"]').wait_for()
            tab.evaluate("document.querySelector('.Toastify')?.remove()")  # news of Jupyter
            shown.screenshot(path=to)


if __name__ == "__main__":
    take(*map(Path, sys.argv[1:]))
