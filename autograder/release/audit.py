"""The audit of a release: nothing of a solution or of the grader stands in what students get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import assignments
from autograder.release.stub import split
from nndl2.checks.names import checks_of

SHORTEST = 12  # characters; shorter solution lines, such as `z = None`, stand in any program
SENTENCE = 24  # characters; so long are sentences and formulas that stand in nothing by chance
BREAK = re.compile(r"\n\s*(?:\n|[-*+] |\d+[.)] )")  # between paragraphs, and items of a list
PERIOD = re.compile(r"(?<=[.!?;:])\s+|\s*\|\s*")  # between sentences, and cells of a table
FORMULA = re.compile(r"[-+*/@]|\bnp\.(?!errstate|ndarray|asarray)\w+\(")
SIGNATURE = re.compile(r"\s*(def |class |@|from |import )|.*\) -> .*:$")
MARKERS = re.compile(r"(BEGIN|END)\s+(SOLUTION|HIDDEN\s+TESTS|MARK\s+SCHEME)", re.IGNORECASE)


@dataclass(frozen=True)
class Secrets:
    """What a release must not hold; the keys are squeezed, the values say what was found."""

    lines: Mapping[str, str]
    files: Mapping[str, str]
    names: frozenset[str]
    sentences: Mapping[str, str]
    formulas: Mapping[str, str]

    def told_by(self, text: str) -> list[str]:
        """What `text` gives away, one phrase each."""
        squeezed = squeeze(text)
        words = set(re.findall(r"\w+", text))
        found = [f"the marker `{m[0]}`" for m in MARKERS.finditer(text)]
        found += [f"the solution line `{line}`" for k, line in self.lines.items() if k in squeezed]
        found += [
            f"{path}, a file of the grader" for k, path in self.files.items() if k in squeezed
        ]
        found += [f"the name of the private check `{name}`" for name in sorted(self.names & words)]
        found += [f"the sentence `{said}`" for k, said in self.sentences.items() if k in squeezed]
        found += [
            f"the oracle's line `{line}`" for k, line in self.formulas.items() if k in squeezed
        ]
        return found


def squeeze(text: str) -> str:
    """`text` without its white space, so that no other wrapping or indentation hides a line."""
    return "".join(text.split())


def secrets(name: str, root: Path) -> Secrets:
    """What the assignment `name` of the course in `root` keeps from its students."""
    source = root / "source" / name
    rooms = (root.glob(f"nndl2/{where}*.py") for where in ("", "probing/"))  # which know no answer
    helpers = squeeze("\n".join(p.read_text("utf-8") for room in rooms for p in sorted(room)))
    lines: dict[str, str] = {}
    public = ""
    for where, text, is_prose in _sources(source):
        kept, solution = split(text, where)
        stub = squeeze("\n".join(kept))
        public += stub
        found = sentences("\n".join(solution)) if is_prose else map(_code, solution)
        for line in found:
            key = squeeze(line)
            if len(line) >= SHORTEST and key not in stub and key not in helpers:
                lines[key] = line
    files = {
        squeeze(path.read_text("utf-8")): path.relative_to(root).as_posix()
        for path in sorted(root.glob("autograder/**/*.py"))
    }
    long = {k: path for k, path in files.items() if len(k) > 10 * SHORTEST and k not in public}
    formulas = {k: line for k, line in _formulas(root).items() if k not in public + helpers}
    names, said = _private(name)
    return Secrets(lines, long, names, said | _rubrics(name), formulas)


def sentences(text: str) -> list[str]:
    """The sentences of a text in words that are long enough to stand in nothing by chance."""
    parts = (" ".join(part.split()) for part in BREAK.split(f"\n{text}"))
    said = (sentence for part in parts for sentence in PERIOD.split(part))
    return [sentence for sentence in said if len(squeeze(sentence)) >= SENTENCE]


def leaks(name: str, folder: Path, secret: Secrets) -> list[str]:
    """What the files in `folder` give away of the assignment `name`, one sentence each."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        where = f"{name}/{path.relative_to(folder).as_posix()}"
        if "autograder" in path.relative_to(folder).parts:
            found.append(f"{where} belongs to the grader.")
        text = path.read_bytes().decode("utf-8", "replace")
        if notebook := _as_notebook(path, text):
            found += notebook_leaks(where, notebook, secret)
        else:
            found += [f"{where} holds {what}." for what in secret.told_by(text)]
    return found


