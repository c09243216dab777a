"""What platforms give to download: each student once, the newest attempt, without a question."""

from __future__ import annotations

from dataclasses import replace

import archives
import pytest
from archives import Upload

from autograder.feedback.pack import name_for
from autograder.intake import BadInput, Wanted, collect, table
from autograder.intake.people import folder_names, roster
from autograder.kept import submitted

WANTED = Wanted("vae.py", {"VAE", "loss_function"})
CLASS = [
    Upload("Ada", "Lovelace", 1001, {"vae.py": b"first"}),
    Upload("Grace", "Hopper", 1002, {"vae.py": b"grace", "vae.ipynb": b"{}"}, late=True),
    Upload("Kurt", "Gödel", 1003, {"VAE (1).py": b"kurt"}),
    Upload("Alan", "Turing", 1004, {"vae-handin.zip": archives.zip_bytes({"vae.py": b"alan"})}),
    Upload("Emmy", "Noether", 1005, {"vae.ipynb": b"{}", "figure.png": b"png"}),
    Upload("Ada", "Lovelace", 1001, {"vae.py": b"second"}, attempt=2),
]
LAYOUTS = {
    archives.canvas: "Canvas's download of submissions",
    archives.canvas_quiz: "Canvas's download of submissions",
    archives.sakai: "Sakai's download of submissions",
    archives.brightspace: "Brightspace's download of submissions",
    archives.blackboard: "Blackboard's download of submissions",
    archives.moodle: "Moodle's download of submissions",
    archives.moodle_loose: "Moodle's download of submissions",
    archives.gradescope: "Gradescope's export",
    archives.nbgrader: "nbgrader's submitted/",
    archives.plain: "a folder for each student",
}


def as_folder(at, files):
    return archives.folder(at / "class", files)


def as_zip(at, files):
    return archives.zipped(at / "class.zip", files)


def as_tar(at, files):
    at.mkdir(exist_ok=True)
    (at / "class.tar.gz").write_bytes(archives.tar_bytes(files))
    return at / "class.tar.gz"


def as_nested_folder(at, files):
    return archives.folder(at / "class", archives.under("download/week 3", files))


def as_zip_of_a_folder(at, files):
    return archives.zipped(at / "class.zip", archives.under("submissions", files))


def as_zip_in_a_folder(at, files):
    return archives.folder(at / "class", {"submissions.zip": archives.zip_bytes(files)})


def as_folder_from_a_mac(at, files):
    junk = {f"__MACOSX/._{path}": b"junk" for path in files}
    return as_folder(at, {**files, **junk, ".DS_Store": b"junk", "desktop.ini": b"junk"})


FORMS = [
    *(as_folder, as_zip, as_tar, as_nested_folder, as_zip_of_a_folder, as_zip_in_a_folder),
    as_folder_from_a_mac,
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_each_layout_is_resolved_in_each_form(layout, form, tmp_path):
    found = collect(form(tmp_path, layout(CLASS)), WANTED)
    assert found.layout == LAYOUTS[layout]
    sources = sorted(one.source for one in found.handed)
    assert sources == [b"", b"alan", b"grace", b"kurt", b"second"]
    (emmy,) = (one for one in found.handed if one.wrong)
    assert emmy.wrong.sentence == "no vae.py found, only the notebook vae.ipynb; hand in vae.py"
    (kurt,) = (one for one in found.handed if one.source == b"kurt")
    assert kurt.note.endswith("VAE (1).py: no vae.py at the top")
    assert len({one.student for one in found.handed}) == 5


def people(found):
    return {h.source: (h.student, h.who.id, h.who.name, h.who.email) for h in found.handed}


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (archives.canvas, ("hoppergrace_1002", "1002", "hoppergrace", "")),
        (archives.canvas_quiz, ("hoppergrace_1002", "1002", "hoppergrace", "")),
        (archives.sakai, ("grace", "grace", "Grace Hopper", "")),
        (archives.brightspace, ("Grace Hopper_1002", "1002", "Grace Hopper", "")),
        (archives.blackboard, ("grace_x", "grace_x", "Grace Hopper", "")),
        (archives.moodle, ("Grace Hopper_1002", "1002", "Grace Hopper", "")),
        (
            archives.gradescope,
            ("Grace Hopper_00001002", "00001002", "Grace Hopper", "grace@example.edu"),
        ),
        (archives.nbgrader, ("grace", "grace", "", "")),
    ],
)
def test_who_handed_in_is_what_the_platform_says(layout, expected, tmp_path):
    assert people(collect(as_zip(tmp_path, layout(CLASS)), WANTED))[b"grace"] == expected


