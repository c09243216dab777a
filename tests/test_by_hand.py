"""Points that people give: collected, filled in, read back, and kept whatever is graded again."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import archives
import essays
import pytest
import tiny
from archives import Upload
from essays import BETA, SAMPLES

from autograder import report, results
from autograder.__main__ import main
from autograder.classes.class_run import ClassRun
from autograder.intake import BadInput, collect, wanted
from autograder.intake.answers import LARGEST
from autograder.kept import journal
from autograder.people import history, marks, questions
from autograder.training import Trainer
from nndl2.checks.questions import Mark

SECRET = b"a secret of the tests"
BLURRED, ALIKE = "Blurred digits, since the codes fill a part.", "All samples are alike."
HOSTILE = (
    "</pre><script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3)) \x1b[2J"
)


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kit that holds the assignment with questions alone, in a folder with its source."""
    root = essays.course(tmp_path / "course")
    essays.know(monkeypatch, root)
    monkeypatch.setattr("getpass.getuser", lambda: "tina")
    return tmp_path


@pytest.fixture
def class_(kit: Path) -> Path:
    """Five students: two answer, one leaves all open, one has no notebook, one a broken one."""
    folder = kit / "in"
    answers = {SAMPLES: BLURRED, BETA: ALIKE}
    essays.hand_in(folder, "ada", tiny.RIGHT, essays.answered(answers))
    essays.hand_in(folder, "bob", tiny.SQUARED, essays.answered({SAMPLES: HOSTILE, BETA: None}))
    essays.hand_in(folder, "cyd", tiny.SYNTAX_ERROR, essays.answered({}))
    essays.hand_in(folder, "dan", tiny.STUB, None)
    essays.hand_in(folder, "eve", tiny.RIGHT, b'{"cells": [')
    return folder


def run(folder: Path, out: Path, **changes: Any) -> None:
    private = essays.private(**changes)
    parent = tiny.Parent()
    made = ClassRun(private, out, SECRET, Trainer("never"), open_parent=parent.opened)
    made.grade(collect(folder, wanted(private)).handed)


@pytest.fixture
def graded(class_: Path, kit: Path) -> Path:
    run(class_, kit / "out")
    return kit / "out"


def files(folder: Path) -> dict[str, bytes]:
    paths = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}


def filled(graded: Path, *rows: tuple[str, ...], header: str = "student,question,points,comment"):
    path = graded.parent / "filled.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", "utf-8")
    return path


def read_back(graded: Path, *rows: tuple[str, ...], by: str = "Tina", **how: Any) -> str:
    return questions.read_back(graded, filled(graded, *rows, **how), by)


def result(graded: Path, student: str) -> dict[str, Any]:
    found = results.load(graded / student)
    assert found is not None
    return found


def by_hand(graded: Path, student: str) -> dict[str, Any]:
    return result(graded, student)["extra_data"]["by_hand"]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# no score until somebody gives one


def test_of_a_class_that_was_just_graded_all_by_hand_is_open_and_nothing_is_zero(graded: Path):
    kept = report.rows(graded)
    assert {row.student: (row.score, row.max_score) for row in kept} == {
        **{"ada": (3, 3), "bob": (1, 3), "cyd": (0, 3), "dan": (0, 3), "eve": (3, 3)},
    }
    assert {row.hand for row in kept} == {"3 open"} and {row.total for row in kept} == {None}
    for row in kept:
        assert "points by hand" not in row.result["output"]
        asked = [t for t in row.result["tests"] if t["extra_data"]["kind"] == "question"]
        assert [t["name"] for t in asked] == ["What samples look like", "Large beta"]
        assert not any({"score", "max_score", "status"} & set(t) for t in asked)
        assert {t["extra_data"]["outcome"] for t in asked} == {"graded by hand"}
    assert by_hand(graded, "ada") == {"score": None, "max_score": 3, "open": 3}


def test_no_file_of_a_student_holds_the_rubric_or_the_model_answer(graded: Path):
    collected(graded)
    read_back(graded, ("ada", SAMPLES, "2", ""))
    texts = {name: text.decode() for name, text in files(graded).items() if "/" in name}
    assert len(texts) == 25
    for secret in ("whatever words are used", "Nothing told the codes"):
        assert secret in (graded / "questions.html").read_text()
        assert not [name for name, text in texts.items() if secret in text]


