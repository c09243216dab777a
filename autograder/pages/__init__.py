"""Pages of HTML from templates, with one stylesheet: each is one file that fetches nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """A template with `values` in it, escaped but for what is `Markup`; all of them are needed."""
    return _templates().get_template(template).render(values)


def markup(text: str) -> Markup:
    """HTML of our own making, which a page takes as it stands."""
    from markupsafe import Markup

    return Markup(text)  # whoever calls this has escaped what is a student's


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
