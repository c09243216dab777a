"""What grading takes of a machine, where a number can be promised."""

from __future__ import annotations

import json
import mmap
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import assignments
from autograder.assignments import ROOT
from benchmarks import classes, figures, isolation, memory
from benchmarks.classes import Grown

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
    before, size = memory.pss(os.getpid()), 64 << 20
    with mmap.mmap(-1, size) as held:  # new pages, where malloc may give some that are held already
        held.write(b"x" * size)
        assert memory.pss(os.getpid()) > before + size // 2
    assert memory.pss(2**22) == 0


@pytest.mark.slow
def test_the_price_is_that_of_submissions_which_get_full_marks(weak):
    private = assignments.load("vae")
    sources = isolation.right(private, 200)
    assert len(sources) == 200 and sources[0] == private.reference
    assert isolation.seconds(private, weak, sources[:1]) > 0
    with pytest.raises(SystemExit, match="lost points"):
        isolation.seconds(private, weak, [private.reference.replace(b"relu", b"tanh") + b"\n1/0"])


def test_a_row_says_whether_its_goal_is_met_or_why_nobody_can_tell(tmp_path: Path):
    rows = [
        figures.compared("speed", 12.0, 2.0, least=8),
        figures.compared("time", 12.0, 10.0, most=1.4),
        figures.single("memory", 500.0, most=768),
        figures.absent("GPU", "at most 1.5", "there is no GPU here"),
    ]
    assert [(r.ratio, r.met) for r in rows] == [(6, False), (1.2, True), (None, True), (None, None)]
    told = figures.table(rows)
    assert "at least 8 times" in told and "NOT met" in told and "there is no GPU here" in told
    figures.write(rows, tmp_path / "results.json")
    kept = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert {"name", "ours", "peer", "ratio", "goal", "met", "machine"} <= set(kept[0])
    assert kept[3]["met"] is None and kept[3]["why"]
    assert kept[0]["machine"].endswith("cores") and os.uname().nodename not in kept[0]["machine"]


def test_growth_is_measured_on_what_there_is_time_for_and_fitted(tmp_path: Path):
    assert classes.affordable(rate=10, seconds=400) == [10, 100, 1_000, 3_000][:3]
    assert classes.affordable(rate=1, seconds=60) == [10, 50]
    found = [Grown(n, 0.4 * n**1.1, 500) for n in (10, 100, 1_000)]
    assert classes.slope(found) == pytest.approx(1.1)
    classes.draw(found, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
