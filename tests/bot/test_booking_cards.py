"""The confirmation card and its labels, with the longest texts and a server's own currency."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.components.message_reader import Kept, kept_text
from bot.views.booking.booked import booked_card
from bot.views.booking.cards import confirmation_card
from bot.views.booking.steps import TypedText
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.booking import Quote
from mentorship.statuses import SessionStatus
from tests.bot.test_cards import MARKUP, WORDS, assert_fits, filled, message_of, session
from wording.points import hourly_rate_in_label, points_in_label
from wording.reader import ENGLISH

START = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
GUILD = GuildSettings(9, currency_name="karma", currency_emoji="🪙")
OWN_EMOJI = replace(GUILD, currency_emoji="<:karma:1234567890123456789>")


def quote(pattern: str) -> Quote:
    """Return the quote with the most to say."""
    return Quote(
        mentor_id=1,
        mentor_name=filled(32, pattern),
        starts_at=START,
        ends_at=START + timedelta(hours=4),
        minutes=240,
        topic=filled(300, pattern),
        price=10**15,
        balance=10**15,
        zone="America/Argentina/Buenos_Aires",
        mentor_zone="America/North_Dakota/New_Salem",
        clock_change=True,
        confirmed_at_once=False,
        answer_deadline=START - timedelta(hours=1),
        free_cancellation_until=START - timedelta(days=1),
        late_refund_percent=50,
        cancellation_grace=15,
        terms="0" * 8,
    )


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
def test_the_fullest_confirmation_card_fits_and_keeps_what_was_typed(pattern: str) -> None:
    typed = TypedText(filled(300, pattern), filled(100, pattern))
    card = confirmation_card(quote(pattern), OWN_EMOJI, ENGLISH, typed)
    contents = assert_fits(card)
    kept = kept_text(message_of(card))
    assert (kept[Kept.TOPIC], kept[Kept.MENTOR_QUERY]) == (typed.topic, typed.mentor_query)
    text = "\n".join(contents)
    assert "(New Salem)" in text
    assert "America/" not in text
    assert "The clocks change during this session." in text


@pytest.mark.parametrize("pattern", [MARKUP, WORDS])
def test_the_fullest_card_after_booking_fits(pattern: str) -> None:
    pending = replace(
        session(pattern),
        status=SessionStatus.SCHEDULED,
        proposal=None,
        next_at=START - timedelta(hours=1),
    )
    assert_fits(booked_card(pending, OWN_EMOJI, ENGLISH))


def test_the_start_is_said_once_and_like_the_deadlines() -> None:
    plain = replace(quote("Kim"), clock_change=False, mentor_zone="America/Argentina/Buenos_Aires")
    text = "\n".join(assert_fits(confirmation_card(plain, GUILD, ENGLISH, TypedText())))
    assert text.count(f"<t:{int(START.timestamp())}:") == 1
    assert text.count("<t:") == text.count(":F>") == 3
    assert "Your time" not in text


def test_labels_hold_prices_without_emoji_that_they_cannot_show() -> None:
    assert points_in_label(1_200, GUILD, ENGLISH) == "🪙 1,200"
    assert points_in_label(1_200, OWN_EMOJI, ENGLISH) == "1,200 karma"
    assert points_in_label(0, OWN_EMOJI, ENGLISH) == "free"
    assert hourly_rate_in_label(60, GUILD, ENGLISH) == "🪙 60/h"
    assert hourly_rate_in_label(60, OWN_EMOJI, ENGLISH) == "60 karma/h"
    assert hourly_rate_in_label(0, GUILD, ENGLISH) == "free"