# collecting


def collected(where: Path, out: Path | None = None) -> str:
    return questions.collect(where, out or where, None)


def test_all_answers_are_collected_with_rubric_and_words(graded: Path):
    told = collected(graded)
    assert told.splitlines()[0] == "5 students, 2 questions: 3 of 10 answers written, 10 open"
    page = (graded / "questions.html").read_text()
    assert "<h2>What samples look like (2 points), at most 8 words</h2>" in page
    for said in (BLURRED, ALIKE, "half of it for &quot;noise&quot; alone", "8 of at most 8 words"):
        assert said in page
    rows = table((graded / "questions.csv").read_text())
    assert [(r["student"], r["question"]) for r in rows] == [
        (student, question)
        for question in (SAMPLES, BETA)
        for student in ("ada", "bob", "cyd", "dan", "eve")
    ]
    assert {r["points"] for r in rows} == {""}
    ada, _, cyd, *_ = rows
    assert (ada["most"], ada["words"], ada["limit"], ada["note"]) == ("2", "8", "8", "")
    assert cyd["note"] == "no answer"


def test_what_cannot_be_collected_is_one_sentence_and_stops_nothing(graded: Path):
    told = collected(graded).splitlines()
    assert "dan: no notebook was handed in" in told
    assert "eve: tiny.ipynb is no notebook that can be read" in told
    assert "the notebook lacks the cell: bob (Large beta)" in told
    notes = {
        (r["student"], r["question"]): r["note"]
        for r in table((graded / "questions.csv").read_text())
    }
    assert notes["bob", BETA] == "the notebook lacks the cell"
    assert notes["dan", SAMPLES] == "no notebook was handed in"


def test_of_a_class_with_several_assignments_the_one_with_questions_is_taken(
    graded: Path, kit: Path
):
    inside = kit / "several" / "tiny"
    inside.parent.mkdir()
    graded.rename(inside)
    assert questions.graded_in(inside.parent) == questions.graded_in(inside) == inside
    assert main(["questions", str(inside.parent)]) == 0
    assert (inside / questions.PAGE).is_file()
    assert questions.graded_in(inside.parent, "another") == inside.parent


def test_too_long_an_answer_is_named(graded: Path, class_: Path):
    long = "one two three four five six seven eight nine"
    essays.hand_in(class_, "ada", tiny.RIGHT, essays.answered({SAMPLES: long}))
    run(class_, graded)
    assert "over the limit: ada (What samples look like)" in collected(graded)
    assert (
        '<span class="over">9 of at most 8 words</span>' in (graded / "questions.html").read_text()
    )


def test_a_hostile_answer_is_text_on_the_page_and_runs_nothing(graded: Path):
    collected(graded)
    page = (graded / "questions.html").read_text()
    assert "&lt;script&gt;alert(1)" in page and "\x1b" not in page
    assert not re.search(r"<(script|img|iframe|a href=.javascript)", page)
    assert "default-src 'none'" in page and "http" not in page.replace("http-equiv", "")


def test_hand_ins_are_collected_before_they_are_graded(class_: Path, kit: Path):
    told = collected(class_, kit / "answers")
    assert told.splitlines()[0] == "5 students, 2 questions: 3 of 10 answers written, 10 open"
    assert sorted(p.name for p in (kit / "answers").iterdir()) == [
        "questions.csv",
        "questions.html",
    ]


def test_a_zipped_hand_in_and_a_class_in_an_archive_are_looked_into(class_: Path, kit: Path):
    with zipfile.ZipFile(class_ / "ada" / "tiny-handin.zip", "w") as packed:
        for name in ("tiny.py", "tiny.ipynb"):
            packed.write(class_ / "ada" / name, name)
            (class_ / "ada" / name).unlink()
    with zipfile.ZipFile(kit / "class.zip", "w") as packed:
        for path in sorted(class_.rglob("*.*")):
            packed.write(path, path.relative_to(class_))
    assert collected(kit / "class.zip", kit / "answers").startswith(
        "5 students, 2 questions: 3 of 10"
    )


def test_the_answers_of_an_older_grading_are_missed_in_one_sentence(graded: Path):
    for path in graded.glob("*/answers.json"):
        path.write_text("[]") if path.parent.name == "ada" else path.unlink()
    assert "ada: its answers are not kept here; run `autograder grade` again" in collected(graded)


