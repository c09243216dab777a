"""The walls that only some machines have, and what is promised where they hold."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from boundary import LINUX, ROOT, asked, ending, eventually

from autograder.isolation import (
    WarmParent,
    parent,
    promises,
)
from autograder.isolation.system import remove_all_of
from nndl2.checks.model import Reason, StudentError

DENIED = ("PermissionError", "ConnectionError")


def refused(warm: WarmParent, attempt: str, **limits: float) -> bool:
    """Whether a program is told that it may not do `attempt`, or that there is no such thing."""
    known = "ctypes, fcntl, os, socket, struct, sys, nndl2"
    source = f"import {known}\ndef attempt():\n    {attempt}\n".encode()
    with asked(warm, source, **limits) as student:
        try:
            student.call("attempt")
        except StudentError as e:
            return e.kind in (
                "PermissionError",
                "FileNotFoundError",
                "ProcessLookupError",
                "OSError",
            )
    return False


def needs(warm: WarmParent, *walls: str) -> None:
    """Skip where none of `walls` holds."""
    if not warm.walls & set(walls):
        pytest.skip(f"this machine gives no {' and no '.join(walls)}: {warm.isolation}")


def test_the_line_of_isolation_says_what_holds(warm, weak):
    assert weak.isolation == ("process + limits" if sys.platform == "linux" else "process")
    assert warm.isolation.removesuffix(" (no landlock on the GPU)") == " + ".join(
        [weak.isolation, *(wall for wall in parent.ALL_WALLS if wall in warm.walls)]
    )


@pytest.mark.slow
def test_behind_a_wall_nothing_hidden_can_be_read(warm, weak, tmp_path):
    needs(warm, "landlock", "bubblewrap")
    canary = tmp_path / "canary"
    canary.write_text("canary")
    reads = [f"open({str(path)!r}).read()" for path in (canary, Path(parent.__file__))]
    assert not any(refused(weak, read) for read in reads)
    reads += [f"os.listdir({str(ROOT / 'tests')!r})", f"open('/proc/{os.getpid()}/cmdline').read()"]
    assert all(refused(warm, read) for read in reads)


def test_behind_a_wall_nothing_outside_can_be_touched(warm):
    needs(warm, "landlock", "uid")
    assert refused(warm, "open(nndl2.__file__, 'a')")
    assert refused(warm, "open(os.__file__, 'a')")
    assert refused(warm, f"os.kill({os.getpid()}, 0)")
    assert refused(warm, "os.kill(os.getppid(), 0)")
    assert not refused(warm, "open('mine', 'w')")


def test_behind_a_wall_there_is_no_network(warm):
    needs(warm, "landlock", "seccomp", "bubblewrap")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert refused(warm, f"socket.create_connection(('127.0.0.1', {port}), 5)")


@pytest.mark.parametrize(
    "attempt",
    [
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "socket.socket(socket.AF_UNIX)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "os.kill(-1, 0)",
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "os.memfd_create('memory')",
        "os.pidfd_open(os.getppid())",
        "__import__('resource').prlimit(os.getppid(), 0, (1, 1))",
        "os.sched_setaffinity(os.getppid(), [0])",
        "fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())",
        "fcntl.fcntl(0, 10, 9)",
        "fcntl.fcntl(0, 15, struct.pack('ii', 1, os.getppid()))",
        "fcntl.ioctl(socket.socketpair()[0], 0x8901, struct.pack('i', os.getppid()))",
    ],
)
def test_behind_seccomp_a_program_keeps_to_itself(warm, attempt):
    needs(warm, "seccomp")
    assert refused(warm, attempt)


@pytest.mark.parametrize(
    "attempt",
    [
        "os.kill(os.getpid(), 0)",
        "a, b = socket.socketpair(); a.send(b'x'); b.recv(1)",
        "__import__('threading').Thread(target=print).start()",
        "__import__('resource').prlimit(0, 0)",
        "os.sched_getaffinity(0)",
        "os.set_blocking(1, False)",
        "fcntl.fcntl(0, fcntl.F_GETFL)",
    ],
)
def test_behind_seccomp_a_program_may_do_what_is_its_own(warm, attempt):
    needs(warm, "seccomp")
    assert not refused(warm, attempt)


LISTEN = "a = socket.socket(socket.AF_UNIX); a.bind('a'); a.listen()"
RECEIVE = "b = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); b.bind('b')"


@pytest.mark.parametrize("attempt", [LISTEN, RECEIVE, "os.memfd_create('memory')"])
def test_behind_seccomp_the_driver_of_a_gpu_gets_what_it_asks_for(warm, attempt):
    needs(warm, "seccomp")
    assert refused(warm, attempt) and not refused(warm, attempt, gpu=True)


@pytest.mark.parametrize(
    "attempt",
    [
        f"{LISTEN}; socket.socket(socket.AF_UNIX).connect('a')",
        f"{RECEIVE}; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', 'b')",
        "socket.socketpair()[0].sendmsg([b'x'])",
        "socket.socket(socket.AF_INET)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.create_connection(('127.0.0.1', 1), 5)",
    ],
)
def test_behind_seccomp_a_program_on_a_gpu_reaches_nobody(warm, attempt):
    needs(warm, "seccomp")
    assert refused(warm, attempt, gpu=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files to others")
def test_what_a_user_put_where_all_may_write_is_removed_and_nothing_else(tmp_path):
    mine, links = tmp_path / "mine", tmp_path / "links"
    deep = tmp_path / "theirs" / "below"
    deep.mkdir(parents=True)
    for path in (mine, deep / "file", tmp_path / "alone"):
        path.write_text("left")
    links.symlink_to(mine)
    for path in (deep.parent, tmp_path / "alone", links):
        os.chown(path, 77_777, 77_777, follow_symlinks=False)
    remove_all_of(77_777, [tmp_path, tmp_path / "missing"])
    assert list(tmp_path.iterdir()) == [mine] and mine.read_text() == "left"


@LINUX
def test_a_worker_has_no_capabilities_in_any_mode(warm, weak):
    source = b"def look():\n    print(open('/proc/self/status').read())\n"
    for mode in (warm, weak):
        with asked(mode, source) as student:
            student.call("look")
        status = dict(line.split(":\t", 1) for line in student.log.splitlines() if ":\t" in line)
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        assert status["NoNewPrivs"] == "1"


@LINUX
def test_the_grader_hides_its_memory(warm):
    program = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0
    fresh = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert fresh.stdout == "1\n"  # so it is we who did it


@pytest.mark.slow
@LINUX
@pytest.mark.parametrize(
    "fill",
    [
        "for i in range(99): open(f'{i}', 'wb').write(bytes(1 << 20))",
        "held = [(f := open('same', 'wb'), f.write(bytes(1 << 20)), os.unlink('same')) "
        "for i in range(99)]",
        "for i in range(99_999): open(f'{i}', 'w').close()",
        "for i in range(99_999): os.mkdir('d'); os.chdir('d')",
    ],
    ids=["files", "removed files", "many files", "deep folders"],
)
def test_a_program_that_fills_its_folder_is_ended_and_leaves_nothing(warm, fill):
    source = f"import os\ndef fill():\n    {fill}\n    while True: pass\n".encode()
    with asked(warm, source, folder_bytes=8 << 20) as student:
        e = ending(lambda: student.call("fill"))
        assert e.sentence == "the program filled the folder it may write to, while fill ran"
        assert e.reason is Reason.CRASHED
        assert student.call("ok") == 1
    assert eventually(lambda: not list(warm._base.glob("worker-*")))


# Promises


@pytest.mark.parametrize(
    ("walls", "broken"),
    [
        ((), ["read the files of this machine", "reach the network", "reach other processes"]),
        (("bubblewrap",), []),
        (("landlock",), ["reach the network"]),
        (("landlock", "seccomp"), []),
        (("seccomp",), ["read the files of this machine"]),
        (("uid", "seccomp"), ["read the files of this machine"]),
    ],
)
def test_what_a_machine_cannot_promise_is_said(walls, broken):
    assert promises.broken(walls, Path("/")) == broken


def test_another_user_is_a_wall_around_files_that_are_closed_to_others(tmp_path):
    tmp_path.chmod(0o700)
    assert promises.broken(("uid", "seccomp"), tmp_path) == []
