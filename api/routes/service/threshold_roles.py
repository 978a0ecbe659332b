"""The routes of roles that mentors earn at thresholds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.dependencies import ServiceCaller
from api.idempotency import changed_response
from api.openapi import error_responses
from api.schemas.base import Id
from api.schemas.service.threshold_roles import ThresholdRoles, ThresholdsRequest
from mentorship.actors import Actor
from mentorship.errors import InvalidField, KeyReused, NotFound
from mentorship.idempotency import Answer
from mentorship.recognition import threshold_roles
from storage import Transaction

router = APIRouter()

RoleId = Annotated[Id, Path(alias="roleId", description="The role's id in Discord.")]


@router.get(
    "/settings/roles",
    tags=["service"],
    summary="List the roles that mentors earn",
    responses=error_responses(),
)
async def list_roles(caller: ServiceCaller) -> ThresholdRoles:
    """Return the roles that mentors get at certain figures, with what is in the way of a role."""
    return ThresholdRoles.from_domain(await caller.read(threshold_roles.list_rules))


@router.put(
    "/settings/roles/{roleId}",
    tags=["service"],
    summary="Set a role that mentors earn",
    response_model=ThresholdRoles,
    responses=error_responses(InvalidField, KeyReused, has_body=True),
)
async def set_role(caller: ServiceCaller, role_id: RoleId, body: ThresholdsRequest) -> Response:
    """Have mentors get a role at these figures, and lose it below, within about ten minutes. The id
    isn't checked here: the bot stops a role that Discord refuses, and says so in `problem`."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        rules = await threshold_roles.set_rule(tx, actor, role_id, body.to_domain())
        return Answer(ThresholdRoles.from_domain(rules).model_dump())

    return changed_response(await caller.run_once(change))


@router.delete(
    "/settings/roles/{roleId}",
    tags=["service"],
    summary="Remove a role that mentors earn",
    response_model=ThresholdRoles,
    responses=error_responses(NotFound, KeyReused),
)
async def remove_role(caller: ServiceCaller, role_id: RoleId) -> Response:
    """Stop giving and taking a role. Mentors who have it keep it."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        rules = await threshold_roles.remove_rule(tx, actor, role_id)
        return Answer(ThresholdRoles.from_domain(rules).model_dump())

    return changed_response(await caller.run_once(change))
