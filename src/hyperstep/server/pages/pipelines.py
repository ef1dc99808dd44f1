"""Pipelines: the published ones, and the form that runs one, made from its parameters."""

from __future__ import annotations

import json
import shlex
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hyperstep.actions import submission
from hyperstep.errors import SubmissionError
from hyperstep.pipeline.parameter import ParameterValue
from hyperstep.search.values import text_of
from hyperstep.server.acting import Acting
from hyperstep.server.pages.form import submitted
from hyperstep.server.pages.render import address, page
from hyperstep.server.reading import Reading
from hyperstep.store import asked, queries

_NAMED = "p."
_RUNS = 10


def show_all(request: Request) -> Response:
    """The newest version of every published pipeline."""
    reading: Reading = request.app.state.reading
    with reading.moment() as moment:
        return page(
            request,
            "pipelines.html",
            title="Pipelines",
            active="Pipelines",
            number=moment.number,
            pipelines=asked.publications(moment.db),
            run=queries.pipelines_run(moment.db),
        )


def show(request: Request) -> Response:
    """A published pipeline with the form that runs it; the form's fields may be given in the address."""
    reading: Reading = request.app.state.reading
    name = request.path_params["name"]
    version = request.query_params.get("version", "")
    with reading.moment() as moment:
        versions = asked.publications(moment.db, name)
        found = asked.publication(moment.db, name, int(version) if version.isdecimal() and len(version) < 16 else None)
        defaults = found.submission.pipeline.parameters
        given = {key: request.query_params.get(f"{_NAMED}{key}", text_of(value)) for key, value in defaults.items()}
        return page(
            request,
            "pipeline.html",
            title=f"Pipeline {name}",
            active="Pipelines",
            number=moment.number,
            name=name,
            version=found.version,
            versions=versions,
            steps=found.submission.pipeline.steps,
            fields=[(key, _kind(default), given[key], text_of(default)) for key, default in defaults.items()],
            curl=_curl(str(request.base_url).rstrip("/"), name, defaults),
            key=str(uuid4()),
            runs=queries.runs(moment.db, limit=_RUNS, pipeline=found.submission.pipeline.name),
        )


async def submit(request: Request) -> Response:
    """Record a run of it, once for each form that was shown, and go to its page."""
    form = await submitted(request)
    reading: Reading = request.app.state.reading
    version = form.get("version", "")
    found = asked.publication(
        reading.db, request.path_params["name"], int(version) if version.isdecimal() and len(version) < 16 else None
    )
    defaults = found.submission.pipeline.parameters
    values = {
        key: _typed(
            key, form.get(f"{_NAMED}{key}", "false" if isinstance(default, bool) else text_of(default)), default
        )
        for key, default in defaults.items()
    }
    label = form.get("label", "").strip()
    event = submission(
        found,
        values,
        key=form.get("key", "")[:100],
        labels={"note": label} if label else {},
        fresh="fresh" in form,
        keep_going="keep_going" in form,
    )
    acting: Acting = request.app.state.acting
    return RedirectResponse(address("runs", (await acting.submit(event)).run), status_code=303)


def _typed(name: str, text: str | None, default: ParameterValue) -> ParameterValue:
    """A field as a value of the default's type; a box that wasn't ticked isn't sent at all."""
    if text is None:
        return False if isinstance(default, bool) else default
    try:
        if isinstance(default, bool):
            return {"true": True, "on": True, "false": False}[text.strip().lower()]
        return type(default)(text)
    except (ValueError, KeyError):
        kind = _kind(default)
        raise SubmissionError(f"Parameter {name!r} was given {text!r}, but is {kind}. Give one.") from None


def _kind(default: ParameterValue) -> str:
    match default:
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case _:
            return "a text"


def _curl(url: str, name: str, defaults: dict[str, ParameterValue]) -> str:
    body = json.dumps({"parameters": defaults})
    return "\n".join(
        [
            f"curl {url}{address('api', 'pipelines', name, 'runs')} \\",
            '  -H "Authorization: Bearer $(cat .hyperstep/server/token)" \\',
            '  -H "Idempotency-Key: $(uuidgen)" -H "Content-Type: application/json" \\',
            f"  -d {shlex.quote(body)}",
        ]
    )


ROUTES = (
    Route("/pipelines", show_all, methods=["GET"]),
    Route("/pipelines/{name}", show, methods=["GET"]),
    Route("/pipelines/{name}/runs", submit, methods=["POST"]),
)
