"""Pages of insights: what people typed is inert, little is said plainly, and much is cut."""

from __future__ import annotations

import re

import pytest

from bot.components.cards import MAX_TEXT
from bot.views.insights.guild_pages import guild_page
from bot.views.insights.mentor_pages import mentor_page
from bot.views.insights.page import Page
from bot.views.insights.position import POSITION_PATTERN, InsightsPosition, page_buttons
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.insights.views import InsightsRange
from tests.figures import (
    empty_guild_figures,
    empty_mentor_figures,
    guild_figures,
    mentor_figures,
)
from wording.insights import labels, sentences
from wording.reader import Reader

READER = Reader.of("en-GB")
SERVER = GuildSettings(1)


def text_of(page: Page) -> str:
    facts = [f"{name} {value}" for name, value in page.facts]
    lists = [line for heading, lines in page.lists for line in (heading, *lines)]
    return "\n".join([page.headline, *facts, *page.table, *lists, *page.notes])


def every_page(span: InsightsRange, months: int) -> list[Page]:
    return [
        *(mentor_page(mentor_figures(months, span), page, READER) for page in labels.MENTOR_PAGES),
        *(
            guild_page(guild_figures(count=months, span=span), page, SERVER, READER)
            for page in labels.GUILD_PAGES
        ),
    ]


@pytest.mark.parametrize(
    ("span", "months"),
    [
        (InsightsRange.MONTH, 1),
        (InsightsRange.QUARTER, 3),
        (InsightsRange.YEAR, 12),
        (InsightsRange.ALL, 120),
    ],
)
def test_every_page_fits_into_a_message(span: InsightsRange, months: int) -> None:
    for page in every_page(span, months):
        assert len(text_of(page)) < MAX_TEXT / 2


def test_ten_years_have_their_latest_months_on_the_card_and_the_rest_in_the_file() -> None:
    page = mentor_page(mentor_figures(120, InsightsRange.ALL), "sessions", READER)
    assert len(page.table) == 12
    assert page.table[0].startswith("**Mar 2026:**")
    assert page.notes[0] == sentences.OLDER_MONTHS


@pytest.mark.parametrize("span", InsightsRange)
def test_pages_without_figures_say_so_and_have_no_chart(span: InsightsRange) -> None:
    pages = [
        *(mentor_page(empty_mentor_figures(span), page, READER) for page in labels.MENTOR_PAGES),
        *(
            guild_page(empty_guild_figures(span), page, SERVER, READER)
            for page in labels.GUILD_PAGES
        ),
    ]
    for page in pages:
        assert page.chart is None
        assert re.match(r"No |Nobody |Everyone |\*\*🪙 0\*\*", page.headline)


def test_expertise_is_shown_as_it_was_typed() -> None:
    page = guild_page(guild_figures("**@everyone** <@1>", None), "demand", SERVER, READER)
    first, second = page.table
    assert first.startswith(r"**\*\*\@everyone\*\* \<\@1\>:** 12 searches")
    assert second.startswith("**Other:** ")
    assert page.chart is not None
    assert page.chart.image.labels[0] == "**@everyone** <@1>", "a picture has no markup"  # type: ignore[union-attr]


def test_quiet_mentors_are_mentioned_unless_they_were_erased() -> None:
    ((heading, lines),) = guild_page(guild_figures(), "people", SERVER, READER).lists
    assert heading == "Mentors who have gone quiet"
    assert [line.split(",")[0] for line in lines] == ["<@42>", "=Erased"]


def test_buttons_lead_to_a_page_that_exists() -> None:
    """A custom id may be from another version, or be made up."""
    for custom_id in ("m:demand:year", "g:rating:all", "m:x:month"):
        match = re.fullmatch(POSITION_PATTERN, custom_id)
        assert match is not None
        assert InsightsPosition.decode(match).page == "sessions"
    for custom_id in ("m:sessions:decade", "x:sessions:year", "m::year", "m:Sessions:year"):
        assert re.fullmatch(POSITION_PATTERN, custom_id) is None


@pytest.mark.parametrize("is_own", [True, False])
def test_custom_ids_are_read_back_and_differ(is_own: bool) -> None:
    ids = []
    for span in InsightsRange:
        for button in page_buttons(InsightsPosition(is_own, range=span)):
            match = re.fullmatch(POSITION_PATTERN, button.position.encoded)
            assert match is not None
            assert InsightsPosition.decode(match) == button.position
            ids.append(button.item.custom_id)
    assert len(ids) == len(set(ids))
    assert max(len(each or "") for each in ids) <= 100
