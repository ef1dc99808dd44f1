"""Render: how a page becomes HTML. All text is escaped; times, numbers and states look the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hyperstep.search.values import Value, option_of, text_of
from hyperstep.server.pages.static import version
from hyperstep.server.reading import Reading
from hyperstep.wording import counted, duration, size

THEMES = ("light", "dark")
THEME_COOKIE = "hyperstep-theme"

_SHAPES = {
    "completed": '<path d="M3 8.5 6.5 12 13 4.5"/>',
    "reused": '<path stroke-dasharray="3 2" d="M8 2.5a5.5 5.5 0 1 1-.01 0"/><path d="M5.5 8.2l2 2 3-4"/>',
    "failed": '<path d="M3.5 3.5l9 9M12.5 3.5l-9 9"/>',
    "running": '<circle cx="8" cy="8" r="5.5"/><path fill="currentColor" stroke="none" d="M8 2.5a5.5 5.5 0 0 1 0 11"/>',
    "stopped": '<circle cx="8" cy="8" r="5.5"/><path d="M5.5 8h5"/>',
    "cancelled": '<circle cx="8" cy="8" r="5.5"/><path d="M4.2 11.8l7.6-7.6"/>',
    "interrupted": '<path d="M8 2.5l6 11H2zM8 7v3"/>',
    "skipped": '<path d="M3 8h10M9.5 4.5 13 8l-3.5 3.5"/>',
    "waiting": '<circle cx="8" cy="8" r="5.5"/>',
}
_ALIKE = {"submitted": "waiting", "requested": "waiting", "timed out": "stopped", "lost": "interrupted"}


def number(value: float | None) -> Markup:
    """Four significant digits, all of them for whoever points at it."""
    if value is None:
        return Markup("")
    if isinstance(value, float) and math.isfinite(value) and not (value.is_integer() and abs(value) < 1e6):
        return Markup('<span title="{}">{:.4g}</span>').format(repr(value), value)
    return Markup("{}").format(int(value) if math.isfinite(value) else value)


def short(value: Value) -> str:
    """A value with at most four significant digits, of a number."""
    return f"{value:.4g}" if isinstance(value, float) else text_of(value)


def sentence(text: str) -> str:
    """The text with a capital at its beginning and a full stop at its end."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""


def moment(at: float | None) -> Markup:
    """A point in time, with its zone, in a `time` element."""
    if at is None:
        return Markup("")
    there = datetime.fromtimestamp(at, UTC).astimezone()
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        there.isoformat(), f"{there:%Y-%m-%d %H:%M:%S %Z}", f"{there:%Y-%m-%d %H:%M:%S}"
    )


def lasting(seconds: float | None) -> Markup:
    """How long something took, in a `time` element."""
    if seconds is None:
        return Markup("")
    return Markup('<time datetime="PT{:.3f}S" title="{:.3f} s">{}</time>').format(seconds, seconds, duration(seconds))


def kind_of_state(word: str) -> str:
    """Which of the known states a word means: a job's `exit code 1` is a failure."""
    known = _ALIKE.get(word, word)
    return known if known in _SHAPES else "failed"


def shape(word: str) -> Markup:
    """The sign of a state, as the inside of an SVG."""
    return Markup(_SHAPES[kind_of_state(word)])  # noqa: S704 - of the constants above


def address(*parts: str | int) -> str:
    """An address of this server, its parts escaped."""
    return "/" + "/".join(quote(str(part), safe="/:") for part in parts)


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("hyperstep.server", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": number,
        "short": short,
        "exact": text_of,
        "option": option_of,
        "moment": moment,
        "sentence": sentence,
        "lasting": lasting,
        "bytes": size,
        "state_class": kind_of_state,
        "shape": shape,
    }
    made.globals |= {"address": address, "counted": counted, "asset": lambda name: f"/static/{name}?v={version()}"}
    return made


_TEMPLATES = _environment()


def page(request: Request, template: str, *, title: str, active: str = "", status: int = 200, **given: Any) -> Response:
    """A page of the frame with what a template shows in it.

    active: the entry of the rail that it is under. given: what the template needs; `number`, that of the last event
    that the page knows of, is one of them where it is to be kept up to date; -1 stands for a page that nothing changes.
    """
    reading: Reading = request.app.state.reading
    theme = request.cookies.get(THEME_COOKIE, "")
    query = f"?{request.url.query}" if request.url.query else ""
    text = _TEMPLATES.get_template(template).render(
        {
            "number": -1,
            "live_run": "",
            **given,
            "title": title,
            "active": active,
            "theme": theme if theme in THEMES else "",
            "folder": str(reading.folder),
            "folder_name": reading.folder.name,
            "here": request.url.path + query,
            "form_token": _form_token(request),
        }
    )
    return HTMLResponse(text, status_code=status)


def trouble(request: Request, status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    """A page for what can't be shown or done, and why."""
    title = {404: "There is nothing here", 500: "A fault of hyperstep's"}.get(status, "That can't be done")
    answer = page(request, "trouble.html", title=title, status=status, words=words)
    answer.headers.update(headers or {})
    return answer


def _form_token(request: Request) -> Markup:
    return Markup('<input type="hidden" name="form_token" value="{}">').format(request.state.form_token)
