"""The zip for Gradescope, in a mock of the container's layout: always a valid results.json."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import tiny

from autograder import assignments, results
from autograder.__main__ import main
from autograder.grade import grade_one
from autograder.gradescope import bundle
from autograder.gradescope.container import Board, NoTraining
from autograder.intake import BadInput
from autograder.isolation import seccomp
from autograder.isolation.system import descendants
from autograder.results.graded import Graded
from autograder.verdicts.asking import LIMITS
from nndl2.checks.model import Reason, Unusable

KEY = b"a secret of the tests, and no other"
VAE = assignments.load("vae")
REFERENCE = VAE.reference
WRONG = REFERENCE.replace(b"z = mu + sigma * epsilon", b"z = mu + sigma")
ANOTHER = 12345  # a user without a name, as good as `student`
OUTCOMES = {"passed", "failed"}


def packed(folder: Path, **options) -> Path:
    return bundle.pack(VAE, folder / "autograder.zip", KEY, **options)


def read(archive: Path, label: str) -> str:
    with zipfile.ZipFile(archive) as opened:
        return opened.read(label).decode()


# The zip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("packed"), torch_index="https://example.org/cpu")


class TestTheZip:
    def test_its_root_holds_the_two_programs_executable(self, archive):
        with zipfile.ZipFile(archive) as opened:
            mode = {i.filename: i.external_attr >> 16 for i in opened.infolist()}
        assert mode["setup.sh"] == mode["run_autograder"] == 0o100755
        assert mode[".autograder-secret"] == 0o100600
        assert read(archive, "run_autograder").startswith("#!/bin/sh\n")

    def test_it_holds_what_grades_and_nothing_that_tries_the_course(self, archive):
        labels = set(zipfile.ZipFile(archive).namelist())
        assert {"autograder/assignments/vae/formulas.py", "nndl2/answers/vae.json"} <= labels
        assert {"autograder/oracles/losses.py", "nndl2/laws/losses.py"} <= labels
        assert "nndl2/checks/vae/loss.py" in labels
        never = ("specimens", "source/", "__pycache__", "mutants", "skeleton", "test_", ".ipynb")
        for word in never:
            assert not [label for label in labels if word in label]

    def test_what_is_another_assignments_stays_at_home(self, tmp_path):
        for package in ("autograder", "nndl2"):
            shutil.copytree(assignments.ROOT / package, tmp_path / package)
        shutil.copytree(assignments.ROOT / "release", tmp_path / "release")
        shutil.copy(assignments.ROOT / "constraints.txt", tmp_path)
        other = tmp_path / bundle.PRIVATE / "gan"
        shutil.copytree(tmp_path / bundle.PRIVATE / "vae", other)
        shutil.copytree(tmp_path / "nndl2/checks/vae", tmp_path / "nndl2/checks/gan")
        answers = tmp_path / "nndl2/answers"
        shutil.copy(answers / "vae.json", answers / "gan.json")
        labels = zipfile.ZipFile(packed(tmp_path, root=tmp_path)).namelist()
        assert [x for x in labels if "/vae/" in x] and "nndl2/answers/vae.json" in labels
        assert not [x for x in labels if "/gan/" in x or "/gan." in x]

    def test_equal_sources_give_equal_bytes_and_only_the_owner_reads_them(self, archive, tmp_path):
        again = packed(tmp_path, torch_index="https://example.org/cpu")
        assert again.read_bytes() == archive.read_bytes()
        assert archive.stat().st_mode & 0o777 == 0o600

    def test_the_index_for_torch_is_what_the_instructor_gave_and_no_other(self, archive, tmp_path):
        assert "\ntorch_index=https://example.org/cpu\n" in read(archive, "setup.sh")
        assert "\ntorch_index=''\n" in read(packed(tmp_path), "setup.sh")
        assert "://" not in read(packed(tmp_path), "setup.sh")

    def test_grading_ends_before_four_fifths_of_the_limit(self, tmp_path):
        script = read(packed(tmp_path, minutes=40), "run_autograder")
        assert "--kill-after=10 1910 " in script and "--seconds 1890\n" in script
        for minutes in (9, 10, 40):
            done, end = bundle.seconds(minutes)
            assert 2 * LIMITS.budget_seconds < done < end <= 0.8 * 60 * minutes - bundle.KILL_AFTER

    def test_the_scripts_are_sound_shell(self, archive, tmp_path):
        for label, shell in (("setup.sh", "bash"), ("run_autograder", "sh")):
            (tmp_path / label).write_text(read(archive, label))
            assert "@" not in read(archive, label).replace('"${pip[@]}"', "")
            subprocess.run([shell, "-n", tmp_path / label], check=True)

    def test_locked_versions_are_for_the_pythons_that_have_them(self, archive):
        pins = read(archive, "constraints.txt").splitlines()
        assert [pin.partition("==")[0] for pin in pins] == ["numpy", "torch", "tqdm"]
        assert all(pin.endswith(' ; python_version >= "3.11"') for pin in pins)

    @pytest.mark.parametrize(
        ("options", "say"),
        [
            ({"torch_index": "cpu"}, "no address of a package index"),
            ({"minutes": 5}, "a limit of 5 minutes; give 9 to 40"),
            ({"minutes": 60}, "a limit of 60 minutes; give 9 to 40"),
            ({"key": b"short"}, "needs 16 characters"),
        ],
    )
    def test_what_cannot_work_there_is_refused_here(self, options, say, tmp_path):
        with pytest.raises(BadInput, match=say):
            bundle.pack(VAE, tmp_path / "a.zip", **{"key": KEY, **options})

    def test_what_stands_in_its_place_stays_where_it_cannot_be_written(self, tmp_path):
        tmp_path.chmod(0o755)
        with pytest.raises(BadInput, match="is a folder; give a name for the zip"):
            bundle.pack(VAE, tmp_path, KEY)
        assert tmp_path.stat().st_mode & 0o777 == 0o755
        old = tmp_path / "autograder.zip"
        old.write_text("an older zip")
        with pytest.raises(BadInput, match="cannot be written"):
            bundle.pack(VAE, old / "autograder.zip", KEY)
        assert [p.name for p in tmp_path.iterdir()] == [old.name] and old.read_text()

    def test_the_command_packs_it_with_the_courses_secret(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setenv("AUTOGRADER_SECRET", KEY.decode())
        file = tmp_path / "autograder.zip"
        assert main(["gradescope", "vae", "--out", str(file)]) == 0
        assert read(file, ".autograder-secret") == KEY.decode() + "\n"
        assert "Without --torch-index" in capsys.readouterr().out
        assert main(["gradescope", "vae", "--out", str(tmp_path / "no" / "where.zip")]) == 2
        assert "cannot be written" in capsys.readouterr().err


# What is shown


def graded(source: bytes = tiny.RIGHT, **changes) -> Graded:
    private = tiny.private(**changes)
    return grade_one(private, source, tiny.Parent(), KEY, NoTraining("never"))


def test_a_part_is_seen_by_whom_the_table_says_before_its_task():
    table = {"double": "hidden", "total": "after_published"}
    entries = results.gradescope(graded(visibility=table))["tests"]
    seen = {(e["extra_data"]["part"], e["visibility"]) for e in entries}
    assert seen == {*table.items(), ("train", "visible")}


@pytest.mark.parametrize("source", [tiny.RIGHT, tiny.SYNTAX_ERROR])
def test_where_a_test_is_not_visible_no_sentence_tells_the_total(source):
    assert "of 3 points" in results.gradescope(graded(source))["output"]
    closed = results.gradescope(graded(source, visibility={"total": "hidden"}))
    assert "points" not in closed["output"] and closed["output"]


@pytest.mark.parametrize("table", [{"doubel": "hidden"}, {"double": "secret"}])
def test_a_visibility_that_means_nothing_is_refused(table):
    with pytest.raises(ValueError, match="one of visible, after_due_date"):
        tiny.private(visibility=table)


class TestTheBoard:
    def board(self, folder: Path) -> Board:
        return Board(tiny.private(), folder / "results.json")

    def shown(self, board: Board) -> dict:
        return valid(json.loads(board.file.read_text()), 3)

    def test_it_shows_each_task_as_it_is_done_and_holds_the_rest(self, tmp_path):
        board = self.board(tmp_path)
        verdicts = graded().report.verdicts
        board.hear(verdicts[0])
        assert not board.file.exists()
        board.hear(verdicts[1])
        shown = self.shown(board)
        assert shown["score"] == 2 and shown["extra_data"]["status"] == "held"
        assert "not graded yet; 2 of 3 points so far" in shown["output"]

    def test_what_comes_after_the_end_changes_nothing(self, tmp_path):
        board = self.board(tmp_path)
        board.settle(Unusable("the time is over", Reason.ENVIRONMENT))
        for verdict in graded().report.verdicts:
            board.hear(verdict)
        board.settle(graded())
        assert self.shown(board)["output"].startswith("held: the time is over; 0 of 3")

    def test_what_is_known_at_the_end_tells_the_time_and_the_walls(self, tmp_path):
        board = self.board(tmp_path)
        board.isolation, board.began = "process + limits", board.began - 7
        board.settle(Unusable("the time is over", Reason.ENVIRONMENT))
        assert self.shown(board)["execution_time"] >= 7
        assert "isolation: process + limits" in self.shown(board)["output"]


# In the container


def valid(result: dict, most: float = 12) -> dict:
    """`result`, which Gradescope takes: all keys, known words, and scores that add up."""
    assert 0 <= result["score"] <= most and result["execution_time"] >= 0
    assert result["visibility"] == "visible" and result["stdout_visibility"] == "hidden"
    assert result["output"] and result["output_format"] == "text" and result["tests"]
    for entry in result["tests"]:
        assert entry["name"] and entry["number"] and entry["status"] in OUTCOMES
        assert entry["visibility"] in assignments.VISIBILITIES
        assert isinstance(entry["output"], str) and entry["output_format"] == "text"
        assert 0 <= entry.get("score", 0) <= entry.get("max_score", 0)
    assert sum(entry.get("score", 0) for entry in result["tests"]) == result["score"]
    assert sum(entry.get("max_score", 0) for entry in result["tests"]) == most
    return result


ROOT_ONLY = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="Gradescope's container is root's"
)
DOCKERLIKE = pytest.mark.skipif(
    not seccomp.available() or not shutil.which("setpriv"), reason="needs seccomp and setpriv"
)
DOCKER = [sys.executable, str(Path(__file__).with_name("dockerlike.py"))]


class Container:
    """/autograder at another place, made by root, which other users can enter."""

    def __init__(self, root: Path, key: bytes = KEY):
        self.root = root
        root.chmod(0o755)
        for name in ("source", "submission", "results"):
            (root / name).mkdir()
        (root / "submission_metadata.json").write_text('{"canary": 1}')
        bundle.pack(VAE, root / "autograder.zip", key)
        subprocess.run(
            [sys.executable, "-m", "zipfile", "-e", root / "autograder.zip", root / "source"],
            check=True,
        )
        (root / "autograder.zip").unlink()
        self.program.write_bytes((root / "source" / "run_autograder").read_bytes())

    @property
    def program(self) -> Path:
        """Where Gradescope copies run_autograder to."""
        return self.root / "run_autograder"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of ours but where things are; the Python has what setup.sh would install."""
        given = {"AUTOGRADER_ROOT": str(self.root), "AUTOGRADER_PYTHON": sys.executable}
        return {"PATH": os.environ["PATH"], **given}

    def start(self, *before: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*before, "sh", str(self.program)],
            env=self.environment | more,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def grade(self, files: dict[str, bytes], *before: str, **more: str) -> dict:
        """What results.json says after `files` were handed in."""
        self.hand_in(files)
        process = self.start(*before, **more)
        self.said = process.communicate()[0]
        assert process.returncode == 0
        return self.result

    def hand_in(self, files: dict[str, bytes]) -> None:
        for name in ("submission", "results"):
            shutil.rmtree(self.root / name)
            (self.root / name).mkdir()
        for name, content in files.items():
            (self.root / "submission" / name).write_bytes(content)

    @property
    def result(self) -> dict:
        return valid(json.loads((self.root / "results" / "results.json").read_text()))

    def change(self, path: Path, old: str, new: str) -> None:
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def open_to_others(self, name: str) -> bool:
        """Whether a user who owns nothing can list a folder or read a file of it."""
        command = ["ls" if (self.root / name).is_dir() else "cat", str(self.root / name)]
        done = subprocess.run(
            command, user=ANOTHER, group=ANOTHER, extra_groups=[], capture_output=True
        )
        return done.returncode == 0


