"""Every broken or odd submission of the corpus gets the row that golden.md has for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from . import grading
from .grading import CORPUS, Row

NO_DUMP = re.compile(r"Traceback|\n|  File \"|0x[0-9a-f]{6}|site-packages|/tmp/|_student_|<vae")
FAST = ("notebook command", "a notebook renamed", "nothing there", "merge conflict")
LINE = re.compile(r"\blines? \d+\b")
WITHOUT_LINE = (  # kinds of which a file as a whole is meant
    *("a notebook renamed", "another kind of file", "nothing there", "encoding", "size and depth"),
    *("another program", "no Python at all", "a folder that is not as asked"),
)


def golden(kinds: Sequence[str]) -> list[str]:
    """The lines of golden.md's tables on `kinds`."""
    sections = grading.GOLDEN.read_text(encoding="utf-8").split("\n## ")[1:]
    by = {title: lines for title, _, lines in (section.partition("\n") for section in sections)}
    return [line for kind in kinds for line in by[kind].splitlines() if line.startswith("| ")]


def lines(found: Sequence[Row]) -> list[str]:
    return [line for line in grading.table(found).splitlines() if line.startswith("| ")]


def is_one_sentence(text: str) -> bool:
    return 10 < len(text) < 300 and not NO_DUMP.search(text)


def test_the_corpus_is_wide_and_no_submission_comes_twice():
    broken = {kind: entries for kind, entries in CORPUS.items() if not kind.startswith("fine")}
    sources = [source for entries in CORPUS.values() for source in entries.values()]
    assert len(broken) >= 35 and sum(map(len, broken.values())) >= 150
    assert len(set(sources)) == len(sources)


def test_the_table_has_a_row_for_each_submission():
    kinds = [*CORPUS, grading.folders.KIND]
    count = sum(map(len, CORPUS.values())) + len(grading.folders.FOLDERS)
    assert len(golden(kinds)) == count + len(kinds)  # and the head of each section


def test_a_fast_part_of_the_corpus_gets_its_rows(warm):
    assert lines(list(grading.rows(warm, FAST))) == golden(FAST)


def test_folders_get_their_rows(tmp_path):
    found = grading.found_in_folders(tmp_path)
    assert lines(found) == golden([grading.folders.KIND])
    assert all(is_one_sentence(text) for row in found for text in row.said)


@pytest.fixture(scope="module")
def graded(warm) -> list[Row]:
    return list(grading.rows(warm))


@pytest.mark.slow
def test_the_whole_corpus_gets_its_rows(graded):
    assert lines(graded) == golden(list(CORPUS))


@pytest.mark.slow
def test_each_sentence_is_one_and_shows_nothing_of_the_machine(graded):
    wrong = [(r.name, text) for r in graded for text in r.said if not is_one_sentence(text)]
    assert wrong == []


@pytest.mark.slow
def test_a_file_that_is_refused_for_what_stands_in_it_names_the_line(graded):
    refused = [r for r in graded if (r.status, r.reason) == ("malformed", "malformed")]
    ours = [r for r in refused if r.kind not in WITHOUT_LINE and "diff" not in r.name]
    assert len(ours) > 80
    assert [(r.kind, r.name) for r in ours if not LINE.search(r.said[0])] == []


@pytest.mark.slow
def test_what_is_fine_keeps_its_points_and_what_is_refused_gets_none(graded):
    fine = {(r.kind, r.name): r.points for r in graded if r.kind.startswith("fine")}
    assert set(fine.values()) == {"12"}
    assert {r.points for r in graded if r.status == "malformed"} == {"0"}
    assert {r.status for r in graded if r.reason == "environment"} == {"held"}
