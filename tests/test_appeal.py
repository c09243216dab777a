"""The story of an appeal: a part lost wrongly is explained, mended, graded again, and exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny

from autograder import gradebooks, report, results
from autograder.__main__ import main
from autograder.classes import regrading
from autograder.classes.class_run import ClassRun
from autograder.intake import BadInput, Handed, Identity
from autograder.kept import journal, submitted
from autograder.people import appeal, decisions, history, waivers
from autograder.training import Trainer
from nndl2.checks.compare import expect_answer
from nndl2.checks.declare import check
from nndl2.checks.model import Outcome, Reason, Unusable

SECRET = b"s" * 32
GIVEN = {
    "ada": tiny.RIGHT,
    "bob": tiny.RIGHT.replace(b"2 * x", b"(x + x)[..., :]"),
    "cyd": tiny.SQUARED,
    "dan": tiny.SYNTAX_ERROR,
}
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,tiny (12)\n"
    "    Points Possible,,,,,3\n"
    'Ada A,1,ada,ada,S,\nBob B,2,bob,bob,S,1.0\n"Cyd, C",3,cyd,cyd,S,\n'
)


@check("double")
def strict(student, draw, oracle):
    """the file says 2"""
    if "2 *" not in (student.source.decode() if hasattr(student, "source") else ""):
        expect_answer(student.call("double", draw.normal(2)), oracle("total", draw.normal(2)))


@check("double", after=strict)
def doubles(student, draw, oracle):
    """every number is doubled"""
    x = draw.normal(4)
    expect_answer(student.call("double", x), oracle("doubled", x))


WRONG = tiny.private(checks=(strict, doubles, tiny.adds_up))
MENDED = tiny.private(checks=(tiny.doubles, tiny.adds_up))


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a kit's checks those of `private`, under a version of their own."""

    def is_now(private: Any, version: str) -> None:
        monkeypatch.setattr("autograder.assignments.names", lambda: ["tiny"])
        monkeypatch.setattr("autograder.assignments.load", lambda name: private)
        monkeypatch.setattr(journal, "version", lambda name: version)

    return is_now


def class_run(private: Any, out: Path, tell: bool = False) -> ClassRun:
    parent = tiny.Parent()
    trainer = Trainer("never")
    return ClassRun(private, out, SECRET, trainer, open_parent=parent.opened, tell=tell)


def telling(private: Any, out: Path) -> ClassRun:
    return class_run(private, out, tell=True)


def handed() -> list[Handed]:
    who = {name: Identity(name, name, "", platform="folder") for name in GIVEN}
    return [Handed(name, "tiny.py", source, who=who[name]) for name, source in GIVEN.items()]


@pytest.fixture
def graded(tmp_path: Path, today: Any) -> Path:
    """Bob lost his double to a check that is wrong; Cyd lost hers rightly, and to that one too."""
    today(WRONG, "1")
    out = tmp_path / "out"
    class_run(WRONG, out).grade(handed())
    assert scores(out) == {"ada": 3, "bob": 1, "cyd": 1, "dan": 0}
    return out


def scores(out: Path) -> dict[str, float]:
    return {row.student: row.score for row in report.rows(out)}


def feedback(out: Path, student: str) -> str:
    return (out / student / results.FEEDBACK).read_text("utf-8")


def files(out: Path) -> dict[str, bytes]:
    found = [p for p in sorted(out.rglob("*")) if p.is_file()]
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in found}


def untold(out: Path) -> dict[str, bytes]:
    """All files, but for what the journal notes of verdicts."""
    lines = (out / journal.FILE).read_bytes().splitlines()
    own = b"".join(line for line in lines if not line.startswith(journal.FOUND))
    return files(out) | {journal.FILE: own}


