"""A class graded while its processes are killed at random ends as if nothing had happened.

The killer knows a process by its descent from the grader's. It prints its seed; `NNDL2_CHAOS=seed`
runs that seed again in the long form (50 submissions, over 100 kills), as `make chaos` does.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.assignments.vae.specimens import all_specimens
from autograder.assignments.vae.specimens.__main__ import untouched
from autograder.isolation.system import LINUX, PR_SET_CHILD_SUBREAPER, descendants, prctl
from autograder.kept import journal

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LINUX, reason="descent is read from Linux's /proc"),
]
LONG = os.environ.get("NNDL2_CHAOS", "")
SEED = int(LONG or 20261121)
SIZE = 50 if LONG else 12
FEW = [f"student{number:02}" for number in (5, 6, 9, 10)]
KILLS = {"grader": 12, "parent": 14, "keeper": 40, "worker": 44}
if not LONG:
    KILLS = {"grader": 3, "parent": 4, "keeper": 9, "worker": 9}
ROLES = ("parent", "keeper", "worker")
PAUSE = 1.2  # seconds between two kills, at most: a submission has to get through at times
PATIENCE = 60.0  # seconds until a process to kill shows up, or the killed are gone
VARYING = {"execution_time", "start_seconds", "peak_memory"}
HELD_MEMORY = re.compile(r"it held \d+ MiB")

IN_THE_LOSS = {  # what a program does to itself, in a function of its own
    "crash": "import os; os.kill(os.getpid(), 11)",
    "exit": "import os; os._exit(3)",
    "kill": "import os; os.kill(os.getpid(), 9)",
    "late": "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)",  # as if out of time
    "raise": "raise ValueError(x_hat.sum())",
}


def sources() -> Iterator[bytes]:
    """Programs of every kind, those that end in an unusual way first."""
    specimens = {s.name: s.source for s in all_specimens()}
    reference = specimens.pop("reference")
    head = b"    loss = None\n"
    assert reference.count(head) == 1
    unusual = [b"    %s\n" % line.encode() for line in IN_THE_LOSS.values()]
    yield from (reference.replace(head, line + head) for line in unusual)
    yield from (reference, untouched(), b"class VAE:\n    def __init__(self\n")
    yield b"import os\n\nos._exit(0)\n"
    yield from specimens.values()


@pytest.fixture(scope="module")
def a_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Submissions, one of them an empty folder, and a secret beside them."""
    home = tmp_path_factory.mktemp("chaos")
    (home / "secret").write_text("0123456789abcdef\n")
    for number, source in zip(range(SIZE - 1), sources()):
        folder = home / "class" / f"student{number:02}"
        folder.mkdir(parents=True)
        (folder / "vae.py").write_bytes(source)
    (home / "class" / "zoe").mkdir()
    for student in FEW:
        shutil.copytree(home / "class" / student, home / "few" / student)
    return home


@pytest.fixture(scope="module")
def undisturbed(a_class: Path) -> Path:
    """The folder of results of a run that nobody disturbs."""
    with grading(a_class, a_class / "undisturbed") as grader:
        assert grader.wait(1200) == 0
    return a_class / "undisturbed"


@pytest.fixture
def adopting() -> Iterator[set[int]]:
    """Orphans become children of this process; yields the processes that were there before."""
    assert prctl(PR_SET_CHILD_SUBREAPER, 1)
    yield set(descendants(os.getpid()))
    prctl(PR_SET_CHILD_SUBREAPER, 0)


@contextlib.contextmanager
def grading(home: Path, out: Path, who: str = "class") -> Iterator[subprocess.Popen[bytes]]:
    """The real command in a process of its own, which ends with the block; it speaks to a file."""
    command = [sys.executable, "-m", "autograder", "grade", home / who, "--out", out]
    options = ["--jobs", "2", "--train", "never", "--secret-file", home / "secret"]
    with spoken(out).open("wb") as into:
        grader = subprocess.Popen(
            [*map(str, [*command, *options])], cwd=journal.ROOT, stdout=into, stderr=into
        )
    try:
        yield grader
    finally:
        grader.kill()
        grader.wait()


