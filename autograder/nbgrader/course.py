"""`autograder nbgrader`: autograde a class into nbgrader's gradebook, a submission at a time.

nbgrader's own converter does it, so that formgrader, feedback and exports go on from there. Here
each student gets a grade or a reason: also who handed in no notebook, and nobody's trouble is
another one's.
"""

from __future__ import annotations

import glob
import json
import logging
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm
from traitlets.config import Config

from autograder.assignments import Private
from autograder.intake import BadInput
from autograder.nbgrader import export, exporter, hand
from autograder.nbgrader.configuration import CONFIG, configuration
from autograder.nbgrader.converter import KeepsFailure, register
from autograder.nbgrader.engine import RECORD, submitted
from autograder.release.stub import ReleaseError
from autograder.text import aligned, clean
from nndl2.checks.words import number

log = logging.getLogger(__name__)
steps = logging.getLogger(f"{__name__}.steps")  # nbgrader tells each; what matters is in the table
steps.propagate = False
steps.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Line:
    """What became of one student's submission; `failed` says why there is no grade.

    `score` is that of the checks; what people grade is summed in `hand`, where there is any.
    """

    student: str
    scores: dict[str, float | None] = field(default_factory=dict)
    score: float = 0.0
    max_score: float = 0.0
    hand: str = ""
    status: str = ""
    note: str = ""
    failed: str = ""


class OneSubmission(KeepsFailure, Autograde):
    """nbgrader's converter for one student, with or without a notebook, that keeps what failed."""

    def init_notebooks(self) -> None:
        """Take the student's folder, whatever it holds; the exporter finds the notebooks."""
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments: dict[str, list[str]] = {folder: []}
        odd = [p.name for p in Path(folder).rglob("*") if p.is_symlink() or _is_special(p)]
        self.coursedir.ignore = [*self.coursedir.ignore, *map(glob.escape, odd)]

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        try:
            super().init_assignment(assignment_id, student_id)
        except Exception as e:
            self.failure = e
            raise


