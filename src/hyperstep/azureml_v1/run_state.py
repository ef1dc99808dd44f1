"""What is known of a run: its state, its details, where it lies; asked of the engine, or read from its folder."""

from __future__ import annotations

import getpass
import json
import os
import uuid
from datetime import datetime, timezone
from html import escape
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

from hyperstep.azureml_v1 import home, identity, interactive
from hyperstep.azureml_v1.ask import ask
from hyperstep.azureml_v1.exceptions import UserErrorException
from hyperstep.azureml_v1.recorded import Logged, merged
from hyperstep.azureml_v1.run import ENDED, STATUSES, Run
from hyperstep.tracking import messages

LOG = "user_logs/std_log.txt"
OURS = "HYPERSTEP_"
"""How the names of variables begin by which the engine speaks to a job."""

Row = Dict[str, Any]


def row(run: Any) -> Row:
    """The engine's row of a run, step or trial; of a recorded run none, {}.

    Raises ServiceException if there is no such run.
    """
    named = identity.parse(run.id)
    found: Row = {}
    if named.kind == identity.RECORDED:
        interactive.begun(run.id)
    if named.kind == identity.RUN:
        found = ask("runs.run", run=named.run)
    elif named.kind == identity.TRIAL:
        found = ask("runs.trial", run=named.run, position=named.position, number=named.trial)
    elif named.kind in (identity.STEP, identity.SEARCH):
        found = ask("runs.step", run=named.run, position=named.position)
        if found["kind"] == "tune":
            found = {**found, "job": ""}  # what its trials make and log is theirs
    return found


def check(run: Any) -> None:
    """Raise ServiceException if there is no such run; that which a job is needn't be asked for."""
    if not run._here:
        row(run)


def status(run: Any) -> str:
    """One of v1's words."""
    found = row(run)
    if not found:
        ended = interactive.ended(run.id)
        return str(ended["status"]) if ended else "Running"
    return _word(found)


def logged(run: Any) -> Logged:
    """All that a run has logged: in its job, and what was added to it from outside."""
    found = Logged()
    if run._here:
        found.hear(os.environ[home.WIRE])
    else:
        job = run._job
        if job:
            found.add(ask("runs.logged", jobs=[job])[job])
    return found.hear(_added(run.id))


def children(run: Any) -> List[Tuple[str, str, Dict[str, Any]]]:
    """Id, status and metrics of each child run, newest first; of a search in few questions, however many it has."""
    if identity.parse(run.id).kind != identity.SEARCH:
        return [(child.id, child.get_status(), child.get_metrics()) for child in run.get_children()]
    by_hand = [Run(run.experiment, document["id"]) for document in interactive.runs(parent=run.id)]
    trials = ask("runs.trials", step=row(run)["id"])[::-1]
    answers = ask("runs.logged", jobs=sorted({trial["job"] for trial in trials if trial["job"]}))
    found = [(child.id, child.get_status(), child.get_metrics()) for child in by_hand]
    for trial in trials:
        child = "%s_%d" % (run.id, trial["number"])
        said = Logged().add(answers[trial["job"]]) if trial["job"] else Logged()
        said.hear(_added(child))
        found.append((child, _word(trial), merged(said.points, said.records)))
    return found


def given_tags(run: Any) -> Dict[str, Any]:
    """The tags that a run began with; of a trial its values, as Azure has them."""
    kind = identity.parse(run.id).kind
    if kind == identity.RECORDED:
        return dict(interactive.begun(run.id)["tags"])
    if kind == identity.TRIAL:
        return {"hyperparameters": json.dumps(row(run)["values"])}
    return dict(run._plan_document()["tags"]) if run._is_top() else {}


def details(run: Any) -> Dict[str, Any]:
    """What `get_details` returns."""
    known = _known(run)
    now = run.get_status()
    log = _log(run)
    node = _node(run)
    result = {
        "runId": run.id,
        "target": node.get("target") or "local",
        "status": now,
        "startTimeUtc": _time(known.get("started_at")),
        "endTimeUtc": _time(known.get("ended_at")) if now in ENDED else None,
        "services": {},
        "properties": run.get_properties(),
        "inputDatasets": _given(node),
        "outputDatasets": list(_made(node, run)),
        "runDefinition": _definition(run, node),
        "logFiles": {LOG: Path(log).as_uri()} if log else {},
        "submittedBy": getpass.getuser(),
    }
    if now == "Failed" and known.get("reason"):
        result["error"] = {"error": {"code": "UserError", "message": known["reason"]}}
    return result


def reason(run: Any) -> str:
    """Why a run is in its state, in words; empty if there is nothing to say."""
    return _known(run).get("reason") or ""


def with_logs(details: Dict[str, Any]) -> Dict[str, Any]:
    """Details with the text of each log in place of where it lies."""
    texts = {name: _text(_path(url)) for name, url in details["logFiles"].items()}
    return {**details, "logFiles": texts}


