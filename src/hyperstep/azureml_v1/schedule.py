"""Schedule: when a published pipeline is to be submitted.

A schedule is recorded, with all that v1 checks, and nothing submits it yet;
each call that would set one to work says so.
"""

# ruff: noqa: ARG004

from __future__ import annotations

import re
import time
import uuid
from typing import Any, Dict, List, Optional

from hyperstep.azureml_v1 import shelf
from hyperstep.azureml_v1.exceptions import ErrorResponseException
from hyperstep.azureml_v1.kept import ACTIVE, DISABLED, Kept
from hyperstep.azureml_v1.time_zone import TimeZone
from hyperstep.azureml_v1.v1_object import V1Object

KIND = "schedules"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FREQUENCIES = ("Minute", "Hour", "Day", "Week", "Month")


class ScheduleRecurrence(V1Object):
    """How often a schedule submits its pipeline."""

    def __init__(
        self,
        frequency: str,
        interval: int,
        start_time: Any = None,
        time_zone: Any = None,
        hours: Optional[List[int]] = None,
        minutes: Optional[List[int]] = None,
        week_days: Optional[List[str]] = None,
        time_of_day: Optional[str] = None,
    ) -> None:
        if time_of_day is not None:
            if hours is not None or minutes is not None:
                raise ValueError("Can not specify time_of_day and hours or minutes.")
            hours, minutes = _hour_and_minute(time_of_day)
        if start_time is not None and time_zone is None:
            time_zone = TimeZone("UTC")
        self.frequency = frequency
        self.interval = interval
        self.start_time = start_time
        self.time_zone = time_zone
        self.hours = hours
        self.minutes = minutes
        self.week_days = week_days

    def validate(self) -> None:
        """Raise ValueError for a recurrence that can't be."""
        if self.frequency not in FREQUENCIES:
            raise ValueError("Invalid value for frequency, only one of Minute, Hour, Day, Week, or Month accepted")
        if self.interval < 1:
            raise ValueError("Interval must be an integer greater than 0.")
        if self.time_zone is not None and not isinstance(self.time_zone, TimeZone):
            raise ValueError("Time zone is not a valid TimeZone enum.")
        for name, values, last in (("hours", self.hours, 23), ("minutes", self.minutes, 59)):
            if values is None:
                continue
            if self.frequency not in ("Week", "Day"):
                raise ValueError("Can only specify %s if frequency is Week or Day." % name)
            if any(value < 0 or value > last for value in values):
                raise ValueError("%s must be between 0 and %d." % (name.capitalize(), last))
        if self.week_days is not None:
            if self.frequency != "Week":
                raise ValueError("Can only specify week days if frequency is Week.")
            if not isinstance(self.week_days, list) or any(day not in DAYS for day in self.week_days):
                raise ValueError("Week days must be a list of str, accepted values: %s." % ", ".join(DAYS))

    def _document(self) -> Dict[str, Any]:
        zone = self.time_zone.value if isinstance(self.time_zone, TimeZone) else None
        start = self.start_time.isoformat() if hasattr(self.start_time, "isoformat") else self.start_time
        return {**vars(self), "time_zone": zone, "start_time": start}

    def __repr__(self) -> str:
        shown = ", ".join("%s: %s" % pair for pair in self._document().items() if pair[1] is not None)
        return "ScheduleRecurrence(%s)" % shown


