"""How a worker ends that takes too long, too much, or its own life, and what is said of it."""

from __future__ import annotations

import time

import pytest
from boundary import LINUX, asked, ending, eventually

from autograder.isolation import (
    Limits,
)
from autograder.isolation.system import descendants
from nndl2.checks.model import Reason, StudentError

# Time and death


@pytest.mark.parametrize("loop", [b"while True: pass", b"import time; time.sleep(1000)"])
def test_a_call_that_never_ends_is_timed_out_and_the_next_one_answered(warm, loop):
    with asked(warm, b"def hang():\n    " + loop + b"\n", question_seconds=0.3) as student:
        e = ending(lambda: student.call("hang"))
        assert (e.reason, e.target) == (Reason.TIMED_OUT, "hang")
        assert e.sentence == "hang did not answer within 0.3 s"
        student._lives.limits = Limits()
        assert student.call("ok") == 1


def test_a_file_that_never_finishes_loading_is_tried_once(warm):
    with asked(warm, b"while True: pass\n", load_seconds=0.3) as student:
        first = ending(student.load)
        assert (first.reason, first.target) == (Reason.TIMED_OUT, "")
        assert "still loading after 0.3 s" in first.sentence
        start = time.monotonic()
        assert ending(lambda: student.call("ok")) is first
        assert time.monotonic() - start < 0.3


@pytest.mark.parametrize("loop", [b"while True: pass", b"for i in iter(int, 1): pass"])
def test_a_file_that_computes_for_too_long_while_it_loads_is_told_its_line(warm, loop):
    with asked(warm, b"x = 1\n\n" + loop + b"\n", load_cpu_seconds=0.3) as student:
        e = ending(student.load)
        assert (e.reason, e.line) == (Reason.TIMED_OUT, 5)  # two lines come before
        assert "still loading after 0.3 s at line 5; what takes long belongs" in e.sentence


def test_a_file_that_goes_on_after_its_processor_time_meets_the_clock(warm):
    source = b"while True:\n    try:\n        sum(range(99))\n    except BaseException: pass\n"
    with asked(warm, source, load_cpu_seconds=0.1, load_seconds=0.5) as student:
        e = ending(student.load)
        assert (e.reason, e.line) == (Reason.TIMED_OUT, 0)
        assert "still loading after 0.5 s; what takes long" in e.sentence


def test_processor_time_of_loading_is_not_held_against_the_questions(warm):
    source = b"def spin():\n    return sum(i for i in range(10**7))\n"
    with asked(warm, source, load_cpu_seconds=0.2) as student:
        student.load()
        assert student.call("spin") == 49999995000000


def test_a_submission_has_a_budget_for_all_its_questions(warm):
    with asked(warm, b"def hang():\n    while True: pass\n") as student:
        assert student.call("ok") == 1
        student._lives.limits = Limits(budget_seconds=student._lives.seconds + 0.3)
        assert "s for one submission are used up" in ending(lambda: student.call("hang")).sentence
        later = ending(lambda: student.call("ok"))
        assert (later.reason, later.target) == (Reason.TIMED_OUT, "ok")


def test_a_target_that_was_late_twice_is_not_asked_again(warm):
    with asked(warm, b"def hang():\n    while True: pass\n", question_seconds=0.3) as student:
        errors = [ending(lambda: student.call("hang")) for _ in range(2)]
        spent = student._lives.seconds
        assert ending(lambda: student.call("hang")) is errors[-1]
        assert student._lives.seconds == spent
        student._lives.limits = Limits()
        assert student.call("ok") == 1


@LINUX
def test_processor_time_is_limited(warm):
    with asked(warm, b"def spin():\n    while True: pass\n", cpu_seconds=1) as student:
        e = ending(lambda: student.call("spin"))
        assert e.reason is Reason.TIMED_OUT
        assert "processor time" in e.sentence


def test_a_program_that_exits_while_it_loads_says_so_to_every_question(warm):
    with asked(warm, b"import os; os._exit(0)\n") as student:
        first = ending(lambda: student.build("VAE"))
        assert (first.reason, first.target) == (Reason.CRASHED, "")
        assert "ended itself (os._exit or sys.exit, status 0)" in first.sentence
        assert "while vae.py loaded" in first.sentence
        assert ending(lambda: student.call("ok")) is first


