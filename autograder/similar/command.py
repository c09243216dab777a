"""`autograder similar`: the pairs of a graded class, from the files kept with its results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from autograder import assignments
from autograder.disk import replace_file
from autograder.intake import Handed, wanted, writing
from autograder.kept import files, submitted
from autograder.kept.rows import Row, rows
from autograder.similar import cache
from autograder.similar.fingerprints import Fingerprints, grams
from autograder.similar.pairs import Pair, pairs, same
from autograder.similar.people import whose
from autograder.similar.tokens import words
from autograder.text import aligned
from nndl2.checks.model import Unusable

FILE = files.SIMILAR
SHOWN = 20


@dataclass(frozen=True)
class Compared:
    """The programs of a class, by the rows and hashes of those that were compared, the pairs among
    them, those that many have alike, and why others were not compared, a sentence each."""

    folder: Path
    rows: Sequence[Row]
    digests: Sequence[str]
    pairs: Sequence[Pair]
    same: Sequence[Sequence[int]]
    left_out: Sequence[str]

    def told(self) -> Iterator[str]:
        """What was found, a line each."""
        found, noun = len(self.pairs), "program" if len(self.rows) == 1 else "programs"
        worth = "no pair is" if not found else "1 pair is" if found == 1 else f"{found} pairs are"
        yield f"{len(self.rows)} {noun} compared; {worth} worth a look"
        yield from (f"  {line}" for line in self.left_out)
        for alike in self.same:
            names = ", ".join(self.rows[n].student for n in alike[:SHOWN])
            more = f" and {len(alike) - SHOWN} more" if alike[SHOWN:] else ""
            yield f"{len(alike)} programs are one but for names and layout: {names}{more}"
        yield from _table([self._cells(pair) for pair in self.pairs[:SHOWN]])
        if found > SHOWN:
            yield f"... and {found - SHOWN} more"
        if found:
            yield f"all of it: {self.folder / FILE}; `autograder report` shows the pairs"

    def _cells(self, pair: Pair) -> list[str]:
        names = [self.rows[n].student for n in pair.programs]
        return [*names, f"{pair.alike:.0%}", *(f"{a}-{b}" for a, b in pair.lines)]

    def as_json(self) -> str:
        """The same for `autograder report`, and for programs."""
        told = [
            {
                "students": [self.rows[n].folder for n in pair.programs],
                "sha256": [self.digests[n] for n in pair.programs],
                "shared": pair.shared,
                "of": pair.of,
                "alike": round(pair.alike, 3),
                "lines": pair.lines,
            }
            for pair in self.pairs
        ]
        same = [[self.rows[n].folder for n in alike] for alike in self.same]
        about = {"compared": len(self.rows), "left_out": self.left_out, "pairs": told, "same": same}
        return json.dumps(about, indent=1) + "\n"


def compare(folder: Path) -> Compared:
    """Compare the programs of the class in `folder`, and keep what was found there."""
    kept = rows(folder)
    stub = given_out(kept[0].result["extra_data"]["assignment"])
    edition = cache.edition(stub)
    found = Read(stub, cache.read(folder, edition))
    for row in tqdm(kept, desc="similar", unit="file"):
        found.add(row, submitted.kept(folder / row.folder))
    given = [found.prints[digest] for digest in found.digests], whose(found.handed)
    made = Compared(folder, found.rows, found.digests, pairs(*given), same(*given), found.left_out)
    with writing(folder):
        cache.write(folder, edition, found.prints)
        replace_file(folder / FILE, made.as_json())
    return made


class Read:
    """The programs that were read so far, their fingerprints by the hash of the file, what is known
    of who handed them in, and who is left out and why; what was given out, `stub`, is in no
    fingerprint."""

    def __init__(self, stub: bytes, before: Mapping[str, Fingerprints]):
        self.known = grams([word for word, _ in words(stub, "the stub")])
        self.before, self.prints = before, dict[str, Fingerprints]()
        self.rows, self.digests, self.left_out = list[Row](), list[str](), list[str]()
        self.handed = list[Handed]()

    def add(self, row: Row, one: Handed | None) -> None:
        """Read what a student handed in, unless that is known or there is nothing to compare."""
        if one is None or not one.source:
            self.left_out.append(f"{row.student}: no file is kept that could be compared")
            return
        digest = hashlib.sha256(one.source).hexdigest()
        try:
            made = self.prints.get(digest) or self.before.get(digest)
            self.prints[digest] = made or Fingerprints.of(one.source, one.file, self.known)
        except Unusable as e:
            self.left_out.append(f"{row.student}: {e.sentence}")
            return
        self.rows.append(row)
        self.digests.append(digest)
        self.handed.append(replace(one, source=b"", attempts=()))  # a class's would fill the memory


def given_out(assignment: str) -> bytes:
    """What students were given, as far as the course still has it."""
    known = assignment in assignments.names()
    return wanted(assignments.load(assignment)).stub if known else b""


def _table(lines: Sequence[Sequence[str]]) -> list[str]:
    return aligned([["student", "student", "alike", "lines", "lines"], *lines]) if lines else []
