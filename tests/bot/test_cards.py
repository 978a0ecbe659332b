"""Cards stay readable, and within Discord's limits, with the longest texts that people may type."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from discord import ui

import bot.persistent_items  # noqa: F401  # registers the buttons of all actions
from bot.components.cards import MAX_TEXT, ActionRows, Card, build_layout
from bot.components.message_reader import Kept, kept_text
from bot.formatting import plain, quoted
from bot.views.moderation.review_card import headline, review_card
from bot.views.sessions.current_card import current_card
from bot.views.sessions.list_navigation import ListPosition, back_button
from bot.views.sessions.session_list import PAGE_SIZE, list_card
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors.application_views import ApplicationView, PastDecision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.pagination import Page
from mentorship.sessions.follow_up.reviews import LONGEST_REPLY, LONGEST_REVIEW
from mentorship.sessions.lifecycle import Attendance, Party
from mentorship.sessions.points_history import PriceBreakdown
from mentorship.sessions.session_details import SessionDetails
from mentorship.sessions.session_reviews import SessionReview
from mentorship.sessions.session_views import Person, Proposal, SessionView
from mentorship.statuses import UPCOMING, RevisionKind, RevisionStatus, SessionStatus
from wording.reader import ENGLISH, Reader

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
MARKUP, WORDS = "*", "word "
MAX_COMPONENTS = 40
AMERICAN = Reader.of("en-US")


def filled(length: int, pattern: str) -> str:
    return (pattern * length)[: length - 1] + "!"


def texts(layout: ui.LayoutView) -> list[str]:
    return [item.content for item in layout.walk_children() if isinstance(item, ui.TextDisplay)]


def assert_fits(card: Card, actions: ActionRows = ()) -> list[str]:
    layout = build_layout("<@1>", card, actions)
    contents = texts(layout)
    assert sum(map(len, contents)) <= MAX_TEXT
    assert layout.total_children_count <= 40
    assert all(contents)
    return contents


def message_of(card: Card) -> Any:
    """Return a message as the card's buttons see it."""
    layout = build_layout(None, card)
    components = [discord.components._component_factory(each) for each in layout.to_components()]
    return type("Message", (), {"embeds": [], "components": components})()


@pytest.mark.parametrize("text", ["Ill", "Ill\nSorry"])
def test_a_quotation_in_a_fact_starts_a_line(text: str) -> None:
    (content,) = texts(build_layout(None, Card().add_fact("Reason", quoted(text))))
    assert content.splitlines() == ["**Reason**", *(f"> {line}" for line in text.splitlines())]


RATED = SessionReview(id=3, stars=5, text="", written_at=NOW, changed_at=NOW)


def session(pattern: str) -> SessionView:
    return SessionView(
        id=7,
        guild_id=9,
        mentor=Person(1, filled(32, pattern), "Europe/London"),
        mentee=Person(2, filled(32, pattern), "America/New_York"),
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=1),
        timezone="Europe/London",
        status=SessionStatus.CONFIRMED,
        topic=filled(300, pattern),
        price=1_000_000,
        fee_percent=10,
        confirm_within=1_440,
        free_cancellation_until=1_440,
        late_refund_percent=50,
        cancellation_grace=15,
        complete_after=1_440,
        free_cancellation_ends_at=NOW - timedelta(days=1),
        created_at=NOW - timedelta(days=3),
        ended_reason=filled(300, pattern),
        proposal=Proposal(1, NOW + timedelta(hours=3), NOW + timedelta(hours=4)),
    )