def test_a_class_graded_under_kill_9_ends_as_one_that_was_not_disturbed(
    a_class: Path, undisturbed: Path, adopting: set[int]
) -> None:
    print(f"chaos: NNDL2_CHAOS={SEED}")
    chance = random.Random(SEED)
    victims = [role for role, count in KILLS.items() for _ in range(count)]
    chance.shuffle(victims)
    out, killed = a_class / "disturbed", Counter[str]()
    for _ in range(10 * len(victims)):
        with grading(a_class, out) as grader:
            while victims and after(chance.uniform(0.05, PAUSE), grader):
                if strike(grader.pid, victims[-1], chance):
                    killed[victims.pop()] += 1
            done = not victims and grader.wait(1200) == 0
        assert gone(adopting) == []
        if done and not held(out):
            break
        if victims and not done and grader.returncode == 0:
            forget(out, chance)  # all is graded, and there are kills left
    print(f"killed: {dict(killed)}")
    assert killed == KILLS
    assert kept(out) == kept(undisturbed)
    assert not doubled(out)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_it_in_good_order_and_the_next_run_goes_on(
    a_class: Path, undisturbed: Path, adopting: set[int], times: int
) -> None:
    out = a_class / f"interrupted{times}"
    with grading(a_class, out, "few") as grader:
        while after(0.1, grader) and not recorded(out):
            pass
        for _ in range(times):
            grader.send_signal(signal.SIGINT)
            after(0.3, grader)
        assert grader.wait(PATIENCE) == 130
    assert gone(adopting) == []
    assert "Traceback" not in spoken(out).read_text() and "stopped" in spoken(out).read_text()
    assert 0 < recorded(out) < len(FEW)
    with grading(a_class, out, "few") as grader:
        assert grader.wait(600) == 0
    assert recorded(out) == len(FEW)
    assert {*kept(out).items()} - {*kept(undisturbed).items()} == {("grades.csv", grades(out))}


def spoken(out: Path) -> Path:
    """What the last command with that folder of results printed."""
    return out.with_name(f"{out.name}.txt")


def recorded(out: Path) -> int:
    """How many gradings the journal has noted."""
    return len(journal.entries(out))


def after(seconds: float, grader: subprocess.Popen[bytes]) -> bool:
    """Whether the grader still lives after that time."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        grader.wait(seconds)
    return grader.returncode is None


def strike(grader: int, role: str, chance: random.Random) -> bool:
    """Kill one process of that role under `grader`; whether there was one."""
    found = [grader] if role == "grader" else cast(grader).get(role, [])
    if not found:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(chance.choice(found), signal.SIGKILL)
        return True
    return False


def cast(grader: int) -> dict[str, list[int]]:
    """The processes under `grader` by their role; what wraps the warm parent counts as it."""
    roles: dict[str, list[int]] = {}
    level = [(pid, 0) for pid in children(grader)]
    while level:
        pid, depth = level.pop()
        wraps = command(pid).partition("\0")[0] != sys.executable
        if depth < len(ROLES):
            roles.setdefault(ROLES[depth], []).append(pid)
        level += [(child, depth + (not wraps)) for child in children(pid)]
    return roles


def children(pid: int) -> list[int]:
    """The processes that any thread of `pid` started."""
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, file.read_text().split())
    return found


def command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
    return ""


def gone(before: set[int]) -> list[int]:
    """What a dead grader left behind and did not end by itself in time."""
    end = time.monotonic() + PATIENCE
    while left := [p for p in descendants(os.getpid()) if p not in before]:
        if time.monotonic() > end:
            return left
        for pid in left:
            with contextlib.suppress(OSError):
                waiting = os.pidfd_open(pid)
                select.select([waiting], [], [], 1)
                os.close(waiting)
            with contextlib.suppress(OSError):
                os.waitpid(pid, os.WNOHANG)
    return []


def held(out: Path) -> list[str]:
    """The students whose result is provisional."""
    found = {p.parent.name: json.loads(p.read_bytes()) for p in out.glob("*/results.json")}
    return [name for name, result in found.items() if result["extra_data"]["status"] == "held"]


def forget(out: Path, chance: random.Random) -> None:
    """Lose half of the results by hand, so that there is something to grade again."""
    for folder in sorted(p for p in out.iterdir() if p.is_dir() and chance.random() < 0.5):
        (folder / "results.json").unlink()


def kept(out: Path) -> dict[str, str]:
    """What a class ends with: path: text, without times, memory and the lines that only add up."""
    files = [*out.glob("*/results.json"), *out.glob("*/feedback.md"), out / "grades.csv"]
    texts = {str(f.relative_to(out)): f.read_text("utf-8") for f in files}
    return {
        name: alike(text) if ".json" in name else remembered(text) for name, text in texts.items()
    }


def remembered(text: str) -> str:
    return HELD_MEMORY.sub("it held some MiB", text)


def alike(text: str) -> str:
    """results.json with its varying fields emptied, everything else byte for byte."""
    found = json.loads(text)
    for fields in (found, found["extra_data"]):
        fields.update({name: None for name in VARYING if name in fields})
    return remembered(json.dumps(found, indent=1))


def grades(out: Path) -> str:
    return (out / "grades.csv").read_text("utf-8")


def doubled(out: Path) -> list[str]:
    """Students with more than one line in grades.csv."""
    lines = csv.reader(io.StringIO(grades(out)))
    return [name for name, n in Counter(line[0] for line in lines).items() if n > 1]
