"""Insights over REST: who sees which figures, as JSON and as CSV."""

from __future__ import annotations

import csv
import io

import pytest

from api.schemas.insights import GuildInsights, GuildTableQuery, MentorInsights, MentorTableQuery
from tests.api.server import ApiServer
from tests.figures import empty_guild_figures, empty_mentor_figures, guild_figures, mentor_figures
from tests.mentorship.support.community import Community
from wording.insights import tables


async def test_a_mentor_reads_their_own_figures(community: Community, api: ApiServer) -> None:
    oliver = api.client_of(await community.mentor("Oliver"))
    response = await oliver.get("/insights/mentor")
    assert response.status_code == 200
    body = response.json()
    assert body["range"] == "year"
    assert len(body["months"]) == 12
    assert body["months"][-1]["month"] == f"{community.clock.now:%Y-%m}"
    for name, months in {"month": 1, "quarter": 3}.items():
        body = (await oliver.get("/insights/mentor", params={"range": name})).json()
        assert (body["range"], len(body["months"])) == (name, months)


async def test_moderators_and_the_main_app_read_the_servers_figures(
    community: Community, api: ApiServer
) -> None:
    maya = await community.member("Maya")
    for client in (
        api.client_of(community.chief, "moderator"),
        api.client_of(community.chief, "service"),
    ):
        body = (await client.get("/insights/guild?range=all")).json()
        assert body["range"] == "all"
        assert body["pointsHeldNow"] == 0
    assert (await api.client_of(maya).get("/insights/guild")).status_code == 403
    refused = await api.client_of(maya).get("/insights/mentor")
    assert (refused.status_code, refused.json()["code"]) == (404, "not-a-mentor")


async def test_the_main_app_reads_a_mentors_figures_for_them(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    client = api.client_of(community.chief, "service")
    headers = {"Act-As": str(oliver.user_id)}
    assert (await client.get("/insights/mentor", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("path", "names"),
    [("/insights/mentor/csv", tables.MENTOR_TABLES), ("/insights/guild/csv", tables.GUILD_TABLES)],
)
async def test_every_table_is_a_csv_file(
    community: Community, api: ApiServer, path: str, names: dict[str, object]
) -> None:
    if "guild" in path:
        client = api.client_of(community.chief, "moderator")
    else:
        client = api.client_of(await community.mentor("Oliver"))
    for name in names:
        response = await client.get(path, params={"table": name, "range": "quarter"})
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert f'-{name}-quarter.csv"' in response.headers["Content-Disposition"]
        assert not response.content.startswith(b"\xef\xbb\xbf")
        header, *_ = csv.reader(io.StringIO(response.text, newline=""))
        assert header
    default = await client.get(path)
    assert default.text.startswith("month,sessions,minutes,")


async def test_unchanged_figures_are_not_sent_again(community: Community, api: ApiServer) -> None:
    oliver = api.client_of(await community.mentor("Oliver"))
    for path in ("/insights/mentor", "/insights/mentor/csv"):
        first = await oliver.get(path)
        again = await oliver.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = await oliver.get(path, params={"range": "month"})
        assert other.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize(
    "query",
    [
        "range=decade",
        "range=",
        "range=YEAR",
        "table=people",
        "from=2026-01-01",
        "range=year&range=x",
    ],
)
async def test_unknown_ranges_tables_and_parameters_are_refused(
    community: Community, api: ApiServer, query: str
) -> None:
    oliver = api.client_of(await community.mentor("Oliver"))
    response = await oliver.get(f"/insights/mentor?{query}")
    assert response.status_code == 422
    assert response.json()["code"] == "invalid-request"


def test_the_fields_of_json_are_the_columns_of_csv() -> None:
    for figures in (mentor_figures(), empty_mentor_figures()):
        body = MentorInsights.from_domain(figures).model_dump()
        (header, *rows) = csv.reader(io.StringIO(tables.mentor_table(figures, "months")))
        assert set(header) == set(body["months"][0])
        assert [str(body["months"][-1][name] or 0) for name in header[:5]] == rows[-1][:5]
    for server in (guild_figures(), empty_guild_figures()):
        whole = GuildInsights.from_domain(server).model_dump()
        names = tables.guild_table(server, "months").splitlines()[0].split(",")
        assert set(names) == set(whole["months"][0])
        for table, field in (("demand", "demand"), ("quiet-mentors", "quietMentors")):
            columns = tables.guild_table(server, table).splitlines()[0].split(",")
            assert all(set(row) == set(columns) for row in whole[field])


def test_every_table_can_be_chosen() -> None:
    for query, names in (
        (MentorTableQuery, tables.MENTOR_TABLES),
        (GuildTableQuery, tables.GUILD_TABLES),
    ):
        for name in names:
            assert query.model_validate({"table": name})


def test_hours_without_anything_offered_are_left_out() -> None:
    hours = MentorInsights.from_domain(mentor_figures()).hours
    assert len(hours) == 6 * 3
    assert (hours[0].weekday, hours[0].time) == ("Monday", "18:00")
    assert (hours[0].offered_minutes, hours[0].booked_minutes) == (480, 37)
    assert MentorInsights.from_domain(empty_mentor_figures()).hours == []
