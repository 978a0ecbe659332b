"""Acts on a whole series: confirming, declining, cancelling what remains, and expiry."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, NotFound, NotYours, TermsChanged
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import session_views, transitions
from mentorship.sessions.series import changes, views
from mentorship.statuses import SessionStatus
from storage.tables import Commitment
from tests.mentorship.sessions.series.requests import book_series
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

WEEK = timedelta(weeks=1)
KINDS = (
    NotificationKind.REQUESTED,
    NotificationKind.CONFIRMED,
    NotificationKind.DECLINED,
    NotificationKind.EXPIRED,
    NotificationKind.CANCELLED,
    NotificationKind.SERIES_REQUESTED,
    NotificationKind.SERIES_CONFIRMED,
    NotificationKind.SERIES_DECLINED,
    NotificationKind.SERIES_EXPIRED,
    NotificationKind.SERIES_CANCELLED,
    NotificationKind.ASKED_IF_ACTIVE,
)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=1_000)


async def statuses(town: Community, series: views.SeriesView) -> list[SessionStatus]:
    current = await town.db.read(views.load, series.id)
    return [session.status for session in current.sessions]


async def test_confirming_a_series_notifies_the_mentee_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver)
    await town.deliver()
    change = await town.db.run(
        changes.confirm_series, oliver, series.id, terms_shown=views.times_digest(series.sessions)
    )
    assert change.count == 3
    assert await statuses(town, series) == [SessionStatus.CONFIRMED] * 3
    assert await town.notified_kinds(maya, *KINDS) == ["series_confirmed"]
    starting = await town.notified_kinds(maya, NotificationKind.STARTING)
    assert starting == ["starting"] * 3
    with pytest.raises(NotAllowedNow):
        await town.db.run(changes.confirm_series, oliver, series.id)


async def test_declining_a_series_refunds_all_and_notifies_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver)
    await town.deliver()
    change = await town.db.run(changes.decline_series, oliver, series.id, "On holiday")
    assert (change.count, change.refund) == (3, 180)
    assert await town.balance(maya) == 1_000
    assert {session.ended_reason for session in change.series.sessions} == {"On holiday"}
    assert await town.notified_kinds(maya, *KINDS) == ["series_declined"]
    assert await town.count(Commitment) == 0


async def test_a_session_can_be_answered_alone_and_the_rest_together(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver)
    await town.deliver()
    await town.db.run(transitions.decline, oliver, series.sessions[1].id)
    with pytest.raises(TermsChanged):
        await town.db.run(
            changes.confirm_series,
            oliver,
            series.id,
            terms_shown=views.times_digest(series.sessions),
        )
    await town.db.run(changes.confirm_series, oliver, series.id)
    assert await statuses(town, series) == [
        SessionStatus.CONFIRMED,
        SessionStatus.DECLINED,
        SessionStatus.CONFIRMED,
    ]
    assert await town.notified_kinds(maya, *KINDS) == ["declined", "series_confirmed"]


async def test_only_the_two_participants_act_on_a_series(
    town: Community, oliver: Actor, maya: Actor, village: Community
) -> None:
    series = await book_series(town, maya, oliver)
    tom = await town.member("Tom")
    elsewhere = replace(maya, guild_id=village.guild_id)
    for stranger in (tom, elsewhere):
        for use_case in (views.load_for_participant, changes.preview_cancellation):
            with pytest.raises(NotFound):
                await town.db.read(use_case, stranger, series.id)
    for use_case in (changes.confirm_series, changes.decline_series):
        with pytest.raises((NotAllowedNow, NotYours)):
            await town.db.run(use_case, maya, series.id)


async def test_an_expired_series_is_refunded_and_told_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver)
    await town.deliver()
    assert series.sessions[0].answer_deadline is not None
    await town.wait_until(series.sessions[0].answer_deadline)
    assert await statuses(town, series) == [SessionStatus.EXPIRED] * 3
    assert await town.balance(maya) == 1_000
    assert await town.notified_kinds(maya, *KINDS) == ["series_expired"]
    # A series is one request: two in a row would make the bot ask whether the mentor is active.
    assert await town.notified_kinds(oliver, *KINDS) == ["series_requested", "series_expired"]


async def test_cancelling_what_remains_refunds_each_by_its_policy(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(late_refund_percent=50, cancellation_grace=0)
    series = await book_series(town, maya, oliver, 4)
    await town.deliver()
    await town.db.run(changes.confirm_series, oliver, series.id)
    await town.wait_until(TUESDAY_NOON + WEEK - hours(2))
    preview = await town.db.read(changes.preview_cancellation, maya, series.id)
    # The first took place; the second is too late for a full refund.
    assert len(preview.sessions) == 3
    assert (preview.refund, preview.price) == (150, 180)
    change = await town.db.run(
        changes.cancel_series,
        maya,
        series.id,
        "Moving away",
        refund_shown=preview.refund,
        terms_shown=preview.terms,
    )
    assert (change.count, change.refund, change.earned) == (3, 150, 30)
    assert await statuses(town, series) == [
        SessionStatus.COMPLETED,
        *[SessionStatus.CANCELLED] * 3,
    ]
    assert (await town.notified_kinds(oliver, *KINDS))[-1] == "series_cancelled"
    assert "cancelled" not in await town.notified_kinds(oliver, *KINDS)
    with pytest.raises(NotAllowedNow):
        await town.db.read(changes.preview_cancellation, maya, series.id)


async def test_a_mentor_cancels_with_full_refunds_and_declines_requests(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver)
    await town.deliver()
    await town.db.run(transitions.confirm, oliver, series.sessions[0].id)
    change = await town.db.run(changes.cancel_series, oliver, series.id, refund_shown=180)
    assert (change.count, change.refund) == (3, 180)
    assert await statuses(town, series) == [
        SessionStatus.CANCELLED,
        SessionStatus.DECLINED,
        SessionStatus.DECLINED,
    ]
    assert await town.balance(maya) == 1_000
    assert await town.notified_kinds(maya, *KINDS) == ["confirmed", "series_cancelled"]


async def test_a_changed_refund_or_session_cancels_nothing(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver)
    preview = await town.db.read(changes.preview_cancellation, maya, series.id)
    await town.db.run(transitions.cancel, maya, series.sessions[2].id)
    with pytest.raises(TermsChanged):
        await town.db.run(changes.cancel_series, maya, series.id, terms_shown=preview.terms)
    with pytest.raises(TermsChanged):
        await town.db.run(changes.cancel_series, maya, series.id, refund_shown=180)
    assert (await statuses(town, series)).count(SessionStatus.SCHEDULED) == 2


async def test_a_withdrawn_series_is_never_shown_to_the_mentor(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver)
    await town.db.run(transitions.cancel, maya, series.sessions[1].id)
    await town.db.run(changes.cancel_series, maya, series.id)
    assert await town.notified_kinds(oliver, *KINDS) == []


async def test_confirming_and_cancelling_at_once_leaves_one_outcome(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver, 6)
    shown = views.times_digest(series.sessions)
    results = await asyncio.gather(
        town.db.run(changes.confirm_series, oliver, series.id, terms_shown=shown),
        town.db.run(changes.cancel_series, maya, series.id, terms_shown=shown),
        return_exceptions=True,
    )
    errors = [each for each in results if isinstance(each, BaseException)]
    assert [type(error) for error in errors] in ([TermsChanged], [NotAllowedNow])
    assert len(set(await statuses(town, series))) == 1


async def test_a_moved_session_keeps_its_place_among_the_others(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    series = await book_series(town, maya, oliver)
    await town.db.run(transitions.cancel, maya, series.sessions[0].id)
    session = await town.db.read(session_views.load, series.sessions[2].id)
    assert session.series_id == series.id
    assert session.series_place == session_views.SeriesPlace(3, 3, 1)
