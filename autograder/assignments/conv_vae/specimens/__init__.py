"""Programs whose grade is known: edits of the reference, right ones and wrong ones."""

from __future__ import annotations

from pathlib import Path

from autograder.assignments import ROOT, Specimen
from autograder.assignments.conv_vae.specimens import right, wrong
from autograder.assignments.conv_vae.specimens.edits import applied

REFERENCE = ROOT / "source" / "conv_vae" / "conv_vae.py"


def all_specimens(reference: Path = REFERENCE) -> list[Specimen]:
    """All specimens; ValueError when an edit no longer fits the reference."""
    text = reference.read_text(encoding="utf-8")
    good = [Specimen(name, applied(text, edits).encode()) for name, edits in right.ALL.items()]
    bad = [
        Specimen(
            w.name,
            applied(text, w.edits).encode(),
            fails=(w.fails,),
            lost=w.lost or (w.fails.partition(".")[0],),
            misconception=w.misconception,
        )
        for w in wrong.ALL
    ]
    return good + bad
