"""Archives and folders made to hurt: one sentence each, nothing outside, never over the caps."""

from __future__ import annotations

import errno
import gzip
import io
import os
import random
import socket
import stat
import struct
import tarfile
import time
import tracemalloc
import zipfile
from contextlib import ExitStack
from dataclasses import replace

import archives
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.intake import BadInput, Wanted, collect, search, table, tree
from autograder.intake.answers import answers_of
from autograder.intake.find import MOST_BYTES, one_file
from autograder.intake.search import Search
from autograder.intake.tree import Kind, Node, folder, on_disk
from nndl2.checks.model import Reason, Unusable
from nndl2.checks.questions import Question
from nndl2.checks.source import SIZE_LIMIT

WANTED = Wanted("vae.py", {"VAE"})
BOMB = b"\0" * (70 << 20)  # more than a student's archive may have


def handed(tmp_path, files):
    """What ada handed in, with a classmate whose file has to be found whatever she did."""
    where = archives.folder(tmp_path / "class", {"bob/vae.py": b"bob", **files})
    ada, bob = collect(where, WANTED).handed
    assert (ada.student, bob.source) == ("ada", b"bob")
    return ada


def sentence(tmp_path, content, name="handin.zip"):
    one = handed(tmp_path, {f"ada/{name}": content})
    assert one.source == b"" and one.wrong.reason is Reason.MALFORMED
    assert "\n" not in one.wrong.sentence
    return one.wrong.sentence


def encrypted():
    raw = bytearray(archives.zip_bytes({"vae.py": b"x"}))
    raw[6] |= 1
    raw[raw.index(b"PK\1\2") + 8] |= 1
    return bytes(raw)


def lying():
    """A member that claims two bytes and has many."""
    raw = bytearray(archives.zip_bytes({"vae.py": b"x" * 100_000}))
    at = raw.index(b"PK\1\2")
    struct.pack_into("<I", raw, at + 24, 2)
    return bytes(raw)


