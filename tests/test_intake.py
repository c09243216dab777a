"""Folders of submissions: who handed in what, and one sentence for what cannot be graded."""

import os

import archives
import pytest

from autograder import assignments
from autograder.intake import BadInput, Wanted, alone, collect, handed, submissions, wanted
from autograder.intake.find import is_near
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
    put(tmp_path / "ada" / "encoder.py")
    put(tmp_path / "ada" / "vae" / "notes.txt")
    one = only(tmp_path)
    assert one.wrong.reason is Reason.MALFORMED
    assert one.wrong.sentence == "no vae.py found in ada; found: encoder.py, vae/, vae/notes.txt"


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
    assert only(tmp_path).wrong.sentence == "vae.py is a folder; hand in the file itself"


def test_a_file_in_a_folder_of_the_course_or_an_editor_is_not_said_to_be_missing(tmp_path):
    put(tmp_path / "ada" / "nndl2" / "vae.py")
    put(tmp_path / "ada" / ".ipynb_checkpoints" / "vae.py")
    said = only(tmp_path).wrong.sentence
    assert said.startswith("no vae.py found in ada; found: nothing but ")
    assert "nndl2" in said and ".ipynb_checkpoints" in said


def test_a_file_is_read_up_to_its_cap(tmp_path):
    put(tmp_path / "ada" / "vae.py", b"#" * (1 << 20))
    put(tmp_path / "bob" / "vae.py", b"#" * ((1 << 20) + 1))
    ada, bob = submissions(tmp_path, "vae.py")
    assert len(ada.source) == 1 << 20 and ada.wrong is None
    assert bob.wrong.sentence == "vae.py is larger than 1 MiB; hand in the program only"


@pytest.mark.parametrize(
    ("make", "say"),
    [
        (lambda at: None, "there is no folder or archive"),
        (lambda at: at.write_text("notes"), "is no folder and no archive"),
        (lambda at: at.mkdir(), "holds no folders"),
        (lambda at: put(at / "vae.py"), "autograder check"),
    ],
)
def test_what_is_no_class_is_refused_in_one_sentence(tmp_path, make, say):
    make(tmp_path / "class")
    with pytest.raises(BadInput, match=say):
        submissions(tmp_path / "class", "vae.py")


