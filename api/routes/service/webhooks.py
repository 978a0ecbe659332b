"""Routes of the main app's webhook endpoints, and of the deliveries to them."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import Caller, ServiceCaller, get_state
from api.http import preconditions
from api.idempotency import EFFECT_ONLY, Result, changed_response, created_response
from api.openapi import error_responses
from api.pagination import load_page
from api.problems import invalid_value
from api.schemas.base import Id
from api.schemas.service.webhooks import (
    DeliveryQuery,
    ReplayRequest,
    SecretRequest,
    Webhook,
    WebhookChangeRequest,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookList,
    WebhookRequest,
    WebhookWithSecret,
)
from mentorship import web_addresses
from mentorship.actors import Actor
from mentorship.errors import (
    ChangedMeanwhile,
    ConfiguredEndpoint,
    EndpointDisabled,
    InvalidField,
    KeyReused,
    NotFound,
    RotationPending,
    TooManyEndpoints,
)
from mentorship.event_types import EventType
from mentorship.idempotency import Answer
from mentorship.pagination import Page
from mentorship.web_addresses import UnusableAddress, WebAddress
from mentorship.webhooks import deliveries, endpoints, secrets
from mentorship.webhooks.deliveries import DeliveryView
from mentorship.webhooks.endpoints import (
    EndpointChange,
    EndpointView,
    EndpointWithSecret,
    NewEndpoint,
)
from storage import Transaction
from wording.integrations.web_addresses import address_problem

router = APIRouter(tags=["service"])

_ETAG_HEADER = preconditions.etag_header("endpoint")

WebhookId = Annotated[Id, Path(alias="id", description="The endpoint's id.")]
DeliveryId = Annotated[Id, Path(alias="deliveryId", description="The delivery's id.")]


@router.post(
    "/webhooks",
    summary="Create a webhook endpoint",
    status_code=HTTPStatus.CREATED,
    response_model=WebhookWithSecret,
    responses=error_responses(NotFound, InvalidField, TooManyEndpoints, KeyReused, has_body=True),
)
async def create_webhook(caller: ServiceCaller, body: WebhookRequest) -> Response:
    """Have the server's events sent to your app, from now on. The response has the secret with
    which they are signed, and no other response has it. Sent again with the same `Idempotency-Key`,
    the call returns it for as long as it is used (404 `not-found` after that)."""
    new = NewEndpoint(
        _address(caller, body.url), body.description, _types(body.event_types), body.secret
    )

    async def create(tx: Transaction, actor: Actor) -> Answer:
        return _without_secret(await endpoints.create(tx, actor, new))

    return created_response(await _with_secret(caller, await caller.run_once(create)))


@router.get("/webhooks", summary="List webhook endpoints", responses=error_responses())
async def list_webhooks(caller: ServiceCaller) -> WebhookList:
    """Return the server's webhook endpoints, also those of the program's configuration."""
    listed = await caller.read(endpoints.list_all)
    return WebhookList(webhooks=[Webhook.from_domain(endpoint) for endpoint in listed])


@router.get(
    "/webhooks/{id}",
    summary="Get a webhook endpoint",
    responses=_ETAG_HEADER | error_responses(NotFound),
)
async def get_webhook(caller: ServiceCaller, endpoint_id: WebhookId, response: Response) -> Webhook:
    """Return a webhook endpoint, and whether deliveries to it fail."""
    return _webhook_response(await caller.read(endpoints.load, endpoint_id), response)


@router.patch(
    "/webhooks/{id}",
    summary="Change a webhook endpoint",
    response_model=Webhook,
    openapi_extra=preconditions.IF_MATCH_PARAMETER,
    responses=_ETAG_HEADER
    | error_responses(
        NotFound,
        ConfiguredEndpoint,
        ChangedMeanwhile,
        preconditions.WEAK_TAG,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def change_webhook(
    caller: ServiceCaller, endpoint_id: WebhookId, body: WebhookChangeRequest
) -> Response:
    """Change the address, description or event types of an endpoint, or switch it off and on."""
    change = EndpointChange(
        url=None if body.url is None else _address(caller, body.url),
        description=body.description,
        event_types=None if body.event_types is None else _types(body.event_types),
        is_enabled=body.enabled,
    )
    versions = preconditions.expected_versions(caller.request)

    async def apply(tx: Transaction, actor: Actor) -> Answer:
        endpoint = await endpoints.change(tx, actor, endpoint_id, change, versions)
        webhook = Webhook.from_domain(endpoint).model_dump()
        return Answer({"webhook": webhook, "revision": endpoint.revision})

    result = await caller.run_once(apply)
    webhook = result.body["webhook"]
    response = changed_response(result.with_body(webhook))
    response.headers["ETag"] = preconditions.format_version(result.body["revision"], webhook)
    return response


@router.delete(
    "/webhooks/{id}",
    summary="Delete a webhook endpoint",
    response_model=WebhookList,
    openapi_extra=preconditions.IF_MATCH_PARAMETER,
    responses=error_responses(
        NotFound, ConfiguredEndpoint, ChangedMeanwhile, preconditions.WEAK_TAG, KeyReused
    ),
)
async def delete_webhook(caller: ServiceCaller, endpoint_id: WebhookId) -> Response:
    """Delete an endpoint and its deliveries. Nothing is sent to it any more. Returns the endpoints
    that are left."""
    versions = preconditions.expected_versions(caller.request)

    async def delete(tx: Transaction, actor: Actor) -> Answer:
        await endpoints.delete(tx, actor, endpoint_id, versions)
        return EFFECT_ONLY

    result = await caller.run_once(delete)
    left = await list_webhooks(caller)
    return changed_response(result.with_body(left.model_dump()))


@router.post(
    "/webhooks/{id}/secret",
    summary="Rotate a webhook endpoint's secret",
    status_code=HTTPStatus.CREATED,
    response_model=WebhookWithSecret,
    responses=error_responses(
        NotFound, ConfiguredEndpoint, RotationPending, InvalidField, KeyReused, has_body=True
    ),
)
async def rotate_webhook_secret(
    caller: ServiceCaller, endpoint_id: WebhookId, body: SecretRequest | None = None
) -> Response:
    """Replace an endpoint's secret, and return the new one. For 24 hours, or as long as `overlap`
    says, webhooks have a signature for each of the two. Then the previous one is no longer used."""
    request = body or SecretRequest()

    async def rotate(tx: Transaction, actor: Actor) -> Answer:
        overlap = timedelta(minutes=request.overlap)
        rotated = await endpoints.rotate(tx, actor, endpoint_id, request.secret, overlap)
        return _without_secret(rotated)

    return created_response(await _with_secret(caller, await caller.run_once(rotate)))


@router.post(
    "/webhooks/{id}/test",
    summary="Send a test to a webhook endpoint",
    status_code=HTTPStatus.CREATED,
    response_model=WebhookDelivery,
    responses=error_responses(NotFound, EndpointDisabled, KeyReused),
)
async def test_webhook(caller: ServiceCaller, endpoint_id: WebhookId) -> Response:
    """Send an event of type `webhook.test` to an endpoint. Its delivery says how that went."""

    async def send(tx: Transaction, actor: Actor) -> Answer:
        delivery = await deliveries.send_test(tx, actor, endpoint_id)
        return Answer(WebhookDelivery.from_domain(delivery).model_dump())

    return created_response(await caller.run_once(send))


@router.get(
    "/webhooks/{id}/deliveries",
    summary="List deliveries to a webhook endpoint",
    responses=error_responses(NotFound),
)
async def list_webhook_deliveries(
    caller: ServiceCaller, endpoint_id: WebhookId, query: Annotated[DeliveryQuery, Query()]
) -> WebhookDeliveryPage:
    """Return what was sent to an endpoint and what waits, the latest first."""

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[DeliveryView]:
        status = query.delivery_status()
        return await deliveries.list_page(tx, actor, endpoint_id, status, cursor, query.limit)

    page = await load_page(caller, load, query)
    return WebhookDeliveryPage(
        deliveries=[WebhookDelivery.from_domain(delivery) for delivery in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.get(
    "/webhooks/{id}/deliveries/{deliveryId}",
    summary="Get a delivery to a webhook endpoint",
    responses=error_responses(NotFound),
)
async def get_webhook_delivery(
    caller: ServiceCaller, endpoint_id: WebhookId, delivery_id: DeliveryId
) -> WebhookDelivery:
    """Return one delivery, and how its last attempt went."""
    return WebhookDelivery.from_domain(await caller.read(deliveries.load, endpoint_id, delivery_id))


@router.post(
    "/webhooks/{id}/deliveries/{deliveryId}/replay",
    summary="Repeat a delivery to a webhook endpoint",
    response_model=WebhookDelivery,
    responses=error_responses(NotFound, EndpointDisabled, KeyReused),
)
async def replay_webhook_delivery(
    caller: ServiceCaller, endpoint_id: WebhookId, delivery_id: DeliveryId
) -> Response:
    """Send one event to an endpoint once more, with the same `webhook-id` and as things are now."""

    async def replay(tx: Transaction, actor: Actor) -> Answer:
        delivery = await deliveries.replay(tx, actor, endpoint_id, delivery_id)
        return Answer(WebhookDelivery.from_domain(delivery).model_dump())

    return changed_response(await caller.run_once(replay))


@router.post(
    "/webhooks/{id}/replay",
    summary="Repeat all deliveries to a webhook endpoint since an instant",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Webhook,
    responses=error_responses(NotFound, EndpointDisabled, KeyReused, has_body=True),
)
async def replay_webhook(
    caller: ServiceCaller, endpoint_id: WebhookId, body: ReplayRequest
) -> Response:
    """Send an endpoint all its events since an instant once more, with the same ids. They are sent
    in the background, among the new ones."""

    async def replay(tx: Transaction, actor: Actor) -> Answer:
        endpoint = await deliveries.replay_since(tx, actor, endpoint_id, body.since)
        return Answer(Webhook.from_domain(endpoint).model_dump())

    return created_response(await caller.run_once(replay), status=HTTPStatus.ACCEPTED)


def _without_secret(created: EndpointWithSecret) -> Answer:
    """Return what to store under an idempotency key, for a week: not the secret itself."""
    body = WebhookWithSecret.of(created).model_dump()
    return Answer(body | {"secret": secrets.fingerprint(created.secret)})


async def _with_secret(caller: Caller, result: Result) -> Result:
    """Return a stored response with the secret. Raises `NotFound` if it was replaced since."""
    body = result.body
    secret = await caller.read(endpoints.load_secret, int(body["id"]), body["secret"])
    return result.with_body(body | {"secret": secret})


def _address(caller: Caller, url: str) -> WebAddress:
    """Return an address that may be called. Raises `Problem` (422)."""
    allow_private = get_state(caller.request).allow_private_addresses
    try:
        return web_addresses.parse(url, allow_private=allow_private)
    except UnusableAddress as error:
        raise invalid_value("/url", address_problem(error.problem)) from None


def _webhook_response(endpoint: EndpointView, response: Response) -> Webhook:
    webhook = Webhook.from_domain(endpoint)
    response.headers["ETag"] = preconditions.format_version(endpoint.revision, webhook.model_dump())
    return webhook


def _types(names: list[str]) -> tuple[EventType, ...]:
    return tuple(map(EventType, names))