def packed(method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("vae.py", b"x")
    return out.getvalue()


def deep_tar():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("vae.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def tar_bomb(size=300 << 20):
    """300 MiB in a file of 300 KiB; gzip takes files that follow one another for one."""
    info = tarfile.TarInfo("x.bin")
    info.size = size
    return gzip.compress(info.tobuf()) + gzip.compress(BOMB[: 20 << 20]) * (size // (20 << 20))


HOSTILE = {
    "a link": (
        lambda: archives.special([("vae.py", b"/etc/passwd", 0o120777)]),
        "vae.py is a link",
    ),
    "a device": (lambda: archives.special([("vae.py", b"", 0o020666)]), "is not a regular file"),
    "a pipe": (lambda: archives.special([("vae.py", b"", 0o010666)]), "is not a regular file"),
    "upwards": (lambda: archives.zip_bytes({"../../vae.py": b"x"}), "leads out of its archive"),
    "from the root": (
        lambda: archives.zip_bytes({"/etc/vae.py": b"x"}),
        "leads out of its archive",
    ),
    "a drive": (lambda: archives.zip_bytes({"C:\\x\\vae.py": b"x"}), "leads out of its archive"),
    "encrypted": (encrypted, "vae.py is encrypted; pack it again without a password"),
    "lying about sizes": (lying, "is damaged"),
    "an odd method": (lambda: packed(zipfile.ZIP_LZMA), "packed in a way that is not read here"),
    "no zip": (lambda: b"<html>please log in</html>", "is damaged or no archive at all"),
    "empty": (lambda: b"", "is damaged or no archive at all"),
    "cut off": (lambda: archives.zip_bytes({"vae.py": b"x" * 999})[:-30], "is damaged"),
    "without anything": (lambda: archives.zip_bytes({}), "no vae.py found in ada"),
    "a big file": (lambda: archives.zip_bytes({"vae.py": BOMB[: 3 << 20]}), "larger than 1 MiB"),
    "many files": (
        lambda: archives.zip_bytes({f"{i}.txt": b"" for i in range(6_000)}),
        "holds more than 5000 files",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_each_hostile_archive_is_one_sentence(kind, tmp_path):
    make, say = HOSTILE[kind]
    assert say in sentence(tmp_path, make())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "say"),
    [
        (deep_tar, "vae.py is a link"),
        (lambda: archives.tar_bytes({"../vae.py": b"x"}), "leads out of its archive"),
        (lambda: archives.tar_bytes({"vae.py": b"x" * 9999})[:60], "is damaged"),
        (tar_bomb, "unpack to too much"),
        (lambda: archives.tar_bytes({f"{i}": b"" for i in range(5_001)}), "more than 5000 files"),
    ],
)
def test_a_tar_is_met_with_the_same_care(make, say, tmp_path):
    assert say in sentence(tmp_path, make(), "handin.tar.gz")


def test_a_list_of_files_that_fills_the_memory_is_not_read(tmp_path):
    raw = bytearray(archives.zip_bytes({"vae.py": b"x"}))
    end = raw.rindex(b"PK\5\6")
    struct.pack_into("<I", raw, end + 12, 40 << 20)
    padded = b"\0" * (41 << 20) + bytes(raw)
    assert "holds too many files" in sentence(tmp_path, padded)


def test_a_zip_in_a_zip_is_opened_and_no_deeper(tmp_path):
    made = archives.zip_bytes({"vae.py": b"x"})
    once = archives.zip_bytes({"inner.zip": made})
    assert handed(tmp_path / "a", {"ada/handin.zip": once}).path == "handin.zip/inner.zip/vae.py"
    deep = made
    for _ in range(6):
        deep = archives.zip_bytes({"inner.zip": deep})
    assert sentence(tmp_path / "b", deep) == (
        "no vae.py found; handin.zip/inner.zip/inner.zip is not opened, since it lies in more than"
        " one other archive; hand in vae.py itself"
    )


def test_a_bomb_in_a_bomb_is_stopped_at_the_cap_in_little_memory(tmp_path):
    inner = archives.zip_bytes({"a.zip": BOMB})
    tracemalloc.start()
    try:
        assert "larger than 64 MiB" in sentence(tmp_path, inner)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


TOO_MUCH = "the archives handed in are too many or unpack to too much; hand in the program only"
MANY = {
    "some that unpack to much": lambda: dict.fromkeys(
        ("a.tar.gz", "b.tar.gz"), tar_bomb(140 << 20)
    ),
    "some that are large": lambda: {f"{i}.zip": stored(BOMB[: 60 << 20]) for i in range(5)},
    "a lot that are small": lambda: {f"{i}.zip": archives.zip_bytes({}) for i in range(60)},
    "some with a lot of files": lambda: {
        f"{i}.zip": archives.zip_bytes({f"{j}.txt": b"" for j in range(4_500)}) for i in range(5)
    },
}


def stored(content):
    return archives.special([("x.bin", content, 0o100644)])


@pytest.mark.parametrize("kind", MANY)
@pytest.mark.slow
def test_all_archives_of_a_student_share_one_budget(kind, tmp_path):
    many = MANY[kind]()
    assert sentence(tmp_path / "a", archives.zip_bytes(many)) == TOO_MUCH
    one = handed(tmp_path / "b", {"ada/handin.zip": archives.zip_bytes({**many, "vae.py": b"x"})})
    assert (one.source, one.wrong) == (b"x", None)


def test_a_nested_archive_that_cannot_be_read_is_let_go_of_at_once(tmp_path):
    junk = {f"{i}.zip": b"junk" for i in range(20)}
    place = archives.folder(tmp_path / "ada", {"handin.zip": archives.zip_bytes(junk)})
    with ExitStack() as held:
        before = len(os.listdir("/dev/fd"))  # noqa: PTH208
        search = Search(held)
        search.look(on_disk(place))
        assert len(search.troubles) == 20
        assert len(os.listdir("/dev/fd")) - before == 1  # noqa: PTH208  # handin.zip itself


def test_python_files_are_read_up_to_8_mib_in_all(tmp_path):
    files = {f"ada/{i}/x.py": bytes([65 + i]) * SIZE_LIMIT for i in range(20)}
    files["ada/zz/last.py"] = b"class VAE:\n    pass\n"
    one = handed(tmp_path, files)
    assert one.wrong.sentence.startswith("no vae.py found") and MOST_BYTES == 8 << 20


def test_a_damaged_zip_beside_the_file_costs_nothing(tmp_path):
    one = handed(tmp_path, {"ada/vae.py": b"good", "ada/old.zip": b"junk"})
    assert one.source == b"good" and one.note == ""


def test_odd_things_in_a_folder_are_passed_over(tmp_path):
    ada = tmp_path / "class" / "ada"
    ada.mkdir(parents=True)
    os.mkfifo(ada / "vae.py")
    (ada / "loop").symlink_to(ada)
    (ada / "passwd.py").symlink_to("/etc/passwd")
    (ada / "a.zip").symlink_to("/etc/passwd")
    here = socket.socket(socket.AF_UNIX)
    here.bind(str(ada / "s.zip"))
    here.close()
    (ada / os.fsdecode(b"\xff\xfe.py")).write_bytes(b"x")
    (ada / ("x" * 250)).mkdir()
    one = handed(tmp_path, {"ada/hw/vae.py": b"real"})
    assert (one.source, one.path) == (b"real", "hw/vae.py")


def test_names_that_are_no_text_or_differ_in_case_only_are_students_like_others(tmp_path):
    root = tmp_path / "class"
    for name in (b"\xff\xfe", b"Ada", b"ada", "\u202egnp.exe".encode(), b"=HYPERLINK(1)", b"a\nb"):
        at = root / os.fsdecode(name)
        at.mkdir(parents=True)
        (at / "vae.py").write_bytes(name)
    found = collect(root, WANTED)
    assert len({h.student.casefold() for h in found.handed}) == 6 == len(found.handed)
    assert {h.source for h in found.handed} >= {b"Ada", b"ada", b"\xff\xfe"}
    table(found, whole=True).encode()
    for one in found.handed:
        (tmp_path / "out" / one.student).mkdir(parents=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_held(tmp_path):
    closed = archives.folder(tmp_path / "class", {"ada/vae.py": b"", "bob/vae.py": b"b"}) / "ada"
    closed.chmod(0)
    try:
        ada, bob = collect(tmp_path / "class", WANTED).handed
    finally:
        closed.chmod(stat.S_IRWXU)
    assert ada.wrong.reason is Reason.ENVIRONMENT and bob.source == b"b"


@pytest.mark.parametrize("kind", [Kind.FOLDER, Kind.FILE])
@pytest.mark.parametrize("error", [errno.EACCES, errno.EIO, errno.ENOSPC])
def test_what_the_disk_is_to_blame_for_is_not_the_student_s_fault(kind, error):
    def fail():
        raise OSError(error, os.strerror(error))

    node = Node("handin.zip" if kind is Kind.FILE else "hw", kind, list=fail, open=fail)
    with pytest.raises(Unusable, match=os.strerror(error)) as e:
        one_file(folder("ada", [node]), WANTED)
    assert e.value.reason is Reason.ENVIRONMENT


@pytest.mark.parametrize("wrapped", ["", "download/"])
def test_a_class_of_more_than_is_looked_at_is_refused_and_nobody_left_out(
    wrapped, monkeypatch, tmp_path
):
    monkeypatch.setattr(tree, "MOST_ENTRIES", 3)
    files = {f"{wrapped}{name}/vae.py": b"x" for name in ("ada", "bob", "cleo")}
    where = archives.folder(tmp_path / "in", files)
    assert len(collect(where, WANTED).handed) == 3
    archives.folder(where, {f"{wrapped}dan/vae.py": b"x"})
    with pytest.raises(BadInput, match=r"more than 3 files and folders.*; give the folder of one"):
        collect(where, WANTED)


def test_a_student_s_folder_of_more_than_is_looked_at_stops_no_class(monkeypatch, tmp_path):
    monkeypatch.setattr(tree, "MOST_ENTRIES", 3)
    one = handed(tmp_path, {f"ada/{i}.png": b"" for i in range(4)})
    assert "more than 3 files and folders" in one.wrong.sentence


def test_a_notebook_beyond_what_is_looked_at_was_not_left_out_by_the_student(tmp_path):
    names = [Node(f"{i}.png", Kind.FILE) for i in range(search.MOST_NAMES)]
    asking = replace(WANTED, questions=(Question("question-why", "Why"),))
    assert answers_of(folder("ada", names), asking).trouble == "no notebook was handed in"
    more = folder("ada", [*names, Node("vae.ipynb", Kind.FILE)])
    told = answers_of(more, asking).trouble
    assert told == "no notebook found among the first 2000 files and folders handed in"


def test_who_hands_in_more_names_than_are_looked_at_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setattr(search, "MOST_NAMES", 3)
    one = handed(tmp_path, {f"ada/{i}.png": b"" for i in range(3)})
    assert one.wrong.sentence.startswith("no vae.py found in ada; found: 0.png")
    one = handed(tmp_path, {"ada/data/vae.py": b"x"})
    assert one.wrong.sentence == (
        "no vae.py found among the first 3 files and folders in ada, and no more are looked at;"
        " hand in vae.py alone"
    )


def test_nothing_is_written_next_to_what_is_read(tmp_path):
    made = archives.zip_bytes({"ada/a.zip": archives.zip_bytes({"../x/vae.py": b"x"})})
    (tmp_path / "class.zip").write_bytes(made)
    with pytest.raises(BadInput):
        collect(tmp_path / "class.zip", Wanted("ada"))
    collect(tmp_path / "class.zip", WANTED)
    assert [p.name for p in tmp_path.iterdir()] == ["class.zip"]


def test_a_long_name_full_of_digits_takes_no_time(tmp_path):
    began = time.monotonic()
    one = handed(tmp_path, {f"ada/vae{'1' * 120}-{'1 ' * 50}x.py": b"x"})
    assert one.wrong and time.monotonic() - began < 5


# Anything at all

NAMES = st.sampled_from(
    [
        *("vae.py", "VAE.py", "vae (1).py", "vae.ipynb", "a.zip", "x.tar.gz", "ada", "bob", "vae"),
        *("submitted", ".git", "__MACOSX", "..", "lovelace_1_2_vae.py", "submission_4", "", " "),
        *("Ada_3_assignsubmission_file_", "submission_metadata.yml", "C:", "=1+1", "é"),
        *("a\nb", "\u202ex"),
    ]
)
SOME = (b"class VAE:\n    pass\n", b"PK\3\4", b"\x1f\x8b", b"#")
CONTENTS = st.one_of(st.binary(max_size=40), st.sampled_from(SOME))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join).filter(bool)
FILES = st.dictionaries(PATHS, CONTENTS, max_size=8)
NESTED = st.one_of(
    FILES,
    st.tuples(FILES, FILES).map(
        lambda both: {**both[0], "ada/deep.zip": archives.zip_bytes(both[1])}
    ),
)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(files=NESTED, mutations=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=6))
def test_no_archive_whatever_raises_more_than_one_sentence(files, mutations, tmp_path_factory):
    raw = bytearray(archives.zip_bytes(files))
    for at, byte in mutations:
        raw[at % len(raw)] = byte
    where = tmp_path_factory.mktemp("fuzz")
    (where / "class.zip").write_bytes(raw)
    taken_well(where / "class.zip")
    (where / "class.zip").rename(where / "ada.zip")
    taken_well(where)


@settings(max_examples=60, deadline=None)
@given(files=NESTED, cut=st.integers(0), mode=st.sampled_from(["w", "w:gz", "w:xz"]))
def test_no_tar_whatever_raises_more_than_one_sentence(files, cut, mode, tmp_path_factory):
    raw = archives.tar_bytes(files, mode)
    where = tmp_path_factory.mktemp("fuzz")
    (where / "class.tar.gz").write_bytes(raw[: cut % (2 * len(raw))])
    taken_well(where / "class.tar.gz")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_no_tree_whatever_raises_more_than_one_sentence(seed, tmp_path_factory):
    draw = random.Random(seed)
    root = tmp_path_factory.mktemp("fuzz")
    taken_well(grown(root, draw, 0))


POOL = [
    "vae.py",
    "VAE (1).py",
    "vae",
    "ada",
    "bob",
    "a.zip",
    "x_1_2_vae.py",
    "submitted",
    "m\x1b.py",
]


def grown(at, draw, depth):
    """A random folder of files, folders, links and pipes."""
    for name in draw.sample(POOL, draw.randint(0, 5)):
        kind = draw.random()
        if kind < 0.4 and depth < 4:
            (at / name).mkdir()
            grown(at / name, draw, depth + 1)
        elif kind < 0.5:
            (at / name).symlink_to(draw.choice(["/etc", "/etc/passwd", ".", "..", "nowhere"]))
        elif kind < 0.55:
            os.mkfifo(at / name)
        else:
            (at / name).write_bytes(draw.choice([b"", b"class VAE: pass\n", b"PK\3\4", b"\0" * 99]))
    return at


def taken_well(where):
    """Collecting ends in students, each once and within the caps, or in one sentence."""
    try:
        found = collect(where, WANTED)
    except BadInput as e:
        assert "\n" not in str(e) and "\x1b" not in str(e)
        return
    students = [one.student for one in found.handed]
    assert students and len({s.casefold() for s in students}) == len(students)
    for one in found.handed:
        assert (one.wrong or one.path) and len(one.source) <= SIZE_LIMIT
        assert b"root:" not in one.source
        assert os.path.basename(one.student) == one.student not in ("", ".", "..")  # noqa: PTH119  # as the system sees it
        told = one.wrong.sentence if one.wrong else one.note
        assert not set(told) & set("\n\x1b\u202e")
    table(found, whole=True).encode()
