"""Points by checks and points by hand: two sums, side by side in everything that tells points."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import essays
import pytest
import tiny
from essays import BETA, SAMPLES

from autograder import gradebooks, report, results
from autograder.grade import STUMBLED, grade_one, unusable
from autograder.intake import Handed, Identity
from autograder.report.page import page
from autograder.results.graded import Graded
from autograder.training import Trainer
from nndl2.checks.questions import Mark

WHOLE = {SAMPLES: Mark(1.5, "Say why <b>", "Tina", "2026-01-02T03:04:05+00:00"), BETA: Mark(1)}
PART = {SAMPLES: Mark(1.5)}
ZERO = {SAMPLES: Mark(0)}


def graded(source: bytes = tiny.RIGHT, marks: dict[str, Mark] | None = None, **how: Any) -> Graded:
    private = essays.private(**how)
    made = grade_one(private, source, tiny.Parent(), b"s" * 32, Trainer("never"))
    return replace(made, report=replace(made.report, marks=marks or {}))


def result(*args: Any, **how: Any) -> dict[str, Any]:
    return results.gradescope(graded(*args, **how))


def asked(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [t for t in found["tests"] if t["extra_data"]["kind"] == "question"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three results: all is graded by hand, half of it, and nothing."""
    results.save(tmp_path / "ada", graded(marks=WHOLE))
    results.save(tmp_path / "bob", graded(tiny.SQUARED, PART))
    results.save(tmp_path / "cyd", graded(tiny.SYNTAX_ERROR))
    return tmp_path


# one result


def test_an_open_question_has_no_score_anywhere():
    found = result()
    assert found["output"].startswith("3 of 3 by checks, 3 by hand open\n")
    assert not any({"score", "max_score", "status"} & set(t) for t in asked(found))
    assert [t["extra_data"]["mark"] for t in asked(found)] == [None, None]
    assert found["extra_data"]["by_hand"] == {"score": None, "max_score": 3, "open": 3}


def test_a_zero_is_a_zero_once_a_person_gave_it():
    found = result(marks=ZERO)
    assert found["output"].startswith("3 of 3 by checks, 0 of 2 by hand, 1 open\n")
    assert found["extra_data"]["by_hand"] == {"score": 0, "max_score": 3, "open": 1}


def test_points_stand_with_comment_who_and_when():
    first, second = asked(result(marks=WHOLE))
    assert first["output"] == "What samples look like (1.5 of 2): graded by hand: Say why <b>"
    assert second["output"] == "Large beta (1 of 1): graded by hand"
    mark = first["extra_data"]["mark"]
    assert (mark["points"], mark["who"], mark["when"][:10]) == (1.5, "Tina", "2026-01-02")


def test_gradescope_gets_the_scores_of_the_checks_and_a_line_for_each_question():
    for marks in ({}, PART, WHOLE):
        found = result(marks=marks)
        assert found["score"] == sum(t.get("score", 0) for t in found["tests"]) == 3
        assert sum(t.get("max_score", 0) for t in found["tests"]) == 3
        assert [t["number"] for t in asked(found)] == ["4", "5"]


def test_feedback_names_both_sums_and_has_a_section_of_what_people_grade():
    page = results.feedback(graded(tiny.SYNTAX_ERROR, WHOLE))
    assert page.startswith("# tiny: malformed: line 1") and "0 of 3 by checks, 2.5 of 3 by" in page
    section = page.partition("## Graded by hand\n")[2]
    assert "- What samples look like (1.5 of 2): graded by hand: Say why &lt;b>\n" in section
    assert "(2 points): graded by hand, open" in results.feedback(graded())


def test_a_held_submission_is_told_so_far():
    held = unusable(essays.private(), STUMBLED)
    assert "; 0 of 3 by checks, 3 by hand open so far, and the course" in held.summary


def test_where_a_test_is_not_visible_no_sentence_tells_points():
    found = result(visibility={SAMPLES: "hidden"})
    assert found["output"].startswith("graded\n")
    assert [t["visibility"] for t in asked(found)] == ["hidden", "visible"]
    assert results.decided(found, WHOLE)["output"] == found["output"]


def test_of_an_assignment_without_questions_nothing_is_said():
    made = grade_one(tiny.private(), tiny.RIGHT, tiny.Parent(), b"s" * 32, Trainer("never"))
    found = results.gradescope(made)
    assert not asked(found) and "by_hand" not in found["extra_data"]
    assert made.summary == "3 of 3 points" and "hand" not in results.feedback(made)
    assert results.decided(found, WHOLE) == found


