"""What an assignment raises while it is loaded, as a sentence with file and line."""

from __future__ import annotations

import re
import traceback
from pathlib import Path


class Broken(ValueError):
    """The assignment `name` of the course in the folder `root` cannot be loaded."""

    def __init__(self, name: str, error: Exception, root: Path) -> None:
        file, line, said = _of_syntax(error) or _of_frames(name, error)
        label = file.relative_to(root) if file.is_relative_to(root) else file
        place = f"{label}, line {line}"
        super().__init__(f"the assignment {name} cannot be loaded: {place}: {said}")


def _of_syntax(error: Exception) -> tuple[Path, int, str] | None:
    if not isinstance(error, SyntaxError) or not error.filename:
        return None
    return Path(error.filename), error.lineno or 1, f"syntax error: {error.msg}"


def _of_frames(name: str, error: Exception) -> tuple[Path, int, str]:
    """The last line of the assignment's own; where what it gives is refused, that of points.py."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if name in (Path(f.filename).stem, Path(f.filename).parent.name)]
    last = (own or frames)[-1]
    if not isinstance(error, ValueError):
        return Path(last.filename), last.lineno or 1, f"{type(error).__name__}: {error}"
    place = (Path(last.filename), last.lineno or 1)
    if frames[-1] not in own:
        place = _in_points(place[0].with_name("points.py"), str(error)) or place
    return *place, str(error)


def _in_points(file: Path, said: str) -> tuple[Path, int] | None:
    """The line of points.py that has the word which a sentence quotes first."""
    word = re.search(r"'(.*?)'", said)
    if word is None or not file.is_file():
        return None
    quoted = re.compile(rf"""['"]{re.escape(word[1])}['"]""")
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(((file, n) for n, line in enumerate(lines, 1) if quoted.search(line)), None)
