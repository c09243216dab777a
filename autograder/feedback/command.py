"""`autograder feedback`: the page of each student of a class, and the zip that gives them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from autograder.disk import replace_file
from autograder.feedback import pack
from autograder.feedback.page import page
from autograder.intake import BadInput, writing
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
    names = {name: pack.name_for(platform, name, one) for name, one in handed.items()}
    if to:
        pack.expect_place(to, folder, [*names])
        _refuse_empty(folder, platform, names)
    written: list[tuple[str, str]] = []
    left_out: list[str] = []
    for row in tqdm(kept, desc="feedback", unit="page"):
        one = handed[row.folder]
        made = page(row.student, row.result, one)
        with writing(folder):
            replace_file(folder / row.folder / pack.PAGE, made)
        if name := names[row.folder]:
            written.append((name, made))
        elif to:
            left_out.append(f"{row.student} is left out: nobody knows its place in {platform}")
    if to:
        pack.write(to, written)
    return Given(len(kept), folder, to, platform, len(written), tuple(left_out))


def _refuse_empty(folder: Path, platform: str, names: Mapping[str, str]) -> None:
    if names and not any(names.values()):
        raise BadInput(
            f"no file in {folder} is named as {platform.title()} names what it gives to download,"
            f" so nobody's place there is known; give back with --for {pack.FOLDERS}"
        )


def _pages(n: int) -> str:
    return f"{n} page{'s' * (n != 1)}"
