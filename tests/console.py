"""Pages of Markdown that can be run: their files are written, their commands give what they show.

A fenced block `console` holds commands, each after "$ ", and what they print. "..." stands for
anything, in a line or alone for any lines; where nothing is shown, nothing is compared. What stands
behind `console` is `exit=2` for commands that end so, or `not-run:` with the reason. A code block
with a caption is a file under that name.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from notebooks import ONE_THREAD, offline

FENCE = re.compile(r"^(`{3,}|:{3,})(\S*)[ ]?(.*)$")
CAPTION = re.compile(r":caption: `?([^`\s]+)`?$")
HERE = "/home/you/kit"  # where the kit is in the pages
SAME = (  # what differs from run to run, and what stands for it
    (re.compile(r"\b\d+(\.\d+)? s\b"), "N s"),
    (re.compile(r"(?<=isolation: )[^;\n]*"), "..."),
    (re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( UTC)?"), "DATE"),
)
PATIENCE = 300  # seconds for one command
SECRET = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"


@dataclass(frozen=True)
class Step:
    """A command of a page, or, with a `file`, a file to write with this text."""

    line: int
    text: str
    shown: tuple[str, ...] = ()
    status: int = 0
    reason: str = ""
    file: str = ""


def steps(page: str) -> Iterator[Step]:
    """What a page asks for, in its order; `reason` says why a command is not run."""
    for start, kind, info, body in _blocks(page):
        if kind == "console":
            yield from _commands(start, info, body)
        elif kind == "{code-block}" and body and (named := CAPTION.match(body[0])):
            yield Step(start, "\n".join(body[1:]).strip("\n") + "\n", file=named[1])


def _blocks(page: str) -> Iterator[tuple[int, str, str, list[str]]]:
    """Line, kind, rest of the first line, and lines of each fenced block."""
    fence, start, kind, info, body = "", 0, "", "", list[str]()
    for number, line in enumerate(page.splitlines(), 1):
        found = FENCE.match(line)
        if fence and line.strip() == fence:
            yield start, kind, info, body
            fence = ""
        elif fence:
            body.append(line)
        elif found and found[2]:
            fence, kind, info = found[1], found[2], found[3].strip()
            start, body = number, []


def _commands(start: int, info: str, body: Sequence[str]) -> Iterator[Step]:
    reason = info.removeprefix("not-run:").strip() if info.startswith("not-run:") else ""
    status = int(info.removeprefix("exit=")) if info.startswith("exit=") else 0
    if info and not reason and not status:
        raise ValueError(f"line {start}: {info!r} is neither exit=N nor not-run: with a reason")
    text, shown, at = "", list[str](), start
    for number, line in enumerate(body, start + 1):
        if text.endswith("\\") and line.startswith("> "):
            text += f"\n{line[2:]}"
        elif line.startswith("$ "):
            if text:
                yield Step(at, text, tuple(shown), status, reason)
            text, shown, at = line[2:], [], number
        elif not text:
            raise ValueError(f"line {number}: a block begins with a command, after '$ '")
        else:
            shown.append(line)
    yield Step(at, text, tuple(shown), status, reason)


@dataclass
class Reader:
    """Somebody who follows pages in a copy of the kit, `root`, and notes what is not as shown."""

    root: Path
    where: Path = field(init=False)

    def __post_init__(self) -> None:
        self.where = self.root

    def follow(self, page: str) -> list[str]:
        """Do what the page says from the kit's folder on; one text for each thing that differs."""
        self.where = self.root
        return [found for step in steps(page) if (found := self._do(step))]

    def _do(self, step: Step) -> str:
        if step.file:
            path = self.where / step.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
            return ""
        return "" if step.reason else self._run(step)

    def _run(self, step: Step) -> str:
        end = self.root.parent / "where"
        command = f"{step.text}\nstatus=$?; pwd -P > '{end}'; exit $status"
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.where,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        self.where = Path(end.read_text().strip())
        told = f"line {step.line}: {step.text}\n"
        if done.returncode != step.status:
            return f"{told}exit {done.returncode}\n{done.stdout}{done.stderr}"
        printed = done.stdout + (done.stderr if step.status else "")
        printed = printed.replace(str(self.root), HERE)
        if any(step.shown) and not shows(step.shown, printed):
            return f"{told}{printed}"
        return ""

    def _environment(self) -> dict[str, str]:
        """The command line of a reader who has activated the kit's environment, offline."""
        home = self.root.parent / "home"
        home.mkdir(exist_ok=True)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        own = {"PATH": path, "PYTHONPATH": str(self.root), "HOME": str(home), "LC_ALL": "C.UTF-8"}
        ours = ("AUTOGRADER_", "PYTEST_", "FORCE_COLOR")
        kept = {k: v for k, v in offline(home).items() if not k.startswith(ours)}
        return kept | ONE_THREAD | own


def shows(shown: Sequence[str], printed: str) -> bool:
    """Whether a page's lines say what was printed, times and walls aside."""
    want, got = _same("\n".join(shown)), _same(printed)
    parts = re.split(r"^\.\.\.$\n?", want + "\n", flags=re.MULTILINE)
    lines = (r".*".join(map(re.escape, part.split("..."))) for part in parts)
    return bool(re.fullmatch(r"(?:.*\n)*".join(lines), got + "\n"))


def _same(text: str) -> str:
    for pattern, instead in SAME:
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def copy_of_the_kit(kit: Path, into: Path) -> Path:
    """The files of the kit, as a clone has them, with a secret that makes the same inputs again."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=kit, capture_output=True, check=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (kit / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(kit / name, into / name)
    (into / ".autograder-secret").write_text(SECRET)
    git = ["git", "-c", "user.name=reader", "-c", "user.email=reader@example.org"]
    for step in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "the kit"]):
        subprocess.run([*git, *step], cwd=into, check=True)
    return into
