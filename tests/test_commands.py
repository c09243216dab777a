"""The commands as a person meets them: help, one clear sentence, a class, pytest's door."""

import contextlib
import json
import logging
import subprocess
import sys
from dataclasses import replace

import pytest
import tiny

import nndl2
from autograder import assignments, grade, verify
from autograder.__main__ import main
from autograder.assignments import Specimen
from autograder.classes import class_run
from autograder.isolation import Limits

COMMANDS = ["check", "grade", "report", "questions", "new", "release", "verify"]
LOOPS = tiny.RIGHT.replace(b"return 2 * x", b"\n    while True: pass")
EXITS = b"import os\nos._exit(0)\n"


@pytest.fixture
def tiny_kit(monkeypatch, warm, weak, tmp_path):
    """A kit that holds the tiny assignment alone, and grades through real processes."""

    @contextlib.contextmanager
    def opened(walls):
        yield warm if walls else weak

    monkeypatch.setattr(assignments, "names", lambda: ["tiny"])
    monkeypatch.setattr(assignments, "load", lambda name: tiny.private())
    monkeypatch.setattr("autograder.isolation.WarmParent", opened)
    for module in (grade, class_run):
        monkeypatch.setattr(module, "LIMITS", Limits(question_seconds=2))
    monkeypatch.setenv("AUTOGRADER_SECRET", "a secret of the tests")
    return tmp_path


def run(*args):
    return main([str(a) for a in args])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as e:
        main([command, "--help"])
    said = capsys.readouterr().out
    assert e.value.code == 0 and "example:" in said and f"autograder {command}" in said


