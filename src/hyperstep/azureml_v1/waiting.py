"""Wait for a run, and show its log as it grows."""

from __future__ import annotations

import os
import time
from typing import Any, Dict

from hyperstep.azureml_v1 import home, identity, run_state
from hyperstep.azureml_v1.exceptions import ActivityFailedException, UserErrorException
from hyperstep.azureml_v1.run import ENDED

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0
LAST_LINES = 20
RULE = "=" * 37


def wait(run: Any, *, show_output: bool, raise_on_error: bool) -> Dict[str, Any]:
    """Wait for the end; returns the details."""
    if show_output:
        print("RunId: %s\nLink to the run's folder: %s" % (run.id, run.get_portal_url()))
    shown = 0
    pause = FIRST_PAUSE
    status = run.get_status()
    if status not in ENDED:
        check_that_it_can_end(run)
    while status not in ENDED:
        if show_output:
            shown = _show(run, shown)
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        status = run.get_status()
    if show_output:
        _show(run, shown, whole=False)
        print("\nExecution Summary\n%s\nRunId: %s\nStatus: %s" % (RULE, run.id, status))
    details: Dict[str, Any] = run.get_details()
    if status == "Failed" and raise_on_error:
        error = details.get("error", {"error": {"message": "its log says why."}})
        raise ActivityFailedException(
            "Run %s failed: %s%s" % (run.id, error["error"]["message"], _last_lines(run)), error_details=error
        )
    return details


def check_that_it_can_end(run: Any) -> None:
    """Raise in a job for another run than the job's own: it begins when that has ended."""
    job = os.environ.get(home.JOB)
    if job and identity.parse(run.id).run not in ("", job.split("/")[0]):
        raise UserErrorException(
            "Run %s begins when the run of this script has ended, as the runs of a workspace follow each other, so the "
            "script can't wait for it. Wait in the program that submits the script, or make it a step after it."
            % run.id
        )


def _show(run: Any, shown: int, *, whole: bool = True) -> int:
    """Print what has come to the log; returns how many of its bytes are shown. whole: leave an unfinished line out."""
    path = run_state.log_path(run)
    if path is None:
        return shown
    try:
        with open(path, "rb") as log:
            log.seek(shown)
            new = log.read()
    except FileNotFoundError:
        return shown
    if whole:
        new = new[: new.rfind(b"\n") + 1]  # half a line may be half a character
    if new:
        print(new.decode("utf-8", "replace"), end="")
    return shown + len(new)


def _last_lines(run: Any) -> str:
    path = run_state.log_path(run)
    if path is None:
        return ""
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            lines = log.read().splitlines()[-LAST_LINES:]
    except FileNotFoundError:
        return ""
    return "\nThe last lines of its log (%s):\n%s" % (path, "\n".join(lines)) if lines else ""
