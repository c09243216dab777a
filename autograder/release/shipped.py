"""What a release holds beside the notebook: stubs of the modules, the package, its tables.

Every function takes the course's folder as `root`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder import assignments
from autograder.oracles import recorded
from autograder.release.stub import BEGIN, END, ReleaseError, blanked, split, strip
from nndl2.checks import written
from nndl2.checks.names import checks_of

PACKAGE = "nndl2"
SHIPPED = (
    ".py",
    ".json",
    ".md",
)  # of the package; what else lies there is a cache or downloaded data
CACHES = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", ".mypy_cache")


def complete(name: str, folder: Path, root: Path) -> None:
    """Turn the modules that nbgrader copied into `folder` into stubs, and add the package and what
    goes with every release."""
    shutil.rmtree(folder / PACKAGE, ignore_errors=True)
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        if path.name in _graded_modules(name) and not any(split(text, path.name)[1]):
            raise ReleaseError(
                f"{path.name} has no solution region, so all of it would be released: put"
                f" `{BEGIN}` and `{END}` around what students write."
            )
        path.write_text(strip(text, path.name), "utf-8")
    shipped = _package(name, root) | tables([name]) | _beside(root)
    for label, content in shipped.items():
        (folder / label).parent.mkdir(parents=True, exist_ok=True)
        (folder / label).write_bytes(content)


def expect_source(name: str, root: Path) -> None:
    """ReleaseError where the assignment's folder lacks its notebook or module, or where a module is
    not saved as UTF-8."""
    folder = root / "source" / name
    known = assignments.load(name).public.module if name in assignments.names() else ""
    there = {path.name for path in folder.iterdir()}
    for file in (f"{name}.ipynb", known) if known else ():
        if file not in there:
            raise ReleaseError(f"source/{name} lacks {file}; {_instead(file, there)}.")
    for path in sorted(folder.glob("*.py")):
        source = path.read_bytes()
        try:
            source.decode("utf-8")
        except UnicodeDecodeError as e:
            line = source[: e.start].count(b"\n") + 1
            where = f"line {line} of {path.relative_to(root)}"
            raise ReleaseError(f"{where} is not saved as UTF-8; save the file as UTF-8.") from None


def _instead(file: str, there: Iterable[str]) -> str:
    """What to do where a folder lacks a file: rename what was meant, or put it there."""
    kin = sorted(name for name in there if Path(name).suffix == Path(file).suffix)
    return f"rename {kin[0]}" if len(kin) == 1 else "put it there"


def _graded_modules(name: str) -> set[str]:
    """The file that students of an assignment write, where the grader knows the assignment."""
    return {assignments.load(name).public.module} if name in assignments.names() else set()


def course_assignments(root: Path) -> list[str]:
    """The assignments of the course: the folders in source/ that hold a notebook."""
    return sorted({path.parent.name for path in root.glob("source/*/*.ipynb")})


def _package(name: str, root: Path) -> dict[str, bytes]:
    """The files of nndl2 that ship with an assignment, the course's own or else the kit's: label,
    content. Checks and tables of other assignments stay, and what an assignment withholds."""
    home = root if (root / PACKAGE).is_dir() else assignments.ROOT
    others = {*course_assignments(root), *assignments.names()} - {name}
    labels = (p.relative_to(home) for p in sorted((home / PACKAGE).rglob("*")) if p.is_file())
    chosen = (x for x in labels if x.suffix in SHIPPED and not assignments.of_one(x, others))
    withheld = assignments.load(name).withheld if name in assignments.names() else ()
    return {x.as_posix(): (home / x).read_bytes() for x in chosen if x.as_posix() not in withheld}


def _beside(root: Path) -> dict[str, bytes]:
    """The files beside the assignments' folders in source/, which go with every release."""
    files = (p for p in sorted((root / "source").glob("[!.]*")) if p.is_file())
    return {path.name: path.read_bytes() for path in files}


def tables(names: Iterable[str]) -> dict[str, bytes]:
    """The table of answers of each assignment that the grader knows, as JSON."""
    known = [name for name in assignments.names() if name in set(names)]
    return {f"{PACKAGE}/answers/{name}.json": _as_json(table(name)) for name in known}


def table(name: str) -> dict[str, Any]:
    """What ships with the checks of an assignment: the answers to their questions, found on the
    reference, the sentences for mistaken ones as far as HINTS lets them out, and the points.

    Raises ReleaseError when the reference does not pass its checks.
    """
    from nndl2.checks.local import Local

    private = assignments.load(name)
    student = Local(private.source / private.public.module)
    checks = checks_of(name)
    told = private.hints != "none"
    try:
        questions = recorded(private.public, checks, student, private.oracle, told)
    except ValueError as e:
        raise ReleaseError(f"{private.public.module}: {e}") from None
    finally:
        student.close()
    nudges = private.hints == "nudge"
    known = private.misconceptions.values() if told else ()
    return {
        "answers": questions,
        "hints": private.hints,
        "mistakes": {m.id: [m.cause, m.nudge if nudges else "", *m.explains] for m in known},
        "more": sorted({c.part for c in private.checks if c not in checks}),
        "points": dict(private.points),
    } | ({"questions": answer_cells(private)} if private.public.questions else {})


def answer_cells(private: assignments.Private) -> dict[str, list[str]]:
    """The cell of each question as students get it, by its name: id and text.

    Raises ReleaseError where the notebook in source/ has no such cell.
    """
    found = {}
    for question in private.public.questions:
        cell = answer_cell(private, question.name)
        where = f"the answer to {question.name!r}"
        found[question.name] = [cell.get("id", ""), blanked(written.text_of(cell), where)]
    return found


def answer_cell(private: assignments.Private, name: str) -> Mapping[str, Any]:
    """The cell of a question in the assignment's own notebook, model answer included."""
    file = private.source / f"{private.public.name}.ipynb"
    cells = json.loads(file.read_text("utf-8"))["cells"]
    found = next((cell for cell in cells if written.grade_id(cell) == name), None)
    if found is None:
        raise ReleaseError(f"the question {name!r} has no answer cell in {file.name}.")
    return found


def model_answer(private: assignments.Private, name: str) -> str:
    """What the assignment's own notebook answers to a question; empty where there is no source."""
    try:
        text = written.text_of(answer_cell(private, name))
        return "\n".join(split(text, name)[1]) or text  # without a region nbgrader clears it all
    except (OSError, ReleaseError):
        return ""


def _as_json(table: Mapping[str, Any]) -> bytes:
    """A table in which a person can look things up: a line for each question and each sentence."""
    lines = []
    for section, content in table.items():
        if section in ("answers", "mistakes"):
            rows = (f"{_line(key)}: {_line(value)}" for key, value in content.items())
            lines.append(f"{_line(section)}: {{\n" + ",\n".join(rows) + "\n}")
        else:
            lines.append(f"{_line(section)}: {_line(content)}")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