def test_what_was_filled_in_and_not_read_is_never_overwritten(graded: Path):
    collected(graded)
    path = graded / "questions.csv"
    begun = path.read_text().replace(f"ada,{SAMPLES},,", f"ada,{SAMPLES},1.5,")
    for text in (begun, "something else\n"):
        path.write_text(text)
        with pytest.raises(
            BadInput, match="has changes that were not read yet; read it with --points"
        ):
            collected(graded)
        assert path.read_text() == text
    path.write_text(begun)
    questions.read_back(graded, path, "Tina")
    collected(graded)
    assert f"ada,{SAMPLES},1.5,," in path.read_text()


# which notebook


def note_of(class_: Path, kit: Path) -> str:
    handed = {one.student: one for one in collect(class_, wanted(essays.private())).handed}
    found = handed["ada"].answers
    assert found is not None and found.answers[SAMPLES] == BLURRED
    return found.note


def test_the_notebook_of_the_right_name_is_taken_without_a_word(class_: Path, kit: Path):
    (class_ / "ada" / "tries.ipynb").write_bytes(essays.answered({}))
    assert note_of(class_, kit) == ""


@pytest.mark.parametrize(
    "name", ["tiny (1).ipynb", "Copy of tiny.ipynb", "deep/tiny.ipynb", "my.ipynb"]
)
def test_an_answered_notebook_elsewhere_goes_before_one_as_given_out(
    name: str, class_: Path, kit: Path
):
    ada = class_ / "ada"
    (ada / name).parent.mkdir(exist_ok=True)
    (ada / name).write_bytes((ada / "tiny.ipynb").read_bytes())
    (ada / "tiny.ipynb").write_bytes(essays.answered({}))
    assert note_of(class_, kit) == f"taken from {name}"


def test_two_notebooks_that_answer_otherwise_are_told(class_: Path, kit: Path):
    (class_ / "ada" / "tiny (1).ipynb").write_bytes(essays.answered({SAMPLES: "Other."}))
    assert note_of(class_, kit) == "taken from tiny.ipynb; tiny (1).ipynb answers otherwise"


LAYOUTS = (
    *(archives.canvas, archives.canvas_quiz, archives.sakai, archives.moodle),
    *(archives.moodle_loose, archives.gradescope, archives.nbgrader, archives.plain),
)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_answers_are_found_in_what_every_platform_gives_and_the_newest_counts(
    layout: Callable[..., dict[str, bytes]], kit: Path
):
    def upload(first: str, number: int, text: str, **how: Any) -> Upload:
        work = {"tiny.py": tiny.RIGHT, "tiny.ipynb": essays.answered({SAMPLES: text})}
        packed = {"tiny-handin.zip": archives.zip_bytes(work)}
        return Upload(first, "Lovelace", number, packed if number == 2 else work, **how)

    uploads = [upload("Ada", 1, "First."), upload("Ida", 2, "Zipped.")]
    uploads += [upload("Ada", 1, "Second.", attempt=2)] if layout is not archives.plain else []
    place = archives.folder(kit / "class", layout(uploads))
    found = collect(place, wanted(essays.private())).handed
    texts = sorted(one.answers.answers[SAMPLES] for one in found if one.answers)
    newest = "First." if layout is archives.plain else "Second."
    assert texts == sorted([newest, "Zipped."])


def deep(path: Path) -> None:
    path.write_bytes(b"[" * 100_000)


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [deep, large, link, folder], ids=lambda f: f.__name__)
def test_whatever_a_notebook_is_the_class_is_collected(
    spoil: Callable[[Path], None], class_: Path, kit: Path
):
    spoil(class_ / "ada" / "tiny.ipynb")
    told = collected(class_, kit / "answers")
    assert told.startswith("5 students, 2 questions: 1 of 10") and "\nada: " in told


# reading points back


