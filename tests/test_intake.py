"""Folders of submissions: who handed in what, and one sentence for what cannot be graded."""

import os

import pytest

from autograder.intake import BadInput, submissions
from nndl2.checks.model import Reason


def put(path, content=b"x = 1\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def only(folder):
    (one,) = submissions(folder, "vae.py")
    return one


def test_both_layouts_are_found_and_sorted_with_their_ids_kept(tmp_path):
    put(tmp_path / "Zoe B" / "vae.py", b"z")
    put(tmp_path / "ada" / "vae" / "vae.py", b"a")
    put(tmp_path / ".ipynb_checkpoints" / "vae.py")
    put(tmp_path / "notes.txt")
    found = submissions(tmp_path, "vae.py")
    assert [(one.student, one.source) for one in found] == [("Zoe B", b"z"), ("ada", b"a")]


def test_a_missing_file_says_what_is_there_instead(tmp_path):
    put(tmp_path / "ada" / "VAE (1).py")
    put(tmp_path / "ada" / "vae" / "notes.txt")
    one = only(tmp_path)
    assert one.wrong.reason is Reason.MALFORMED
    assert one.wrong.sentence == "no vae.py found in ada; found: VAE (1).py, vae/, notes.txt"


def test_an_empty_folder_says_so(tmp_path):
    (tmp_path / "ada").mkdir()
    assert only(tmp_path).wrong.sentence.endswith("found: nothing")


def test_two_different_files_are_not_guessed_between(tmp_path):
    put(tmp_path / "ada" / "vae.py", b"a")
    put(tmp_path / "ada" / "vae" / "vae.py", b"b")
    assert "hand in one vae.py" in only(tmp_path).wrong.sentence


def test_the_same_file_twice_is_no_problem(tmp_path):
    put(tmp_path / "ada" / "vae.py", b"a")
    put(tmp_path / "ada" / "vae" / "vae.py", b"a")
    assert only(tmp_path).source == b"a"


@pytest.mark.parametrize("link", ["vae.py", "vae", "."])
def test_no_link_is_followed(tmp_path, link):
    put(tmp_path / "secret" / "vae.py", b"secret")
    put(tmp_path / "secret" / "vae" / "vae.py", b"secret")
    place = tmp_path / "class" / "ada" / link
    place.parent.mkdir(parents=True)
    if link == ".":
        place = tmp_path / "class" / "ada"
        place.rmdir() if place.is_dir() else None
    place.symlink_to(tmp_path / "secret" / ("" if link == "." else link))
    one = only(tmp_path / "class")
    assert one.source == b"" and one.wrong.reason is Reason.MALFORMED


def test_a_pipe_is_refused_at_once(tmp_path):
    (tmp_path / "ada").mkdir()
    os.mkfifo(tmp_path / "ada" / "vae.py")
    assert only(tmp_path).wrong.sentence == "vae.py is not a regular file"


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "ada" / "vae.py").mkdir(parents=True)
    assert only(tmp_path).wrong.sentence == "vae.py is not a regular file"


def test_a_file_is_read_up_to_its_cap(tmp_path):
    put(tmp_path / "ada" / "vae.py", b"#" * (1 << 20))
    put(tmp_path / "bob" / "vae.py", b"#" * ((1 << 20) + 1))
    ada, bob = submissions(tmp_path, "vae.py")
    assert len(ada.source) == 1 << 20 and ada.wrong is None
    assert bob.wrong.sentence == "vae.py is larger than 1 MiB; hand in the program only"


@pytest.mark.parametrize(
    ("make", "say"),
    [
        (lambda at: None, "is no folder"),
        (lambda at: at.mkdir(), "holds no folders"),
        (lambda at: put(at / "vae.py"), "autograder check"),
    ],
)
def test_what_is_no_class_is_refused_in_one_sentence(tmp_path, make, say):
    make(tmp_path / "class")
    with pytest.raises(BadInput, match=say):
        submissions(tmp_path / "class", "vae.py")
