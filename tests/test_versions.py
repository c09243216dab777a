"""What a verdict depends on: one change at a time in a copy of the kit, and whose version changes.

The checks of the kit itself are looked at; only files are read, nothing in the copy is run.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.assignments import ROOT, load, names
from autograder.verdicts.reach import ORACLE, WHOLE, Reach
from autograder.verdicts.versions import _Maker, _places, versions

NOW = versions(load("vae"), "never")
Edit = Callable[[str, str, str], set[str]]


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Edit:
    """Whose version changes when the text of one file of the kit is edited."""
    copy = tmp_path_factory.mktemp("kit")
    ignored = shutil.ignore_patterns("__pycache__", "*.json", "*.npz", "specimens")
    for room in ("nndl2", "autograder"):
        shutil.copytree(ROOT / room, copy / room, ignore=ignored)

    def edit(file: str, old: str, new: str) -> set[str]:
        path = copy / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        try:
            then = versions(load("vae"), "never", copy)
        finally:
            path.write_text(text, "utf-8")
        return {check for check, version in then.of.items() if version != NOW.of[check]}

    return edit


def after(*ids: str) -> set[str]:
    """These checks, and all that come after one of them."""
    found, private = {*ids}, load("vae")
    for check in (*private.checks, *private.training_checks):
        if found & {c.id for c in check.after}:
            found.add(check.id)
    return found


LOSS, IMPORT = "nndl2/checks/vae/loss.py", "from __future__"


@pytest.mark.slow
def test_a_change_touches_what_it_reaches_and_what_comes_after(changed: Edit) -> None:
    # a check, and one that others come after
    assert changed(LOSS, "rtol=2e-5", "rtol=3e-5") == {"loss.loss_has_the_stored_value"}
    assert changed(LOSS, "h=28, w=28", "h=28, w=27") == after("loss.loss_is_a_scalar")
    # a constant, a law, a formula
    terms = '{"bce_without_kl": "kl_weighted", "kl_without_bce": "bce_weighted", **KL_TERMS}'
    assert changed(LOSS, terms, "{**KL_TERMS}") == after("loss.loss_averages_over_the_batch")
    law = changed("nndl2/laws/losses.py", "TIGHT = 3e-4", "TIGHT = 4e-4")
    assert law and {check.partition(".")[0] for check in law} == {"loss"}
    oracle = changed("autograder/oracles/losses.py", "def example(", "@bare\ndef example(")
    assert "loss.loss_has_the_stored_value" in oracle and len(oracle) < len(NOW.of) / 4
    table = changed(
        "autograder/assignments/vae/formulas.py",
        '"encoder": networks.stack([relu] * 3',
        '"encoder": networks.stack([relu] * 2',
    )
    assert {check.partition(".")[0] for check in table} == {"encoder", "cvae_encoder"}


@pytest.mark.slow
def test_a_sentence_or_a_points_table_touches_no_version(changed: Edit) -> None:
    layers, points = (
        "autograder/oracles/catalogue/layers.py",
        "autograder/assignments/vae/points.py",
    )
    assert changed(LOSS, "the loss is one number, for", "the loss is a number, for") == set()
    assert changed(LOSS, 'about="averages"', 'about="means"') == set()
    assert changed(layers, "A hidden layer is missing.", "One is missing.") == set()
    assert changed(points, "POINTS", "POINTS = {}\nPOINTS") == set()
    assert changed("nndl2/checks/words.py", IMPORT, f"import re\n{IMPORT}") == set()


@pytest.mark.parametrize("file", ["autograder/isolation/worker.py", "nndl2/checks/compare.py"])
def test_what_stands_between_all_checks_and_a_submission_touches_all(
    changed: Edit, file: str
) -> None:
    assert changed(file, IMPORT, f"# changed\n{IMPORT}") == {*NOW.of}


@pytest.mark.slow
def test_how_it_is_trained_touches_the_training_checks_alone(changed: Edit) -> None:
    trained = {check.id for check in load("vae").training_checks}
    edit = ("autograder/training.py", "QUESTION_SECONDS = 600", "QUESTION_SECONDS = 60")
    assert changed(*edit) == trained
    other = versions(load("vae"), "always").of
    assert {check for check in other if other[check] != NOW.of[check]} == trained


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_each_question_to_the_oracle_is_among_those_that_are_reached(name: str) -> None:
    private = load(name)
    made, table = _Maker(private, "never", ROOT), json.loads(_answers(name))
    asked = {check.id: questions(made.reach, check.ask) for check in private.checks}
    for check, known in asked.items():
        assert {row["name"] for row in table.get(check, ())} <= known
        assert WHOLE not in known  # or each formula of the assignment would touch it


def _answers(name: str) -> str:
    return (ROOT / "nndl2" / "answers" / f"{name}.json").read_text("utf-8")


def questions(reach: Reach, ask: object) -> set[str]:
    return {name for module, name in reach.places(_places(ask, declared=True)) if module == ORACLE}


# what cannot be resolved


def digest(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return Reach(folder, [folder], ["table"]).digest([("checks", "asks")])


CHECKS = "import law\n\ndef asks(student, draw, oracle):\n    {}\n\nOTHER = 1\n"
LAW = "def holds():\n    return {}\n\ndef other():\n    return {}\n"
TABLE = 'FORMULAS = {{"one": lambda x: {}, "two": lambda x: {}}}\n'


@pytest.mark.parametrize(
    ("line", "touched"),
    [
        ("law.holds()", ["law.holds"]),
        ("[getattr(law, name)() for name in student]", ["law.holds", "law.other"]),
        ("from law import other as mine; mine()", ["law.other"]),
        ('oracle("one")', ["one"]),
        ('oracle("o" + "ne")', ["one", "two"]),
        ("law.holds(oracle)", ["law.holds", "one", "two"]),
        ("globals()[student]", ["law.holds", "law.other", "checks.OTHER"]),
    ],
)
def test_what_cannot_be_resolved_counts_as_the_whole_file(
    tmp_path: Path, line: str, touched: list[str]
) -> None:
    files = {"checks": CHECKS.format(line), "law": LAW.format(1, 1), "table": TABLE.format(1, 1)}
    edits = {
        "law.holds": {"law": LAW.format(2, 1)},
        "law.other": {"law": LAW.format(1, 2)},
        "one": {"table": TABLE.format(2, 1)},
        "two": {"table": TABLE.format(1, 2)},
        "checks.OTHER": {"checks": files["checks"].replace("OTHER = 1", "OTHER = 2")},
    }
    before = digest(tmp_path, **files)
    found = [what for what, edit in edits.items() if digest(tmp_path, **files | edit) != before]
    assert found == touched


def test_a_table_that_is_filled_below_counts_with_what_fills_it(tmp_path: Path) -> None:
    text = "T = {}\nT['a'] = 1\n\ndef asks(student, draw, oracle):\n    return T\n"
    assert digest(tmp_path, checks=text) != digest(tmp_path, checks=text.replace("= 1", "= 2"))
