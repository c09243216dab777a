"""Hand-ins by pairs or groups: one program, graded once, one result under each member's name."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import archives
import pytest
import tiny

from autograder import assignments, gradebooks, report, results
from autograder.__main__ import main
from autograder.classes import regrading
from autograder.classes.class_run import ClassRun
from autograder.feedback import pack
from autograder.feedback.command import give_back
from autograder.intake import BadInput, Collected, Handed, Wanted, collect
from autograder.intake.groups import Member, members
from autograder.intake.people import Person
from autograder.kept import submitted
from autograder.kept.rows import rows
from autograder.people import adjusting, history
from autograder.training import Trainer

WANTED = Wanted("tiny.py", {"double", "total"}, tiny.STUB)
FILE = """student,group
ada,Team 1
bob,Team 1
eve,Team 2
kim,Team 3
"""


def listed(at: Path, text: str = FILE) -> list[Member]:
    at.mkdir(exist_ok=True)
    (at / "groups.csv").write_text(text, encoding="utf-8")
    return members(at / "groups.csv")


def taken(where: Path, groups: list[Member] = []) -> dict[str, Handed]:  # noqa: B006  # never changed
    return {one.student: one for one in collect(where, WANTED, groups=groups).handed}


# by a CSV


def test_each_member_gets_what_one_of_them_handed_in(tmp_path: Path) -> None:
    where = tiny.hand_in(tmp_path / "in", ada=tiny.RIGHT, eve=tiny.SQUARED, zoe=tiny.STUB)
    found = collect(where, WANTED, groups=listed(tmp_path))
    by = {one.student: one for one in found.handed}
    assert {name: one.source for name, one in by.items()} == {
        **{"ada": tiny.RIGHT, "bob": tiny.RIGHT, "eve": tiny.SQUARED, "zoe": tiny.STUB}
    }
    assert by["ada"].note == "handed in with bob in the group Team 1"
    assert "handed in by ada" in by["bob"].note and by["bob"].who.id == "bob"
    assert by["zoe"].group == "" and found.absent_groups == ["Team 3"]


def test_a_folder_called_as_the_group_is_everybody_s_in_it(tmp_path: Path) -> None:
    where = archives.folder(tmp_path / "in", {"team_1/tiny.py": tiny.RIGHT})
    by = taken(where, listed(tmp_path))
    assert {name: one.together for name, one in by.items()} == {"ada": ("bob",), "bob": ("ada",)}


def test_what_was_given_out_gives_way_to_what_a_mate_wrote(tmp_path: Path) -> None:
    where = tiny.hand_in(tmp_path / "in", ada=tiny.STUB, bob=tiny.RIGHT)
    assert {one.source for one in taken(where, listed(tmp_path)).values()} == {tiny.RIGHT}


def test_members_who_hand_in_differently_are_told_and_keep_their_own(tmp_path: Path) -> None:
    groups = listed(tmp_path, FILE + "kim,Team 1\n".replace("kim", "lea"))
    where = tiny.hand_in(tmp_path / "in", ada=tiny.RIGHT, bob=tiny.SQUARED)
    by = taken(where, groups)
    assert (by["ada"].source, by["bob"].source) == (tiny.RIGHT, tiny.SQUARED)
    assert "bob of the same group handed in another file" in by["ada"].note
    assert "ada of the same group handed in another file" in by["bob"].note
    assert "different files; hand in one for all" in by["lea"].wrong.sentence
    assert by["ada"].together == ()


def test_a_folder_called_as_a_group_whose_members_have_files_of_their_own_stays(
    tmp_path: Path,
) -> None:
    """it may be the group's, or that of a student who is called so"""
    own = {"ada": tiny.RIGHT, "bob": tiny.SQUARED, "kim": tiny.RAISES}
    groups = listed(tmp_path, "student,group\nada,kim\nbob,kim\n")
    by = taken(tiny.hand_in(tmp_path / "in", **own), groups)
    assert {name: one.source for name, one in by.items()} == own
    assert "called as the group kim is, and counts for nobody in it" in by["kim"].note
    assert by["kim"].group == "" and "kim handed in another file" in by["ada"].note


def test_who_is_on_the_roster_is_no_group_that_is_called_so(tmp_path: Path) -> None:
    groups = listed(tmp_path, "student,group\nada,kim\nbob,kim\n")
    where = tiny.hand_in(tmp_path / "in", ada=tiny.RIGHT, kim=tiny.SQUARED)
    people = [Person(logins=(name,)) for name in ("ada", "bob", "kim")]
    found = {one.student: one for one in collect(where, WANTED, people, groups=groups).handed}
    sources = {"ada": tiny.RIGHT, "bob": tiny.RIGHT, "kim": tiny.SQUARED}
    assert {name: one.source for name, one in found.items()} == sources
    assert found["kim"].note == ""


