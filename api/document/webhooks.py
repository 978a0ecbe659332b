"""The webhooks of the OpenAPI document: what the main app's endpoints receive."""

from __future__ import annotations

from typing import Any

from pydantic.alias_generators import to_camel
from pydantic.json_schema import models_json_schema

from api.webhooks.payloads import EVENTS, TEST_TYPE, EventBody, TestEvent

TAG = "webhooks"

_REF = "#/components/schemas/{model}"

_HEADERS = (
    (
        "webhook-id",
        "Identifies the event. The same for each attempt: handle an id only once.",
        {"type": "string", "examples": ["evt_1042"]},
    ),
    (
        "webhook-timestamp",
        "When this attempt was sent, in seconds since 1970. Refuse one that is more than 5 minutes "
        "away.",
        {"type": "string", "pattern": "^[0-9]+$", "examples": ["1772452800"]},
    ),
    (
        "webhook-signature",
        "Signatures of id, timestamp and body, separated by spaces. One of them has to be valid.",
        {"type": "string", "examples": ["v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="]},
    ),
)

WEBHOOK_PARAMETERS = {
    to_camel(name.replace("-", "_")): {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": schema,
    }
    for name, description, schema in _HEADERS
}
"""The headers of webhooks, by their names in `components/parameters`."""

_RESPONSES = {
    "2XX": {"description": "The event was received. Answer within 15 seconds."},
    "410": {"description": "No more events, please: the endpoint is switched off."},
    "default": {"description": "The event is sent again later, up to ten times in three days."},
}


def webhooks() -> dict[str, Any]:
    """Return the path items of all webhooks, by the type of their event."""
    items = {str(kind): (model, text) for kind, (model, text) in EVENTS.items()}
    items[TEST_TYPE] = (TestEvent, "A test that the main app asked for. Nothing has happened.")
    return {kind: {"post": _operation(kind, *items[kind])} for kind in items}


def webhook_schemas() -> dict[str, Any]:
    """Return the schemas of the bodies of all webhooks, and of what they contain, by name."""
    models: set[type[EventBody]] = {*(model for model, _ in EVENTS.values()), TestEvent}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schema = models_json_schema(
        [(model, "serialization") for model in ordered], ref_template=_REF
    )
    schemas: dict[str, Any] = schema["$defs"]
    return schemas


def _operation(kind: str, model: type[EventBody], description: str) -> dict[str, Any]:
    words = kind.replace(".", " ").replace("_", " ")
    return {
        "tags": [TAG],
        "operationId": to_camel("on_" + kind.replace(".", "_")),
        "summary": words.capitalize(),
        "description": description,
        "security": [],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in WEBHOOK_PARAMETERS],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}
            },
        },
        "responses": _RESPONSES,
    }
