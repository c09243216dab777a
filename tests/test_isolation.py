"""Hostile and broken programs behind the process boundary: each harms only itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from boundary import LINUX, ROOT, asked, ending, eventually, gone

from autograder.isolation import (
    WarmParent,
    channel,
    frames,
    messages,
    parent,
)
from autograder.isolation.system import descendants, remove
from nndl2.checks.model import Reason, StudentError, Unusable
from nndl2.checks.submission import Odd

# What workers begin with


def test_workers_begin_with_the_modules_that_an_assignment_wants(warm):
    there = b"import sys\ndef there():\n    return int('wave' in sys.modules)\n"
    with asked(warm, there) as student:
        assert student.call("there") == 0
    warm.want(["wave", "no_such_module"])
    with asked(warm, there) as student:
        assert student.call("there") == 1


# Nothing gets out, nothing gets in


@LINUX
def test_nothing_outlives_a_submission(weak):
    source = b"""import os, time
def escape():
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        print(os.getpid(), flush=True)
        time.sleep(1000)
    os.wait()
    return os.getpid()
"""
    with asked(weak, source) as student:
        worker = int(student.call("escape"))
    assert all(gone(pid) for pid in [worker, *map(int, student.log.split())])
    assert eventually(lambda: not descendants(weak.pid))


def test_a_child_of_the_program_answers_no_questions(weak):
    with asked(weak, b"import os\nos.fork()\n") as student:
        assert [student.call("ok") for _ in range(5)] == [1] * 5


def test_the_environment_is_clean(warm):
    source = b"""import os, pathlib, json
def look():
    shown = pathlib.Path('/proc/self/environ')
    print(json.dumps([dict(os.environ), shown.read_text() if shown.exists() else '']))
    print(sorted(int(n) for n in os.listdir('/dev/fd')))
    print(os.path.samefile(os.getcwd(), os.environ['HOME']), os.listdir('.'))
"""
    assert os.environ["COURSE_SECRET"] == "canary"
    with asked(warm, source) as student:
        student.call("look")
    names, descriptors, home = student.log.splitlines()
    assert "canary" not in names
    allowed = {*parent.clean_environment(Path("/")), "CUDA_VISIBLE_DEVICES", "LC_CTYPE"}
    others = {"PWD", "KINETO_LOG_LEVEL", "TORCHINDUCTOR_CACHE_DIR", "KMP_DUPLICATE_LIB_OK"}
    assert set(json.loads(names)[0]) <= allowed | others  # set by bubblewrap and torch
    assert descriptors == "[0, 1, 2, 3, 4]"  # 4 is what lists them
    assert home == "True ['vae.py']"


def test_the_grader_s_own_package_cannot_be_imported(warm):
    source = b"""import sys, os
def plain():
    import autograder
def unblocked():
    sys.modules.pop('autograder', None)
    import autograder
def runtime():
    import nndl2
    print(sorted(os.listdir(os.path.dirname(os.path.dirname(nndl2.__file__)))))
"""
    with asked(warm, source) as student:
        assert "imports autograder" in ending(lambda: student.call("plain")).sentence
        assert "imports autograder" in ending(lambda: student.call("unblocked")).sentence
        student.call("runtime")
    assert student.log == "['boundary', 'nndl2']\n"


def test_no_way_of_installing_the_kit_lets_it_be_imported(monkeypatch):
    from autograder.isolation import warm as far_side

    class Editable:
        def find_spec(self, name, path=None, target=None):
            return name == "autograder" or None

    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    monkeypatch.setattr(sys, "meta_path", [Editable(), *sys.meta_path])
    monkeypatch.setitem(sys.modules, "autograder", sys.modules["autograder"])
    far_side.hide_the_kit()
    assert str(ROOT) not in sys.path
    assert not any(isinstance(finder, Editable) for finder in sys.meta_path)
    with pytest.raises(ModuleNotFoundError):
        import autograder  # noqa: F401 - it is the import that must fail


@pytest.mark.parametrize(
    "noise",
    [
        b"b'junk' * 9999",
        b"b'nnd2' + b'\\xff' * 64",
        b"b'nnd2' + bytes([0, 0, 0, 2, 0, 0, 0, 0]) + b'{}'",
        b'b\'{"score": 100, "pass": true}\\n\'',
    ],
)
def test_noise_on_every_descriptor_is_suspicious_and_never_a_hang(warm, noise):
    source = (
        b"""import os
def shout():
    for fd in range(64):
        try:
            os.write(fd, %s)
        except OSError:
            pass
    return 3
