"""The answers in the notebook that a student handed in; a notebook that lacks them is no failure.

Read as text: nothing in a notebook is run, and what is shown of it is made harmless.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

from autograder.intake.find import is_near
from autograder.intake.search import MOST_NAMES, Found, Search, Wanted
from autograder.intake.tree import Node, bytes_of
from autograder.text import clean
from nndl2.checks import written
from nndl2.checks.model import Unusable
from nndl2.checks.written import LONGEST, Written

BOOK = (".ipynb",)
LARGEST = 16 << 20  # bytes of a notebook, figures included
MOST = 8  # notebooks of one student that are looked into


def answers_of(place: Node, wanted: Wanted) -> Written | None:
    """What the notebook in `place` answers, or one sentence; None where nothing is asked."""
    if not wanted.questions:
        return None
    try:
        with ExitStack() as held:
            search = Search(held)
            search.look(place)
            found = list(_read(_in_order(search, wanted)[:MOST], wanted))
            return _the_one(found) if found else Written(trouble=_nothing(search))
    except Exception as e:  # whatever stands in a notebook, the class goes on
        return Written(trouble=f"its notebook could not be looked into ({type(e).__name__})")


def _in_order(search: Search, wanted: Wanted) -> list[Found]:
    """The notebooks, the likeliest first: the newest attempt, then by name, then what lies high."""
    books = [f for f in search.files if f.node.name.strip().lower().endswith(BOOK)]
    books.sort(key=lambda f: (_rank(f.node.name, wanted.stem), f.depth(wanted), f.told))
    if all(book.age for book in books):
        books.sort(key=lambda f: f.age, reverse=True)
    return books


def _rank(name: str, stem: str) -> int:
    return 0 if name == f"{stem}.ipynb" else 1 if is_near(name, stem, BOOK) else 2


def _read(books: Sequence[Found], wanted: Wanted) -> Iterator[tuple[Found, Written]]:
    for book in books:
        try:
            content = written.parsed(bytes_of(book.node, LARGEST))
            found = written.answers(content, wanted.questions, wanted.blanks)
            yield book, Written({name: _clean(text) for name, text in found.items()})
        except Unusable as e:
            yield book, Written(trouble=e.sentence.partition("; ")[0])
        except ValueError:
            yield book, Written(trouble=f"{clean(book.told, 80)} is no notebook that can be read")


def _the_one(found: Sequence[tuple[Found, Written]]) -> Written:
    """The first that answers anything, else the first that could be read, else the first."""
    good = [(f, w) for f, w in found if any(w.answers.values())]
    book, chosen = (good or [(f, w) for f, w in found if not w.trouble] or found)[0]
    others = [f.told for f, w in good if w.answers != chosen.answers]
    said = [f"taken from {book.told}"] if book is not found[0][0] or others else []
    said += [f"{others[0]} answers otherwise"] if others else []
    return replace(chosen, note=clean("; ".join(said), 200))


def _nothing(search: Search) -> str:
    if search.troubles:
        return search.troubles[0][1].sentence
    if search.stopped:
        return f"no notebook found among the first {MOST_NAMES} files and folders handed in"
    return "no notebook was handed in"


def _clean(text: str) -> str:
    """A text of several lines without what no page or terminal should be given."""
    return "\n".join(clean(line, LONGEST) for line in text.splitlines())