def test_an_appeal_from_the_question_to_the_platform(graded: Path, today: Any) -> None:
    book = graded.parent / "gradebook.csv"
    book.write_text(CANVAS)
    fill = [gradebooks.canvas(book, "tiny", 3), handed(), report.rows(graded), graded, 3]
    gradebooks.fill(*fill)
    before = (graded / gradebooks.CANVAS_FILE).read_text().splitlines()

    said = appeal.why(graded, "bob", "double")
    assert "bob, Double: 0 of 2" in said and "the file says 2  [double.strict: fail]" in said

    today(MENDED, "2")
    untold_before = untold(graded)
    rehearsed = regrading.rehearsed(graded, class_run)
    assert regrading.table(rehearsed).splitlines()[0] == "bob: 1 -> 3 of 3"
    assert "    double.strict: fail -> gone" in regrading.table(rehearsed)
    assert untold(graded) == untold_before  # nothing was done yet

    assert regrading.regrade(graded, telling).moved[0][1].student == "bob"
    assert scores(graded) == {"ada": 3, "bob": 3, "cyd": 1, "dan": 0}
    assert "your score by checks was 1 and is 3 now: the course changed" in feedback(graded, "bob")
    assert "your score" not in feedback(graded, "cyd") + feedback(graded, "ada")

    lines = history.told(graded, "bob").splitlines()
    assert lines[0] == "bob" and "  1 of 3 by checks; not passed: double.strict (fail)" in lines[1]
    assert "  3 of 3 by checks (checks 2" in lines[2]

    gradebooks.fill(*fill[:2], report.rows(graded), graded, 3)
    after = (graded / gradebooks.CANVAS_FILE).read_text().splitlines()
    assert [(a, b) for a, b in zip(before, after) if a != b] == [
        ("Bob B,2,bob,bob,S,1", "Bob B,2,bob,bob,S,3")
    ]


# graded again


def test_whoever_was_graded_by_the_checks_of_today_is_left_as_they_are(graded: Path) -> None:
    before = files(graded)
    found = regrading.regrade(graded, class_run)
    assert found.progress.graded == 0 and files(graded) == before
    assert regrading.table(found) == "nobody's score moves; 4 stay as they are"


def test_what_people_decided_stays_through_a_regrade(graded: Path, today: Any) -> None:
    arguments = ["adjust", str(graded), "cyd", "overall", "-1", "--why", "late", "--by", "Tina"]
    assert main(arguments) == 0
    today(MENDED, "2")
    regrading.regrade(graded, class_run)
    assert scores(graded) == {"ada": 3, "bob": 3, "cyd": 0, "dan": 0}
    assert "overall: -1: late (Tina)" in history.told(graded, "cyd")


def test_a_student_whose_file_is_not_kept_is_named_and_left(graded: Path, today: Any) -> None:
    (graded / "bob" / submitted.FILE).unlink()
    today(MENDED, "2")
    found = regrading.regrade(graded, class_run)
    assert scores(graded)["bob"] == 1
    assert "run `grade` with the submissions for: bob" in regrading.table(found)


def test_an_edited_copy_of_a_file_is_not_taken_for_what_was_handed_in(graded: Path) -> None:
    (graded / "bob" / "tiny.py").write_bytes(tiny.RIGHT)
    assert submitted.kept(graded / "bob") is None
    assert "run `grade` with the submissions for: bob" in regrading.table(
        regrading.rehearsed(graded, class_run)
    )
    told = appeal.why(graded, "bob", "double")
    assert f"the file is not kept in {graded / 'bob'} as it was handed in" in told


def test_nobody_is_told_of_a_score_that_moved_with_another_file(graded: Path, today: Any) -> None:
    today(MENDED, "2")
    new = Handed("cyd", "tiny.py", tiny.RIGHT)
    class_run(MENDED, graded, tell=True).grade([new])
    assert scores(graded)["cyd"] == 3 and "your score" not in feedback(graded, "cyd")


def test_a_file_is_kept_as_it_was_handed_in(tmp_path: Path) -> None:
    one = handed()[0]
    (tmp_path / "ada").mkdir()
    submitted.keep(tmp_path / "ada", one)
    assert submitted.kept(tmp_path / "ada") == one
    wrong = Unusable("no tiny.py found", Reason.MALFORMED, line=3)
    submitted.keep(tmp_path / "ada", Handed("ada", "tiny.py", wrong=wrong, note="a note"))
    back = submitted.kept(tmp_path / "ada")
    assert back is not None and back.wrong is not None and back.note == "a note"
    assert (back.wrong.sentence, back.wrong.reason, back.wrong.line) == (
        "no tiny.py found",
        Reason.MALFORMED,
        3,
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"file": 1}', '{"file": "../x", "note": ""}'])
def test_what_is_kept_badly_is_not_there(tmp_path: Path, text: str) -> None:
    (tmp_path / submitted.FILE).write_text(text)
    assert submitted.kept(tmp_path) is None