"""
        % noise
    )
    with asked(warm, source, question_seconds=20) as student:
        e = ending(lambda: student.call("shout"))
        assert (e.reason, e.target) == (Reason.SUSPICIOUS, "shout")
        assert student.call("ok") == 1


def test_an_answer_written_ahead_is_only_an_answer(warm):
    source = b"""import os, sys, struct, json
def ahead():
    text = json.dumps({'number': 2, 'value': None, 'pass': True, 'arrays': []}).encode()
    os.write(3, struct.pack('!4sII', b'nnd2', len(text), 0) + text)
    return 3
"""
    with asked(warm, source) as student:
        assert student.call("ahead") is None
        assert ending(lambda: student.call("ok")).reason is Reason.SUSPICIOUS


def test_a_program_that_closes_its_connection_is_suspicious(warm):
    source = b"import os, time\ndef shut():\n    os.closerange(0, 64); time.sleep(1000)\n"
    with asked(warm, source) as student:
        assert ending(lambda: student.call("shut")).reason is Reason.SUSPICIOUS
        assert student.call("ok") == 1


def test_a_program_that_breaks_python_around_itself_harms_only_itself(warm):
    source = b"""import builtins, sys, torch, nndl2.probing.probe
nndl2.probing.probe.taken = lambda value: {'pass': True}
torch.allclose = lambda *a: True
torch.from_numpy = torch.tensor = None
for name in ('len', 'isinstance', 'print', 'map'):
    setattr(builtins, name, None)
sys.stdout = sys.stderr = sys.modules['json'] = None
"""
    with asked(warm, source) as student, pytest.raises((Unusable, StudentError)):
        student.call("ok")
    with asked(warm, b"") as student:
        assert student.call("ok") == 1


@LINUX
def test_a_program_that_ends_its_keeper_is_suspicious_and_leaves_nothing(weak):
    source = b"""import os, time
def kill():
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
    os.kill(os.getppid(), 9)
    time.sleep(1000)
"""
    with asked(weak, source) as student:
        assert ending(lambda: student.call("kill")).reason is Reason.SUSPICIOUS
        assert student.call("ok") == 1
    assert eventually(lambda: not descendants(weak.pid))


@LINUX
def test_a_program_that_stops_its_keeper_is_ended_all_the_same(weak, monkeypatch):
    monkeypatch.setattr(channel, "NUDGE_SECONDS", 0.3)
    source = b"""import os, signal, time
def stop():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(os.getppid(), signal.SIGSTOP)
    time.sleep(1000)
"""
    with asked(weak, source, question_seconds=0.3) as student:
        assert ending(lambda: student.call("stop")).reason is Reason.TIMED_OUT
    assert eventually(lambda: not descendants(weak.pid))


@LINUX
def test_processes_together_hold_no_more_memory_than_one_may(weak):
    source = b"""import os, time
def hog():
    for _ in range(4):
        if os.fork() == 0:
            held = [bytearray(b'x' * (1 << 20)) for _ in range(40)]
            time.sleep(20)
            os._exit(0)
    time.sleep(20)
"""
    with asked(weak, source, memory_bytes=100 << 20) as student:
        e = ending(lambda: student.call("hog"))
        assert "took more memory than it may, with the processes it started" in e.sentence
        assert student.call("ok") == 1
    assert eventually(lambda: not descendants(weak.pid))


# Answers


def test_values_that_do_not_cross_are_odd_or_the_program_s_error(warm):
    source = b"""import torch
def complex_number():
    return torch.zeros(2, dtype=torch.complex64)
def many_axes():
    return torch.zeros([1] * 9)
def nested():
    value = ()
    for _ in range(40):
        value = (value,)
    return value
def endless():
    value = []
    value.append(value)
    return value
class Loud(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *args):
        raise ValueError('not for you')
def loud():
    return torch.zeros(2).as_subclass(Loud)
