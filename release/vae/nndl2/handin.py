"""The last step: check everything once more, tell what is missing, pack one zip to hand in.

In the notebook `handin()`, in a terminal `python -m nndl2.handin`. What is incomplete is packed
too, and said. The zip holds the student's file, the notebook with the answers that a person grades,
and one page of both to read.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nndl2 import NotReady
from nndl2.checks import words
from nndl2.checks.model import Assignment, Outcome
from nndl2.checks.names import assignments, checks_of
from nndl2.checks.show import Unknown, excused, find, public_report
from nndl2.checks.source import SIZE_LIMIT
from nndl2.checks.terminal import print_anywhere
from nndl2.notebooks import answers, notebook, paper
from nndl2.notebooks.notebook import Notebook
from nndl2.notebooks.saved import digest_of, running, runs_with, shell_here

LIMIT = 8 << 20  # bytes that a hand-in may have, unpacked
ORDER = ("pdf", "html")  # what is left out first when it has more


def handin(*, assignment: str | None = None, file: str = "", pdf: bool = True) -> None:
    """Pack the work in this folder into one zip, and print what it holds and what is missing.

    assignment: its name, where the folder leaves a doubt; file: the student's, by default the
    assignment's; pdf=False saves the time that printing takes. Raises NotReady when there is
    nothing to pack or no place to write to.
    """
    subject, _ = find(None, assignment)
    print("Checking and packing; this takes some seconds.", flush=True)
    _, told = pack(subject, Path(file or subject.module), pdf=pdf)
    print(told)


def pack(subject: Assignment, file: Path, pdf: bool = True) -> tuple[bool, str]:
    """Write the zip beside `file`; whether nothing is missing, and what to tell the student."""
    source = _bytes(file)
    book = notebook.find(Path(subject.module).stem, _asking())
    missing = [*_safely("your code", _checked(subject, file))]
    missing += _safely("the notebook", _of_notebook(book, file))
    missing += _safely("your answers", answers.missing(subject, book))
    files, notes = _files(subject, source, book, pdf)
    notes += _safely("your answers", answers.counted(subject, book))
    zipped = file.absolute().with_name(f"{Path(subject.module).stem}-handin.zip")
    _write(zipped, files)
    return not missing, _told(zipped, files, notes, missing)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as e:
        text = f"{file.name} cannot be read in {file.absolute().parent} ({e.strerror})"
        raise NotReady(f"{text}: go to the folder that holds it, and try again.") from None


def _asking() -> Mapping[str, Any] | None:
    """The names of the notebook that asks, if one does."""
    shell = shell_here()
    return shell.user_ns if hasattr(shell, "kernel") else None


def _safely(what: str, sentences: Iterator[str]) -> Iterator[str]:
    """The sentences; whatever breaks on the way must not keep the work from being packed."""
    try:
        yield from sentences
    except KeyboardInterrupt:
        yield f"a look at {what}, which was stopped by hand"
    except Exception as e:
        yield f"a look at {what}, which failed ({type(e).__name__}): tell the course staff"


def _checked(subject: Assignment, file: Path) -> Iterator[str]:
    """What the checks say, a line for each outcome but a pass."""
    report = public_report(subject, checks_of(subject.name), file)
    if lost := words.unanswered(report):
        yield lost.rstrip(".")
    told = (v for v in report.verdicts if v.check.costs_points and not v.unanswered)
    asked = [v for v in told if not excused(v)]
    if {v.outcome for v in asked} == {Outcome.NOT_RUN}:  # the file cannot be used at all
        yield f"a {file.name} that runs: {asked[0].note}"
        return
    by_part: dict[Outcome, list[str]] = {}
    for part in dict.fromkeys(v.check.part for v in asked):
        outcome = words.outcome_of([v for v in asked if v.check.part == part])
        by_part.setdefault(outcome, []).append(subject.parts[part].title)
    for outcome, said in (
        (Outcome.FAIL, "not right yet"),
        (Outcome.NOT_WRITTEN, "not written yet"),
        (Outcome.NOT_RUN, "not checked"),
        (Outcome.FAULT, "could not be checked"),
    ):
        if outcome in by_part:
            yield f"{said}: {', '.join(by_part[outcome])} (check() says more)"


def _of_notebook(book: Notebook | str, file: Path) -> Iterator[str]:
    if isinstance(book, str):
        yield f"the notebook: {book}"
        return
    runs = runs_with(file)
    yield from book.missing(runs, digest_of(file), running())
    if not runs and not book.shown and book.time < file.stat().st_mtime:
        yield f"a run of the notebook: {file.name} was saved after it; run it anew and save it"


def _files(
    subject: Assignment, source: bytes, book: Notebook | str, pdf: bool
) -> tuple[dict[str, bytes], list[str]]:
    """What goes into the zip, by name, and what to say of it."""
    stem = Path(subject.module).stem
    files, notes = {subject.module: source}, []
    if isinstance(book, Notebook):
        files[f"{stem}.ipynb"] = book.data
        if book.name != f"{stem}.ipynb":
            notes.append(f"{book.name} is packed as {stem}.ipynb.")
        try:
            content = paper.with_code(book.content, subject.module, source)
            page = paper.html(content, stem)
            files[f"{stem}.html"] = page.encode()
            if pdf:
                files[f"{stem}.pdf"] = paper.pdf(page, content)
        except (Exception, KeyboardInterrupt) as e:  # extras: whatever fails, the work is packed
            left = "a PDF" if f"{stem}.html" in files else "a page to read"
            notes.append(f"Without {left}: {_why(e)}.")
    if len(source) > SIZE_LIMIT:
        notes.append(f"{subject.module} is larger than 1 MiB, so it will not be graded.")
    return files, notes + list(_within_limit(files, stem))


def _why(e: BaseException) -> str:
    """What is said of an extra that was not made."""
    if isinstance(e, KeyboardInterrupt):
        return "making it was stopped by hand"
    return str(e) if isinstance(e, NotReady) else f"making it failed ({type(e).__name__})"


def _within_limit(files: dict[str, bytes], stem: str) -> Iterator[str]:
    """Leave out of `files` what may be left out until they are small enough; a sentence each."""
    for kind in ORDER:
        name = f"{stem}.{kind}"
        if sum(map(len, files.values())) > LIMIT and files.pop(name, b""):
            yield f"Without {name}: with it the hand-in has more than 8 MiB."
    if sum(map(len, files.values())) > LIMIT:
        yield (
            f"The hand-in has more than 8 MiB, which may be refused: clear the outputs of cells in "
            f"{stem}.ipynb that print or draw much, save it, and run this again."
        )


def _write(target: Path, files: Mapping[str, bytes]) -> None:
    """Write the zip whole or not at all; one that is there stays until then."""
    unfinished = Path()
    try:
        handle, name = tempfile.mkstemp(".part", target.name, target.parent)
        unfinished = Path(name)
        with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            for name, data in files.items():
                z.writestr(name, data)
        unfinished.chmod(0o644)  # mkstemp's is private, and the student may share the folder
        unfinished.replace(target)
    except OSError as e:
        text = f"{target.name} cannot be written to {target.parent} ({e.strerror})"
        raise NotReady(f"{text}: make room there or close what holds it open.") from None
    finally:
        if unfinished.is_file():
            unfinished.unlink()


def _told(
    zipped: Path, files: Mapping[str, bytes], notes: Iterable[str], missing: Iterable[str]
) -> str:
    lines = [f"Packed {', '.join(files)} into {zipped}, {_size(zipped.stat().st_size)}.", *notes]
    if missing := list(missing):
        lines += ["You can hand it in as it is. Still missing:", *(f"- {each}" for each in missing)]
    else:
        lines.append("Nothing is missing. Hand in this one file.")
    return "\n".join(lines)


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{max(count // 1024, 1)} KiB"


def main() -> int:
    """Exit 0 when nothing is missing, 1 when it was packed with something missing, 2 when not."""
    print_anywhere()
    known = assignments()
    parser = argparse.ArgumentParser(prog="python -m nndl2.handin", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="the module you work on, such as vae.py")
    parser.add_argument("--assignment", choices=sorted(known), help="when the name leaves a doubt")
    parser.add_argument("--no-pdf", action="store_true", help="pack no PDF, which takes time")
    args = parser.parse_args()
    try:
        name = args.assignment
        if args.file and not name:
            name = next((a.name for a in known.values() if a.module == args.file.name), None)
        subject, _ = find(None, name)
        if args.file and args.file.parent != Path():
            os.chdir(args.file.parent)
        file = Path(args.file.name if args.file else subject.module)
        complete, told = pack(subject, file, pdf=not args.no_pdf)
    except (NotReady, Unknown, OSError) as e:
        print(e, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped by hand; nothing was packed.", file=sys.stderr)
        return 2
    print(told)
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
