"""What students get back: a page each that runs nothing, and one zip that a platform takes."""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import tiny

from autograder import results
from autograder.__main__ import main
from autograder.feedback import code, pack
from autograder.feedback.command import give_back
from autograder.feedback.page import page
from autograder.grade import grade_one, unusable
from autograder.intake import BadInput, Handed, Identity
from autograder.kept import submitted
from autograder.results.adjustments import Adjustment
from autograder.results.graded import Graded
from autograder.training import Trainer
from nndl2.checks.model import Reason, Unusable

SAYS = b'X = "<script>alert(1)</script>"  # </style>\n' + tiny.RAISES


def graded(source: bytes, **changes: Any) -> Graded:
    return grade_one(tiny.private(**changes), source, tiny.Parent(), b"s" * 32, Trainer("never"))


def shown(source: bytes, **changes: Any) -> str:
    result = results.gradescope(graded(source, **changes))
    return page("ada", result, Handed("ada", "tiny.py", source=source))


def read(text: str) -> str:
    """What a person reads of a page, without its style."""
    body = text.partition("<body>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A class of three: one right, one that raises, one that nobody could read."""
    for student, source in {"ada": tiny.RIGHT, "bob": SAYS}.items():
        results.save(tmp_path / student, graded(source))
        submitted.keep(tmp_path / student, Handed(student, "tiny.py", source=source))
    wrong = Unusable("line 1 of tiny.py is not valid Python", Reason.MALFORMED, line=1)
    results.save(tmp_path / "zed", unusable(tiny.private(), wrong))
    submitted.keep(tmp_path / "zed", Handed("zed", "tiny.py", wrong=wrong))
    return tmp_path


def test_a_page_has_points_causes_hints_and_the_file() -> None:
    said = read(shown(tiny.SQUARED, hints="nudge"))
    assert "tiny: feedback for ada 1 of 3 points." in said
    assert "Double (0 of 2) not right yet every number is doubled" in said
    assert "Squared." in said and "Hint Look at the 2." in said
    assert "Total (1 of 1) passed" in said
    assert "tiny.py, as it was graded" in said and "return x * x" in said


def test_a_page_fetches_and_runs_nothing() -> None:
    text = shown(SAYS)
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert not re.search(r"<script|\bsrc=|url\(|@import|\bon\w+=", text)
    assert text.count("</style>") == 1 and "\x1b" not in text
    assert {found for found in re.findall(r'href="([^"]*)"', text) if found[0] != "#"} == set()
    assert '"<script>alert(1)</script>" # </style>' in read(text)  # as it stands in the file


def test_a_card_and_the_line_it_speaks_of_lead_to_each_other() -> None:
    text = shown(tiny.RAISES)
    (link,) = re.findall(r'<a href="#line-2" id="(said-\d+)">line 2</a>', text)
    (line,) = re.findall(r'<li id="line-2"[^>]*>.*?</li>', text, re.DOTALL)
    assert 'class="told"' in line and f'href="#{link}"' in line and "Double</a>" in line
    assert 'class="told"' not in shown(tiny.RIGHT)
    anchors = set(re.findall(r'\bid="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= anchors


def test_a_line_that_the_file_does_not_have_is_no_link() -> None:
    raises = tiny.RIGHT.replace(b"return 2 * x", b"raise ValueError('see line 99')")
    text = shown(raises)
    assert "line 99" in read(text) and "#line-99" not in text


def test_a_hidden_part_its_points_and_the_sum_stay_hidden() -> None:
    said = read(shown(tiny.SQUARED, visibility={"double": "hidden"}))
    assert "Squared" not in said and "Double (" not in said and "of 3" not in said
    assert "tiny: feedback for ada Graded. " in said and "Total (1 of 1)" in said
    later = read(shown(tiny.SQUARED, visibility={"double": "after_published"}))
    assert "Double (0 of 2)" in later and "1 of 3 points." in later


def test_no_line_ends_within_a_step_of_a_chain_of_shapes() -> None:
    raises = tiny.RIGHT.replace(
        b"return 2 * x", b"raise ValueError('1 x 28 x 28 -> 16 x 24 x 24 (<b>)')"
    )
    text = shown(raises)
    for step in ("1 x 28 x 28", "-&gt; 16 x 24 x 24"):
        assert f'<span style="white-space:nowrap">{step}</span>' in text
    assert "(&lt;b&gt;)" in text and "1 x 28 x 28 -> 16 x 24 x 24 (<b>)" in read(text)


@pytest.mark.parametrize(
    ("hints", "cause", "nudge"),
    [("none", False, False), ("cause", True, False), ("nudge", True, True)],
)
def test_a_page_says_as_much_as_hints_allow(hints: str, cause: bool, nudge: bool) -> None:
    text = shown(tiny.SQUARED, hints=hints)
    assert ("Squared." in text) is cause and ("Look at the 2." in text) is nudge


def test_hints_are_opened_on_request_and_printed_open() -> None:
    text = shown(tiny.SQUARED, hints="nudge")
    assert "<details><summary>Hint</summary>" in text and '<p class="printed">Hint: Look' in text
    assert re.search(r"@media print \{.*details \{ display: none \}", text, re.DOTALL)


@pytest.mark.parametrize("source", [tiny.RIGHT, tiny.RAISES], ids=["right", "raises"])
def test_no_option_of_the_staff_s_and_no_wall_is_named(source: bytes) -> None:
    said = read(shown(source))
    assert "isolation" not in said and "--" not in said


def test_what_was_not_run_says_so_once() -> None:
    said = read(shown(tiny.RIGHT))
    assert said.count("not run") == 1 and "Train not run: this grading trains nothing" in said


def test_what_a_person_decided_stands_on_its_card(folder: Path) -> None:
    given = Adjustment(2.0, "your double is right", "Tina", "2026-11-27T10:00:00")
    results.save(folder / "bob", graded(SAYS), {"double": given})
    give_back(folder)
    said = read((folder / "bob" / pack.PAGE).read_text("utf-8"))
    assert "Double (2 of 2)" in said and "your double is right" in said


def test_each_student_of_a_class_has_a_page(folder: Path) -> None:
    made = give_back(folder)
    assert made.pages == 3 and made.zip is None
    said = {name: read((folder / name / pack.PAGE).read_text("utf-8")) for name in ("ada", "zed")}
    assert "3 of 3 points." in said["ada"]
    assert "Malformed: line 1 of tiny.py is not valid Python; 0 of 3 points." in said["zed"]


def test_a_page_changes_no_result_and_is_the_same_again(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    give_back(folder)
    first = (folder / "ada" / pack.PAGE).read_bytes()
    give_back(folder)
    assert (folder / "ada" / pack.PAGE).read_bytes() == first
    assert all(path.read_bytes() == content for path, content in before.items())


def test_the_result_of_an_earlier_edition_is_told(folder: Path) -> None:
    result = results.load(folder / "ada")
    assert result
    sound = result["extra_data"].pop("cards")
    broken: list[Any] = [None, {}, [1], [{**sound[0], "parts": ["nobody's"]}]]
    broken += [[{**sound[0], "told": [{"headline": "", "lines": [["a"]], "hint": ""}]}]]
    for cards in broken:
        result["extra_data"]["cards"] = cards
        results.save_again(folder / "ada", result)
        with pytest.raises(BadInput, match="the result of ada is of another edition"):
            give_back(folder)


# a zip to give back


def came_from(folder: Path, platform: str, paths: dict[str, str]) -> None:
    """Have the class of `folder` come from a platform's download, in which it had these `paths`."""
    for student, path in paths.items():
        who = Identity(student, "7", platform=platform)
        source = b"" if student == "zed" else SAYS
        wrong = Unusable("unreadable", Reason.MALFORMED) if student == "zed" else None
        one = Handed(student, "tiny.py", source=source, wrong=wrong, path=path, who=who)
        submitted.keep(folder / student, one)


@pytest.mark.parametrize(
    ("platform", "paths", "names"),
    [
        (
            "canvas",
            {
                "ada": "lovelaceada_101_5001_tiny.py",
                "bob": "bobsmith_LATE_102_5002_tiny-1.py",
                "zed": "anon_aB3xY_5003_all.zip/work/tiny.py",
            },
            {
                "lovelaceada_101_5001_feedback.html",
                "bobsmith_LATE_102_5002_feedback.html",
                "anon_aB3xY_5003_feedback.html",
            },
        ),
        (
            "moodle",
            {
                "ada": "Ada Lovelace_201_assignsubmission_file_/tiny.py",
                "bob": "hand-ins/Bob_202_assignsubmission_file_/deep/tiny.py",
                "zed": "Zed_203_assignsubmission_file_tiny.py",
            },
            {
                "Ada Lovelace_201_assignsubmission_file_/feedback.html",
                "Bob_202_assignsubmission_file_/feedback.html",
                "Zed_203_assignsubmission_file_/feedback.html",
            },
        ),
        ("", {}, {f"{name}/feedback.html" for name in ("ada", "bob", "zed")}),
    ],
)
def test_a_zip_is_named_as_the_platform_named_what_it_gave(
    folder: Path, platform: str, paths: dict[str, str], names: set[str]
) -> None:
    came_from(folder, platform, paths)
    made = give_back(folder, folder / "back.zip")
    assert made.platform == (platform or "folders") and made.left_out == ()
    with zipfile.ZipFile(folder / "back.zip") as found:
        assert set(found.namelist()) == names
        page_of_ada = found.read(min(names, key=lambda name: "ada" not in name.casefold()))
    assert page_of_ada == (folder / "ada" / pack.PAGE).read_bytes()


def test_who_has_no_place_in_a_platform_is_told_and_left_out(folder: Path) -> None:
    came_from(folder, "canvas", {"ada": "lovelaceada_101_5001_tiny.py", "bob": "tiny.py"})
    made = give_back(folder, folder / "back.zip", "canvas")
    assert made.packed == 1
    assert [line.partition(" is left out")[0] for line in made.left_out] == ["bob", "zed"]


def test_a_class_of_no_platform_makes_no_empty_zip(folder: Path) -> None:
    came_from(folder, "", {"ada": "tiny.py"})
    with pytest.raises(BadInput, match=r"named as Canvas names what it gives.*--for folders"):
        give_back(folder, folder / "back.zip", "canvas")
    assert not (folder / "back.zip").exists()


@pytest.mark.parametrize(
    ("place", "said"), [("ada/tiny.py", "is no zip"), ("ada/new.zip", "in a student's folder")]
)
def test_no_zip_takes_the_place_of_a_file_or_lies_among_a_student_s(
    folder: Path, place: str, said: str
) -> None:
    came_from(folder, "", {"ada": "tiny.py"})
    with pytest.raises(BadInput, match=said):
        give_back(folder, folder / place)
    assert (folder / "ada/tiny.py").read_bytes() == SAYS and not (folder / "ada/new.zip").exists()


def test_two_pages_under_one_name_are_refused(folder: Path) -> None:
    one = "lovelaceada_101_5001_tiny.py"
    came_from(folder, "canvas", {"ada": one, "bob": one})
    with pytest.raises(BadInput, match=r"would hold lovelaceada_101_5001_feedback\.html twice"):
        give_back(folder, folder / "back.zip", "canvas")
    assert not list(folder.glob("*.zip*"))


def test_the_same_class_makes_the_same_zip(folder: Path) -> None:
    made = [give_back(folder, folder / name).zip for name in ("one.zip", "two.zip")]
    assert made[0] and made[1] and made[0].read_bytes() == made[1].read_bytes()


def test_the_command_says_what_it_wrote(folder: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["feedback", str(folder), "--zip", str(folder / "back.zip")]) == 0
    told = capsys.readouterr().out
    assert f"3 pages: {folder / '<student>' / 'feedback.html'}" in told
    assert f"{folder / 'back.zip'}: 3 pages, named for folders" in told
    assert main(["feedback", str(folder / "nothing")]) == 2
    assert main(["feedback", str(folder), "--zip", str(folder / "no" / "back.zip")]) == 2


# the file


@pytest.mark.parametrize(
    "source",
    [
        b"a = 1\r\nb = 2\rc = 3\n",
        b"\n\na = '''\n<b>\n'''\n\n",
        b'x = """never ends\nhere\n',
        b"\xff\xfe\x00 = 1\n\x0c\nb = '\x1b[2J\xe2\x80\xae'\n",
        b"\xef\xbb\xbfa = 1",
        b"\ta = 1\n" * 3,
        b"$$ ?? \xf0\x9f\x98\x80\n",
        b"",
    ],
)
def test_each_line_of_a_file_is_shown_under_its_number(source: bytes) -> None:
    text = source.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    found = code.lines(source)
    assert len(found) == len(text.rstrip("\n").split("\n"))
    for line, own in zip(found, text.split("\n")):
        told = html.unescape(re.sub(r"<[^>]+>", "", line))
        kept = [c for c in own.expandtabs(8) if c.isprintable()]
        assert [c for c in told if c != "\N{REPLACEMENT CHARACTER}"] == [
            c for c in kept if c != "\N{REPLACEMENT CHARACTER}"
        ]
        assert re.sub(r'<span class="\w+">|</span>', "", line).count("<") == 0


def test_a_file_without_end_is_cut() -> None:
    assert len(code.lines(b"a = 1\n" * 100_000)) == code.MOST_LINES