"""
    with asked(warm, source) as student:
        assert student.call("complex_number") == Odd("array of complex64")
        for name in ("many_axes", "nested", "endless", "loud"):
            with pytest.raises(StudentError) as raised:
                student.call(name)
            assert raised.value.target == name
        assert student.call("ok") == 1


def test_text_of_an_error_is_cleaned_and_cut(warm):
    source = (
        b"def cry():\n    raise type('E' * 999, (Exception,), {})('\\x1b[2J\\u202e' + 'x' * 999)\n"
    )
    with asked(warm, source) as student, pytest.raises(StudentError) as raised:
        student.call("cry")
    assert raised.value.kind == "an exception of its own"
    assert raised.value.message.startswith("[2Jxxx")
    assert len(raised.value.message) <= messages.TEXT_LIMIT


@pytest.mark.parametrize(
    "forged",
    [
        None,
        {},
        {"is": "pass"},
        {"is": "student", "target": 1},
        {"is": "student", "target": "f", "kind": "E", "message": "m", "lines": [-1]},
        {"is": "unusable", "target": "f", "sentence": "s", "reason": "suspicious", "line": 0},
        {"is": "unusable", "target": "f", "sentence": "s", "reason": "crashed", "line": 1.5},
    ],
)
def test_an_error_with_wrong_fields_is_refused(forged):
    with pytest.raises(frames.ProtocolError):
        messages.unpack_error(forged)


# The whole house


@LINUX
@pytest.mark.slow
def test_a_warm_parent_serves_many_without_leaving_anything(warm):
    def open_files(pid: int | str) -> int:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))

    with asked(warm, b"") as student:
        student.call("ok")
    assert eventually(lambda: not descendants(warm.pid))
    before = open_files("self"), open_files(warm.pid)
    start, count = time.monotonic(), 50
    for _ in range(count):
        with asked(warm, b"") as student:
            assert student.call("ok") == 1
    cost = (time.monotonic() - start) / count
    print(f"\na submission opened, asked and closed: {1000 * cost:.0f} ms")
    assert eventually(lambda: not descendants(warm.pid))
    assert (open_files("self"), open_files(warm.pid)) == before
    assert len(list(Path(f"/proc/{warm.pid}/task").iterdir())) == 1


def test_four_threads_share_one_warm_parent(warm):
    def answers(i: int) -> list[int]:
        with asked(warm, b"def me():\n    return %d\n" % i) as student:
            return [int(student.call("me")) for _ in range(5)]  # type: ignore[arg-type]  # a scalar

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(answers, range(12))) == [[i] * 5 for i in range(12)]


@pytest.mark.slow
@LINUX
def test_a_warm_parent_that_died_is_started_again(warm):
    with asked(warm, b"") as living:
        assert living.call("ok") == 1
        os.kill(warm.pid, signal.SIGKILL)
        assert living.call("ok") == 1
        with asked(warm, b"") as student:
            assert student.call("ok") == 1


def test_a_warm_parent_that_cannot_start_is_the_grader_s_own_fault(monkeypatch):
    monkeypatch.setattr(parent, "START", "raise SystemExit('torch is not installed')")
    e = ending(WarmParent().__enter__)
    assert e.reason is Reason.ENVIRONMENT
    assert "torch is not installed" in e.sentence


def test_without_a_gpu_there_is_none(warm):
    with asked(warm, b"import torch\nresult = torch.cuda.is_available()\n") as student:
        assert student.cuda in (True, False)
        student.load()
    assert warm.isolation.startswith("process")


@pytest.mark.slow
@LINUX
def test_the_grading_process_never_imports_torch_and_takes_all_with_it_when_killed():
    program = """
import sys, time
from autograder.isolation import WarmParent
SOURCE = b"def hang():\\n    while True: pass\\ndef ok():\\n    return 1\\n"
with WarmParent() as warm:
    with warm.submission(SOURCE, "vae.py") as s:
        assert s.call("ok") == 1
        assert "torch" not in sys.modules
        print(warm.pid, warm._base, flush=True)
        s.call("hang")
"""
    started = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    with started:
        assert started.stdout is not None
        pid, base = started.stdout.readline().split()
        everything = [int(pid), *descendants(int(pid))]
        assert len(everything) == 3
        started.kill()
    assert eventually(lambda: all(map(gone, everything)))
    assert eventually(lambda: not Path(base).exists())


@pytest.mark.parametrize("tree", ["chain", "closed", "links"])
def test_a_folder_is_removed_however_it_was_left(tree, tmp_path):
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    outside.write_text("kept")
    here = os.open(folder, os.O_RDONLY)
    if tree == "chain":
        for _ in range(1200):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    elif tree == "closed":
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "file").write_text("x")
        (folder / "a" / "b").chmod(0)
        (folder / "a").chmod(0)
        folder.chmod(0)
    else:
        (folder / "to a file").symlink_to(outside)
        (folder / "to a folder").symlink_to(tmp_path)
        (folder / "a").mkdir()
        (folder / "a" / "up").symlink_to(folder)
    os.close(here)
    remove(folder)
    assert not folder.exists() and outside.read_text() == "kept"
