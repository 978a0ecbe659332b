"""The main app's webhook endpoints, and the deliveries to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from api.schemas.base import (
    IdText,
    Instant,
    InstantText,
    NextCursor,
    PreviousCursor,
    RequestModel,
    ResponseModel,
    Text,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from api.schemas.pagination import QueueQuery
from mentorship.event_types import EventType
from mentorship.web_addresses import MAX_LENGTH
from mentorship.webhooks.deliveries import DeliveryStatus, DeliveryView
from mentorship.webhooks.endpoints import (
    MAX_DESCRIPTION,
    OVERLAP,
    EndpointView,
    EndpointWithSecret,
)
from wording.translation import pgettext

MAX_OVERLAP_MINUTES = 7 * 24 * 60

_TYPES = frozenset(kind.value for kind in EventType)


def _known_type(name: str) -> str:
    if name not in _TYPES:
        raise PydanticCustomError(
            "event_type",
            pgettext(
                "a field of a request",
                "must be a type of event, such as session.booked; see the documentation",
            ),
        )
    return name


EventTypeName = Annotated[
    str,
    AfterValidator(_known_type),
    Field(max_length=60, json_schema_extra={"enum": sorted(_TYPES)}),
]
_Url = Annotated[Text, Field(min_length=1, max_length=MAX_LENGTH)]
_URL = (
    "An `https` address without a user name or a fragment. Private addresses are refused, also "
    "those that its name resolves to."
)
_EVENT_TYPES = "Only events of these types are sent. An empty list means all types."
_Secret = Annotated[
    Text, Field(max_length=200, examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
]
_SECRET = (
    "`whsec_` and 24 to 64 random bytes in base64. If it is left out, one is generated, which is "
    "better."
)


class WebhookRequest(RequestModel):
    """A new webhook endpoint."""

    model_config = with_examples(
        {"url": "https://app.example/hooks/mentorbot", "eventTypes": ["session.booked"]}
    )

    url: _Url = Field(description=_URL)
    description: Annotated[Text, Field(max_length=MAX_DESCRIPTION)] = ""
    event_types: Annotated[list[EventTypeName], Field(max_length=200)] = Field(
        default_factory=list, description=_EVENT_TYPES
    )
    secret: _Secret | None = Field(None, description=_SECRET)


class WebhookChangeRequest(RequestModel):
    """What to change of a webhook endpoint. Members that are left out stay as they are."""

    model_config = with_examples({"enabled": True})

    url: _Url | None = Field(None, description=_URL)
    description: Annotated[Text, Field(max_length=MAX_DESCRIPTION)] | None = None
    event_types: Annotated[list[EventTypeName], Field(max_length=200)] | None = Field(
        None, description=_EVENT_TYPES
    )
    enabled: bool | None = Field(
        None,
        description="`false` stops deliveries. An endpoint that is enabled again gets the events "
        "from then on; replay those that it has missed.",
    )


class SecretRequest(RequestModel):
    """A rotation of an endpoint's secret."""

    model_config = with_examples({"overlap": 1440})

    secret: _Secret | None = Field(None, description=_SECRET)
    overlap: Annotated[int, Field(ge=0, le=MAX_OVERLAP_MINUTES)] = Field(
        int(OVERLAP.total_seconds() // 60),
        description="For how many minutes webhooks are signed with both secrets. 0 ends the "
        "previous one at once, as after a leak.",
    )


class ReplayRequest(RequestModel):
    """From when on to send an endpoint its events again."""

    model_config = with_examples({"since": "2026-03-02T00:00:00Z"})

    since: Instant


class DeliveryQuery(QueueQuery):
    """Which of an endpoint's deliveries to return, and which page of them."""

    status: Literal["pending", "sent", "failed"] | None = Field(
        None, description="Only deliveries with this status."
    )

    def delivery_status(self) -> DeliveryStatus | None:
        """Return it for the use case."""
        return None if self.status is None else DeliveryStatus(self.status)


_EXAMPLE: dict[str, Any] = {
    "id": "3",
    "name": None,
    "url": "https://app.example/hooks/mentorbot",
    "description": "",
    "eventTypes": ["session.booked"],
    "enabled": True,
    "disabledAt": None,
    "disabledReason": None,
    "failingSince": None,
    "previousSecretUntil": None,
    "revision": 1,
    "createdAt": "2026-03-02T12:00:00Z",
}


class Webhook(ResponseModel):
    """A webhook endpoint. Its secret is only shown when it is created or rotated."""

    model_config = with_examples(_EXAMPLE)

    id: IdText
    name: str | None = Field(
        description="Its name in the program's configuration. Such an endpoint can't be changed "
        "over the API. Null for all others."
    )
    url: str
    description: str
    event_types: list[str] = Field(description=_EVENT_TYPES)
    enabled: bool
    disabled_at: InstantText | None
    disabled_reason: Literal["switched-off", "failing", "gone"] | None = Field(
        description="`failing`: no delivery succeeded for a week. `gone`: the endpoint answered "
        "410. `switched-off`: by a request, or by the configuration."
    )
    failing_since: InstantText | None = Field(
        description="The first failure since a delivery succeeded."
    )
    previous_secret_until: InstantText | None = Field(
        description="Until when webhooks are also signed with the secret before the current one."
    )
    revision: int = Field(description="Rises with each change.")
    created_at: InstantText

    @classmethod
    def from_domain(cls, endpoint: EndpointView) -> Webhook:
        return cls(**_members(endpoint))


class WebhookWithSecret(Webhook):
    """A webhook endpoint with its secret. Store it now: it isn't shown again."""

    model_config = with_examples(_EXAMPLE | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})

    secret: str

    @classmethod
    def of(cls, created: EndpointWithSecret) -> WebhookWithSecret:
        """Create it from the result of a use case."""
        return cls(**_members(created.endpoint), secret=created.secret)