def longest_details(pattern: str, status: SessionStatus) -> SessionDetails:
    """Return a session in a status with everything that its card can show."""
    is_pending = status in UPCOMING
    view = replace(
        session(pattern),
        status=status,
        meeting_link=f"https://meet.example.com/{'x' * 470}",
        proposal=session(pattern).proposal if is_pending else None,
        next_at=NOW + timedelta(minutes=30),
        ended_by=2 if status.is_over else None,
        ended_reason=session(pattern).ended_reason if status.is_over else None,
        no_show_user_id=1 if status is SessionStatus.NO_SHOW else None,
        reports={Party.MENTOR: Attendance.MET, Party.MENTEE: Attendance.NO_SHOW}
        if status in (SessionStatus.DISPUTED, SessionStatus.REFUNDED, SessionStatus.COMPLETED)
        else {},
    )
    review = SessionReview(
        id=3,
        stars=5,
        text=filled(LONGEST_REVIEW, pattern),
        written_at=NOW,
        changed_at=NOW + timedelta(hours=2),
        reply=filled(LONGEST_REPLY, pattern),
        replied_at=NOW + timedelta(hours=1),
    )
    return SessionDetails(
        view,
        GuildSettings(9, currency_emoji="<:coin:1477998909849600009>"),
        review if status is SessionStatus.COMPLETED else None,
        PriceBreakdown(refunded=333_333, paid=333_333, fee=333_334),
    )


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
@pytest.mark.parametrize("status", SessionStatus)
@pytest.mark.parametrize("reader_id", [1, 2])
def test_the_longest_session_card_fits_and_keeps_its_topic(
    pattern: str, status: SessionStatus, reader_id: int
) -> None:
    details = longest_details(pattern, status)
    back = back_button(ListPosition("p", "b", "x" * 56))
    headline, card, actions = current_card(details, reader_id, AMERICAN, NOW, back)
    layout = build_layout(headline, card, actions)
    assert sum(map(len, texts(layout))) <= MAX_TEXT
    assert layout.total_children_count <= MAX_COMPONENTS
    assert kept_text(message_of(card))[Kept.TOPIC] == details.session.topic
    labels = [item.item.label for row in actions for item in row.children if hasattr(item, "item")]
    assert "Back to list" in labels
    if status is SessionStatus.COMPLETED:
        assert any("The mentor's reply" in each for each in texts(layout))


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
def test_the_longest_page_of_sessions_fits(pattern: str) -> None:
    sessions = []
    for number in range(PAGE_SIZE):
        view = longest_details(pattern, SessionStatus.SCHEDULED).session
        # All eight have one name.
        person = replace(view.mentor, user_id=1477998909849600009 + number)
        proposal = Proposal(person.user_id, NOW, NOW)
        sessions.append(replace(view, id=number, mentor=person, review=RATED, proposal=proposal))
    card = list_card(Page(sessions, None, None), ListPosition("p", "e"), 2, AMERICAN, NOW)
    contents = assert_fits(card)
    assert "\n".join(contents).count(":F>") == PAGE_SIZE, "nothing is cut off"
    assert all(str(view.mentor.user_id) in contents[1] for view in sessions), "they are told apart"


def application(pattern: str) -> ApplicationView:
    note = filled(500, pattern)
    return ApplicationView(
        id=5,
        kind=RevisionKind.CHANGE,
        guild_id=9,
        applicant_id=1,
        applicant_name=filled(32, pattern),
        joined_at=NOW,
        timezone="America/Argentina/ComodRivadavia",
        expertise=tuple(filled(32, pattern) for _ in range(10)),
        hourly_rate=100,
        bio=filled(1_000, pattern),
        reason=filled(500, pattern),
        status=RevisionStatus.REJECTED,
        submitted_at=NOW,
        decided_at=NOW,
        decided_by=3,
        note=note,
        channel_id=None,
        message_id=None,
        version=1,
        screening_pending=False,
        past_decisions=tuple(PastDecision(RevisionStatus.REJECTED, 3, NOW, note) for _ in range(5)),
        published=ProfileContent(
            expertise=(filled(32, "x"),), hourly_rate=100, bio=filled(1_000, pattern), reason=None
        ),
    )


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
def test_the_longest_review_card_says_what_was_decided_and_why(pattern: str) -> None:
    contents = assert_fits(*review_card(application(pattern), GuildSettings(9), ENGLISH))
    text = "\n".join(contents)
    for fact in ("**Sent:**", "**Rejected:**", "**Reason:**"):
        assert fact in text


def test_a_review_card_does_not_mention_a_moderator_who_was_erased() -> None:
    decided = application(WORDS)
    assert headline(decided) == "Rejected by <@3>: <@1>'s profile change."
    assert headline(replace(decided, decided_by=None)) == "Rejected: <@1>'s profile change."


@pytest.mark.parametrize("unit", ["\\*", "\\\\\\*", "<t:1772636400:F> ", "<@123456789> "])
@pytest.mark.parametrize("offset", range(18))
def test_a_text_is_cut_between_escapes_and_timestamps(unit: str, offset: int) -> None:
    (text,) = texts(build_layout(None, Card(text="a" * offset + unit * 4_000)))
    assert text.endswith("…")
    uncut = text.removesuffix("…").removeprefix("a" * offset)
    assert len(text) > MAX_TEXT - 40
    while uncut.startswith(unit):
        uncut = uncut.removeprefix(unit)
    assert uncut in ("", unit.rstrip(), "\\\\"), "half a unit"


def test_a_cut_keeps_what_follows_a_typed_angle_bracket() -> None:
    typed = "1 < " + "b" * 5_000
    (text,) = texts(build_layout(None, Card(text=plain(typed))))
    assert len(text) == MAX_TEXT


def test_cutting_takes_from_the_longest_text() -> None:
    card = Card("Title", "a" * 3_000).add_text("b" * 2_000).add_text("c" * 500)
    first, second, third = texts(build_layout(None, card))
    assert len(first) + len(second) + len(third) <= MAX_TEXT
    assert third == "c" * 500
