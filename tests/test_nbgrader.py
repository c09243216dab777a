"""A course's life under nbgrader, by the command line: the scores are those of `autograder grade`.

One class goes through it once; the tests look at what came out, and then change something.
"""

from __future__ import annotations

import csv
import hashlib
import html
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import NAME
from nbformat import v4
from nbgrader.api import Gradebook

from autograder import assignments, release, results
from autograder.grade import unusable
from autograder.intake import BadInput
from autograder.nbgrader import exporter
from autograder.nbgrader.course import Course
from autograder.nbgrader.engine import RECORD, is_what_was_graded
from nndl2.checks.model import Reason, Unusable

pytestmark = pytest.mark.slow

PRIVATE = assignments.load(NAME)
RIGHT = PRIVATE.reference
STUB = (assignments.ROOT / "release" / NAME / f"{NAME}.py").read_bytes()
WRONG = next(s for s in PRIVATE.specimens() if s.lost == ("encoder",)).source
FIGURE = "iVBORw0KGgo="
LATE = "2026-03-02 12:00:00 UTC"
SETTINGS = """
c = get_config()
c.LateSubmissionPlugin.penalty_method = "zero"
c.CourseDirectory.db_url = "sqlite:///{root}/elsewhere.db"
"""


def with_question(root: Path) -> None:
    """Give the assignment a written answer, worth 2 points, in its last cell."""
    path = root / "source" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_bytes())
    about = {"grade": True, "solution": True, "locked": False, "task": False, "points": 2}
    cell = v4.new_markdown_cell("Why a KL term? Write it here.", id="why")
    cell.metadata["nbgrader"] = about | {"grade_id": "why", "schema_version": 3}
    notebook["cells"].append(cell)
    path.write_text(json.dumps(notebook), "utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of fourteen, graded by `autograder nbgrader`, with its feedback."""
    root = courses.make(tmp_path_factory.mktemp("life") / "course")
    with_question(root)
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text("utf-8") + SETTINGS.format(root=root), "utf-8")
    shutil.rmtree(root / "release" / NAME)
    release.build(NAME, root / "release" / NAME, root=root)
    with gradebook(root) as book:
        book.update_or_create_assignment(NAME, duedate="2026-03-01 12:00:00 UTC")
    hand_in_a_class(root)
    before = files(root / "submitted")
    done = courses.run(root, "autograder", "nbgrader", NAME, "--jobs", "2")
    (root / "told.txt").write_text(done.stdout, "utf-8")
    assert files(root / "submitted") == before
    (root / "submitted" / "ned" / NAME / "gone.txt").unlink()  # nbgrader alone would refuse it
    courses.run(root, "nbgrader", "generate_feedback", NAME)
    courses.run(root, "autograder", "grade", "submitted", "--out", "graded", "--jobs", "2")
    return root


def hand_in_a_class(root: Path) -> None:
    plain = json.loads((root / "release" / NAME / f"{NAME}.ipynb").read_bytes())

    def edited(*changes: Any) -> str:
        notebook = deepcopy(plain)
        for change in changes:
            change(notebook["cells"])
        return json.dumps(notebook)

    courses.hand_in(root, "ada", RIGHT, edited(drawn, answered))
    courses.hand_in(root, "bob", WRONG, edited())
    courses.hand_in(root, "cleo", STUB, edited())
    courses.hand_in(root, "dan", b"def vae(:\n", edited())
    courses.hand_in(root, "eve", b"import os\nos._exit(0)\n" + RIGHT, edited())
    courses.hand_in(root, "fay", RIGHT, edited(doubled, split)).joinpath(
        "timestamp.txt"
    ).write_text(LATE)
    courses.hand_in(root, "gus", RIGHT, edited(lambda cells: cells.clear(), marking(root)))
    courses.hand_in(root, "hal", WRONG, edited(stripped))
    courses.hand_in(root, "ian", RIGHT, edited(), f"Copy of {NAME}.ipynb")
    courses.hand_in(root, "joe", RIGHT, edited(answered), f"{NAME} (1).ipynb")
    courses.hand_in(root, "kim", WRONG, None)
    courses.hand_in(root, "lea", RIGHT, '{"cells": [')
    ned = courses.hand_in(root, "ned", None, edited())
    (ned / "notes.txt").symlink_to(root / "source" / NAME / f"{NAME}.py")
    (ned / "gone.txt").symlink_to(root / "nowhere")

    (root / "submitted" / "oli").mkdir()
    (root / "submitted" / "oli" / NAME).symlink_to(root / "source" / NAME)


