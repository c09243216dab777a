"""How others grade the same submissions: `nbgrader autograde`, and a pytest process a submission.

Both ask what the assignment's notebook asked in 2025: counts of parameters, one seeded draw, shapes
and one loss. It is far less than what this kit asks, so it is the peers who are favoured.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SIDE_BY_SIDE = 2
SETTINGS = "c = get_config()\nc.CourseDirectory.course_id = 'bench'\n"
IMPORTS = """import torch

from nndl2.grad import rel_error
from nndl2.utils import reset_seed
from vae import VAE, loss_function, reparametrize


def count_params(model):
    return sum(p.numel() for p in model.parameters())
"""
CHECKS = {
    "encoder": """
    model = VAE(345, 17)
    assert count_params(model.encoder) == 346 * 400 + 2 * 401 * 400
    assert count_params(model.mu_layer) == 401 * 17
    assert count_params(model.logvar_layer) == 401 * 17
""",
    "decoder": """
    assert count_params(VAE(345, 17).decoder) == 18 * 400 + 2 * 401 * 400 + 401 * 345
""",
    "reparametrize": """
    reset_seed(0)
    z = reparametrize(torch.zeros(1, 15), torch.ones(1, 15))
    assert z.size() == (1, 15)
    assert rel_error(z.mean(dim=-1), torch.tensor([-0.4363])) <= 1e-4
    assert rel_error(z.std(dim=-1), torch.tensor([1.6860])) <= 1e-4
""",
    "forward": """
    with torch.no_grad():
        x_hat, mu, logvar = VAE(28 * 28, 17)(torch.ones(3, 1, 28, 28))
    assert x_hat.shape == (3, 1, 28, 28)
    assert mu.shape == (3, 17) and logvar.shape == (3, 17)
    assert x_hat.std(0).mean() != 0
""",
    "loss": """
    x_hat = torch.sigmoid(torch.tensor([[[[2.0, 5.0], [6.0, 7.0]]]]))
    x = torch.sigmoid(torch.tensor([[[[1.0, 10.0], [9.0, 3.0]]]]))
    out = loss_function(x_hat, x, torch.ones(1, 15), torch.zeros(1, 15))
    assert rel_error(torch.tensor(8.5079), out) <= 1e-5
""",
}
TESTS = {name: f"def test_{name}():{body}" for name, body in CHECKS.items()}


def environment() -> dict[str, str]:
    """One thread of torch's a process, as for ours, nbgrader's helpers on the path, and no module
    of the kit's that could stand in for a student's."""
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**kept, **threads, "PATH": path}


def told(command: Sequence[str], folder: Path) -> str:
    """What a command of a peer says; SystemExit with its last words where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-800:]}")
    return done.stdout


def notebook() -> str:
    """The assignment as nbgrader's source: a cell of imports, and a graded one a check."""
    from nbformat import v4, writes

    def graded(name: str) -> dict[str, object]:
        kind = {"grade": True, "solution": False, "task": False, "locked": True, "points": 1}
        return {"nbgrader": {**kind, "grade_id": name, "schema_version": 3, "cell_type": "code"}}

    cells = [v4.new_code_cell(IMPORTS)]
    cells += [
        v4.new_code_cell(f"{test}\n\ntest_{name}()", metadata=graded(name))
        for name, test in TESTS.items()
    ]
    return writes(v4.new_notebook(cells=cells))


class Course:
    """A course of nbgrader's with a gradebook of its own, in which `students` handed in."""

    def __init__(self, folder: Path, sources: Sequence[bytes]):
        self.folder, self.sources = folder, sources
        (folder / "source" / "vae").mkdir(parents=True)
        (folder / "nbgrader_config.py").write_text(SETTINGS)
        (folder / "source" / "vae" / "vae.ipynb").write_text(notebook())
        told(["nbgrader", "generate_assignment", "vae"], folder)
        released = (folder / "release" / "vae" / "vae.ipynb").read_bytes()
        for number, source in enumerate(sources):
            place = folder / "submitted" / f"s{number}" / "vae"
            place.mkdir(parents=True)
            (place / "vae.ipynb").write_bytes(released)
            (place / "vae.py").write_bytes(source)

    def graded(self, names: str) -> float:
        """Seconds to grade the students of that pattern; all of them must get every point."""
        start = time.monotonic()
        told(["nbgrader", "autograde", "vae", "--student", names], self.folder)
        return time.monotonic() - start

    def score(self) -> float:
        """The points of all students together."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder}/gradebook.db") as book:
            return sum(each.score for each in book.assignment_submissions("vae"))


def nbgrader(sources: Sequence[bytes], side_by_side: int) -> float:
    """Submissions a second by `nbgrader autograde`, without what it takes to start.

    Of each process the first submission is graded beforehand, and is not counted.
    """
    with tempfile.TemporaryDirectory() as folder:
        shares = [sources[n::side_by_side] for n in range(side_by_side)]
        courses = [Course(Path(folder) / str(n), [s[0], *s]) for n, s in enumerate(shares)]
        with ThreadPoolExecutor(side_by_side) as pool:
            first = max(pool.map(lambda course: course.graded("s0"), courses))
            start = time.monotonic()
            list(pool.map(lambda course: course.graded("s[1-9]*"), courses))
            spent = time.monotonic() - start
        for course in courses:
            if course.score() != len(TESTS) * len(course.sources):
                raise SystemExit("a right submission lost points in nbgrader's gradebook")
        starting = _starting(courses[0], first)
    return len(sources) / max(spent - starting, spent / 2)


def _starting(course: Course, once: float) -> float:
    """Seconds of nbgrader's start alone: it is asked to grade whom it has graded already."""
    return min(once, course.graded("s0"))


def pytest(sources: Sequence[bytes], side_by_side: int) -> float:
    """Submissions a second by one process of pytest each."""
    test = "\n\n".join([IMPORTS, *TESTS.values()])

    def graded(folder: Path, source: bytes) -> None:
        folder.mkdir()
        (folder / "vae.py").write_bytes(source)
        (folder / "test_vae.py").write_text(test)
        passed = told(["pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."], folder)
        if f"{len(TESTS)} passed" not in passed:
            raise SystemExit(f"a right submission failed under pytest:\n{passed[-800:]}")

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(side_by_side) as pool:
        start = time.monotonic()
        places = [Path(folder) / str(number) for number in range(len(sources))]
        list(pool.map(graded, places, sources))
        return len(sources) / (time.monotonic() - start)


PEERS: dict[str, Callable[[Sequence[bytes], int], float]] = {
    "nbgrader autograde": nbgrader,
    "one pytest process each": pytest,
}
