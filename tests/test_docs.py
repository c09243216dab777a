"""The documentation: each command in it is run in a copy of the kit, and gives what is shown."""

from __future__ import annotations

import ast
import io
import re
import shlex
import subprocess
import sys
import tokenize
from collections.abc import Callable
from pathlib import Path

import pytest
from console import Reader, copy_of_the_kit, shows, steps

from autograder.assignments import ROOT
from autograder.commands.run import parser

DOCS = ROOT / "docs"
TOCTREE = re.compile(r"^```{toctree}\n(.*?)^```", re.M | re.S)
DOORS = [  # of each door the pages, in the order in which they are read
    [line for line in found.splitlines() if line and not line.startswith(":")]
    for found in TOCTREE.findall((DOCS / "index.md").read_text(encoding="utf-8"))
]
PAGES = ["index", *(page for door in DOORS for page in door)]
NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    tokenize.ENDMARKER,
}


def text_of(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """What differs on a page, for a reader of all pages before it behind the same door."""
    found: dict[str, list[str]] = {}
    readers: dict[int, Reader] = {}

    def of(page: str) -> list[str]:
        for number, door in enumerate([["index"], *DOORS]):
            for earlier in door[: door.index(page) + 1] if page in door else ():
                if number not in readers:
                    kit = tmp_path_factory.mktemp("docs") / "kit"
                    readers[number] = Reader(copy_of_the_kit(ROOT, kit))
                if earlier not in found:
                    found[earlier] = readers[number].follow(text_of(earlier))
        return found[page]

    return of


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_page_s_commands_print_what_it_shows(
    page: str, problems: Callable[[str], list[str]]
) -> None:
    assert "\n\n".join(problems(page)) == ""


@pytest.mark.slow
def test_the_documentation_is_built_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", str(tmp_path / "trees")]
    subprocess.run([*build, str(DOCS), str(tmp_path / "html")], check=True)
    pages = sorted((tmp_path / "html").rglob("*.html"))
    assert {f"{page}.html" for page in PAGES} <= {page.name for page in pages}
    fetched = re.compile(r"""<(?:script|img|link|iframe)\b[^>]*(?:src|href)="(?:https?:)?//""")
    assert [p.name for p in pages if fetched.search(p.read_text(encoding="utf-8"))] == []


def test_every_page_has_its_place() -> None:
    assert sorted(path.stem for path in DOCS.glob("*.md")) == sorted(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_grader_is_one_that_it_knows(page: str) -> None:
    for step in steps(text_of(page)):
        for command in re.findall(r"^autograder (.*)$", step.text.replace("\\\n", ""), re.M):
            if step.status == 0 and not step.file:
                parser().parse_args(shlex.split(command.partition(" | ")[0], comments=True))


def test_every_command_of_the_readme_is_one_that_the_grader_takes() -> None:
    found = re.findall(r"`\.venv/bin/autograder ([^`]+)`", (ROOT / "README.md").read_text("utf-8"))
    assert found and [parser().parse_args(shlex.split(command)) for command in found]


@pytest.mark.parametrize("page", PAGES)
def test_commands_stand_where_they_are_run(page: str) -> None:
    assert re.findall(r"^`{3,}\s*(?:sh|bash|shell)\b.*$", text_of(page), re.M) == []


def test_code_that_is_quoted_stands_in_the_kit() -> None:
    rooms = (ROOT / "autograder", ROOT / "nndl2")
    code = "".join(p.read_text("utf-8") for room in rooms for p in room.rglob("*.py"))
    quoted = re.findall(
        r"^```{code-block} python\n(?!:)(.*?)^```", text_of("maintainers"), re.M | re.S
    )
    assert quoted and [block for block in quoted if block not in code] == []


def test_the_worked_example_is_as_small_as_it_says() -> None:
    files = {step.file: step.text for step in steps(text_of("new-assignment")) if step.file}
    written = [f for f in files if f.startswith(("nndl2/checks/", "autograder/assignments/"))]
    lines = sum(lines_of_code(files[file]) for file in written)
    assert len(written) == 3 and lines <= 120
    assert f" {lines} lines of code" in text_of("new-assignment")


def test_the_worked_example_has_a_program_for_each_of_its_mistakes() -> None:
    (text,) = (s.text for s in steps(text_of("new-assignment")) if s.file.endswith("__init__.py"))
    own, edits = (
        next(n.value for n in ast.walk(ast.parse(text)) if assigned(n) == name)
        for name in ("MISCONCEPTIONS", "EDITS")
    )
    wrong = [row.elts[0].value for row in edits.elts if getattr(row.elts[1], "id", "")]
    assert {key.value for key in own.keys} <= set(wrong)
    assert len(wrong) == len(set(wrong)) >= 8


def lines_of_code(text: str) -> int:
    """The lines that are neither blank nor comments, docstrings or sentences on misconceptions."""
    aside: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        sentence = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if sentence or assigned(node) == "MISCONCEPTIONS":
            aside |= {*range(node.lineno, node.end_lineno + 1)}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    code = (t for t in tokens if t.type not in NO_CODE)
    return len({n for t in code for n in range(t.start[0], t.end[0] + 1)} - aside)


def assigned(node: ast.AST) -> str:
    """The name that a statement gives a value, else nothing."""
    return getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""


def test_lines_of_code_are_counted_as_said() -> None:
    text = '"""One.\n\nTwo."""\n\nx = (  # three\n    1,\n)\n# four\n\n\n'
    assert lines_of_code(text + 'def f():\n    """Five."""\n    return "six seven"\n') == 5
    assert lines_of_code("MISCONCEPTIONS = {\n    'a': 'b c',\n}\nEDITS = ()\n") == 1


def test_every_target_of_make_is_one_that_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {t for p in PAGES for t in re.findall(r"(?:^\$ |`)make ([a-z]+)", text_of(p), re.M)}
    assert named <= targets


# the reader can find fault

GOOD = "```console\n$ echo one; echo two\none\n...\n$ cd docs\n$ basename $PWD\ndocs\n```\n"


def test_a_page_that_is_right_is_not_accused(tmp_path: Path) -> None:
    kit = tmp_path / "kit"
    (kit / "docs").mkdir(parents=True)
    assert Reader(kit).follow(GOOD) == []


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("```console\n$ echo one\ntwo\n```", "line 2: echo one\none\n"),
        ("```console\n$ echo one; echo two\none\n```", "line 2: echo one; echo two\none\ntwo\n"),
        ("```console\n$ false\n```", "line 2: false\nexit 1\n"),
        ("```console exit=2\n$ true\n```", "line 2: true\nexit 0\n"),
        ("```console\n$ true\n$ cat no-such-file\n```", "line 3: cat no-such-file"),
    ],
)
def test_a_page_that_is_wrong_is_found_out(page: str, told: str, tmp_path: Path) -> None:
    kit = tmp_path / "kit"
    kit.mkdir()
    (found,) = Reader(kit).follow(page)
    assert found.startswith(told)