def test_points_are_read_with_who_and_when_and_told_everywhere(graded: Path):
    said = read_back(graded, ("ada", SAMPLES, "1.5", "Say why <b>"), ("ada", BETA, "1", ""))
    assert said.endswith("filled.csv: 2 new, 0 changed")
    assert by_hand(graded, "ada") == {"score": 2.5, "max_score": 3, "open": 0}
    mark = marks.read(graded)["ada"][SAMPLES]
    assert (mark.points, mark.comment, mark.who) == (1.5, "Say why <b>", "Tina")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", mark.when)
    page = (graded / "ada" / "feedback.md").read_text()
    assert page.startswith("# tiny: 3 of 3 by checks, 2.5 of 3 by hand\n")
    assert "look like (1.5 of 2): graded by hand: Say why &lt;b>" in page and "open" not in page
    rows = {row.student: row for row in report.write(graded)}
    assert (rows["ada"].total, rows["bob"].total) == (5.5, None)
    first = table((graded / "grades.csv").read_text())[0]
    assert (first[SAMPLES], first["by_hand"], first["total"]) == ("1.5", "2.5", "5.5")
    assert "Say why \\u003cb>" in (graded / "report.html").read_text()


def test_the_same_file_read_twice_changes_nothing(graded: Path):
    rows = (("ada", SAMPLES, "2", "Good."), ("bob", SAMPLES, "0", ""))
    read_back(graded, *rows)
    before = files(graded)
    assert read_back(graded, *rows, by="somebody else").endswith(": 0 new, 0 changed")
    assert files(graded) == before


def test_an_empty_cell_keeps_what_is_there_and_a_comment_can_be_added(graded: Path):
    read_back(graded, ("ada", SAMPLES, "2", "Good."))
    read_back(graded, ("ada", SAMPLES, "", ""), ("ada", BETA, "", ""))
    assert (
        marks.read(graded)["ada"][SAMPLES].comment == "Good."
        and len(marks.read(graded)["ada"]) == 1
    )
    read_back(graded, ("ada", SAMPLES, "", "Very good."))
    mark = marks.read(graded)["ada"][SAMPLES]
    assert (mark.points, mark.comment) == (2, "Very good.")
    said = read_back(graded, ("ada", SAMPLES, "1", ""))
    assert said.endswith(": 0 new, 1 changed\nada, question_samples: 2 -> 1")
    mark = marks.read(graded)["ada"][SAMPLES]
    assert (mark.points, mark.comment) == (1, "Very good.")


def test_points_can_be_taken_back(graded: Path):
    assert read_back(graded, ("ada", SAMPLES, "open", "")).endswith(": 0 new, 0 changed")
    read_back(graded, ("ada", SAMPLES, "2", "Good."), ("bob", SAMPLES, "1", ""))
    said = read_back(graded, ("ada", SAMPLES, "Open", ""))
    assert said.endswith(": 0 new, 1 changed\nada, question_samples: 2 -> open")
    assert {student: own for student, own in marks.read(graded).items() if own}.keys() == {"bob"}
    assert by_hand(graded, "ada") == {"score": None, "max_score": 3, "open": 3}
    told = history.told(graded, "ada").splitlines()
    assert "question_samples: 2 by hand: Good. (Tina)" in told[-2]
    assert told[-1].endswith("question_samples: open again (Tina)")


WRONG = [
    (("zoe", SAMPLES, "1", ""), "line 3 .*zoe, .* names a student who is not in this class"),
    (("bob", "question_x", "1", ""), "line 3 .* names no question; there is question_samples, "),
    (("bob", SAMPLES, "2.5", ""), "gives '2.5' points; give 0 to 2, whole or half, or open"),
    (("bob", SAMPLES, "-1", ""), "gives '-1' points"),
    (("bob", SAMPLES, "0.25", ""), "gives '0.25' points"),
    (("bob", SAMPLES, "two", ""), "gives 'two' points"),
    (("bob", SAMPLES, "nan", ""), "gives 'nan' points"),
    (("bob", SAMPLES, "1e0", ""), "gives '1e0' points"),
    (("bob", SAMPLES, "", "only this"), "has a comment and no points; give both"),
    (("ada", SAMPLES, "1", ""), "stands there a second time"),
    (("", "", "1", ""), "names a student who is not in this class"),
]


@pytest.mark.parametrize(("row", "sentence"), WRONG, ids=range(len(WRONG)))
def test_one_wrong_row_is_named_and_nothing_at_all_is_changed(
    row: tuple[str, ...], sentence: str, graded: Path
):
    before = files(graded)
    with pytest.raises(BadInput, match=f"{sentence}.*; nothing was changed"):
        read_back(graded, ("ada", SAMPLES, "2", ""), row, ("bob", BETA, "1", ""))
    assert files(graded) == before