@pytest.mark.parametrize(
    ("given", "status", "say"),
    [
        ("grad", 2, "there is no command 'grad'; did you mean grade?"),
        ("xyz", 2, "there is no command 'xyz'; the commands are check, grade, report"),
        ("--version", 0, f"nndl2-kit {nndl2.__version__}"),
    ],
)
def test_another_word_than_a_command_is_answered(given, status, say, capsys):
    with pytest.raises(SystemExit) as e:
        main([given])
    assert e.value.code == status and say in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("args", "say"),
    [
        (["check", "nowhere.py"], "there is no file nowhere.py"),
        (["check", "."], ". is a folder; give the file in it"),
        (["check", "pyproject.toml", "--assignment", "gan"], "there is no assignment 'gan'"),
        (["grade", "nowhere", "--out", "out"], "there is no folder or archive nowhere"),
        (["report", "nowhere"], "nowhere is no folder"),
        (["new", "Beta VAE"], "'Beta VAE' is no name for an assignment"),
        (["release", "gan", "--check"], "gan"),
        (["release", "--zip", "out.zip"], "--zip packs one assignment"),
        (["verify", "gan"], "there is no assignment 'gan'"),
        (["report", "x" * 300], "cannot be read or written (File name too long)"),
        (["report", ".", "--canvas-column", "VAE"], "--canvas-column goes with --canvas-gradebook"),
        (["report", ".", "--moodle-feedback"], "--moodle-feedback goes with --moodle-worksheet"),
        (["feedback", ".", "--for", "canvas"], "--for goes with --zip: give both, or neither"),
        (["regrade", ".", "--by", "me"], "--by goes with --waive or --ask-again"),
        (["questions", ".", "--by", "me"], "--by goes with --points"),
        (["questions", ".", "--points", "p.csv", "--out", "to"], "leave out --out"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(args, say, capsys, tmp_path, monkeypatch):
    if "pyproject.toml" in args:
        monkeypatch.chdir(assignments.ROOT)
    else:
        monkeypatch.chdir(tmp_path)
    assert main(args) == 2
    said = capsys.readouterr()
    assert say in said.err and len(said.err.splitlines()) == 1 and said.out == ""


def test_a_folder_that_cannot_be_written_to_is_refused(tiny_kit, capsys):
    folder = tiny.hand_in(tiny_kit / "in", ada=tiny.RIGHT)
    (tiny_kit / "out").write_text("a file")
    assert run("grade", folder, "--out", tiny_kit / "out") == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_check_prints_feedback_and_exits_0_whatever_the_score(tiny_kit, capsys):
    file = tiny_kit / "tiny.py"
    file.write_bytes(tiny.SQUARED)
    assert run("check", file) == 0
    out = capsys.readouterr().out
    assert "x Double (0 of 2)" in out and "Squared." in out
    assert "tiny.py: 1 of 3 points" in out and "isolation: process" in out
    file.write_bytes(tiny.SYNTAX_ERROR)
    assert run("check", file) == 0
    assert "malformed: line 1 of tiny.py opens a ( that is never closed" in capsys.readouterr().out


def test_strict_isolation_refuses_where_a_promise_has_no_wall(tiny_kit, capsys, monkeypatch, weak):
    file = tiny_kit / "tiny.py"
    file.write_bytes(tiny.SQUARED)
    assert run("check", file, "--isolation", "process") == 0
    told = capsys.readouterr()
    assert "1 of 3 points" in told.out
    assert "warning: on this machine nothing keeps a submission from these: read the" in told.err
    monkeypatch.setattr(
        "autograder.isolation.WarmParent", lambda walls: contextlib.nullcontext(weak)
    )
    assert run("check", file, "--isolation", "strict") == 2
    told = capsys.readouterr()
    assert not told.out and "reach the network, reach other processes; docs/threat" in told.err


@pytest.mark.slow
def test_a_class_with_everything_in_it_is_graded(tiny_kit, capsys):
    folder = tiny.hand_in(
        tiny_kit / "in",
        ada=tiny.RIGHT,
        bob=tiny.STUB,
        cyd=tiny.SYNTAX_ERROR,
        dan=EXITS,
        eve=LOOPS,
        zoe=tiny.RIGHT,
    )
    (folder / "fay").mkdir()
    out = tiny_kit / "out"
    assert run("grade", folder, "--out", out, "--jobs", 2) == 0
    said, told = capsys.readouterr()
    assert "\rPyTorch started in" in told  # on a line of its own, above the bar
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in said.splitlines() if line}
    assert lines["ada"] == lines["zoe"] == "2 1 3 / 3 graded"
    assert lines["bob"] == "0 0 0 / 3 graded"
    assert lines["eve"] == "0 1 1 / 3 graded (timed out)"
    assert lines["cyd"] == lines["fay"] == "0 0 0 / 3 malformed"
    assert lines["dan"] == "0 0 0 / 3 malformed (crashed)"
    assert "7 submissions: 4 graded, 3 malformed" in said
    assert "did not answer within 2 s" in (out / "eve" / "feedback.md").read_text()
    assert json.loads((out / "ada" / "results.json").read_text())["score"] == 3
    assert {"grades.csv", "report.html", "journal.jsonl"} <= {p.name for p in out.iterdir()}

    assert run("report", out) == 0
    again = capsys.readouterr().out
    assert again.strip() == said.strip()


@pytest.mark.parametrize("text", ['{"a', None, "99"], ids=["damaged", "deleted", "edited"])
def test_whose_result_is_not_as_it_was_graded_is_named_and_fills_no_gradebook(
    tiny_kit, capsys, text
):
    folder, out = tiny.hand_in(tiny_kit / "in", ada=tiny.RIGHT, bob=tiny.RIGHT), tiny_kit / "out"
    assert run("grade", folder, "--out", out) == 0
    result = out / "ada" / "results.json"
    if text is None:
        result.unlink()
    else:
        edited = result.read_text().replace('"score": 3', f'"score": {text}', 1)
        result.write_text(edited if text == "99" else text)
    for command in (["report"], ["feedback"], ["regrade", "--dry-run"]):
        capsys.readouterr()
        assert run(command[0], out, *command[1:]) == 0
        assert "run `autograder grade` again for: ada" in capsys.readouterr().err
    sheet = tiny_kit / "moodle.csv"
    sheet.write_text("Identifier,Grade,Maximum Grade\nParticipant 1,,3\n")
    assert run("report", out, "--moodle-worksheet", sheet) == 2
    assert "no gradebook is filled in" in capsys.readouterr().err
    if text != "99":
        assert run("why", out, "ada", "double") == 2
        assert "ada cannot be read: run `grade` again" in capsys.readouterr().err
    assert run("grade", folder, "--out", out) == 0 and run("report", out) == 0
    assert "again" not in capsys.readouterr().err


@pytest.fixture
def _a_check_of_ours_fails(tiny_kit, monkeypatch):
    def ask(student, draw, oracle):
        raise ZeroDivisionError("of ours")

    broken = type(tiny.adds_up)("total", "adds_up", "ours", ask)
    one = tiny.private(checks=(tiny.returns_a_tensor, tiny.doubles, broken))
    monkeypatch.setattr(assignments, "load", lambda name: one)


@pytest.mark.usefixtures("_a_check_of_ours_fails")
def test_what_goes_wrong_in_the_grader_stands_in_its_log_and_the_log_ends_with_it(tiny_kit, capsys):
    folder, out = tiny.hand_in(tiny_kit / "in", ada=tiny.RIGHT), tiny_kit / "out"
    before = [*logging.root.handlers], logging.raiseExceptions
    assert run("grade", folder, "--out", out) == 0
    assert "ZeroDivisionError: of ours" in (out / "grader.log").read_text()
    assert f"what went wrong in the grader itself: {out / 'grader.log'}" in capsys.readouterr().out
    assert before == ([*logging.root.handlers], logging.raiseExceptions)


@pytest.mark.usefixtures("_a_check_of_ours_fails")
def test_a_log_that_cannot_be_written_stops_no_grading(tiny_kit):
    folder, out = tiny.hand_in(tiny_kit / "in", ada=tiny.RIGHT), tiny_kit / "out"
    (out / "grader.log").mkdir(parents=True)
    assert run("grade", folder, "--out", out) == 0
    about = json.loads((out / "ada" / "results.json").read_text())["extra_data"]
    assert about["status"] == "held"


class TestVerify:
    def of(self, tmp_path, monkeypatch, **changes):
        """What verify says of the tiny assignment, with a notebook and a release of its own."""
        cell = {
            "cell_type": "code",
            "source": ['check("double")'],
            "metadata": {"nbgrader": {"grade": True, "points": 2}},
        }
        other = json.loads(json.dumps(cell).replace("double", "total").replace("2", "1"))
        (tmp_path / "tiny.ipynb").write_text(json.dumps({"cells": [cell, other]}))
        (tmp_path / "tiny.py").write_bytes(
            b"def double(x):\n    y = None\n    ### BEGIN SOLUTION\n    y = 2 * x\n"
            b"    ### END SOLUTION\n    return y\n\n\ndef total(x):\n    y = None\n"
            b"    ### BEGIN SOLUTION\n    y = x.sum()\n    ### END SOLUTION\n    return y\n"
        )
        monkeypatch.setattr(verify, "release_problems", lambda private: [])
        private = replace(tiny.private(source=tmp_path), **changes)
        return verify.verify(private, tiny.Parent())

    def test_an_assignment_in_order_has_no_problem(self, tmp_path, monkeypatch):
        findings = self.of(tmp_path, monkeypatch)
        assert findings.problems == []
        assert findings.total == {"right": 1, "stub": 1, "wrong": 1}
        assert "diagnosis right" in findings.table() and "1 of 1 (100 %)" in findings.table()

    def test_a_program_that_knows_the_table_is_counted_apart(self, tmp_path, monkeypatch):
        plain = Specimen("no", tiny.SQUARED, ("double.doubles",), ("double",))
        knowing = Specimen("sly", tiny.SQUARED, ("double.doubles",), ("double",), knowing=True)
        findings = self.of(tmp_path, monkeypatch, specimens=lambda: [plain, knowing])
        assert findings.problems == []
        assert (findings.total["wrong"], findings.total["knowing"]) == (1, 1)
        assert findings.nameable == 1
        assert "programs that know the table caught     1 of 1" in findings.table()

    @pytest.mark.parametrize(
        ("specimen", "say"),
        [
            (Specimen("no", tiny.SQUARED), "right, no: 1 of 3 points, not full marks"),
            (Specimen("no", tiny.RIGHT, ("total.adds_up",)), "total.adds_up passes"),
            (
                Specimen("no", tiny.SQUARED, ("double.doubles",), ("total",)),
                "loses double in place of total",
            ),
            (
                Specimen("no", tiny.SQUARED, ("double.doubles",), ("double",), "halved"),
                "is diagnosed squared, not halved",
            ),
            (Specimen("no", tiny.SQUARED, ("double.none",)), "double.none, which is no check"),
        ],
    )
    def test_a_specimen_that_is_graded_otherwise_is_named(
        self, specimen, say, tmp_path, monkeypatch
    ):
        findings = self.of(tmp_path, monkeypatch, specimens=lambda: [specimen])
        assert len(findings.problems) == 1 and say in findings.problems[0]

    def test_points_that_the_notebook_does_not_print_are_named(self, tmp_path, monkeypatch):
        findings = self.of(tmp_path, monkeypatch, points={"double": 2, "total": 2})
        assert findings.problems == ["points: Total has 2, the notebook says 1"]

    def test_a_stub_that_is_taken_for_a_try_is_named(self, tmp_path, monkeypatch):
        def ask(student, draw, oracle):
            raise ZeroDivisionError

        broken = replace(tiny.adds_up, ask=ask)
        findings = self.of(
            tmp_path,
            monkeypatch,
            checks=(tiny.returns_a_tensor, tiny.doubles, broken),
            specimens=lambda: [],
        )
        assert any(
            p.startswith("stub, untouched: total.adds_up ends in") for p in findings.problems
        )
        assert any("no check of Total says" in p for p in findings.problems)


@pytest.mark.slow
def test_check_needs_only_what_a_bare_machine_has(tmp_path):
    code = f"""
import sys
from autograder.__main__ import main
assert main(["check", {str(tmp_path / "vae.py")!r}, "--train", "never"]) == 0
heavy = {{"torch", "torchvision", "matplotlib", "nbgrader", "nbconvert", "jinja2", "IPython"}}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    (tmp_path / "vae.py").write_text("import a_package_that_is_nowhere\n")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=assignments.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "vae.py: held:" in done.stdout


INTERRUPTS = {
    "one stops the work": ("ctrl_c()", 130),
    "a plain kill stops it, too": ("ctrl_c(key=signal.SIGTERM)", 130),
    "another while the first is seen to": ("try: ctrl_c()\n    finally: ctrl_c()", 130),
    "another while Python ends": ("sys.last = Last(); return 130", 130),
    "one too late to stop anything": ("sys.last = Last(); return 0", 0),
}


@pytest.mark.parametrize(("work", "status"), INTERRUPTS.values(), ids=INTERRUPTS)
def test_ctrl_c_leaves_the_command_s_own_exit_status(work, status):
    code = f"""
import os, signal, sys
from autograder.isolation import interruptible
def ctrl_c(kill=os.kill, me=os.getpid(), key=signal.SIGINT): kill(me, key)
class Last:
    def __del__(self, ctrl_c=ctrl_c): ctrl_c()
def work():
    {work}
sys.exit(interruptible(work, 130))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=assignments.ROOT, capture_output=True)
    assert (done.returncode, done.stderr) == (status, b"")


