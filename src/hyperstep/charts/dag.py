"""A pipeline as boxes from top to bottom, with what flows between them.

A box says what kind of step it is, its state as a sign, a word and a colour,
how long it took, and of a tuning step how far it is. What it makes leaves by a
port at its lower edge, with its name once beside the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hyperstep.charts.dag_layout import Layout, layout
from hyperstep.charts.numbers import counted, took
from hyperstep.charts.sparkline import trace
from hyperstep.charts.svg import chart, coordinate, escaped, label, notice, room, shortened

WIDTH, LOW, TALL = 216.0, 56.0, 82.0  # of a box; tall are tuning steps
_MARGIN, _BETWEEN = 16.0, 74.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A step. id: such as `1/prep-data`. kind: step, tune, register. state: as in StepRow.

    note: what to say besides, such as `from run 39`. seconds: how long it took, None if it didn't run.
    done, trials: of a tuning step, how many of how many are over. scores: the best so far, to draw small.
    """

    id: str
    name: str
    kind: str = "step"
    state: str = "waiting"
    note: str = ""
    seconds: float | None = None
    done: int = 0
    trials: int = 0
    scores: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From one box's id to another's; `data` is what flows, empty if one only follows the other."""

    source: str
    target: str
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dag:
    """A pipeline's steps in the order of their declaration, and its edges, without a cycle."""

    name: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...] = ()


def dag(graph: Dag, *, links: Mapping[str, str] | None = None) -> str:
    """The boxes and their edges. links: where a box leads, by its id; each box carries its id as `data-step`."""
    title = f"The steps of {graph.name}"
    if not graph.boxes:
        return notice("This pipeline has no steps.", kind="dag", title=title, width=320, height=80)
    placed = layout({box.id: WIDTH for box in graph.boxes}, [(edge.source, edge.target) for edge in graph.edges])
    tops = _tops(graph, placed)
    drawing = _Drawing(graph, placed, tops)
    order = sorted(graph.boxes, key=lambda box: (placed.layers[box.id], placed.centres[box.id]))
    parts = [*drawing.edges(), *(drawing.box(box, (links or {}).get(box.id, "")) for box in order), *drawing.names()]
    height = max(tops[placed.layers[box.id]] + _height(box) for box in graph.boxes) + _MARGIN
    return chart(
        parts,
        kind="dag",
        title=title,
        sentence=_sentence(graph),
        width=placed.width + 2 * _MARGIN,
        height=height,
        grows=False,
        leads=bool(links),
    )


def _sentence(graph: Dag) -> str:
    states = list(dict.fromkeys(box.state for box in graph.boxes))
    counts = ", ".join(f"{sum(box.state == state for box in graph.boxes)} {state}" for state in states)
    return f"{counted(len(graph.boxes), 'step')}: {counts}."


def _height(box: Box) -> float:
    return TALL if box.kind == "tune" else LOW


def _tops(graph: Dag, placed: Layout) -> list[float]:
    """The upper end of each layer."""
    tallest: dict[int, float] = {}
    for box in graph.boxes:
        layer = placed.layers[box.id]
        tallest[layer] = max(tallest.get(layer, 0.0), _height(box))
    tops, top = [], _MARGIN
    for layer in range(len(tallest)):
        tops.append(top)
        top += tallest[layer] + _BETWEEN
    return tops


class _Drawing:
    """The parts, once it is known where all boxes and ports are."""

    def __init__(self, graph: Dag, placed: Layout, tops: Sequence[float]) -> None:
        self._graph = graph
        self._placed = placed
        self._tops = tops
        self._boxes = {box.id: box for box in graph.boxes}
        self._made: dict[str, list[str]] = {}
        came: dict[str, list[tuple[float, int]]] = {}
        for number, (edge, way) in enumerate(zip(graph.edges, placed.ways, strict=True)):
            ports = self._made.setdefault(edge.source, [])
            if edge.data not in ports:
                ports.append(edge.data)
            x = way[-1] if way else placed.centres[edge.source]
            came.setdefault(edge.target, []).append((x, number))
        self._inlets = {  # from left to right as the lines come, so that they don't cross
            number: (place + 1) / (len(found) + 1)
            for found in came.values()
            for place, (_, number) in enumerate(sorted(found))
        }

    def edges(self) -> Iterator[str]:
        """The lines."""
        for number, (edge, way) in enumerate(zip(self._graph.edges, self._placed.ways, strict=True)):
            x, y = self._outlet(edge.source, edge.data)
            path = f"M{coordinate(x)} {coordinate(y)}"
            for layer, passed in enumerate(way, self._placed.layers[edge.source] + 1):
                top = self._tops[layer]
                path += _curve(x, y, passed + _MARGIN, top)
                x, y = passed + _MARGIN, top + LOW
                path += f"V{coordinate(y)}"
            to_x = self._left(edge.target) + WIDTH * self._inlets[number]
            to_y = self._tops[self._placed.layers[edge.target]]
            path += _curve(x, y, to_x, to_y - 6)
            ends = f'data-from="{escaped(edge.source)}" data-to="{escaped(edge.target)}"'
            names = f"{self._boxes[edge.source].name} to {self._boxes[edge.target].name}"
            hint = escaped(f"{edge.data or 'order only'}: {names}")
            yield f'<path class="edge{"" if edge.data else " after"}" d="{path}" {ends}><title>{hint}</title></path>'
            yield f'<path class="tip" d="M{coordinate(to_x)} {coordinate(to_y)}l-4 -7h8z"/>'

    def names(self) -> Iterator[str]:
        """The ports, and once for each what flows, right below it."""
        for name, made in self._made.items():
            for index, data in enumerate(made):
                x, y = self._outlet(name, data)
                yield f'<circle class="port" cx="{coordinate(x)}" cy="{coordinate(y)}" r="3.5"/>'
                if data:
                    yield label(shortened(data, 150), x + 8, y + 15 + 14 * (index % 3), "soft small onto", whole=data)

    def box(self, box: Box, link: str) -> str:
        """A step, in a link if it leads somewhere."""
        left, top, height = self._left(box.id), self._tops[self._placed.layers[box.id]], _height(box)
        bar = f"M{coordinate(left + 3)} {coordinate(top + 6)}v{coordinate(height - 12)}"
        hint = f"<title>{escaped(_words(box))}</title>"
        drawn = "".join(
            [
                f'<g class="s-{escaped(box.state)}" data-step="{escaped(box.id)}">{hint}',
                _rectangle(f"box{' reused' if box.state == 'reused' else ''}", left, top, WIDTH, height, 6),
                f'<path class="side" d="{bar}"/>',
                _icon(box.kind, left + 22, top + 19),
                label(shortened(box.name, WIDTH - 52), left + 38, top + 23, "strong", whole=box.name),
                sign(box.state, left + 22, top + 40),
                label(shortened(_under(box), WIDTH - 44), left + 38, top + 44, "soft", whole=_under(box)),
                *(_progress(box, left, top) if box.kind == "tune" else ()),
                "</g>",
            ]
        )
        return f'<a href="{escaped(link)}">{drawn}</a>' if link else drawn

    def _outlet(self, name: str, data: str) -> tuple[float, float]:
        made = self._made[name]
        share = (made.index(data) + 1) / (len(made) + 1)
        return self._left(name) + WIDTH * share, self._tops[self._placed.layers[name]] + _height(self._boxes[name])

    def _left(self, name: str) -> float:
        return self._placed.centres[name] - WIDTH / 2 + _MARGIN


