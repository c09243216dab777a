"""One class by three ways: a score is the same whichever way a submission came."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import courses
import pytest
from courses import NAME
from test_gradescope import Container
from test_nbgrader import doubled, scores, split, stripped

from autograder import assignments, results
from autograder.assignments.vae.specimens.__main__ import untouched

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not hasattr(os, "getuid") or os.getuid() != 0, reason="Gradescope's container is root's"
    ),
]
PRIVATE = assignments.load(NAME)
RIGHT = PRIVATE.reference
SPECIMENS = {specimen.name: specimen.source for specimen in PRIVATE.specimens()}
FORGER = b"""
import atexit, builtins, os, sys, torch
torch.allclose = lambda *a, **k: True
builtins.isinstance = lambda *a: True
for number in range(3, 64):
    try:
        os.write(number, b'{"score": 12, "pass": true}')
    except OSError:
        pass
"""
CLASS: dict[str, tuple[bytes | None, str]] = {  # student: the module, what befell the notebook
    "ada": (RIGHT, ""),
    "alonzo": (SPECIMENS["sampler_rsample"], "split"),
    "annie": (SPECIMENS["label_first"], "doubled"),
    "barbara": (SPECIMENS["decoder_lacks_a_layer"], ""),
    "claude": (SPECIMENS["loss_batch_summed"], "stripped"),
    "donald": (SPECIMENS["reparametrize_uniform"], "gone"),
    "margaret": (untouched(), ""),
    "john": (b"class VAE:\n    def __init__(self\n", ""),
    "edith": (RIGHT.decode().encode("utf-16"), "broken"),
    "hedy": (b"import os\nos._exit(0)\n" + RIGHT, ""),
    "mallory": (SPECIMENS["loss_batch_summed"] + FORGER, ""),
    "nobody": (None, ""),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class, graded by `autograder grade` and into nbgrader's gradebook."""
    root = courses.make(tmp_path_factory.mktemp("ways") / "course")
    config, database = root / "nbgrader_config.py", f"sqlite:///{root}/elsewhere.db"
    config.write_text(f"{config.read_text('utf-8')}\nc.CourseDirectory.db_url = {database!r}\n")
    for student, (module, befell) in CLASS.items():
        courses.hand_in(root, student, module, notebook(befell))
    courses.run(root, "nbgrader", "generate_assignment", NAME, "--force")
    courses.run(root, "autograder", "grade", "submitted", "--out", "graded", "--train", "never")
    courses.run(root, "autograder", "nbgrader", NAME, "--train", "never")
    return root


def notebook(befell: str) -> str | None:
    cells = {"split": split, "doubled": doubled, "stripped": stripped}
    if befell in cells:
        return courses.changed(cells[befell])
    return {"": courses.changed(), "broken": '{"cells": [', "gone": None}[befell]


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    with tempfile.TemporaryDirectory(prefix="ways-") as folder:
        yield Container(Path(folder), courses.SECRET.encode())


def kept(root: Path, student: str) -> dict[str, Any]:
    return json.loads((root / "graded" / student / results.FILE).read_bytes())


def test_the_class_is_graded_as_it_deserves(graded):
    points = {student: kept(graded, student)["score"] for student in CLASS}
    assert points == {
        **dict.fromkeys(["ada", "alonzo", "annie"], 12),
        **dict.fromkeys(["barbara", "claude"], 11),
        "donald": 10,
        **dict.fromkeys(["margaret", "john", "edith", "hedy", "mallory", "nobody"], 0),
    }


@pytest.mark.parametrize("student", CLASS)
def test_nbgrader_has_the_same_score_in_each_task(graded, student):
    told: dict[str, float] = {}
    for entry in kept(graded, student)["tests"]:
        if entry["extra_data"]["kind"] == "part" and entry["max_score"]:
            task = entry["extra_data"]["task"]
            told[task] = told.get(task, 0) + entry["score"]
    assert scores(graded, student) == told and told


@pytest.mark.parametrize("student", CLASS)
def test_gradescope_has_the_same_outcome_of_each_check(graded, container, student):
    folder = graded / "submitted" / student / NAME
    there = container.grade({path.name: path.read_bytes() for path in folder.iterdir()})
    here = kept(graded, student)
    assert there["score"] == here["score"]
    assert outcomes(there) == outcomes(here) and len(outcomes(here)) > 60
    for about in ("status", "reason", "sha256"):
        assert there["extra_data"][about] == here["extra_data"][about]


def outcomes(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (e["name"], e["status"], e.get("score"), e["extra_data"]["outcome"])
        for e in result["tests"]
        if e["extra_data"].get("part") != "train" and not e["name"].startswith("Train")
    ]
