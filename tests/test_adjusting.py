"""Points that people give or take: told everywhere, and kept whatever is graded again."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import tiny

from autograder import report, results
from autograder.__main__ import main
from autograder.classes.class_run import ClassRun
from autograder.intake import BadInput, Handed
from autograder.kept import journal
from autograder.people import adjusting, decisions
from autograder.training import Trainer

WHY = "it doubles, in its own way <b>"


def run(out: Path, private: Any = None, **sources: bytes) -> None:
    private, parent = private or tiny.private(), tiny.Parent()
    made = ClassRun(private, out, b"s" * 32, Trainer("never"), open_parent=parent.opened)
    made.grade([Handed(name, "tiny.py", source) for name, source in sources.items()])


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """Ada is right, Bob lost his double, Cyd's file cannot be read."""
    run(tmp_path / "out", ada=tiny.RIGHT, bob=tiny.SQUARED, cyd=tiny.SYNTAX_ERROR)
    return tmp_path / "out"


def adjust(graded: Path, *given: str, why: str = WHY, by: str = "Tina") -> str:
    return adjusting.adjust(graded, *given, why, by)


def result(graded: Path, student: str) -> dict[str, Any]:
    found = results.load(graded / student)
    assert found is not None
    return found


def part(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(t for t in found["tests"] if t["extra_data"].get("part") == name)


def score(graded: Path, student: str) -> float:
    return result(graded, student)["score"]


def grades(graded: Path) -> dict[str, dict[str, str]]:
    report.write(graded)
    text = (graded / report.GRADES).read_text("utf-8")
    return {row["student"]: row for row in csv.DictReader(text.splitlines())}


def files(graded: Path) -> dict[str, bytes]:
    names = (results.FILE, results.FEEDBACK)
    return {
        f"{p.parent.name}/{p.name}": p.read_bytes() for n in names for p in graded.glob(f"*/{n}")
    }


# told everywhere


def test_points_given_for_a_part_stand_in_everything_that_tells_points(graded: Path) -> None:
    before = score(graded, "bob")
    said = adjust(graded, "bob", "double", "2")
    found = result(graded, "bob")
    assert said == f"bob: {before:g} -> {before + 2:g} of 3"
    assert found["score"] == before + 2 == sum(t.get("score", 0) for t in found["tests"])
    assert part(found, "double")["status"] == "passed" and found["output"].startswith("3 of 3")
    row = grades(graded)["bob"]
    assert (row["score"], row["double"], row["adjusted"]) == ("3", "2", "double 0 -> 2")
    page = (graded / report.PAGE).read_text("utf-8")
    assert "2 instead of 0 by the checks: it doubles, in its own way \\u003cb> (Tina, 20" in page
    assert "graded, adjusted: double 0 -&gt; 2" in page
    assert "graded, adjusted: double 0 -> 2" in report.table(report.rows(graded))


def test_the_student_reads_why_beside_what_the_checks_said(graded: Path) -> None:
    adjust(graded, "bob", "double", "1,5")
    page = (graded / "bob" / results.FEEDBACK).read_text("utf-8")
    assert page.startswith("# tiny: 2.5 of 3 points\n")
    assert (
        "\n## Decided by a person\n\n- Double: 1.5 instead of 0 by the checks: it doubles" in page
    )
    assert "in its own way &lt;b> (Tina, 20" in page
    assert "every number is doubled" in page  # what the check said


def test_the_total_is_changed_and_never_below_zero(graded: Path) -> None:
    adjust(graded, "ada", "overall", "-2", why="two days late")
    adjust(graded, "cyd", "overall", "-1", why="a day late")
    assert (score(graded, "ada"), score(graded, "cyd")) == (1, 0)
    assert "overall -2: two days late (Tina, 20" in result(graded, "ada")["output"]
    assert "- Overall -2: two days late" in (graded / "ada" / results.FEEDBACK).read_text("utf-8")
    assert grades(graded)["ada"]["adjusted"] == "overall -2"


def test_a_file_that_could_not_be_graded_can_be_given_points(graded: Path) -> None:
    adjust(graded, "cyd", "double", "2")
    found = result(graded, "cyd")
    assert found["score"] == 2 and found["extra_data"]["status"] == "malformed"
    assert found["output"].startswith("malformed: ") and "2 of 3 points" in found["output"]


def test_where_tests_are_hidden_the_first_line_tells_no_change_of_points(graded: Path) -> None:
    run(graded, tiny.private(visibility={"double": "hidden"}), ada=tiny.RIGHT + b"\n")
    adjust(graded, "ada", "overall", "-2", why="late")
    assert score(graded, "ada") == 1
    assert result(graded, "ada")["output"].splitlines()[0] == "graded"
    assert "overall" not in result(graded, "ada")["output"]


def test_a_class_that_nobody_adjusted_looks_as_before(graded: Path) -> None:
    assert "adjusted" not in grades(graded)["bob"]
    assert "Decided" not in (graded / "bob" / results.FEEDBACK).read_text("utf-8")


# kept


def test_what_was_decided_stays_when_a_submission_is_graded_again(graded: Path) -> None:
    adjust(graded, "bob", "double", "2")
    run(graded, ada=tiny.RIGHT, bob=tiny.SQUARED + b"\n", cyd=tiny.SYNTAX_ERROR)
    assert score(graded, "bob") == 3
    run(graded, bob=tiny.RIGHT)
    found = part(result(graded, "bob"), "double")["extra_data"]["adjusted"]
    assert score(graded, "bob") == 3 and found["by_checks"] == 2  # set, and not added to


def test_nothing_is_graded_again_because_of_an_adjustment(graded: Path, monkeypatch) -> None:
    adjust(graded, "bob", "double", "2")
    monkeypatch.setattr(ClassRun, "_grade", lambda *_: pytest.fail("graded again"))
    run(graded, ada=tiny.RIGHT, bob=tiny.SQUARED, cyd=tiny.SYNTAX_ERROR)


def test_taking_it_back_leaves_every_byte_as_it_was(graded: Path) -> None:
    before = files(graded)
    adjust(graded, "bob", "double", "2")
    adjust(graded, "bob", "overall", "-1")
    assert files(graded) != before
    adjust(graded, "bob", "double", "checks")
    adjust(graded, "bob", "overall", "checks")
    assert files(graded) == before
    assert len(decisions.history(graded)) == 4  # which tell of it still


def test_the_last_word_holds(graded: Path) -> None:
    for points in ("1", "2", "0.5"):
        adjust(graded, "bob", "double", points)
    assert score(graded, "bob") == 1.5


def test_what_was_decided_is_shown_by_the_next_run_where_showing_it_was_stopped(
    graded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as short, pytest.raises(BadInput, match="what was decided is kept"):
        short.setattr(results, "save_again", full)
        adjust(graded, "bob", "double", "2")
    assert score(graded, "bob") == 1
    run(graded, ada=tiny.RIGHT, bob=tiny.SQUARED, cyd=tiny.SYNTAX_ERROR)
    assert score(graded, "bob") == 3


def test_a_result_that_somebody_edited_is_left_and_told(graded: Path) -> None:
    path = graded / "bob" / results.FILE
    path.write_text(path.read_text().replace('"score": 1', '"score": 2', 1))
    said = adjust(graded, "bob", "double", "2")
    assert said == "results were edited, so grade again to see the points there: bob"


# from a CSV


def sheet(graded: Path, *rows: str, header: str = "student,part,points,why") -> Path:
    path = graded.parent / "given.csv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def test_a_csv_adjusts_a_class_at_once(graded: Path) -> None:
    file = sheet(graded, "ada,overall,-1,a day late", "bob,double,2,right", "cyd,overall,,")
    said = adjusting.read_back(graded, file, "Tina").splitlines()
    assert said == [f"2 read from {file}", "ada: 3 -> 2 of 3", "bob: 1 -> 3 of 3"]
    assert adjusting.read_back(graded, file, "Tina") == f"0 read from {file}"


def test_what_holds_is_written_to_be_edited_and_read_again(graded: Path) -> None:
    adjust(graded, "ada", "overall", "-2", why="=late")
    adjust(graded, "bob", "double", "2", why='right, "so"')
    assert "ada, overall: " in adjusting.listed(graded)
    path = graded / adjusting.SHEET
    assert adjusting.read_back(graded, path, "Tina") == f"0 read from {path}"
    path.write_text(path.read_text("utf-8").replace("'-2", "'-1"), "utf-8")
    with pytest.raises(BadInput, match="has changes that were not read yet"):
        adjusting.listed(graded)
    assert "ada: 1 -> 2 of 3" in adjusting.read_back(graded, path, "Tina")


def test_a_csv_that_nobody_edited_follows_what_is_decided_later(graded: Path) -> None:
    adjust(graded, "bob", "double", "2")
    adjusting.listed(graded)
    adjust(graded, "bob", "double", "checks")
    assert adjusting.listed(graded).startswith("nothing was adjusted")
    path = graded / adjusting.SHEET
    assert adjusting.read_back(graded, path, "Tina") == f"0 read from {path}"
    path.write_text(path.read_text("utf-8") + "bob,double,2,mine\n", "utf-8")
    adjust(graded, "ada", "overall", "-1")
    assert "bob,double,2,mine" in path.read_text("utf-8")  # which was edited, and is not read yet


def test_what_holds_already_is_not_decided_again(graded: Path) -> None:
    adjust(graded, "bob", "double", "2")
    lines = (graded / decisions.FILE).read_text()
    assert "holds already" in adjust(graded, "bob", "double", "2.000")
    assert "holds already" in adjust(graded, "ada", "double", "checks")
    assert (graded / decisions.FILE).read_text() == lines


def test_a_minus_may_be_written_as_a_word_processor_does(graded: Path) -> None:
    assert "ada: 3 -> 1.5 of 3" in adjust(graded, "ada", "overall", "\u22121,5")


def test_any_name_is_written_to_be_read_again(tmp_path: Path) -> None:
    names = [" lead", "=cmd|calc!A1", 'Bob "B", O\'Hara', "z" * 120, "Zo\u0308e", "one\ntwo"]
    run(tmp_path / "out", **dict.fromkeys(names, tiny.RIGHT))
    for name in names:
        adjust(tmp_path / "out", name, "overall", "-1")
    adjusting.listed(tmp_path / "out")
    path = tmp_path / "out" / adjusting.SHEET
    assert adjusting.read_back(tmp_path / "out", path, "Tina") == f"0 read from {path}"
    assert "3 -> 1" not in adjust(tmp_path / "out", "Z\u00f6e", "overall", "-1")
    assert [score(tmp_path / "out", name) for name in names] == [2] * len(names)


def test_students_whose_names_differ_in_how_they_are_written_stay_two(tmp_path: Path) -> None:
    names = ["Zo\u0308e", "Z\u00f6e", " ada", "ada "]
    run(out := tmp_path / "out", **dict.fromkeys(names, tiny.RIGHT))
    for name in names[1:3]:
        adjust(out, name, "overall", "-1")
    path = tmp_path / "by_hand.csv"
    path.write_text(f"student,part,points,why\n{names[0]},overall,-2,w\n", "utf-8")
    adjusting.read_back(out, path, "Tina")
    assert [score(out, name) for name in names] == [1, 2, 2, 3]
    with pytest.raises(BadInput, match="ada can mean ' ada' and 'ada '; give one"):
        adjust(out, "ada", "overall", "-1")
    path.write_text("student,part,points,why\nada,overall,-2,w\n", "utf-8")
    with pytest.raises(BadInput, match="names more than one student"):
        adjusting.read_back(out, path, "Tina")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("zoe,double,1,w", "names a student who is not in this class"),
        ("ada,treble,1,w", "names no part; there is double, total, overall"),
        ("ada,double,3,w", "'3' cannot be given for double; give 0 to 2 points"),
        ("ada,double,nan,w", "'nan' cannot be given for double"),
        ("ada,overall,2,w", "'2' is no change of the score; give a sign and at most 3 points"),
        ("ada,double,1,", "says not why; the student reads that"),
        ("bob,double,1,w", "stands there a second time"),
    ],
)
def test_a_row_that_cannot_be_refuses_all_of_the_file(graded: Path, row: str, said: str) -> None:
    before = files(graded)
    with pytest.raises(BadInput) as raised:
        adjusting.read_back(graded, sheet(graded, "bob,double,2,right", row), "Tina")
    assert said in str(raised.value) and "line 3 of" in str(raised.value)
    assert files(graded) == before and not (graded / decisions.FILE).exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bob,double,1,5,right", "has 5 cells, the first line names 4; put a text with a comma in"),
        ('bob,double,2,"right\nada,overall,-1,late', "line 3 of {file} has a quote that is not"),
        ('bob,double,2,"right\nada,overall,-1,"late, too"', "line 3 of {file} has a quote that is"),
    ],
)
def test_a_row_that_a_comma_or_a_quote_made_another_refuses_the_file(
    graded: Path, row: str, said: str
) -> None:
    file = sheet(graded, ",,,", row)
    with pytest.raises(BadInput) as raised:
        adjusting.read_back(graded, file, "Tina")
    assert said.format(file=file) in str(raised.value)
    assert not (graded / decisions.FILE).exists()


