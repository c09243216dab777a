"""Commands that make what a course hands out: an assignment, a release, Gradescope's zip."""

from __future__ import annotations

import argparse

from autograder.commands import COMPLETED, DIFFERS
from autograder.intake import BadInput, chosen


def make_assignment(given: argparse.Namespace) -> int:
    """Write the skeleton of a new assignment, to be changed into a real one."""
    from autograder import skeleton

    print("\n".join(map(str, skeleton.write(given.name))))
    print(f"next: autograder release {given.name} && autograder verify {given.name}")
    return COMPLETED


def make_release(given: argparse.Namespace) -> int:
    """Make what students get, or compare it with what is there."""
    from autograder import release

    if given.zip and len(given.assignments) != 1:
        raise BadInput("--zip packs one assignment; name it: autograder release vae --zip vae.zip")
    try:
        if given.check:
            found = release.differences(given.assignments)
            print("\n".join(found) or "the release is what the source gives")
            return DIFFERS if found else COMPLETED
        if given.zip:
            print(release.pack(given.assignments[0], given.zip))
        else:
            made = release.release(given.assignments, force=given.force)
            print("\n".join(map(str, made)))
    except release.ReleaseError as e:
        raise BadInput(str(e)) from None
    return COMPLETED


def pack_for_gradescope(given: argparse.Namespace) -> int:
    """Pack what Gradescope runs: the grader and the private half of one assignment."""
    from autograder.gradescope.bundle import pack
    from autograder.secret import course_secret

    private = chosen(given.assignment)
    secret, index = course_secret(given.secret_file), given.torch_index
    print(pack(private, given.out, secret, minutes=given.minutes, torch_index=index))
    if by_hand := sum(private.points.values()) - private.by_checks:
        print(
            f"Set Autograder Points to {private.by_checks:g} there, and enable Manual Grading for"
            f" the {by_hand:g} points by hand."
        )
    if points := sum(private.points.get(c.part, 0) for c in private.training_checks):
        print(f"Nothing is trained there: {points:g} points come from `autograder grade` alone.")
    if not index:
        print("Without --torch-index Gradescope will install torch with CUDA, which is large.")
    return COMPLETED