class TestFinding:
    """The one file of a student, wherever it lies and whatever it is called."""

    VAE = b"import torch\n\nclass VAE(nn.Module):\n    pass\n"

    def found(self, tmp_path, files, stub=b""):
        ada = archives.folder(tmp_path / "ada", files)
        return handed(ada, Wanted("vae.py", {"VAE", "CVAE", "loss_function"}, stub))

    @pytest.mark.parametrize(
        ("files", "path"),
        [
            (["vae.py"], "vae.py"),
            (["vae/vae.py"], "vae/vae.py"),
            (["hw3/vae.py"], "hw3/vae.py"),
            (["a/b/c/vae.py"], "a/b/c/vae.py"),
            (["hw3/vae.py", "VAE.py"], "hw3/vae.py"),
            (["vae.py", "old/vae.py"], "vae.py"),
            (["VAE.py", "notes.py"], "VAE.py"),
            (["hw3/vae (1).py", "main.py"], "hw3/vae (1).py"),
            (["vae.py.txt"], "vae.py.txt"),
            (["nndl2/checks/vae.py", "vae-2.py"], "vae-2.py"),
            (["__MACOSX/vae.py", ".ipynb_checkpoints/vae.py", "Copy of vae.py"], "Copy of vae.py"),
            (["vae.py/vae.py"], "vae.py/vae.py"),
        ],
    )
    def test_it_is_found_by_its_name_then_by_nearly_its_name(self, files, path, tmp_path):
        one = self.found(tmp_path, {file: file.encode() for file in files})
        assert (one.source, one.path) == (path.encode(), path)
        at_the_top = path in ("vae.py", "vae/vae.py")
        assert one.note.startswith(f"graded from {path}: no vae.py at the top") != at_the_top

    @pytest.mark.parametrize(
        "name",
        [
            *("VAE.py", "vae (1).py", "vae-1.py", "vae_2.py", "vae2.py", "Copy of vae.py"),
            *("vae_final.py", "vae - Copy.py", "vae.py.txt", "Vae_final_v2.PY", "vae.py "),
        ],
    )
    def test_what_a_system_or_a_person_makes_of_the_name_is_near(self, name):
        assert is_near(name, "vae")

    @pytest.mark.parametrize(
        "name", ["cvae.py", "vaes.py", "train_vae.py", "vae_utils.py", "vae.txt", "vae.pyc", ".py"]
    )
    def test_another_word_is_not_near(self, name):
        assert not is_near(name, "vae")

    def test_else_it_is_the_only_file_that_defines_the_names(self, tmp_path):
        one = self.found(tmp_path, {"hw/model.py": self.VAE, "hw/train.py": b"import model\n"})
        assert one.source == self.VAE
        assert one.note == "graded from hw/model.py: no vae.py at the top"

    @pytest.mark.parametrize("name", ["vae.txt", "vae", "VAE (1).pyw"])
    def test_without_its_ending_it_is_known_by_name_and_content(self, name, tmp_path):
        one = self.found(tmp_path, {name: self.VAE, "notes.txt": self.VAE})
        assert one.source == self.VAE and one.path == name
        assert self.found(tmp_path, {name: b"I give up"}).wrong

    @pytest.mark.parametrize("name", ["vae", "vae.py.bak", "vae.py~", "vae.txt", "vae.pyw"])
    @pytest.mark.parametrize("pack", [archives.zip_bytes, archives.tar_bytes])
    def test_the_same_is_found_in_a_zip_and_in_a_tar(self, pack, name, tmp_path):
        end = "zip" if pack is archives.zip_bytes else "tar.gz"
        one = self.found(tmp_path, {f"handin.{end}": pack({f"hw/{name}": self.VAE})})
        assert (one.source, one.path) == (self.VAE, f"handin.{end}/hw/{name}")

    def test_the_file_that_defines_most_of_them_is_meant(self, tmp_path):
        full = self.VAE + b"def loss_function(a):\n    pass\n"
        one = self.found(tmp_path, {"a.py": self.VAE, "b.py": full, "c.py": b"# class CVAE\n"})
        assert one.source == full

    def test_two_that_define_as_much_are_not_guessed_between(self, tmp_path):
        one = self.found(tmp_path, {"a.py": self.VAE, "b.py": self.VAE + b"x = 1\n"})
        assert one.wrong.sentence == "two different files, a.py and b.py; hand in one vae.py"

    def test_near_names_that_differ_are_not_guessed_between_and_equal_ones_are_one(self, tmp_path):
        files = {f"vae ({i}).py": self.VAE for i in range(3)}
        assert self.found(tmp_path, files).source == self.VAE
        one = self.found(tmp_path, {"vae (1).py": b"other"})
        assert one.wrong.sentence.startswith("two different files, vae (")

    def test_the_file_that_was_given_out_gives_way(self, tmp_path):
        """A browser saves the second download as "vae (1).py"."""
        stub = b"class VAE:\n    encoder = None\n"
        files = {"vae.py": stub.replace(b"\n", b"\r\n"), "vae (1).py": self.VAE}
        one = self.found(tmp_path, files, stub)
        assert one.source == self.VAE
        assert one.note == "graded from vae (1).py: vae.py is empty or as it was given out"

    def test_an_empty_file_gives_way_too(self, tmp_path):
        assert self.found(tmp_path, {"vae.py": b" \n", "hw/vae.py": self.VAE}).source == self.VAE

    def test_the_highest_of_numbered_attempts_counts(self, tmp_path):
        files = {f"attempt_{n}/vae.py": f"# {n}".encode() for n in (1, 2, 10)}
        assert self.found(tmp_path, files).source == b"# 10"
        assert self.found(tmp_path, {"vae.py": b"top"}).source == b"top"

    def test_a_higher_attempt_counts_under_another_name_too(self, tmp_path):
        files = {"attempt_9/vae.py": b"# 9", "attempt_10/vae_v2.py": b"# 10", "notes.txt": b""}
        one = self.found(tmp_path, files)
        assert one.source == b"# 10"
        assert one.note.endswith("attempt_10/vae_v2.py, which is newer than attempt_9/vae.py")
        files = {"attempt_1/vae.py": b"# 1", "attempt_2/vae (1).py": b"stub"}
        assert self.found(tmp_path / "2", files, b"stub").source == b"# 1"

    def test_what_was_given_out_does_not_outdo_work_under_a_name_of_its_own(self, tmp_path):
        stub = self.VAE + b"def loss_function(a):\n    pass\n"
        assert self.found(tmp_path, {"vae.py": stub, "hw.py": self.VAE}, stub).source == self.VAE
        assert self.found(tmp_path / "2", {"hw.py": stub}, stub).source == stub

    def test_the_file_that_was_given_out_is_graded_where_there_is_no_other(self, tmp_path):
        assert self.found(tmp_path, {"vae.py": b"stub"}, b"stub").source == b"stub"

    def test_a_copy_that_differs_is_told_of(self, tmp_path):
        made = archives.zip_bytes({"vae.py": b"older"})
        one = self.found(tmp_path, {"vae.py": b"x", "handin.zip": made})
        assert (one.source, one.note) == (b"x", "graded from vae.py; handin.zip/vae.py differs")

    def test_the_course_s_own_hand_in_is_taken_without_a_word(self, tmp_path):
        made = archives.zip_bytes({"vae.py": b"x", "vae.ipynb": b"{}", "vae.html": b"<html>"})
        one = self.found(tmp_path, {"handin.zip": made})
        assert (one.source, one.note, one.path) == (b"x", "", "handin.zip/vae.py")

    def test_a_zip_that_holds_the_folder_is_taken_too(self, tmp_path):
        made = archives.zip_bytes({"ada hw3/vae.py": b"x", "__MACOSX/ada hw3/._vae.py": b"junk"})
        assert self.found(tmp_path, {"handin.zip": made}).source == b"x"

    @pytest.mark.parametrize(
        ("files", "say"),
        [
            (["vae.ipynb"], "no vae.py found, only the notebook vae.ipynb; hand in vae.py"),
            (["hand.rar"], "hand.rar is no archive that is read here; hand in vae.py itself, or a"),
            (["a.md", "b/c.md"], "no vae.py found in ada; found: a.md, b/, b/c.md"),
            (["x.py"], "no vae.py found in ada; found: x.py"),
        ],
    )
    def test_where_there_is_nothing_one_sentence_says_what_there_is(self, files, say, tmp_path):
        one = self.found(tmp_path, dict.fromkeys(files, b""))
        assert one.wrong.sentence.startswith(say) and one.wrong.reason is Reason.MALFORMED

    def test_what_lies_too_deep_or_behind_too_many_names_is_not_looked_for(self, tmp_path):
        assert self.found(tmp_path, {"x/" * 40 + "vae.py": b"x"}).wrong
        many = {f"a{i:04}/b.md": b"" for i in range(2_100)}
        assert self.found(tmp_path / "many", {**many, "z/vae.py": b"x"}).wrong