def of(found, source):
    return next(one for one in found.handed if one.source == source)


@pytest.mark.parametrize(
    "files",
    [
        {"ada_question_77_5001_vae.py": b"a", "bob_question_77_5002_vae.py": b"b"},
        {"ada7_question_77_5001_vae.py": b"a", "bob7_question_77_5002_vae.py": b"b"},
        {"ada_7_5001_vae.py": b"a", "bob_7_5002_vae.py": b"b"},
        {"Ada L_7_assignsubmission_file_vae.py": b"a", "Bob_7_assignsubmission_file_vae.py": b"b"},
    ],
    ids=["no id in a quiz", "one id in a quiz", "one id in Canvas", "one id in Moodle"],
)
def test_two_names_are_two_students_and_nobodys_id_is_another_s(files, tmp_path):
    found = collect(as_folder(tmp_path, files), WANTED)
    assert sorted(one.source for one in found.handed) == [b"a", b"b"]
    assert {one.who.id for one in found.handed} == {""}


def test_a_student_s_own_file_may_have_question_in_its_name(tmp_path):
    (one,) = collect(
        as_folder(tmp_path, {"doejo_7_100_a_question_3_4_vae.py": FULL}), WANTED
    ).handed
    assert (one.student, one.who.id, one.source) == ("doejo_7", "7", FULL)


@pytest.mark.parametrize("doe", ["doejo7_LATE", "doejo_LATE_7", "doejo_7_LATE"])
def test_a_late_file_of_a_quiz_is_late(doe, tmp_path):
    files = {f"{doe}_question_3_4_vae.py": FULL, "anon_aB3xY_question_3_5_vae.py": FULL}
    found = collect(as_folder(tmp_path, files), WANTED)
    assert [(h.student, h.who.late) for h in found.handed] == [
        ("anon_aB3xY", False),
        ("doejo_7", True),
    ]


def test_a_layout_that_nobody_knows_gets_a_hint(tmp_path):
    files = {f"HW3/{name}/handed in/work/vae.py": name.encode() for name in ("ada", "bob", "eva")}
    found = collect(as_zip(tmp_path, files), WANTED)
    assert len(found.handed) == 1 and found.handed[0].wrong
    assert found.hint.endswith("if HW3 holds a folder for each student, give it by itself")


def test_late_and_attempt_are_read_from_canvas_names(tmp_path):
    found = collect(as_folder(tmp_path, archives.canvas(CLASS)), WANTED)
    assert [one.source for one in found.handed if one.who.late] == [b"grace"]
    assert of(found, b"second").who.attempt == "2"


def test_the_later_upload_counts_even_without_a_number(tmp_path):
    """an upload's id grows with time; -1 and -2 only tell equal names apart"""
    files = {"doejo_7_100_vae-1.py": b"early", "doejo_7_200_vae.py": b"late"}
    (one,) = collect(as_folder(tmp_path, files), WANTED).handed
    assert one.source == b"late"


def test_the_higher_number_counts_between_uploads_with_one_id(tmp_path):
    files = {f"doejo_7_100_vae{n}.py": n.encode() for n in ("", "-1", "-2", "-10")}
    (one,) = collect(as_folder(tmp_path, files), WANTED).handed
    assert one.source == b"-10"


def test_the_files_of_one_submission_of_canvas_are_no_attempts(tmp_path):
    """Canvas numbers files; of two with one name the later was handed in again"""
    files = {"doejo_7_559_Vae_final.py": FULL, "doejo_7_560_helper.py": b"x = 1\n"}
    (one,) = collect(as_folder(tmp_path, files), replace(WANTED, every=True)).handed
    assert (one.source, one.attempt, one.attempts) == (FULL, "", ())
    again = {"doejo_7_561_Vae_final-1.py": OLD, "doejo_7_562_helper-1.py": b"x = 2\n"}
    (one,) = collect(as_folder(tmp_path, {**files, **again}), WANTED).handed
    assert (one.source, one.attempt, one.who.attempt) == (OLD, "2 of 2", "2")