@pytest.mark.parametrize("source", [tiny.RIGHT, tiny.SQUARED, tiny.RAISES, tiny.SYNTAX_ERROR])
@pytest.mark.parametrize(("old", "new"), [({}, WHOLE), (WHOLE, PART), (PART, {}), (ZERO, WHOLE)])
def test_points_written_into_a_result_give_what_grading_with_them_gives(
    source: bytes, old: dict[str, Mark], new: dict[str, Mark], tmp_path: Path
):
    made = graded(source, old)
    results.save(tmp_path, made)
    kept = results.load(tmp_path)
    assert kept is not None
    results.save_again(tmp_path, results.decided(kept, new))
    again = replace(made, report=replace(made.report, marks=new))
    assert (tmp_path / results.FILE).read_text() == results.as_json(again)
    assert (tmp_path / results.FEEDBACK).read_text() == results.feedback(again)


@pytest.mark.parametrize("value", [None, [], {}, "x", -1, {"points": 1}, 10**400])
@pytest.mark.parametrize("field", ["mark", "max_score", "outcome", "question"])
def test_a_result_with_a_damaged_question_is_none_or_stops_no_report(
    field: str, value: Any, folder: Path
):
    found = results.load(folder / "bob")
    assert found is not None
    asked(found)[0]["extra_data"][field] = value
    (folder / "bob" / results.FILE).write_text(results._json(found))
    assert report.write(folder)[0].student == "ada"
    assert (results.load(folder / "bob") is None) or field == "mark" or field == "question"


# a class


def test_the_table_has_a_column_for_each_sum(folder: Path):
    head, ada, bob, cyd, *below = report.table(report.rows(folder)).splitlines()
    assert re.search(r"total +by checks +by hand +status$", head)
    assert re.fullmatch(r"ada +2 +1 +3 / 3 +2.5 / 3 +graded", ada)
    assert re.fullmatch(r"bob +0 +1 +1 / 3 +1.5 / 2, 1 open +graded", bob)
    assert re.fullmatch(r"cyd +0 +0 +0 / 3 +3 open +malformed", cyd)
    assert [line.partition(":")[0] for line in below if line] == ["cyd"]  # and why


def test_the_summary_gives_the_mean_by_checks_and_counts_what_is_open(folder: Path):
    summary = report.summary(report.rows(folder), folder)
    assert "mean 1.33 of 3 by checks; by hand 3 of 6 answers open\n" in summary


def test_the_csv_has_a_column_a_question_and_a_total_where_nothing_is_open(folder: Path):
    ada, bob, cyd = csv.DictReader(io.StringIO(report.grades(report.rows(folder))))
    names = (SAMPLES, BETA, "by_hand", "max_by_hand", "open_by_hand", "total")
    assert [ada[n] for n in names] == ["1.5", "1", "2.5", "3", "0", "5.5"]
    assert [bob[n] for n in names] == ["1.5", "", "1.5", "3", "1", ""]
    assert [cyd[n] for n in names] == ["", "", "", "3", "3", ""]
    assert (ada["score"], bob["score"], bob["max_score"]) == ("3", "1", "3")


def test_the_page_has_both_sums_and_what_people_wrote_as_text(folder: Path):
    told = page(report.rows(folder))
    assert '<th scope="col">by checks</th><th scope="col">by hand</th>' in told
    assert "<td>3 open</td>" in told and "<td>2.5 / 3</td>" in told
    assert "? graded by hand, open" in told and "Say why \\u003cb>" in told
    assert "bob</a>: " in told and "answers graded by hand, open" in told  # waits for a person


# a platform's own file

BOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Tiny (12)
Points Possible,,,,,{most}
Ada,1,,ada,1,
Bob,2,,bob,1,
"""


@pytest.mark.parametrize(
    ("most", "ada", "bob", "told"),
    [
        ("6", "5.5", "", "1 left out, by hand open: bob"),
        ("3", "3", "1", ""),
        ("100", "5.5", "", "the platform counts 100 points for full marks, this kit 6"),
    ],
)
def test_a_score_goes_out_whole_or_by_checks_alone_where_the_platform_counts_so(
    most: str, ada: str, bob: str, told: str, folder: Path
):
    (folder / "book.csv").write_text(BOOK.format(most=most))
    book = gradebooks.canvas(folder / "book.csv", "tiny", 6)
    handed = [Handed(name, "tiny.py", who=Identity(id=name)) for name in ("ada", "bob")]
    said = "\n".join(gradebooks.fill(book, handed, report.rows(folder), folder, 6))
    cells = [line.rsplit(",", 1)[1] for line in (folder / book.file).read_text().splitlines()[2:]]
    assert cells == [ada, bob] and told in said
    assert ("the platform counts" in said) is (most == "100")
    planned = "\n".join(gradebooks.planned(book, handed, 6, 3))
    assert ("the platform counts" in planned) is (most == "100")
