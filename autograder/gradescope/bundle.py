"""The zip that an instructor uploads: the grader, one assignment's private half, the secret."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder import assignments, results, secret
from autograder.assignments import Private
from autograder.disk import replace_file
from autograder.grade import WAITING, unusable
from autograder.intake import BadInput, writing
from autograder.zipped import zipped

HERE = Path(__file__).parent
ROOT = assignments.ROOT
PRIVATE = "autograder/assignments"
SHIPPED = (".py", ".json")
NOT_FOR_GRADING = {
    *("specimens", "equivalent.py", "verify.py", "mutants.py", "mutators.py"),
    *("rehearse.py", "asked.py", "skeleton"),
}
PYTEST = re.compile(r"test_\w+\.py|conftest\.py|door\.py")
NEEDED = ("torch", "numpy", "tqdm")
NEW_ENOUGH = 'python_version >= "3.11"'  # what the locked versions ask for
PROGRAM, FILE, SECRET = 0o755, 0o644, 0o600
MERCY = 30  # seconds between the end of grading and being killed
KILL_AFTER = 10  # of these, between being asked to end and the end
SHARE = 0.8  # of Gradescope's limit
SHORTEST, LONGEST = 9, 40  # minutes; less is not enough for the slowest, more is not to be had


def pack(
    private: Private,
    file: Path,
    key: bytes,
    *,
    minutes: float = 10,
    torch_index: str = "",
    root: Path = ROOT,
) -> Path:
    """Write the zip for one assignment to `file`, which only its owner can read: it holds secrets.

    `key` is the course's secret, `minutes` the limit set on Gradescope, `torch_index` the address
    of the package index from which torch is installed there. Equal sources give equal bytes.
    """
    if torch_index and not re.fullmatch(r"https?://\S+", torch_index):
        raise BadInput(f"{torch_index!r} is no address of a package index, such as https://...")
    if not SHORTEST <= minutes <= LONGEST:
        raise BadInput(f"a limit of {minutes:g} minutes; give {SHORTEST} to {LONGEST}")
    if len(key) < 16 or key != key.strip():
        raise BadInput("the course's secret needs 16 characters or more, and no space at its ends")
    members = _members(private, key, minutes, torch_index, root)
    modes = {label: mode for label, (_, mode) in members.items()}
    packed = zipped({label: content for label, (content, _) in members.items()}, modes)
    with writing(file):
        if file.is_dir():
            raise BadInput(f"{file} is a folder; give a name for the zip")
        replace_file(file, packed, SECRET)
    return file


def seconds(minutes: float) -> tuple[int, int]:
    """When grading has to be done under a limit of `minutes`, and when it is asked to end; it is
    killed `KILL_AFTER` later."""
    killed = int(SHARE * 60 * minutes)
    return killed - MERCY, killed - KILL_AFTER


def _members(
    private: Private, key: bytes, minutes: float, torch_index: str, root: Path
) -> dict[str, tuple[bytes, int]]:
    """Content and mode of each file in the zip, by its label."""
    public = private.public
    done, end = seconds(minutes)
    stub = f"release/{public.name}/{public.module}"
    words = {"NAME": public.name, "STUB": stub, "TORCH_INDEX": torch_index}
    words |= {"SECONDS": str(done), "END_SECONDS": str(end), "KILL_AFTER": str(KILL_AFTER)}
    try:
        engine = {label: (root / label).read_bytes() for label in _engine(public.name, root)}
        engine |= {stub: (root / stub).read_bytes(), "constraints.txt": _pins(root).encode()}
    except OSError as e:
        raise BadInput(f"{e.filename} cannot be read ({e.strerror})") from None
    return {
        **{label: (content, FILE) for label, content in engine.items()},
        "setup.sh": (_filled("setup.sh", words), PROGRAM),
        "run_autograder": (_filled("run_autograder", words), PROGRAM),
        "waiting.json": (results.as_json(unusable(private, WAITING)).encode(), FILE),
        secret.FILE.name: (key + b"\n", SECRET),
    }


def _engine(name: str, root: Path) -> Iterator[str]:
    """The labels of what grading one assignment takes: both packages, without what tries them."""
    others = {path.name for path in (root / PRIVATE).iterdir() if path.is_dir()} - {name}
    for package in ("autograder", "nndl2"):
        for path in sorted((root / package).rglob("*")):
            label = path.relative_to(root)
            private = label.is_relative_to(PRIVATE) and others & {*label.parts[2:3]}
            of_another = private or assignments.of_one(label, others)
            left_out = NOT_FOR_GRADING & {*label.parts} or PYTEST.fullmatch(path.name)
            if path.suffix in SHIPPED and path.is_file() and not of_another and not left_out:
                yield label.as_posix()


def _pins(root: Path) -> str:
    """The locked versions of what is installed there; an older Python gets the newest it can."""
    locked = (root / "constraints.txt").read_text("utf-8").splitlines()
    pins = (line.partition(";")[0].strip() for line in locked)
    return "".join(f"{p} ; {NEW_ENOUGH}\n" for p in pins if p.partition("==")[0] in NEEDED)


def _filled(template: str, words: Mapping[str, str]) -> bytes:
    text = (HERE / template).read_text("utf-8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", shlex.quote(value))
    return text.encode()
