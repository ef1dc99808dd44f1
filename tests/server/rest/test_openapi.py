"""The description of the REST interface: it names all of it, and what it says is so."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest

from hyperstep.server.rest.table import ENDPOINTS

pytestmark = pytest.mark.anyio


@pytest.fixture
async def described(client) -> dict[str, Any]:
    async with client() as asking:
        return (await asking.get("/api/openapi.json")).json()


async def test_every_address_is_described(described):
    told = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}

    assert told == {(one.method, re.sub(r":\w+}", "}", one.path)) for one in ENDPOINTS}


async def test_every_reference_leads_somewhere(described):
    def references(value):
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    found = set(references(described))

    assert len(found) > 10
    assert found <= {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}


async def test_what_is_answered_is_what_is_described(client, described, finished, published):
    values = {
        "run": "1",
        "step": "tune",
        "trial": "1",
        "job": "1/tune/1.0",
        "metric": "score",
        "model": "tiny",
        "version": "1",
        "pipeline": "small",
    }
    checked = []
    async with client() as asking:
        for path, methods in described["paths"].items():
            content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
            if "application/json" in content:
                answer = await asking.get(path.format(**values))
                schema = {**content["application/json"]["schema"], "components": described["components"]}
                jsonschema.Draft202012Validator(schema).validate(answer.json())
                checked.append(path)

    assert len(checked) == len([one for one in ENDPOINTS if one.method == "GET" and one.answers is not None])
