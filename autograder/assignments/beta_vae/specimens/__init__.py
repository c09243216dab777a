"""Programs of `beta_vae` whose grade is known: edits of the reference, right and wrong ones."""

from __future__ import annotations

from autograder.assignments import Specimen
from autograder.assignments.beta_vae.specimens import drawn, loops, networks, pieces, right
from autograder.assignments.edits import applied


def specimens(reference: str) -> list[Specimen]:
    """All specimens; ValueError when an edit no longer fits the reference."""
    good = [Specimen(n, applied(reference, edits).encode()) for n, edits in right.ALL.items()]
    bad = [
        Specimen(
            w.name,
            applied(reference, w.edits).encode(),
            fails=(w.fails,),
            lost=w.lost or (w.fails.partition(".")[0],),
            misconception=w.misconception,
        )
        for w in (*pieces.ALL, *networks.ALL, *drawn.ALL, *loops.ALL)
    ]
    return good + bad
