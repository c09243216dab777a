"""Attacks by the folder that is handed in: names, files beside vae.py, links, odd bytes."""

from __future__ import annotations

from redteam.attack import family

beside = family("files beside it")
PASS_ALL = b"""
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome, report.longrepr = "passed", None
"""
LIAR = b"import sys\ndef __getattr__(name): return lambda *a, **k: True\n"
for _name, _files in {
    "conftest.py": {"conftest.py": PASS_ALL},
    "pytest.ini that collects only": {"pytest.ini": b"[pytest]\naddopts = --collect-only\n"},
    "pyproject.toml and tox.ini": {
        "pyproject.toml": b"[tool.pytest.ini_options]\naddopts = '--co'\n",
        "tox.ini": b"[pytest]\naddopts = --co\n",
        "setup.cfg": b"[tool:pytest]\naddopts = --co\n",
    },
    "torch.py": {"torch.py": LIAR},
    "numpy.py, socket.py, json.py": {"numpy.py": LIAR, "socket.py": LIAR, "json.py": LIAR},
    "sitecustomize.py and usercustomize.py": {
        "sitecustomize.py": b"import os; os._exit(0)\n",
        "usercustomize.py": b"import os; os._exit(0)\n",
    },
    "nndl2 of its own": {"nndl2/__init__.py": LIAR, "nndl2/checks/__init__.py": LIAR},
    "a .pth file": {"evil.pth": b"import os; os._exit(0)\n"},
    "byte code of its own": {"__pycache__/vae.cpython-311.pyc": b"\xa7\r\r\n" + bytes(100)},
    "autograder and boundary of its own": {
        "autograder/__init__.py": LIAR,
        "boundary/__init__.py": LIAR,
    },
    "results of its own": {
        "results.json": b'{"score": 12, "tests": [], "extra_data": {"status": "graded"}}',
        "feedback.md": b"12 of 12\n",
        "grades.csv": b"student,score\nada,12\n",
    },
    "a Makefile and a notebook": {
        "Makefile": b"all:\n\techo BREACH\n",
        "vae.ipynb": b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    },
}.items():
    beside.add(_name, beside=_files, cold=True)

students = family("names of folders")
for _name, _student in {
    "HTML": "<script>alert(1)<",
    "a formula": "=HYPERLINK(1)",
    "an at sign and a tab": "\x40SUM\tcmd",
    "ANSI": "\x1b[2Jada",
    "a line break": "ada\nbob,12,12,graded",
    "right to left": "\u202eada",
    "no UTF-8": b"\xff\xfeada".decode("utf-8", "surrogateescape"),
    "a quote and a comma": 'ada",12,"',
    "an option": "--help",
    "very long": "a" * 250,
    "Markdown": "[x](javascript:alert(1))",
    "a template": "{{7*7}}${7*7}%s",
}.items():
    students.add(_name, student=_student)

bytes_of = family("odd bytes")
bytes_of.add("NUL", after="# \x00 hidden", score=0)
bytes_of.add("form feed", after="\x0c\x0b# x")
bytes_of.add(
    "letters that look alike",
    after="from torch import nn as \uff4e\uff4e\uff12\nl\u03bfss_function = print",
    base="half",
)
bytes_of.add(
    "right to left in the source", after="# \u202e\u2066 return torch.zeros(()) \u2069", base="half"
)
bytes_of.add("an encoding of its own", before="# -*- coding: rot13 -*-", score=0)
bytes_of.add(
    "utf-7, where it would be code",
    before="# -*- coding: utf-7 -*-\n# +AAo-import os; os._exit(0)",
    score=None,
)
bytes_of.add("a hundred thousand brackets", after="x = " + "[" * 100_000, score=0)
bytes_of.add("a thousand decorators", after="@staticmethod\n" * 1000 + "def f(): pass")
bytes_of.add("constants to fold", after="x = ((1,) * 4000) * 4000 if 0 else 'a' * 4096 * 4096")
bytes_of.add("nine hundred kilobytes", after="y = [" + "1," * 450_000 + "]")
bytes_of.add("two megabytes", after="#" * (2 << 20), score=0)
