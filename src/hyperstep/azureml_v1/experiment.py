"""Experiment: the name that runs are kept under, and what submits them."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timezone
from typing import Any, Dict, Iterator, List, Optional

from hyperstep.azureml_v1 import home, shelf
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.v1_object import V1Object

KIND = "experiments"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}\Z")


class Experiment(V1Object):
    """The runs of one name in the local workspace."""

    def __init__(self, workspace: Any, name: str, _skip_name_validation: bool = False, **recorded: Any) -> None:
        self._workspace = workspace
        self._name = name
        if _skip_name_validation:  # of a run that is there
            return
        if not _NAME.match(name):
            raise UserErrorException(
                "Experiment name must be between 1 and 255 characters long. Its first character has to be "
                "alphanumeric, and the rest may contain hyphens and underscores. No whitespace is allowed."
            )
        if not shelf.versions(KIND, name):
            self._note()

    @property
    def workspace(self) -> Any:
        return self._workspace

    @property
    def name(self) -> str:
        return self._name

    @property
    def id(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, "%s/%s" % (home.folder(), self._name)))

    @property
    def tags(self) -> Dict[str, Any]:
        return dict(self._known()["tags"])

    @property
    def archived_time(self) -> Optional[str]:
        return self._known()["archived"]  # type: ignore[no-any-return]

    def submit(self, config: Any, tags: Optional[Dict[str, str]] = None, **kwargs: Any) -> Any:
        """Start what a configuration says, in the background; returns its run."""
        if not callable(getattr(config, "_submit", None)):
            raise UserErrorException(
                "A %s can't be submitted. Give a ScriptRunConfig, an estimator, a HyperDriveConfig, a Pipeline, "
                "a PublishedPipeline or a PipelineEndpoint." % type(config).__name__
            )
        return config._submit(self, tags=tags, **kwargs)

    def start_logging(self, *args: Any, **kwargs: Any) -> Any:
        """A run of the calling process itself."""
        from hyperstep.azureml_v1 import interactive

        return interactive.start(self, *args, **kwargs)

    def get_runs(
        self,
        type: Optional[str] = None,
        tags: Any = None,
        properties: Any = None,
        include_children: bool = False,
    ) -> Iterator[Any]:
        """The experiment's runs, newest first."""
        from hyperstep.azureml_v1.run import Run

        return Run.list(self, type=type, tags=tags, properties=properties, include_children=include_children)

    def refresh(self) -> None:
        """Does nothing: what an experiment tells is read when it is asked."""

    def tag(self, key: str, value: Optional[str] = None) -> None:
        self.set_tags({key: value})

    def set_tags(self, tags: Dict[str, Optional[str]]) -> None:
        self._note(tags={**self.tags, **tags})

    def remove_tags(self, tags: List[str]) -> None:
        self._note(tags={key: value for key, value in self.tags.items() if key not in tags})

    def archive(self) -> None:
        self._note(archived=datetime.now(timezone.utc).isoformat())

    def reactivate(self, new_name: Optional[str] = None) -> None:
        if new_name is not None and new_name != self._name:
            raise UserErrorException(
                "Experiment %r can't be renamed to %r: its runs are kept under its name. Leave new_name out."
                % (self._name, new_name)
            )
        self._note(archived=None)

    def get_portal_url(self) -> str:
        """The folder that holds the workspace."""
        return home.folder()

    @staticmethod
    def list(
        workspace: Any, experiment_name: Optional[str] = None, view_type: str = "ActiveOnly", tags: Any = None
    ) -> List[Experiment]:
        """The experiments by name; view_type: ActiveOnly, ArchivedOnly or All."""
        names = shelf.names(KIND) if experiment_name is None else [experiment_name]
        found = [Experiment(workspace, name) for name in names if shelf.versions(KIND, name)]
        wanted = {"ActiveOnly": (False,), "ArchivedOnly": (True,), "All": (False, True)}[view_type]
        return [one for one in found if (one.archived_time is not None) in wanted and _has(one.tags, tags)]

    @staticmethod
    def delete(workspace: Any, experiment_id: str) -> None:
        """Forget an experiment that has no runs."""
        for experiment in Experiment.list(workspace, view_type="All"):
            if experiment.id == experiment_id:
                if next(iter(experiment.get_runs()), None) is not None:
                    raise UserErrorException(
                        "Experiment %r has runs, and only one without any can be deleted. Use archive() instead."
                        % experiment.name
                    )
                shelf.remove(KIND, experiment.name)
                return
        raise UserErrorException("No experiment has the id %r. See Experiment.list(workspace)." % experiment_id)

    def _known(self) -> Dict[str, Any]:
        return shelf.get(KIND, self._name) or {"tags": {}, "archived": None}

    def _note(self, **changes: Any) -> None:
        shelf.put(KIND, self._name, {**self._known(), **changes})

    def __repr__(self) -> str:
        return "Experiment(Name: %s, Workspace: %s)" % (self._name, self._workspace.name)


def _has(given: Dict[str, Any], wanted: Any) -> bool:
    """True if the tags are there: names, or names with their values."""
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return wanted in given
    return all(key in given and value in (None, given[key]) for key, value in dict(wanted).items())
