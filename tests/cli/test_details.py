import math

import pytest

from hyperstep.cli.details import details
from hyperstep.cli.summary import summary
from hyperstep.cli.trials import trial_table
from hyperstep.engine.artifact import Artifact
from hyperstep.engine.events import MetricsLogged, ModelRegistered, ModelRequested, Point
from hyperstep.search.trial import TrialStatus
from hyperstep.store import queries
from hyperstep.store.sqlite import SqliteStore


@pytest.fixture
def tell(tmp_path):
    """Record a story; returns the connection."""
    with SqliteStore(tmp_path / "hyperstep.db") as store:

        def told(story):
            first, *rest = [one.event for one in story.recorded]
            store.new_run(first)
            store.append("1", rest)
            return store.db

        yield told


def searched(story, *scores):
    return story.submitted().reused().searching().trial(0, 0.5, *scores)


def test_a_metric_is_one_line_however_often_it_was_logged(story, tell, tmp_path):
    searched(story, *range(5000), math.nan, 7)
    db = tell(story)
    text = details(db, queries.trial(db, "1/tune/0"), tmp_path)

    assert len(text.splitlines()) < 15
    assert ["r2", "5002", "0", "0", "4999", "7"] in [line.split() for line in text.splitlines()]


def test_of_many_metrics_the_first_are_shown(story, tell, tmp_path):
    points = tuple(Point(f"m{number}", 1.0) for number in range(1000))
    searched(story).tell(MetricsLogged(job="1/tune/0.0", points=points, through=1))
    db = tell(story)
    text = details(db, queries.trial(db, "1/tune/0"), tmp_path)

    assert "and 970 more" in text
    assert len(text.splitlines()) < 50


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_finite_number_is_shown_as_it_is(story, tell, tmp_path, score):
    searched(story, score).over(0, TrialStatus.FAILED)
    db = tell(story)
    shown = details(db, queries.trial(db, "1/tune/0"), tmp_path)
    _, row = trial_table(queries.step(db, "1/tune"), queries.trials(db, "1/tune")).splitlines()

    assert row.split()[:4] == ["0", "failed", repr(score), "0.5"]
    assert f"none best, {score!r} last of 1" in shown


def test_a_name_in_a_hint_is_quoted_for_the_shell(story, tell, tmp_path):
    wish = ModelRequested(request="1/x", name="my model", artifact=Artifact(digest="0" * 64, size=1))
    db = tell(story.submitted().tell(wish, ModelRegistered(request="1/x", name="my model", version=1)))

    assert "hyperstep models 'my model'  " in summary(db, queries.run(db, "1"), tmp_path)
