"""The notebook on paper: one HTML page that needs no other file, and a PDF of it.

nbconvert makes the page. A browser of Chromium's family prints it, or else nbconvert's own
converters do, where what they need is installed.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from nndl2 import NotReady

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge", "brave-browser"),
)
PLACES = (  # where they are on macOS and on Windows, which have them on no PATH
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
PATIENCE = 90  # seconds that a browser has to print
WIDGET = "application/vnd.jupyter.widget-view+json"  # a progress bar, which is none on paper
log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())
log.propagate = False


def with_code(content: Mapping[str, Any], module: str, source: bytes) -> dict[str, Any]:
    """The notebook with the student's file below it, and without progress bars."""
    code = source.decode("utf-8", "replace")
    cells = [_plain(cell) for cell in content["cells"]]
    title = {"cell_type": "markdown", "metadata": {}, "source": f"## The code in {module}"}
    listing = {"cell_type": "code", "metadata": {}, "source": code, "outputs": []}
    below: list[dict[str, Any]] = [title, listing | {"execution_count": None}]
    if content.get("nbformat_minor", 0) >= 5:
        for i, cell in enumerate(below):
            cell["id"] = f"handed-in-{i}"
    metadata = {k: v for k, v in content.get("metadata", {}).items() if k != "widgets"}
    return {**content, "metadata": metadata, "cells": cells + below}


def html(content: Mapping[str, Any], title: str) -> str:
    """The page of a notebook; NotReady says why there is none."""
    try:
        from nbconvert import HTMLExporter
    except ImportError:
        raise NotReady("the package nbconvert is missing (%pip install nbconvert)") from None
    try:
        exporter = HTMLExporter(log=log, embed_images=True, require_js_url="", mermaid_js_url="")
        about = {"metadata": {"name": title}}
        page, _ = exporter.from_file(io.StringIO(json.dumps(content)), resources=about)
    except Exception as e:  # a converter's exceptions have no common class
        raise NotReady(f"nbconvert could not make it ({_short(e)})") from None
    return page.replace('<script src=""></script>', "")


def pdf(page: str, content: Mapping[str, Any]) -> bytes:
    """A PDF of `page`, or of the notebook `content`; NotReady says why there is none."""
    why = "no browser that prints, and no LaTeX, was found"
    if browser := _browser():
        try:
            return _printed(browser, page)
        except (OSError, subprocess.SubprocessError) as e:
            why = f"{Path(browser).stem} could not print it ({_short(e)})"
    if shutil.which("xelatex") and shutil.which("pandoc"):
        from nbconvert import PDFExporter

        try:
            made, _ = PDFExporter(log=log).from_file(io.StringIO(json.dumps(content)))
            return cast(bytes, made)
        except Exception as e:  # LaTeX's and pandoc's exceptions have no common class
            why = f"LaTeX could not make it ({_short(e)})"
    raise NotReady(why)


def _browser() -> str:
    on_path = (shutil.which(name) for name in BROWSERS)
    return next((b for b in (*on_path, *PLACES) if b and Path(b).is_file()), "")


def _printed(browser: str, page: str) -> bytes:
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        source, target = Path(scratch, "page.html"), Path(scratch, "page.pdf")
        source.write_text(page, encoding="utf-8")
        options = ["--headless", "--disable-gpu", "--no-pdf-header-footer", "--disable-extensions"]
        if getattr(os, "geteuid", lambda: 1)() == 0:
            options.append("--no-sandbox")  # as root, on Colab, a browser starts no other way
        options += [f"--user-data-dir={scratch}/profile", "--virtual-time-budget=20000"]
        command = [browser, *options, f"--print-to-pdf={target}", source.as_uri()]
        subprocess.run(command, check=True, timeout=PATIENCE, capture_output=True)
        return target.read_bytes()


def _plain(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell without the outputs that only a running notebook can show."""
    shown = [o for o in cell.get("outputs", ()) if WIDGET not in o.get("data", {})]
    return {**cell, "outputs": shown} if "outputs" in cell else dict(cell)


def _short(e: BaseException) -> str:
    return (str(e).strip() or type(e).__name__).splitlines()[0][:200]
