"""Lists of the API are answered although some row in them can't be read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import Transaction
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community

CORRUPTIONS = (
    "UPDATE mentor_profiles SET timezone = 'Mars/Phobos' WHERE user_id = {mentor}",
    "UPDATE members SET timezone = 'Mars/Phobos' WHERE user_id <> {other}",
    "UPDATE sessions SET timezone = 'Mars/Phobos' WHERE mentor_id = {mentor}",
    "UPDATE mentor_profiles SET durations = '[]' WHERE user_id = {mentor}",
    "UPDATE events SET facts = '{{}}'",
)


@pytest.mark.parametrize("statement", CORRUPTIONS)
async def test_lists_leave_out_unreadable_rows(
    community: Community, api: ApiServer, statement: str
) -> None:
    oliver, ines = await community.mentor("Oliver"), await community.mentor("Ines")
    maya = await community.member("Maya", zone="Europe/London", points=500)
    await community.book(maya, oliver)
    await community.book(maya, ines, TUESDAY_NOON + timedelta(days=1))

    async def corrupt(tx: Transaction) -> None:
        await tx.connection.exec_driver_sql(
            statement.format(mentor=oliver.user_id, other=ines.user_id)
        )

    await community.db.run(corrupt)
    client = api.client_of(maya)
    for path, shown in (
        ("/search", "Ines"),
        ("/sessions/mentee", "Ines"),
        (f"/profile/{ines.user_id}", "Ines"),
        (f"/mentors/{ines.user_id}/slots", "2026-03"),
        ("/points/transfers", "transfers"),
        ("/me", "Maya"),
    ):
        answer = await client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert shown in answer.text, (path, answer.text)