def test_a_file_of_a_canvas_group_set_names_whom_the_download_does_not(tmp_path: Path) -> None:
    groups = listed(
        tmp_path,
        "name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id\n"
        "Ada Lovelace,1001,,ada1,S1,Team 1,7,\n"
        "Bob Noyce,1002,,bob1,S1,Team 1,7,\n"
        "Eve Online,1003,,eve1,S1,,,\n",
    )
    where = archives.folder(
        tmp_path / "in",
        {"team1_1001_9001_tiny.py": tiny.RIGHT, "onlineeve_1003_9002_tiny.py": tiny.SQUARED},
    )
    by = taken(where, groups)
    assert {*by} == {"Ada Lovelace", "Bob Noyce", "onlineeve_1003"}
    assert (by["Bob Noyce"].who.id, by["Bob Noyce"].who.platform) == ("1002", "canvas")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("name,team\n\x00", "is no CSV file"),
        ("student,who\nada,1\n", "names no column group"),
        ("group,who\n1,ada\n", "names no column student"),
        ("student,group\nada,\n", "puts nobody into a group"),
        ("student,group\n,Team 1\n", "line 2 of"),
        ("student,group\nada,A\nbob,B\nada,B\n", "line 4 of"),
        ("student,group\rada,A\r\rada,B\r", "line 4 of"),  # of an old Mac, with an empty line
    ],
)
def test_a_bad_file_of_groups_is_one_sentence(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=told) as e:
        listed(tmp_path, text)
    assert "\n" not in str(e.value)


# by a platform


def exported(at: Path, submissions: Mapping[str, list[str]], files: Mapping[str, bytes]) -> Path:
    lines = []
    for n, (key, people) in enumerate(submissions.items()):
        lines += [f"{key}:", f"  :created_at: 2026-10-1{n} 12:00", "  :submitters:"]
        for name in people:
            lines += [f"  - :name: {name}", f"    :sid: '{name.lower()}1'"]
    told = {"submission_metadata.yml": "\n".join(lines).encode() + b"\n"}
    return archives.folder(at, {**told, **files})


def test_gradescope_says_who_handed_in_together(tmp_path: Path) -> None:
    where = exported(
        tmp_path / "in",
        {"submission_1": ["Ada", "Bob"], "submission_2": ["Eve", "Kim"], "submission_3": ["Kim"]},
        {f"submission_{n}/tiny.py": source for n, source in enumerate(TRIES, 1)},
    )
    by = taken(where)
    assert by["Ada_ada1"].together == ("Bob_bob1",) and by["Ada_ada1"].group == ""
    assert by["Ada_ada1"].note == "handed in with Bob_bob1"
    assert "Kim_kim1 of the same group handed in another file" in by["Eve_eve1"].note
    assert by["Kim_kim1"].source == TRIES[2] and by["Kim_kim1"].together == ()


TRIES = (tiny.RIGHT, tiny.SQUARED, tiny.RAISES)


def test_moodle_names_the_group_before_each_member(tmp_path: Path) -> None:
    names = {"Team A-Ada Lovelace_1": 0, "Team A-Anne-Marie Curie_2": 0, "Default group-Eve X_3": 1}
    where = archives.folder(
        tmp_path / "in",
        {f"{name}_assignsubmission_file_/tiny.py": TRIES[n] for name, n in names.items()},
    )
    by = taken(where)
    assert {*by} == {"Ada Lovelace_1", "Anne-Marie Curie_2", "Eve X_3"}
    ada = by["Ada Lovelace_1"]
    assert (ada.group, ada.who.name) == ("Team A", "Ada Lovelace")
    assert ada.together == ("Anne-Marie Curie_2",)
    place = "Team A-Ada Lovelace_1_assignsubmission_file_/feedback.html"
    assert pack.name_for("moodle", ada.student, ada) == place


@pytest.mark.parametrize("names", [["Anne-Marie Curie", "Ada Lovelace"], ["A-B C", "D-E F"]])
def test_names_with_hyphens_alone_are_no_groups(names: list[str], tmp_path: Path) -> None:
    where = archives.folder(
        tmp_path / "in",
        {f"{name}_{n}_assignsubmission_file_/tiny.py": b"" for n, name in enumerate(names)},
    )
    assert {one.who.name for one in taken(where).values()} == {*names}


# to results


def run(handed: Collected, out: Path, parent: tiny.Parent) -> ClassRun:
    made = ClassRun(
        *(tiny.private(), out, b"s" * 32, Trainer("never", tiny.images)), open_parent=parent.opened
    )
    made.progress = made.grade(handed.handed)
    return made