@pytest.mark.parametrize(
    "name",
    [
        *("7-8 - Ada Lovelace - {} {}/vae.py", "7-8 - Ada Lovelace- {} {} - vae.py"),
        "HW_ada_attempt_2025-{}-{}-42-11_vae.py",
    ],
)
def test_attempts_come_in_the_order_of_their_dates(name, tmp_path):
    """which is not that of their letters"""
    english = [("Sep 30, 2025", "1142 PM"), ("Oct 9, 2025", "1242 AM"), ("Oct 9, 2025", "142 AM")]
    numbers = [("09-30", "23"), ("10-09", "00"), ("10-09", "01")]
    dates = numbers if "attempt" in name else english
    files = {name.format(*date): b"%d" % n for n, date in enumerate(dates)}
    (one,) = collect(as_folder(tmp_path, files), replace(WANTED, every=True)).handed
    assert [each.source for each in one.attempts] == [b"2", b"1", b"0"]
    assert (one.attempt, one.who.attempt, one.note) == ("3 of 3", "3", "")


def test_a_text_of_blackboard_that_names_another_is_not_believed(tmp_path):
    files = archives.blackboard(CLASS[:1])
    files = {path: c.replace(b"(ada_x)", b"(grace_x)") for path, c in files.items()}
    (one,) = collect(as_folder(tmp_path, files), WANTED).handed
    assert (one.who.name, one.who.id, one.source) == ("", "x", b"first")


def test_a_newer_zip_wins_over_an_older_file(tmp_path):
    files = {
        "doejo_7_100_vae.py": b"old",
        "doejo_7_200_handin.zip": archives.zip_bytes({"vae.py": b"new"}),
    }
    (one,) = collect(as_folder(tmp_path, files), WANTED).handed
    assert one.source == b"new" and one.path == "doejo_7_200_handin.zip/vae.py"


FULL = b"class VAE:\n    pass\n\n\ndef loss_function(x):\n    pass\n"
OLD, PART = FULL + b"# old\n", b"def loss_function(x):\n    pass\n"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("vae (1).py", FULL, "vae (1).py"),
        ("handin.zip", archives.zip_bytes({"vae_final.py": FULL}), "handin.zip/vae_final.py"),
        ("solution.py", FULL, "solution.py"),
    ],
)
def test_the_newest_attempt_counts_whatever_its_file_is_called(name, content, told, tmp_path):
    files = {"doejo_7_100_vae.py": OLD, f"doejo_7_200_{name}": content}
    (one,) = collect(as_folder(tmp_path, files), WANTED).handed
    assert one.source == FULL
    assert one.note == f"graded from {told}, which is newer than vae.py"


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("train.py", PART, "graded from vae.py; train.py is newer and defines less"),
        ("handin.zip", b"junk", "graded from vae.py; handin.zip is newer and could not be read"),
        ("handin.rar", b"Rar!", "graded from vae.py; handin.rar is newer and could not be read"),
        ("vae.py~", FULL, ""),
        ("utils.py", b"x = 1\n", ""),
        ("vae.ipynb", b"{}", ""),
    ],
)
def test_an_older_file_is_graded_where_the_newer_is_no_attempt_and_that_is_told(
    name, content, note, tmp_path
):
    files = {"doejo_7_100_vae.py": OLD, f"doejo_7_200_{name}": content}
    (one,) = collect(as_folder(tmp_path, files), WANTED).handed
    assert (one.source, one.note) == (OLD, note)


def test_the_newest_attempts_are_opened_first(tmp_path):
    """so that what is too much is left out of the oldest"""
    files = {f"doejo_7_{i:03}_a.zip": archives.zip_bytes({"x.md": b""}) for i in range(100, 160)}
    files["doejo_7_160_b.zip"] = archives.zip_bytes({"vae.py": FULL})
    (one,) = collect(as_folder(tmp_path, files), WANTED).handed
    assert (one.source, one.note) == (FULL, "")


