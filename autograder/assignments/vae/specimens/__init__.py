"""Programs whose grade is known: edits of the reference, right ones and wrong ones."""

from __future__ import annotations

from pathlib import Path

from autograder.assignments import ROOT, Specimen
from autograder.assignments.vae.specimens import fairness, knowing, right, sly, wrong
from autograder.assignments.vae.specimens.regions import applied

REFERENCE = ROOT / "source" / "vae" / "vae.py"


def all_specimens(reference: Path = REFERENCE) -> list[Specimen]:
    """All specimens; ValueError when an edit no longer fits the reference."""
    text = reference.read_text(encoding="utf-8")
    fair = {f.name: f.edits for f in fairness.ALL if not f.lost}
    edited = {**right.ALL, **fair}
    good = [Specimen(name, applied(text, edits).encode()) for name, edits in edited.items()]
    bad = [
        Specimen(
            w.name,
            applied(text, w.edits).encode(),
            fails=(w.fails,),
            lost=w.lost or (w.fails.partition(".")[0],),
            misconception=w.misconception,
            knowing=w.knowing,
        )
        for w in (*wrong.ALL, *sly.ALL, *knowing.all_knowing())
    ]
    return good + bad