class WebhookList(ResponseModel):
    """The server's webhook endpoints, the oldest first."""

    model_config = with_examples({"webhooks": [_EXAMPLE]})

    webhooks: list[Webhook]


def _members(endpoint: EndpointView) -> dict[str, Any]:
    reason = endpoint.disabled_reason
    return {
        "id": str(endpoint.id),
        "name": endpoint.name,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": [kind.value for kind in endpoint.event_types],
        "enabled": endpoint.is_enabled,
        "disabled_at": optional_rfc3339(endpoint.disabled_at),
        "disabled_reason": None if reason is None else reason.value.replace("_", "-"),
        "failing_since": optional_rfc3339(endpoint.failing_since),
        "previous_secret_until": optional_rfc3339(endpoint.previous_secret_until),
        "revision": endpoint.revision,
        "created_at": rfc3339(endpoint.created_at),
    }


_DELIVERY_EXAMPLE: dict[str, Any] = {
    "id": "9",
    "webhookId": "evt_1042",
    "eventType": "session.booked",
    "status": "pending",
    "attempts": 1,
    "nextAttemptAt": "2026-03-02T12:00:05Z",
    "lastStatus": 500,
    "lastError": None,
    "createdAt": "2026-03-02T12:00:00Z",
    "settledAt": None,
}


class WebhookDelivery(ResponseModel):
    """An event for an endpoint, or a test."""

    model_config = with_examples(_DELIVERY_EXAMPLE)

    id: IdText
    webhook_id: str = Field(description="The header `webhook-id` of each attempt.")
    event_type: str | None = Field(
        description="`webhook.test` for a test. Null once the event was deleted for its age."
    )
    status: Literal["pending", "sent", "failed"] = Field(
        description="`failed`: it isn't tried any more. Replay it."
    )
    attempts: int
    next_attempt_at: InstantText | None = Field(
        description="Null after the last attempt, and while an earlier event of the same session "
        "is pending."
    )
    last_status: int | None = Field(description="The HTTP status of the last answer.")
    last_error: str | None = Field(
        description="Why there was no answer to the last attempt, such as `timeout`, "
        "`unreachable`, `unknown-host`, `bad-certificate` or `refused`, which is a private address."
    )
    created_at: InstantText
    settled_at: InstantText | None = Field(description="When it was sent, or failed for good.")

    @classmethod
    def from_domain(cls, delivery: DeliveryView) -> WebhookDelivery:
        return cls(
            id=str(delivery.id),
            webhook_id=delivery.message_id,
            event_type=delivery.event_type,
            status=delivery.status.value,
            attempts=delivery.attempts,
            next_attempt_at=optional_rfc3339(delivery.next_at),
            last_status=delivery.last_status,
            last_error=delivery.last_error and delivery.last_error.replace("_", "-"),
            created_at=rfc3339(delivery.created_at),
            settled_at=optional_rfc3339(delivery.settled_at),
        )


class WebhookDeliveryPage(ResponseModel):
    """A page of an endpoint's deliveries, the latest first."""

    model_config = with_examples(
        {"deliveries": [_DELIVERY_EXAMPLE], "nextCursor": None, "previousCursor": None}
    )

    deliveries: list[WebhookDelivery]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor
