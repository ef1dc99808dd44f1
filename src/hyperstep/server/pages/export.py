"""Export: the trials that a tuning page shows, all pages of them, as CSV and JSON."""

from __future__ import annotations

import io
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hyperstep.engine.ids import step_id
from hyperstep.plots import searched
from hyperstep.server.pages.asked import Asked
from hyperstep.server.pages.render import address
from hyperstep.server.reading import Reading
from hyperstep.store.tables import Record, trial_records, write_csv
from hyperstep.store.trial_pages import SCORE, Order, trial_page

_EVERY = 1 << 30


def csv(request: Request) -> Response:
    """Comma-separated values, a line for each trial."""
    text = io.StringIO()
    write_csv(_records(request), text)
    return _download(request, text.getvalue(), "text/csv", "csv")


def as_json(request: Request) -> Response:
    """A list of objects; NaN and infinities, which JSON lacks, are the texts `nan`, `inf` and `-inf`."""
    records = [{name: _plain(value) for name, value in record.items()} for record in _records(request)]
    return _download(request, json.dumps(records), "application/json", "json")


def _records(request: Request) -> list[Record]:
    reading: Reading = request.app.state.reading
    given = request.path_params
    with reading.moment() as moment:
        step, search = searched(moment.db, step_id(str(given["run"]), given["step"]))
        asked = Asked(address("runs", step.id), request.query_params, search.space.names)
        order = asked.order if asked.order.by else Order(by=SCORE, descending=step.goal == "maximize")
        found, _ = trial_page(moment.db, step.id, asked.wanted, order, limit=_EVERY)
        return trial_records(moment.db, found)


def _plain(value: Any) -> Any:
    return repr(value) if isinstance(value, float) and (value != value or abs(value) == float("inf")) else value


def _download(request: Request, text: str, kind: str, ending: str) -> Response:
    name = f"trials-{request.path_params['run']}.{ending}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-type": f"{kind}; charset=utf-8"}
    return Response(text.encode("utf-8", "replace"), headers=headers)


ROUTES = (
    Route("/runs/{run:int}/{step}/trials.csv", csv, methods=["GET"]),
    Route("/runs/{run:int}/{step}/trials.json", as_json, methods=["GET"]),
)
