from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from hyperstep.charts.dag import Box, Dag, Edge, dag

SVG = "{http://www.w3.org/2000/svg}"

PREP = Box(id="2/prep", name="prep data", state="reused", note="from run 1")
TUNE = Box(id="2/tune", name="tune", kind="tune", state="running", seconds=14.2, done=3, trials=12, scores=[0.1, 0.2])
REGISTER = Box(id="2/register", name="register ridge", kind="register")
GRAPH = Dag(
    name="ridge",
    boxes=(PREP, TUNE, REGISTER),
    edges=(
        Edge(source="2/prep", target="2/tune", data="data_X"),
        Edge(source="2/prep", target="2/tune", data="data_y"),
        Edge(source="2/tune", target="2/register", data="outputs/model.pkl"),
        Edge(source="2/prep", target="2/register"),
    ),
)


def parsed(drawing):
    return ElementTree.fromstring(drawing)


def texts(tree):
    """What is written in the drawing itself, less what is shown on hovering."""
    return [one.text for one in tree.iter(f"{SVG}text")]


def test_a_box_has_its_name_state_note_and_progress():
    written = texts(parsed(dag(GRAPH)))

    assert {"prep data", "reused from run 1", "running, 14 s", "3/12", "waiting"} <= set(written)


def test_what_flows_is_named_once():
    written = texts(parsed(dag(GRAPH)))

    assert [written.count(name) for name in ("data_X", "data_y", "outputs/model.pkl")] == [1, 1, 1]


def test_each_edge_is_a_line_that_says_where_it_leads():
    edges = [one for one in parsed(dag(GRAPH)).iter(f"{SVG}path") if "edge" in one.get("class").split()]

    assert [(one.get("data-from"), one.get("data-to")) for one in edges] == [
        (edge.source, edge.target) for edge in GRAPH.edges
    ]
    assert "after" in edges[-1].get("class")


def test_what_was_reused_has_an_outline_of_its_own():
    boxes = [one.get("class") for one in parsed(dag(GRAPH)).iter(f"{SVG}rect") if "box" in one.get("class").split()]

    assert boxes == ["box reused", "box", "box"]


def test_boxes_lead_where_they_are_told_to_in_the_order_of_the_flow():
    links = {box.id: f"/runs/{box.id}?a=1&b" for box in GRAPH.boxes}
    found = [one.get("href") for one in parsed(dag(GRAPH, links=links)).iter(f"{SVG}a")]

    assert found == ["/runs/2/prep?a=1&b", "/runs/2/tune?a=1&b", "/runs/2/register?a=1&b"]


def test_the_sentence_counts_the_states():
    tree = parsed(dag(GRAPH))

    assert tree.find(f"{SVG}desc").text == "3 steps: 1 reused, 1 running, 1 waiting."


def test_a_pipeline_without_steps_says_so():
    assert "This pipeline has no steps." in dag(Dag(name="empty", boxes=()))


@given(word=st.text(max_size=40))
def test_any_text_is_only_text(word):
    graph = Dag(
        name=word,
        boxes=(Box(id="a", name=word, state=word, note=word), Box(id=f"b{word}", name="b", kind=word)),
        edges=(Edge(source="a", target=f"b{word}", data=word),),
    )
    tree = parsed(dag(graph, links={"a": word}))

    assert len(list(tree.iter(f"{SVG}g"))) == 2
    assert {one.tag.removeprefix(SVG) for one in tree.iter()} <= {
        "svg", "title", "desc", "g", "a", "path", "rect", "circle", "text",
    }  # fmt: skip
