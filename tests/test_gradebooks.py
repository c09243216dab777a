"""A platform's own file gets the scores, and not one other byte of it changes."""

from __future__ import annotations

import csv
import io
from contextlib import nullcontext

import archives
import pytest
import tiny
from archives import Upload
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograder import assignments, gradebooks
from autograder.__main__ import main
from autograder.intake import BadInput, Handed, Identity
from autograder.intake.cells import Sheet
from autograder.kept.rows import Row


@pytest.fixture
def kit(monkeypatch, warm, tmp_path):
    """A kit that holds the tiny assignment alone, and grades through real processes."""
    monkeypatch.setattr(assignments, "names", lambda: ["tiny"])
    monkeypatch.setattr(assignments, "load", lambda name: tiny.private())
    monkeypatch.setattr("autograder.isolation.WarmParent", lambda *how: nullcontext(warm))
    monkeypatch.setenv("AUTOGRADER_SECRET", "a secret of the tests")
    return tmp_path


def run(*args):
    return main([str(a) for a in args])


HEADER = "Student,ID,SIS User ID,SIS Login ID,Section,HW1 (11),Tiny (12),Tiny quiz (13),Final Score"
CANVAS = "\r\n".join(
    [
        HEADER,
        ",,,,,Manual Posting,,,",
        "    Points Possible,,,,,10.00,3.00,5.00,(read only)",
        '"Lovelace, Ada",1001,u1,ada@example.edu,"Sec ""A"", 1",9,,5,80.0',
        '"Hopper, Grace",1002,u2,grace,Sec,9.5,"1",,',
        '"Gödel, Kurt", 1003 ,u3,kurt,Sec,,EX,,',
        '"Noether, ""Emmy"" ",1004,u4,emmy,"two\r\nlines",,0.50,,',
        '"Student, Test",999,,,Sec,,,,',
        "",
    ]
)
MOODLE = "\ufeff" + "\n".join(
    [
        'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade",'
        '"Grade can be changed","Last modified (grade)","Feedback comments"',
        'Participant 1001,"Ada Lovelace",ada@example.edu,"Submitted",,3.00,Yes,-,',
        'Participant 1002,"Grace Hopper",grace@example.edu,Submitted,"1.00",3.00,Yes,-,"old, 1"',
        'Participant 1003,"Kurt Gödel",kurt@example.edu,"No submission",-,3.00,No,-,',
        'Participant 1004,"Emmy ""E"" Noether",emmy@example.edu,,,3.00,Yes,-,',
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text('aé ",;\t\n\r1=', max_size=6), min_size=2, max_size=4),
        min_size=2,
        max_size=5,
    ),
    where=st.tuples(st.integers(1, 99), st.integers(0, 99)),
    dialect=st.tuples(st.sampled_from(",;\t"), st.sampled_from([0, 1]), st.booleans()),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    new=st.sampled_from(["11", "11,5", 'say "hi"', "", "a\r\nb"]),
)
def test_whatever_a_csv_file_holds_one_cell_is_changed(rows, where, dialect, end, new):
    delimiter, quoting, mark = dialect
    quoting = (
        quoting if end == "\r\n" else csv.QUOTE_ALL
    )  # Python quotes no line end but the one it writes itself
    rows[0] = [f"column {i}" for i in range(4)]  # the header, which shows the delimiter
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    raw = out.getvalue().encode("utf-8-sig" if mark else "utf-8")
    sheet = Sheet(raw)
    held = [row for row in rows if "".join(row).strip()]  # blank rows stay, and are no rows
    assert [[cell.text for cell in row] for row in sheet.rows] == held
    assume(len(held) > 1)
    row, column = where[0] % (len(held) - 1) + 1, where[1]
    column %= len(held[row])
    made = sheet.filled({(row, column): new})
    cell = sheet.rows[row][column]
    assert made.startswith(raw[: cell.start]) and made.endswith(raw[cell.end :])
    held[row][column] = new
    text = io.StringIO(made.decode("utf-8-sig"), newline="")
    assert list(csv.reader(text, delimiter=delimiter)) == rows