def test_what_an_assignment_asks_for_comes_from_its_public_half():
    asked = wanted(assignments.load("vae"))
    assert asked.module == "vae.py" and asked.names >= {"VAE", "CVAE", "reparametrize"}
    assert b"class VAE" in asked.stub


def test_a_class_of_one_is_no_wrapper(tmp_path):
    archives.folder(tmp_path / "in", {"ada/hw3/vae.py": b"x"})
    (one,) = collect(tmp_path / "in", Wanted("vae.py")).handed
    assert (one.student, one.source) == ("ada", b"x")
    archives.folder(tmp_path / "in", {"ada/old/vae.py": b"y"})
    (one,) = collect(tmp_path / "in", Wanted("vae.py")).handed
    assert one.student == "ada" and one.wrong.sentence.startswith("two different files, hw3/vae.py")


def test_a_damaged_download_is_no_student_s_fault(tmp_path):
    (tmp_path / "class.zip").write_bytes(archives.zip_bytes({"ada/vae.py": b"x"})[:-30])
    with pytest.raises(BadInput, match=r"^class.zip is damaged or no archive at all; download it"):
        collect(tmp_path / "class.zip", Wanted("vae.py"))


def test_a_student_s_own_zip_is_no_class(tmp_path):
    made = archives.zipped(tmp_path / "ada.zip", {"vae.py": b"x"})
    with pytest.raises(BadInput, match=r"holds vae\.py itself"):
        collect(made, Wanted("vae.py"))


def test_a_file_given_in_the_place_of_the_module_is_told_to_be_no_program(tmp_path):
    (tmp_path / "vae.ipynb").write_text('{"cells": []}')
    one = alone(tmp_path / "vae.ipynb", Wanted("vae.py"))
    assert one.wrong.sentence == "vae.ipynb is a notebook; hand in vae.py"
    (tmp_path / "mine.py").write_text("x = 1")
    assert alone(tmp_path / "mine.py", Wanted("vae.py")).wrong is None
