"""A class of submissions to results: side by side, resumable, whatever stops it."""

import json
import resource
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import gradebooks, report, results
from autograder.classes import class_run
from autograder.classes.class_run import ClassRun
from autograder.commands import log
from autograder.grade import grade_one
from autograder.intake import BadInput, submissions
from autograder.kept import journal
from autograder.people import adjusting, questions
from autograder.similar import cache, command
from autograder.training import Trainer

SECRET = b"a secret of the tests"


@pytest.fixture
def a_class(tmp_path):
    folder = tiny.hand_in(
        tmp_path / "in", ada=tiny.RIGHT, bob=tiny.SQUARED, cyd=tiny.SYNTAX_ERROR, dan=tiny.STUB
    )
    (folder / "eve").mkdir()
    return folder


def run(folder, out, parent, jobs=2, train="never", **changes):
    trainer = Trainer(train, tiny.images)
    made = ClassRun(
        tiny.private(**changes), out, SECRET, trainer, jobs=jobs, open_parent=parent.opened
    )
    return made.grade(submissions(folder, "tiny.py"))


def scores(out):
    return {row.student: row.score for row in report.rows(out)}


def statuses(out):
    return {row.student: row.status for row in report.rows(out)}


def test_a_class_is_graded_whatever_is_in_it(a_class, tmp_path):
    progress = run(a_class, tmp_path / "out", tiny.Parent())
    assert (progress.graded, progress.kept, progress.total) == (5, 0, 5)
    assert scores(tmp_path / "out") == {"ada": 3, "bob": 1, "cyd": 0, "dan": 0, "eve": 0}
    assert statuses(tmp_path / "out")["eve"] == "malformed"
    assert "no tiny.py found" in (tmp_path / "out" / "eve" / "feedback.md").read_text()


