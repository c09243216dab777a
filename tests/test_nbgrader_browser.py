"""formgrader under JupyterLab, in a real browser: from Generate to feedback, by its buttons."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import courses
import lab
import pytest

from autograder import assignments, release
from autograder.assignments import ROOT
from nndl2.checks.written import PLACEHOLDER

SCREENSHOT = ROOT / "build" / "screenshots" / "formgrader.png"  # kept when the test fails
PATIENCE = 120_000  # milliseconds until something has to appear in the browser
PRIVATE = assignments.load(courses.NAME)

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(lab.CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose release and gradebook formgrader has to make."""
    root = courses.make(tmp_path_factory.mktemp("browser") / "course")
    shutil.rmtree(root / "release")
    return root


@pytest.fixture(scope="module")
def address(course: Path) -> Iterator[str]:
    """Where JupyterLab is, with its token; it is started in the course's folder, and ended."""
    with lab.running(course) as found:
        yield found


@pytest.fixture
def page(address: str) -> Iterator[sync_api.Page]:
    """JupyterLab in the browser; a picture of it is kept where a test fails."""
    with sync_api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=lab.CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1500, "height": 1000})
        opened.set_default_timeout(PATIENCE)
        try:
            opened.goto(address)
            yield opened
        finally:
            browser.close()


@pytest.fixture
def grader(page: sync_api.Page, request: pytest.FixtureRequest) -> Iterator[sync_api.FrameLocator]:
    """formgrader, opened from JupyterLab's menu."""
    failed_before = request.session.testsfailed
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Formgrader").first.click()
    yield page.frame_locator("iframe").first
    if request.session.testsfailed > failed_before:
        SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOT)
        print(f"what the browser showed: {SCREENSHOT}")


def press(grader: sync_api.FrameLocator, row: str, button: str, answer: str = "Success") -> str:
    """Press a button in a row of the table, and close the window that answers; its text."""
    named = f'tr:has(:text-is("{row}"))'  # all of it, for beta_vae has a vae in it
    grader.locator(named).locator(f".{button} a").click()
    window = grader.locator(".modal-dialog").filter(has_text=answer).last
    window.wait_for()
    text = window.inner_text()
    window.get_by_role("button", name="Close").last.click()
    window.wait_for(state="hidden")
    return text


def test_formgrader_from_generate_to_feedback(
    course: Path, page: sync_api.Page, grader: sync_api.FrameLocator
):
    press(grader, courses.NAME, "assign")
    committed, made = (release._files(r / "release" / courses.NAME, "") for r in (ROOT, course))
    assert made == committed

    wrong = next(s for s in PRIVATE.specimens() if s.lost == ("encoder",))  # worth 2 of 12
    notebook = courses.changed()
    courses.hand_in(course, "ada", PRIVATE.reference, notebook)
    courses.hand_in(course, "bob", wrong.source, notebook)
    courses.hand_in(course, "eve", b"import os\nos._exit(0)\n", notebook)
    courses.hand_in(course, "kim", PRIVATE.reference, None)

    open_submissions(grader)
    for student in ("ada", "bob", "eve"):
        press(grader, student, "autograde")
    said = press(grader, "kim", "autograde", "Error")
    assert "No notebooks were matched" in said
    shows(grader, "ada", "12 / 12")
    shows(grader, "eve", "0 / 12")

    row(grader, "bob").locator(".student-name a").click()
    grader.get_by_role("link", name=courses.NAME, exact=True).last.click()
    grader.get_by_text("vae.py, as it was graded").wait_for()  # in front of the course text
    grader.locator("ol.highlight .k", has_text="class").first.wait_for()
    assert grader.locator(".submission a", has_text="Encoder").first.get_attribute("href")
    grader.get_by_text("not right yet").first.wait_for()
    shown = next(frame for frame in page.frames if frame.query_selector(".submission"))
    assert lab.serious(shown, ".submission") == lab.serious(shown, '[role="group"]') == []
    score = grader.locator("input.score#loss[placeholder]")  # it has one once it saves what it gets
    score.fill("0.25")
    with page.expect_response(lambda answer: "/formgrader/api/grade/" in answer.url) as saved:
        score.press("Tab")
    assert saved.value.ok and saved.value.json()["manual_score"] == 0.25

    grader.get_by_role("link", name="Manual Grading").first.click()
    open_submissions(grader)
    shows(grader, "bob", "9.25 / 12")
    press(grader, "bob", "generate-feedback")
    feedback = course / "feedback" / "bob" / courses.NAME / f"{courses.NAME}.html"
    page.goto(feedback.as_uri())
    page.get_by_text("(Score: 0.25 / 1.0)").wait_for()
    page.get_by_text("vae.py, as it was graded").wait_for()
    assert lab.serious(page, ".submission") == lab.serious(page, '[role="group"]') == []
    hint = page.locator("details").first
    closed = hint.bounding_box()
    page.emulate_media(media="print")
    opened = hint.bounding_box()
    assert closed and opened and opened["height"] > closed["height"]


def test_formgrader_asks_for_the_points_of_a_question(
    course: Path, page: sync_api.Page, grader: sync_api.FrameLocator
):
    asking = next(n for n in assignments.names() if assignments.load(n).public.questions)
    private = assignments.load(asking)
    question = private.public.questions[0].name
    shutil.copytree(ROOT / "release" / asking, course / "release" / asking)
    folder = course / "submitted" / "ada" / asking
    folder.mkdir(parents=True)
    shutil.copy(course / "release" / asking / private.public.module, folder)
    text = (course / "release" / asking / f"{asking}.ipynb").read_text("utf-8")
    (folder / f"{asking}.ipynb").write_text(text.replace(PLACEHOLDER, "Smears."), "utf-8")
    done = courses.run(course, "autograder", "nbgrader", asking, "--train", "never")
    assert "9 open" in done.stdout

    grader.get_by_role("link", name="Manual Grading").first.click()
    grader.get_by_role("link", name=asking, exact=True).click()
    grader.get_by_text("Notebook ID").wait_for()  # the next page, whose link has the same name
    grader.get_by_role("link", name=asking, exact=True).last.click()
    grader.get_by_role("link", name="Submission #1").click()
    score = grader.locator(f"input.score.needs_manual_grade#{question}")  # so once formgrader asked
    sync_api.expect(score).to_have_value("", timeout=PATIENCE)
    score.fill("1.5")
    with page.expect_response(lambda answer: "/formgrader/api/grade/" in answer.url) as saved:
        score.press("Tab")
    assert saved.value.ok and saved.value.json()["manual_score"] == 1.5
    again = courses.run(course, "autograder", "nbgrader", asking, "--train", "never", "--force")
    assert "1.5 / 2, 7 open" in again.stdout


def open_submissions(grader: sync_api.FrameLocator) -> None:
    """Go to the table of an assignment's submissions, by the links."""
    grader.get_by_role("link", name="Manage Assignments").click()
    grader.locator(".num-submissions a").click()
    grader.locator(".student-id").first.wait_for()


def row(grader: sync_api.FrameLocator, student: str) -> sync_api.Locator:
    return grader.locator("tr", has_text=student)


def shows(grader: sync_api.FrameLocator, student: str, score: str) -> None:
    """Wait until the table shows the score: formgrader asks for it when it has told of success."""
    sync_api.expect(row(grader, student).locator(".score")).to_have_text(score, timeout=PATIENCE)
