"""`python -m redteam`: every attack against plain pytest, a nbgrader cell and this kit.

The kit is tried in every mode that the machine can give: all attacks with all walls and with none,
one of each family in the others. Exits 1 when the kit fails one of them.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

from redteam import modes, rivals
from redteam.attack import Attack
from redteam.families import all_attacks
from redteam.modes import Column

Forged = dict[str, dict[str, bool]]  # by kind, by attack
FAILURES = {
    "forged": "points forged",
    "leaked": "canaries leaked",
    "process": "left processes",
    "file": "left or changed files",
    "time": "too long",
    "memory": "too much memory",
    "text": "text that is no data",
    "held": "broke a check",
    "score": "other than its manifest",
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = parsed(arguments)
    logging.disable(logging.CRITICAL)
    attacks = all_attacks()
    if options.only:
        attacks = [a for a in attacks if any(word in a.id for word in options.only)]
    walls = modes.strongest()
    columns = [modes.tried(walls, attacks, options.jobs), modes.tried((), attacks, options.jobs)]
    few = modes.one_a_family(attacks)
    for choice in tqdm(modes.others(walls), desc="other walls", unit="mode"):
        columns.append(modes.tried(choice, few, options.jobs))
    columns = [c for c in columns if c.findings]
    chosen = rivals.chosen(attacks, options.rivals)
    forged: Forged = {} if options.rivals == 0 or rivals.missing() else beside(chosen, options.jobs)
    print(table(attacks, forged, columns))
    print(f"\n{by_mode(columns)}")
    if not forged:
        print(f"\npytest and nbgrader were left out: {rivals.missing() or 'as you asked'}")
    problems = [*said(columns)]
    print("\n".join(["", *problems]) if problems else "")
    return 1 if problems else 0


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="redteam", description="attacks on the grader, in a table"
    )
    parser.add_argument("only", nargs="*", help="words that the attacks' names hold; default: all")
    parser.add_argument("--jobs", type=int, default=2, help="attacks at a time")
    parser.add_argument(
        "--rivals",
        type=int,
        default=1,
        help="how many of a family that is not on tests pytest and nbgrader get; 0: none",
    )
    return parser.parse_args(arguments)


def beside(attacks: Sequence[Attack], jobs: int) -> Forged:
    """Which of `attacks` forge something where nothing protects the tests."""
    with rivals.servers(jobs) as waiting, ThreadPoolExecutor(jobs) as pool:

        def forge(job: tuple[str, Attack]) -> bool:
            server = waiting.get()
            try:
                return rivals.forged(server, job[1], job[0])
            finally:
                waiting.put(server)

        todo = [(kind, attack) for kind in rivals.KINDS for attack in attacks]
        done = list(tqdm(pool.map(forge, todo), total=len(todo), desc="unprotected", unit="file"))
    forged: Forged = {kind: {} for kind in rivals.KINDS}
    for (kind, attack), won in zip(todo, done):
        forged[kind][attack.id] = won
    return forged


def table(attacks: Sequence[Attack], forged: Forged, columns: Sequence[Column]) -> str:
    """A line a family: what was forged, of how many that were tried."""
    names = list(dict.fromkeys(attack.family for attack in attacks))
    lines = [f"{'family':36}{'files':>6}{'plain pytest':>15}{'nbgrader cell':>15}{'this kit':>12}"]
    for name in [*names, "all"]:
        ids = {a.id for a in attacks if name in (a.family, "all")}
        graded = [f for c in columns for f in c.graded if f.attack.id in ids]
        ours = f"{sum(f.has('forged') for f in graded)}/{len(graded)}"
        theirs = [
            _share([w for i, w in forged.get(k, {}).items() if i in ids]) for k in rivals.KINDS
        ]
        lines.append(f"{name:36}{len(ids):6}{theirs[0]:>15}{theirs[1]:>15}{ours:>12}")
    return "\n".join(lines)


def by_mode(columns: Sequence[Column]) -> str:
    """A line a mode of the kit: what was tried, what is not promised there, what went wrong."""
    lines = ["this kit, by the walls that hold: files graded, and how many of them did what"]
    for column in columns:
        walls = frozenset(column.walls)
        promised = [f for f in column.graded if f.attack.promised(walls)]
        wrong = [f"{column.count(k)} {said}" for k, said in FAILURES.items() if column.count(k)]
        lines.append(f"  {' + '.join(column.walls) or 'none of them'}  ({column.isolation})")
        lines.append(f"    {len(column.graded)} graded: {', '.join(wrong) or _nothing()}")
        lines.append(
            f"    {len(column.graded) - len(promised)} of them try what is not promised here; "
            f"{len(column.findings) - len(column.graded)} more were not run, as they would do harm"
        )
    return "\n".join(lines)


def said(columns: Sequence[Column]) -> list[str]:
    """Every problem, in a line with the mode and the attack."""
    found = []
    for column in columns:
        mode = "+".join(column.walls) or "none"
        found += [f"{mode}: {f.attack.id}: {p}" for f in column.findings for p in f.problems]
        found += [f"{mode}: {problem}" for problem in column.problems]
    return found


def _share(won: Sequence[bool]) -> str:
    return f"{sum(won)}/{len(won)}" if won else "-"


def _nothing() -> str:
    return "0 points forged, 0 canaries leaked, 0 processes left, no limit exceeded"


if __name__ == "__main__":
    sys.exit(main())
