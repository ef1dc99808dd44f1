import pytest

from hyperstep.cli.identify import identity_meant
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import RunSubmitted
from hyperstep.errors import NotFound
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.step import Step
from hyperstep.store.sqlite import SqliteStore

NAMES = ("a/b", "tune", "tune 0", "01_prep")


@pytest.fixture
def db(tmp_path):
    with SqliteStore(tmp_path / "hyperstep.db") as store:
        steps = [Step("a.py", name=name) for name in NAMES]
        tree = Artifact(digest="0" * 64, size=1, kind="tree")
        store.new_run(RunSubmitted(pipeline=Pipeline("p", steps), sources={".": tree}))
        yield store.db


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        (None, "1"),
        ("1", "1"),
        ("7/x/", "7/x"),
        ("a/b", "1/a-b"),
        ("A-B", "1/a-b"),
        ("a/b/3", "1/a-b/3"),
        ("tune/0", "1/tune/0"),
        ("tune/0.2", "1/tune/0.2"),
        ("tune 0", "1/tune-0"),
        ("tune 0/7", "1/tune-0/7"),
        ("tune.1", "1/tune.1"),
        ("01_prep", "1/01_prep"),
        ("01_prep.0", "1/01_prep.0"),
    ],
)
def test_a_step_s_name_and_its_id_without_the_run_are_of_the_newest_run(db, text, identity):
    assert identity_meant(db, text) == identity


@pytest.mark.parametrize("text", ["tine/0", "a/c", "", "\n", "01_prop.0"])
def test_what_was_typed_is_quoted_as_it_was_typed(db, text):
    with pytest.raises(NotFound) as raised:
        identity_meant(db, text)

    assert f"There is no step {text!r} in run 1" in str(raised.value)
    assert "'a-b', 'tune', 'tune-0' and '01_prep'" in str(raised.value)