def test_the_command_tells_and_does(graded: Path, today: Any, capsys, monkeypatch) -> None:
    from autograder.commands import means

    monkeypatch.setattr(means, "started_parent", lambda isolation: tiny.Parent().opened())
    today(MENDED, "2")
    assert main(["regrade", str(graded), "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("bob: 1 -> 3 of 3\n")
    assert scores(graded)["bob"] == 1
    assert main(["regrade", str(graded)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("bob: 1 -> 3 of 3\n") and "mean" in said
    assert scores(graded)["bob"] == 3
    assert main(["history", str(graded), "bob"]) == 0
    assert capsys.readouterr().out.startswith("bob\n  20")


# waived


def waive(graded: Path, why: str | None = "it asks for a spelling") -> None:
    waivers.add(graded, [regrading.waiver(graded, "double.strict", why, "Tina")])


def test_a_waived_check_counts_as_passed_and_what_comes_after_it_is_asked(graded: Path) -> None:
    waive(graded)
    found = regrading.regrade(graded, class_run)
    assert scores(graded) == {"ada": 3, "bob": 3, "cyd": 1, "dan": 0}
    moved = {b.student: b.checks for _, b in found.moved}
    assert moved["bob"] == dict.fromkeys(moved["bob"], Outcome.PASS.value)
    assert {row.student: row.checks for row in found.after}["cyd"]["double.doubles"] == "fail"
    assert "double.strict counts as passed: it asks for a spelling (Tina)" in history.told(
        graded, "ada"
    )


def test_a_waiver_can_be_taken_back(graded: Path) -> None:
    before = scores(graded)
    waive(graded)
    regrading.regrade(graded, class_run)
    waive(graded, None)
    regrading.regrade(graded, class_run)
    assert scores(graded) == before and not waivers.read(graded)


def test_a_regrade_without_a_waiver_leaves_no_file_of_waivers(graded: Path) -> None:
    regrading.rehearsed(graded, class_run)
    waivers.add(graded, [])
    assert not (graded / waivers.FILE).exists()


def test_a_class_that_is_being_graded_gets_no_waiver(graded: Path) -> None:
    one = regrading.waiver(graded, "double.strict", "so", "Tina")
    with journal.Journal(graded), pytest.raises(BadInput, match="another run is grading"):
        regrading.waive(graded, one)
    assert not waivers.read(graded)


def test_a_waiver_can_be_rehearsed(graded: Path) -> None:
    before = untold(graded)
    one = regrading.waiver(graded, "double.strict", "so", "Tina")
    found = regrading.rehearsed(graded, class_run, [one])
    assert regrading.table(found).startswith("bob: 1 -> 3 of 3\n")
    assert untold(graded) == before


def test_a_waiver_outlives_another_grading_of_the_class(graded: Path) -> None:
    waive(graded)
    class_run(WRONG, graded).grade(handed())
    assert scores(graded)["bob"] == 3


@pytest.mark.parametrize(
    ("name", "why", "said"),
    [
        ("double.strikt", "so", "there is no check double.strikt; is it double.strict"),
        ("nothing", "so", "there is no check nothing; write part and name, such as"),
        ("double.strict", " ", "say why the check is waived"),
        ("double.strict", None, "double.strict is not waived here"),
    ],
)
def test_a_waiver_that_cannot_be_is_refused(graded: Path, name: str, why: Any, said: str) -> None:
    with pytest.raises(BadInput) as raised:
        regrading.waiver(graded, name, why, "")
    assert said in str(raised.value)


def test_a_line_of_waivers_that_makes_no_sense_stops_the_grading(graded: Path) -> None:
    (graded / waivers.FILE).write_text('{"check": 3}\n')
    with pytest.raises(BadInput, match=r"line 1 of .*waivers.jsonl"):
        class_run(WRONG, graded).grade(handed())


# explained


def test_why_gives_what_was_expected_the_cause_and_a_reply(graded: Path) -> None:
    said = appeal.why(graded, "cyd", "double")
    assert f"the file: {graded / 'cyd' / 'tiny.py'}" in said
    head, _, reply = said.partition("a reply to send:")
    assert "expected" in head and "got" in head and '"Double" has 0 of 2.' in reply
    assert "- the file says 2\n" in reply and "[double" not in reply
    assert "every number is doubled  [double.doubles: not run]" in head
    assert "every number is doubled" not in reply  # what was not asked is no reason


def test_a_cause_that_checks_share_is_said_once_to_staff_and_once_in_the_reply(
    graded: Path,
) -> None:
    path = graded / "cyd" / results.FILE
    found = json.loads(path.read_text("utf-8"))
    for test in found["tests"]:
        if test["extra_data"]["kind"] == "check":
            test["output"] = "\n    the cause of both"
    path.write_text(json.dumps(found), "utf-8")
    said = appeal.why(graded, "cyd", "double")
    assert said.count("  [double.") == 2 and said.count("the cause of both") == 2


def test_why_of_a_part_that_has_its_points_says_so(graded: Path) -> None:
    said = appeal.why(graded, "ada", "double")
    assert "Double passes all its checks." in said and "has 2 of 2" in said


def test_why_tells_what_a_person_decided_and_of_a_broken_file(graded: Path) -> None:
    main(["adjust", str(graded), "dan", "double", "1", "--why", "a typo", "--by", "Tina"])
    said = appeal.why(graded, "dan", "double")
    assert "malformed: " in said and "a person decided: 1 instead of 0 by the checks" in said
    reply = said.partition("to send:")[2]
    assert "your file could not be graded: line 1 of tiny.py" in reply
    assert 'For "Double" you have 1 of 2 all the same, which we gave: 1 instead of 0' in reply
    main(["adjust", str(graded), "cyd", "double", "1", "--why", "nearly", "--by", "Tina"])
    reply = appeal.why(graded, "cyd", "double").partition("to send:")[2]
    assert '"Double" has 1 of 2, which we gave: 1 instead of 0 by the checks: nearly' in reply


def test_why_blames_nobody_for_what_was_not_run(graded: Path, today: Any) -> None:
    today(MENDED, "2")
    regrading.regrade(graded, class_run)
    reply = appeal.why(graded, "bob", "train").partition("to send:")[2]
    assert "nothing in it was found wrong: it was not run" in reply
    assert "\n- not run: " in reply and "Write back" not in reply


def test_a_student_and_a_part_are_known_by_what_people_call_them(graded: Path) -> None:
    file = graded / "bob" / submitted.FILE
    told = json.loads(file.read_text())
    told["who"] |= {"name": "Bob O'Hara", "email": "bob@example.edu"}
    file.write_text(json.dumps(told))
    for name in ("Bob O'Hara", "bob@example.edu"):
        assert appeal.why(graded, name, "Double").startswith("bob, Double: 0 of 2")


def test_why_refuses_a_part_that_is_not_there(graded: Path) -> None:
    with pytest.raises(
        BadInput, match="there is no part triple; the parts are double, total and train"
    ):
        appeal.why(graded, "ada", "triple")


def test_staff_may_see_the_numbers_that_were_asked(graded: Path) -> None:
    one = submitted.kept(graded / "cyd")
    assert one is not None
    parent = tiny.Parent()

    def start(source: bytes, file: str) -> Any:
        return parent.submission(source, file, limits=None)

    said = appeal.inputs(WRONG, "double", one, b"key", start)
    assert said.startswith("double.strict asked last: call double(float")
    assert "(2,) [" in said
    assert appeal.inputs(WRONG, "double", one, b"key", start) == said
    assert appeal.inputs(WRONG, "double", one, b"other", start) != said
    assert "double.doubles" not in said  # which asked nothing, after the first had failed


def test_the_journal_of_an_earlier_edition_tells_what_to_do(graded: Path) -> None:
    lines = [json.loads(line) for line in (graded / journal.FILE).read_text().splitlines()]
    old = [{k: v for k, v in line.items() if k not in ("when", "lost")} for line in lines]
    (graded / journal.FILE).write_text("".join(f"{json.dumps(line)}\n" for line in old))
    with pytest.raises(BadInput, match="kept no history; grade it again"):
        history.told(graded)
    assert not decisions.history(graded)
