"""The notebook in JupyterLab, in a browser: mistakes one after the other, and their cards."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import lab
import pytest

from autograder import assignments, rehearse
from autograder.assignments import Specimen

NAME = "vae"
PRIVATE = assignments.load(NAME)
SEED = os.environ.get("NNDL2_MISTAKES", "1")
MISTAKES = 8

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(lab.CHROMIUM is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(
        importlib.util.find_spec("jupyterlab") is None, reason="JupyterLab is not installed"
    ),
]


def drawn() -> list[Specimen]:
    """Eight programs whose mistake has a name, as the seed wants them."""
    named = [s for s in PRIVATE.specimens() if s.misconception and not (s.right or s.knowing)]
    return random.Random(SEED).sample(named, MISTAKES)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """The release as a student unpacked it."""
    return rehearse.unpacked(PRIVATE, tmp_path)


@pytest.fixture
def notebook(release: Path) -> Iterator[lab.Notebook]:
    with lab.running(release, f"{NAME}.ipynb") as address, sync_api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=lab.CHROMIUM, args=["--no-sandbox"])
        yield lab.Notebook(browser.new_page(viewport={"width": 1200, "height": 900}), address)
        browser.close()


def test_eight_mistakes_are_named_one_after_the_other(
    release: Path, notebook: lab.Notebook
) -> None:
    """Each is saved as an editor saves it; the card names the cause and the time of the file."""
    module = release / PRIVATE.public.module
    answers = release / "nndl2" / "answers" / f"{NAME}.json"
    mistakes = json.loads(answers.read_text("utf-8"))["mistakes"]
    print(f"NNDL2_MISTAKES={SEED}: {', '.join(s.name for s in drawn())}")
    notebook.run("# @title Setup")
    first = time.time() - 60 * MISTAKES
    for minutes, mistake in enumerate(drawn()):
        module.write_bytes(mistake.source)
        os.utime(module, (first + 60 * minutes,) * 2)
        task = PRIVATE.public.task_of(mistake.fails[0].partition(".")[0])
        card = notebook.run(f'check("{task.name}")').locator('[role="group"]').inner_text()
        saved = datetime.fromtimestamp(module.stat().st_mtime)
        assert f"{module.name} as saved at {saved:%H:%M}" in card, mistake.name
        assert mistakes[mistake.misconception][0] in card, mistake.name
    for theme in ("Light", "Dark"):
        notebook.theme(f"JupyterLab {theme}")
        assert lab.serious(notebook.page, '.jp-OutputArea-output [role="group"]') == []
