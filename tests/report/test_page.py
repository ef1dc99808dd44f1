from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hyperstep.report.page import page
from hyperstep.report.view import run_view
from hyperstep.store import queries
from hyperstep.workspace import Workspace


class Reader(HTMLParser):
    """Which elements there are, and what is written."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_data(self, data):
        self.text += data


def written(folder: Path) -> str:
    with Workspace.open(folder, read_only=True) as workspace:
        db = workspace.store.db
        return page(run_view(db, queries.run(db, "1"), queries.steps(db, "1")))


def rows(text: str) -> list[str]:
    return re.findall(r'<tr data-trial="(\d+)"', text)


def test_a_report_has_the_answer_the_charts_the_trials_and_the_model(record):
    found = Reader(written(record(40)))

    assert "r2 falls as --alpha grows; best r2 0." in found.text
    for heading in ("History", "Parallel coordinates", "Curves", "Importance", "One parameter", "Timeline"):
        assert heading in found.text
    assert "1/tune/" in found.text
    assert "prod" in found.text
    assert ("code", "title", "ab" * 32) in found.attributes


def test_there_is_a_row_for_each_trial_the_best_first_with_all_digits(record):
    folder = record(40)
    text = written(folder)
    with Workspace.open(folder, read_only=True) as workspace:
        best = queries.trials(workspace.store.db, "1/tune", order="best")

    assert rows(text) == [str(trial.number) for trial in best]
    assert f"<td>{best[0].best_score!r}<td>" in text


def test_a_report_refers_to_nothing_outside_itself(record):
    found = Reader(written(record(40)))

    assert not [one for one in found.attributes if one[1] in ("src", "href", "action", "data", "srcset")]
    assert not [one for one in found.attributes if one[1].startswith("on")]
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(found.tags)


def test_its_only_script_is_the_one_that_its_policy_allows(record):
    text = written(record(10))
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"script-src 'sha256-{digest}'" in text
    assert "default-src 'none'" in text


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></svg><b>",
    "{{ 7 * 7 }}",
    "\ud800&",
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_that_a_script_names_becomes_part_of_the_page(payload, record, twin):
    hostile = Reader(written(record(30, metric=payload, reason=payload)))
    harmless = Reader(written(twin(30, metric="m" * len(payload), reason="r" * len(payload))))
    known = {(tag, name) for tag, name, _ in harmless.attributes}

    assert Counter(hostile.tags) == Counter(harmless.tags)
    assert {(tag, name) for tag, name, _ in hostile.attributes} == known
    assert payload.encode("utf-8", "backslashreplace").decode() in hostile.text


def test_a_run_that_has_not_begun_has_words_in_place_of_charts(record):
    text = written(record(0))

    assert "No trial of 1/tune has a score yet." in text
    assert "No trial has begun yet." in text
    assert rows(text) == []


def test_a_report_of_a_thousand_trials_can_be_sent(record):
    assert len(gzip.compress(written(record(1_000)).encode())) < 130_000


def test_of_a_large_search_the_best_and_a_sample_are_listed_and_the_report_says_so(record):
    text = written(record(3_000))

    assert len(rows(text)) == 2_000
    assert "the best 500 and a sample of 1,500 of 3,000 trials" in text