class Course:
    """A nbgrader course in the folder `root`, and the assignment `private` in it."""

    def __init__(self, root: Path, private: Private, settings: Config | None = None):
        self.root, self.private, self.name = root.resolve(), private, private.public.name
        self.config = configuration(root)
        if "exporter_class" not in self.config.Autograde:
            raise BadInput(f"{root / CONFIG} has to call autograder.nbgrader.configure(c)")
        self.config.merge(settings or Config())
        self.config.CourseDirectory.assignment_id = self.name
        if "root" not in self.config.CourseDirectory:
            self.config.CourseDirectory.root = str(self.root)

    def directory(self, student: str = "*") -> CourseDirectory:
        """nbgrader's idea of the course, for one student or for all."""
        course = CourseDirectory(config=self.config, log=steps)
        course.student_id = student
        return course

    def students(self) -> list[str]:
        """Who submitted a folder for the assignment; BadInput when nobody did."""
        course = self.directory()
        folders = exporter.submissions(course, self.name)
        if not folders:
            pattern = course.format_path(course.submitted_directory, "<student>", self.name)
            raise BadInput(f"nobody handed anything in: there is no folder {pattern}")
        return [exporter.student_of(course, self.name, str(folder)) for folder in folders]

    def autograde(self, wanted: Sequence[str] | None, *, force: bool, jobs: int) -> list[Line]:
        """Grade the students `wanted` (all, when None) side by side, then let nbgrader take over.

        Raises BadInput and ReleaseError for what concerns all of them.
        """
        students = self.students()
        if unknown := sorted({*(wanted or ())} - {*students}):
            raise BadInput(f"{unknown[0]} handed nothing in for {self.name}")
        students = [s for s in students if wanted is None or s in wanted]
        register(self.name, self.directory(), self.config)
        known = self.known()
        asked = exporter.engine_for(self.config)
        todo = [s for s in students if force or s not in known or self.is_open(s)]
        course = self.directory()
        folders = {s: exporter.submitted_folder(course, self.name, s) for s in todo}
        handed = [submitted(folder, s, self.private) for s, folder in folders.items()]
        asked.grade_all(self.private, handed, jobs)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="nbgrader")  # of its ways with its database
            bar = tqdm(students, desc="nbgrader", unit="student")
            return [self.take_over(student, force=student in todo) for student in bar]

    def is_open(self, student: str) -> bool:
        """Whether the student's present submission has no grade by the present grader."""
        course, asked = self.directory(), exporter.engine_for(self.config)
        return exporter.is_outdated(course, self.name, student, asked)

    def known(self) -> set[str]:
        """The students of whom the gradebook has a submission."""
        course = self.directory()
        with Gradebook(course.db_url, course.course_id) as gradebook:
            return {one.student.id for one in gradebook.assignment_submissions(self.name)}

    @property
    def isolation(self) -> str:
        """What held the submissions that were graded, and what nothing holds them from."""
        asked = exporter.engine_for(self.config)
        return "\n".join(filter(None, (asked.parent.isolation, asked.warning)))

    def take_over(self, student: str, *, force: bool) -> Line:
        """Convert one submission, and say what the gradebook holds of it."""
        course = self.directory(student)
        if not _has_sound_timestamp(course, exporter.submitted_folder(course, self.name, student)):
            return Line(student, failed="timestamp.txt holds no time; correct it, or delete it")
        converter = OneSubmission(coursedir=course, config=self.config, log=steps, force=force)
        try:
            converter.start()
        except Exception as e:
            failure = converter.failure or e
            log.error("%s could not be graded", student, exc_info=failure)
            return Line(student, failed=_sentence(failure))
        return self.line(student)

    def line(self, student: str) -> Line:
        """One student's line of the table, from the gradebook and the autograded notebook."""
        course = self.directory()
        graded = exporter.graded_folder(course, self.name, student)
        records = [json.loads(path.read_bytes())["metadata"] for path in graded.glob("*.ipynb")]
        record: dict[str, str] = next((r[RECORD] for r in records if RECORD in r), {})
        with Gradebook(course.db_url, course.course_id) as gradebook:
            submission = gradebook.find_submission(self.name, student)
            names = export.columns(submission.assignment)
            scores = {g.name: hand.score(g) for n in submission.notebooks for g in n.grades}
            score, most, by_hand = hand.summed(submission)
            return Line(
                student,
                {name: scores.get(name) for name in names},
                score - (submission.late_submission_penalty or 0.0),
                most,
                by_hand.cell if by_hand.most else "",
                record.get("status", ""),
                record.get("instead", ""),
            )


def settings(given: Namespace) -> Config:
    """What the command line says of the grader, as nbgrader's configuration says it."""
    config = Config()
    for name in ("train", "isolation"):
        if getattr(given, name) != "auto":
            config.GradeByEngine[name] = getattr(given, name)
    if given.secret_file:
        config.GradeByEngine.secret_file = str(given.secret_file.resolve())
    return config


def told(lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """For each student with no grade, or another notebook than expected, a sentence."""
    for line in lines:
        if line.failed or line.note:
            yield clean(line.student, 64), clean(line.failed or line.note)


def table(lines: Sequence[Line]) -> str:
    """One line a student: the points of each task, the score and the status."""
    tasks = list(dict.fromkeys(task for line in lines for task in line.scores))
    asked = any(line.hand for line in lines)
    rows = [["student", *tasks, *(["by checks", "by hand"] if asked else ["score"]), "status"]]
    for line in lines:
        points = [_points(line.scores.get(task)) for task in tasks]
        points.append("-" if line.failed else f"{number(line.score)} / {number(line.max_score)}")
        points += [line.hand] if asked else []
        rows.append([clean(line.student, 64), *points, "failed" if line.failed else line.status])
    return "\n".join(aligned(rows))


def _points(score: float | None) -> str:
    return "" if score is None else number(score)


def _sentence(error: Exception) -> str:
    text = str(error).strip().split("\n")[0] or "no reason given"
    return text if isinstance(error, ReleaseError) else f"{type(error).__name__}: {text}"


def _has_sound_timestamp(course: CourseDirectory, folder: Path) -> bool:
    written = folder / "timestamp.txt"
    if written.is_symlink() or (written.exists() and not written.is_file()):
        return False  # a pipe would be waited for
    try:
        course.get_existing_timestamp(folder)
    except (AttributeError, ValueError, OverflowError, OSError):  # nbgrader's own way to refuse it
        return False
    return True


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()
