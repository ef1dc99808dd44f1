from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperstep.charts.dag_layout import layers_of, layout


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 25))
    widths = {f"s{number}": draw(st.sampled_from([80.0, 200.0])) for number in range(count)}
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    edges = [(f"s{min(pair)}", f"s{max(pair)}") for pair in draw(st.lists(pairs, max_size=50)) if pair[0] != pair[1]]
    return widths, edges


@given(graph=graphs())
def test_an_edge_goes_down(graph):
    widths, edges = graph
    layers = layers_of(widths, edges)

    assert all(layers[source] < layers[target] for source, target in edges)
    assert min(layers.values()) == 0


@given(graph=graphs())
def test_boxes_of_a_layer_never_touch(graph):
    widths, edges = graph
    found = layout(widths, edges, gap=30)

    for layer in set(found.layers.values()):
        row = sorted((name for name in widths if found.layers[name] == layer), key=found.centres.__getitem__)
        for left, right in pairwise(row):
            apart = found.centres[right] - found.centres[left]
            assert apart >= (widths[left] + widths[right]) / 2 + 30 - 1e-6


@given(graph=graphs())
def test_everything_lies_within_the_width(graph):
    widths, edges = graph
    found = layout(widths, edges)

    assert all(found.centres[name] - widths[name] / 2 >= -1e-6 for name in widths)
    assert all(found.centres[name] + widths[name] / 2 <= found.width + 1e-6 for name in widths)
    assert all(-1e-6 <= x <= found.width + 1e-6 for way in found.ways for x in way)


@given(graph=graphs())
def test_an_edge_has_a_place_in_each_layer_that_it_passes(graph):
    widths, edges = graph
    found = layout(widths, edges)

    for (source, target), way in zip(edges, found.ways, strict=True):
        assert len(way) == found.layers[target] - found.layers[source] - 1


@given(graph=graphs())
def test_the_same_graph_is_placed_alike(graph):
    assert layout(*graph) == layout(*graph)


def test_a_chain_stands_in_one_line():
    found = layout({"a": 200, "b": 100, "c": 200}, [("a", "b"), ("b", "c")])

    assert len({round(x, 6) for x in found.centres.values()}) == 1


def test_two_parents_that_would_cross_change_places():
    found = layout({"a": 100, "b": 100, "c": 100, "d": 100}, [("a", "d"), ("b", "c")])

    assert (found.centres["a"] < found.centres["b"]) == (found.centres["d"] < found.centres["c"])


def test_what_waits_for_nothing_stands_right_above_who_takes_it():
    layers = layers_of({"a": 1, "b": 1, "c": 1, "late": 1}, [("a", "b"), ("b", "c"), ("late", "c")])

    assert layers["late"] == 1


def test_a_circle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        layers_of({"a": 1, "b": 1}, [("a", "b"), ("b", "a")])
