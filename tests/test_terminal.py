"""Whatever a terminal, a pipe or a file can show, a report ends in no traceback of ours."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import assignments
from nndl2.checks.terminal import print_anywhere

ROOT = assignments.ROOT
REFERENCE = (ROOT / "source" / "vae" / "vae.py").read_text(encoding="utf-8")
GREEK = REFERENCE.replace(
    "sigma = torch.exp(0.5 * logvar)", "sigma = torch.expp(0.5 * logvar)  # λ, not λ²"
)
ENCODINGS = ("cp1252", "latin-1", "ascii")


def run(*command: str, encoding: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.run([sys.executable, "-m", *command], cwd=cwd, env=env, capture_output=True)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_letter_that_an_encoding_lacks_is_written_as_its_number(encoding, monkeypatch):
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding=encoding))
    print_anywhere()
    print("λ of 学生", flush=True)
    assert out.getvalue() == b"\\u03bb of \\u5b66\\u751f\n"


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_line_with_greek_letters_is_quoted_in_a_report(encoding, tmp_path):
    assert GREEK != REFERENCE
    (tmp_path / "vae.py").write_text(GREEK, encoding="utf-8")
    done = run("nndl2.checks", "vae.py", encoding=encoding, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"# \\u03bb, not " in done.stdout and b"The grader asks the same" in done.stdout


@pytest.mark.slow
def test_a_folder_may_have_any_name_when_a_hand_in_is_packed(tmp_path):
    folder = tmp_path / "Übung 学"
    folder.mkdir()
    (folder / "vae.py").write_text(GREEK, encoding="utf-8")
    done = run("nndl2.handin", str(folder / "vae.py"), "--no-pdf", encoding="ascii", cwd=tmp_path)
    assert done.returncode == 1 and b"Traceback" not in done.stderr
    assert (folder / "vae-handin.zip").is_file() and b"vae-handin.zip" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_class_with_any_names_is_graded_and_shown(encoding, tmp_path):
    student = tmp_path / "class" / "学生"
    student.mkdir(parents=True)
    (student / "vae.py").write_text("x = (\n", encoding="utf-8")
    command = ("autograder", "grade", "class", "--out", "out", "--train", "never")
    done = run(*command, encoding=encoding, cwd=tmp_path)
    assert done.returncode == 0 and b"Traceback" not in done.stderr
    assert b"\\u5b66\\u751f" in done.stdout and b"1 malformed" in done.stdout
    shown = run("autograder", "report", "out", encoding=encoding, cwd=tmp_path)
    assert shown.returncode == 0 and b"\\u5b66\\u751f" in shown.stdout