def marking(root: Path) -> Callable[[list[Any]], None]:
    """An edit that adds a cell which leaves a mark when it is run."""
    source = f"from pathlib import Path\nPath({str(root / 'ran')!r}).touch()"
    cell = {"cell_type": "code", "id": "mark", "metadata": {}, "source": source}
    return lambda cells: cells.append({**cell, "outputs": [], "execution_count": None})


def drawn(cells: list[Any]) -> None:
    figure = {"output_type": "display_data", "metadata": {}, "data": {"image/png": FIGURE}}
    noise = {"output_type": "stream", "name": "stderr", "text": "a progress bar"}
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["outputs"] = [noise, figure]


def answered(cells: list[Any]) -> None:
    cells[-1]["source"] = "It keeps the codes near the prior."


def doubled(cells: list[Any]) -> None:
    cells.insert(0, deepcopy(cells[courses.position(cells, "loss")]))


def split(cells: list[Any]) -> None:
    at = courses.position(cells, "encoder")
    cells.insert(at, deepcopy(cells[at]))
    cells[at]["source"], cells[at + 1]["source"] = "check(", '"encoder")'


def stripped(cells: list[Any]) -> None:
    for cell in cells:
        cell["metadata"] = {}


def gradebook(root: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{root / 'elsewhere.db'}")


def scores(root: Path, student: str) -> dict[str, float]:
    """What the gradebook has for each task."""
    with gradebook(root) as book:
        submission = book.find_submission(NAME, student)
        return {g.name: g.score for n in submission.notebooks for g in n.grades if g.name != "why"}


def expected(root: Path, student: str) -> dict[str, float]:
    """What `autograder grade` says of each task."""
    told: dict[str, float] = {}
    for entry in json.loads((root / "graded" / student / results.FILE).read_bytes())["tests"]:
        about = entry["extra_data"]
        if about["kind"] == "part" and entry["max_score"]:
            told[about["task"]] = told.get(about["task"], 0) + entry["score"]
    return told


def autograded(root: Path, student: str) -> dict[str, Any]:
    return json.loads((root / "autograded" / student / NAME / f"{NAME}.ipynb").read_bytes())


def feedback(root: Path, student: str) -> str:
    return (root / "feedback" / student / NAME / f"{NAME}.html").read_text("utf-8")


def files(folder: Path) -> dict[str, str]:
    paths = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


STUDENTS = (
    "ada",
    "bob",
    "cleo",
    "dan",
    "eve",
    "fay",
    "gus",
    "hal",
    "ian",
    "joe",
    "kim",
    "lea",
    "ned",
    "oli",
)


@pytest.mark.parametrize("student", STUDENTS)
def test_the_gradebook_has_what_autograder_grade_says(course: Path, student: str):
    assert scores(course, student) == expected(course, student)
    kept = json.loads((course / "graded" / student / results.FILE).read_bytes())["extra_data"]
    record = autograded(course, student)["metadata"][RECORD]
    assert record["status"] == kept["status"]
    assert kept["sha256"] in ("", record["sha256"])


def test_the_class_has_the_scores_it_earned(course: Path):
    sums = {student: sum(scores(course, student).values()) for student in STUDENTS}
    assert {s for s, total in sums.items() if total == 12} == {
        "ada",
        *["fay", "gus", "ian", "joe", "lea"],
    }
    assert {s for s, total in sums.items() if total == 10} == {"bob", "hal", "kim"}
    assert {s for s, total in sums.items() if total == 0} == {"cleo", "dan", "eve", "ned", "oli"}


def test_who_got_another_notebook_is_told(course: Path):
    told = (course / "told.txt").read_text("utf-8")
    assert "ian: vae.ipynb is missing; Copy of vae.ipynb was taken instead" in told
    assert "joe: vae.ipynb is missing; vae (1).ipynb was taken instead" in told
    assert "kim: vae.ipynb is missing; a fresh copy of the release's notebook" in told
    assert "lea: vae.ipynb is no notebook that can be read" in told
    assert all(re.search(rf"^{student} .* (graded|malformed)$", told, re.M) for student in STUDENTS)


def test_no_cell_of_a_student_is_run(course: Path):
    assert "ran" in json.dumps(autograded(course, "gus")["cells"])
    assert not (course / "ran").exists()


def test_figures_and_answers_stay(course: Path):
    cells = autograded(course, "ada")["cells"]
    figures = [o for c in cells for o in c.get("outputs", []) if "image/png" in o.get("data", {})]
    code = [c for c in cells if c["cell_type"] == "code" and "nbgrader" not in c["metadata"]]
    assert len(figures) == len(code)
    assert FIGURE in feedback(course, "ada")
    assert "near the prior" in feedback(course, "ada") and "near the prior" in feedback(
        course, "joe"
    )


def test_a_written_answer_waits_for_a_person(course: Path):
    with gradebook(course) as book:
        given, blank, gone = (book.find_grade("why", NAME, NAME, s) for s in ("ada", "bob", "gus"))
        assert given.needs_manual_grade and given.auto_score is None
        assert not blank.needs_manual_grade and blank.auto_score == 0
        assert gone.needs_manual_grade and gone.auto_score is None  # it was deleted, not left blank


def test_the_instructors_files_go_nowhere(course: Path):
    solution = (course / "source" / NAME / f"{NAME}.py").read_bytes()
    copies = [p for step in ("autograded", "feedback") for p in (course / step).rglob("*.*")]
    handed_in = {"ada", "fay", "gus", "ian", "joe", "lea"}
    for path in copies:
        student = path.relative_to(course).parts[1]
        assert student in handed_in or path.read_bytes() != solution, path
    assert not (course / "autograded" / "ned" / NAME / "notes.txt").exists()


def test_feedback_holds_no_solution_and_no_hidden_check(course: Path):
    for student in ("cleo", "dan", "ned", "oli"):  # the others' own module stands in front
        folder = course / "feedback" / student / NAME
        for other in folder.glob("*.py"):
            other.unlink()
        assert release.leaks(NAME, folder) == []


def test_feedback_says_what_the_results_say_and_nothing_more(course: Path):
    told = json.loads((course / "graded" / "bob" / results.FILE).read_bytes())["tests"]
    known = {line.strip() for entry in told for line in entry["output"].split("\n")}
    found = re.findall(r"pre-wrap\">(.*?)</div>", feedback(course, "bob"), re.S)
    shown = {html.unescape(re.sub(r"<[^>]+>", "", line)).strip() for line in found}
    assert shown and shown <= known


def test_the_module_stands_in_front_of_the_course_text(course: Path):
    """Under an index by task and part, with its hash and what became of it."""
    shown = feedback(course, "bob")
    front = shown[: shown.index("as it was graded")]
    assert '<a href="#encoder">Encoder</a>' in front and "not right yet" in front
    digest = hashlib.sha256(WRONG).hexdigest()
    assert shown.index(digest) < shown.index('<span class="k">class</span>') < shown.index("<h1")
    assert '<pre>    <span class="k">def</span>' in shown  # as far to the right as it was written
    assert "Malformed: " not in front and "Malformed: " in feedback(course, "dan")


def test_grades_are_exported_with_a_column_a_task(course: Path):
    plugin = "autograder.nbgrader.TaskExporter"
    courses.run(course, "nbgrader", "export", "--exporter", plugin, "--to", "out.csv")
    with (course / "out.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(STUDENTS)
    tasks = list(expected(course, "bob"))
    assert [name for name in rows["bob"] if name in tasks] == tasks
    assert {task: float(rows["bob"][task]) for task in tasks} == expected(course, "bob")
    late = {name: float(rows["fay"][name]) for name in ("raw_score", "score", "max_score")}
    assert late == {"raw_score": 12, "score": 0, "max_score": 14}  # nbgrader's plugin, set to zero


def test_a_changed_module_is_graded_again_and_what_people_wrote_stays(course: Path):
    with gradebook(course) as book:
        book.find_grade("loss", NAME, NAME, "hal").manual_score = 0.25
        book.find_comment("why", NAME, NAME, "hal").manual_comment = "See me."
        book.db.commit()
    (course / "submitted" / "hal" / NAME / f"{NAME}.py").write_bytes(RIGHT)
    stale = course / "autograded" / "bob" / NAME / f"{NAME}.ipynb"
    text = stale.read_text("utf-8")
    version = autograded(course, "bob")["metadata"][RECORD]["version"]
    stale.chmod(0o644)
    stale.write_text(text.replace(version, "an older grader"), "utf-8")
    courses.hand_in(course, "pam", RIGHT, None)
    done = courses.run(course, "nbgrader", "autograde", NAME)
    assert "pam: no notebook was handed in" in done.stderr
    again = re.findall(r"Grading (\w+) again", done.stderr)
    assert sorted(again) == ["bob", "hal"]
    assert "kim: no notebook" not in done.stderr  # graded already by `autograder nbgrader`
    assert autograded(course, "bob")["metadata"][RECORD]["version"] == version
    assert scores(course, "hal") == {**expected(course, "ada"), "loss": 0.25}
    with gradebook(course) as book:
        assert book.find_grade("encoder", NAME, NAME, "hal").auto_score == 4
        assert book.find_grade("loss", NAME, NAME, "hal").needs_manual_grade  # to be looked at
        assert book.find_comment("why", NAME, NAME, "hal").comment == "See me."


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A course of one student, graded in this process."""
    monkeypatch.setenv("AUTOGRADER_SECRET", courses.SECRET)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    root = courses.make(tmp_path / "course")
    courses.hand_in(root, "ada", RIGHT, courses.changed())
    yield root


def test_a_held_score_is_provisional_and_waits_for_a_person(small: Path):
    here = Course(small, PRIVATE)
    engine = exporter.engine_for(here.config)
    folder = exporter.submitted_folder(here.directory(), NAME, "ada")
    one = exporter.submitted(folder, "ada", PRIVATE)
    error = Unusable("no process could be started", Reason.ENVIRONMENT)
    held = replace(unusable(PRIVATE, error), sha256=hashlib.sha256(RIGHT).hexdigest())
    engine.kept[engine._kept_under(PRIVATE, one)] = held
    (line,) = here.autograde(None, force=False, jobs=1)
    assert (line.status, line.score) == ("held", 0)
    with Gradebook(f"sqlite:///{small / 'gradebook.db'}") as book:
        assert book.find_submission(NAME, "ada").needs_manual_grade
    outputs = [o for c in autograded(small, "ada")["cells"] for o in c.get("outputs", [])]
    assert all("provisional" in "".join(o["data"]["text/html"]) for o in outputs) and outputs

    (line,) = here.autograde(None, force=False, jobs=1)  # held: graded again without being asked
    assert (line.status, line.score) == ("graded", 12)
    with Gradebook(f"sqlite:///{small / 'gradebook.db'}") as book:
        assert not book.find_submission(NAME, "ada").needs_manual_grade

    (small / "gradebook.db").unlink()  # what is lost is graded anew
    (line,) = here.autograde(None, force=False, jobs=1)
    assert (line.status, line.score) == ("graded", 12)


def test_a_release_whose_points_are_not_the_graders_fails_loudly(small: Path, tmp_path: Path):
    path = small / "source" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_bytes())
    cell = notebook["cells"][courses.position(notebook["cells"], "loss")]
    cell["metadata"]["nbgrader"]["points"] += 1
    path.write_text(json.dumps(notebook), "utf-8")
    with pytest.raises(release.ReleaseError, match="'loss' has 2 points, its task 1"):
        release.build(NAME, tmp_path / "built", root=small)


def test_settings_with_a_mistake_release_nothing(small: Path):
    shutil.rmtree(small / "release" / NAME)
    (small / "nbgrader_settings.py").write_text("c = get_config(\n")
    done = courses.run(small, "nbgrader", "generate_assignment", NAME, "--force", check=False)
    assert done.returncode != 0 and "nbgrader_config.py cannot be used" in done.stderr
    assert not (small / "release" / NAME).exists()
    with pytest.raises(BadInput, match=r"nbgrader_config\.py cannot be used"):
        Course(small, PRIVATE)


def test_a_courses_own_settings_are_read(small: Path):
    (small / "nbgrader_settings.py").write_text(
        "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    )
    assert Course(small, PRIVATE).config.LateSubmissionPlugin.penalty_method == "zero"


def test_submissions_may_lie_outside_the_course(small: Path, tmp_path: Path):
    elsewhere = tmp_path / "handed in"
    (small / "submitted").rename(elsewhere)
    (small / "nbgrader_settings.py").write_text(
        f"c = get_config()\nc.CourseDirectory.submitted_directory = {str(elsewhere)!r}\n"
    )
    (line,) = Course(small, PRIVATE).autograde(None, force=False, jobs=1)
    assert (line.student, line.failed, line.score) == ("ada", "", 12)


def test_modules_are_collected_from_downloaded_archives(small: Path):
    archive = small / "downloaded" / NAME / "archive"
    archive.mkdir(parents=True)
    (small / "nbgrader_settings.py").write_text(
        "c = get_config()\nc.FileNameCollectorPlugin.named_regexp ="
        " r'.*_(?P<student_id>\\w+)_attempt_[\\d-]+_(?P<file_id>.*)'\n"
    )
    attempt = "hw_bea_attempt_2026-01-31-15-30-10_"
    (archive / f"{attempt}{NAME}.py").write_bytes(RIGHT)
    (archive / f"{attempt}{NAME}.ipynb").write_text(courses.changed(), "utf-8")
    courses.run(small, "nbgrader", "zip_collect", NAME)
    assert (small / "submitted" / "bea" / NAME / f"{NAME}.py").read_bytes() == RIGHT


def test_points_that_changed_reach_the_gradebook_before_anybody_is_graded(small: Path):
    here = Course(small, PRIVATE)
    (line,) = here.autograde(None, force=False, jobs=1)
    with Gradebook(f"sqlite:///{small / 'gradebook.db'}") as book:  # as an older release has it
        book.find_grade_cell("loss", NAME, NAME).max_score = 5
        book.db.commit()
    (again,) = here.autograde(None, force=True, jobs=1)
    assert (again.failed, again.score, again.max_score) == ("", 12, 12) == ("", line.score, 12)


def test_odd_folders_get_a_grade_or_a_reason(small: Path):
    nested = courses.hand_in(small, "bea", RIGHT, courses.changed(), "zipped.ipynb")
    (nested / "again").mkdir()
    (nested / "zipped.ipynb").rename(nested / "again" / f"{NAME}.ipynb")
    os.mkfifo(courses.hand_in(small, "cy", RIGHT, courses.changed()) / "pipe")
    stamp = courses.hand_in(small, "di", RIGHT, courses.changed()) / "timestamp.txt"
    stamp.write_text("yesterday")
    os.mkfifo(courses.hand_in(small, "flo", RIGHT, courses.changed()) / "timestamp.txt")
    (courses.hand_in(small, "eli", RIGHT, None) / f"{NAME}.ipynb").mkdir()
    courses.hand_in(small, "[a-f]*", RIGHT, courses.changed())
    lines = {
        line.student: line for line in Course(small, PRIVATE).autograde(None, force=False, jobs=2)
    }
    assert {line.score for name, line in lines.items() if name not in ("di", "flo")} == {12}
    for name in ("di", "flo"):
        assert lines[name].failed == "timestamp.txt holds no time; correct it, or delete it"
    assert lines["bea"].note.endswith(f"again/{NAME}.ipynb was taken instead")
    assert not lines["cy"].note and lines["eli"].note.startswith(f"{NAME}.ipynb is not a regular")


def test_what_concerns_the_whole_course_is_one_sentence(small: Path, tmp_path: Path):
    with pytest.raises(BadInput, match="nobody handed anything in"):
        empty = courses.make(tmp_path / "empty")
        Course(empty, PRIVATE).autograde(None, force=False, jobs=1)
    with pytest.raises(BadInput, match="zoe handed nothing in"):
        Course(small, PRIVATE).autograde(["zoe"], force=False, jobs=1)
    (small / "nbgrader_config.py").write_text("c = get_config()\n")
    with pytest.raises(BadInput, match="has to call"):
        Course(small, PRIVATE)


def test_a_copy_that_differs_from_what_was_graded_is_refused(small: Path, tmp_path: Path):
    here = Course(small, PRIVATE)
    folder = exporter.submitted_folder(here.directory(), NAME, "ada")
    one = exporter.submitted(folder, "ada", PRIVATE)
    graded = unusable(PRIVATE, Unusable("no", Reason.MALFORMED))
    copy = tmp_path / "copy.py"
    copy.write_bytes(RIGHT)
    sha256 = hashlib.sha256(RIGHT).hexdigest()
    assert is_what_was_graded(replace(graded, sha256=sha256), one, copy)
    assert not is_what_was_graded(replace(graded, sha256="another"), one, copy)
    copy.write_bytes(WRONG)
    assert not is_what_was_graded(replace(graded, sha256=sha256), one, copy)