def graded(student, score, status="graded"):
    tests = []
    extra = {"status": status, "reason": "none", "max_score": 3.0, "assignment": "tiny"}
    return Row(student, {"score": score, "tests": tests, "extra_data": extra})


def handed(student, **who):
    return Handed(student, "tiny.py", who=Identity(**who))


def canvas(tmp_path, text=CANVAS, column=None, name="tiny"):
    (tmp_path / "book.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return gradebooks.canvas(tmp_path / "book.csv", name, 3, column)


def moodle(tmp_path, text=MOODLE, **how):
    (tmp_path / "sheet.csv").write_bytes(text.encode())
    return gradebooks.moodle(tmp_path / "sheet.csv", **how)


def fill(book, out, *entries, most=3.0):
    people, rows = [e[0] for e in entries], [e[1] for e in entries]
    told = gradebooks.fill(book, people, rows, out, most)
    return (out / book.file).read_bytes(), told


def entry(student, score, status="graded", **who):
    return handed(student, **who), graded(student, score, status)


def cells(raw):
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_only_the_one_field_of_each_row_changes_in_canvas(tmp_path):
    made, _ = fill(
        canvas(tmp_path),
        tmp_path,
        entry("lovelaceada_1001", 2, id="1001", platform="canvas"),
        entry("hoppergrace_1002", 3, id="1002", platform="canvas"),
        entry("noetheremmy_1004", 2.5, id="1004", platform="canvas"),
    )
    before = CANVAS.encode()
    expected = (
        before.replace(b'1",9,,5,80.0', b'1",9,2,5,80.0')
        .replace(b'9.5,"1",,', b'9.5,"3",,')
        .replace(b",,0.50,,", b",,2.5,,")
    )
    assert made == expected and len(made) == len(before)


def test_only_the_grade_changes_in_moodle_and_the_mark_of_utf8_stays(tmp_path):
    made, _ = fill(
        moodle(tmp_path),
        tmp_path,
        entry("Ada Lovelace_1001", 3, id="1001", platform="moodle"),
        entry("Grace Hopper_1002", 0, id="1002", platform="moodle"),
    )
    before = MOODLE.encode()
    assert made == before.replace(b'"Submitted",,3.00', b'"Submitted",3,3.00').replace(
        b'"1.00",3.00', b'"0",3.00'
    )
    assert made.startswith(b"\xef\xbb\xbf")


def test_every_cell_but_the_filled_ones_is_equal_whatever_the_dialect(tmp_path):
    for end in ("\n", "\r\n", "\r"):
        for delimiter in (",", ";", "\t"):
            out = io.StringIO()
            writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
            writer.writerows(csv.reader(io.StringIO(CANVAS, newline="")))
            raw = out.getvalue().encode()
            made, _ = fill(
                canvas(tmp_path, raw),
                tmp_path,
                entry("a", 2, id="1001", platform="canvas"),
            )
            old, new = (
                list(csv.reader(io.StringIO(r.decode(), newline=""), delimiter=delimiter))
                for r in (raw, made)
            )
            changed = [
                (r, c)
                for r, row in enumerate(new)
                for c, cell in enumerate(row)
                if cell != old[r][c]
            ]
            assert changed == [(3, 6)] and new[3][6] == "2" and len(made) == len(raw) + 1


@pytest.mark.parametrize(
    ("who", "platform_row"),
    [
        ({"id": "1002", "platform": "canvas"}, 4),
        ({"id": "u2", "platform": "gradescope"}, 4),
        ({"id": "grace"}, 4),
        ({"id": "77", "email": "grace@example.edu", "platform": "gradescope"}, 4),
        ({"id": "77", "email": "ada@example.edu", "platform": "gradescope"}, 3),
        ({"id": "77", "name": "Grace Hopper", "platform": "moodle"}, 4),
        ({"name": "hoppergrace", "platform": "canvas"}, 4),
        ({"id": "Grace_Hopper"}, 4),
        ({"id": "emmy noether"}, 6),
    ],
)
def test_a_row_of_canvas_is_found_by_id_login_email_or_name(who, platform_row, tmp_path):
    made, _ = fill(canvas(tmp_path), tmp_path, entry("x", 2, **who))
    assert [i for i, row in enumerate(cells(made)) if row[6] == "2"] == [platform_row]


def test_a_number_of_another_platform_is_no_canvas_id(tmp_path):
    who = {"id": "1002", "name": "Somebody Else", "platform": "moodle"}
    made, told = fill(canvas(tmp_path), tmp_path, entry("x", 2, **who))
    assert made == CANVAS.encode() and told[1] == "  1 left out, could not be matched: x"


NAMESAKES = """Student,ID,SIS User ID,SIS Login ID,Section,Tiny (12)
Points Possible,,,,,3
"Turing, Alan",102,12001,alan,1,
"Appleseed, John",103,12002,john,1,
"Wang, Wei",108,12003,wwei,1,
"""


@pytest.mark.parametrize(
    "who",
    [
        {"id": "107", "name": "wangwei", "platform": "canvas"},  # a namesake of another section
        {"id": "12001", "name": "hoppergrace", "platform": "canvas"},
        {"id": "12001", "name": "Grace Hopper", "platform": "moodle"},
        {"name": "John Smith", "email": "john@gmail.example", "platform": "gradescope"},
        {"id": "12001", "name": "Grace Hopper", "platform": "gradescope"},  # a slip of the pen
    ],
)
def test_a_score_goes_to_nobody_whose_name_or_number_is_another(who, tmp_path):
    made, told = fill(canvas(tmp_path, NAMESAKES), tmp_path, entry("x", 2, **who))
    assert made == NAMESAKES.encode() and told[1] == "  1 left out, could not be matched: x"


@pytest.mark.parametrize(
    "who",
    [
        {"id": "12001", "name": "Alan M. Turing", "platform": "gradescope"},
        {"id": "alan"},
        {"name": "Alan Turing", "email": "alan@mail.example", "platform": "gradescope"},
        {"name": "turingalan", "platform": "canvas"},
    ],
)
def test_what_a_name_leaves_open_is_still_matched(who, tmp_path):
    made, _ = fill(canvas(tmp_path, NAMESAKES), tmp_path, entry("x", 2, **who))
    assert [row[5] for row in cells(made)[2:]] == ["2", "", ""]


def test_a_folder_s_number_that_is_two_people_s_is_nobody_s(tmp_path):
    text = NAMESAKES.replace("103", "12001")
    made, _ = fill(canvas(tmp_path, text), tmp_path, entry("12001", 2, id="12001"))
    assert made == text.encode()
    made, _ = fill(canvas(tmp_path, NAMESAKES), tmp_path, entry("103", 2, id="103"))
    assert [row[5] for row in cells(made)[2:]] == ["", "2", ""]


def test_a_namesake_does_not_take_a_score_from_who_is_known_by_number(tmp_path):
    made, told = fill(
        canvas(tmp_path, NAMESAKES),
        tmp_path,
        entry("wangwei_107", 1, id="107", name="wangwei", platform="canvas"),
        entry("wangwei_108", 2, id="108", name="wangwei", platform="canvas"),
    )
    assert [row[5] for row in cells(made)[2:]] == ["", "", "2"]
    assert told[1:] == ["  1 left out, could not be matched: wangwei_107"]
    made, told = fill(
        canvas(tmp_path, NAMESAKES),
        tmp_path,
        entry("Wei Wang", 1, name="Wei Wang", platform="gradescope"),
        entry("Wei Wang_12003", 2, id="12003", name="Wei Wang", platform="gradescope"),
    )
    assert [row[5] for row in cells(made)[2:]] == ["", "", "2"]


def test_a_namesake_who_is_not_on_moodle_s_worksheet_gets_nobody_s_row(tmp_path):
    text = MOODLE.replace("Participant 1001", "Participant 205")
    who = {"id": "1001", "name": "Ada Lovelace", "platform": "moodle"}
    made, told = fill(moodle(tmp_path, text), tmp_path, entry("x", 2, **who))
    assert made == text.encode() and told[1] == "  1 left out, could not be matched: x"


def test_what_is_held_excused_or_claimed_twice_stays_and_is_told(tmp_path):
    made, told = fill(
        canvas(tmp_path),
        tmp_path,
        entry("ada", 2, "held", id="1001", platform="canvas"),
        entry("kurt", 2, id="1003", platform="canvas"),
        entry("grace", 2, id="grace"),
        entry("grace too", 3, id="Grace Hopper"),
    )
    assert made == CANVAS.encode()
    assert "0 scores in Tiny (12)" in told[0]
    assert set(told[1:]) == {
        "  1 left out, is held: ada",
        "  1 left out, is excused: kurt",
        "  2 left out, could not be matched: grace, grace too",
    }


def test_a_grade_that_moodle_locks_stays(tmp_path):
    made, told = fill(moodle(tmp_path), tmp_path, entry("k", 2, id="1003", platform="moodle"))
    assert made == MOODLE.encode() and told[1] == "  1 left out, is locked in Moodle: k"


def test_other_full_marks_are_told(tmp_path):
    _, told = fill(canvas(tmp_path), tmp_path, most=13)
    assert "counts 3.00 points for full marks, this kit 13" in told[1]


def test_a_worksheet_that_counts_other_points_is_refused_with_what_to_do(kit, capsys):
    where = archives.folder(kit / "in", archives.moodle(CLASS[:1]))
    (kit / "sheet.csv").write_text(MOODLE.replace("3.00", '"100,00"'), "utf-8")
    sheet = ("--moodle-worksheet", kit / "sheet.csv")
    assert run("grade", where, "--out", kit / "out", *sheet) == 2
    said = (
        "counts 100,00 points for full marks, and this assignment has 3; set the maximum grade in"
    )
    assert said in capsys.readouterr().err and not (kit / "out").exists()


def test_what_a_score_replaces_is_told_and_the_same_score_is_nothing_new(tmp_path):
    entries = [
        entry("grace", 2, id="1002", platform="canvas"),
        entry("emmy", 0.5, id="1004", platform="canvas"),
        entry("ada", 2, id="1001", platform="canvas"),
    ]
    _, told = fill(canvas(tmp_path), tmp_path, *entries)
    assert told[0].endswith(": 3 scores in Tiny (12)")
    assert told[1:] == ["  1 replaced what was there: grace"]
    _, told = fill(canvas(tmp_path), tmp_path, entries[2])
    assert told[0].endswith(": 1 score in Tiny (12)") and not told[1:]


def test_what_would_be_filled_is_told_before_grading(tmp_path):
    told = gradebooks.planned(
        canvas(tmp_path),
        [
            handed("ada", id="1001", platform="canvas"),
            handed("grace", id="1002", platform="canvas"),
            handed("kurt", id="1003", platform="canvas"),
            handed("who", id="4711", platform="canvas"),
        ],
        4.0,
    )
    assert told[0].endswith("scores would go into Tiny (12), for 2 of the 4 students in it")
    assert told[1:4] == [
        "  1 left out, is excused: kurt",
        "  1 left out, could not be matched: who",
        "  1 would replace what is there: grace",
    ]
    assert "counts 3.00 points for full marks, this kit 4" in told[4]


def test_decimal_commas_are_kept(tmp_path):
    text = CANVAS.replace(",", ";").replace("3.00", "3,00").replace("Lovelace;", "Lovelace,")
    made, told = fill(
        canvas(tmp_path, text),
        tmp_path,
        entry("a", 1.5, id="1001", platform="canvas"),
    )
    assert made == text.encode().replace(b'1";9;;5', b'1";9;1,5;5') and len(told) == 1


def test_comments_come_only_when_asked_for_and_are_escaped(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "feedback.md").write_text('# tiny: <b>"1"</b>, of 3\n')
    made, _ = fill(
        moodle(tmp_path, feedback=True), tmp_path, entry("a", 1, id="1001", platform="moodle")
    )
    row = cells(made)[1]
    assert row[4] == "1" and row[8].startswith("<pre># tiny: &lt;b&gt;")
    assert cells(made)[2:] == cells(MOODLE.encode())[2:]


def test_a_comment_that_a_teacher_wrote_stays_and_one_of_an_earlier_run_is_renewed(tmp_path):
    for student in "ae":
        (tmp_path / student).mkdir()
        (tmp_path / student / "feedback.md").write_text("# tiny: 2 of 3 points\n")
    text = MOODLE.replace('Yes,-,"old, 1"', 'Yes,-,"<p>see me ""today""</p>"')
    text = text.replace(",,,3.00,Yes,-,", ',,,3.00,Yes,-,"<pre># tiny: 1 of 3 points</pre>"')
    made, told = fill(
        moodle(tmp_path, text, feedback=True),
        tmp_path,
        entry("a", 2, id="1002", platform="moodle"),
        entry("e", 2, id="1004", platform="moodle"),
    )
    assert told[1:] == [
        "  1 replaced what was there: a",
        "  1 keep the comment that somebody wrote: a",
    ]
    assert [row[4] for row in cells(made)[1:]] == ["", "2", "-", "2"]
    assert [row[8] for row in cells(made)[1:]] == [
        *("", '<p>see me "today"</p>', "", "<pre># tiny: 2 of 3 points</pre>")
    ]


@pytest.mark.parametrize("there", ["", ","])  # of two or three cells; the grade is the third
def test_a_row_that_ends_early_gets_its_cells_in_the_order_of_the_columns(there, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "feedback.md").write_text("# tiny: 2 of 3 points\n")
    header = "Identifier,Full name,Grade,Grade can be changed,Feedback comments\n"
    text = f"{header}Participant 1,Ada{there}\nParticipant 2,Grace,1,Yes,\n"
    ada = entry("a", 2, id="1", platform="moodle")
    made, _ = fill(moodle(tmp_path, text, feedback=True), tmp_path, ada)
    filled = "Participant 1,Ada,2,,<pre># tiny: 2 of 3 points</pre>"
    assert made.decode() == f"{header}{filled}\nParticipant 2,Grace,1,Yes,\n"


def test_where_a_book_cannot_be_written_nothing_of_it_is_left(tmp_path):
    (tmp_path / "out" / gradebooks.MOODLE_FILE).mkdir(parents=True)
    with pytest.raises(BadInput, match=r"moodle-worksheet\.csv cannot be written to \("):
        fill(moodle(tmp_path), tmp_path / "out", entry("k", 2, id="1001", platform="moodle"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == [gradebooks.MOODLE_FILE]


class TestTheColumn:
    def test_it_is_the_one_called_what_the_assignment_is(self, tmp_path):
        assert canvas(tmp_path).title == "Tiny (12)"
        assert canvas(tmp_path, CANVAS.replace("Tiny (12)", " TINY! (12)")).column == 6

    def test_a_title_with_a_word_more_is_not_taken_for_it(self, tmp_path):
        with pytest.raises(BadInput, match="no column called tiny; choose one with") as e:
            canvas(tmp_path, CANVAS.replace("Tiny (12)", "Homework 3 (12)"))
        assert 'it has "Tiny quiz (13)", "HW1 (11)", "Homework 3 (12)"' in str(e.value)

    def test_a_title_with_words_more_is_taken_where_it_counts_as_much(self, tmp_path):
        longer = CANVAS.replace("Tiny (12)", "HW 2: Tiny (12)")
        assert canvas(tmp_path, longer).title == "HW 2: Tiny (12)"
        with pytest.raises(BadInput, match="no column called tiny"):
            gradebooks.canvas(tmp_path / "book.csv", "tiny", 7)

    @pytest.mark.parametrize("asked", ["HW1 (11)", "HW1", "11"])
    def test_another_can_be_chosen_by_title_or_id(self, asked, tmp_path):
        assert canvas(tmp_path, column=asked).column == 5

    @pytest.mark.parametrize(
        ("name", "column", "say"),
        [
            ("gan", None, "no column called gan"),
            ("gan", "HW9", "no column 'HW9'"),
            ("gan", "Section", "no column 'Section'"),
        ],
    )
    def test_where_there_is_none_the_columns_are_listed(self, name, column, say, tmp_path):
        with pytest.raises(BadInput) as e:
            canvas(tmp_path, column=column, name=name)
        assert say in str(e.value) and "--canvas-column" in str(e.value)
        assert '"HW1 (11)", "Tiny (12)", "Tiny quiz (13)"' in str(e.value)

    def test_where_several_fit_one_has_to_be_chosen(self, tmp_path):
        with pytest.raises(BadInput, match="2 columns called tiny"):
            canvas(tmp_path, CANVAS.replace("Tiny quiz", "tiny"))


@pytest.mark.parametrize(
    ("raw", "say"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "is no gradebook of Canvas"),
        ("Student,ID\n".encode("utf-16"), "is no CSV file in UTF-8"),
        (b"Student,ID\n\0", "is no CSV file in UTF-8"),
    ],
)
def test_what_is_no_gradebook_is_refused_in_one_sentence(raw, say, tmp_path):
    with pytest.raises(BadInput, match=say) as e:
        canvas(tmp_path, raw)
    assert "\n" not in str(e.value)


def test_a_folder_in_the_place_of_a_gradebook_is_named_as_it_was_given(tmp_path):
    with pytest.raises(BadInput) as e:
        gradebooks.canvas(tmp_path, "tiny", 3)
    assert str(e.value) == (
        f"{tmp_path} is not a regular file; give the CSV file that the platform exported"
    )


def test_what_is_no_worksheet_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(BadInput, match="it needs a column Grade"):
        moodle(tmp_path, "a,b\n")
    with pytest.raises(BadInput, match="there is no file"):
        gradebooks.moodle(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("column", [None, "Bewertung"])
def test_a_worksheet_in_another_language_is_refused_with_what_to_do(column, tmp_path):
    header = (
        'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,'
        '"Bewertung kann geändert werden","Zuletzt geändert","Feedback als Kommentar"'
    )
    rows = ["Teilnehmer/in1003,Kurt Gödel,kurt@example.edu,,1,3,Nein,-,"]
    with pytest.raises(BadInput, match="with Moodle's language set to English") as e:
        moodle(tmp_path, "\n".join([header, *rows]), column=column)
    assert "\n" not in str(e.value)


def test_a_worksheet_that_does_not_tell_what_is_locked_is_refused(tmp_path):
    with pytest.raises(BadInput, match="one Grade can be changed"):
        moodle(tmp_path, MOODLE.replace("Grade can be changed", "Darf man"))


CLASS = [
    Upload("Ada", "Lovelace", 1001, {"tiny.py": tiny.STUB}),
    Upload("Grace", "Hopper", 1002, {"tiny.py": tiny.SQUARED}, late=True),
    Upload("Ada", "Lovelace", 1001, {"tiny.py": tiny.RIGHT}, attempt=2),
    Upload("Emmy", "Noether", 1004, {"notes.md": b""}),
    Upload("Who", "Ever", 4711, {"tiny.py": tiny.RIGHT}),
]


def test_a_class_of_canvas_is_graded_from_its_zip_into_its_gradebook(kit, capsys):
    where = archives.zipped(kit / "submissions.zip", archives.canvas(CLASS))
    (kit / "book.csv").write_bytes(CANVAS.encode())
    out = kit / "out"
    assert run("grade", where, "--out", out, "--canvas-gradebook", kit / "book.csv") == 0
    said = capsys.readouterr()
    assert "understood as Canvas's download" in said.err and "Gödel" in said.err
    assert f"{out / 'canvas-gradebook.csv'}: 3 scores in Tiny (12)" in said.out
    assert "1 left out, could not be matched: everwho_4711" in said.out
    made = cells((out / "canvas-gradebook.csv").read_bytes())
    assert [row[6] for row in made[3:]] == ["3", "1", "EX", "0", ""]
    assert (out / "lovelaceada_1001" / "results.json").exists()


def test_a_class_of_moodle_is_graded_from_its_folder_into_its_worksheet(kit, capsys):
    where = archives.folder(kit / "in", archives.moodle(CLASS))
    (kit / "sheet.csv").write_bytes(MOODLE.encode())
    sheet = ("--moodle-worksheet", kit / "sheet.csv", "--moodle-feedback")
    assert run("grade", where, "--out", kit / "out", *sheet) == 0
    made = cells((kit / "out" / "moodle-worksheet.csv").read_bytes())
    assert [row[4] for row in made[1:]] == ["3", "1", "-", "0"]
    assert "3 of 3 points" in made[1][8] and "no tiny.py found" in made[4][8]


def test_a_dry_run_tells_all_and_grades_nothing(kit, capsys):
    where = archives.zipped(kit / "submissions.zip", archives.moodle(CLASS))
    (kit / "roster.csv").write_text("Name,ID\nAda Lovelace,1001\nKurt Gödel,1003\n")
    assert run("grade", where, "--dry-run", "--roster", kit / "roster.csv") == 0
    out = capsys.readouterr().out
    assert "no tiny.py found in Emmy Noether; found: notes.md" in out
    assert "handed in nothing: 1 (Kurt Gödel)" in out
    assert sorted(p.name for p in kit.iterdir()) == ["roster.csv", "submissions.zip"]


def test_a_dry_run_tells_which_column_would_be_filled_for_whom(kit, capsys):
    where = archives.zipped(kit / "submissions.zip", archives.canvas(CLASS))
    (kit / "book.csv").write_bytes(CANVAS.encode())
    assert run("grade", where, "--dry-run", "--canvas-gradebook", kit / "book.csv") == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        f"{kit / 'book.csv'}: scores would go into Tiny (12), for 3 of the 4 students in it",
        "  1 left out, could not be matched: everwho_4711",
        "  2 would replace what is there: hoppergrace_1002, noetheremmy_1004",
    ]


@pytest.mark.parametrize(
    ("more", "say"),
    [
        ([], "--out DIR, or only look with --dry-run"),
        (["--out", "out", "--canvas-gradebook", "none.csv"], "there is no file none.csv"),
        (["--dry-run", "--roster", "none.csv"], "there is no file none.csv"),
        (["--out", "in"], "results would be taken for hand-ins; choose a folder beside it"),
        (["--out", "in/graded/1"], "in/graded/1 lies in"),
    ],
)
def test_what_cannot_work_is_refused_before_grading(more, say, kit, capsys, monkeypatch):
    monkeypatch.chdir(kit)
    where = archives.folder(kit / "in", archives.plain(CLASS))
    before = sorted(kit.rglob("*"))
    assert run("grade", where, *more) == 2
    said = capsys.readouterr()
    assert say in said.err and len(said.err.splitlines()) == 1 and sorted(kit.rglob("*")) == before


def test_a_student_who_comes_later_with_nearly_the_name_renames_nobody(kit, capsys):
    archives.folder(kit / "in", {"ada/tiny.py": tiny.RIGHT})
    assert run("grade", kit / "in", "--out", kit / "out") == 0
    archives.folder(kit / "in", {"Ada/tiny.py": tiny.STUB})
    assert run("grade", kit / "in", "--out", kit / "out") == 0
    assert "1 of 2 were graded before and are kept" in capsys.readouterr().out
    assert len((kit / "out" / "grades.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize("name", ["canvas-gradebook.csv", "moodle-worksheet.csv"])
def test_a_student_called_like_a_file_of_ours_is_told_before_grading(name, kit, capsys):
    archives.folder(kit / "in", {f"{name}/tiny.py": tiny.RIGHT})
    assert run("grade", kit / "in", "--out", kit / "out") == 2
    assert f"{name} is no name for a student's folder" in capsys.readouterr().err
    assert not (kit / "out").exists()


def test_results_may_lie_beside_the_archive_they_come_from(kit, capsys):
    where = archives.zipped(kit / "class" / "in.zip", archives.canvas(CLASS[:1]))
    assert run("grade", where, "--out", kit / "class") == 0
    assert (kit / "class" / "lovelaceada_1001" / "results.json").exists()
