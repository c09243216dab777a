"""`autograder feedback`: the page of each student of a class, and the zip that gives them back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from autograder.disk import replace_file
from autograder.feedback import pack
from autograder.feedback.page import page
from autograder.intake import writing
from autograder.kept import submitted
from autograder.kept.rows import rows


@dataclass(frozen=True)
class Given:
    """The pages that were written, where the zip is, and who is not in it and why."""

    pages: int
    folder: Path
    zip: Path | None = None
    platform: str = ""
    packed: int = 0
    left_out: tuple[str, ...] = ()

    def told(self) -> Iterator[str]:
        """What was done, a line each."""
        yield f"{_pages(self.pages)}: {self.folder / '<student>' / pack.PAGE}"
        if self.zip:
            yield f"{self.zip}: {_pages(self.packed)}, named for {self.platform}"
        yield from (f"  {line}" for line in self.left_out)


def give_back(folder: Path, to: Path | None = None, platform: str = "") -> Given:
    """Write the page of each student in `folder`, and all of them into the zip `to`.

    `platform` is one of `pack.PLATFORMS`; by default the one whose download was graded.
    """
    kept = rows(folder)
    handed = {row.folder: submitted.kept(folder / row.folder) for row in kept}
    platform = platform or pack.platform_of(list(handed.values()))
    written: list[tuple[str, str]] = []
    left_out: list[str] = []
    for row in tqdm(kept, desc="feedback", unit="page"):
        one = handed[row.folder]
        made = page(row.student, row.result, one)
        with writing(folder):
            replace_file(folder / row.folder / pack.PAGE, made)
        if name := pack.name_for(platform, row.folder, one):
            written.append((name, made))
        elif to:
            left_out.append(f"{row.student} is left out: nobody knows its place in {platform}")
    if to:
        pack.write(to, written)
    return Given(len(kept), folder, to, platform, len(written), tuple(left_out))


def _pages(n: int) -> str:
    return f"{n} page{'s' * (n != 1)}"
