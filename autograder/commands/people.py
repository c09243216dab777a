"""Commands that show a graded class to people, and take what they decide."""

from __future__ import annotations

import argparse

from autograder.commands import COMPLETED, lies_in, tell_astray
from autograder.commands.means import started_parent
from autograder.intake import BadInput, chosen


def show_report(given: argparse.Namespace) -> int:
    """Print the table of a graded class again, and write its CSV and report again."""
    from autograder import gradebooks, report
    from autograder.commands.lots import books_of
    from autograder.kept import submitted
    from autograder.kept.rows import folders

    places = folders(given.folder)
    if places[1:] and (given.canvas_gradebook or given.moodle_worksheet):
        told = " or ".join(map(str, places))
        raise BadInput(f"a gradebook takes the scores of one assignment; give {told}")
    for place in places:
        if tell_astray(place) and (given.canvas_gradebook or given.moodle_worksheet):
            raise BadInput(
                "no gradebook is filled in before that, for theirs would be wrong points"
            )
        rows = report.write(place, anonymous=given.anonymous)
        if places[1:]:
            print(f"\n{rows[0].result['extra_data']['assignment']}\n")
        print(f"{report.table(rows)}\n\n{report.summary(rows, place)}")
        if given.anonymous:
            print(f"without names: {place / report.WITHOUT_NAMES}")
        if given.canvas_gradebook or given.moodle_worksheet:
            private = chosen(rows[0].result["extra_data"]["assignment"])
            kept = [one for row in rows if (one := submitted.kept(place / row.folder))]
            most = max(row.most for row in rows)
            for book in books_of(given, private):
                print("\n".join(gradebooks.fill(book, kept, rows, place, most)))
    return COMPLETED


def questions(given: argparse.Namespace) -> int:
    """Collect what a class answered in words, or read the points back that people gave for it."""
    from autograder import report
    from autograder.people import questions as asked

    where = asked.graded_in(given.folder, given.assignment)
    if given.points and given.out:
        raise BadInput("points that are read back go into DIR: leave out --out")
    if given.points:
        print(asked.read_back(where, given.points, given.by))
        rows = report.write(where)
        print(f"\n{report.table(rows)}\n\n{report.summary(rows, where)}")
        return COMPLETED
    out = given.out or where
    if not asked.is_graded(where) and (not given.out or lies_in(given.out, where)):
        raise BadInput(
            f"{where} holds no graded class; say with --out where the page goes, beside it, if"
            " these are hand-ins"
        )
    print(asked.collect(where, out, given.assignment))
    return COMPLETED


def adjust(given: argparse.Namespace) -> int:
    """Give or take points of one student, or of a class by a CSV; kept through every regrade."""
    from autograder import report
    from autograder.people import adjusting

    one = (given.student, given.part, given.points)
    if given.csv and any(one):
        raise BadInput("give one student's part and points, or a CSV of several with --csv")
    if given.csv:
        print(adjusting.read_back(given.folder, given.csv, given.by))
    elif all(one):
        print(adjusting.adjust(given.folder, *one, given.why, given.by))
    elif any(one):
        raise BadInput(
            "give STUDENT, PART and POINTS: autograder adjust graded ada loss 1 --why WHY"
        )
    else:
        print(adjusting.listed(given.folder))
        return COMPLETED
    print(report.summary(report.write(given.folder), given.folder))
    return COMPLETED


def give_back(given: argparse.Namespace) -> int:
    """Write a page of feedback for each student, and all of them into one zip to give back."""
    from autograder.feedback import command
    from autograder.kept.rows import folders

    places = folders(given.folder)
    if places[1:] and given.zip:
        told = " or ".join(map(str, places))
        raise BadInput(f"a zip gives back the pages of one assignment; give {told}")
    for place in places:
        tell_astray(place)
        print("\n".join(command.give_back(place, given.zip, given.platform).told()))
    return COMPLETED


def find_similar(given: argparse.Namespace) -> int:
    """Find pairs of programs in a class that are worth a look: alike in what few others wrote."""
    from autograder.kept.rows import folders
    from autograder.similar.command import compare

    places = folders(given.folder)
    for place in places:
        tell_astray(place)
        found = "\n".join(compare(place).told())
        print(f"{place.name}: {found}" if places[1:] else found)
    return COMPLETED


def show_history(given: argparse.Namespace) -> int:
    """Tell how points came about: gradings, adjustments, waivers, in the order of time."""
    from autograder.people import history

    print(history.told(given.folder, given.student or ""))
    return COMPLETED


def why(given: argparse.Namespace) -> int:
    """Explain the points of one part to staff, with a reply to send."""
    from autograder.kept import submitted
    from autograder.kept.rows import find, graded
    from autograder.people import appeal
    from autograder.secret import course_secret, key

    print(appeal.why(given.folder, given.student, given.part))
    if given.inputs:
        row = find(graded(given.folder), given.student, given.folder)
        one = submitted.kept(given.folder / row.folder)
        if one is None or not one.source:
            raise BadInput(f"no file of {row.student} is kept in {given.folder}")
        private = chosen(row.result["extra_data"]["assignment"])
        secret = key(course_secret(given.secret_file), one.source)
        with started_parent(given.isolation) as parent:
            parent.want(private.loads)
            told = appeal.inputs(private, given.part, one, secret, parent.submission)
        print(f"\nsecret numbers, not for students:\n{told}")
    return COMPLETED