def notebook_leaks(where: str, notebook: Mapping[str, Any], secret: Secrets) -> list[str]:
    """What the sources, outputs and metadata of a notebook give away, one sentence each."""
    texts = [("its metadata", notebook.get("metadata"))]
    for number, cell in enumerate(notebook["cells"], start=1):
        cell = dict(cell)
        texts.append((f"an output of cell {number}", cell.pop("outputs", [])))
        texts.append((f"cell {number}", cell))
    return [
        f"{where}: {place} holds {what}."
        for place, value in texts
        for what in secret.told_by("\n".join(_strings(value)))
    ]


def _as_notebook(path: Path, text: str) -> dict[str, Any] | None:
    """The notebook in `text`, unless it is another file or a broken one."""
    if path.suffix != ".ipynb":
        return None
    try:
        notebook = json.loads(text)
    except ValueError:
        return None
    return notebook if isinstance(notebook, dict) and "cells" in notebook else None


def _sources(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """Every module and every notebook cell in `folder` that may have a solution region, and whether
    it is prose."""
    for path in sorted(folder.rglob("*.py")):
        yield path.name, path.read_text("utf-8"), False
    for path in sorted(folder.glob("*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"], start=1):
            text = "".join(cell["source"])
            if cell["metadata"].get("nbgrader", {}).get("solution") and not MARKERS.search(text):
                text = f"### BEGIN SOLUTION\n{text}\n### END SOLUTION"  # nbgrader clears it all
            yield f"{path.name}, cell {number}", text, cell["cell_type"] == "markdown"


def _code(line: str) -> str:
    """`line` with its white space collapsed, and without a comment after code."""
    code = re.sub(r"(?<=\S)\s\s# .*", "", line)
    return " ".join((code if len(squeeze(code)) >= SHORTEST else line).split())


def _private(name: str) -> tuple[frozenset[str], dict[str, str]]:
    """The names of the course's own checks; their sentences, and those that HINTS keeps back."""
    if name not in assignments.names():
        return frozenset(), {}
    private = assignments.load(name)
    shipped = checks_of(name)
    own = [c for c in (*private.checks, *private.training_checks) if c not in shipped]
    said = [check.sentence for check in own]
    kept = {"none": ("cause", "nudge"), "cause": ("nudge",)}.get(private.hints, ())
    for known in private.misconceptions.values():
        said += [text for field in kept if len(text := getattr(known, field)) >= SENTENCE]
    public = {check.sentence for check in shipped}
    sentences = {squeeze(text): text for text in said if text not in public}
    return frozenset(c.name for c in own), sentences


def _rubrics(name: str) -> dict[str, str]:
    """The sentences of what an assignment's graders are told of its questions."""
    rubrics = assignments.load(name).rubrics if name in assignments.names() else {}
    return {squeeze(said): said for text in rubrics.values() for said in sentences(text)}


def _formulas(root: Path) -> dict[str, str]:
    """The lines of the oracles and of the assignments' own formulas that compute something."""
    found: dict[str, str] = {}
    own = root.glob("autograder/assignments/*/formulas.py")
    oracles = root.glob("autograder/oracles/*.py")  # not the catalogue's sentences, which may ship
    for path in sorted([*oracles, *own]):
        for line in path.read_text("utf-8").splitlines():
            if len(squeeze(line)) < SENTENCE or SIGNATURE.match(line):
                continue
            if FORMULA.search(line):
                found[squeeze(line)] = line.strip()
    return found


def _strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value; one that is stored as a list of lines is one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        yield "".join(value)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _strings(item)