class Schedule(Kept):
    """When a published pipeline is to be submitted; only recorded, nothing submits it yet."""

    _kind = KIND

    @property
    def pipeline_id(self) -> Optional[str]:
        return self._document["pipeline_id"]  # type: ignore[no-any-return]

    @property
    def pipeline_endpoint_id(self) -> Optional[str]:
        return self._document["pipeline_endpoint_id"]  # type: ignore[no-any-return]

    @property
    def recurrence(self) -> Optional[ScheduleRecurrence]:
        kept = self._document["recurrence"]
        if kept is None:
            return None
        zone = kept["time_zone"]
        return ScheduleRecurrence(**{**kept, "time_zone": None if zone is None else TimeZone(zone)})

    @property
    def datastore_name(self) -> Optional[str]:
        return self._document["datastore_name"]  # type: ignore[no-any-return]

    @property
    def polling_interval(self) -> Optional[int]:
        return self._document["polling_interval"]  # type: ignore[no-any-return]

    @property
    def data_path_parameter_name(self) -> Optional[str]:
        return self._document["data_path_parameter_name"]  # type: ignore[no-any-return]

    @property
    def path_on_datastore(self) -> Optional[str]:
        return self._document["path_on_datastore"]  # type: ignore[no-any-return]

    @property
    def continue_on_step_failure(self) -> Optional[bool]:
        return self._document["continue_on_step_failure"]  # type: ignore[no-any-return]

    @staticmethod
    def create(
        workspace: Any,
        name: str,
        pipeline_id: str,
        experiment_name: str,
        recurrence: Optional[ScheduleRecurrence] = None,
        description: Optional[str] = None,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: int = 5,
        data_path_parameter_name: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
        path_on_datastore: Optional[str] = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> Schedule:
        assert pipeline_id, "pipeline_id is needed"
        return _create(
            workspace,
            name=name,
            pipeline_id=pipeline_id,
            pipeline_endpoint_id=None,
            experiment_name=experiment_name,
            recurrence=recurrence,
            description=description,
            pipeline_parameters=pipeline_parameters,
            datastore=datastore,
            polling_interval=polling_interval,
            data_path_parameter_name=data_path_parameter_name,
            continue_on_step_failure=continue_on_step_failure,
            path_on_datastore=path_on_datastore,
        )

    @staticmethod
    def create_for_pipeline_endpoint(
        workspace: Any,
        name: str,
        pipeline_endpoint_id: str,
        experiment_name: str,
        recurrence: Optional[ScheduleRecurrence] = None,
        description: Optional[str] = None,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: int = 5,
        data_path_parameter_name: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
        path_on_datastore: Optional[str] = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> Schedule:
        assert pipeline_endpoint_id, "pipeline_endpoint_id is needed"
        return _create(
            workspace,
            name=name,
            pipeline_id=None,
            pipeline_endpoint_id=pipeline_endpoint_id,
            experiment_name=experiment_name,
            recurrence=recurrence,
            description=description,
            pipeline_parameters=pipeline_parameters,
            datastore=datastore,
            polling_interval=polling_interval,
            data_path_parameter_name=data_path_parameter_name,
            continue_on_step_failure=continue_on_step_failure,
            path_on_datastore=path_on_datastore,
        )

    @staticmethod
    def get(workspace: Any, id: str, _workflow_provider: Any = None, _service_endpoint: Any = None) -> Schedule:
        document = shelf.get(KIND, id)
        if document is None:
            raise ErrorResponseException(
                "No schedule has the id %r. Schedule.list(workspace, active_only=False) names those that there are."
                % (id,)
            )
        return Schedule(workspace, document)

    @staticmethod
    def list(
        workspace: Any,
        active_only: bool = True,
        pipeline_id: Optional[str] = None,
        pipeline_endpoint_id: Optional[str] = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> List[Schedule]:
        found = [document for document in (shelf.get(KIND, id) for id in shelf.names(KIND)) if document]
        found.sort(key=lambda document: -float(document["created_at"]))
        return [
            Schedule(workspace, document)
            for document in found
            if (not active_only or document["status"] == ACTIVE)
            and (pipeline_id is None or document["pipeline_id"] == pipeline_id)
            and (pipeline_endpoint_id is None or document["pipeline_endpoint_id"] == pipeline_endpoint_id)
        ]

    get_all = list

    @staticmethod
    def get_schedules_for_pipeline_id(workspace: Any, pipeline_id: str, **kwargs: Any) -> Any:
        return Schedule.list(workspace, pipeline_id=pipeline_id)

    @staticmethod
    def get_schedules_for_pipeline_endpoint_id(workspace: Any, pipeline_endpoint_id: str, **kwargs: Any) -> Any:
        return Schedule.list(workspace, pipeline_endpoint_id=pipeline_endpoint_id)

    def enable(self, wait_for_provisioning: bool = False, wait_timeout: int = 3600) -> None:
        self._change(status=ACTIVE)
        _say_that_it_waits(self.name)

    def disable(self, wait_for_provisioning: bool = False, wait_timeout: int = 3600) -> None:
        self._change(status=DISABLED)

    def update(
        self,
        name: Optional[str] = None,
        description: Optional[str] = None,
        recurrence: Optional[ScheduleRecurrence] = None,
        pipeline_parameters: Optional[Dict[str, Any]] = None,
        status: Optional[str] = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: Optional[int] = None,
        data_path_parameter_name: Optional[str] = None,
        continue_on_step_failure: Optional[bool] = None,
        path_on_datastore: Optional[str] = None,
    ) -> None:
        if status is not None and status not in (ACTIVE, DISABLED):
            raise ValueError("The status of a schedule is %r, but must be 'Active' or 'Disabled'." % (status,))
        _check_trigger(recurrence, datastore, data_path_parameter_name)
        changes = {
            "name": name,
            "description": description,
            "recurrence": None if recurrence is None else recurrence._document(),
            "pipeline_parameters": _texts(pipeline_parameters),
            "status": status,
            "datastore_name": None if datastore is None else datastore.name,
            "polling_interval": polling_interval,
            "data_path_parameter_name": data_path_parameter_name,
            "continue_on_step_failure": continue_on_step_failure,
            "path_on_datastore": path_on_datastore,
        }
        self._change(**{key: value for key, value in changes.items() if value is not None})

    def get_last_pipeline_run(self) -> Any:
        """The last run that the schedule submitted: None, as nothing submits it yet."""
        return next(iter(self.get_pipeline_runs()), None)

    def get_pipeline_runs(self) -> List[Any]:
        """The runs that the schedule submitted: none, as nothing submits it yet."""
        return []

    def __repr__(self) -> str:
        return "Schedule(Name: %s,\nId: %s,\nStatus: %s,\nPipeline Id: %s,\nPipeline Endpoint Id: %s,\n%s)" % (
            self.name,
            self.id,
            self.status,
            self.pipeline_id,
            self.pipeline_endpoint_id,
            "Recurrence Details: %r" % (self.recurrence,),
        )


def _create(workspace: Any, *, recurrence: Any, datastore: Any, polling_interval: int, **fields: Any) -> Schedule:
    assert fields["name"], "a schedule has a name"
    assert fields["experiment_name"], "a schedule has an experiment"
    assert recurrence is not None or datastore is not None, "a schedule has a recurrence or a datastore"
    _check_trigger(recurrence, datastore, fields["data_path_parameter_name"])
    document = {
        **fields,
        "id": str(uuid.uuid4()),
        "status": ACTIVE,
        "recurrence": None if recurrence is None else recurrence._document(),
        "datastore_name": None if datastore is None else datastore.name,
        "polling_interval": None if datastore is None else polling_interval,
        "pipeline_parameters": _texts(fields["pipeline_parameters"]) or {},
        "created_at": time.time(),
    }
    shelf.put(KIND, str(document["id"]), document)
    _say_that_it_waits(fields["name"])
    return Schedule(workspace, document)


def _check_trigger(recurrence: Any, datastore: Any, data_path_parameter_name: Optional[str]) -> None:
    if recurrence is not None:
        recurrence.validate()
        if datastore is not None:
            raise ValueError("Can not specify both a Recurrence and a Datastore")
        if data_path_parameter_name is not None:
            raise ValueError("Data Path parameter name can only be specified for Datastore schedules.")


def _texts(values: Optional[Dict[str, Any]]) -> Optional[Dict[str, str]]:
    return None if values is None else {name: str(value) for name, value in values.items()}


def _say_that_it_waits(name: str) -> None:
    print(
        "Schedule %s is recorded, but hyperstep has nothing that submits it yet: "
        "until then, let cron or another scheduler submit the pipeline." % name
    )


def _hour_and_minute(time_of_day: str) -> Any:
    found = re.match(r"(\d{1,2}):(\d{2})\Z", time_of_day)
    if not found:
        raise ValueError("time_of_day should be in the format hh:mm.")
    hour, minute = int(found.group(1)), int(found.group(2))
    if hour > 23:
        raise ValueError("Time of day hour value must be between 0 and 23.")
    if minute > 59:
        raise ValueError("Time of day minute value must be between 0 and 59.")
    return [hour], [minute]
