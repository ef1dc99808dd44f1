"""Where the boxes of a pipeline stand: layers from top to bottom, edges that cross little and run straight.

After Sugiyama, Tagawa and Toda 1981: layers by the longest path, an edge that
passes a layer holds a place in it, orders by barycentres. The places across
are then those that lie nearest to their neighbours' with all distances kept,
by isotonic regression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise

Node = str | tuple[int, int]  # a box, or the place of an edge, by its number, in a layer that it passes

_SWEEPS = 12
_LANE = 14.0  # units that a passing edge keeps to itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """centres: x of each box's middle. layers: the number of each box's layer, from 0, the uppermost.

    ways: for each edge, the x at which it passes each layer between its ends.
    width: of all. Everything lies between 0 and it.
    """

    centres: Mapping[str, float]
    layers: Mapping[str, int]
    ways: Sequence[Sequence[float]]
    width: float


def layout(widths: Mapping[str, float], edges: Sequence[tuple[str, str]], *, gap: float = 40.0) -> Layout:
    """Place boxes of these widths, each edge from its first to its second, downwards.

    widths: by box, in the order in which equals stand from left to right. edges: without a cycle.
    gap: between two boxes of a layer.
    """
    layers = layers_of(widths, edges)
    rooms: dict[Node, float] = {}
    rows: list[list[Node]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for name, width in widths.items():
        rows[layers[name]].append(name)
        rooms[name] = width
    chains: list[list[Node]] = []
    for number, (source, target) in enumerate(edges):
        passed: list[Node] = [(number, layer) for layer in range(layers[source] + 1, layers[target])]
        for node, layer in zip(passed, range(layers[source] + 1, layers[target]), strict=True):
            rows[layer].append(node)
            rooms[node] = _LANE
        chains.append([source, *passed, target])
    links = [pair for chain in chains for pair in pairwise(chain)]
    above, below = _neighbours(links)
    rows = _ordered(rows, above, below)
    places = _places(rows, above, below, rooms, gap)
    left = min((places[node] - rooms[node] / 2 for node in rooms), default=0.0)
    right = max((places[node] + rooms[node] / 2 for node in rooms), default=0.0)
    return Layout(
        centres={name: places[name] - left for name in widths},
        layers=layers,
        ways=[[places[node] - left for node in chain[1:-1]] for chain in chains],
        width=right - left,
    )


def layers_of(names: Mapping[str, float], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """As high as what each box waits for allows; a box that waits for nothing stands just above who waits for it."""
    before: dict[str, list[str]] = {name: [] for name in names}
    after: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    layers: dict[str, int] = {}
    for name in TopologicalSorter(before).static_order():
        layers[name] = max((layers[source] + 1 for source in before[name]), default=0)
    for name in names:
        if not before[name] and after[name]:
            layers[name] = min(layers[target] for target in after[name]) - 1
    return layers


def _neighbours(
    links: Sequence[tuple[Node, Node]],
) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    above: dict[Node, list[Node]] = {}
    below: dict[Node, list[Node]] = {}
    for upper, lower in links:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    return above, below


def _ordered(
    rows: list[list[Node]], above: Mapping[Node, list[Node]], below: Mapping[Node, list[Node]]
) -> list[list[Node]]:
    """The order within each layer that has the fewest crossings of those that the sweeps come by."""
    best, fewest = rows, _crossings(rows, below)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        rows = [list(row) for row in rows]
        for index in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            beside = {node: place for place, node in enumerate(rows[index - 1 if down else index + 1])}
            near = above if down else below
            own = {node: place for place, node in enumerate(rows[index])}
            rows[index].sort(key=lambda node: _mean([beside[one] for one in near.get(node, ())], own[node]))
        found = _crossings(rows, below)
        if found < fewest:
            best, fewest = rows, found
    return best


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _crossings(rows: Sequence[Sequence[Node]], below: Mapping[Node, list[Node]]) -> int:
    count = 0
    for row, under in pairwise(rows):
        place = {node: index for index, node in enumerate(under)}
        ends = [end for node in row for end in sorted(place[one] for one in below.get(node, ()))]
        count += sum(one > other for index, one in enumerate(ends) for other in ends[index + 1 :])
    return count


def _places(
    rows: Sequence[Sequence[Node]],
    above: Mapping[Node, list[Node]],
    below: Mapping[Node, list[Node]],
    rooms: Mapping[Node, float],
    gap: float,
) -> dict[Node, float]:
    places: dict[Node, float] = {}
    for row in rows:
        places.update(zip(row, _apart([0.0] * len(row), [rooms[node] for node in row], gap), strict=True))
    for sweep in range(_SWEEPS):
        near = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [_mean([places[one] for one in near.get(node, ())], places[node]) for node in row]
            places.update(zip(row, _apart(wanted, [rooms[node] for node in row], gap), strict=True))
    return places


def _apart(wanted: Sequence[float], rooms: Sequence[float], gap: float) -> list[float]:
    """The places nearest to those wanted that keep the order and the distances (pooling adjacent violators)."""
    offsets, offset = [], 0.0
    for index, width in enumerate(rooms):
        offset += (rooms[index - 1] + width) / 2 + gap if index else 0.0
        offsets.append(offset)
    pools: list[tuple[float, int]] = []  # mean of what the members want, and how many they are
    for want, shift in zip(wanted, offsets, strict=True):
        mean, count = want - shift, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    return [mean + shift for mean, shift in zip(means, offsets, strict=True)]