@pytest.fixture
def together(tmp_path: Path) -> Collected:
    where = tiny.hand_in(tmp_path / "in", ada=tiny.SQUARED, eve=tiny.RIGHT)
    return collect(where, WANTED, groups=listed(tmp_path))


def test_one_program_is_graded_once_and_is_everybody_s_result(
    together: Collected, tmp_path: Path
) -> None:
    out, parent = tmp_path / "out", tiny.Parent()
    progress = run(together, out, parent).progress
    assert (progress.graded, len(parent.asked)) == (3, 2 + 1)  # ada's failing part publicly, too
    kept = rows(out)
    assert [(row.student, row.score, row.group) for row in kept] == [
        *[("ada", 1, "Team 1"), ("bob", 1, "Team 1"), ("eve", 3, "Team 2")]
    ]
    assert report.table(kept).count("group: Team 1") == 2
    lines = list(csv.DictReader(report.grades(kept).splitlines()))
    assert [line["group"] for line in lines] == ["Team 1", "Team 1", "Team 2"]
    assert "handed in with ada in the group Team 1" in (out / "bob" / results.FEEDBACK).read_text()
    give_back(out)
    assert "x * x" in submitted.kept(out / "bob").source.decode()
    assert (out / "bob" / "feedback.html").is_file()
    again = tiny.Parent()
    assert (run(together, out, again).progress.kept, again.asked) == (3, [])


def test_points_can_be_changed_for_one_member_alone(together: Collected, tmp_path: Path) -> None:
    run(together, out := tmp_path / "out", tiny.Parent())
    adjusting.adjust(out, "bob", "overall", "-1", "came to no meeting", "tina")
    assert [row.score for row in rows(out)] == [1, 0, 3]


def test_a_gradebook_gets_the_score_of_each_member(together: Collected, tmp_path: Path) -> None:
    run(together, out := tmp_path / "out", tiny.Parent())
    book = tmp_path / "book.csv"
    book.write_text("Student,ID,SIS Login ID,tiny (1)\nB,8,bob,\nA,7,ada,\n")
    found = gradebooks.canvas(book, "tiny", 3)
    gradebooks.fill(found, together.handed, rows(out), out, 3)
    assert "B,8,bob,1\nA,7,ada,1\n" in (out / "canvas-gradebook.csv").read_text()


def test_a_regrade_knows_the_group_again(
    together: Collected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(together, out := tmp_path / "out", tiny.Parent())
    monkeypatch.setattr(regrading.intake, "chosen", lambda name: tiny.private())
    parent = tiny.Parent()

    def again(private: object, place: Path) -> ClassRun:
        made = ClassRun(
            *(tiny.private(), place, b"another secret", Trainer("never", tiny.images)),
            open_parent=parent.opened,
        )
        made.version = "that of a check which was mended"
        return made

    found = regrading.regrade(out, again)
    assert (found.progress.graded, len(parent.asked), found.moved) == (3, 3, [])
    assert [row.group for row in rows(out)] == ["Team 1", "Team 1", "Team 2"]


def test_the_history_names_the_group_and_the_file_by_its_own_hash(
    together: Collected, tmp_path: Path
) -> None:
    run(together, out := tmp_path / "out", tiny.Parent())
    _, line = history.told(out, "bob").splitlines()
    file = hashlib.sha256((out / "bob" / "tiny.py").read_bytes()).hexdigest()[:8]
    assert f"file {file}, of the group Team 1, handed in with ada)" in line


def test_an_anonymous_report_names_no_group(together: Collected, tmp_path: Path) -> None:
    run(together, out := tmp_path / "out", tiny.Parent())
    report.write(out, anonymous=True)
    assert "Team 1" in (out / "report.html").read_text("utf-8")
    assert "Team 1" not in (out / "report-anonymous.html").read_text("utf-8")
    assert json.loads((out / "report.json").read_text("utf-8"))["students"][1]["student"] == "bob"


def test_the_command_refuses_groups_of_strangers_and_remembers_those_it_took(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignments, "names", lambda: ["tiny"])
    monkeypatch.setattr(assignments, "load", lambda name: tiny.private())
    where = tiny.hand_in(tmp_path / "in", ada=tiny.RIGHT)
    (tmp_path / "groups.csv").write_text("student,group\nada,Team 1\nbob,Team 1\n")
    (tmp_path / "strange.csv").write_text("student,group\nxi,Team 1\n")
    look = ["grade", str(where), "--dry-run", "--out", str(tmp_path / "out")]
    assert main([*look, "--groups", str(tmp_path / "strange.csv")]) == 2
    assert "strange.csv handed in anything" in capsys.readouterr().err
    (tmp_path / "out").mkdir()
    (tmp_path / "groups.csv").rename(tmp_path / "out" / "groups.csv")
    assert main(look) == 0
    assert "handed in by ada" in capsys.readouterr().out
