"""The same attacks where nothing protects the tests: plain pytest, and a nbgrader cell.

Both run beside the submission in one process, as they do in the wild, behind bubblewrap: a
read-only system, no network, PIDs and a temporary folder of their own. A server in there forks a
process for each attack; what was forged is read from outside of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from redteam.attack import PRIVATE, Attack

KINDS = ("pytest", "cell")
ON_TESTS = (
    *("test runner patched", "comparer patched", "always equal", "tensor subclass"),
    *("stack walked", "heap searched", "import hooks", "exit", "exit hooks", "files beside it"),
)
HERE = Path(__file__).parent
PATIENCE = 60.0
TESTS = """
import torch

import solution
import vae

torch.manual_seed(1)
X, MU, LOGVAR = torch.rand(5, 1, 28, 28), torch.randn(5, 3), torch.randn(5, 3)
LABELS = torch.eye(10)[:5]


def answers(module, name, *inputs):
    torch.manual_seed(0)
    return getattr(module, name)(*inputs)


def same(name, *inputs):
    expected = answers(solution, name, *inputs)
    result = answers(vae, name, *inputs)
    assert torch.allclose(result, expected, rtol=1e-4)


def outputs(module, name, *inputs):
    torch.manual_seed(0)
    model = getattr(module, name)(784, latent_size=3)
    return model(*inputs)


def test_reparametrize():
    same("reparametrize", MU, LOGVAR)


def test_loss():
    x_hat = X.clamp(0.1, 0.9)
    expected = answers(solution, "loss_function", x_hat, X, MU, LOGVAR)
    assert abs(vae.loss_function(x_hat, X, MU, LOGVAR) - expected) < 1e-3


def test_forward():
    for expected, result in zip(outputs(solution, "VAE", X), outputs(vae, "VAE", X)):
        assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5)


def test_cvae():
    expected = outputs(solution, "CVAE", X, LABELS)
    for expected, result in zip(expected, outputs(vae, "CVAE", X, LABELS)):
        assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5)


def test_heads():
    expected, result = solution.VAE(784, 3), vae.VAE(784, 3)
    assert result.mu_layer.weight.shape == expected.mu_layer.weight.shape
"""
CALLS = "\n".join(
    f"{line[4:].split('(')[0]}()" for line in TESTS.splitlines() if line.startswith("def test_")
)
IMPORTS, CHECKS = TESTS.split("\n\n\n", 1)
CELLS = [IMPORTS, f"{CHECKS}\n\n{CALLS}\n"]  # the last one is graded


class Server:
    """One bubblewrap with a process in it that has torch, pytest and nbgrader loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None
        self.replies: queue.Queue[str] = queue.Queue()

    def ask(self, job: dict[str, object]) -> dict[str, object]:
        """What became of `job`; an empty answer where the server did not outlive it."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        assert self.process is not None and self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            return json.loads(self.replies.get(timeout=PATIENCE))
        except (OSError, ValueError, queue.Empty):
            self.close()
            return {}

    def start(self) -> None:
        command = [
            *("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
            *("--tmpfs", "/tmp", "--tmpfs", "/root", "--tmpfs", "/run", "--bind", self.folder),
            *(self.folder, "--unshare-all", "--die-with-parent", "--new-session", "--as-pid-1"),
            *("--chdir", self.folder),
        ]
        for shown in (sys.base_prefix, sys.prefix, str(HERE)):
            command += ["--ro-bind", shown, shown]
        self.replies = queue.Queue()
        self.process = subprocess.Popen(
            [*map(str, command), sys.executable, "-B", str(HERE / "unprotected.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "HOME": "/tmp", "OMP_NUM_THREADS": "1"},
            text=True,
        )
        threading.Thread(target=self.listen, args=(self.process, self.replies), daemon=True).start()

    def listen(self, process: subprocess.Popen[str], replies: queue.Queue[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            replies.put(line)
        replies.put("")

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None


@contextlib.contextmanager
def servers(count: int) -> Iterator[queue.Queue[Server]]:
    """`count` servers, each with a folder of its own, to be taken and put back."""
    waiting: queue.Queue[Server] = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="rivals-") as folder:
        made = []
        for n in range(count):
            (Path(folder) / str(n)).mkdir()
            made.append(Server(Path(folder) / str(n)))
            waiting.put(made[-1])
        try:
            yield waiting
        finally:
            for server in made:
                server.close()


def missing() -> str:
    """Why the columns of the others cannot be filled in on this machine, if so."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed, and hostile code runs unprotected in them"
    trial = ["bwrap", "--ro-bind", "/", "/", "--unshare-all", "--as-pid-1", "true"]
    done = subprocess.run(trial, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"bubblewrap does not start ({done.stderr.strip()})"


def chosen(attacks: Sequence[Attack], others: int) -> list[Attack]:
    """All attacks on tests and comparers, and `others` of each other family; those that can win."""
    can_win = [a for a in attacks if a.base != "right" and a.file]
    found: dict[str, list[Attack]] = {}
    for attack in can_win:
        family = found.setdefault(attack.family, [])
        if attack.family in ON_TESTS or len(family) < others:
            family.append(attack)
    return [attack for family in found.values() for attack in family]


def forged(server: Server, attack: Attack, kind: str) -> bool:
    """Whether `attack` gets from `kind` what its file does not deserve."""
    return run(server, attack.source(names(server.folder)), attack, kind)


def honest(server: Server, attack: Attack, kind: str) -> bool:
    """Whether the honest twin of `attack` passes, as only a right one should."""
    return run(server, attack.twin, Attack("", "", cold=attack.cold), kind)


def run(server: Server, source: bytes, attack: Attack, kind: str) -> bool:
    folder = server.folder / "attempt"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in {**attack.beside, attack.file: source}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "solution.py").write_bytes(PRIVATE.reference)
    (folder / "test_vae.py").write_text(TESTS)
    (folder / "cells.json").write_text(json.dumps(CELLS))
    answer = server.ask({"kind": kind, "folder": str(folder), "cold": attack.cold})
    if kind == "cell":
        return answer.get("grade") == answer.get("points") != None  # noqa: E711 - one chain
    return answer.get("code") == 0 or all_passed(folder / "results.xml")


def all_passed(xml: Path) -> bool:
    """Whether a JUnit file says that tests were run and none failed."""
    try:
        suites = list(ElementTree.parse(xml).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return False
    counts = [
        {k: int(s.get(k) or 0) for k in ("tests", "failures", "errors", "skipped")} for s in suites
    ]
    bad = sum(c["failures"] + c["errors"] + c["skipped"] for c in counts)
    return bool(counts) and not bad and sum(c["tests"] for c in counts) > 0


def names(folder: Path) -> dict[str, object]:
    """Targets that lead nowhere else than into the server's own world."""
    text = {
        k: str(folder / k.lower())
        for k in ("COURSE", "SUBMISSION", "RESULTS", "SECRET", "KIT", "UNIX")
    }
    numbers = dict.fromkeys(("TCP", "TCP6", "UDP"), 9)
    return {
        **text,
        **numbers,
        "MARK": "redteam",
        "ABSTRACT": "redteam",
        "PIDNS": str(Path("/proc/self/ns/pid").readlink()),
        "GRADER": 1,
        "WARM": 1,
        "VICTIM": 1,
        "UID": 0,
    }
