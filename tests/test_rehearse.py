"""The rehearsal: what it counts, when it is good, and that it says what a student is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace as Namespace
from typing import Any

import pytest

from autograder import assignments, rehearse
from autograder.assignments import Specimen, load
from autograder.assignments.vae.specimens import knowing
from autograder.grade import grade_one
from autograder.isolation import WarmParent
from autograder.rehearse import GOALS, GREEN, KNOWING, NAMED, RED, judged
from autograder.training import Trainer
from autograder.verify import SECRET, as_manifest
from nndl2.checks import words
from nndl2.checks.model import Outcome

GOOD = Specimen("good", b"")
BAD = Specimen("bad", b"", ("loss.averages",), ("loss",), "summed")
KNOWS = Specimen("knows", b"", ("loss.averages",), ("loss",), knowing=True)
THREE = (GOOD, BAD, KNOWS)
AS_IT_SHOULD: dict[str, dict[str, Any]] = {
    "good": {"green": True, "failing": [], "unanswered": []},
    "bad": {"green": False, "failing": [["loss.averages", "summed"]], "unanswered": []},
    "knows": {"green": True, "failing": [], "unanswered": []},
}
TYPED = """
import os, runpy, sys, torch

for file in sys.argv[1:]:
    if os.fork() == 0:
        os.dup2(os.open(f"{file}.txt", os.O_WRONLY | os.O_CREAT), 1)
        sys.argv[1:] = [file]
        runpy.run_module("nndl2.checks", run_name="__main__")
    print(file, os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""  # python -m nndl2.checks for each file, in a fork of a process that has imported torch


def with_answer(name: str, **changes: Any) -> dict[str, dict[str, Any]]:
    return {**AS_IT_SHOULD, name: {**AS_IT_SHOULD[name], **changes}}


class TestJudging:
    def test_specimens_that_are_as_they_should_be_are_counted_and_good(self):
        found = judged(THREE, AS_IT_SHOULD)
        assert found.good and not found.problems
        assert found.counts[RED] == found.counts[NAMED] == (1, 1)
        assert found.counts[GREEN] == found.counts[KNOWING] == (1, 1)
        assert len(found.table().splitlines()) == len(GOALS)

    @pytest.mark.parametrize(
        ("name", "changes", "problem"),
        [
            (
                "good",
                {"green": False, "failing": [["loss.shape", ""]]},
                "not right ones green: good, loss.shape (no cause)",
            ),
            ("bad", {"failing": [["loss.averages", ""]]}, "not cause named: bad, loss.averages"),
            ("bad", {"failing": [["loss.averages", "other"]]}, "not cause named: bad"),
            ("knows", {"green": False}, "not knowing ones green: knows"),
            (
                "good",
                {"unanswered": ["loss.shape"]},
                "not all questions in the table: good, loss.shape not answered",
            ),
        ],
    )
    def test_one_that_is_not_is_told_and_not_good(self, name, changes, problem):
        found = judged(THREE, with_answer(name, **changes))
        assert not found.good
        assert len(found.problems) == 1 and found.problems[0].startswith(problem)

    def test_a_wrong_one_that_is_green_is_neither_red_nor_named(self):
        found = judged(THREE, with_answer("bad", green=True, failing=[]))
        assert not found.good and found.counts[RED] == found.counts[NAMED] == (0, 1)
        assert found.problems[0] == "not wrong ones red: bad, nothing fails"

    def test_the_check_of_the_manifest_names_before_the_others(self):
        both = [["loss.shape", "other"], ["loss.averages", "summed"]]
        assert judged(THREE, with_answer("bad", failing=both)).good

    def test_one_without_an_answer_is_missed_everywhere(self):
        found = judged(THREE, {k: v for k, v in AS_IT_SHOULD.items() if k != "bad"})
        assert not found.good and found.problems == [
            f"not {what}: bad, no answer" for what in (RED, NAMED, rehearse.ANSWERED)
        ]

    @pytest.mark.parametrize(("missed", "good"), [(2, True), (3, False)])
    def test_two_of_a_hundred_wrong_ones_may_be_green(self, missed, good):
        many = [Specimen(str(i), b"", ("loss.averages",), ("loss",)) for i in range(100)]
        told = {s.name: {**AS_IT_SHOULD["bad"], "green": int(s.name) < missed} for s in many}
        assert judged(many, told).good is good


class TestTheCommand:
    @pytest.fixture(autouse=True)
    def kit(self, monkeypatch):
        monkeypatch.setattr(assignments, "names", lambda: ["tiny"])
        monkeypatch.setattr(assignments, "load", lambda name: Namespace(specimens=lambda: THREE))

    @pytest.mark.parametrize(("green", "status"), [(False, 0), (True, 1)])
    def test_it_prints_the_table_and_ends_by_the_goals(self, green, status, monkeypatch, capsys):
        answers = with_answer("bad", green=green)
        monkeypatch.setattr(rehearse, "rehearse", lambda private, those: judged(those, answers))
        assert rehearse.main([]) == status
        assert capsys.readouterr().out.startswith("tiny, in the notebook\nwrong ones red")

    @pytest.mark.parametrize("argv", [["nobody"], ["--only", "nobody"]])
    def test_what_is_not_there_is_said(self, argv, monkeypatch, capsys):
        if argv == ["nobody"]:
            monkeypatch.undo()
        assert rehearse.main(argv) == rehearse.BAD_INPUT
        assert "nobody" in capsys.readouterr().err

    def test_ctrl_c_ends_it_in_a_word(self, monkeypatch, capsys):
        def interrupted(private, those):
            raise KeyboardInterrupt

        monkeypatch.setattr(rehearse, "rehearse", interrupted)
        assert rehearse.main([]) == rehearse.INTERRUPTED
        assert capsys.readouterr().err == "\nstopped\n"


def some(specimens: list[Specimen], n: int) -> list[Specimen]:
    """`n` of them, spread over all."""
    return [specimens[i * len(specimens) // n] for i in range(n)]


@pytest.fixture(scope="module")
def vae():
    return load("vae")


@pytest.fixture(scope="module")
def those_who_know(vae) -> list[Specimen]:
    return [s for s in vae.specimens() if s.knowing]


@pytest.fixture(scope="module")
def twenty(vae) -> list[Specimen]:
    """Right ones, wrong ones, sly ones and knowing ones."""
    every = list(vae.specimens())
    sly = [s for s in every if s.name.startswith("sly_")]
    wrong = [s for s in every if not s.right and not s.knowing and s not in sly]
    right, knows = [s for s in every if s.right], [s for s in every if s.knowing]
    return [*some(right, 5), *some(wrong, 10), *some(sly, 2), *some(knows, 3)]


@pytest.fixture(scope="module")
def unpacked(vae, tmp_path_factory) -> Path:
    return rehearse.unpacked(vae, tmp_path_factory.mktemp("unpacked"))


@pytest.fixture(scope="module")
def told(vae, unpacked, twenty, those_who_know) -> Mapping[str, Mapping[str, Any]]:
    chosen = {s.name: s for s in (*twenty, *those_who_know)}
    return dict(rehearse.answers(unpacked, vae, list(chosen.values())))


@pytest.mark.slow
class TestInAnUnpackedRelease:
    def test_the_command_that_students_type_says_the_same(self, vae, unpacked, twenty, told):
        scored = {c.id for c in vae.checks if c.costs_points}
        files = {s.name: f"asked/{s.name}/vae.py" for s in twenty}
        ended = _typed(unpacked, list(files.values()))
        for specimen in twenty:
            said = (unpacked / f"{files[specimen.name]}.txt").read_text("utf-8")
            answer = told[specimen.name]
            failing = {check.partition(".")[0] for check, _ in answer["failing"] if check in scored}
            titles = {f"x {vae.public.parts[part].title} (" for part in failing}
            crosses = {line[: line.index("(") + 1] for line in _crossed(said)}
            assert (ended[files[specimen.name]] == "0") is answer["green"], specimen.name
            assert crosses == titles, specimen.name
            if cause := rehearse.named(specimen, answer) if specimen.fails else "":
                assert vae.misconceptions[cause].cause in said, specimen.name

    def test_every_question_is_recorded(self, told, twenty, those_who_know):
        """`make rehearse`, which `make test` runs, finds it out of all of them."""
        assert told.keys() == {s.name for s in (*twenty, *those_who_know)}
        assert not {name: a["unanswered"] for name, a in told.items() if a["unanswered"]}


def _typed(folder: Path, files: list[str]) -> dict[str, str]:
    """The exit status of the command that students type, for each file; its text lies beside it."""
    done = subprocess.run(
        [sys.executable, "-c", TYPED, *files],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())


def _crossed(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("x ")]


@pytest.mark.slow
class TestThoseWhoKnow:
    def test_they_are_many_and_green_in_the_notebook(self, those_who_know, told):
        assert len(those_who_know) >= 8
        assert all(told[s.name]["green"] and not told[s.name]["failing"] for s in those_who_know)

    def test_the_grader_catches_them_and_says_where_to_look(
        self, vae, those_who_know, warm: WarmParent
    ):
        for specimen in those_who_know:
            graded = grade_one(vae, specimen.source, warm, SECRET, Trainer("never"))
            failing = [v for v in graded.report.verdicts if v.outcome is Outcome.FAIL]
            elsewhere = specimen.name not in knowing.NOWHERE_ELSE
            assert not as_manifest(vae, specimen, graded), specimen.name
            assert failing and all(v.elsewhere is elsewhere for v in failing), specimen.name
            text = words.text(graded.report)
            assert (words.ELSEWHERE in text) is elsewhere, specimen.name
            assert "cheat" not in text.lower(), specimen.name
