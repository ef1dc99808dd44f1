"""Form: what a page of ours has sent, if it was one of ours."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request

from hyperstep.server.access import Access
from hyperstep.server.guard import Refusal, Visitor

TOKEN = "form_token"  # noqa: S105 - the field's name
_MOST_FIELDS = 500


async def submitted(request: Request) -> dict[str, str]:
    """The fields of a form, the last value of each; Refusal if it isn't one that this session was shown.

    A program that sends the server's token needs no form token: no browser adds that by itself.
    """
    return {name: values[-1] for name, values in (await submitted_lists(request)).items()}


async def submitted_lists(request: Request) -> dict[str, list[str]]:
    """The same with all values of each field."""
    try:
        text = (await request.body()).decode()
        form = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refusal(400, f"A form is UTF-8 text with at most {_MOST_FIELDS} fields.") from None
    visitor: Visitor = request.state.visitor
    access: Access = request.app.state.access
    if visitor.session and not access.is_form_token(visitor.session, form.get(TOKEN, [""])[-1]):
        raise Refusal(403, "This form is of another session. Load the page again, then send it once more.")
    return form
