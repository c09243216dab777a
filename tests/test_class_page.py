"""The page of a class: what it counts, what it shows of whom, and that only its own script runs."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny

from autograder import assignments, report, results
from autograder.__main__ import main
from autograder.feedback.command import give_back
from autograder.grade import grade_one, unusable
from autograder.intake import Handed
from autograder.kept import journal, submitted
from autograder.kept.rows import Row, rows
from autograder.report import statistics
from autograder.report.as_data import as_csv
from autograder.report.excerpts import MOST_LINES, excerpt
from autograder.report.figures import gathered
from autograder.report.page import page
from autograder.results.adjustments import Adjustment
from autograder.results.graded import Graded
from autograder.training import Trainer
from nndl2.checks.model import Outcome, Reason, Unusable

CLASS = {
    "ada": tiny.RIGHT,
    "bob": tiny.SQUARED.replace(b"return x * x", b"return x * x  # Bob's own\n"),
    "eve": tiny.SQUARED.replace(b"def double", b"SAYS = 'mine'\n\n\ndef double"),
    "hal": tiny.STUB,
}


def graded(source: bytes) -> Graded:
    return grade_one(tiny.private(), source, tiny.Parent(), b"s" * 32, Trainer("never"))


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit holds the assignment of these tests."""
    monkeypatch.setattr(assignments, "names", lambda: ["tiny"])
    monkeypatch.setattr(assignments, "load", lambda name: tiny.private())


@pytest.fixture
def folder(tmp_path: Path, known: None) -> Path:
    for student, source in CLASS.items():
        results.save(tmp_path / student, graded(source))
        submitted.keep(tmp_path / student, Handed(student, "tiny.py", source=source))
    wrong = Unusable("line 1 of tiny.py is not valid Python", Reason.MALFORMED)
    results.save(tmp_path / "zed", unusable(tiny.private(), wrong))
    held = Unusable("the grader stumbled", Reason.ENVIRONMENT)
    results.save(tmp_path / "kim", unusable(tiny.private(), held))
    return tmp_path


def read(text: str) -> str:
    body = text.partition("<body>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def section(text: str, heading: str) -> str:
    """What a person reads below a heading."""
    (found,) = [s for s in text.split("<section>") if f"<h2>{heading}" in s]
    return read(f"<body>{found}")


def test_it_begins_with_counts_and_with_who_waits(folder: Path) -> None:
    text = page(rows(folder), folder)
    assert "tiny: 6 submissions 4 graded (1 of them untouched), 1 held, 1 malformed" in read(text)
    assert "kim : held: the grader stumbled" in section(text, "Waits for a person")
    assert "Waits" not in page([row for row in rows(folder) if row.folder != "kim"])


def test_scores_have_mean_median_and_a_bar_for_each_number_of_points(folder: Path) -> None:
    found = statistics.Scores.of(rows(folder))
    assert (found.mean, found.median, found.most) == (5 / 6, 0.5, 3)
    assert found.bins == [(0, 0, 0), (1, 1, 2), (2, 2, 0), (3, 3, 1)]
    assert "Mean 0.83, median 0.5 of 3 points by checks." in read(page(rows(folder)))


def test_who_wrote_nothing_or_cannot_be_asked_stands_apart_from_who_failed(folder: Path) -> None:
    found = statistics.Scores.of(rows(folder))
    assert found.apart == {"untouched": 1, "held": 1, "malformed": 1}
    assert found.own == (5 / 3, 1)
    told = section(page(rows(folder)), "Scores")
    assert "Without what is untouched, held or malformed: mean 1.67, median 1." in told
    assert "untouched 1 held 1 malformed 1" in told
    students = section(page(rows(folder)), "Students")
    assert "graded, untouched" in students
    broken = replace(graded(tiny.STUB), reason=Reason.CRASHED, sentence="line 2 ended the process")
    results.save(folder / "hal", broken)
    assert statistics.Scores.of(rows(folder)).apart == {"held": 1, "malformed": 1}


@pytest.mark.parametrize(
    ("scores", "most", "ends"), [([0, 50, 100], 100, (0, 100)), ([0.5, 1.25], 3, (0, 3))]
)
def test_many_or_broken_points_are_counted_by_ranges(
    scores: list[float], most: float, ends: tuple[float, float]
) -> None:
    about = {"max_score": most, "status": "graded", "reason": "none"}
    class_ = [Row(str(s), {"score": s, "tests": [], "extra_data": about}) for s in scores]
    bins = statistics.Scores.of(class_).bins
    assert (bins[0][0], bins[-1][1]) == ends and len(bins) == statistics.BINS
    assert sum(n for *_, n in bins) == len(scores)


def test_a_cause_is_counted_once_a_student_and_shown_without_who_had_it(folder: Path) -> None:
    told = section(page(rows(folder), folder), "What went wrong, and how often")
    assert "2 of 6: Squared." in told
    assert "def double(x): return x * x" in told
    assert "Bob" not in told and "mine" not in told


def test_a_cause_that_the_course_no_longer_knows_has_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignments, "names", list)
    assert "2 of 6: squared" in read(page(rows(folder), folder))


