"""SVG as text: the frame of a chart, and how any text gets into it unharmed.

A chart carries no style of its own but classes, so that one drawing suits
light and dark (see theme.py), and neither a script nor a reference to
anything outside. `<title>` and `<desc>` say in words what it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hyperstep.charts.theme import STYLE, width_class

_IMPOSSIBLE = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # what XML 1.0 can't hold, section 2.2
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_LETTER = 6.7  # units of an average letter at a size of 12; a wide one takes two


def escaped(text: str) -> str:
    """Text that may stand between tags and in an attribute; what XML can't hold becomes a replacement mark."""
    if text.isalnum() and text.isascii():
        return text
    return _IMPOSSIBLE.sub("\ufffd", text).translate(_MARKUP)


def chart(
    parts: Iterable[str],
    *,
    kind: str,
    title: str,
    sentence: str,
    width: float,
    height: float,
    attributes: str = "",
    grows: bool = True,
    leads: bool = False,
) -> str:
    """A whole drawing.

    kind: becomes its class, beside `hs`. title, sentence: for screen readers, and whoever points at nothing.
    attributes: more of them, escaped already.
    grows: with the box that holds it, up to a point; else it has its own size.
    leads: True if there are links in it, so that it isn't one picture for whoever can't see it.
    """
    classes = f"hs {kind} {width_class(width)}" if grows else f"hs {kind}"
    role = "group" if leads else "img"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{classes}" role="{role}" '
        f'viewBox="0 0 {coordinate(width)} {coordinate(height)}" width="{coordinate(width)}" '
        f'height="{coordinate(height)}"{attributes}>'
        f"<title>{escaped(title)}</title><desc>{escaped(sentence)}</desc>{''.join(parts)}</svg>"
    )


def standalone(drawing: str) -> str:
    """A chart as a file of its own, or where no page brings the style."""
    head, mark, rest = drawing.partition(">")
    return f"{head}{mark}<style>{STYLE}svg.hs{{background:var(--hs-paper)}}</style>{rest}"


def notice(words: str, *, kind: str, title: str, width: float, height: float) -> str:
    """A chart that has nothing to draw, and says why."""
    lines = wrapped(words, width - 80)
    top = height / 2 - 9 * (len(lines) - 1)
    parts = [label(line, width / 2, top + 18 * index, "words middle") for index, line in enumerate(lines)]
    return chart(parts, kind=f"{kind} nothing", title=title, sentence=words, width=width, height=height)


def label(text: str, x: float, y: float, style: str = "", *, whole: str = "") -> str:
    """Text at a point; `whole` is what it stands for, if it was shortened."""
    shown_class = f' class="{style}"' if style else ""
    hint = f"<title>{escaped(whole)}</title>" if whole and whole != text else ""
    return f'<text x="{coordinate(x)}" y="{coordinate(y)}"{shown_class}>{escaped(text)}{hint}</text>'


def hint(text: str) -> str:
    """What is shown on hovering over the element that it is put into; nothing for nothing."""
    return f"<title>{escaped(text)}</title>" if text else ""


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """A straight line."""
    return f'<path class="{style}" d="M{coordinate(x1)} {coordinate(y1)}L{coordinate(x2)} {coordinate(y2)}"/>'


def coordinate(value: float) -> str:
    """A number of units, to a tenth."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def room(text: str) -> float:
    """About how wide a text is, in units, at a size of 12."""
    return _LETTER * (len(text) if text.isascii() else sum(1 if letter < "\u1100" else 2 for letter in text))


def shortened(text: str, width: float) -> str:
    """The text, or as much of it as there is room for; for names, never for numbers."""
    most = max(2, int(width / _LETTER))
    return text if room(text) <= width else f"{text[: most - 1]}…"


def wrapped(text: str, width: float) -> list[str]:
    """Lines that have room in a width."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and room(longer) > width:
            lines.append(shortened(word, width))
        else:
            lines[-1] = shortened(longer, width) if not lines[-1] else longer
    return lines
