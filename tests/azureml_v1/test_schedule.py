"""Schedules: what a recurrence may be, and that a schedule is kept."""

from __future__ import annotations

import pytest

from hyperstep.azureml_v1.datastore import Datastore
from hyperstep.azureml_v1.exceptions import ErrorResponseException
from hyperstep.azureml_v1.schedule import DAYS, Schedule, ScheduleRecurrence
from hyperstep.azureml_v1.time_zone import TimeZone


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERSTEP_WORKSPACE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"frequency": "Foo"}, "Invalid value for frequency, only one of Minute, Hour, Day, Week, or Month accepted"),
        ({"frequency": "Day", "interval": 0}, "Interval must be an integer greater than 0."),
        ({"frequency": "Hour", "hours": [1]}, "Can only specify hours if frequency is Week or Day."),
        ({"frequency": "Hour", "minutes": [1]}, "Can only specify minutes if frequency is Week or Day."),
        (
            {"frequency": "Week", "week_days": ["Mon"]},
            f"Week days must be a list of str, accepted values: {', '.join(DAYS)}.",
        ),
        ({"frequency": "Day", "hours": [24]}, "Hours must be between 0 and 23."),
        ({"frequency": "Day", "minutes": [60]}, "Minutes must be between 0 and 59."),
        ({"frequency": "Day", "week_days": ["Monday"]}, "Can only specify week days if frequency is Week."),
        (
            {"frequency": "Day", "hours": [1], "time_of_day": "10:00"},
            "Can not specify time_of_day and hours or minutes.",
        ),
        ({"frequency": "Day", "time_of_day": "25:00"}, "Time of day hour value must be between 0 and 23."),
        ({"frequency": "Day", "time_of_day": "10:0"}, "time_of_day should be in the format hh:mm."),
        ({"frequency": "Day", "time_zone": "UTC"}, "Time zone is not a valid TimeZone enum."),
    ],
)
def test_recurrences_that_cant_be(given, message):
    with pytest.raises(ValueError) as caught:
        ScheduleRecurrence(**{"interval": 1, **given}).validate()

    assert str(caught.value) == message


def test_the_time_of_day_is_its_hour_and_its_minute():
    recurrence = ScheduleRecurrence("Week", 1, week_days=["Monday"], time_of_day="9:05")
    recurrence.validate()

    assert (recurrence.hours, recurrence.minutes) == ([9], [5])


def test_a_start_time_without_a_zone_is_in_utc():
    assert ScheduleRecurrence("Day", 1, start_time="2020-01-01T00:00:00").time_zone is TimeZone.UTC
    assert ScheduleRecurrence("Day", 1).time_zone is None


def test_time_zones_are_named_as_windows_names_them():
    assert TimeZone.WEuropeStandardTime.value == "W. Europe Standard Time"
    assert len(TimeZone) == 131


def test_a_schedule_is_kept_and_says_that_nothing_submits_it(workspace, capsys):
    made = Schedule.create(
        workspace, "nightly", "some-id", "exp", ScheduleRecurrence("Day", 2, time_zone=TimeZone.UTC, time_of_day="3:00")
    )
    kept = Schedule.get(workspace, made.id)

    assert "nothing that submits it yet" in capsys.readouterr().out
    assert (kept.name, kept.status, kept.pipeline_id) == ("nightly", "Active", "some-id")
    assert kept.recurrence is not None
    assert (kept.recurrence.interval, kept.recurrence.hours, kept.recurrence.time_zone) == (2, [3], TimeZone.UTC)
    assert kept.get_last_pipeline_run() is None


def test_a_schedule_can_be_changed_disabled_and_enabled(workspace):
    schedule = Schedule.create(workspace, "nightly", "some-id", "exp", ScheduleRecurrence("Day", 1))
    schedule.disable()
    schedule.update(name="weekly", recurrence=ScheduleRecurrence("Week", 1))

    assert Schedule.list(workspace) == []
    [kept] = Schedule.list(workspace, active_only=False)
    assert (kept.name, kept.status, kept.recurrence.frequency) == ("weekly", "Disabled", "Week")
    kept.enable()
    assert [one.id for one in Schedule.list(workspace, pipeline_id="some-id")] == [schedule.id]


def test_a_schedule_has_a_recurrence_or_a_data_store(workspace):
    with pytest.raises(AssertionError):
        Schedule.create(workspace, "nightly", "some-id", "exp")
    with pytest.raises(ValueError, match=r"^Can not specify both a Recurrence and a Datastore$"):
        Schedule.create(workspace, "n", "some-id", "exp", ScheduleRecurrence("Day", 1), datastore=object())


def test_a_schedule_looks_at_its_data_store_every_five_minutes_unless_it_is_told_otherwise(workspace):
    made = Schedule.create(workspace, "n", "some-id", "exp", datastore=Datastore.get_default(workspace))

    assert (made.polling_interval, made.datastore_name) == (5, "workspaceblobstore")


def test_a_schedule_that_isnt_there_is_an_error_of_the_service(workspace):
    with pytest.raises(ErrorResponseException, match="No schedule has the id 'nothing'"):
        Schedule.get(workspace, "nothing")
