from __future__ import annotations

from xml.etree import ElementTree

import pytest

from hyperstep.errors import NotFound, SubmissionError
from hyperstep.finished import FinishedRun


@pytest.fixture
def run(record):
    return FinishedRun(id="1", workspace=record(40))


@pytest.mark.parametrize("name", ["history", "parallel", "curves", "slices", "pairs", "importance", "timeline", "dag"])
def test_each_chart_shows_itself_and_can_be_saved(run, name, tmp_path):
    plot = getattr(run.plot, name)()
    saved = plot.save(tmp_path / f"{name}.svg")

    assert ElementTree.parse(saved).getroot().get("class").split()[:2] == ["hs", name]
    assert "<style>" in plot._repr_html_() == plot._repr_svg_() == saved.read_text()


def test_a_history_can_go_by_time(run):
    assert "time since the start" in run.plot.history(by="time").svg


def test_two_parameters_can_be_named(run):
    assert "--lr, logarithmic" in run.plot.pairs("--lr", "--depth").svg


def test_a_chart_is_saved_as_svg_alone(run, tmp_path):
    with pytest.raises(SubmissionError, match=r"A chart is saved as SVG, but the file is to be .*\.png"):
        run.plot.dag().save(tmp_path / "dag.png")


def test_a_step_that_is_not_there_is_told(run):
    with pytest.raises(NotFound, match="Run 1 has no tuning step 'tuna'; it has 'tune'"):
        run.plot.history("tuna")


def test_a_run_shows_its_sentence_a_chart_and_ten_trials(run):
    html = run._repr_html_()

    assert "Run 1 of ridge: completed" in html
    assert "r2 falls as --alpha grows" in html
    assert html.count("<svg") == 1
    assert html.count("<tr>") == 11


def test_the_best_trial_shows_its_values_with_all_digits(run):
    best = run.best()
    html = best._repr_html_()

    assert f"Trial {best.id}" in html
    assert f"<th>--alpha</th><td>{best.values['alpha']!r}</td>" in html