@pytest.mark.parametrize(
    "text",
    [
        "student;question;points;comment\r\nada;question_samples;1,5;gut\r\n",
        "\ufeffpoints,question,student\n1.5,question_samples,ada\n",
        'Student,Question,Points,Comment\n"ada","question_samples"," 1.5 ","a, b"\n\n',
    ],
    ids=["a German Excel's", "another order, marked", "quoted"],
)
def test_a_file_from_any_spreadsheet_is_read(text: str, graded: Path):
    path = graded.parent / "filled.csv"
    path.write_bytes(text.encode())
    questions.read_back(graded, path, "Tina")
    assert marks.read(graded)["ada"][SAMPLES].points == 1.5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "is empty; save it as CSV again"),
        (b"PK\x03\x04\0\0", "is no CSV file in UTF-8; save it as CSV again"),
        (b"student,question\nada,question_samples\n", "has no column points"),
    ],
)
def test_a_file_that_is_no_such_table_is_told(text: bytes, sentence: str, graded: Path):
    path = graded.parent / "filled.csv"
    path.write_bytes(text)
    with pytest.raises(BadInput, match=sentence):
        questions.read_back(graded, path, "Tina")


def test_a_comment_that_looks_like_a_formula_comes_back_as_it_was(graded: Path):
    read_back(graded, ("ada", SAMPLES, "1", "-1 for the reason"))
    collected(graded)
    assert "'-1 for the reason" in (graded / "questions.csv").read_text()
    before = files(graded)
    questions.read_back(graded, graded / "questions.csv", "Tina")
    assert files(graded) == before


# a regrade