@pytest.fixture
def container() -> Iterator[Container]:
    with tempfile.TemporaryDirectory(prefix="gradescope-") as folder:
        yield Container(Path(folder))


def scores(entries: list[dict]) -> list[tuple]:
    return [(e["name"], e["status"], e.get("score"), e.get("max_score")) for e in entries]


@ROOT_ONLY
class TestTheContainer:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("file", "source"),
        [("vae.py", REFERENCE), ("vae (1).py", WRONG), ("vae.py", b"def f(:\n")],
        ids=["right", "wrong", "malformed"],
    )
    def test_a_submission_gets_the_score_that_grade_gives(self, file, source, container, warm):
        found = container.grade({file: source, "vae.ipynb": b"{}", "notes.txt": b"hello"})
        told = grade_one(VAE, source, warm, KEY, NoTraining("never"), file="vae.py")
        assert scores(found["tests"]) == scores(results.gradescope(told)["tests"])
        assert found["extra_data"]["status"] == told.status.value
        assert found["output"].splitlines()[0] == told.summary
        assert ("graded from vae (1).py" in found["output"]) is (file != "vae.py")
        assert "isolation: process + limits" in container.said

    @pytest.mark.slow
    @DOCKERLIKE
    def test_a_hostile_one_reads_and_changes_nothing_in_a_container_of_docker(self, container):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            hostile = HOSTILE % (str(container.root).encode(), port)
            found = container.grade({"vae.py": REFERENCE + hostile}, *DOCKER)
        assert found["output"].endswith("isolation: process + limits + uid + seccomp")
        told = [e["output"] for e in found["tests"] if "raised ValueError: done" in e["output"]]
        assert told and all("done: a file of its own." in output for output in told), told
        assert found["extra_data"]["status"] == "graded" and found["score"] < 12

    def test_without_a_file_there_is_a_sentence(self, container):
        found = container.grade({})
        assert "no vae.py found in submission" in found["output"] and found["score"] == 0
        assert found["extra_data"]["status"] == "malformed"

    def test_of_two_files_none_is_guessed(self, container):
        found = container.grade({"vae (1).py": REFERENCE, "vae_final.py": WRONG})
        assert "two different files" in found["output"]
        assert found["extra_data"]["status"] == "malformed" and found["score"] == 0

    def test_other_users_enter_neither_source_nor_results_nor_submission(self, container):
        places = ["source", "source/setup.sh", "results", "submission", "submission_metadata.json"]
        assert all(container.open_to_others(place) for place in places)
        container.grade({"vae.py": b""}, AUTOGRADER_PYTHON="/bin/true")
        assert container.open_to_others(".")
        assert not [p for p in [*places, "results/results.json"] if container.open_to_others(p)]
        assert not container.open_to_others("source/.autograder-secret")

    @pytest.mark.parametrize(
        "breakage",
        [
            lambda c: (c.root / "source" / "nndl2" / "checks" / "run.py").unlink(),
            lambda c: c.change(c.program, "10 470 ", "10 0.01 "),
            lambda c: c.change(c.program, '"$python" -E', "/no/python -E"),
        ],
        ids=["a file is missing", "it is killed", "no Python"],
    )
    def test_when_we_break_it_says_not_graded_yet(self, breakage: Callable, container):
        breakage(container)
        found = container.grade({"vae.py": REFERENCE})
        assert found["output"].startswith("held: it is not graded yet; 0 of 12 points so far")

    def test_when_the_grader_stumbles_only_the_staff_sees_how(self, container):
        grader = container.root / "source" / "autograder" / "gradescope" / "container.py"
        container.change(grader, "    one = handed(", "    raise RuntimeError\n    one = handed(")
        found = container.grade({"vae.py": REFERENCE})
        assert found["output"].startswith("held: the grader itself stumbled over this submission")
        assert "RuntimeError" in container.said and "RuntimeError" not in str(found)

    @pytest.mark.slow
    def test_when_time_is_over_it_says_so(self, container):
        container.change(container.program, "--seconds 450", "--seconds 0.5")
        found = container.grade({"vae.py": REFERENCE})
        assert "held: the 0.5 s for grading one submission are used up" in found["output"]

    @pytest.mark.slow
    def test_killed_half_way_it_keeps_what_was_known(self, container):
        slow = REFERENCE + b"\ndef loss_function(*_):\n    __import__('time').sleep(1000)\n"
        container.hand_in({"vae.py": slow})
        process = container.start()
        file = container.root / "results" / "results.json"
        while not (file.exists() and '"outcome": "pass"' in file.read_text()):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
                raise AssertionError(process.communicate()[0])
        for pid in [process.pid, *descendants(process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.communicate()
        found = container.result
        assert 0 < found["score"] < 12 and "held: it is not graded yet" in found["output"]

    @pytest.mark.slow
    def test_setup_closes_the_source_and_tries_it(self, container):
        script = container.root / "source" / "setup.sh"
        done = subprocess.run(
            ["bash", script], env=container.environment, cwd="/", capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert "VAE.encoder is not written yet" in done.stdout
        assert not container.open_to_others("source") and container.open_to_others(".")

    def test_nothing_that_grades_is_taken_from_outside_the_zip(self, container):
        code = """
import pathlib, sys
import autograder.gradescope.container, autograder.assignments.vae, autograder.commands.run
for name in ("autograder", "nndl2"):
    files = [m.__file__ for n, m in sys.modules.items() if f"{n}.".startswith(f"{name}.")]
    assert files and all(pathlib.Path(f).is_relative_to(pathlib.Path.cwd()) for f in files), files
assert not {"torch", "yaml", "nbgrader", "matplotlib"} & set(sys.modules)
"""
        command = [sys.executable, "-E", "-s", "-c", code]
        subprocess.run(command, cwd=container.root / "source", check=True)


HOSTILE = b"""
import os as _os, socket as _socket
_root, _port = "%s", %d
_folders = ("source", "results", "submission")
_files = ("source/.autograder-secret", "source/waiting.json", "results/results.json")
_done = []

def _others():
    for pid in filter(str.isdigit, _os.listdir("/proc")):
        if int(pid) != _os.getpid():
            try:
                if open(f"/proc/{pid}/environ").read():
                    return
            except OSError:
                pass
    raise OSError

_deeds = {
    "a file of its own": lambda: open("own", "w").write("x"),
    **{f"read {f}": lambda f=f: open(f"{_root}/{f}").read() for f in _files},
    **{f"list {d}": lambda d=d: _os.listdir(f"{_root}/{d}") for d in _folders},
    "read the metadata": lambda: open(f"{_root}/submission_metadata.json").read(),
    "write a result": lambda: open(f"{_root}/results/results.json", "w").write("{}"),
    "put a result there": lambda: _os.rename("own", f"{_root}/results/results.json"),
    "read an environment": _others,
    "stop the grader": lambda: _os.kill(_os.getppid(), 19),
    "start a process": _os.fork,
    "reach the network": lambda: _socket.create_connection(("127.0.0.1", _port), 1),
}
for _name, _deed in _deeds.items():
    try:
        _deed()
        _done.append(_name)
    except BaseException:
        pass

def reparametrize(mu, logvar):
    raise ValueError("done: " + ", ".join(_done) + ".")
"""
