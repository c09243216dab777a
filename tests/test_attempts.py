"""Which of several attempts counts: the latest, or the best after all of them were graded."""

from __future__ import annotations

from pathlib import Path

import archives
import pytest
import tiny

from autograder import assignments, report
from autograder.__main__ import main
from autograder.assignments import Private
from autograder.classes import regrading
from autograder.classes.attempts import best_of
from autograder.classes.class_run import ClassRun, Progress
from autograder.feedback.command import give_back
from autograder.grade import grade_one, unusable
from autograder.intake import Wanted, collect
from autograder.kept import choices, submitted
from autograder.kept.rows import rows
from autograder.training import Trainer
from nndl2.checks.model import Reason, Unusable

LATEST, BEST = Wanted("tiny.py"), Wanted("tiny.py", every=True)
SECRET = b"a secret of the tests"
TRIES = (tiny.RIGHT, tiny.SQUARED, tiny.STUB)  # 3 points, 1, 0


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    """One who got worse from try to try, and one with a single try."""
    made = tiny.hand_in(tmp_path / "in", bob=tiny.SQUARED)
    for n, source in enumerate(TRIES, 1):
        place = made / "ada" / f"attempt_{n}"
        place.mkdir(parents=True)
        (place / "tiny.py").write_bytes(source)
    return made


def class_run(private: Private, out: Path, parent: tiny.Parent) -> ClassRun:
    trainer = Trainer("never", tiny.images)
    return ClassRun(private, out, SECRET, trainer, open_parent=parent.opened)


def graded(handed_in: Path, out: Path, wanted: Wanted, parent: tiny.Parent) -> Progress:
    return class_run(tiny.private(), out, parent).grade(collect(handed_in, wanted).handed)


def test_the_latest_counts_or_the_best_of_all_that_were_graded(
    handed_in: Path, tmp_path: Path
) -> None:
    scores = {}
    for wanted, parent in ((LATEST, tiny.Parent()), (BEST, tiny.Parent())):
        out = tmp_path / str(wanted.every)
        assert graded(handed_in, out, wanted, parent).graded == 2
        scores[wanted.every] = [(row.student, row.score, row.attempt) for row in rows(out)]
    assert scores[False] == [("ada", 0, "3 of 3"), ("bob", 1, "")]
    assert scores[True] == [("ada", 3, "1 of 3 (best)"), ("bob", 1, "")]


def test_table_csv_and_feedback_tell_which_attempt_counts(handed_in: Path, tmp_path: Path) -> None:
    graded(handed_in, tmp_path, BEST, tiny.Parent())
    kept = rows(tmp_path)
    assert "graded, attempt 1 of 3 (best)" in report.table(kept)
    assert report.grades(kept).splitlines()[0].endswith(",attempt")
    told = "this is attempt 1 of 3; the one with the most points counts"
    assert told in (tmp_path / "ada" / "feedback.md").read_text()
    give_back(tmp_path)
    page = (tmp_path / "ada" / "feedback.html").read_text("utf-8")
    assert told[1:] in page and "<code" in page
    assert submitted.kept(tmp_path / "ada").source == tiny.RIGHT


def test_a_second_run_keeps_what_is_known_of_all_attempts(handed_in: Path, tmp_path: Path) -> None:
    graded(handed_in, tmp_path, BEST, tiny.Parent())
    again = graded(handed_in, tmp_path, BEST, parent := tiny.Parent())
    assert (again.graded, again.kept, parent.asked) == (0, 2, [])
    assert submitted.kept(tmp_path / "ada").source == tiny.RIGHT
    more = handed_in / "ada" / "attempt_4"
    more.mkdir()
    (more / "tiny.py").write_bytes(tiny.RIGHT + b"# again\n")
    assert graded(handed_in, tmp_path, BEST, tiny.Parent()).graded == 1
    assert rows(tmp_path)[0].attempt == "4 of 4 (best)"  # of two as good the latest


def test_changing_the_choice_grades_whom_it_touches(handed_in: Path, tmp_path: Path) -> None:
    graded(handed_in, tmp_path, BEST, tiny.Parent())
    assert graded(handed_in, tmp_path, LATEST, tiny.Parent()).graded == 1
    assert [row.score for row in rows(tmp_path)] == [0, 1]


