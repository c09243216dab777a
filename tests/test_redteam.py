"""Hostile submissions: none forges a point, leaks a canary, or leaves a process or a file behind.

`make redteam` tries all of them in every mode and prints the table; here is what fits into minutes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from redteam import modes, pages, rivals, watch
from redteam.attack import PRIVATE, Attack, base, everywhere
from redteam.families import all_attacks
from redteam.families.files import SIFT, TELL
from redteam.families.planting import PLANTED

from autograder import results
from autograder.isolation import Limits, WarmParent
from autograder.results.graded import Graded
from nndl2.checks.model import CheckError, Outcome, Report, Status, Verdict

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the attacks are written for Linux")
ATTACKS = all_attacks()


def problems(column: modes.Column) -> list[str]:
    """All that went wrong in a mode."""
    return [f"{f.attack.id}: {p}" for f in column.findings for p in f.problems] + column.problems


def test_the_corpus_is_as_large_as_promised():
    assert len({attack.family for attack in ATTACKS}) >= 40
    assert len(ATTACKS) >= 120
    assert Counter(attack.id for attack in ATTACKS).most_common(1)[0][1] == 1


@pytest.mark.slow
class TestStrongest:
    """Every attack, with all walls that hold on this machine."""

    def test_nothing_is_forged_leaked_or_left(self):
        column = modes.tried(modes.strongest(), ATTACKS, jobs=3)
        assert problems(column) == []
        assert not [f for f in column.findings if f.skipped] or not column.walls


def asked_to_put(parent: WarmParent, attack: Attack) -> Iterator[Exception | None]:
    """What comes of asking for its weights, class by class: a CheckError, or nothing."""
    limits = Limits(question_seconds=2, budget_seconds=12)
    source = attack.source({})
    with parent.submission(source, attack.file, limits=limits) as student:
        for cls, sizes in {"VAE": (12, 20), "CVAE": (12, 3, 20)}.items():
            try:
                net = student.build(cls, *sizes)
                weights = student.weights(net)
                student.put(net, {name: array + 1 for name, array in weights.items()})
                now = student.weights(net)
                assert {*now} == {*weights}
                student.put(net.part("mu_layer"), {"weight": np.ones((20, 400))})
                student.gradients(net.part("mu_layer"), np.ones((2, 400), "f"), wrt="parameters")
                for target in (net.part("mu_layer.weight"), "VAE", net.part("nz"), "BEST_BETA"):
                    student.read(target)
            except CheckError as e:
                yield e
            else:
                yield None


@pytest.mark.slow
@pytest.mark.parametrize("name", [a.id for a in ATTACKS if a.family == PLANTED])
def test_weights_that_fight_back_are_an_error_and_leave_nothing(name, warm):
    attack = next(attack for attack in ATTACKS if attack.id == name)
    start = time.monotonic()
    found = list(asked_to_put(warm, attack))
    assert len(found) == 2 and time.monotonic() - start < 30
    texts = [str(e) for e in found if e is not None]
    assert all(text.isprintable() and len(text) < 500 for text in texts)
    assert list(watch.left_running(attack.id)) == []
    with warm.submission(b"def ok():\n    return 1\n", "vae.py") as honest:
        assert honest.call("ok") == 1


@pytest.mark.slow
class TestWeaker:
    """Three attacks a family without any wall, and one a family with some."""

    def test_points_processes_and_limits_hold_without_a_wall(self):
        assert problems(modes.tried((), modes.one_a_family(ATTACKS, 3), jobs=3)) == []

    def test_each_promise_holds_with_each_of_its_walls(self):
        few = modes.one_a_family(ATTACKS)
        choices = modes.others(modes.strongest())
        for n, choice in enumerate(choices):  # each family meets one of them here
            assert problems(modes.tried(choice, few[n :: len(choices)], jobs=3)) == [], choice


# What finds something out has to be able to


@pytest.fixture(scope="module")
def weak():
    """A mode without any wall, where attacks succeed that need one."""
    with modes.opened(()) as mode:
        yield mode


def found(mode, **attack) -> list[str]:
    """What the trial says of an attack that is promised to fail."""
    return mode.one(Attack("made up", "for this test", **attack)).problems


@pytest.mark.slow
def test_points_above_the_honest_twin_are_called_forged(weak):
    solved = {"before": base("half"), "base": "stub", "after": base("half")}
    assert found(weak, **solved) == ["forged: 3 points, its honest twin has 0"]


@pytest.mark.slow
def test_a_canary_that_can_be_read_is_noticed_wherever_it_comes_out(weak):
    wrong = found(weak, before=SIFT + "for _f in FILES: _read(_f)", after=TELL)
    assert any(p.startswith("leaked: CANARY-secret") and "printed" in p for p in wrong)
    assert any("results" in p for p in found(weak, after=spelled(weak)))


def spelled(mode) -> str:
    """An attack whose own lines hold a canary, as feedback may quote them."""
    return everywhere(f"raise ValueError({mode.plant.values['course']!r})")


@pytest.mark.slow
def test_a_file_that_is_left_and_one_that_is_changed_are_noticed(weak):
    left = found(weak, before='open("/tmp/" + @MARK@, "w").close()')
    assert len(left) == 1 and left[0].startswith("file: /tmp/") and left[0].endswith("was left")
    changed = found(weak, before='open(@SECRET@, "w").close()')
    assert changed == ["file: secret was changed"]


@pytest.mark.slow
def test_time_over_its_limit_is_noticed(weak):
    seen = watch.Watch(weak.parent)
    graded = weak.grade(Attack("", "", base="right").twin, seen)
    assert graded.report.score == 12
    strict = Limits(budget_seconds=0.01)
    assert any(problem.startswith("time:") for problem in seen.late(strict, 60.0))


def test_what_runs_or_counts_in_a_page_or_a_sheet_is_noticed(tmp_path):
    report = Report(PRIVATE.public, (), PRIVATE.points)
    graded = replace(Graded(report, Status.MALFORMED), sentence="[a](javascript:b) <b>\x1b[2J")
    results.save(tmp_path / "ada", graded)
    page = tmp_path / "ada" / results.FEEDBACK
    page.write_text("[a](javascript:b) \x1b[2J")
    assert set(pages.of_a_result(tmp_path / "ada")) == {
        "text: control characters",
        "text: Markdown or HTML that is not escaped",
    }
    assert pages.Tags("<p onclick='x'><script>1</script>").found == ["onclick", "script"]


def test_an_input_in_a_result_is_noticed_unless_the_notebook_asks_it_too(tmp_path):
    check = PRIVATE.checks[0]
    verdict = Verdict(check, Outcome.FAIL, note="it raised E: INPUT:-0.25 INPUT:1.5 494e5055543a31")
    graded = Graded(Report(PRIVATE.public, (verdict,), PRIVATE.points), Status.GRADED)
    results.save(tmp_path / "ada", graded)
    inputs = {"INPUT:-0.25", "INPUT:1.5", "494e5055543a31"}
    told = {f"leaked: a secret input, {one}" for one in inputs}
    assert set(pages.of_a_result(tmp_path / "ada")) == told
    assert len([*pages.of_a_result(tmp_path / "ada", lambda: inputs - {"INPUT:1.5"})]) == 1
    assert not [*pages.of_a_result(tmp_path / "ada", lambda: inputs)]


def test_a_process_that_is_left_is_noticed(monkeypatch):
    monkeypatch.setattr(watch, "PATIENCE", 0.1)
    wait = "import sys; print('started', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", wait, "leftover-of-a-test"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        try:
            assert process.stdout.readline() == b"started\n"  # by then it has its name
            assert list(watch.left_running("leftover-of-a-test")) == [
                f"process: {process.pid} was left"
            ]
        finally:
            process.kill()
    assert list(watch.left_running("leftover-of-a-test")) == []


@pytest.fixture(scope="module")
def server():
    """A place where nothing protects the tests, behind bubblewrap."""
    if why := rivals.missing():
        pytest.skip(why)
    with rivals.servers(1) as waiting:
        yield waiting.get()


@pytest.mark.slow
class TestRivals:
    """Beside pytest and in nbgrader's cell, where nothing protects the tests."""

    @pytest.mark.parametrize("kind", rivals.KINDS)
    def test_honest_work_gets_what_it_deserves(self, server, kind):
        assert rivals.honest(server, Attack("", "", base="right"), kind)
        assert not rivals.honest(server, Attack("", "", base="half"), kind)

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            ("pytest", "test runner patched: reports say passed"),
            ("pytest", "test runner patched: tests are not run"),
            ("pytest", "files beside it: conftest.py"),
            ("cell", "comparer patched: assert without effect"),
        ],
    )
    def test_what_this_kit_withstands_forges_points_there(self, server, kind, name):
        attack = next(attack for attack in ATTACKS if attack.id == name)
        assert rivals.forged(server, attack, kind)