def copied_logs(details: Dict[str, Any], destination: str) -> List[str]:
    """Write each log below a folder."""
    paths = []
    for name, text in with_logs(details)["logFiles"].items():
        path = os.path.join(destination, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        paths.append(path)
    return paths


def log_path(run: Any) -> Optional[str]:
    """Where the log of a run's job lies, or will; of a search, its own log as it is now; None if there is none."""
    return _log(run) or next(iter(run._lying().values()), None)


def address(run: Any) -> str:
    """The folder of all that a run made and logged, as a URL."""
    owner = run._engine_owner()
    place = ask("files.folder", owner=owner) if owner else interactive.folder(run.id)
    return Path(place).as_uri()


def cancel(run: Any) -> None:
    """End a run."""
    check(run)
    named = identity.parse(run.id)
    if named.kind == identity.RECORDED:
        interactive.end(run.id, "Canceled")
    elif named.kind == identity.TRIAL:
        raise UserErrorException(
            "Run %s is one of a search, which can't be cancelled alone. Its policy stops what is hopeless; "
            "run.parent.cancel() ends the whole search." % run.id
        )
    elif STATUSES[ask("runs.run", run=named.run)["state"]] not in ENDED:
        ask("submit.cancel", run=named.run)


def complete(run: Any) -> None:
    """End a recorded run, and keep its folder of outputs."""
    check(run)
    document = interactive.known(run.id)
    if document is not None:
        outputs = document["outputs"]
        if outputs and os.path.isdir(outputs):
            run.upload_folder("outputs", outputs)
        interactive.end(run.id, "Completed")


def fail(run: Any, error: Any, code: Any) -> None:
    """End a recorded run as failed; note it of another."""
    check(run)
    reason = "%s%s" % ("%s: " % code if code else "", error if error is not None else "it said so")
    if identity.parse(run.id).kind == identity.RECORDED:
        interactive.end(run.id, "Failed", reason)
        return
    run._recorder.record("error", "error", reason)
    if run._here:
        print("Run.fail was noted: %s. The job fails when its script ends with an error: raise one." % reason)


def environment(run: Any) -> Any:
    """The registered environment that a run's node names, or one of that name."""
    from hyperstep.azureml_v1 import shelf
    from hyperstep.azureml_v1.environment import KIND, Environment

    document = _node(run).get("environment") or {}
    name = document.get("name") or "local"
    if shelf.versions(KIND, name):
        return Environment.get(run.experiment.workspace, name)
    made = Environment(name)
    made.environment_variables = dict(document.get("variables", {}))
    return made


def table(run: Any) -> str:
    """A run as notebooks show it."""
    url = escape(run.get_portal_url())
    cells = [run.experiment.name, run.id, run.type or "", run.get_status()]
    heads = "".join("<th>%s</th>" % head for head in ("Experiment", "Id", "Type", "Status", "Folder"))
    row = "".join("<td>%s</td>" % escape(str(cell)) for cell in cells)
    return '<table><tr>%s</tr><tr>%s<td><a href="%s">%s</a></td></tr></table>' % (heads, row, url, url)


def _known(run: Any) -> Dict[str, Any]:
    """The row of a run, or what a recorded run began and ended with."""
    return row(run) or {**interactive.begun(run.id), **(interactive.ended(run.id) or {})}


def _node(run: Any) -> Dict[str, Any]:
    """The node of a run's step in the plan; {} if it has none."""
    position = identity.parse(run.id).position
    if position is None:
        return {}
    node: Dict[str, Any] = run._plan_document()["nodes"][position]
    return node


def _definition(run: Any, node: Dict[str, Any]) -> Dict[str, Any]:
    job = run._job
    if not job:
        return {}
    order = ask("runs.order", job=job)
    return {
        "script": order["script"],
        "command": order["command"],
        "arguments": order["arguments"],
        "framework": "Python",
        "communicator": "None",
        "target": node.get("target") or "local",
        "environment": {
            "name": (node.get("environment") or {}).get("name", ""),
            "environmentVariables": {
                name: value for name, value in order["variables"].items() if not name.startswith(OURS)
            },
        },
    }


def _given(node: Dict[str, Any]) -> List[Dict[str, Any]]:
    """The data sets that a step is given, and how."""
    from hyperstep.azureml_v1.dataset import from_document

    return [
        {
            "dataset": from_document(document),
            "consumptionDetails": {
                "type": "RunInput",
                "inputName": name,
                "mechanism": str(document.get("mode") or "direct").capitalize(),
            },
        }
        for name, document in node.get("inputs", {}).items()
    ]


def _made(node: Dict[str, Any], run: Any) -> Iterator[Dict[str, Any]]:
    """The data sets that a step has made, where its job has made them."""
    from hyperstep.azureml_v1.dataset_factory import FileDatasetFactory

    named = {name: node["outputs"][name] for name in node.get("datasets", [])}
    job = run._job if named else None
    if job is None:
        return
    for name, place in zip(named, ask("files.places", job=job, outputs=list(named.values()))):
        if os.path.exists(place):
            yield {
                "identifier": {"savedId": str(uuid.uuid5(uuid.NAMESPACE_URL, place))},
                "outputType": "RunOutput",
                "outputDetails": {"outputName": name},
                "dataset": FileDatasetFactory.from_files(place),
            }


def _word(found: Row) -> str:
    return "Queued" if found.get("queued") else STATUSES[found["state"]]


def _added(run_id: str) -> str:
    """Where what a recorded run logs is written, and what was added from outside to a run of the engine's."""
    return os.path.join(interactive.folder(run_id), messages.WIRE)


def _log(run: Any) -> Optional[str]:
    job = run._job
    return str(ask("runs.log", job=job)) if job else None


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            return log.read()
    except FileNotFoundError:
        return ""


def _path(url: str) -> str:
    from urllib.parse import unquote, urlsplit

    return unquote(urlsplit(url).path)


def _time(at: Optional[float]) -> Optional[str]:
    if at is None:
        return None
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