def test_anonymous_and_text_submissions_of_canvas_are_students_too(tmp_path):
    files = {
        "anon_aB3xY_LATE_500_vae.py": b"x",
        "doejo_7_text.html": b"<p>my code is</p>",
        "roejane_LATE_8_text.html": b"",
    }
    found = collect(as_folder(tmp_path, files), WANTED)
    assert [(h.student, h.who.late, bool(h.wrong)) for h in found.handed] == [
        ("anon_aB3xY_aB3xY", True, False),
        ("doejo_7", False, True),
        ("roejane_8", True, True),
    ]


def test_a_zip_of_one_file_is_named_as_it_can_be_checked(tmp_path):
    where = as_zip(tmp_path, {"vae.py": FULL})
    with pytest.raises(BadInput) as raised:
        collect(where, WANTED)
    assert str(raised.value).endswith(f": autograder check {where}")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Ada Lovelace_201_assignsubmission_file/vae.ipynb", "_/feedback.html"),
        ("lovelaceada_201_5001_vae.ipynb", "lovelaceada_201_5001_feedback.html"),
    ],
)
def test_feedback_has_a_place_where_nothing_was_there_to_grade(name, place, tmp_path):
    """by any file of the student, with the results too"""
    (one,) = collect(as_folder(tmp_path, {name: b"{}"}), WANTED).handed
    submitted.keep(tmp_path, one)
    kept = submitted.kept(tmp_path)
    assert kept.wrong and name_for(one.who.platform, one.student, kept).endswith(place)


def test_a_text_beside_the_file_is_the_same_student_of_moodle(tmp_path):
    files = archives.moodle(CLASS[:1])
    files["Ada Lovelace_1001_assignsubmission_onlinetext_/onlinetext.html"] = b"hello"
    (one,) = collect(as_folder(tmp_path, files), WANTED).handed
    assert one.source == b"first"


def test_what_another_plugin_of_moodle_collects_is_the_student_s_too(tmp_path):
    files = {
        "Ada Lovelace_1001_assignsubmission_github_/repo/vae.py": b"ada",
        "Grace Hopper_1002_assignsubmission_file_vae.py": b"grace",
        "Grace Hopper_1002_assignsubmission_github_x.txt": b"",
    }
    found = collect(as_zip(tmp_path, files), WANTED)
    assert [(h.student, h.source) for h in found.handed] == [
        ("Ada Lovelace_1001", b"ada"),
        ("Grace Hopper_1002", b"grace"),
    ]


def test_a_group_of_gradescope_is_graded_for_each_of_its_members(tmp_path):
    files = archives.gradescope(CLASS[:1])
    more = b"  - :name: Charles Babbage\n    :sid: '7'\n    :email: charles@example.edu\n"
    told = files["submission_metadata.yml"].replace(b"  :created_at", more + b"  :created_at")
    files["submission_metadata.yml"] = told
    found = collect(as_zip(tmp_path, files), WANTED)
    assert [(h.student, h.source) for h in found.handed] == [
        ("Ada Lovelace_00001001", b"first"),
        ("Charles Babbage_7", b"first"),
    ]


def exported(tmp_path, *submissions):
    """An export of Gradescope with these entries of its metadata, a file in each folder."""
    told = "".join(f"submission_{i}:\n{text}" for i, text in enumerate(submissions))
    files = {f"submission_{i}/vae.py": b"%d" % i for i in range(len(submissions))}
    return as_zip(tmp_path, {**files, "submission_metadata.yml": f"---\n{told}".encode()})


def submitter(name, sid, email=""):
    return f"  - :name: {name}\n    :sid: {sid}\n    :email: {email}\n"


def test_a_placeholder_in_the_place_of_ids_makes_no_two_students_one(tmp_path):
    group = "  :submitters:\n"
    where = exported(
        tmp_path,
        group + submitter("Wei Wang", "n/a", "w1@example.edu"),
        group + submitter("Wei Wang", "n/a", "w2@example.edu"),
        group + submitter("Wei Wang", "n/a", "W1@example.edu"),
        group + submitter("Emmy Noether", "n/a") + submitter("Kurt", "7"),
    )
    found = collect(where, WANTED)
    assert sorted((h.student[:15], h.source, h.who.attempt) for h in found.handed) == [
        ("Emmy Noether_n_", b"3", ""),
        ("Kurt_7", b"3", ""),
        ("Wei Wang_W1@exa", b"2", "2"),
        ("Wei Wang_w2@exa", b"1", ""),
    ]


