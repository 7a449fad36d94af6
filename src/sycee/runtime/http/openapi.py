"""OpenAPI 3.1 from the declared routes: nothing is said twice, so nothing can drift."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from sycee.kit.errors import Invalid, Refusal, title_of
from sycee.runtime.http import problems, routes
from sycee.runtime.http.problems import Problem
from sycee.runtime.http.routes import PathField, Route, Sort
from sycee.runtime.http.sessions import COOKIE
from sycee.runtime.perform import IdempotencyKeyReused

Json = dict[str, Any]
_REF = "#/components/schemas/{name}"
_NOUN = re.compile(r"\{([a-z_]+):[a-z]+\}")

_ALWAYS: tuple[type[Refusal], ...] = (
    problems.RateExceeded,
    problems.Unforeseen,
    problems.Busy,
    problems.Unavailable,
)
_WITH_KEY: tuple[type[Refusal], ...] = (
    problems.IdempotencyKeyMissing,
    problems.IdempotencyKeyInvalid,
)
_WITH_SESSION: tuple[type[Refusal], ...] = (
    problems.ProofMissing,
    problems.ProofWrong,
    problems.ProofUsed,
    problems.ClockApart,
    problems.CrossSite,
)
_WITH_BODY: tuple[type[Refusal], ...] = (
    problems.BodyTooLarge,
    problems.MediaUnsupported,
    problems.Malformed,
)


def document(
    declared: Sequence[Route],
    *,
    title: str,
    version: str,
    about: str,
    strangers: Sequence[type[Refusal]] = (),
) -> Json:
    """The whole document, with paths and components in a stable order.

    `strangers` is why a key or session may not be valid: each may come as 401 of a route that asks.
    """
    wanted: list[Any] = [Problem]
    for route in declared:
        wanted.extend([] if route.file else [route.gives])
        wanted.extend([route.body] if route.body and not route.raw else [])
    schemas, components = _schemas(wanted)
    by_type = dict(zip(map(str, wanted), schemas, strict=True))
    paths: Json = {}
    shared: Json = {}
    for route in sorted(declared, key=lambda each: (each.path, each.method)):
        item = paths.setdefault(_NOUN.sub(r"{\1}", route.path), {})
        item[route.method.lower()] = _operation(route, by_type, shared, strangers)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": about},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": dict(sorted(shared.items())),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key: `Authorization: Bearer sk_…`.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": "A session's cookie; it works with `proof` only.",
                },
                "proof": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Sycee-Proof",
                    "description": "The signature of this request by the session's device.",
                },
            },
        },
    }


def _schemas(wanted: list[Any]) -> tuple[Any, Json]:
    """Each type's schema, and the components that they name.

    Where Python says `\\Z` JSON Schema says `$`, which for Python is before a last line feed too.
    """
    found = msgspec.json.schema_components(wanted, ref_template=_REF)
    return msgspec.json.decode(msgspec.json.encode(found).replace(rb'\\Z"', b'$"'))


def refusals_of(route: Route) -> list[type[Refusal]]:
    """Everything a route can refuse: what it declares, and what its sort brings along."""
    found: list[type[Refusal]] = list(route.refuses)
    if route.path_fields or route.query_fields:
        found.append(Invalid)
    if route.writes:
        found.extend((*_WITH_KEY, IdempotencyKeyReused))
    if route.body is not None:
        found.extend(_WITH_BODY)
    if route.scope is not None:
        found.extend((problems.Unauthenticated, problems.ScopeMissing, *_WITH_SESSION))
    return list(dict.fromkeys((*found, *_ALWAYS)))


def _operation(
    route: Route, by_type: dict[str, Any], shared: Json, strangers: Sequence[type[Refusal]]
) -> Json:
    made: Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
    }
    if route.description:
        made["description"] = route.description
    made["parameters"] = [*map(_path_parameter, route.path_fields), *_query_parameters(route)]
    if route.writes:
        made["parameters"].append(_KEY_PARAMETER)
    if route.raw is not None:
        file = {"type": "string", "contentMediaType": route.raw.media}
        made["requestBody"] = {"required": True, "content": {route.raw.media: {"schema": file}}}
    elif route.body is not None:
        schema = by_type[str(route.body)]
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    made["responses"] = _responses(route, _content(route, by_type), shared, strangers)
    if route.scope is not None:
        made["security"] = [{"key": []}, {"session": [], "proof": []}]
        made["x-scope"] = route.scope
    return made


_KEY_PARAMETER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A fresh one for each thing you want done; the same one when you repeat a call.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


def _path_parameter(field: PathField) -> Json:
    schema: Json = {"type": "string", "minLength": 1, "maxLength": 256}
    if field.noun is not None:
        schema = {"type": "string", "pattern": f"^{field.noun}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}
    return {"name": field.name, "in": "path", "required": True, "schema": schema}


def _query_parameters(route: Route) -> list[Json]:
    struct = routes.query_struct(route)
    if struct is None:
        return []
    _, components = _schemas([struct])
    schema = components[struct.__name__]
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _inline(_plain(each), components),
        }
        for name, each in schema["properties"].items()
    ]


def _plain(schema: Json) -> Json:
    """Without the null that only says "absent": a query string has no null."""
    options = [o for o in schema.get("anyOf", ()) if o != {"type": "null"}]
    if len(options) != 1:
        return schema
    return options[0]


def _inline(schema: Json, components: Json) -> Json:
    """A small named type (an enumeration) in its place."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return components[name] if name else schema


def _content(route: Route, by_type: dict[str, Any]) -> Json:
    """What a route gives, by media type."""
    if route.sort is Sort.STREAM:
        return {"text/event-stream": {"schema": by_type[str(route.gives)]}}
    if route.file is None:
        return {"application/json": {"schema": by_type[str(route.gives)]}}
    return {
        media: {"schema": {"type": "string", "contentMediaType": media}}
        for media in route.file.MEDIA
    }


def _responses(
    route: Route, content: Json, shared: Json, strangers: Sequence[type[Refusal]]
) -> Json:
    """Answers by status; refusals that the door gives on many routes are said once, in `shared`."""
    responses: Json = {
        str(route.status): {
            "description": HTTPStatus(route.status).phrase,
            "content": content,
        }
    }
    by_status: dict[int, list[type[Refusal]]] = {}
    for refusal in refusals_of(route):
        by_status.setdefault(problems.status_of_class(refusal), []).append(refusal)
    for status, refusals in sorted(by_status.items()):
        if status == HTTPStatus.UNAUTHORIZED:
            shared["unauthenticated"] = _refused([*refusals, *strangers])
            responses[str(status)] = {"$ref": "#/components/responses/unauthenticated"}
            continue
        refused = _refused(refusals)
        if all(issubclass(refusal, problems.DoorRefusal) for refusal in refusals):
            name = "-".join(sorted(refusal.code for refusal in refusals))
            shared[name] = refused
            refused = {"$ref": f"#/components/responses/{name}"}
        responses[str(status)] = refused
    return responses


def _refused(refusals: Iterable[type[Refusal]]) -> Json:
    rows = sorted((refusal.code, title_of(refusal)) for refusal in refusals)
    return {
        "description": "\n".join(f"- `{code}`: {title}" for code, title in rows),
        "content": {
            "application/problem+json": {
                "schema": {
                    "allOf": [
                        {"$ref": _REF.format(name="Problem")},
                        {"properties": {"code": {"enum": [code for code, _ in rows]}}},
                    ]
                }
            }
        },
    }
