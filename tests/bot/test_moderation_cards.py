"""The fullest cards of moderators and of points fit into a message, with nothing cut off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.components.cards import Accent, Card
from bot.views.members.points import PAGE_SIZE, history_card
from bot.views.moderation.audit_log import AUDIT_PAGE_SIZE, format_entry
from bot.views.moderation.dispute import dispute_card
from bot.views.moderation.grant_request import grant_request_card
from bot.views.moderation.queue import APPLICATIONS_ON_PAGE, OTHERS_ON_PAGE, QueuePage, queue_card
from bot.views.moderation.review_card import review_card
from mentorship.administration.audit import SETTING_CHANGED, AuditEntry
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.pagination import Page
from mentorship.points.grant_requests import GrantRequestStatus, GrantRequestView
from mentorship.points.ledger import Cause
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.points_history import (
    Counterparty,
    PointsHistoryEntry,
    PointsHistoryPage,
    PriceBreakdown,
)
from mentorship.statuses import RevisionKind, RevisionStatus, SessionStatus
from tests.bot.test_cards import AMERICAN, MARKUP, NOW, WORDS, application, assert_fits, filled
from tests.bot.test_cards import session as longest_session
from wording.reader import ENGLISH

GUILD = GuildSettings(1477998909849600000, currency_emoji="<:gold_coins:1477998909849600009>")
REPORTS = {Party.MENTOR: Attendance.MET, Party.MENTEE: Attendance.NO_SHOW}
FIRST_ID = 1477998909849600100


def grant(number: int, pattern: str) -> GrantRequestView:
    return GrantRequestView(
        id=number,
        guild_id=GUILD.id,
        user_id=FIRST_ID + number,
        name=filled(32, pattern),
        amount=9_007_199_254_740_992,
        reason=filled(300, pattern),
        status=GrantRequestStatus.PENDING,
        requested_by=FIRST_ID,
        requested_at=NOW,
        decided_by=None,
        decided_at=None,
        transfer_id=None,
    )


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
def test_the_fullest_page_of_the_queue_fits(pattern: str) -> None:
    applications = [
        replace(
            application(pattern),
            id=number,
            guild_id=GUILD.id,
            applicant_id=FIRST_ID + number,
            channel_id=FIRST_ID,
            message_id=FIRST_ID,
        )
        for number in range(APPLICATIONS_ON_PAGE)
    ]
    view = replace(longest_session(pattern), status=SessionStatus.DISPUTED, next_at=NOW)
    sessions = [
        replace(
            view,
            id=number,
            mentor=replace(view.mentor, user_id=FIRST_ID + 100 + number),
            mentee=replace(view.mentee, user_id=FIRST_ID + 200 + number),
        )
        for number in range(OTHERS_ON_PAGE)
    ]
    grants = [grant(300 + number, pattern) for number in range(OTHERS_ON_PAGE)]
    page = QueuePage(
        Page(tuple(applications), "x" * 56, "y" * 56),
        Page(tuple(sessions), None, "z"),
        Page(tuple(grants), None, "z"),
    )
    card, actions = queue_card(page, GUILD, AMERICAN, "America/New_York")
    text = "\n".join(assert_fits(card, actions))
    people = [
        *(each.applicant_id for each in applications),
        *(each.mentor.user_id for each in sessions),
        *(each.mentee.user_id for each in sessions),
        *(each.user_id for each in grants),
    ]
    assert [user_id for user_id in people if str(user_id) not in text] == [], "nobody is cut off"
    assert text.count("More are waiting.") == 2


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
@pytest.mark.parametrize("decision", [None, *Action])
@pytest.mark.parametrize("price", [0, 1_000_000])
def test_the_fullest_dispute_card_fits(pattern: str, decision: Action | None, price: int) -> None:
    refunded = decision is Action.REFUND
    over = SessionStatus.REFUNDED if refunded else SessionStatus.COMPLETED
    view = replace(
        longest_session(pattern),
        status=SessionStatus.DISPUTED if decision is None else over,
        next_at=NOW if decision is None else None,
        ended_at=None if decision is None else NOW,
        ended_by=None if decision is None else FIRST_ID,
        reports=REPORTS,
        price=price,
    )
    headline, card, actions = dispute_card(view, GUILD, AMERICAN, decision)
    text = "\n".join(assert_fits(card, actions))
    assert len(headline) < 200
    assert ("**If nobody decides:**" in text) == (decision is None)
    assert ("**Decided**" in text) == (decision is not None)
    assert ("gold_coins" in text) == bool(price), "a free session has no points"


def test_a_dispute_card_calls_people_by_first_name_unless_they_share_it() -> None:
    def text(mentor: str, mentee: str) -> str:
        view = longest_session(WORDS)
        view = replace(
            view,
            status=SessionStatus.DISPUTED,
            next_at=NOW,
            reports=REPORTS,
            mentor=replace(view.mentor, name=mentor),
            mentee=replace(view.mentee, name=mentee),
        )
        _, card, _ = dispute_card(view, GUILD, AMERICAN)
        return "\n".join(assert_fits(card))

    apart = text("Oliver Hughes", "Maya Torres")
    assert "**Oliver (mentor) says:**" in apart
    assert "Hughes" not in apart
    same = text("Maya Hughes", "Maya Torres")
    assert "**Maya Hughes (mentor) says:**" in same
    assert "**Maya Torres (mentee) says:**" in same


def test_an_erased_participant_of_a_dispute_is_named_instead_of_mentioned() -> None:
    view = longest_session(WORDS)
    view = replace(
        view,
        status=SessionStatus.COMPLETED,
        next_at=None,
        ended_at=NOW,
        ended_by=-7,
        reports=REPORTS,
        mentee=replace(view.mentee, user_id=-7, name="Former member"),
    )
    headline, card, _ = dispute_card(view, GUILD, AMERICAN, Action.CONCEDE)
    assert f"between <@{view.mentor.user_id}> and Former member was resolved." in headline
    text = "\n".join(assert_fits(card))
    assert "Former member conceded." in text
    assert "<@-" not in headline + text


@pytest.mark.parametrize("kind", RevisionKind)
def test_a_review_card_names_the_applicant_once_and_waits_in_yellow(kind: str) -> None:
    revision = replace(
        application(WORDS),
        kind=RevisionKind(kind),
        status=RevisionStatus.PENDING,
        note=None,
        applicant_name="Tomás Lima",
    )
    card, _ = review_card(revision, GUILD, AMERICAN)
    assert card.accent is Accent.WAITING
    text = "\n".join(assert_fits(card))
    assert text.count("Tomás") == 1
    assert text.count(f"<t:{int(NOW.timestamp())}:F>") == 0, "how long it has waited is enough"


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
@pytest.mark.parametrize("kind", RevisionKind)
def test_the_fullest_pending_review_card_keeps_its_buttons(pattern: str, kind: str) -> None:
    revision = replace(
        application(pattern), kind=RevisionKind(kind), status=RevisionStatus.PENDING, note=None
    )
    card, actions = review_card(revision, GUILD, AMERICAN)
    text = "\n".join(assert_fits(card, actions))
    assert "**Sent:**" in text
    assert [item.item.label for row in actions for item in row.children] == [
        "Approve",
        "Reject",
        "Ask for changes",
    ]


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
def test_the_fullest_grant_card_fits(pattern: str) -> None:
    _, card, actions = grant_request_card(grant(1, pattern), GUILD, ENGLISH)
    assert_fits(card, actions)


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
def test_the_fullest_page_of_the_audit_log_fits(pattern: str) -> None:
    roles = [FIRST_ID + number for number in range(10)]
    grants = AuditEntry(
        id=1,
        actor_id=FIRST_ID,
        action="grant_requested",
        user_id=FIRST_ID + 1,
        note=filled(300, pattern),
        created_at=NOW,
        facts={"amount": 9_007_199_254_740_992, "currency": filled(20, pattern), "own_case": True},
    )
    change = replace(
        grants,
        action=SETTING_CHANGED,
        facts={"setting": "apply_role_ids", "before": roles, "after": roles[::-1]},
    )
    for entry in (grants, change):
        lines = [format_entry(entry, AMERICAN)] * AUDIT_PAGE_SIZE
        _, text = assert_fits(Card(text="\n".join(lines)))
        assert text.splitlines() == lines, "nothing is cut off"


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
@pytest.mark.parametrize("cause", [Cause.HOLD, Cause.GRANT])
def test_the_fullest_page_of_the_points_history_fits(pattern: str, cause: Cause) -> None:
    entry = PointsHistoryEntry(
        id=1,
        created_at=NOW,
        cause=cause,
        amount=-1_000_000 * (1 if cause is Cause.HOLD else -1),
        balance=9_007_199_254_740_992,
        partner=Counterparty(FIRST_ID, filled(32, pattern)),
        session_id=1,
        session_starts_at=NOW + timedelta(days=1),
        reason=filled(300, pattern),
        outcome=PriceBreakdown(333_333, 333_333, 333_334) if cause is Cause.HOLD else None,
    )
    page = PointsHistoryPage((entry,) * PAGE_SIZE, "a1", "b1")
    _, text = assert_fits(history_card(page, GUILD, AMERICAN))
    assert text.count("afterwards") == PAGE_SIZE, "nothing is cut off"


def test_the_points_history_names_a_mentor_in_full_once() -> None:
    entry = PointsHistoryEntry(
        id=1,
        created_at=NOW,
        cause=Cause.HOLD,
        amount=-60,
        balance=40,
        partner=Counterparty(FIRST_ID, "Oliver Hughes"),
        session_id=1,
        session_starts_at=NOW,
        reason=None,
        outcome=PriceBreakdown(30, 30, 0),
    )
    card = history_card(PointsHistoryPage((entry,), None, None), GUILD, AMERICAN)
    text = "\n".join(assert_fits(card))
    assert text.count("Oliver Hughes") == 1
    assert "paid to Oliver\n" in text