def test_ctrl_c_while_a_command_imports_what_it_needs_is_no_traceback():
    code = """
import os, runpy, signal, sys
class Stops:
    def find_spec(self, name, *_):
        if name == "numpy": os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stops())
sys.argv = ["autograder", "report", "nowhere"]
runpy.run_module("autograder", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=assignments.ROOT, capture_output=True)
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.slow
class TestPytestsDoor:
    def pytest(self, *args, cwd=assignments.ROOT):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *map(str, args)]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True)

    def test_each_check_is_an_item_and_nothing_beside_the_file_is_run(self, tmp_path):
        source = (assignments.ROOT / "source" / "vae" / "vae.py").read_text()
        (tmp_path / "vae.py").write_text(source.replace("z = mu + sigma * epsilon", "z = mu"))
        mark = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
        (tmp_path / "conftest.py").write_text(mark)
        (tmp_path / "test_mine.py").write_text(mark)
        (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
        done = self.pytest("autograder", "--submission", tmp_path / "vae.py")
        assert done.returncode == 1 and not (tmp_path / "ran").exists()
        assert "autograder/test_submission.py::test_check[encoder.mu." in done.stdout
        assert "test_mine" not in done.stdout and "Traceback" not in done.stdout
        lines = [line for line in done.stdout.splitlines() if "::test_check[" in line]
        assert not [x for x in lines if "[decoder." in x and "PASSED" not in x]
        assert [x for x in lines if "[reparametrize." in x and "FAILED" in x]
        assert [x for x in lines if "[train." in x and "SKIPPED" in x]

    def test_a_file_that_is_not_there_is_named(self, tmp_path):
        done = self.pytest("autograder", "--submission", tmp_path / "none.py")
        assert done.returncode == 4 and "there is no file" in done.stderr

    def test_settings_other_than_the_kits_are_refused(self, tmp_path):
        (tmp_path / "vae.py").write_text("")
        (tmp_path / "other.ini").write_text("[pytest]\naddopts = -p autograder.door\n")
        done = self.pytest(
            "-c", tmp_path / "other.ini", "autograder", "--submission", tmp_path / "vae.py"
        )
        assert done.returncode == 4 and "pytest took its settings from" in done.stderr
