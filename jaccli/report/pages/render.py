"""A template, its values, and scripts → the text of a page that stands alone.

Every value is escaped. A content security policy names the style and the scripts of the page by their hashes, so that a
browser runs nothing else, and fetches nothing.
Source: W3C, Content Security Policy Level 3, hash sources; for JSON in HTML, WHATWG HTML, 4.12.1.3 (escape ``<``).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jaccli.report.words.plain import json_text, printable

__all__ = ["fragment", "inert_json", "page"]

_HERE = files("jaccli.report.pages")


def page(template: str, *, title: str, scripts: Sequence[str] = (), data: Any = None, **values: Any) -> str:
    """Return the page that ``template`` makes of ``values``.

    scripts: names of files beside the templates, run in this order after the page was read.
    data:    a document that the scripts read; it is in the page as JSON, in an element that does nothing.
    """
    style = _asset("templates/page.css")
    run = ["(() => {\n\"use strict\";\n" + _asset(f"templates/{name}") + "\n})();\n" if name.startswith("page_")
           else _asset(name) for name in scripts]  # fmt: skip
    from markupsafe import Markup

    text = (
        _environment()
        .get_template(template)
        .render(
            title=title,
            style=Markup(style),
            scripts=[Markup(script) for script in run],
            policy=_policy(style, run),
            data=Markup(inert_json(data)) if data is not None else None,
            **values,
        )
    )
    return text if text.endswith("\n") else f"{text}\n"


def fragment(template: str, **values: Any) -> str:
    """Return a piece of HTML without style or scripts, as a notebook shows it; every value is escaped."""
    return str(_environment().get_template(template).render(**values))


def inert_json(document: Any) -> str:
    """Return JSON that may stand in an HTML page: no ``<`` of it opens or closes an element."""
    return json_text(document, indent=None).replace("<", "\\u003c")


def _policy(style: str, scripts: Sequence[str]) -> str:
    run = " ".join(map(_source, scripts)) or "'none'"
    return f"default-src 'none'; style-src {_source(style)}; script-src {run}; base-uri 'none'; form-action 'none'"


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("jaccli.report.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _visible(value: Any) -> Any:
    """Return what is put into a page, with escapes for what does not show."""
    return value if not isinstance(value, str) or hasattr(value, "__html__") else printable(value)