def _rectangle(style: str, x: float, y: float, width: float, height: float, corner: float) -> str:
    size = f'width="{coordinate(width)}" height="{coordinate(height)}" rx="{coordinate(corner)}"'
    return f'<rect class="{style}" x="{coordinate(x)}" y="{coordinate(y)}" {size}/>'


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    if abs(x1 - x2) < 0.5:
        return f"L{coordinate(x2)} {coordinate(y2)}"
    middle = coordinate((y1 + y2) / 2)
    return f"C{coordinate(x1)} {middle} {coordinate(x2)} {middle} {coordinate(x2)} {coordinate(y2)}"


def _under(box: Box) -> str:
    """The line under the name: state, note, time."""
    spent = took(box.seconds) if box.seconds is not None and box.state != "reused" else ""
    return ", ".join(part for part in (" ".join(filter(None, [box.state, box.note])), spent) if part)


def _words(box: Box) -> str:
    kind = {"tune": "tuning step", "register": "registers a model"}.get(box.kind, "step")
    progress = f", {box.done} of {counted(box.trials, 'trial')} over" if box.kind == "tune" and box.trials else ""
    return f"{box.name} ({box.id}), {kind}: {_under(box)}{progress}"


def _progress(box: Box, left: float, top: float) -> Iterator[str]:
    count = f"{box.done}/{box.trials}" if box.trials else f"{box.done}"
    x, y, width = left + 16, top + 62, WIDTH - 86 - room(count)
    share = min(1.0, box.done / box.trials) if box.trials else 0.0
    yield _rectangle("track", x, y, width, 6, 3)
    if share:
        yield _rectangle("fill", x, y, width * share, 6, 3)
    yield label(count, x + width + 6, y + 7, "soft small")
    if len(box.scores) > 1:
        path, _ = trace(box.scores, left + WIDTH - 56, top + 56, left + WIDTH - 12, top + 72)
        yield f'<path class="draw" d="{path}"/>'


_ICONS = {
    "step": "m-5 -5h10v10h-10zm2.5 3h5m-5 3h3",  # a page with two lines
    "tune": "m-6 -4h12m-12 4h12m-12 4h12m-9 -9.5v3m5 1v3m-3 1v3",  # three sliders
    "register": "m-5 -6h10v12l-5 -4l-5 4z",  # a bookmark
}


def _icon(kind: str, x: float, y: float) -> str:
    return f'<path class="icon" d="M{coordinate(x)} {coordinate(y)}{_ICONS.get(kind, _ICONS["step"])}"/>'


_SIGNS = {
    "completed": "m-5 0l3.5 3.5l6.5 -7",  # a tick
    "reused": "m-5 0l3.5 3.5l6.5 -7",
    "failed": "m-4 -4l8 8m0 -8l-8 8",  # a cross
    "running": "m-5 0a5 5 0 0 0 10 0a5 5 0 0 0 -10 0m5 -5v10m-2 -9v8",  # half a disc
    "stopped": "m-4 -4h8v8h-8z",  # a square
    "cancelled": "m-4 -4h8v8h-8z",
    "interrupted": "m-2.5 -4v8m5 -8v8",  # a pause
    "skipped": "m-4 0h8",  # a dash
    "waiting": "m-4.5 0a4.5 4.5 0 0 0 9 0a4.5 4.5 0 0 0 -9 0",  # a ring
    "submitted": "m-4.5 0a4.5 4.5 0 0 0 9 0a4.5 4.5 0 0 0 -9 0",
}


def sign(state: str, x: float, y: float) -> str:
    """A state's sign, 10 units wide, around a point, in the colour of its text."""
    return f'<path class="draw" d="M{coordinate(x)} {coordinate(y)}{_SIGNS.get(state, _SIGNS["waiting"])}"/>'
