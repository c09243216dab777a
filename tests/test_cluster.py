"""A class graded on a Dask cluster: a real scheduler and two workers, on this machine alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder import assignments
from autograder.__main__ import main
from autograder.assignments import ROOT
from autograder.classes.class_run import ClassRun
from autograder.commands import BAD_INPUT
from autograder.grade import composed, grade_one
from autograder.intake import BadInput, submissions
from autograder.kept import journal
from autograder.people.waivers import Waiver
from autograder.results.graded import Graded
from autograder.secret import key as key_of
from autograder.training import Trainer

cluster = pytest.importorskip(
    "autograder.classes.cluster", reason="the package distributed is not here"
)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")]

SECRET = b"a secret that no disk may hold"
TRAINER = Trainer("never")
VAE = assignments.load("vae")
RIGHT = (ROOT / "source" / "vae" / "vae.py").read_text()
CONNECTS = """
import os, re, socket

def _reached():
    found = re.findall(r"(127[.0-9]+):(\\d+)", "{addresses} " + " ".join(os.environ.values()))
    for host, port in found:
        try:
            socket.create_connection((host, int(port)), 2).close()
            yield f"{{host}}:{{port}}"
        except OSError:
            pass
    for number in range(3, 256):
        try:
            there = socket.socket(fileno=os.dup(number)).getpeername()
            if isinstance(there, tuple):
                yield there
        except OSError:
            pass

if reached := list(_reached()):
    raise RuntimeError(f"reached {{reached}}")
"""


@dataclass
class Made:
    """A scheduler's address, and the processes of its workers with all that they write."""

    address: str
    scheduler: subprocess.Popen[str]
    workers: dict[str, subprocess.Popen[str]]
    logs: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with _made(tmp_path_factory.mktemp("cluster"), 2) as found:
        yield found


@contextmanager
def _made(folder: Path, count: int) -> Iterator[Made]:
    """A scheduler and so many workers."""
    with ExitStack() as stack:
        said, scheduler = stack.enter_context(_started(folder, "scheduler", "--port", "0"))
        address = _after(said, "Scheduler at:")
        workers = {}
        for number in range(count):
            own = folder / f"worker{number}"
            options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(own))
            said, process = stack.enter_context(_started(folder, "worker", address, *options))
            workers[_after(said, "Start worker at:")] = process
            _after(said, "Registered to:")
        yield Made(address, scheduler, workers, folder)


@contextmanager
def _started(
    folder: Path, kind: str, *more: str
) -> Iterator[tuple[Iterator[str], subprocess.Popen[str]]]:
    """A program of Dask's and its log, line by line; its whole log lies in `folder`."""
    own = folder / f"{kind}{len(list(folder.glob('*.log')))}.log"
    program = [sys.executable, "-u", "-m", f"distributed.cli.dask_{kind}", *more]
    program += ["--host", "127.0.0.1", "--no-dashboard"]
    with own.open("w") as log, own.open() as read:
        process = subprocess.Popen(program, stdout=log, stderr=log, cwd=folder, text=True)
        try:
            yield _lines(read, process), process
        finally:
            process.terminate()
            process.wait(60)


def _lines(log, process: subprocess.Popen[str]) -> Iterator[str]:
    while process.poll() is None:
        if line := log.readline():
            yield line
        else:
            os.sched_yield()
    raise AssertionError(f"it ended with {process.returncode}: {Path(log.name).read_text()}")


def _after(lines: Iterator[str], words: str) -> str:
    """What stands behind `words` in the first line that holds them."""
    return next(line for line in lines if words in line).partition(words)[2].strip()


def handed_in(folder: Path) -> Path:
    """Four programs, one of them with a mistake, one with an error."""
    wrong = RIGHT.replace("0.5 * logvar", "logvar")
    assert wrong != RIGHT
    for name, text in {"ada": RIGHT, "bob": wrong, "cyd": "def", "dan": RIGHT + "# dan\n"}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "vae.py").write_text(text)
    return folder


def graded(folder: Path, out: Path, **hands) -> str:
    """grades.csv of a class."""
    from autograder import report

    progress = ClassRun(VAE, out, SECRET, TRAINER, **hands).grade(submissions(folder, "vae.py"))
    assert progress.graded == progress.total
    report.write(out)
    return (out / "grades.csv").read_text()


def graded_on(found, source: bytes, **more) -> Graded:
    """The result of one file, asked on a cluster."""
    key = key_of(SECRET, source)
    return composed(
        VAE, source, cluster.ask_on(VAE, source, found, key, TRAINER, **more), key, TRAINER
    )


