"""The course tests itself: programs whose grade is known are graded as they should be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from tqdm import tqdm

from autograder import release
from autograder.assignments import ROOT, Private, Specimen
from autograder.grade import grade_one
from autograder.isolation import WarmParent
from autograder.results.graded import Graded
from autograder.training import Trainer
from nndl2.checks.model import Outcome, Status
from nndl2.checks.words import number

SECRET = b"the course tests itself with inputs that nobody has to guess"
CHECK_CELL = re.compile(r"""\bcheck\(\s*["'](\w+)["']""")
RIGHT, STUB, WRONG, KNOWING = "right", "stub", "wrong", "knowing"


@dataclass(frozen=True)
class Trial:
    """A known program, and the function that says what is wrong with a result of it."""

    kind: str
    name: str
    source: bytes
    problems: Callable[[Graded], list[str]]
    misconception: str = ""
    fails: str = ""


@dataclass
class Findings:
    """What went wrong, and how many programs of each kind were graded and were right."""

    problems: list[str] = field(default_factory=list)
    total: dict[str, int] = field(default_factory=dict)
    good: dict[str, int] = field(default_factory=dict)
    named: int = 0
    nameable: int = 0
    seconds: float = 0.0

    def note(self, trial: Trial, graded: Graded) -> None:
        """Count one graded program."""
        wrong = trial.problems(graded)
        self.problems += [f"{trial.kind}, {trial.name}: {problem}" for problem in wrong]
        self.total[trial.kind] = self.total.get(trial.kind, 0) + 1
        self.good[trial.kind] = self.good.get(trial.kind, 0) + (not wrong)
        self.nameable += trial.kind == WRONG
        if trial.kind == WRONG and trial.misconception:
            self.named += diagnosis(graded, trial.fails) == trial.misconception
        self.seconds += graded.seconds

    def table(self) -> str:
        """What was tried and how much of it came out as it should."""
        said = {
            RIGHT: "right programs with full marks",
            STUB: "untouched stub called not written",
            WRONG: "wrong programs caught as they should be",
            KNOWING: "programs that know the table caught",
        }
        rows = [
            (said[kind], f"{self.good[kind]} of {self.total[kind]}")
            for kind in said
            if kind in self.total
        ]
        if self.nameable:
            share = 100 * self.named / self.nameable
            rows.append(("diagnosis right", f"{self.named} of {self.nameable} ({share:.0f} %)"))
        mean = self.seconds / max(sum(self.total.values()), 1)
        rows.append(("mean time a submission", f"{mean:.2f} s"))
        return "\n".join(f"{name:40}{value}" for name, value in rows)


def verify(private: Private, parent: WarmParent, jobs: int = 1) -> Findings:
    """Grade the reference, the stub and all specimens, and look at the points and the release."""
    findings, trainer = Findings(), Trainer("never")

    def grade(trial: Trial) -> Graded:
        return grade_one(private, trial.source, parent, SECRET, trainer)

    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(grade, trial): trial for trial in trials(private)}
        for done in tqdm(as_completed(running), total=len(running), desc="verify", unit="file"):
            findings.note(running[done], done.result())
    findings.problems.sort()
    findings.problems += [*points_problems(private), *release_problems(private)]
    return findings


def trials(private: Private) -> list[Trial]:
    """Every program of the assignment whose grade is known."""
    stub = release.strip(private.reference.decode(), private.public.module).encode()
    return [
        Trial(RIGHT, "reference", private.reference, full_marks),
        Trial(STUB, "untouched", stub, nothing_written),
        *(_specimen(private, specimen) for specimen in private.specimens()),
    ]


def _specimen(private: Private, specimen: Specimen) -> Trial:
    if specimen.right:
        return Trial(RIGHT, specimen.name, specimen.source, full_marks)
    return Trial(
        KNOWING if specimen.knowing else WRONG,
        specimen.name,
        specimen.source,
        lambda graded: as_manifest(private, specimen, graded),
        specimen.misconception,
        specimen.fails[0],
    )


def full_marks(graded: Graded) -> list[str]:
    """A right program gets every point."""
    report = graded.report
    if report.score == report.max_score and graded.status is Status.GRADED:
        return []
    first = next(v for v in report.verdicts if v.check.costs_points and not v.passed)
    why = first.note or f"expected {first.expected}, got {first.got}"
    return [f"{graded.summary}, not full marks ({first.check.id}: {first.outcome.value}, {why})"]


def nothing_written(graded: Graded) -> list[str]:
    """The stub gets no point, and each task with points is called not written, or has to wait for
    one that is."""
    report = graded.report
    problems = [f"gets {number(report.score)} points"] if report.score else []
    problems += [
        f"{v.check.id} ends in {v.outcome.value!r}: {v.note}"
        for v in report.verdicts
        if v.outcome in (Outcome.FAIL, Outcome.FAULT)
    ]
    for task in report.assignment.tasks:
        outcomes = {v.outcome for part in task.parts for v in report.of(part.name)}
        waiting = Outcome.NOT_WRITTEN in outcomes or outcomes == {Outcome.NOT_RUN}
        if report.task_score(task)[1] and not waiting:
            problems.append(f"no check of {task.title} says that it is not written")
    return problems


def as_manifest(private: Private, specimen: Specimen, graded: Graded) -> list[str]:
    """A wrong program fails the check it names, loses the points it names, is told what it did."""
    report = graded.report
    verdicts = {v.check.id: v for v in report.verdicts}
    if unknown := [name for name in specimen.fails if name not in verdicts]:
        return [f"its manifest names {_listed(unknown)}, which is no check"]
    if graded.status is Status.HELD:
        return [graded.summary]
    problems = []
    if verdicts[specimen.fails[0]].passed:
        problems.append(f"{specimen.fails[0]} passes")
    parts = (part for part in private.public.parts if private.points.get(part))
    lost = {part for part in parts if not report.earned(part)}
    if lost != set(specimen.lost):
        problems.append(f"loses {_listed(lost)} in place of {_listed(specimen.lost)}")
    found = diagnosis(graded, specimen.fails[0])
    if specimen.misconception and found != specimen.misconception:
        problems.append(f"is diagnosed {found or 'as nothing'}, not {specimen.misconception}")
    return problems


def diagnosis(graded: Graded, check: str) -> str:
    """The diagnosis of the check that is named, else the first one that the report gives."""
    failed = [v for v in graded.report.verdicts if v.outcome is Outcome.FAIL and v.diagnosis]
    failed.sort(key=lambda v: v.check.id != check)
    return failed[0].diagnosis if failed else ""


def points_problems(private: Private) -> Iterator[str]:
    """Where the points are not those of the notebook's cells, by task and by question."""
    printed, points = notebook_points(private), private.points
    tasks = private.public.tasks
    worth = {t.name: (t.title, sum(points.get(p.name, 0) for p in t.parts)) for t in tasks}
    asked = {q.name: (q.title, points[q.name]) for q in private.public.questions}
    for name, (title, given) in {**worth, **asked}.items():
        if given != printed.get(name, 0):
            shown = number(printed.get(name, 0))
            yield f"points: {title} has {number(given)}, the notebook says {shown}"
    scoring = {check.part for check in private.checks if check.costs_points} | set(asked)
    for part in points:
        if points[part] and part not in scoring:
            yield f"points: {part} has points and no check that can earn them"
    for name in (name for name in asked if not private.rubrics.get(name, "").strip()):
        yield f"questions: {name} has no rubric, so its graders would each have their own"


def notebook_points(private: Private) -> dict[str, float]:
    """The points in the source notebook: of a task, by `check("task")` in its graded cells; of what
    people grade, by the name of its cell."""
    file = private.source / f"{private.public.name}.ipynb"
    points: dict[str, float] = {}
    for cell in json.loads(file.read_bytes())["cells"]:
        graded = cell["metadata"].get("nbgrader", {})
        task = CHECK_CELL.search("".join(cell["source"]))
        written = graded.get("solution")
        if graded.get("grade") and (written or task):
            name = graded["grade_id"] if written else task[1]  # type: ignore[index]  # it is there
            points[name] = points.get(name, 0) + graded["points"]
    return points


def release_problems(private: Private) -> list[str]:
    """What the release of the assignment gives away, or that there is none."""
    name = private.public.name
    folder = ROOT / "release" / name
    if not folder.is_dir():
        return [f"release: there is none yet; make it with: autograder release {name}"]
    return [f"release: {leak}" for leak in release.leaks(name, folder)]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
