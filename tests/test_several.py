"""A class that hands in modules of several assignments, graded in one run, as a person sees it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import archives
import pytest
import tiny

from autograder import assignments
from autograder.__main__ import main
from autograder.assignments import Private
from autograder.classes import class_run
from autograder.isolation import Limits, WarmParent
from autograder.kept import journal
from nndl2.checks.compare import expect_answer
from nndl2.checks.declare import check
from nndl2.checks.model import Assignment, Part, Task

HALF = b"def half(x):\n    return x / 2\n"
WHOLE = b"def half(x):\n    return x\n"
TASKS = (Task("half", "Half", (Part("half", "Half", ("half",)),)),)


@check("half")
def halves(student, draw, oracle):
    """every number is halved"""
    x = draw.normal(4)
    expect_answer(student.call("half", x), oracle("halved", x))


OWN = ("grades.csv", "report.html", "report.csv", "report.json", "journal.jsonl")
KIT = {
    "halves": Private(
        Assignment("halves", "halves.py", TASKS),
        {"half": 5},
        {"halved": lambda x: (x / 2.0, lambda: [])},
        checks=(halves,),
    ),
    "tiny": tiny.private(),
}


@pytest.fixture
def kit(
    monkeypatch: pytest.MonkeyPatch, warm: WarmParent, weak: WarmParent, tmp_path: Path
) -> Path:
    """A kit that holds two made-up assignments, and grades through real processes."""

    @contextlib.contextmanager
    def opened(walls: tuple[object, ...]) -> Iterator[WarmParent]:
        yield warm if walls else weak

    holds(monkeypatch, *KIT)
    monkeypatch.setattr("autograder.isolation.WarmParent", opened)
    monkeypatch.setattr(class_run, "LIMITS", Limits(question_seconds=5))
    monkeypatch.setenv("AUTOGRADER_SECRET", "a secret of the tests")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def holds(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(assignments, "names", lambda: [*names])
    monkeypatch.setattr(assignments, "load", KIT.__getitem__)


def run(*args: object) -> int:
    return main([str(a) for a in args])


def table(text: str) -> dict[str, str]:
    """What the lines of a table say, by student."""
    lines = (line.split() for line in text.splitlines() if " / " in line)
    return {line[0]: " ".join(line[1:]) for line in lines}


def gradings(folder: Path) -> int:
    return len(journal.entries(folder))


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


MIXED = {
    "ada/tiny.py": tiny.RIGHT,
    "ada/halves.py": HALF,
    "bob/tiny (1).py": tiny.SQUARED,
    "cyd/halves-handin.zip": archives.zip_bytes({"halves.py": WHOLE, "halves.ipynb": b"{}"}),
    "eve/tiny.py": tiny.SYNTAX_ERROR,
    "eve/halves.py": HALF,
    "fay/notes.txt": b"",
    "gus/homework.zip": b"no archive",
}
LEFT = (
    "could not be assigned:\n"
    "fay: no halves.py or tiny.py found in fay; found: notes.txt\n"
    "gus: homework.zip is damaged or no archive at all; pack it again and hand it in\n"
)


class TestAMixedClass:
    @pytest.fixture
    def given(self, kit: Path) -> Path:
        return archives.folder(kit / "in", MIXED)

    def test_each_assignment_has_a_table_and_results_of_its_own(self, given, capsys):
        assert run("grade", given, "--out", "out", "--jobs", 2) == 0
        said = capsys.readouterr().out
        assert said.startswith("\nhalves\n\nstudent") and said.endswith(f"\n\n{LEFT}")
        first, second = said.split("\ntiny\n")
        assert table(first) == {
            "ada": "5 5 / 5 graded",
            "cyd": "0 0 / 5 graded",
            "eve": "5 5 / 5 graded",
        }
        assert table(second) == {
            "ada": "2 1 3 / 3 graded",
            "bob": "0 1 1 / 3 graded",
            "eve": "0 0 0 / 3 malformed",
        }
        assert "3 submissions: 3 graded; mean 3.33 of 5\nreports: out/halves/report.html" in first
        for name, students in (("halves", "ada cyd eve"), ("tiny", "ada bob eve")):
            kept = {p.name for p in Path("out", name).iterdir()}
            assert kept == {*OWN, *students.split()}
            for student in students.split():
                result = json.loads(Path("out", name, student, "results.json").read_text())
                assert result["extra_data"]["assignment"] == name
        assert {p.name for p in Path("out").iterdir()} == {"halves", "tiny"}

    def test_a_second_run_grades_what_is_new_and_nothing_twice(self, given, capsys):
        run("grade", given, "--out", "out")
        before = files_in(Path("out"))
        capsys.readouterr()
        assert run("grade", given, "--out", "out") == 0
        again = capsys.readouterr()
        assert files_in(Path("out")) == before and "PyTorch started" not in again.err
        assert again.out.count("3 of 3 were graded before and are kept") == 2
        archives.folder(given, {"bob/halves.py": HALF})
        assert run("grade", given, "--out", "out") == 0
        assert "3 of 4 were graded before" in capsys.readouterr().out
        assert (gradings(Path("out/halves")), gradings(Path("out/tiny"))) == (4, 3)

    def test_who_has_a_folder_keeps_it_when_somebody_of_like_name_comes(self, given):
        run("grade", given, "--out", "out")
        archives.folder(given, {"ADA/halves.py": WHOLE})
        assert run("grade", given, "--out", "out") == 0
        assert gradings(Path("out/halves")) == 4 and Path("out/halves/ada").is_dir()

    def test_the_tables_can_be_seen_again(self, given, capsys):
        run("grade", given, "--out", "out")
        said = capsys.readouterr().out.replace("\n" + LEFT, "")
        assert run("report", "out") == 0
        assert capsys.readouterr().out == said

    def test_an_archive_of_the_class_gives_the_same(self, given, capsys):
        run("grade", given, "--out", "out")
        folder = capsys.readouterr().out
        archives.zipped(Path("class.zip"), archives.under("submissions", MIXED))
        run("grade", "class.zip", "--out", "out2")
        assert capsys.readouterr().out == folder.replace("out/", "out2/")

    def test_a_look_before_tells_all_of_it_and_writes_nothing(self, given, capsys):
        Path("list.csv").write_text("Name,ID\nAda,ada\nHal,hal\n")
        assert run("grade", given, "--dry-run", "--roster", "list.csv") == 0
        said = capsys.readouterr().out
        assert said.startswith("halves\nstudent") and said.endswith(LEFT)
        assert "cyd      halves-handin.zip/halves.py" in said.split("\ntiny\n")[0]
        assert "bob      tiny (1).py" in said.split("\ntiny\n")[1]
        assert said.count("on the list, and handed in nothing: 1 (Hal)") == 2
        assert {p.name for p in Path().iterdir()} == {"in", "list.csv"}

    def test_the_one_that_is_named_is_graded_as_ever(self, given, capsys):
        assert run("grade", given, "--out", "out", "--assignment", "tiny") == 0
        said = capsys.readouterr().out
        assert said.startswith("\nstudent")
        assert [*table(said)] == ["ada", "bob", "cyd", "eve", "fay", "gus"]
        assert Path("out/ada/results.json").exists() and "could not be assigned" not in said

    def test_a_gradebook_is_refused_before_anything_is_graded(self, given, capsys):
        book = ("--canvas-gradebook", "gradebook.csv")
        assert run("grade", given, "--out", "out", *book) == 2
        said = capsys.readouterr()
        assert "holds work for halves and tiny, and a gradebook takes the scores of one" in said.err
        assert len(said.err.splitlines()) == 1 and not Path("out").exists()

    def test_ctrl_c_ends_it_and_the_same_command_goes_on(self, given, capsys, monkeypatch):
        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(class_run.ClassRun, "_all", stop)
            assert run("grade", given, "--out", "out") == 130
        assert "stopped: 0 of 3 are graded and kept in out/halves; run" in capsys.readouterr().out
        assert not Path("out/tiny").exists()
        assert run("grade", given, "--out", "out") == 0
        assert (gradings(Path("out/halves")), gradings(Path("out/tiny"))) == (3, 3)


# one assignment alone


def test_a_class_of_one_is_graded_and_told_as_where_there_is_no_other(kit, capsys, monkeypatch):
    given = tiny.hand_in(kit / "in", ada=tiny.RIGHT, bob=tiny.SYNTAX_ERROR)
    archives.folder(given, {"cyd/mine.py": tiny.SQUARED, "fay/notes.txt": b""})
    told, made = [], []
    for names in (["tiny"], ["halves", "tiny"]):
        holds(monkeypatch, *names)
        Path("out").mkdir()
        assert run("grade", given, "--out", "out") == 0
        said = capsys.readouterr()
        understood = [line for line in said.err.splitlines() if "tiny.py" in line or ":" in line]
        told.append((said.out, [line for line in understood if "[" not in line]))
        made.append(files_in(Path("out")))
        Path("out").rename(f"out of {len(names)}")
    assert told[0][0] == told[1][0] and "4 submissions: 2 graded, 2 malformed" in told[0][0]
    assert made[0].keys() == made[1].keys()
    assert all(made[0][f] == made[1][f] for f in made[0] if f.endswith((".csv", ".md", ".html")))


def test_results_that_lie_there_stay_where_they_are(kit, capsys):
    given = tiny.hand_in(kit / "in", ada=tiny.RIGHT, bob=tiny.SQUARED)
    run("grade", given, "--out", "out")
    before = files_in(Path("out"))
    archives.folder(given, {"ada/halves.py": HALF})
    capsys.readouterr()
    assert run("grade", given, "--out", "out") == 0
    said = capsys.readouterr().out
    assert "2 of 2 were graded before" in said.split("\ntiny\n")[1]
    assert before.items() <= files_in(Path("out")).items()
    assert table(said.split("\ntiny\n")[0]) == {"ada": "5 5 / 5 graded"}
    assert gradings(Path("out/halves")) == 1
    assert run("report", "out") == 0
    assert "reports: out/report.html" in (again := capsys.readouterr().out)
    assert "reports: out/halves/report.html" in again


def test_feedback_is_given_back_assignment_by_assignment(kit, capsys):
    given = tiny.hand_in(kit / "in", ada=tiny.RIGHT)
    archives.folder(given, {"bob/halves.py": HALF})
    run("grade", given, "--out", "out")
    capsys.readouterr()
    assert run("feedback", "out", "--zip", "back.zip") == 2
    assert "give out/halves or out/tiny" in capsys.readouterr().err
    assert run("feedback", "out") == 0
    said = capsys.readouterr().out
    for name in ("tiny", "halves"):
        pages = list(Path("out", name).glob("*/feedback.html"))
        noun = "page" if len(pages) == 1 else "pages"
        assert pages and f"{len(pages)} {noun}: out/{name}/<student>/feedback.html" in said


def test_results_of_another_assignment_are_not_written_over(kit, capsys):
    run("grade", tiny.hand_in(kit / "in", ada=tiny.RIGHT), "--out", "out")
    before = files_in(Path("out"))
    archives.folder(kit / "later", {"ada/halves.py": HALF, "bob/halves.py": WHOLE})
    for how in ((), ("--assignment", "halves")):
        assert run("grade", "later", "--out", "out", *how) == 0
        assert before.items() <= files_in(Path("out")).items()
        assert gradings(Path("out/halves")) == 2


def test_a_class_with_nothing_of_any_is_refused_in_one_sentence(kit, capsys):
    archives.folder(kit / "in", {"ada/notes.txt": b""})
    assert run("grade", "in", "--out", "out") == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == (
        "autograder: nobody in in handed in halves.py or tiny.py; say which assignment it is with"
        " --assignment: halves, tiny"
    )


# one file

FILES = {
    "halves.py": HALF,
    "Halves (2).py": HALF,
    "mine.py": HALF,
    "halves-handin.zip": archives.zip_bytes({"halves.py": HALF}),
    "ada.zip": archives.zip_bytes({"week 3/halves.py": HALF}),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_graded_by_its_name_or_by_what_is_in_it(name: str, kit, capsys):
    Path(name).write_bytes(FILES[name])
    assert run("check", name) == 0
    assert f"{name}: 5 of 5 points" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.py", b"x = 1\n"),
        ("notes.txt", b""),
        ("both.zip", archives.zip_bytes({"halves.py": HALF, "tiny.py": tiny.RIGHT})),
        ("torn.zip", b"no archive"),
    ],
)
def test_where_a_file_leaves_a_doubt_it_is_asked_for(name: str, content: bytes, kit, capsys):
    Path(name).write_bytes(content)
    assert run("check", name) == 2
    said = capsys.readouterr().err
    assert said == "autograder: say which assignment it is with --assignment: halves, tiny\n"
    assert run("check", name, "--assignment", "halves") == 0
