"""A file that cannot be read is refused in one sentence that says what to do, with its line."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nndl2.checks.model import Reason, Unusable
from nndl2.checks.source import SIZE_LIMIT, readable

UTF8_BOM = b"\xef\xbb\xbf"
MERGE = b"a = 1\n<<<<<<< HEAD\na = 2\n=======\na = 3\n>>>>>>> theirs\n"
UTF8 = "save the file as UTF-8"
COOKIE = f"vae.py names at its top an encoding that does not fit; delete that line and {UTF8}"
DEEP = "line 1 of vae.py holds an expression too deep for Python; break it up"


def refused(source: bytes) -> Unusable:
    """What is said of a file that cannot be compiled."""
    with pytest.raises(Unusable) as raised:
        readable(source, "vae.py", "<vae.py 0>")
    return raised.value


def names(source: bytes) -> dict[str, object]:
    """What stands in a module of this source when it has run."""
    found: dict[str, object] = {}
    exec(readable(source, "vae.py", "<vae.py 0>"), found)
    return found


@pytest.mark.parametrize(
    ("source", "line", "sentence"),
    [
        (b"%matplotlib inline\n", 1, "line 1 of vae.py is a notebook command; delete it"),
        (b"x = 1\n  !pip install torch\n", 2, "line 2 of vae.py is a notebook command; delete it"),
        (b"x = 1\r%%time\r", 2, "line 2 of vae.py is a notebook command; delete it"),
        (b"x = 1\r\n%%time\r\n", 2, "line 2 of vae.py is a notebook command; delete it"),
        (
            b'\n{"cells": [], "nbformat": 4}',
            0,
            "vae.py is a notebook; hand in the Python file vae.py itself",
        ),
        (b"", 0, "vae.py is empty"),
        (b" \r\n\t\n", 0, "vae.py is empty"),
        (UTF8_BOM, 0, "vae.py is empty"),
        (MERGE, 2, "vae.py has a merge conflict at line 2; resolve it"),
        (b"f(\n" + MERGE, 3, "vae.py has a merge conflict at line 3; resolve it"),
        (b"a = 2\n=======\n", 2, "vae.py has a merge conflict at line 2; resolve it"),
        (b"||||||| base\n", 1, "vae.py has a merge conflict at line 1; resolve it"),
        (
            "x = 1\ny = \u201chi\u201d\n".encode(),
            2,
            "line 2 of vae.py has a curly quote; use a straight one",
        ),
        (
            "print('hi\u2019)\n".encode(),
            1,
            "line 1 of vae.py has a curly quote; use a straight one",
        ),
        ("x = 1\n".encode("utf-16"), 0, "vae.py is saved as UTF-16; save it as UTF-8"),
        (
            b"\xfe\xff" + "x = 1\n".encode("utf-16-be"),
            0,
            "vae.py is saved as UTF-16; save it as UTF-8",
        ),
        (b"x = 1\n\0", 2, f"line 2 of vae.py holds a NUL byte; {UTF8} text"),
        (
            "x = 1\ns = 'caf\u00e9'\n".encode("latin-1"),
            2,
            f"line 2 of vae.py is not saved as UTF-8; {UTF8}",
        ),
        (b"# coding: cp9999\nx = 1\n", 0, COOKIE),
        (b"# coding: hex\nx = 1\n", 0, COOKIE),
        (UTF8_BOM + b"# coding: latin-1\nx = 1\n", 0, COOKIE),
        (
            b'folder = "C:\\Users\\ada"\n',
            1,
            "line 1 of vae.py has a backslash in a string; write two of them, or a slash",
        ),
    ],
)
def test_a_broken_file_gets_one_sentence_with_its_line(source, line, sentence):
    error = refused(source)
    assert (error.sentence, error.line) == (sentence, line)
    assert error.reason is Reason.MALFORMED
    assert error.target == ""  # the whole file is meant


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        (b'x = 1\nprint "x"\n', 2, "is written for Python 2 (print without brackets)"),
        (b"if 1:\n    x = 1\n\ty = 2\n", 3, "mixes tabs and spaces"),
        (b"x = 1\rif x\ry = 2\r", 2, "lacks a colon"),
        (b"x = 1\nreturn x\n", 2, "has a return outside a function"),
        ("if 1:\n\u00a0   x = 1\n".encode(), 2, "has a space of a word processor (U+00A0)"),
        ("x = 3 \u2212 1\n".encode(), 1, "has a dash (U+2212) that is no minus sign"),
        (b"(" * 300 + b")" * 300, 1, "is nested too deep for Python"),
        (b"x = [\n  f(1),\n\ndef f():\n  pass\n", 1, "opens a [ that is never closed"),
        (b"x = (1,\n     2]\n", 2, "closes what line 1 opened with ( by a ]"),
        (b"def f():\n", 1, "needs indented lines below it"),
        (b"x = 'a\n", 1, "has a string that is not closed"),
        (b'x = """a\n\n', 1, "opens a string with three quotes that is never closed"),
        (b"x = 1 +\n", 1, "ends with +, and something belongs behind it"),
        (b"x = y z\n", 1, "is not valid Python: invalid syntax"),
        (b"x = 1\n???\n", 2, "has a blank (???) that is not filled in yet"),
        (b"public class Vae {\n", 1, "is written in another language"),
        (b"x = 1\nhttps://example.org/vae.py\n", 2, "is an address and no Python"),
        (b"https://example.org/vae.py\n", 0, "vae.py is a link"),
        (b"404: Not Found\n", 0, "vae.py is the error of a web server"),
        (b"3c3,4\n< x = 1\n---\n> x = 2\n", 0, "vae.py is a list of changes (a diff)"),
    ],
)
def test_a_cause_that_the_text_shows_is_said_with_its_line(source, line, says):
    error = refused(source)
    where = f"line {line} of vae.py " if line else ""
    assert error.sentence.startswith(f"{where}{says}") and error.line == line


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"Def f(x):\n    pass\n", "has Def where def belongs"),
        (b"function f(x):\n    pass\n", "has function where def belongs"),
        (b"form math import pi\n", "has form where from belongs"),
        (b"x = [1 fro y in z]\n", "has fro where for belongs"),
        (b"x ++\n", "has ++, which Python does not know; write += 1"),
        (b"x = 2 // the size\n", "has a comment behind //; in Python a comment begins with #"),
        (b"if x === 1:\n    pass\n", "has ===, for which Python writes =="),
        (b"if x {\n    y()\n}\n", "opens a block with {; write a colon and indent"),
    ],
)
def test_a_line_that_one_change_makes_python_is_told_the_change(source, says):
    assert says in refused(source).sentence


