"""A class that hands in modules of several assignments: whose is what, in each form it comes in."""

from __future__ import annotations

from pathlib import Path

import archives
import pytest
from archives import Upload

from autograder.intake import BadInput, Several, Wanted, collect_several
from autograder.intake.model import either
from autograder.intake.people import Person
from autograder.intake.sorting import by_assignment, named_after
from autograder.intake.tree import folder, on_disk

NET = Wanted("net.py", {"Net", "loss_function", "Deep"}, b"# net\n", "net")
FLOW = Wanted("flow_net.py", {"Net", "loss_function", "invert"}, b"# flow\n", "flow")
ASKED = (FLOW, NET)


def program(*names: str) -> bytes:
    return "".join(f"class {n}:\n    pass\n" for n in names).encode()


A_NET, A_FLOW = program("Net", "loss_function", "Deep"), program("Net", "loss_function", "invert")


def of_ada(tmp_path: Path, files: dict[str, bytes], *asked: Wanted):
    """The paths or sentences for each assignment, and what was left."""
    archives.folder(tmp_path / "ada", files)
    found = by_assignment(on_disk(tmp_path / "ada"), asked or ASKED)
    told = {n: getattr(one, "path", "") or one.sentence for n, one in found.files.items()}
    return told, list(found.left)


# one student

SURE = {
    "by its name": ({"net.py": b"x"}, {"net": "net.py"}),
    "both by their names": (
        {"net.py": b"x", "deep/flow_net.py": b"y"},
        {"net": "net.py", "flow": "deep/flow_net.py"},
    ),
    "by nearly its name": (
        {"Net (1).py": b"x", "flow_net_final.py": b"y"},
        {"net": "Net (1).py", "flow": "flow_net_final.py"},
    ),
    "in a folder each": (
        {"net/net.py": b"x", "flow/flow_net.py": b"y"},
        {"net": "net/net.py", "flow": "flow/flow_net.py"},
    ),
    "in their hand-ins": (
        {
            "net-handin.zip": archives.zip_bytes({"net.py": b"x", "net.ipynb": b"{}"}),
            "flow_net-handin.zip": archives.zip_bytes({"flow_net.py": b"y"}),
        },
        {"net": "net-handin.zip/net.py", "flow": "flow_net-handin.zip/flow_net.py"},
    ),
    "in one archive": (
        {"all.tar.gz": archives.tar_bytes({"net.py": b"x", "flow_net.py": b"y"})},
        {"net": "all.tar.gz/net.py", "flow": "all.tar.gz/flow_net.py"},
    ),
    "by what it defines most of": ({"mine.py": A_FLOW}, {"flow": "mine.py"}),
    "one by its name, one by what it defines": (
        {"flow_net.py": A_FLOW, "hw3.py": A_NET},
        {"flow": "flow_net.py", "net": "hw3.py"},
    ),
    "its own before a copy": (
        {"net.py": A_NET, "old.py": A_NET + b"# old", "flow_net.py": A_FLOW},
        {"net": "net.py", "flow": "flow_net.py"},
    ),
    "not a program that helps": (
        {"net.py": A_NET, "tools.py": program("invert", "show", "load")},
        {"net": "net.py"},
    ),
    "as it was given out, beside one that is written": (
        {"net.py": b"# net\n", "flow_net.py": A_FLOW},
        {"net": "net.py", "flow": "flow_net.py"},
    ),
}


@pytest.mark.parametrize("case", SURE)
def test_a_file_is_of_the_assignment(case: str, tmp_path: Path):
    files, want = SURE[case]
    assert of_ada(tmp_path, files) == (want, [])


def test_nobody_s_other_program_stands_for_the_one_that_is_missing(tmp_path: Path):
    """Which defines enough to be taken for it where it alone is asked for."""
    assert of_ada(tmp_path, {"flow_net.py": A_FLOW}, NET)[0] == {"net": "flow_net.py"}
    files = {"flow_net.py": A_FLOW, "net.ipynb": b"{}"}
    said = "no net.py found, only the notebook net.ipynb; hand in net.py"
    assert of_ada(tmp_path, files) == ({"flow": "flow_net.py", "net": said}, [])