def test_an_alias_in_gradescope_s_metadata_stands_for_what_it_names(tmp_path):
    where = exported(
        tmp_path,
        "  :submitters: &1\n" + submitter("Ada Lovelace", "&2 1001", "ada@example.edu"),
        "  :submitters:\n" + submitter("Grace Hopper", "1002", "grace@example.edu"),
        "  :submitters: *1\n",
        "  :submitters:\n" + submitter("Nobody Else", "*2"),
    )
    found = collect(where, WANTED)
    assert {(h.who.name, h.who.id, h.source, h.who.attempt) for h in found.handed} == {
        ("Ada Lovelace", "1001", b"2", "2"),
        ("Grace Hopper", "1002", b"1", ""),
        ("Nobody Else", "1001", b"3", ""),
    }


def test_a_submission_that_the_export_lists_and_lacks_is_told(tmp_path):
    files = archives.gradescope(CLASS[:2])
    del files["submission_70000/vae.py"]
    ada, _ = collect(as_zip(tmp_path, files), WANTED).handed
    assert "no vae.py found" in ada.wrong.sentence


LAUGHS = b"s: {submitters: &a [%b]}\n" % b",".join([b"{name: x}"] * 2_000) + b"".join(
    b"submission_%d: {submitters: *a}\n" % i for i in range(2_000)
)
ODD = [b"a: [", b"- 1\n", b"\xff\xfe", b"[" * 100_000, b"a: &a [*a]", LAUGHS]


@pytest.mark.parametrize("told", ODD)
def test_odd_metadata_is_one_sentence_or_another_layout(told, tmp_path):
    files = {**archives.gradescope(CLASS[:2]), "submission_metadata.yml": told}
    try:
        assert collect(as_zip(tmp_path, files), WANTED).handed
    except BadInput as e:
        assert "export the submissions again" in str(e)


def test_an_untouched_first_attempt_needs_no_note_and_an_untouched_last_one_does(tmp_path):
    stub = Wanted("vae.py", {"VAE"}, b"stub")
    for files, note in (
        ({"doejo_7_100_vae.py": b"stub", "doejo_7_200_vae-1.py": b"work"}, ""),
        (
            {"doejo_7_100_vae.py": b"work", "doejo_7_200_vae-1.py": b"stub"},
            "graded from doejo_7_100_vae.py: doejo_7_200_vae-1.py is empty or as it was given out",
        ),
    ):
        (one,) = collect(archives.folder(tmp_path / str(len(note)), files), stub).handed
        assert (one.source, one.note) == (b"work", note)


def test_an_nbgrader_course_is_taken_for_its_submitted_folder(tmp_path):
    files = archives.nbgrader(CLASS)
    course = {"source/vae/vae.py": b"solution", "release/vae/vae.py": b"", "gradebook.db": b""}
    found = collect(as_folder(tmp_path, {**files, **course}), WANTED)
    assert {h.student for h in found.handed} == {"ada", "alan", "emmy", "grace", "kurt"}
    assert of(found, b"second").who.attempt == "2026-10-12 12:00:00 UTC"


def test_zips_named_by_students_are_a_class(tmp_path):
    files = {f"{name}.zip": archives.zip_bytes({"vae.py": name.encode()}) for name in ("ada", "bo")}
    found = collect(as_folder(tmp_path, files), WANTED)
    assert [(h.student, h.source) for h in found.handed] == [("ada", b"ada"), ("bo", b"bo")]


def test_a_zip_beside_the_folder_it_was_unpacked_to_is_one_student(tmp_path):
    files = {"ada/vae.py": b"x", "ada.zip": archives.zip_bytes({"vae.py": b"x"})}
    (one,) = collect(as_folder(tmp_path, files), WANTED).handed
    assert (one.student, one.source, one.note) == ("ada", b"x", "")


