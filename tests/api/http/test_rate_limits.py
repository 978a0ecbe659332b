"""Rate limits: of each member, and of a service with all of its members."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.api.server import OPTIONS, create_token, serve_api
from tests.mentorship.support.community import Community


async def test_each_caller_has_their_own_rate_limit(community: Community) -> None:
    maya, noor = await community.member("Maya"), await community.member("Noor")
    async with serve_api(community.db, replace(OPTIONS, requests_per_minute=3)) as api:
        client = api.client_of(maya)
        left = []
        for _ in range(3):
            response = await client.get("/me")
            assert response.status_code == 200
            assert response.headers["ratelimit-policy"] == '"member";q=3;w=60'
            left.append(response.headers["ratelimit"].partition(";t=")[0])
        assert left == ['"member";r=2', '"member";r=1', '"member";r=0']
        response = await client.get("/me")
        assert (response.status_code, response.json()["code"]) == (429, "too-many-requests")
        assert 1 <= int(response.headers["retry-after"]) <= 20
        assert response.headers["ratelimit"].startswith('"member";r=0;t=')
        assert (await api.client_of(noor).get("/me")).status_code == 200


async def test_a_service_has_a_limit_for_each_member_it_acts_for(community: Community) -> None:
    maya, noor = await community.member("Maya"), await community.member("Noor")
    options = replace(OPTIONS, requests_per_minute=2, service_requests_per_minute=100)
    async with serve_api(community.db, options) as api:

        async def status(act_as: int | None) -> int:
            headers = {} if act_as is None else {"Act-As": str(act_as)}
            token = create_token(99, community.guild_id, "service")
            response = await api.client_with_token(token, **headers).get("/search")
            return response.status_code

        assert [await status(maya.user_id) for _ in range(3)] == [200, 200, 429]
        assert [await status(noor.user_id) for _ in range(3)] == [200, 200, 429]
        # A member's own requests count together with those that a service makes for them.
        assert (await api.client_of(maya).get("/me")).status_code == 429


async def test_a_service_has_a_limit_for_all_its_members_together(community: Community) -> None:
    members = [await community.member(f"Member {number}") for number in range(4)]
    options = replace(OPTIONS, requests_per_minute=100, service_requests_per_minute=3)
    async with serve_api(community.db, options) as api:
        token = create_token(99, community.guild_id, "service")
        responses = [
            await api.client_with_token(token, **{"Act-As": str(member.user_id)}).get("/me")
            for member in members
        ]
        assert [response.status_code for response in responses] == [200, 200, 200, 429]
        policy = '"member";q=100;w=60, "service";q=3;w=60'
        assert {response.headers["ratelimit-policy"] for response in responses} == {policy}
        assert '"service";r=2;t=' in responses[0].headers["ratelimit"]
        refused = responses[-1]
        assert "3 requests per minute" in refused.json()["detail"]
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        # Members with tokens of their own aren't held up by a service.
        assert (await api.client_of(members[3]).get("/me")).status_code == 200


@pytest.mark.parametrize("act_as", ["noor", "0", "9" * 30])
async def test_an_invalid_act_as_counts_for_the_service_itself(
    community: Community, act_as: str
) -> None:
    options = replace(OPTIONS, requests_per_minute=1)
    async with serve_api(community.db, options) as api:
        token = create_token(99, community.guild_id, "service")
        service = api.client_with_token(token, **{"Act-As": act_as})
        assert (await service.get("/me")).status_code == 422
        assert (await service.get("/me")).status_code == 429