WRONG = {  # what was handed in for net beside a right flow_net.py, and what is said of it
    "a link": ("net.py", None, "net.py is a link; hand in the file itself"),
    "too large": ("net.py", b"#" * (1 << 20) + b"#", "net.py is larger than 1 MiB"),
    "damaged": ("net-handin.zip", b"PK no zip", "net-handin.zip is damaged or no archive at all"),
    "not read": ("net.rar", b"Rar!", "net.rar is no archive that is read here; hand in net.py"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_one_is_told_of_that_one_alone(case: str, tmp_path: Path):
    name, content, said = WRONG[case]
    archives.folder(tmp_path / "ada", {} if content is None else {name: content})
    if content is None:
        (tmp_path / "ada" / name).symlink_to("/etc/passwd")
    told, left = of_ada(tmp_path, {"flow_net.py": A_FLOW})
    assert told["flow"] == "flow_net.py" and told["net"].startswith(said) and left == []


def test_what_is_wrong_with_one_does_not_explain_that_another_is_missing(tmp_path: Path):
    told, left = of_ada(tmp_path, {"flow_net.ipynb": b"{}", "net-handin.zip": b"PK no zip"})
    assert told["net"].startswith("net-handin.zip is damaged") and left == []
    assert told["flow"].startswith("no flow_net.py found, only the notebook flow_net.ipynb")


UNSURE = {
    "as much of one as of the other": (
        {"mine.py": program("Net", "loss_function")},
        "mine.py may be of flow or net, and counts for none of them; hand it in as flow_net.py or"
        " net.py",
    ),
    "nothing that is asked for": (
        {"notes.txt": b"", "tools.py": program("show")},
        "no flow_net.py or net.py found in ada; found: notes.txt, tools.py",
    ),
    "another notebook": (
        {"week3.ipynb": b"{}"},
        "no flow_net.py or net.py found, only the notebook week3.ipynb; hand in flow_net.py or"
        " net.py",
    ),
    "a damaged archive": (
        {"hw.zip": b"PK no zip"},
        "hw.zip is damaged or no archive at all; pack it again and hand it in",
    ),
}


@pytest.mark.parametrize("beside", [{}, {"flow_net.py": A_FLOW}], ids=["alone", "beside another"])
@pytest.mark.parametrize("case", UNSURE)
def test_what_cannot_be_assigned_is_told_in_a_sentence(case: str, beside, tmp_path: Path):
    files, said = UNSURE[case]
    told, left = of_ada(tmp_path, files | beside)
    assert told == ({"flow": "flow_net.py"} if beside else {})
    harmless = beside and case in ("nothing that is asked for", "another notebook")
    assert left == ([] if harmless else [said])


def test_a_program_of_common_names_alone_is_of_none_unless_it_has_all_there_are(tmp_path: Path):
    """However much more of the one it is than of the other."""
    four = Wanted("four.py", {"Net", "loss_function", "CNet", "sample"}, b"", "four")
    two = Wanted("two.py", {"Net", "loss_function"}, b"", "two")
    common, own = program("Net", "loss_function"), program("Net", "loss_function", "sample")
    told, left = of_ada(tmp_path / "a", {"mine.py": common}, FLOW, four)
    assert told == {} and left[0].startswith("mine.py may be of flow or four, and counts for none")
    assert of_ada(tmp_path / "b", {"mine.py": own}, FLOW, four) == ({"four": "mine.py"}, [])
    assert of_ada(tmp_path / "c", {"mine.py": common}, FLOW, four, two) == ({"two": "mine.py"}, [])


def test_the_exact_name_counts_before_a_longer_one_that_is_near():
    two, one = Wanted("net2.py", (), b"", "two"), Wanted("net.py", (), b"", "one")
    names = ("net2.py", "net.py", "net (2).py", "net2_copy.py", "net2-handin.zip", "nets.py")
    found = [named_after(name, (one, two)) for name in names]
    assert [each and each.assignment for each in found] == ["two", "one", "one", "two", "two", None]


def test_names_to_choose_from_are_listed_as_a_person_does():
    assert [either(list(names)) for names in ("a", "ab", "abc")] == ["a", "a or b", "a, b or c"]


# a class

CLASS = [
    Upload("Ada", "Lovelace", 1001, {"net.py": b"old"}),
    Upload("Grace", "Hopper", 1002, {"net.py": b"grace", "flow_net.py": b"hopper"}, late=True),
    Upload("Alan", "Turing", 1004, {"n.zip": archives.zip_bytes({"flow_net.py": b"alan"})}),
    Upload("Emmy", "Noether", 1005, {"figure.png": b"png"}),
    Upload("Ada", "Lovelace", 1001, {"net.py": b"new", "flow_net.py": b"ada"}, attempt=2),
]
LAYOUTS = (
    *(archives.canvas, archives.canvas_quiz, archives.sakai, archives.moodle),
    *(archives.moodle_loose, archives.gradescope, archives.nbgrader, archives.plain),
)


def sources(found: Several) -> dict[str, list[bytes]]:
    return {name: sorted(one.source for one in each.handed) for name, each in found.of.items()}


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_a_class_is_told_apart_in_each_layout(layout, packed: bool, tmp_path: Path):
    files = layout(CLASS)
    where = archives.zipped(tmp_path / "class.zip", files) if packed else tmp_path / "class"
    if not packed:
        archives.folder(where, files)
    found = collect_several(where, ASKED)
    assert sources(found) == {"flow": [b"ada", b"alan", b"hopper"], "net": [b"grace", b"new"]}
    assert all(one.wrong is None for each in found.of.values() for one in each.handed)
    ((student, sentence),) = found.left
    assert "mmy" in student and sentence.startswith("no flow_net.py or net.py found in ")


def test_nbgrader_s_time_is_that_of_the_assignment(tmp_path: Path):
    files = {
        "submitted/ada/net/net.py": b"x",
        "submitted/ada/net/timestamp.txt": b"2026-10-01",
        "submitted/ada/flow/flow_net.py": b"y",
        "submitted/ada/flow/timestamp.txt": b"2026-11-02",
        "submitted/bob/net/net.py": b"z",
    }
    found = collect_several(archives.folder(tmp_path / "class", files), ASKED)
    times = {name: [one.who.attempt for one in each.handed] for name, each in found.of.items()}
    assert times == {"flow": ["2026-11-02"], "net": ["2026-10-01", ""]}
    assert found.of["net"].layout == "nbgrader's submitted/"


def test_a_student_has_one_name_in_all_assignments_and_the_roster_is_asked_for_each(tmp_path: Path):
    files = {"Ada: A./net.py": b"x", "Ada: A./flow_net.py": b"y", "bob/net.py": b"z"}
    listed = [Person(name=name, row=i) for i, name in enumerate(("Ada: A.", "bob"), 1)]
    found = collect_several(archives.folder(tmp_path / "class", files), ASKED, listed)
    ((ada,), (ada_too, bob)) = (each.handed for each in found.of.values())
    assert ada.student == ada_too.student and bob.student == "bob"
    assert {n: [p.name for p in each.absent] for n, each in found.of.items()} == {
        "flow": ["bob"],
        "net": [],
    }


def test_a_student_whose_folder_cannot_be_read_stops_nobody(tmp_path: Path):
    made = archives.folder(tmp_path / "class", {"ada/net.py": b"x", "bob/flow_net.py": b"y"})
    (made / "eve").symlink_to("/etc")
    found = collect_several(made, ASKED)
    assert sources(found) == {"flow": [b"y"], "net": [b"x"]}
    assert found.left == [("eve", "the folder eve is a link; hand in the folder itself")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"net.py": b"x", "ada/net.py": b"y"}, "holds net.py itself; give the folder above it"),
        ({"notes.txt": b""}, "holds no folders; put flow_net.py or net.py of each student into"),
        (
            {"net/ada/net.py": b"x", "flow/ada/flow_net.py": b"y"},
            r"holds a folder for each assignment \(flow, net\); give one of them at a time",
        ),
    ],
)
def test_what_is_no_class_is_refused_in_one_sentence(files, said: str, tmp_path: Path):
    with pytest.raises(BadInput, match=said):
        collect_several(archives.folder(tmp_path / "class", files), ASKED)


def test_what_a_class_has_of_none_and_of_one_is_found(tmp_path: Path):
    nobody = archives.folder(tmp_path / "a", {"ada/notes.txt": b"", "bob/notes.txt": b""})
    assert not collect_several(nobody, ASKED).of
    one = archives.folder(tmp_path / "b", {"ada/net.py": b"x", "bob/notes.txt": b""})
    assert [*collect_several(one, ASKED).of] == ["net"]
    assert by_assignment(folder("cy", []), ASKED).left == [
        "no flow_net.py or net.py found in cy; found: nothing"
    ]