def test_a_file_named_like_one_of_canvas_does_not_hide_a_class(tmp_path):
    files = {**archives.plain(CLASS), "notes_2026_11_final.txt": b"mine"}
    found = collect(as_folder(tmp_path, files), WANTED)
    assert len(found.handed) == 5 and list(found.passed_over) == ["notes_2026_11_final.txt"]


def test_a_student_s_folder_that_is_called_like_a_system_s_is_told(tmp_path):
    files = {f"{name}/vae.py": b"x" for name in ("ada", ".x", "nndl2")}
    files |= {"__MACOSX/ada/._vae.py": b"junk", ".git/config": b""}
    found = collect(as_folder(tmp_path, files), WANTED)
    assert [one.student for one in found.handed] == ["ada"]
    assert sorted(found.passed_over) == [".x", "nndl2"]


def test_two_downloads_in_one_folder_are_refused_and_not_two_students(tmp_path):
    for layout in (archives.canvas, archives.moodle, archives.gradescope):
        made = archives.zip_bytes(layout(CLASS))
        where = tmp_path / layout.__name__ / "dl"
        archives.folder(where, {"a.zip": made, "a (1).zip": made, "grades.csv": b""})
        with pytest.raises(BadInput, match=r"^dl holds 2 downloads of a platform \(a \(1\).zip, a"):
            collect(where, WANTED)


def test_a_student_s_own_files_that_look_like_a_download_stop_no_class(tmp_path):
    figures = archives.zip_bytes({f"fig_{i}_2_loss.png": b"" for i in range(9)})
    damaged = {"submission_1/x.md": b"", "submission_metadata.yml": b"a: ["}
    files = {"ada.zip": figures, "bo.zip": archives.zip_bytes(damaged), "cy/vae.py": b"cy"}
    found = collect(as_folder(tmp_path, files), WANTED)
    assert [(h.student, h.source) for h in found.handed] == [
        ("ada", b""),
        ("bo", b""),
        ("cy", b"cy"),
    ]


@pytest.mark.parametrize("many", [2, 3])
@pytest.mark.parametrize("form", [as_zip, as_tar])
def test_a_packed_folder_is_the_class_whatever_it_is_called(form, many, tmp_path):
    files = {f"hw3/{name}/vae.py": name.encode() for name in ("ada", "bo", "cy")[:many]}
    found = collect(form(tmp_path, files), WANTED)
    assert [h.student for h in found.handed] == ["ada", "bo", "cy"][:many] and not found.hint


def test_where_one_student_may_be_two_the_table_says_what_to_give(tmp_path):
    where = as_folder(tmp_path, {f"hw3/{name}/vae.py": name.encode() for name in ("ada", "bo")})
    assert table(collect(where, WANTED)).splitlines()[-1] == (
        "all of it is taken for that of hw3; if hw3 holds a folder for each student, give it by"
        " itself"
    )
    where = as_zip(tmp_path, {f"ada/attempt_{i}/vae.py": b"%d" % i for i in (1, 2, 3)})
    found = collect(where, WANTED)
    assert [(h.student, h.source) for h in found.handed] == [("ada", b"3")] and not found.hint


def test_an_export_of_gradescope_without_its_metadata_is_told_to_be_one(tmp_path):
    files = archives.gradescope(CLASS)
    del files["submission_metadata.yml"]
    for form in FORMS:
        told = table(collect(form(tmp_path / form.__name__, files), WANTED))
        assert "6 students" in told
        assert "with submission_metadata.yml, which says whose they are" in told
    assert "Gradescope" not in table(collect(as_folder(tmp_path, archives.plain(CLASS)), WANTED))


def test_names_that_make_no_safe_folder_get_one_that_stays_theirs():
    labels = ["ada", "Zoe B", "a/../b", "x" * 300, "\u202egnp", "ADA", "=HYPERLINK(1)", "..", "é"]
    names = folder_names(labels)
    assert names[1] == "Zoe B" and names[6] == "=HYPERLINK(1)"
    assert len({name.casefold() for name in names}) == len(labels)
    assert not any("/" in n or "\u202e" in n or n.startswith(".") or len(n) > 90 for n in names)
    assert folder_names(labels[2:3]) == names[2:3]


