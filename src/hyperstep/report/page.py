"""Page: views become HTML, by templates that escape all text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

import jinja2
from markupsafe import Markup

from hyperstep import wording
from hyperstep.charts.dag import sign
from hyperstep.charts.svg import chart, standalone
from hyperstep.charts.theme import STYLE
from hyperstep.report.view import RunView, SearchView
from hyperstep.search.values import Values, option_of, text_of

_TEMPLATES = Path(__file__).parent / "templates"


def page(view: RunView) -> str:
    """A run as a whole HTML file that refers to nothing outside itself."""
    script = (_TEMPLATES / "table.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = (
        _environment()
        .get_template("report.html")
        .render(
            view=view,
            style=Markup(STYLE + (_TEMPLATES / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            digest=digest,
        )
    )
    return text.encode("utf-8", "replace").decode()  # a script may have named things by halves of pairs


def fragment(title: str, searches: tuple[SearchView, ...], drawing: str = "") -> str:
    """A run for a notebook: a sentence, a chart, a table of few rows. drawing: shown if there are no searches."""
    return _environment().get_template("fragment.html").render(title=title, searches=searches, drawing=drawing)


def trial_fragment(title: str, score: str, values: Values, metrics: Mapping[str, float]) -> str:
    """A trial for a notebook, with all digits."""
    options = {option_of(name): text_of(value) for name, value in values.items()}
    logged = {name: text_of(value) for name, value in metrics.items()}
    return _environment().get_template("trial.html").render(title=title, score=score, values=options, metrics=logged)


def _environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    found.filters |= {
        "duration": wording.duration,
        "moment": wording.moment,
        "short": wording.short,
        "drawn": Markup,
        "alone": lambda drawing: Markup(standalone(drawing)),  # noqa: S704 - charts escape what they are given
        "sign": _sign,
    }
    return found


def _sign(state: str) -> Markup:
    """A state's shape, in the colour of its text."""
    drawing = chart(
        [f'<g class="s-{state}">', sign(state, 8, 8), "</g>"],
        kind="sign", title=state, sentence="", width=16, height=16, grows=False,
    )  # fmt: skip
    return Markup(drawing)  # noqa: S704 - a state is one of our words
