"""How nbgrader reads what students handed in: so that there always is a notebook to grade.

nbgrader makes an exporter for each run of a converter, once it has listed the submissions. This
one corrects that list, has outdated grades found anew, and reads any notebook or the release's.
"""

from __future__ import annotations

import json
import re
import shutil
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.utils import find_all_files

from autograder.intake import chosen
from autograder.nbgrader import cells, notebooks
from autograder.nbgrader.engine import RECORD, Engine, engine, submitted
from autograder.nbgrader.notebooks import UnusableNotebook
from autograder.release.stub import ReleaseError
from nndl2.checks.model import Status

HELD = Status.HELD.value


class SubmissionExporter(NotebookExporter):
    """Reads a submitted notebook; where there is none to use, a fresh copy of the release's.

    `resources["nbgrader"]["instead"]` then says why, and of a notebook under another name, which.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        if isinstance(self.parent, Autograde):
            prepare(self.parent, engine_for(self.config))

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> Any:
        """Convert the notebook at `filename`, or what stands for it."""
        about = resources["nbgrader"]
        converter: Any = self.parent
        original = released(converter.coursedir, about["assignment"], about["notebook"])
        nb, about["instead"] = _usable(Path(filename), original)
        if about["instead"]:
            self.log.error("%s: %s", about["student"], about["instead"])
        return self.from_notebook_node(nb, resources, **kwargs)


def engine_for(config: Any) -> Engine:
    """The engine as the course's configuration wants it (`c.GradeByEngine`)."""
    own = config.GradeByEngine
    given = {name: str(own[name]) for name in ("train", "isolation", "secret_file") if name in own}
    return engine(**given)


def prepare(converter: Autograde, asked: Engine) -> None:
    """Correct what `converter` is about to do: which notebooks, which again, no file of ours."""
    course = converter.coursedir
    name = course.assignment_id
    source = Path(course.format_path(course.source_directory, ".", name))
    ours = [Path(file).relative_to(source).as_posix() for file in find_all_files(str(source))]
    converter.exclude_overwriting = {name: ours}  # the instructor's module would be the one graded
    expected = notebook_names(course, name)
    for folder in list(converter.assignments):
        converter.assignments[folder] = [str(Path(folder, f"{n}.ipynb")) for n in expected]
        student = student_of(course, name, folder)
        graded = graded_folder(course, name, student)
        if not converter.force and graded.is_dir() and is_outdated(course, name, student, asked):
            converter.log.warning("Grading %s again: its module or the grader changed", student)
            shutil.rmtree(graded)
    for student in passed_over(converter):
        graded = graded_folder(course, name, student)
        if graded.is_dir() and not (converter.force or is_outdated(course, name, student, asked)):
            continue
        converter.log.error(
            "%s: no notebook was handed in, so nbgrader passes over this submission; grade it"
            " with: autograder nbgrader %s",
            *(student, name),
        )


def is_outdated(course: Any, name: str, student: str, asked: Engine) -> bool:
    """Whether what is autograded comes of another submission or grader, or is held."""
    private, folder = chosen(name), submitted_folder(course, name, student)
    now = asked.record(private, submitted(folder, student, private), folder)
    graded = graded_folder(course, name, student)
    for notebook in notebook_names(course, name):
        try:
            record = json.loads((graded / f"{notebook}.ipynb").read_bytes())["metadata"][RECORD]
        except (OSError, ValueError, KeyError, TypeError):
            return True
        if {**record, **now} != record or record.get("status") == HELD:
            return True
    return False


def submitted_folder(course: Any, name: str, student: str) -> Path:
    """What the student handed in for an assignment."""
    return Path(course.format_path(course.submitted_directory, student, name))


def graded_folder(course: Any, name: str, student: str) -> Path:
    """Where nbgrader puts the graded copy of it."""
    return Path(course.format_path(course.autograded_directory, student, name))


def notebook_names(course: Any, name: str) -> list[str]:
    """The notebooks of the release, without their ending; ReleaseError when there are none."""
    folder = Path(course.format_path(course.release_directory, ".", name))
    names = sorted(p.stem for p in folder.glob("*.ipynb") if fnmatch(p.stem, course.notebook_id))
    if not names:
        raise ReleaseError(f"there is no notebook in {folder}: run `autograder release {name}`.")
    return names


def released(course: Any, name: str, notebook: str) -> NotebookNode:
    """A notebook of the release."""
    path = Path(course.format_path(course.release_directory, ".", name), f"{notebook}.ipynb")
    try:
        return notebooks.read(path)
    except UnusableNotebook as e:
        raise ReleaseError(f"{path} {e}: run `autograder release {name}`.") from None


def student_of(course: Any, name: str, folder: str) -> str:
    """The student whose submission lies in `folder`."""
    pattern = course.format_path(course.submitted_directory, "(?P<it>.*)", name, escape=True)
    found = re.fullmatch(pattern, folder, re.DOTALL)
    if found is None:
        raise ReleaseError(f"{folder} is not where a submission of {name} should be.")
    return found["it"]


def submissions(course: Any, name: str, student: str = "*") -> list[Path]:
    """The folders that students, one or all, handed in for an assignment."""
    pattern = Path(course.format_path(course.submitted_directory, student, name))
    root = Path(course.root)
    top = root if pattern.is_relative_to(root) else Path(pattern.anchor)
    found = top.glob(str(pattern.relative_to(top)))
    return sorted(path for path in found if path.is_dir())


def passed_over(converter: Autograde) -> list[str]:
    """The students of this run whose submission holds no notebook at all."""
    course, name = converter.coursedir, converter.coursedir.assignment_id
    found = map(str, submissions(course, name, course.student_id))
    return [student_of(course, name, path) for path in found if path not in converter.assignments]


def _usable(path: Path, original: NotebookNode) -> tuple[NotebookNode, str]:
    """The notebook at `path`, or another one beside it, or the release's; and why not the first."""
    if path.parent.is_symlink():
        return original, f"the folder {path.parent.name} is a link; a fresh notebook was taken"
    try:
        return notebooks.read(path), ""
    except UnusableNotebook as e:
        why = f"{path.name} {e}"
    found = []
    for other in notebooks.all_in(path.parent):
        try:
            nb = notebooks.read(other)
        except UnusableNotebook:
            continue
        likeness = cells.likeness(nb, original)
        if likeness:
            label = other.relative_to(path.parent).as_posix()
            found.append((likeness, other.stat().st_mtime, label, nb))
    if found:
        *_, name, nb = max(found, key=lambda one: one[:3])
        return nb, f"{why}; {name} was taken instead"
    return original, f"{why}; a fresh copy of the release's notebook stands for it"