def test_an_exclamation_mark_is_not_only_where_a_name_of_the_file_follows():
    assert "has !, for which Python writes not" in refused(b"mu = 1\nz = !mu\n").sentence
    assert "is a notebook command" in refused(b"mu = 1\nz = !ls\n").sentence
    assert "is a notebook command" in refused(b"ls = 1\nz = !ls *.py\n").sentence


def test_else_if_is_told_elif():
    sentence = refused(b"if x:\n    pass\nelse if y:\n    pass\n").sentence
    assert sentence == "line 3 of vae.py has else if, for which Python writes elif"


@pytest.mark.parametrize(
    "source",
    [
        b"For each sample we draw some noise.\n",
        b"my word count\n",
        b"z = mu plus sigma\n",
        b"return x\nz = adn\n",
        b"x = 'http://a' y // 2\n",
    ],
)
def test_no_change_is_told_that_does_not_make_it_python(source):
    assert not re.search("belongs|for which Python|in Python", refused(source).sentence)


def test_a_docstring_without_its_end_is_looked_for_above_the_line_that_python_names():
    source = b'def f():\n    """Says it.\n    x = 1\n\n\ndef g():\n    """Says that."""\n'
    sentence = refused(source).sentence
    assert sentence.startswith('three quotes (""") are missing above line ')


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python knows the grammar of 3.12")
@pytest.mark.parametrize(
    "source",
    [b'd = {}\ns = f"{d["a"]}"\n', b"x = 1\ntype N = int\n", b"x = 1\ndef f[T](x): pass\n"],
)
def test_grammar_of_a_newer_python_is_nobodys_mistake(source):
    error = refused(source)
    assert error.reason is Reason.ENVIRONMENT and error.line == 2
    assert error.sentence.startswith("line 2 of vae.py is written for Python 3.12, and this is 3.")