def test_names_lead_to_the_pages_of_feedback_that_are_there(folder: Path) -> None:
    assert "feedback.html" not in page(rows(folder), folder)
    give_back(folder)
    assert 'href="ada/feedback.html">ada</a>' in page(rows(folder), folder)


def test_an_anonymous_page_has_no_name_and_leads_nowhere(folder: Path) -> None:
    give_back(folder)
    stuck = Unusable("the folder kim cannot be read by the grader", Reason.ENVIRONMENT)
    results.save(folder / "kim", unusable(tiny.private(), stuck))
    report.write(folder, anonymous=True)
    for end in ("html", "csv", "json"):
        text = (folder / f"report-anonymous.{end}").read_text("utf-8")
        assert "student 3" in text and "feedback.html" not in text
        assert not any(re.search(rf"\b{name}\b", text) for name in (*CLASS, "zed", "kim"))


def test_an_anonymous_page_keeps_no_order_of_names_and_no_words_to_a_student(folder: Path) -> None:
    given = Adjustment(2.0, "You are right, Bob.", "Tina", "2026-11-27T10:00:00")
    results.save(folder / "bob", graded(CLASS["bob"]), {"double": given})
    kept = rows(folder)
    assert "You are right" in page(kept, folder)
    text = page(kept, folder, anonymous=True)
    assert "You are right" not in text and "Tina" not in text
    order = sorted(kept, key=lambda row: row.result["extra_data"]["sha256"])
    cells = re.findall(r"<td>([\d.]+ / 3)</td>", text)
    assert cells == [f"{row.score:g} / 3" for row in order]


def test_what_a_row_lost_is_kept_as_numbers_of_sentences(folder: Path) -> None:
    (data,) = re.findall(
        r'<script type="application/json" id="lost">(.*?)</script>', page(rows(folder))
    )
    lost, names = json.loads(data), [row.folder for row in rows(folder)]
    told = [(lost["checks"][c], lost["causes"][d] if d >= 0 else "") for c, d in lost["of"][1]]
    assert names[1] == "bob" and told[0] == ("Double: every number is doubled", "Squared.")
    assert lost["told"][4:] == [
        ["held: the grader stumbled"],
        ["malformed: line 1 of tiny.py is not valid Python"],
    ]
    assert lost["told"][3] == ["nothing is written yet"] and lost["of"][3] == []
    assert lost["of"][0] == []  # ada has all points: that nobody trained her network costs none


def test_only_the_page_s_own_script_runs(folder: Path) -> None:
    text = page(rows(folder), folder)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1 and f"script-src 'sha256-{digest}'" in text
    assert not re.search(r"\bon\w+=[\"']", text)


def test_a_class_of_three_thousand_fits_into_three_megabytes(folder: Path) -> None:
    some = rows(folder)
    many = [Row(f"student {n:04}", some[n % len(some)].result) for n in range(3000)]
    assert len(page(many).encode()) < 3e6


def test_the_command_writes_a_page_without_names_where_it_is_asked(
    folder: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["report", str(folder)]) == 0
    assert not (folder / report.WITHOUT_NAMES).exists()
    assert main(["report", str(folder), "--anonymous"]) == 0
    assert f"without names: {folder / report.WITHOUT_NAMES}" in capsys.readouterr().out


def test_the_page_says_when_by_what_and_behind_which_walls(folder: Path) -> None:
    kept = journal.Journal(folder)
    with kept:
        key = journal.Key("ada", "0", "tiny", "1", "never")
        kept.add(key, graded(tiny.RIGHT), results.digest(folder / "ada"))
    (entry,) = journal.entries(folder)
    where, day = entry["environment"], entry["when"][:10]
    told = f"graded {day} by the kit {where['kit']}, torch {where['torch']}, NumPy"
    text = read(page(rows(folder), folder))
    assert told in text and f"Python {where['python']}; isolation: none, in a test" in text


def test_the_same_figures_are_there_as_json_and_as_csv(folder: Path) -> None:
    report.write(folder)
    found = json.loads((folder / "report.json").read_text("utf-8"))
    assert found["submissions"] == {
        **{"total": 6, "graded": 4, "held": 1, "malformed": 1, "untouched": 1}
    }
    assert found["scores"]["median"] == 0.5 and found["waiting"][0]["student"] == "kim"
    (cause,) = found["misconceptions"]
    assert (cause["id"], cause["count"], cause["said"]) == ("squared", 2, "Squared.")
    assert "return x * x" in cause["excerpt"]
    doubles = {check["id"]: check for check in found["checks"]}["double.doubles"]
    assert (doubles["asked"], doubles["passed"], doubles["difficulty"]) == (3, 1, 2 / 3)
    assert found["students"][1]["lost"] == [{"check": "double.doubles", "diagnosis": "squared"}]
    lines = list(csv.DictReader((folder / "report.csv").open(encoding="utf-8")))
    by = {(line["kind"], line["id"]): (line["value"], line["of"]) for line in lines}
    assert by["class", "mean"] == ("0.8333", "3") and by["misconception", "squared"] == ("2", "6")
    assert by["check", "double.doubles"] == ("2", "3") and by["student", "bob"] == ("1", "3")