def without_times(found: dict[str, bytes]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, content in found.items():
        if name.endswith("results.json"):
            result = json.loads(content)
            del result["execution_time"]
            made[name] = result
        elif name.endswith(("feedback.md", marks.FILE)):
            made[name] = content
    return made


def test_points_survive_a_regrade_and_its_files_are_those_that_were_written_into(
    graded: Path, class_: Path, monkeypatch: pytest.MonkeyPatch
):
    read_back(graded, ("ada", SAMPLES, "1.5", "Say why."), ("cyd", BETA, "0", ""))
    before = without_times(files(graded))
    monkeypatch.setattr(journal, "version", lambda name: "another")
    run(class_, graded)
    assert without_times(files(graded)) == before
    assert by_hand(graded, "ada") == {"score": 1.5, "max_score": 3, "open": 1}


def test_points_that_were_read_cost_no_grading(graded: Path, class_: Path):
    read_back(graded, ("ada", SAMPLES, "2", ""))
    parent = tiny.Parent()
    made = ClassRun(essays.private(), graded, SECRET, Trainer("never"), open_parent=parent.opened)
    progress = made.grade(collect(class_, wanted(essays.private())).handed)
    assert (progress.graded, progress.kept, parent.asked) == (0, 5, [])


def test_while_a_class_is_graded_no_points_are_read(graded: Path):
    with journal.Journal(graded), pytest.raises(BadInput, match="another run is grading"):
        read_back(graded, ("ada", SAMPLES, "2", ""))
    assert marks.read(graded) == {}


def test_points_of_a_reading_that_was_stopped_are_shown_by_the_next_run(graded: Path, class_: Path):
    marks.add(graded, [marks.Given("ada", SAMPLES, Mark(2, "", "Tina", "", ""))])
    assert by_hand(graded, "ada")["open"] == 3
    run(class_, graded)
    assert by_hand(graded, "ada") == {"score": 2, "max_score": 3, "open": 1}


def test_a_result_that_was_edited_is_left_to_the_next_grading(graded: Path, class_: Path):
    path = graded / "ada" / "results.json"
    path.write_text(path.read_text().replace('"score": 2,', '"score": 1,'))
    said = read_back(graded, ("ada", SAMPLES, "2", ""))
    assert said.endswith("results were edited, so grade again to see the points there: ada")
    run(class_, graded)
    assert by_hand(graded, "ada")["score"] == 2 and result(graded, "ada")["score"] == 3


def test_an_answer_that_changed_after_it_got_points_is_named_and_keeps_them(
    graded: Path, class_: Path
):
    collected(graded)
    path = graded / "questions.csv"
    path.write_text(path.read_text().replace(f"ada,{SAMPLES},,", f"ada,{SAMPLES},2,"))
    questions.read_back(graded, path, "Tina")
    assert "changed since" not in collected(graded)
    essays.hand_in(class_, "ada", tiny.RIGHT, essays.answered({SAMPLES: "Something new."}))
    run(class_, graded)
    assert by_hand(graded, "ada") == {"score": 2, "max_score": 3, "open": 1}
    assert "changed since it got its points: ada (What samples look like)" in collected(graded)
    assert f"ada,{SAMPLES},,," in path.read_text()  # to be filled in again, or to be left
    questions.read_back(graded, path, "Tina")
    assert "changed since" in collected(graded)
    path.write_text(path.read_text().replace(f"ada,{SAMPLES},,", f"ada,{SAMPLES},2,"))
    questions.read_back(graded, path, "Tina")
    assert "changed since" not in collected(graded)


def test_a_line_of_points_that_makes_no_sense_is_told_and_never_passed_over(
    graded: Path, class_: Path
):
    mark = {"student": "ada", "question": SAMPLES, **asdict(Mark(1e9))}  # no result could hold it
    for line in ("{", "null", '{"student": "ada"}', "[" * 9999, json.dumps(mark)):
        (graded / marks.FILE).write_text(f"{line}\n")
        for read in (lambda: run(class_, graded), lambda: history.told(graded)):
            with pytest.raises(BadInput, match=r"line 1 of .*by-hand.jsonl holds no decision"):
                read()


def test_where_points_cannot_be_kept_none_are(graded: Path, monkeypatch: pytest.MonkeyPatch):
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    before = files(graded)
    monkeypatch.setattr("autograder.kept.ledger.replace_file", full)
    with pytest.raises(BadInput, match="cannot be written to"):
        read_back(graded, ("ada", SAMPLES, "2", ""))
    assert files(graded) == before


def test_an_assignment_without_questions_says_so(kit: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tiny.hand_in(kit / "plain", ada=tiny.RIGHT)
    monkeypatch.setattr("autograder.assignments.load", lambda name: tiny.private())
    with pytest.raises(BadInput, match="tiny has no question that a person grades"):
        collected(folder, kit / "answers")


# the command


def command(*args: object) -> int:
    return main([str(arg) for arg in args])


def test_the_command_collects_and_reads_back(graded: Path, capsys: pytest.CaptureFixture[str]):
    assert command("questions", graded) == 0
    told = capsys.readouterr().out
    assert (
        f"to fill in: {graded}/questions.csv; then: autograder questions {graded} --points" in told
    )
    path = filled(graded, ("ada", SAMPLES, "2", ""), ("ada", BETA, "1", ""))
    assert command("questions", graded, "--points", path) == 0
    told = capsys.readouterr().out
    assert "filled.csv: 2 new, 0 changed" in told and re.search(
        r"^ada .* 3 / 3 +graded$", told, re.M
    )
    assert marks.read(graded)["ada"][SAMPLES].who == "tina"


def test_the_command_refuses_in_one_sentence(
    graded: Path, class_: Path, capsys: pytest.CaptureFixture[str]
):
    path = filled(graded, ("ada", SAMPLES, "3", ""))
    for args, said in (
        ((graded, "--points", path), "line 2 of"),
        ((class_, "--points", path), "holds no graded class; give the folder that"),
        ((class_,), "holds no graded class; say with --out"),
        ((class_, "--out", class_ / "answers"), "holds no graded class; say with --out"),
        ((graded, "--points", graded / "none.csv"), "there is no file"),
    ):
        assert command("questions", *args) == 2
        err = capsys.readouterr().err
        assert said in err and len(err.splitlines()) == 1


def test_packing_for_gradescope_says_which_points_to_set_there(
    kit: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("autograder.gradescope.bundle.pack", lambda private, file, *a, **how: file)
    assert command("gradescope", "tiny", "--out", kit / "autograder.zip") == 0
    said = "Set Autograder Points to 3 there, and enable Manual Grading for the 3 points by hand."
    assert said in capsys.readouterr().out
