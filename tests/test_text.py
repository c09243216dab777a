"""Columns of text as a terminal shows them."""

from __future__ import annotations

import io
import sys

import pytest

from autograder.text import aligned


def test_a_column_is_as_wide_as_its_widest_cell_is_shown() -> None:
    rows = [["student", "loss", "status"], ["李小龍", "1", "graded"], ["Ada", "0.5", ""]]
    lines = aligned(rows, right=[1])
    assert lines == ["student  loss  status", "李小龍      1  graded", "Ada       0.5"]


def test_no_rows_are_no_lines() -> None:
    assert aligned([]) == []


def test_a_letter_that_the_terminal_lacks_is_as_wide_as_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert aligned([["Zoë", "1"], ["Alan", "2"]]) == ["Zoë  1", "Alan    2"]