def test_the_bar_names_whom_the_class_is_waiting_for(a_class, tmp_path, monkeypatch):
    named, drawn_by = threading.Event(), set()

    class Bar(class_run.tqdm):
        def set_postfix_str(self, s="", refresh=True):
            drawn_by.add(threading.current_thread())
            super().set_postfix_str(s, refresh)
            if s == "waiting for bob":
                named.set()

    def before(source):
        if source == tiny.SQUARED:
            assert named.wait(60)

    monkeypatch.setattr(class_run, "LONG_SECONDS", 0.01)
    monkeypatch.setattr(class_run, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(class_run, "tqdm", Bar)
    run(a_class, tmp_path / "out", tiny.Parent(before), jobs=1)
    assert scores(tmp_path / "out")["bob"] == 1
    assert drawn_by == {threading.main_thread()}  # Ctrl-C can leave its lock to that one


def test_nobody_is_named_before_ten_seconds_have_passed(tmp_path):
    made = ClassRun(tiny.private(), tmp_path, SECRET, Trainer("never"))
    made.begun = {"ada": 0.0, "bob": 5.0}
    assert made.waiting_for(9.9) == ""
    assert made.waiting_for(10.1) == "waiting for ada"
    assert made.waiting_for(15.1) == "waiting for ada, bob"


def test_a_second_run_grades_nothing_again(a_class, tmp_path):
    run(a_class, tmp_path / "out", tiny.Parent())
    before = scores(tmp_path / "out")
    parent = tiny.Parent()
    progress = run(a_class, tmp_path / "out", parent)
    assert parent.asked == [] and (progress.graded, progress.kept) == (0, 5)
    assert scores(tmp_path / "out") == before


def test_what_changed_is_graded_again_and_nothing_else(a_class, tmp_path):
    run(a_class, tmp_path / "out", tiny.Parent())
    (a_class / "bob" / "tiny.py").write_bytes(tiny.RIGHT)
    (tmp_path / "out" / "dan" / "results.json").unlink()  # and what was found of him is kept
    parent = tiny.Parent()
    assert run(a_class, tmp_path / "out", parent).graded == 2
    assert len(parent.asked) == 1 and scores(tmp_path / "out")["bob"] == 3


def test_another_train_policy_or_another_edition_of_the_checks_is_graded_again(
    a_class, tmp_path, monkeypatch
):
    run(a_class, tmp_path / "out", tiny.Parent())
    assert run(a_class, tmp_path / "out", tiny.Parent(), train="auto").graded == 5
    monkeypatch.setattr(journal, "version", lambda name: "another")
    assert run(a_class, tmp_path / "out", tiny.Parent(), train="auto").graded == 5


def test_the_version_covers_the_checks_and_the_engine():
    files = {p.relative_to(journal.ROOT).as_posix() for p in journal._deciding("vae")}
    assert {"nndl2/checks/run.py", "nndl2/probing/probe.py", "autograder/grade.py"} <= files
    assert any(file.startswith("autograder/isolation/") for file in files)
    assert any(file.startswith("autograder/assignments/vae/") for file in files)


def test_a_bug_of_ours_holds_one_submission_and_is_tried_again(a_class, tmp_path):
    def stumble(source):
        if source == tiny.SQUARED:
            raise ZeroDivisionError("ours")

    run(a_class, tmp_path / "out", tiny.Parent(stumble))
    assert statuses(tmp_path / "out")["bob"] == "held" and scores(tmp_path / "out")["ada"] == 3
    checks = [t for t in results.load(tmp_path / "out" / "bob")["tests"] if "score" not in t]
    assert len(checks) == 4
    assert run(a_class, tmp_path / "out", tiny.Parent()).graded == 1
    assert statuses(tmp_path / "out")["bob"] == "graded"


def test_results_exist_from_the_start_and_say_that_nothing_is_graded_yet(a_class, tmp_path):
    seen = {}

    def look(source):
        if not seen:
            seen.update(statuses(tmp_path / "out"))

    run(a_class, tmp_path / "out", tiny.Parent(look), jobs=1)
    assert seen == {**dict.fromkeys(("ada", "bob", "cyd", "dan"), "held"), "eve": "malformed"}


def test_an_interrupted_run_keeps_what_it_has_and_goes_on(a_class, tmp_path):
    def interrupt(source):
        if source == tiny.STUB:
            raise KeyboardInterrupt

    progress = run(a_class, tmp_path / "out", tiny.Parent(interrupt), jobs=1)
    assert progress.stopped and 3 <= progress.graded < 5
    went_on = run(a_class, tmp_path / "out", tiny.Parent())
    assert went_on.kept == progress.graded and went_on.graded == 5 - progress.graded
    assert scores(tmp_path / "out")["ada"] == 3 and "held" not in statuses(tmp_path / "out")


def test_a_torn_last_line_of_the_journal_is_dropped(a_class, tmp_path):
    run(a_class, tmp_path / "out", tiny.Parent())
    file = tmp_path / "out" / journal.FILE
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    assert run(a_class, tmp_path / "out", tiny.Parent()).graded == 1
    assert len(lines(tmp_path / "out")) == 5 and all(map(json.loads, file.open()))


def test_two_graders_do_not_share_a_folder(a_class, tmp_path):
    with (
        journal.Journal(tmp_path / "out"),
        pytest.raises(BadInput, match="another run is grading"),
    ):
        run(a_class, tmp_path / "out", tiny.Parent())


def test_a_student_named_as_one_of_our_files_is_refused(tmp_path):
    folder = tiny.hand_in(tmp_path / "in", **{"grades.csv": tiny.RIGHT})
    with pytest.raises(BadInput, match=r"grades\.csv"):
        run(folder, tmp_path / "out", tiny.Parent())


def test_no_student_s_folder_is_called_as_what_a_command_writes_beside_it():
    ours = {report.GRADES, report.PAGE, report.WITHOUT_NAMES, log.LOG, adjusting.SHEET}
    ours |= {gradebooks.CANVAS_FILE, gradebooks.MOODLE_FILE, questions.PAGE, questions.SHEET}
    assert ours | {command.FILE, cache.FILE, journal.FILE} <= class_run.OWN_FILES


def test_a_place_that_cannot_be_written_to_is_named(a_class, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(BadInput, match="cannot be written to"):
        run(a_class, tmp_path / "out", tiny.Parent())


# what stops a run, and what is found when it goes on


def lines(out):
    """Those of gradings, and no others."""
    whole = (out / journal.FILE).read_bytes().splitlines(keepends=True)
    return [line for line in whole if not line.startswith(journal.FOUND)]


def untimed(line):
    """A line of the journal but for when it was written, and what it names by a hash of that."""
    return {k: v for k, v in json.loads(line).items() if k not in ("when", "files")}


def test_a_result_without_its_line_is_found_again(a_class, tmp_path):
    run(a_class, tmp_path / "out", tiny.Parent(), jobs=1)
    kept = scores(tmp_path / "out")
    *whole, last = lines(tmp_path / "out")
    (tmp_path / "out" / journal.FILE).write_bytes(b"".join(whole))
    assert run(a_class, tmp_path / "out", tiny.Parent()).graded == 1
    *others, found = lines(tmp_path / "out")
    assert (others, untimed(found)) == (whole, untimed(last))
    assert scores(tmp_path / "out") == kept


def test_a_result_never_counts_for_another_submission(a_class, tmp_path):
    bob = a_class / "bob" / "tiny.py"
    run(a_class, tmp_path / "out", tiny.Parent())
    bob.write_bytes(tiny.RIGHT)
    run(a_class, tmp_path / "out", tiny.Parent())
    (tmp_path / "out" / journal.FILE).write_bytes(b"".join(lines(tmp_path / "out")[:-1]))
    bob.write_bytes(tiny.SQUARED)  # and its result is still that of the right program
    assert run(a_class, tmp_path / "out", tiny.Parent()).graded == 1
    assert scores(tmp_path / "out")["bob"] == 1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_a_result_with_a_field_damaged_stops_no_report(data):
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        trainer = Trainer("never", tiny.images)
        graded = grade_one(tiny.private(), tiny.RIGHT, tiny.Parent(), SECRET, trainer)
        for student in ("ada", "bob"):
            results.save(out / student, graded)
        found = json.loads((out / "bob" / "results.json").read_text())
        at = found
        while isinstance(at, (dict, list)) and at:
            inside, key = (
                at,
                data.draw(st.sampled_from(list(at) if isinstance(at, dict) else range(len(at)))),
            )
            at = at[key]
            if data.draw(st.booleans()):
                break
        inside[key] = data.draw(st.sampled_from([None, [], {}, "x", -1, 10**400, [[]], {"a": 1}]))
        (out / "bob" / "results.json").write_text(json.dumps(found))
        kept = report.write(out) if results.load(out / "bob") else report.rows(out)
        assert kept[0].student == "ada" and kept[0].score == 3


@pytest.mark.parametrize("file", ["results.json", "feedback.md"])
@pytest.mark.parametrize("damage", [b"", b"{", None], ids=["emptied", "torn", "deleted"])
def test_what_was_damaged_by_hand_is_made_again(a_class, tmp_path, file, damage):
    run(a_class, tmp_path / "out", tiny.Parent())
    path = tmp_path / "out" / "ada" / file
    before = path.read_bytes()
    path.unlink() if damage is None else path.write_bytes(damage)
    assert run(a_class, tmp_path / "out", tiny.Parent()).graded == 1
    if file == "feedback.md":
        assert path.read_bytes() == before
    assert scores(tmp_path / "out")["ada"] == 3


def test_a_score_changed_by_hand_does_not_stay(a_class, tmp_path):
    run(a_class, tmp_path / "out", tiny.Parent())
    path = tmp_path / "out" / "bob" / "results.json"
    path.write_text(path.read_text().replace('"score": 1,', '"score": 3,'))
    assert run(a_class, tmp_path / "out", tiny.Parent()).graded == 1
    assert scores(tmp_path / "out")["bob"] == 1


GARBAGE = [
    b"\0" * 300,
    b"\xff\xfe",
    b"[" * 100_000,
    b"{}",
    b"null",
    b'{"student": ["ada"], "sha256": 1}',
    b'{"student": "ada", "sha256',
]


@pytest.mark.parametrize("line", GARBAGE, ids=range(len(GARBAGE)))
def test_a_line_of_garbage_costs_nothing_else(a_class, tmp_path, line):
    run(a_class, tmp_path / "out", tiny.Parent(), jobs=1)
    first, *others = lines(tmp_path / "out")
    (tmp_path / "out" / journal.FILE).write_bytes(b"".join([first, line, b"\n", *others, line]))
    assert run(a_class, tmp_path / "out", tiny.Parent()).graded == 0
    assert lines(tmp_path / "out") == [first, line + b"\n", *others]


def test_a_line_says_where_a_grade_was_found(a_class, tmp_path):
    run(a_class, tmp_path / "out", tiny.Parent(), jobs=1)
    entry = json.loads(lines(tmp_path / "out")[1])  # Eve handed in nothing, and comes first
    assert entry["student"] == "ada" and len(entry["sha256"]) == len(entry["files"]) == 64
    where = entry["environment"]
    assert set(where) == {"kit", "torch", "numpy", "python", "platform", "isolation"}
    assert where["isolation"] == tiny.Parent.isolation and all(where.values())


@contextmanager
def files_of_at_most(size):
    """No file that is written here gets larger, as if there were no more room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 100, 800, 1500, 2500, 3500, 6000, 1 << 20])
def test_where_there_is_no_room_nothing_is_lost_or_doubled(a_class, tmp_path, size):
    stopped = False
    with files_of_at_most(size):
        try:
            first = run(a_class, tmp_path / "out", tiny.Parent())
        except BadInput as e:
            stopped = True
            assert "cannot be written to (File too large)" in str(e)
    assert stopped or size > 3000
    assert not stopped or size < 1 << 20
    goes_on_after(a_class, tmp_path / "out", 0 if stopped else first.graded)


def goes_on_after(a_class, out, graded):
    """The next run finishes what is left, and the journal has one whole line a student."""
    assert not list(out.glob("*/.*.part"))
    written = len(lines(out)) if (out / journal.FILE).exists() else 0
    assert written >= graded
    again = run(a_class, out, tiny.Parent())
    assert again.kept == written and again.graded == 5 - written
    assert scores(out) == {"ada": 3, "bob": 1, "cyd": 0, "dan": 0, "eve": 0}
    students = [json.loads(line)["student"] for line in lines(out)]
    assert sorted(students) == sorted(set(students)) and len(students) == 5


@pytest.fixture
def disk(tmp_path):
    """A file system of its own, of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small file system takes root and its rights")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("room", [0, 4, 8, 20, 28, 36, 48, 60])
def test_a_full_disk_is_said_in_one_sentence_and_nothing_is_lost_or_doubled(a_class, disk, room):
    filler = disk / "filler"
    filler.write_bytes(bytes((256 - room) << 10))
    written = 0
    try:
        written = run(a_class, disk / "out", tiny.Parent()).graded
        report.write(disk / "out")
    except BadInput as e:
        assert "cannot be written to (No space left on device)" in str(e)
    assert room > 50 or written < 5 or not (disk / "out" / "report.html").exists()
    filler.unlink()
    if (disk / "out").exists():
        goes_on_after(a_class, disk / "out", written)


def test_a_folder_that_may_only_be_read_is_named_and_left_alone(a_class, disk):
    run(a_class, disk / "out", tiny.Parent())
    before = lines(disk / "out")
    (a_class / "bob" / "tiny.py").write_bytes(tiny.RIGHT)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(BadInput, match="out cannot be written to"):
        run(a_class, disk / "out", tiny.Parent())
    with pytest.raises(BadInput, match="out cannot be written to"):
        report.write(disk / "out")
    assert lines(disk / "out") == before and scores(disk / "out")["bob"] == 1