def test_a_worker_that_is_killed_changes_no_byte_of_the_grades(made, tmp_path):
    folder = handed_in(tmp_path / "in")
    here = graded(folder, tmp_path / "here", jobs=2)
    assert "12" in here.splitlines()[1]

    def ask(*given, **named):
        found = cluster.ask_on(*given, **named)
        lost.kill()
        return found

    with cluster.connected(made.address) as found:
        assert {place.address for place in found.places()} == set(made.workers)
        lost = made.workers[min(made.workers)]
        hands = {"jobs": found.jobs, "open_parent": found.opened, "ask": ask}
        assert graded(folder, tmp_path / "there", **hands) == here
    assert lost.wait(60) == -9
    _holds_no_secret(made)


def test_a_scheduler_that_goes_away_ends_the_run_and_loses_nothing(tmp_path):
    folder, out = handed_in(tmp_path / "in"), tmp_path / "out"
    asked = []

    def ask(*given, **named):
        asked.append(given)
        if asked[1:]:
            gone.kill()
            gone.wait(60)
        return cluster.ask_on(*given, **named)

    (tmp_path / "cluster").mkdir()
    with _made(tmp_path / "cluster", 1) as made:
        gone = made.scheduler
        with (
            pytest.raises(BadInput, match="is gone; what was graded is kept"),
            cluster.connected(made.address) as found,
        ):
            graded(folder, out, jobs=1, open_parent=found.opened, ask=ask)
    went_on = ClassRun(VAE, out, SECRET, TRAINER).grade(submissions(folder, "vae.py"))
    assert (went_on.kept, went_on.graded) == (1, 3)


def _holds_no_secret(made: Made) -> None:
    """Nothing that a scheduler or worker wrote holds a student's file or the course's secret."""
    written = [path.read_bytes() for path in made.logs.rglob("*") if path.is_file()]
    assert any(b"Starting Worker plugin" in text for text in written)
    for text in written:
        assert SECRET not in text and b"reparametrize" not in text


def test_a_waiver_of_the_class_holds_on_a_worker_too(made):
    wrong = RIGHT.replace("0.5 * logvar", "logvar").encode()
    with cluster.connected(made.address) as found, found.opened():
        alone = graded_on(found, wrong)
        lost = next(v.check.id for v in alone.report.verdicts if not v.passed)
        waived = {lost: Waiver(lost, "it was wrong")}
        again = graded_on(found, wrong, waived=waived)
    verdict = next(v for v in again.report.verdicts if v.check.id == lost)
    assert verdict.passed and "it was wrong" in verdict.note


@pytest.mark.parametrize("wall", ["bubblewrap", "seccomp"])
def test_a_submission_reaches_neither_scheduler_nor_worker_behind_one_wall(made, wall):
    source = (RIGHT + CONNECTS.format(addresses=_addresses(made))).encode()
    try:
        with cluster.connected(made.address, [wall]) as found, found.opened():
            behind = graded_on(found, source)
    except BadInput as e:
        pytest.skip(f"{wall} does not hold on this machine: {e}")
    assert behind.report.score == behind.report.max_score, behind.sentence
    assert wall in behind.isolation


def test_the_same_submission_reaches_both_where_no_wall_is(made, weak):
    source = (RIGHT + CONNECTS.format(addresses=_addresses(made))).encode()
    found = grade_one(VAE, source, weak, SECRET, TRAINER)
    assert found.report.score == 0
    assert "RuntimeError" in found.sentence


def _addresses(made: Made) -> str:
    living = [name for name, process in made.workers.items() if process.poll() is None]
    return " ".join([made.address, *living]).replace("tcp://", "")


def test_nothing_is_graded_where_no_wall_forbids_connections(made):
    with cluster.connected(made.address, ["uid", "landlock"]) as found, found.opened():
        with pytest.raises(BadInput, match="on the worker tcp://127"):
            found.places()
        with pytest.raises(BadInput, match="reach the network"):
            graded_on(found, RIGHT.encode())


def test_a_worker_with_other_checks_grades_nothing(made, monkeypatch):
    monkeypatch.setattr(journal, "version", lambda name: "another")
    with (
        cluster.connected(made.address) as found,
        found.opened(),
        pytest.raises(BadInput, match="has other checks, another kit or another torch"),
    ):
        graded_on(found, RIGHT.encode())


def test_without_a_scheduler_one_sentence_says_so(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.5)
    folder = handed_in(tmp_path / "in")
    named = ["--assignment", "vae", "--out", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:9"]
    assert main(["grade", str(folder), *named]) == BAD_INPUT
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err