def test_a_captioned_block_becomes_a_file(tmp_path: Path) -> None:
    kit = tmp_path / "kit"
    kit.mkdir()
    block = "```{code-block} python\n:caption: a/b.py\n\nx = 1\n```\n"
    assert Reader(kit).follow(f"{block}```console\n$ cat a/b.py\nx = 1\n```") == []


def test_what_is_not_run_has_its_reason() -> None:
    (step,) = steps("```console not-run: needs a browser\n$ jupyter lab\n```")
    assert step.reason == "needs a browser"
    with pytest.raises(ValueError, match="with a reason"):
        list(steps("```console not-run:\n$ jupyter lab\n```"))


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("took 1.2 s", "took 33 s", True),
        ("isolation: none; 1 s", "isolation: uid + landlock; 2.5 s", True),
        ("a\n...\nz", "a\nz", True),
        ("a\n...\nz", "a\nb\nc\nz", True),
        ("a ... z", "a b z", True),
        ("a\n...", "b\na", False),
        ("12 of 12", "12 of 13", False),
        ("a.c", "abc", False),
    ],
)
def test_what_is_shown_is_compared_but_for_times_and_what_is_left_out(
    shown: str, printed: str, same: bool
) -> None:
    assert shows(shown.splitlines(), printed + "\n") is same