def test_who_has_a_folder_of_an_earlier_run_keeps_it_whoever_comes_later():
    (first,) = folder_names(["a"])
    a, capital = folder_names(["a", "A"], kept=[first])
    assert a == first == "a" and capital.startswith("A-")
    assert folder_names(["A"], kept=[a, capital]) == [capital]
    assert folder_names(["a", "A"], kept=[a, capital]) == [a, capital]


def test_no_two_labels_share_a_folder_not_even_equal_ones():
    (hashed, _) = folder_names(["a", "A"])
    names = folder_names(["a", "A", hashed, "b", "b"])
    assert len({name.casefold() for name in names}) == 5


class TestTable:
    def test_it_says_who_was_understood_how(self, tmp_path):
        told = table(collect(as_zip(tmp_path, archives.canvas(CLASS)), WANTED)).splitlines()
        assert told[0].split() == ["student", "id", "file", "attempt", "late"]
        assert "hoppergrace_LATE_1002_90100_vae.py" in told[2] and told[2].endswith("late")
        assert told[-1] == (
            "understood as Canvas's download of submissions: 5 students, 4 with a file to grade,"
            " 1 without, 1 late"
        )

    def test_the_name_of_a_file_is_seen_at_the_end_of_any_path(self, tmp_path):
        told = table(collect(as_folder(tmp_path, archives.moodle(CLASS)), WANTED))
        assert "  Ada Lovelace...gnsubmission_file_/vae.py\n" in told

    def test_of_a_big_class_it_shows_what_is_odd_unless_all_is_asked_for(self, tmp_path):
        plain = [Upload(f"S{i}", "X", i, {"vae.py": b"x"}) for i in range(200)]
        odd = [replace(u, first=f"T{u.number}", files={"model.md": b""}) for u in plain[:50]]
        found = collect(as_folder(tmp_path, archives.plain([*plain, *odd])), WANTED)
        short, whole = table(found).splitlines(), table(found, whole=True).splitlines()
        assert len(short) == 23 and short[-2] == "... and 30 more; --dry-run shows all of them"
        assert len(whole) == 252 and not any(line.startswith("s") for line in short[1:-1])

    def test_what_it_prints_is_harmless(self, tmp_path):
        name = "\x1b[2Jada\u202e"
        archives.folder(tmp_path / "class", {f"{name}/vae.py": b"", f"{name}/sub/\x07.md": b""})
        told = table(collect(tmp_path / "class", WANTED))
        assert not set(told) & set("\x1b\u202e\x07")

    def test_a_roster_tells_who_handed_in_nothing(self, tmp_path):
        (tmp_path / "roster.csv").write_text(
            "Last name,First name,Student ID,Email\n"
            "Lovelace,Ada,1001,a@example.edu\n"
            "Hopper,Grace,,grace@example.edu\n"
            "Gödel,Kurt,,\nTuring,Alan,,\nNoether,Emmy,,\n"
            'Babbage,"Charles",1009,c@example.edu\n'
        )
        for layout in LAYOUTS:
            files = layout(CLASS)
            where = archives.folder(tmp_path / layout.__name__, files)
            found = collect(where, WANTED, roster(tmp_path / "roster.csv"))
            named = layout not in (archives.nbgrader, archives.plain)
            assert [p.title for p in found.absent if named] == ["Charles Babbage"] * named

    def test_who_stands_twice_on_the_roster_is_one(self, tmp_path):
        rows = ["Name,ID,Section"]
        rows += [f"{who},{s}" for s in "AB" for who in ("Ada Lovelace,1001", "Kurt Gödel,1003")]
        (tmp_path / "roster.csv").write_text("\n".join(rows))
        where = as_zip(tmp_path, archives.canvas(CLASS[:2]))
        found = collect(where, WANTED, roster(tmp_path / "roster.csv"))
        assert [p.title for p in found.absent] == ["Kurt Gödel"]
        assert [one.student for one in found.unknown] == ["hoppergrace_1002"]

    @pytest.mark.parametrize("text", ["a,b\n1,2\n", "", "\n\n"])
    def test_a_roster_without_people_is_refused(self, text, tmp_path):
        (tmp_path / "roster.csv").write_text(text)
        with pytest.raises(BadInput, match=r"roster\.csv"):
            roster(tmp_path / "roster.csv")
