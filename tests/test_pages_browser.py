"""The pages of feedback and of a class, in a browser: at two widths, by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lab
import pytest
import tiny

from autograder import assignments, report, results
from autograder.feedback.command import give_back
from autograder.grade import grade_one
from autograder.intake import Handed
from autograder.kept import submitted
from autograder.kept.rows import Row, rows
from autograder.report.page import page as class_page
from autograder.training import Trainer
from nndl2.checks.card import card

CHROMIUM = lab.CHROMIUM
sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
WIDTHS = (390, 1280)
CLASS = {"ada": tiny.RIGHT, "bob": tiny.SQUARED, "eve": tiny.RAISES, "hal": tiny.STUB}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignments, "names", lambda: ["tiny"])
        patch.setattr(assignments, "load", lambda name: tiny.private())
        for student, source in CLASS.items():
            long = source + b"# " + b"a long line " * 40 + b"\n"
            graded = grade_one(tiny.private(), long, tiny.Parent(), b"s" * 32, Trainer("never"))
            results.save(made / student, graded)
            submitted.keep(made / student, Handed(student, "tiny.py", source=long))
        give_back(made)
        report.write(made)
    yield made


@pytest.fixture(params=WIDTHS)
def opened(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    """A tab that holds what it complained of."""
    tab = chromium.new_page(viewport={"width": request.param, "height": 800})
    tab.complaints = []
    tab.on("console", lambda said: tab.complaints.append(said.text))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    yield tab
    assert tab.complaints == []
    tab.close()


def fits(tab: Any) -> bool:
    """Whether nothing has to be moved aside to be read."""
    return tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_feedback_fits_and_leads_from_a_card_to_its_line_and_back(
    opened: Any, folder: Path
) -> None:
    opened.goto((folder / "eve" / "feedback.html").as_uri())
    assert fits(opened)
    opened.click("text=line 2")
    assert opened.url.endswith("#line-2")
    line = opened.locator("#line-2")
    assert line.is_visible() and "raise ValueError" in line.inner_text()
    line.locator("a").click()
    assert "#said-" in opened.url


def test_a_hint_is_closed_on_the_screen_and_open_on_paper(opened: Any, folder: Path) -> None:
    opened.goto((folder / "bob" / "feedback.html").as_uri())
    hint = opened.locator("details p")
    assert not hint.is_visible()
    opened.click("summary")
    assert hint.is_visible()
    opened.emulate_media(media="print")
    assert opened.locator(".printed").is_visible() and not hint.is_visible()


def names(tab: Any) -> list[str]:
    heads = tab.locator("#students tbody tr:not([hidden]) th")
    return [heads.nth(n).inner_text() for n in range(heads.count())]


def test_a_class_is_sorted_searched_and_opened_by_keyboard(opened: Any, folder: Path) -> None:
    opened.goto((folder / "report.html").as_uri())
    assert fits(opened) and names(opened) == [*CLASS]
    score = opened.locator("#students thead button", has_text="score")
    score.focus()
    opened.keyboard.press("Enter")
    assert names(opened)[-1] == "ada" and opened.locator("th[aria-sort=ascending]").count() == 1
    opened.keyboard.press("Enter")
    assert names(opened)[0] == "ada"
    opened.fill("#search", "bo")
    assert names(opened) == ["bob"] and "1 of 4" in opened.locator("#found").inner_text()
    opened.locator("#students tbody tr:not([hidden]) button").focus()
    opened.keyboard.press("Enter")
    assert "every number is doubled: Squared." in opened.locator("#students ul").inner_text()
    opened.keyboard.press("Enter")
    assert opened.locator("#students ul").count() == 0


def test_a_long_name_leaves_room_for_the_score(opened: Any, folder: Path) -> None:
    some = rows(folder)[1]
    opened.goto("about:blank")
    opened.set_content(class_page([Row("x" * 60, some.result), Row("bob", some.result)]))
    score = opened.locator("#students tbody td").first.bounding_box()
    name = opened.locator("#students tbody th").first.bounding_box()
    assert name["width"] < 200 or opened.viewport_size["width"] > 390
    assert score["x"] + score["width"] < opened.viewport_size["width"]


@pytest.mark.parametrize("size", [10, 300, 3000])
def test_a_class_of_any_size_is_shown_and_searched(opened: Any, folder: Path, size: int) -> None:
    some = rows(folder)
    many = [Row(f"student {n:04}", some[n % len(some)].result) for n in range(size)]
    (folder / f"report-{size}.html").write_text(class_page(many), "utf-8")
    opened.goto((folder / f"report-{size}.html").as_uri())
    assert fits(opened) and opened.locator("#students tbody tr").count() == size
    opened.fill("#search", f"{size - 1:04}")
    assert names(opened) == [f"student {size - 1:04}"]
    assert f"1 of {size}" in opened.locator("#found").inner_text().replace(",", "")


@pytest.mark.skipif(not lab.AXE.is_file(), reason="axe-core is not here: make axe fetches it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["report.html", "eve/feedback.html", "bob/feedback.html", "card"])
def test_axe_finds_nothing_serious(chromium: Any, folder: Path, page: str, scheme: str) -> None:
    tab = chromium.new_page(color_scheme=scheme)
    if page == "card":
        report = grade_one(
            tiny.private(), tiny.RAISES, tiny.Parent(), b"s" * 32, Trainer("never")
        ).report
        tab.set_content(f'<html lang="en"><title>a card</title><main>{card(report)}</main></html>')
    else:
        tab.goto((folder / page).as_uri())
    assert lab.serious(tab, "html") == []
    tab.close()


def test_a_class_is_printed_dark_on_white_and_whole(opened: Any, folder: Path) -> None:
    opened.emulate_media(media="print", color_scheme="dark")
    opened.set_viewport_size({"width": 720, "height": 1000})  # of a page of A4
    opened.goto((folder / "report.html").as_uri())
    page = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page == "rgb(255, 255, 255)" and not opened.locator("#tools").is_visible()
    cut = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert opened.locator("main, .excerpt, .scroll").evaluate_all(cut) == 0


def test_a_name_leads_to_the_student_s_feedback(opened: Any, folder: Path) -> None:
    opened.goto((folder / "report.html").as_uri())
    opened.click("#students tbody a >> text=ada")
    assert "tiny: feedback for ada" in opened.locator("h1").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["report.html", "eve/feedback.html"])
def test_every_word_stands_out_from_what_is_behind_it(
    chromium: Any, folder: Path, page: str, scheme: str
) -> None:
    """At least 4.5 to 1, by the formula of WCAG 2.2, of all text that is shown."""
    tab = chromium.new_page(color_scheme=scheme)
    tab.goto((folder / page).as_uri())
    assert tab.evaluate(CONTRAST) == []
    tab.close()


CONTRAST = """() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = parts(color).map((c) => (c /= 255) <= 0.04045 ? c / 12.92
      : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor, alpha = parts(color)[3] ?? 1;
      if (alpha === 1) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility()) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(`${walker.currentNode.textContent.trim()}: ${ratio.toFixed(2)}`);
  }
  return weak;
}"""
