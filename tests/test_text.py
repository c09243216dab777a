"""Columns of text as a terminal shows them."""

from __future__ import annotations

from autograder.text import aligned


def test_a_column_is_as_wide_as_its_widest_cell_is_shown() -> None:
    rows = [["student", "loss", "status"], ["李小龍", "1", "graded"], ["Ada", "0.5", ""]]
    lines = aligned(rows, right=[1])
    assert lines == ["student  loss  status", "李小龍      1  graded", "Ada       0.5"]


def test_no_rows_are_no_lines() -> None:
    assert aligned([]) == []
