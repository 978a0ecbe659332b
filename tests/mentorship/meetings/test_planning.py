"""What has to happen to a session's meeting, by its state and what is stored of the meeting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mentorship.meetings import meeting_health, planning, work
from mentorship.meetings.planning import Host, MeetingRow, Step, decide
from mentorship.statuses import CALLED_OFF, SessionStatus
from storage import Database
from tests.mentorship.operations.test_query_plans import scanned_tables
from tests.mentorship.support.community import Community
from tests.mentorship.support.statements import record_statements

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
START, END = NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1)
JOIN = "https://us02web.zoom.us/j/1"
OWN = "https://meet.example.com/oliver"

SESSION = Host(1, None, 10, SessionStatus.CONFIRMED, START, END, None, "zoom")
GROUP = replace(SESSION, session_id=None, group_id=1)
WANTED = MeetingRow(5, "wanted", None, None, None, None)
MADE = MeetingRow(5, "made", JOIN, START, END, None)
REMOVING = replace(MADE, status="removing")
REMOVED = replace(MADE, status="removed")
FELL_BACK = MeetingRow(5, "removed", None, START, END, NOW)

MEETS = replace(SESSION, link=JOIN)
OVER = replace(MEETS, status=SessionStatus.COMPLETED)
MOVED = replace(MEETS, starts_at=START + timedelta(hours=1), ends_at=END + timedelta(hours=1))


@pytest.mark.parametrize(
    ("host", "meeting", "step"),
    [
        (SESSION, None, Step.CREATE),
        (replace(SESSION, status=SessionStatus.IN_PROGRESS), None, Step.CREATE),
        (replace(SESSION, status=SessionStatus.SCHEDULED), None, Step.NONE),
        (replace(SESSION, link=OWN), None, Step.NONE),
        (replace(SESSION, ends_at=NOW), None, Step.NONE),
        (replace(SESSION, place="link"), None, Step.NONE),
        (replace(SESSION, place="thread"), None, Step.NONE),
        (SESSION, WANTED, Step.NONE),
        (MEETS, MADE, Step.NONE),
        # It was made at another place, which stays the session's.
        (replace(MEETS, place="thread"), MADE, Step.NONE),
        (replace(GROUP, link=JOIN), MADE, Step.NONE),
        (replace(GROUP, link=JOIN, place="thread"), MADE, Step.REMOVE),
        (MOVED, MADE, Step.UPDATE),
        (MOVED, REMOVING, Step.NONE),
        (SESSION, MADE, Step.SHOW_LINK),
        (replace(SESSION, link=OWN), WANTED, Step.REMOVE),
        (replace(SESSION, link=OWN), MADE, Step.REMOVE),
        (replace(SESSION, link=OWN), REMOVING, Step.NONE),
        (replace(SESSION, link=OWN), REMOVED, Step.NONE),
        (SESSION, REMOVED, Step.START_OVER),
        (replace(SESSION, place="thread"), REMOVED, Step.NONE),
        (MEETS, REMOVED, Step.NONE),
        # A place that both were told of stays.
        (SESSION, FELL_BACK, Step.NONE),
        (replace(SESSION, link=OWN), FELL_BACK, Step.NONE),
        (MOVED, FELL_BACK, Step.NONE),
        (OVER, FELL_BACK, Step.FORGET),
        (OVER, MADE, Step.FORGET),
        (OVER, WANTED, Step.REMOVE),
        (OVER, REMOVING, Step.NONE),
        *((replace(MEETS, status=status), MADE, Step.REMOVE) for status in sorted(CALLED_OFF)),
        *((replace(SESSION, status=status), WANTED, Step.REMOVE) for status in sorted(CALLED_OFF)),
        *((replace(MEETS, status=status), REMOVED, Step.FORGET) for status in sorted(CALLED_OFF)),
    ],
)
def test_step_follows_from_session_and_meeting(
    host: Host, meeting: MeetingRow | None, step: Step
) -> None:
    assert decide(host, meeting, NOW) is step


@pytest.mark.skipif("config.getoption('engine') != 'sqlite'", reason="reads SQLite's plans")
async def test_looking_for_work_reads_no_whole_table(
    town: Community, db: Database, database_url: str
) -> None:
    await town.configure(meeting_place="zoom")
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    session = await town.book(maya, oliver)
    with record_statements(db) as executed:
        await db.read(planning.has_missing)
        await db.run(planning.review_session, session.id)
        await db.run(planning.review_group, 1)
        await db.read(work.has_due)
        await db.run(work.claim, {"zoom": ("host@example.com",)})
        await db.read(meeting_health.list_failing)
    assert scanned_tables(database_url, executed) == []
