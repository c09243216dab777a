"""results.json, the table, grades.csv and the page: complete, strict, and safe to open."""

import csv
import gc
import json
import math
import re
from dataclasses import replace

import pytest
import tiny

from autograder import report, results
from autograder.grade import grade_one, unusable
from autograder.intake import BadInput
from autograder.report import sheets
from autograder.report.page import page
from autograder.text import LONGEST, clean
from autograder.training import Trainer
from nndl2.checks.model import Reason, Unusable

STUDENTS = {
    "ada": tiny.RIGHT,
    "bob": tiny.STUB,
    "=HYPERLINK(1)": tiny.SQUARED,
    "<script>eve\x1b[2J": tiny.RAISES,
}


def graded(source, **changes):
    return grade_one(tiny.private(**changes), source, tiny.Parent(), b"s" * 32, Trainer("never"))


def json_of(source, **changes):
    return json.loads(json.dumps(results.gradescope(graded(source, **changes)), allow_nan=False))


@pytest.fixture
def folder(tmp_path):
    for student, source in STUDENTS.items():
        results.save(tmp_path / student, graded(source))
    wrong = Unusable("line 1 of tiny.py is not valid Python", Reason.MALFORMED)
    results.save(tmp_path / "zed", unusable(tiny.private(), wrong))
    return tmp_path


def test_the_scores_of_all_entries_add_up_to_the_total():
    for source, total in [(tiny.RIGHT, 3), (tiny.SQUARED, 1), (tiny.STUB, 0)]:
        result = json_of(source)
        assert result["score"] == total == sum(t.get("score", 0) for t in result["tests"])
        assert result["extra_data"]["max_score"] == 3


@pytest.mark.parametrize("source", STUDENTS.values())
def test_every_declared_check_is_always_there_in_order(source):
    entries = [t for t in json_of(source)["tests"] if t["extra_data"]["kind"] == "check"]
    assert [t["extra_data"]["check"] for t in entries] == [
        "double.returns_a_tensor",
        "double.doubles",
        "total.adds_up",
        "train.learns",
    ]
    assert {t["status"] for t in entries} <= {"passed", "failed"}


def test_a_failed_check_says_why_with_the_id_of_its_diagnosis():
    entry = next(t for t in json_of(tiny.SQUARED)["tests"] if t["number"] == "1.1.2")
    assert entry["name"] == "Double: every number is doubled"
    assert "Squared." in entry["output"] and "Look at the 2." in entry["output"]
    assert entry["extra_data"]["outcome"] == "fail"
    assert entry["extra_data"]["diagnosis"] == "squared"


def test_the_parts_come_first_and_carry_the_feedback():
    parts = json_of(tiny.SQUARED)["tests"][:3]
    assert [(p["score"], p["max_score"], p["status"]) for p in parts[:2]] == [
        (0, 2, "failed"),
        (1, 1, "passed"),
    ]
    assert "Squared." in parts[0]["output"]


def test_the_students_words_lose_their_control_characters():
    assert "\\u001b" not in json.dumps(json_of(tiny.RAISES))
    text = results.feedback(graded(tiny.RAISES))
    assert "no" in text and "<b>" not in text and "\x1b" not in text


def test_clean_text_is_printable_and_short():
    odd = "a\x00b\x1b[31m\u202ec\udcff\nd" + "e" * 5000
    got = clean(odd)
    got.encode("utf-8")
    assert got.startswith("ab[31mc") and len(got) == LONGEST
    assert all(c.isprintable() for c in got)


def test_a_note_that_asks_gets_no_full_stop():
    told = results.feedback(replace(graded(tiny.RIGHT), notes=("another file?", "it was late")))
    assert "\nanother file?\n" in told and "\nit was late.\n" in told


def test_a_result_that_is_torn_counts_as_none(tmp_path):
    results.save(tmp_path, graded(tiny.RIGHT))
    assert results.load(tmp_path)["score"] == 3
    (tmp_path / results.FILE).write_text((tmp_path / results.FILE).read_text()[:100])
    assert results.load(tmp_path) is None


def test_the_csv_has_a_column_a_task_and_no_formula(folder):
    text = report.grades(report.rows(folder))
    lines = list(csv.reader(text.splitlines()))
    told = ["student", "score", "max_score", "status", "reason", "double", "total", "sentence"]
    assert lines[0] == told
    by_student = {line[0]: line[1:] for line in lines[1:]}
    assert by_student["ada"] == ["3", "3", "graded", "none", "2", "1", ""]
    assert by_student["'=HYPERLINK(1)"] == ["1", "3", "graded", "none", "0", "1", ""]
    *zed, why = by_student["zed"]
    assert zed == ["0", "3", "malformed", "malformed", "0", "0"]
    assert why == "line 1 of tiny.py is not valid Python"
    assert not any(cell.startswith(sheets.FORMULA) for line in lines for cell in line)
    assert "\x1b" not in text


def test_the_table_shows_everyone_and_the_summary_counts_them(folder):
    kept = report.rows(folder)
    *table, empty, why = report.table(kept).splitlines()
    assert (empty, why) == ("", "zed: line 1 of tiny.py is not valid Python")
    assert len(table) == 1 + len(kept) and table[0].split()[:3] == ["student", "double", "total"]
    assert "\x1b" not in "".join(table)
    summary = report.summary(kept, folder)
    assert "5 submissions: 4 graded, 1 malformed; mean 1.00 of 3" in summary


def test_of_many_without_a_score_the_first_are_told_below_the_table(folder):
    (*_, zed) = report.rows(folder)
    lines = report.table([replace(zed, folder=f"z{n}") for n in range(12)]).splitlines()
    assert len(lines) == 1 + 12 + 1 + report.MOST_TOLD + 1
    assert lines[-1] == "and 2 more, told in grades.csv"


def test_the_page_is_escaped_and_needs_nothing_else(folder):
    html = page(report.rows(folder))
    assert "&lt;script&gt;eve" in html and "<script>eve" not in html
    assert not re.search(r"src=|https?:|@import|url\(", html)
    assert "every number is doubled" in html


def test_results_of_two_assignments_do_not_mix(folder):
    result = results.load(folder / "ada")
    result["extra_data"]["assignment"] = "other"
    (folder / "ada" / results.FILE).write_text(json.dumps(result))
    with pytest.raises(BadInput, match="results of other, tiny"):
        report.rows(folder)


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(BadInput, match="holds no results"):
        report.rows(tmp_path)
    with pytest.raises(BadInput, match="is no folder"):
        report.rows(tmp_path / "nowhere")


def test_points_that_are_not_whole_are_kept(tmp_path):
    result = json_of(tiny.RIGHT, points={"double": 0.5, "total": 0.25})
    assert math.isclose(result["score"], 0.75)


@pytest.mark.parametrize("kind", ["other", ["part"], None])
def test_a_result_with_entries_of_no_known_kind_counts_as_none(tmp_path, kind):
    results.save(tmp_path, graded(tiny.RIGHT))
    found = results.load(tmp_path)
    found["tests"][0]["extra_data"]["kind"] = kind
    (tmp_path / results.FILE).write_text(json.dumps(found))
    assert results.load(tmp_path) is None


def test_garbage_is_looked_for_again_after_a_class_was_read(folder, tmp_path):
    report.write(folder)
    with pytest.raises(BadInput):
        report.rows(tmp_path / "nowhere")
    assert gc.isenabled()
