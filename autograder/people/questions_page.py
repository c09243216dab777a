"""The page that people grade from: question by question the rubric, and what each student wrote.

What a student wrote is shown as text and nothing else: escaped, on a page that runs no script and
fetches nothing. The rubric is on it, so it is not for students.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from string import Template
from typing import TYPE_CHECKING

from autograder.assignments import Private
from autograder.release.shipped import model_answer
from nndl2.checks.questions import ByHand, Question
from nndl2.checks.words import number

if TYPE_CHECKING:
    from autograder.people.questions import Answer

PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 52em; padding: 0 1em }
pre { font: inherit; margin: .3em 0; overflow-wrap: anywhere; white-space: pre-wrap }
section { border-top: 2px solid #57606a; margin-top: 2em }
.rubric { background: #f5f6f7; padding: .5em 1em }
article { border-left: 5px solid #0a6c8c; margin: 1em 0; padding: .2em 1em }
article.given { border-color: #1a7f37 }
h3 { font-size: 1em; margin: 0 }
.note { color: #57606a } .over { color: #b42318; font-weight: bold }
</style></head><body>
<h1>$title</h1>
<p>For those who grade: this page holds the rubric. Points go into the CSV file beside it.</p>
<ul>
$index
</ul>
$sections
</body></html>
""")


def page(private: Private, found: Sequence[Answer]) -> str:
    """The HTML page of a class's answers."""
    asked = private.public.questions
    return PAGE.substitute(
        title=escape(f"{private.public.name}: answers that people grade"),
        index="\n".join(_index(question, found) for question in asked),
        sections="\n".join(_section(private, question, found) for question in asked),
    )


def _index(question: Question, found: Sequence[Answer]) -> str:
    waiting = sum(a.mark is None for a in found if a.question == question)
    name, title = escape(question.name), escape(question.title)
    return f'<li><a href="#{name}">{title}</a>: {waiting} open</li>'


def _section(private: Private, question: Question, found: Sequence[Answer]) -> str:
    limit = f", at most {question.words} words" if question.words else ""
    head = ByHand(question, private.points[question.name]).title + limit
    rubric = private.rubrics.get(question.name, "There is no rubric for this question.")
    asides = [("Rubric", rubric), ("Model answer", model_answer(private, question.name))]
    told = "".join(
        f'<div class="rubric"><h3>{what}</h3><pre>{escape(text.strip())}</pre></div>'
        for what, text in asides
        if text
    )
    own = "\n".join(_article(each) for each in found if each.question == question)
    name = escape(question.name)
    return f'<section id="{name}"><h2>{escape(head)}</h2>\n{told}\n{own}\n</section>'


def _article(answer: Answer) -> str:
    limit = f" of at most {answer.question.words}" if answer.question.words else ""
    kind = "over" if answer.too_long else "note"
    note = f'<span class="note">; {escape(answer.note)}</span>' if answer.note else ""
    text = f"<pre>{escape(answer.text)}</pre>" if answer.text else ""
    return (
        f'<article class="{"given" if answer.mark else "open"}"><h3>{escape(answer.student)}</h3>\n'
        f'<span class="{kind}">{answer.words}{limit} words</span>{note}{text}{_mark(answer)}'
        "</article>"
    )


def _mark(answer: Answer) -> str:
    mark = answer.mark
    if mark is None:
        return ""
    said = f"{number(mark.points)} points, {mark.who or 'somebody'}, {mark.when}"
    return f'<div class="note">{escape(said)}<pre>{escape(mark.comment)}</pre></div>'
