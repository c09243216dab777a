"""What grading takes of a machine, where a number can be promised."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from autograder import assignments
from autograder.assignments import ROOT
from benchmarks import isolation, memory

REFERENCE = ROOT / "source" / "vae" / "vae.py"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="PSS is Linux's")
def test_grading_fits_into_gradescope_s_smallest_container():
    command = [sys.executable, "-m", "benchmarks.memory", REFERENCE]
    told = subprocess.run(command, cwd=assignments.ROOT, capture_output=True, text=True, check=True)
    found = re.search(r"(\d+) MB at most \((\d+) looks, score 12\); fits into", told.stdout)
    assert found and int(found[2]) > 5
    assert 100e6 < int(found[1]) * 1e6 < memory.GRADESCOPE_BYTES


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is Linux's")
def test_memory_of_a_process_is_seen_and_of_none_is_nothing(tmp_path):
    before, held = memory.pss(os.getpid()), b"x" * (64 << 20)
    assert memory.pss(os.getpid()) > before + len(held) // 2
    assert memory.pss(2**22) == 0


@pytest.mark.slow
def test_the_price_is_that_of_submissions_which_get_full_marks(weak):
    private = assignments.load("vae")
    sources = isolation.right(private, 200)
    assert len(sources) == 200 and sources[0] == private.reference
    assert isolation.seconds(private, weak, sources[:1]) > 0
    with pytest.raises(SystemExit, match="lost points"):
        isolation.seconds(private, weak, [private.reference.replace(b"relu", b"tanh") + b"\n1/0"])