@pytest.mark.parametrize("row", ["bob,double,1,5,right", "bob,double,1,5", "bob,double,1,5,,2,,"])
def test_half_a_number_is_not_taken_for_the_reason(graded: Path, row: str) -> None:
    file = sheet(graded, row, header=",".join(adjusting.COLUMNS))
    with pytest.raises(BadInput, match="half a number in two cells"):
        adjusting.read_back(graded, file, "Tina")


def test_a_reason_that_is_a_number_is_read_again(graded: Path) -> None:
    adjust(graded, "bob", "double", "1", why="5")
    adjusting.listed(graded)
    path = graded / adjusting.SHEET
    assert adjusting.read_back(graded, path, "Tina") == f"0 read from {path}"


def test_blank_rows_and_a_line_for_excel_are_no_rows(graded: Path) -> None:
    rows = ("", ";;;", "bob;double;1,5;right, he said", " ; ;;;")
    file = sheet(graded, *rows, header="sep=;\nstudent;part;points;why")
    said = adjusting.read_back(graded, file, "Tina").splitlines()
    assert said == [f"1 read from {file}", "bob: 1 -> 2.5 of 3"]


# refused


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("bbo", "double", "1"), "there is no student bbo in this class; is it bob?"),
        (("bob", "duble", "1"), "there is no part duble; the parts are double, total and overall"),
        (("bob", "double", "-1"), "'-1' cannot be given for double"),
        (("bob", "double", "2.5"), "give 0 to 2"),
        (("bob", "overall", "-4"), "is no change of the score"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(graded: Path, given: Any, said: str) -> None:
    with pytest.raises(BadInput) as raised:
        adjust(graded, *given)
    assert said in str(raised.value)


def test_nobody_is_adjusted_without_a_reason(graded: Path) -> None:
    with pytest.raises(BadInput, match="say why"):
        adjust(graded, "bob", "double", "2", why=" ")


def test_a_folder_that_no_grading_wrote_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no graded class"):
        adjust(tmp_path, "bob", "double", "2")


def test_a_class_without_its_journal_is_told_what_to_do(graded: Path) -> None:
    (graded / journal.FILE).unlink()
    with pytest.raises(BadInput, match=r"holds results and no journal.jsonl.*run `grade` again"):
        adjust(graded, "bob", "double", "2")


def test_points_to_take_may_have_a_comma_on_the_command_line(graded: Path) -> None:
    assert main(["adjust", str(graded), "ada", "overall", "-1,5", "--why", "late"]) == 0
    assert score(graded, "ada") == 1.5


def test_a_torn_line_is_named(graded: Path) -> None:
    adjust(graded, "bob", "double", "2")
    with (graded / decisions.FILE).open("a") as out:
        out.write('{"student": "ada", "part"')
    with pytest.raises(BadInput, match=r"line 2 of .*adjustments.jsonl holds no decision"):
        adjust(graded, "ada", "double", "1")


@pytest.mark.parametrize(
    "told",
    [
        {"adjusted": 3},
        {"adjusted": {"by_checks": 1, "overall": {"points": "x"}}},
        {"adjusted": {"overall": None}},
    ],
)
def test_a_result_with_an_adjustment_of_no_kind_is_no_result(graded: Path, told: Any) -> None:
    found = result(graded, "ada")
    found["extra_data"] |= told
    (graded / "ada" / results.FILE).write_text(json.dumps(found))
    assert results.load(graded / "ada") is None


# the command


def test_the_command_tells_points_and_writes_the_reports(graded: Path, capsys) -> None:
    assert (
        main(["adjust", str(graded), "ada", "overall", "-2", "--why", "late", "--by", "Tom"]) == 0
    )
    said = capsys.readouterr().out
    assert "ada: 3 -> 1 of 3\n" in said and "mean" in said
    assert grades_now(graded)["ada"] == "1"
    assert main(["adjust", str(graded)]) == 0
    assert "ada, overall: -2 (late)" in capsys.readouterr().out


def grades_now(graded: Path) -> dict[str, str]:
    text = (graded / report.GRADES).read_text("utf-8")
    return {row["student"]: row["score"] for row in csv.DictReader(text.splitlines())}


def test_half_a_command_says_what_is_missing(graded: Path, capsys) -> None:
    assert main(["adjust", str(graded), "ada", "overall"]) == 2
    assert "give STUDENT, PART and POINTS" in capsys.readouterr().err


def test_a_class_that_is_being_graded_is_left_alone(graded: Path) -> None:
    with journal.Journal(graded), pytest.raises(BadInput, match="another run is grading"):
        adjust(graded, "bob", "double", "2")
    assert not (graded / decisions.FILE).exists()
