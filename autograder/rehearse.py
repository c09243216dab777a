"""Does the notebook know what the grader knows? Every specimen, as a student meets it.

python -m autograder.rehearse                       the tables, and all that is not as it should be
python -m autograder.rehearse vae --only sampler    the specimens whose name holds a text

Each specimen is checked in an unpacked release, as `python -m nndl2.checks vae.py` does it: a wrong
one has to be red and its misconception named, a right one green. Those that know the notebook's
questions or answers are counted apart: they have to be green, for the grader alone catches them.
The exit status is 0 when the goals are met, else 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from tqdm import tqdm

from autograder import asked, assignments, release
from autograder.assignments import Private, Specimen
from autograder.intake import BadInput, chosen
from autograder.isolation import interruptible
from autograder.release.stub import ReleaseError

RED, NAMED, GREEN = "wrong ones red", "cause named", "right ones green"
KNOWING, ANSWERED = "knowing ones green", "all questions in the table"
GOALS = {RED: 0.98, NAMED: 0.93, GREEN: 1.0, KNOWING: 1.0, ANSWERED: 1.0}  # shares, at least
MET, MISSED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
Answers = Mapping[str, Mapping[str, Any]]  # by the specimen's name, as `asked` gives them


@dataclass
class Rehearsal:
    """How the specimens of an assignment fare in the notebook."""

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether all goals are met."""
        return all(self.share(what) >= goal for what, goal in GOALS.items())

    def share(self, what: str) -> float:
        """The share of those that are as they should be; 1 where there are none."""
        good, of = self.counts[what]
        return good / of if of else 1.0

    def table(self) -> str:
        """A row for each goal."""
        rows = (
            f"{what:30}{good:4} of {of:<4}{100 * self.share(what):6.1f} %"
            f"   (goal {100 * GOALS[what]:.0f} %)"
            for what, (good, of) in self.counts.items()
        )
        return "\n".join(rows)


def rehearse(private: Private, specimens: Sequence[Specimen] | None = None) -> Rehearsal:
    """Check `specimens` (all, where none are given) as the notebook does."""
    those = list(private.specimens() if specimens is None else specimens)
    with TemporaryDirectory() as scratch:
        folder = unpacked(private, Path(scratch))
        return judged(those, dict(answers(folder, private, those)))


def unpacked(private: Private, scratch: Path) -> Path:
    """The folder of a release that was packed and unpacked, as a student has it."""
    try:
        packed = release.pack(private.public.name, scratch / "release.zip")
    except ReleaseError as e:
        raise BadInput(str(e)) from None
    with ZipFile(packed) as archive:
        archive.extractall(scratch / "unpacked")
    return next(path.parent for path in (scratch / "unpacked").rglob(private.public.module))


def answers(
    folder: Path, private: Private, specimens: Sequence[Specimen]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each specimen and what it is told with the nndl2 in `folder`, in any order.

    Only this thread draws: a bar's lock that something left locked would stop the others for ever.
    """
    files: dict[str, str] = {}
    for specimen in specimens:
        file = folder / "asked" / specimen.name / private.public.module
        file.parent.mkdir(parents=True)
        file.write_bytes(specimen.source)
        files[str(file)] = specimen.name
    paths, running = list(files), list[subprocess.Popen[str]]()
    jobs = min(os.cpu_count() or 1, len(paths))
    with (
        ThreadPoolExecutor(max(jobs, 1)) as pool,
        tqdm(total=len(paths), desc="notebook", unit="file") as bar,
    ):
        try:
            parts = [(_process(folder, running), paths[first::jobs]) for first in range(jobs)]
            told: SimpleQueue[dict[str, Any] | None] = SimpleQueue()  # None: a process has ended
            asking = [pool.submit(_ask, process, some, told.put) for process, some in parts]
            for _ in asking:
                while found := told.get():
                    yield files[found["path"]], found
                    bar.update()
            for each in asking:
                each.result()
        finally:
            for process in running:
                process.terminate()  # which has ended, unless this was interrupted


def _process(folder: Path, running: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """A process that is asked of files with the nndl2 in `folder`, one of those `running`."""
    script = Path(asked.__file__).read_text("utf-8")  # so that no module lies beside it
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    running.append(process)
    return process


def _ask(
    process: subprocess.Popen[str],
    paths: Sequence[str],
    told: Callable[[dict[str, Any] | None], None],
) -> None:
    """Have `told` what a process says of these files, one at a time, and None in the end."""
    try:
        with process:
            assert process.stdin and process.stdout
            process.stdin.write("\n".join(paths))
            process.stdin.close()
            for line in process.stdout:
                told(json.loads(line))
    finally:
        told(None)


def judged(specimens: Sequence[Specimen], answers: Answers) -> Rehearsal:
    """The counts, and a sentence for each specimen that is not as it should be."""
    wrong = [s for s in specimens if not s.right and not s.knowing]
    groups = {
        RED: (wrong, lambda s: not answers[s.name]["green"]),
        NAMED: (
            [s for s in wrong if s.misconception],
            lambda s: named(s, answers[s.name]) == s.misconception,
        ),
        GREEN: ([s for s in specimens if s.right], lambda s: answers[s.name]["green"]),
        KNOWING: ([s for s in specimens if s.knowing], lambda s: answers[s.name]["green"]),
        ANSWERED: (specimens, lambda s: not answers[s.name]["unanswered"]),
    }
    found = Rehearsal()
    for what, (some, holds) in groups.items():
        missed = [s for s in some if s.name not in answers or not holds(s)]
        found.counts[what] = (len(some) - len(missed), len(some))
        found.problems += [f"not {what}: {s.name}, {_seen(answers.get(s.name))}" for s in missed]
    return found


def named(specimen: Specimen, answer: Mapping[str, Any]) -> str:
    """The diagnosis of the check that is named, else the first one there is."""
    causes = [(check, cause) for check, cause in answer["failing"] if cause]
    causes.sort(key=lambda pair: pair[0] != specimen.fails[0])
    return causes[0][1] if causes else ""


def _seen(answer: Mapping[str, Any] | None) -> str:
    """What the notebook says, in a line."""
    if answer is None:
        return "no answer"
    failing = [f"{check} ({cause or 'no cause'})" for check, cause in answer["failing"]]
    unanswered = [f"{check} not answered" for check in answer["unanswered"]]
    return ", ".join([*failing, *unanswered]) or "nothing fails"


def run(given: argparse.Namespace) -> int:
    """Rehearse each assignment and print its table."""
    good = True
    for name in given.assignment or assignments.names():
        private = chosen(name)
        those = [s for s in private.specimens() if given.only in s.name]
        if not those:
            raise BadInput(f"no specimen of {name} has {given.only!r} in its name")
        found = rehearse(private, those)
        print("\n".join([f"{name}, in the notebook", found.table(), *found.problems]))
        good = good and found.good
    return MET if good else MISSED


def main(argv: Sequence[str] | None = None) -> int:
    """The command on its own."""
    parser = argparse.ArgumentParser(
        "autograder.rehearse",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "assignment", nargs="*", metavar="ASSIGNMENT", help="such as vae; all when none is named"
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="TEXT",
        help="specimens whose name holds it, for a quick trial",
    )
    try:
        return run(parser.parse_args(argv))
    except BadInput as e:
        print(f"autograder.rehearse: {e}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(interruptible(main, INTERRUPTED))
