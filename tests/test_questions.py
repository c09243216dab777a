"""Questions that a person grades, as students meet them: named, never scored, counted in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import essays
import pytest
import tiny
from essays import BETA, LEAD, QUESTIONS, SAMPLES
from hypothesis import given
from hypothesis import strategies as st

from nndl2 import handin
from nndl2.checks import show, words, written
from nndl2.checks.card import card
from nndl2.checks.model import Outcome, Report, Verdict
from nndl2.checks.questions import HandSum, Mark, count, sums
from nndl2.checks.written import PLACEHOLDER, Blank
from nndl2.notebooks import answers, notebook, paper

BLANKS = {question.name: Blank("", f"{LEAD}\n\n{PLACEHOLDER}") for question in QUESTIONS}
EVIL = "<script>alert(1)</script> *b*"


def report(**marks: Mark) -> Report:
    """A right program, and what people gave."""
    verdicts = tuple(Verdict(c, Outcome.PASS) for c in essays.private().checks)
    named = {f"question_{name}": mark for name, mark in marks.items()}
    return Report(essays.ASSIGNMENT, verdicts, essays.POINTS, questions=QUESTIONS, marks=named)


# a state of its own


@pytest.mark.parametrize(
    ("marks", "said", "cell"),
    [
        ({}, "3 of 3 by checks, 3 by hand open", "3 open"),
        ({"samples": Mark(1.5)}, "3 of 3 by checks, 1.5 of 2 by hand, 1 open", "1.5 / 2, 1 open"),
        ({"samples": Mark(0), "beta": Mark(1)}, "3 of 3 by checks, 1 of 3 by hand", "1 / 3"),
        ({"samples": Mark(0)}, "3 of 3 by checks, 0 of 2 by hand, 1 open", "0 / 2, 1 open"),
    ],
)
def test_two_sums_stand_side_by_side_and_an_open_answer_is_no_zero(
    marks: dict[str, Mark], said: str, cell: str
) -> None:
    found = report(**marks)
    assert sums(found.score, found.max_score, found.by_hand) == said
    assert HandSum.of(found.by_hand).cell == cell
    assert (found.score, found.max_score) == (3, 3)


def test_without_questions_the_words_are_as_ever() -> None:
    assert sums(11, 12) == "11 of 12 points"


def test_card_and_text_name_each_question_with_its_points_and_its_state() -> None:
    found = report(beta=Mark(0.5, EVIL))
    shown = words.text(found)
    assert "? What samples look like (2 points)  graded by hand, open\n" in shown
    assert f"? Large beta (0.5 of 1)              graded by hand: {EVIL}\n" in shown
    page = card(found)
    assert page.count("graded by hand") == 2 and "<script>" not in page


def test_markdown_has_a_section_of_them_and_escapes_what_a_person_wrote() -> None:
    page = words.hand_markdown(report(beta=Mark(0.5, EVIL)).by_hand)
    assert page.startswith("## Graded by hand\n\n- What samples look like (2 points): graded by")
    assert "<script>" not in page and "\\*b\\*" in page
    assert words.hand_markdown(()) == ""


def test_the_card_of_one_task_names_none() -> None:
    assert report().only("double").by_hand == ()


def test_check_names_them_where_all_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "checks_of", lambda name: essays.private().checks)
    monkeypatch.setattr(
        show, "stored", lambda subject: {"mistakes": {}, "points": essays.POINTS, "hints": "none"}
    )
    verdicts = report().verdicts
    assert show._report(essays.ASSIGNMENT, verdicts).questions == QUESTIONS
    assert show._report(essays.ASSIGNMENT, verdicts[:1]).questions == ()


# words


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("two words", 2),
        ("a dash - is none, nor are -- or ...", 7),
        ("$z = 0$ is two and more", 6),
        ("line\nbreaks\tand  blanks", 4),
        ("don't split half-words", 3),
        ("ein Wörterbuch für 2", 4),
    ],
)
def test_a_word_stands_between_blanks_and_holds_a_letter_or_a_digit(text: str, n: int) -> None:
    assert count(text) == n


@given(st.lists(st.text("ab1", min_size=1), max_size=20), st.sampled_from([" ", "\n", "\t - \n"]))
def test_words_are_counted_whatever_stands_between(pieces: list[str], between: str) -> None:
    assert count(between.join(pieces)) == len(pieces)


# what is read of a notebook


def read(data: bytes) -> dict[str, str]:
    return written.answers(written.parsed(data), QUESTIONS, BLANKS)


def test_an_answer_is_what_the_student_wrote_without_what_was_given_out() -> None:
    found = read(essays.answered({SAMPLES: "Blurred digits.\n\nMostly."}))
    assert found == {SAMPLES: "Blurred digits.\n\nMostly.", BETA: ""}


@pytest.mark.parametrize("text", [PLACEHOLDER, "", "  \n ", LEAD, f"{LEAD}\n\n{PLACEHOLDER}\n"])
def test_what_is_empty_or_unchanged_is_no_answer(text: str) -> None:
    def edit(cells: list[essays.Notebook]) -> None:
        next(c for c in cells if written.grade_id(c) == SAMPLES)["source"] = text

    assert read(essays.answered({}, edit)) == {SAMPLES: "", BETA: ""}


def test_a_cell_that_is_gone_is_told_from_an_empty_one() -> None:
    assert read(essays.answered({SAMPLES: None})) == {BETA: ""}


def test_of_two_cells_the_one_with_the_answer_counts() -> None:
    def twice(cells: list[essays.Notebook]) -> None:
        cells.insert(0, json.loads(essays.answered({}))["cells"][4])

    assert read(essays.answered({SAMPLES: "Blurred."}, twice))[SAMPLES] == "Blurred."


def test_where_a_platform_dropped_the_metadata_the_cells_id_tells() -> None:
    def stripped(cells: list[essays.Notebook]) -> None:
        for cell in cells:
            cell["metadata"] = {}

    data = essays.answered({SAMPLES: "Blurred."}, stripped)
    assert read(data) == {}
    known = {SAMPLES: replace(BLANKS[SAMPLES], id="question-samples")}
    assert written.answers(written.parsed(data), QUESTIONS, known) == {SAMPLES: "Blurred."}


ODD = [
    {"source": 3, "metadata": {"nbgrader": {"grade_id": SAMPLES}}},
    {"source": [1, "a"], "metadata": {"nbgrader": {"grade_id": [SAMPLES]}}},
    {"source": None, "metadata": None},
    {"metadata": {"nbgrader": "x"}, "id": 7},
    {"metadata": {"nbgrader": {"grade_id": SAMPLES}}, "source": ["\ud83d", None, "x"]},
]


@pytest.mark.parametrize("cell", ODD, ids=range(len(ODD)))
def test_odd_cells_are_read_as_far_as_they_go(cell: dict[str, object]) -> None:
    data = json.dumps({"cells": [cell]}).encode()
    for text in read(data).values():
        text.encode("utf-8")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"cells": 3}', b'{"cells": [1]}', b"\xff\xfe", b"[" * 100_000]
)
def test_what_is_no_notebook_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        written.parsed(data)


# before it is handed in


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder with the right program, and no browser to print with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(paper, "PLACES", ())
    monkeypatch.setattr(handin, "checks_of", lambda name: ())
    monkeypatch.setattr(handin, "public_report", lambda *args: report())
    cells = {q.name: ["", BLANKS[q.name].text] for q in QUESTIONS}
    monkeypatch.setattr(answers, "stored", lambda subject: {"questions": cells})
    Path("tiny.py").write_bytes(tiny.RIGHT)
    return tmp_path


def packed(**texts: str | None) -> str:
    named = {f"question_{name}": text for name, text in texts.items()}
    Path("tiny.ipynb").write_bytes(essays.answered(named))
    return handin.pack(essays.ASSIGNMENT, Path("tiny.py"), pdf=False)[1]


def test_the_words_of_each_answer_are_shown_against_its_limit(here: Path) -> None:
    told = packed(samples="Blurred digits, mostly.", beta="All alike.")
    assert "- What samples look like: 3 of at most 8 words\n- Large beta: 2 words\n" in told
    assert "(A word is what stands between blanks and holds a letter or a digit.)" in told
    assert "no answer yet" not in told


def test_what_is_open_or_too_long_or_gone_is_told_and_packed_all_the_same(here: Path) -> None:
    told = packed()
    assert "- no answer yet (graded by hand): What samples look like, Large beta" in told
    told = packed(samples="one two three four five six seven eight nine", beta=None)
    assert "- answers that keep to their limit: What samples look like\n" in told
    assert "9 of at most 8 words" in told and "no answer yet" not in told
    assert (
        "- the cell to answer in, which is in the notebook that you were given: Large beta" in told
    )
    assert (here / "tiny-handin.zip").is_file()


def test_without_a_notebook_or_a_question_nothing_is_said_of_answers(here: Path) -> None:
    (told, other) = (
        handin.pack(replace(essays.ASSIGNMENT, questions=asked), Path("tiny.py"), pdf=False)[1]
        for asked in (QUESTIONS, ())
    )
    assert "answer" not in told.replace("Your answers", "") and "answer" not in other


def test_a_look_that_fails_keeps_nothing_from_being_packed(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "stored", lambda subject: 1 / 0)
    assert "a look at your answers, which failed (ZeroDivisionError)" in packed(samples="x")
    assert isinstance(notebook.find("tiny"), notebook.Notebook)