@pytest.mark.parametrize(
    "source",
    [b"x = 1\n# caf\xe9\n", b"# caf\xe9\nx = 1\n"],
)
def test_a_comment_that_is_not_utf8_is_refused_as_python_refuses_the_file(source):
    line = source.split(b"\n").index(b"# caf\xe9") + 1
    assert refused(source).sentence == f"line {line} of vae.py is not saved as UTF-8; {UTF8}"


@pytest.mark.parametrize("source", [b"# x\n", b'"""x"""\n', b"[1, {}]\n", b"vae\n"])
def test_what_neither_defines_nor_does_anything_is_no_program(source):
    assert refused(source).sentence.startswith("vae.py holds no code; ")


@pytest.mark.parametrize(
    "source",
    [b"x = " + b"-" * 200_000 + b"1\n", b"x" + b".x" * 100_000, b"x = 1" + b"+1" * 100_000],
)
def test_an_expression_too_deep_for_python_is_refused(source):
    assert refused(source).sentence == DEEP


def test_a_large_file_is_refused_before_it_is_parsed():
    padding = b"#" * (SIZE_LIMIT - 6)
    assert names(b"x = 1\n" + padding)["x"] == 1
    sentence = "vae.py is larger than 1 MiB; hand in the program only"
    assert refused(b"x = 1\n" + padding + b"#").sentence == sentence
    assert refused(b"(" * SIZE_LIMIT + b"(").sentence == sentence


@pytest.mark.parametrize(
    "source",
    [
        UTF8_BOM + b"x = 1\n",
        b"if 1:\r\n    x = 1\r\n",
        b"x = 1\r",
        b"x = 1",
        b"def f(y: 1): pass\nx = f.__annotations__['y']\n",  # no __future__ of ours
        b"# coding: latin-1\nx, s = 1, 'caf\xe9'\n",
        "x, s = 1, 'it\u2019s \u201cfine\u201d'\n".encode(),
        b'"""Title\n=======\n"""\nx = 1\n',
        b"x, s = 1, '{\"cells\"'\n",
        b"x = 1\nassert (2, 3)\ns = '\\d' is 'd'\n",  # what Python warns of
    ],
)
def test_what_python_reads_is_read(source, recwarn):
    assert names(source)["x"] == 1
    assert not recwarn


@pytest.mark.parametrize(
    ("source", "not_this"),
    [
        ("s = 'it\u2019s' +\n".encode(), "curly"),
        (b'"""Title\n=======\n"""\nx = (\n', "merge"),
        (b"x = (1\n  % 2))\n", "notebook"),
    ],
)
def test_no_cause_is_named_that_is_not_the_cause(source, not_this):
    assert not_this not in refused(source).sentence


def test_nothing_is_warned_of_while_a_refused_file_is_looked_through(recwarn):
    assert "is a notebook command" in refused(b"%matplotlib inline\nx = '\\d'\n").sentence
    assert not recwarn.list


def test_a_form_feed_begins_no_new_line():
    error = refused("x = 1\n\x0c\ny = \u201chi\u201d\n".encode())
    assert error.sentence == "line 3 of vae.py has a curly quote; use a straight one"


PIECES = [
    b"def f(x):\n",
    b"    return x\n",
    b"\t",
    b"(",
    b'"',
    b"'",
    b"\\",
    b"# coding: ",
    b"utf-7",
]
PIECES += [
    UTF8_BOM,
    b"\xff\xfe",
    b"\0",
    b"\xe9",
    b"\r",
    b"\n",
    b"%time",
    b"<<<<<<< ",
    b"\x0c",
    b"{",
]


@settings(deadline=None, max_examples=100, derandomize=True, database=None)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=12).map(b"".join))
def test_every_file_is_read_or_refused_in_one_clear_sentence(source):
    try:
        readable(source, "vae.py", "<vae.py 0>")
    except Unusable as e:
        assert "vae.py" in e.sentence and len(e.sentence.splitlines()) == 1
        assert not re.search("Traceback|None|line 0|SyntaxError", e.sentence)
        assert e.line == 0 or re.search(rf"\bline {e.line}\b", e.sentence)