def test_a_regrade_knows_all_attempts_again(
    handed_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded(handed_in, tmp_path, BEST, tiny.Parent())
    monkeypatch.setattr(regrading.intake, "chosen", lambda name: tiny.private())

    def run(private: Private, out: Path) -> ClassRun:
        made = class_run(private, out, tiny.Parent())
        made.version = "that of a check which was mended"
        return made

    dry = regrading.rehearsed(tmp_path, run)
    assert (dry.progress.graded, dry.moved) == (2, [])
    found = regrading.regrade(tmp_path, run)
    assert (found.progress.graded, found.moved) == (2, [])
    assert rows(tmp_path)[0].attempt == "1 of 3 (best)"


def test_a_held_attempt_that_might_be_the_best_holds_the_result() -> None:
    stuck = unusable(tiny.private(), Unusable("the grader stumbled", Reason.ENVIRONMENT))
    some, all_ = (
        grade_one(tiny.private(), source, tiny.Parent(), SECRET, Trainer("never"))
        for source in (tiny.SQUARED, tiny.RIGHT)
    )
    assert best_of([some, stuck]) is stuck and best_of([stuck, all_]) is all_


def test_a_later_attempt_that_cannot_be_read_leaves_the_others(
    handed_in: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        place = handed_in / "ada" / "attempt_4" / name
        place.mkdir(parents=True)
        (place / "tiny.py").write_bytes(f"# {name}".encode())
    latest, best = (collect(handed_in, wanted).handed[0] for wanted in (LATEST, BEST))
    assert "two different files" in latest.wrong.sentence
    assert [each.number for each in best.attempts] == ["3 of 4", "2 of 4", "1 of 4"]


SUBMITTERS = "  :submitters:\n  - :name: Ada Lovelace\n    :sid: '1'\n"


@pytest.mark.parametrize(
    "made",
    [
        {"doejo_7_100_tiny.py": tiny.RIGHT, "doejo_7_200_tiny-1.py": tiny.STUB},
        {
            "submission_metadata.yml": "".join(
                f"submission_{n}:\n  :created_at: 2026-10-0{n} 12:00\n{SUBMITTERS}" for n in (1, 2)
            ).encode(),
            "submission_1/tiny.py": tiny.RIGHT,
            "submission_2/tiny.py": tiny.STUB,
        },
    ],
)
def test_attempts_of_canvas_and_gradescope_are_found(
    made: dict[str, bytes], tmp_path: Path
) -> None:
    where = archives.zipped(tmp_path / "class.zip", made)
    (latest,), (best,) = (collect(where, wanted).handed for wanted in (LATEST, BEST))
    assert (latest.source, latest.attempts) == (tiny.STUB, ())
    assert [each.source for each in best.attempts] == [tiny.STUB, tiny.RIGHT]
    assert best.who == latest.who


def test_the_choice_is_kept_with_the_class(tmp_path: Path) -> None:
    assert choices.attempt(tmp_path, None) == "latest"
    choices.keep(tmp_path / "new", {"attempt": "best"})
    assert choices.attempt(tmp_path / "new", None) == "best"
    assert choices.attempt(tmp_path / "new", "latest") == "latest"
    (tmp_path / "new" / choices.FILE).write_text("[")
    assert choices.attempt(tmp_path / "new", None) == "latest"


def test_the_next_run_has_the_same_choice_and_tells_it_before_grading(
    handed_in: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignments, "names", lambda: ["tiny"])
    monkeypatch.setattr(assignments, "load", lambda name: tiny.private())
    choices.keep(tmp_path / "out", {"attempt": "best"})
    given = ["grade", str(handed_in), "--dry-run", "--out", str(tmp_path / "out")]
    assert main(given) == 0
    assert "best of 3" in capsys.readouterr().out
    assert main([*given, "--attempt", "latest"]) == 0
    assert "3 of 3" in capsys.readouterr().out
    assert choices.attempt(tmp_path / "out", None) == "best"  # looking changes nothing
