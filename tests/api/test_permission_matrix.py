"""Every operation with every kind of caller, as the table of operations says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mentorship.actors import Actor
from tests.api.operation_table import ROWS, Row, Scene
from tests.api.server import ApiServer, list_operations
from tests.mentorship.support.community import GUILD, OTHER_GUILD, Community


def test_the_matrix_has_every_operation() -> None:
    rows = {(row.method, row.path.partition("?")[0]) for row in ROWS}
    assert rows == list_operations()


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_each_operation_for_each_caller(
    scene: Scene, community: Community, other_community: Community, api: ApiServer, row: Row
) -> None:
    cast = scene.cast
    callers = {
        "noor": api.client_of(cast.noor),
        "maya": api.client_of(cast.maya),
        "oliver": api.client_of(cast.oliver),
        "moderator": api.client_of(community.chief, "moderator"),
        "service": api.client_of(
            Actor(99, "the app", GUILD), "service", **{"Act-As": str(cast.maya.user_id)}
        ),
        "elsewhere": api.client_of(replace(cast.maya, guild_id=OTHER_GUILD)),
    }
    responses = {who: await row.request(client, cast) for who, client in callers.items()}
    statuses = {who: response.status_code for who, response in responses.items()}
    assert statuses == {who: getattr(row, who) for who in callers}
    for response in responses.values():
        if response.status_code >= 400:
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["code"]
