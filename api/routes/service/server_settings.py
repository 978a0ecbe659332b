"""Routes of the server's settings."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.dependencies import ReaderCaller, ServiceCaller
from api.http import preconditions
from api.idempotency import changed_response
from api.openapi import error_responses
from api.schemas.service.server_settings import ServerSettings, ServerSettingsRequest
from mentorship.actors import Actor
from mentorship.errors import ChangedMeanwhile, InvalidField, KeyReused
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.idempotency import Answer
from mentorship.main_app import configuration
from storage import Transaction

router = APIRouter()

_ETAG_HEADER = preconditions.etag_header("settings")


@router.get(
    "/settings",
    tags=["members"],
    summary="Get the server's settings",
    responses=_ETAG_HEADER | error_responses(),
)
async def get_settings(caller: ReaderCaller, response: Response) -> ServerSettings:
    """Return the server's policies and limits, which apply to what is booked from now on. Your app
    (`service`) also gets the roles and channels."""
    settings = await caller.read(configuration.load)
    response.headers["ETag"] = _etag(settings)
    return ServerSettings.from_domain(settings, caller.actor)


@router.patch(
    "/settings",
    tags=["service"],
    summary="Change the server's settings",
    response_model=ServerSettings,
    openapi_extra=preconditions.IF_MATCH_PARAMETER,
    responses=_ETAG_HEADER
    | error_responses(
        ChangedMeanwhile, preconditions.WEAK_TAG, InvalidField, KeyReused, has_body=True
    ),
)
async def change_settings(caller: ServiceCaller, body: ServerSettingsRequest) -> Response:
    """Change what managers change with `/setup` in Discord. Each change is in the server's audit
    log. The ids of roles and channels aren't checked here: the bot removes those that Discord
    doesn't have."""
    versions = preconditions.expected_versions(caller.request)
    caller.require_place(body.meeting_place, "/meetingPlace")

    async def change(tx: Transaction, actor: Actor) -> Answer:
        settings = await configuration.change(tx, actor, body.changes(), versions)
        answer = ServerSettings.from_domain(settings, actor).model_dump()
        return Answer({"settings": answer, "etag": _etag(settings)})

    result = await caller.run_once(change)
    response = changed_response(result.with_body(result.body["settings"]))
    response.headers["ETag"] = result.body["etag"]
    return response


def _etag(settings: GuildSettings) -> str:
    return preconditions.format_version(configuration.version(settings))