def test_a_check_that_divides_the_wrong_way_is_a_number_to_a_spreadsheet(folder: Path) -> None:
    found = gathered(rows(folder))
    turned = replace(found, checks=[replace(c, discrimination=-0.15) for c in found.checks])
    lines = csv.DictReader(as_csv(turned).splitlines())
    assert {x["discrimination"] for x in lines if x["kind"] == "check"} == {"-0.15"}


# checks


def made_up(passed: list[bool], scores: list[float]) -> list[Row]:
    """A class in which one check of a part without points was passed, and so many points had."""

    def result(ok: bool, score: float) -> dict[str, Any]:
        outcome = Outcome.PASS if ok else Outcome.FAIL
        about = {"kind": "check", "check": "a.b", "part": "a", "outcome": outcome.value}
        test = {"name": "A: it holds", "extra_data": about}
        return {
            "score": score,
            "tests": [test],
            "extra_data": {"status": "graded", "reason": "none"},
        }

    return [Row(str(n), result(*pair)) for n, pair in enumerate(zip(passed, scores))]


def test_discrimination_is_the_point_biserial_correlation_with_the_rest() -> None:
    passed, rest = [True] * 4 + [False] * 4, [5.0, 6, 7, 6, 2, 3, 1, 2]
    (found,) = statistics.questions(made_up(passed, rest))
    m1, m0, n, s = 6, 2, 8, (sum((x - 4) ** 2 for x in rest) / 8) ** 0.5
    assert found.discrimination == pytest.approx((m1 - m0) / s * (4 * 4 / n**2) ** 0.5)
    assert found.said == "" and (found.asked, found.passed) == (8, 4)


@pytest.mark.parametrize(
    ("passed", "scores", "said"),
    [
        ([False] * 10, [1.0] * 10, "nobody passes it"),
        ([False] * 5 + [True] * 5, [9.0, 8, 9, 8, 9, 1, 2, 1, 2, 1], "fail it more"),
        ([True] * 5 + [False] * 5, [9.0, 8, 9, 8, 9, 1, 2, 1, 2, 1], ""),
        ([False] * 9, [1.0] * 9, ""),
        ([True] * 10, [1.0] * 10, ""),
    ],
)
def test_a_suspicious_check_is_told_in_words(
    passed: list[bool], scores: list[float], said: str
) -> None:
    (found,) = statistics.questions(made_up(passed, scores))
    assert said in found.said and bool(said) == bool(found.said)


def test_whom_a_check_was_not_asked_of_says_nothing_of_it(folder: Path) -> None:
    by_check = {each.check: each for each in statistics.questions(rows(folder))}
    assert by_check["double.doubles"].asked == 3  # all but hal, kim and zed
    assert by_check["train.learns"].asked == 0 and by_check["train.learns"].difficulty is None
    assert dict(by_check["double.doubles"].missed)[Outcome.FAIL] == 2


def test_a_check_that_is_worth_a_look_stands_first(folder: Path) -> None:
    many = [Row(f"student {n}", rows(folder)[1].result) for n in range(statistics.FEW)]
    first, *_, last = section(page(many), "Checks, and how").split("Double: ")[1:]
    assert first.startswith("every number is doubled 10 of 10 (100%)")
    assert "nobody passes it" in first and "nobody passes it" not in last
    assert "nobody was asked" in last


# excerpts

SOURCE = b'''
"""Of Ada."""
class VAE(nn.Module):
    """Ada's."""
    def __init__(self, n):
        self.encoder = nn.Linear(n, 3)  # by Ada
        self.encoder = nn.Sequential(nn.Linear(n, 3), say("Ada"))

    def forward(self, x):
        """Ada Lovelace"""
        return f"{x} by Ada"


def loss(x):
    "Ada"
'''


@pytest.mark.parametrize(
    ("owns", "told"),
    [
        (("VAE.encoder",), "self.encoder = nn.Sequential(nn.Linear(n, 3), say('...'))"),
        (("VAE", "VAE.forward"), "def forward(self, x):\n    return '...'"),
        (("loss",), "def loss(x):\n    pass"),
        (("nothing", "VAE.decoder"), ""),
        ((), ""),
    ],
)
def test_an_excerpt_is_the_piece_alone_and_names_nobody(owns: tuple[str, ...], told: str) -> None:
    assert excerpt(SOURCE, owns) == told


@pytest.mark.parametrize(
    "source", [b"def f(:", b"\xff", b"\x00", b"(" * 500, b"x = 1\n" + b"-" * 9000 + b"1"]
)
def test_a_file_that_cannot_be_read_gives_no_excerpt(source: bytes) -> None:
    assert excerpt(source, ("f",)) == ""


def test_a_long_piece_is_cut() -> None:
    source = b"def f():\n" + b"    x = 1\n" * 100
    assert excerpt(source, ("f",)).splitlines()[-1] == "..."
    assert len(excerpt(source, ("f",)).splitlines()) == MOST_LINES + 1