@pytest.mark.parametrize(
    ("crash", "name"),
    [
        (b"import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        (b"import os; os.abort()", "SIGABRT"),
        (b"import os; os.kill(os.getpid(), 9)", "SIGKILL"),
    ],
)
def test_a_crash_names_its_signal_and_costs_one_question(warm, crash, name):
    source = b"class Net:\n    pass\ndef crash():\n    " + crash + b"\n"
    with asked(warm, source) as student:
        net = student.build("Net")
        e = ending(lambda: student.call("crash"))
        assert (e.reason, e.target) == (Reason.CRASHED, "crash")
        assert f"ended by signal {name}" in e.sentence
        assert ending(lambda: student.weights(net)).target == "crash"
        assert student.weights(student.build("Net")) == {}
        assert student.call("ok") == 1


def test_ctrl_c_raised_by_the_program_is_its_own_error(warm):
    with asked(warm, b"def stop():\n    raise KeyboardInterrupt\n") as student:
        with pytest.raises(StudentError) as raised:
            student.call("stop")
        assert raised.value.kind == "KeyboardInterrupt"
        assert student.call("ok") == 1
    with asked(warm, b"raise KeyboardInterrupt\n") as student:
        told = ending(student.load)
        assert told.line == 3 and "KeyboardInterrupt at line 3 while" in told.sentence
        assert "it interrupts the program by itself; delete that line" in told.sentence


def test_a_file_that_raises_or_cannot_be_read_is_unusable_as_a_whole(warm):
    with asked(warm, b"\n1 / 0\n") as student:
        e = ending(lambda: student.call("ok"))
        assert (e.reason, e.target, e.line) == (Reason.CRASHED, "", 4)
    with asked(warm, b"def (:\n") as student:
        assert ending(student.load).reason is Reason.MALFORMED
    with warm.submission(b"", "vae.py") as student:
        assert ending(student.load).sentence == "vae.py is empty"


# Limits


@LINUX
@pytest.mark.parametrize(
    ("hog", "kind"),
    [
        (b"bytearray(8 << 30)", "MemoryError"),
        (b"__import__('torch').ones(1 << 31)", "RuntimeError"),
        (b"[bytearray(1 << 20) for _ in range(1 << 20)]", "MemoryError"),
    ],
)
def test_memory_is_limited(warm, hog, kind):
    source = b"def hog():\n    return " + hog + b"\n"
    with asked(warm, source, memory_bytes=256 << 20) as student:
        with pytest.raises(StudentError) as raised:
            student.call("hog")
        assert raised.value.kind == kind
        assert student.call("ok") == 1
    assert student.peak_memory < 2 << 30


@LINUX
def test_memory_that_a_program_kept_is_not_lacking_in_the_next_question(warm):
    source = b"kept = []\ndef hog():\n    while True: kept.append(bytearray(1 << 20))\n"
    source += b"def some():\n    return len(bytearray(100 << 20))\n"
    with asked(warm, source, memory_bytes=256 << 20) as student:
        with pytest.raises(StudentError, match="MemoryError"):
            student.call("hog")
        assert student.call("some") == 100 << 20


def test_a_file_cannot_grow_without_end(warm):
    source = b"def fill():\n    open('big', 'wb').write(bytes(1 << 20))\n"
    with asked(warm, source, file_bytes=1 << 16) as student, pytest.raises(StudentError) as raised:
        student.call("fill")
    assert raised.value.kind == "OSError"


def test_a_flood_of_output_is_cut_and_does_no_harm(warm):
    source = b"def flood():\n    for _ in range(300): print('x' * 99_999)\n    return 2\n"
    with asked(warm, source, output_bytes=1000) as student:
        assert student.call("flood") == 2
    assert student.log == "x" * 1000


def test_what_a_program_prints_is_kept_without_control_characters(warm):
    source = b"""import sys
print('a\\x1b[2J\\u202eb')
sys.stderr.write('c\\n')
__import__('os').write(1, b'd\\n')
sys.stdout = None
"""
    with asked(warm, source) as student:
        assert student.call("ok") == 1
    assert student.log == "a[2Jb\nc\nd\n"


@pytest.mark.slow
@LINUX
def test_a_fork_bomb_is_cleared_away(weak):
    source = b"""import os, time
def bomb():
    for _ in range(40):
        try:
            if os.fork() == 0:
                os.setsid()
                time.sleep(1000)
        except OSError:
            break
    return 2
"""
    before = len(descendants(weak.pid))
    with asked(weak, source) as student:
        assert student.call("bomb") == 2
        assert len(descendants(weak.pid)) > before + 10
    assert eventually(lambda: len(descendants(weak.pid)) <= before)
