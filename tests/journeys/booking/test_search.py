"""Finding a mentor: across time zones, with misspellings, page by page."""

from __future__ import annotations

from datetime import timedelta

from simcord.enums import ComponentType

from bot.guilds.roll_call import check_everyone
from bot.views.search.items import RESULTS_ON_PAGE, ResultsPageButton
from mentorship.search.query import SearchQuery, Sort
from mentorship.time.intervals import Span
from tests.journeys.support.components import action_rows_of, iter_components, read_text
from tests.journeys.support.helpers import choose_option
from tests.journeys.support.scenarios import approved_mentor, make_mentor
from tests.journeys.support.simulated_guild import (
    START,
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)


def action_labels(message: object) -> list[list[str]]:
    """Return the labels of a message's buttons and menus, row by row."""
    return [
        [item.get("label") or item["placeholder"] for item in row]
        for row in action_rows_of(message)
    ]


def titles(message: object) -> list[str]:
    """Return the titles of a message's cards."""
    return card_titles(message)


async def test_misspelt_expertise_is_found_across_time_zones(guild: SimulatedGuild) -> None:
    await approved_mentor(
        guild, "Oliver", hours="mon-fri 18-21:30", expertise="python, code review", rate="60"
    )
    await approved_mentor(guild, "Ines", zone="Europe/Lisbon", expertise="design", rate="0")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)

    choices = await maya.autocomplete(guild.channel, "mentor search", "expertise", "pyton")
    assert [choice["value"] for choice in choices] == ["python"]
    # She sends what she typed, without choosing a suggestion.
    results = await maya.slash(guild.channel, "mentor search", expertise="pyton", free="today")
    assert results.ephemeral
    assert titles(results.response) == ["Mentors", "Oliver"]
    assert "Expertise: pyton" in message_text(results.response)
    assert "No ratings yet · 🪙 60/h · 60 minutes" in message_text(results.response)
    assert "code review, python" in message_text(results.response)
    assert "I have mended other people's Python" in message_text(results.response)
    # 18:00 in London is 13:00 in her zone.
    assert action_labels(results.response) == [
        ["Remove pyton", "Remove time"],
        ["Mon 2 Mar, 13:00 EST", "Mon 2 Mar, 13:30 EST", "Mon 2 Mar, 14:00 EST"],
    ]
    # From a search to a booked session in two presses.
    card = await maya.click(results.response, label="Mon 2 Mar, 13:00 EST")
    assert "with Oliver?" in message_text(card.response)
    done = await maya.click(card.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(done.response)


async def test_result_pages_turn_after_a_restart(guild: SimulatedGuild) -> None:
    for number in range(1, 7):
        await approved_mentor(
            guild, f"Mentor {number}", expertise="go *fast*", rate=str(10 * number)
        )
    maya = await guild.add_member("Maya", zone="Asia/Kolkata", points=100)
    first = await maya.slash(
        guild.channel, "mentor search", expertise="go *fast*", max_rate=90, sort="price"
    )
    assert titles(first.response) == ["Mentors, page 1", "Mentor 1", "Mentor 2", "Mentor 3"]
    filters, *slots, order, pages = action_labels(first.response)
    assert filters == ["Remove go *fast*", "Remove 🪙 90/h"]
    assert [len(row) for row in slots] == [3, 3, 3]
    assert (pages, order) == (["Next"], ["Sort by"])
    assert len(list(iter_components(first.response))) <= 40

    await guild.restart_bot()
    second = await maya.click(first.response, label="Next")
    assert titles(second.response) == ["Mentors, page 2", "Mentor 4", "Mentor 5", "Mentor 6"]
    assert action_labels(second.response)[-1] == ["Previous"]
    assert second.response.id == first.response.id, "the page is turned in its place"

    await guild.restart_bot()
    back = await maya.click(second.response, label="Previous")
    assert titles(back.response) == titles(first.response)
    # 08:00 in London, on the third mentor's row.
    slot = action_rows_of(back.response)[3][0]
    card = await maya.click(back.response, custom_id=slot["custom_id"])
    assert "with Mentor 3?" in message_text(card.response)

    # The order is changed on the page, and a filter removed with one press.
    again = await maya.slash(
        guild.channel, "mentor search", expertise="go *fast*", max_rate=90, sort="price"
    )
    best = await choose_option(maya, again.response, "Highest rating")
    assert titles(best.response)[0] == "Mentors, page 1"
    wider = await maya.click(best.response, label="Remove 🪙 90/h")
    assert "up to" not in message_text(wider.response)
    assert r"go \*fast\*" in message_text(wider.response)


async def test_mentors_are_shown_with_their_current_pictures(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    users = guild.env.backend.users
    users[oliver.id].avatar = "a1b2"
    await check_everyone(guild.bot, guild.db)
    ines = await approved_mentor(guild, "Ines")
    maya = await guild.add_member("Maya", zone="America/New_York")

    async def pictures() -> list[str]:
        page = (await maya.slash(guild.channel, "mentor search")).response
        return sorted(
            part["media"]["url"]
            for part in iter_components(page)
            if part["type"] == ComponentType.THUMBNAIL
        )

    default = f"https://cdn.discordapp.com/embed/avatars/{(ines.id >> 22) % 6}.png"
    own = f"https://cdn.discordapp.com/avatars/{oliver.id}"
    assert await pictures() == [f"{own}/a1b2.png", default]
    users[oliver.id].avatar = "c3d4"
    await check_everyone(guild.bot, guild.db)
    assert await pictures() == [f"{own}/c3d4.png", default]
    users[oliver.id].avatar = None
    await check_everyone(guild.bot, guild.db)
    assert not [url for url in await pictures() if url.startswith(own)]


async def test_every_sort_order_and_filter(guild: SimulatedGuild) -> None:
    dear = await approved_mentor(guild, "Dear", hours="daily 20-22", expertise="go", rate="90")
    soon = await approved_mentor(guild, "Soon", hours="daily 14-18", expertise="go", rate="60")
    cheap = await approved_mentor(guild, "Cheap", hours="daily 18-22", expertise="go", rate="10")
    for mentor, stars in ((dear, 5), (soon, 3), (cheap, 4)):
        await guild.add_ratings(mentor, stars)
    maya = await guild.add_member("Maya", zone="America/New_York")

    async def search_titles(**options: object) -> list[str]:
        answer = await maya.slash(guild.channel, "mentor search", **options)
        return titles(answer.response)[1:]

    assert await search_titles(sort="price") == ["Cheap", "Soon", "Dear"]
    assert await search_titles(sort="rating") == ["Dear", "Cheap", "Soon"]
    assert await search_titles(sort="soonest") == ["Soon", "Cheap", "Dear"]
    assert await search_titles(min_rating=4.5) == ["Dear"]
    assert await search_titles(max_rate=60, sort="price") == ["Cheap", "Soon"]
    # 18:00 in London is 13:00 for her.
    assert await search_titles(free="tomorrow 1pm-2pm") == ["Cheap"]
    assert await search_titles(text="mend python", sort="price") == ["Cheap", "Soon", "Dear"]


async def test_mentors_without_open_slots_have_no_book_button(
    guild: SimulatedGuild,
) -> None:
    await approved_mentor(guild, "Oliver", hours="mon 8-8:15")
    maya = await guild.add_member("Maya", zone="America/New_York")
    results = await maya.slash(guild.channel, "mentor search")
    assert "No open slots in the next two weeks" in message_text(results.response)
    assert button_labels(results.response) == ["Tell me when there's a slot"]


async def test_an_empty_search_suggests_removing_filters(guild: SimulatedGuild) -> None:
    await approved_mentor(guild, "Oliver", expertise="python", rate="60")
    await approved_mentor(guild, "Ines", expertise="python", rate="80")
    await approved_mentor(guild, "Pia", expertise="piano", rate="5")
    maya = await guild.add_member("Maya", zone="America/New_York")
    answer = await maya.slash(guild.channel, "mentor search", expertise="python", max_rate=10)
    assert titles(answer.response) == ["No mentors found"]
    assert "Try removing one" in message_text(answer.response)
    assert button_labels(answer.response) == [
        "Remove highest price (2 mentors)",
        "Remove expertise (1 mentor)",
        "Ask for help",
    ]
    await guild.restart_bot()
    looser = await maya.click(answer.response, label="Remove highest price (2 mentors)")
    assert titles(looser.response) == ["Mentors", "Oliver", "Ines"]

    answer = await maya.slash(guild.channel, "mentor search", expertise="python", max_rate=10)
    looser = await maya.click(answer.response, label="Remove expertise (1 mentor)")
    assert titles(looser.response) == ["Mentors", "Pia"]
    assert "up to 🪙 10 an hour" in message_text(looser.response)

    # Where removing one filter isn't enough, there is a way on as well.
    answer = await maya.slash(
        guild.channel, "mentor search", expertise="python", max_rate=10, text="zither"
    )
    assert "even without one of these filters" in message_text(answer.response)
    looser = await maya.click(answer.response, label="Remove all filters")
    assert titles(looser.response) == ["Mentors", "Oliver", "Ines", "Pia"]


async def test_a_search_without_mentors_is_explained(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya")
    answer = await maya.slash(guild.channel, "mentor search")
    assert "Nobody mentors here yet" in message_text(answer.response)
    answer = await maya.slash(guild.channel, "mentor search", text="anything")
    assert "Nobody mentors here yet" in message_text(answer.response)
    answer = await maya.slash(guild.channel, "mentor search", text="anything", max_rate=5)
    assert "even without one of these filters" in message_text(answer.response)


async def test_the_only_mentor_of_a_server_learns_that_nobody_else_mentors(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    for options in ({}, {"expertise": "python"}):
        answer = await oliver.slash(guild.channel, "mentor search", **options)
        assert "You're the only mentor in this server so far." in message_text(answer.response)


async def test_searching_by_time_needs_a_time_zone(guild: SimulatedGuild) -> None:
    await approved_mentor(guild, "Oliver", hours="daily 18-21")
    maya = await guild.add_member("Maya")
    question = await maya.slash(guild.channel, "mentor search", free="tomorrow 18-21")
    assert "Which time zone do you live in?" in message_text(question.response)
    results = await maya.select(question.response, ["Europe/London"])
    assert titles(results.response) == ["Mentors", "Oliver"]
    # A search without a time needs no zone.
    noor = await guild.add_member("Noor")
    results = await noor.slash(guild.channel, "mentor search")
    assert titles(results.response) == ["Mentors", "Oliver"]
    assert action_labels(results.response) == [["Book Oliver"]], "a label can't hold her time yet"


async def test_an_unreadable_time_is_explained(guild: SimulatedGuild) -> None:
    await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York")
    answer = await maya.slash(guild.channel, "mentor search", free="when pigs fly")
    assert "I couldn't read `when pigs fly` as a time" in message_text(answer.response)


async def test_booking_a_mentor_who_paused_since_the_search(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York")
    results = await maya.slash(guild.channel, "mentor search", text="mended")
    await oliver.slash(guild.channel, "mentor pause")
    answer = await maya.click(
        results.response, custom_id=action_rows_of(results.response)[1][0]["custom_id"]
    )
    assert "Oliver isn't taking new bookings right now" in message_text(answer.response)


def test_the_longest_search_fits_into_a_custom_id() -> None:
    far = START + timedelta(days=400)
    query = SearchQuery(
        "x" * 100,
        "x" * 100,
        min_rating=4.99,
        max_rate=2**53 - 1,
        free=Span(far, far + timedelta(days=9)),
        sort=Sort.PRICE,
        cursor="b" + ".".join(("0", "2gosa7pa2gv", "apsk", "1y2p0ij32e8e7")),
    )
    button = ResultsPageButton(query, 9_999)
    assert len(button.item.custom_id or "") <= 100
    match = ResultsPageButton.__discord_ui_compiled_template__.fullmatch(
        button.item.custom_id or ""
    )
    assert match is not None
    decoded = ResultsPageButton.from_match(match)
    assert decoded.query == SearchQuery(
        min_rating=query.min_rating,
        max_rate=query.max_rate,
        free=query.free,
        sort=query.sort,
        cursor=query.cursor,
        size=RESULTS_ON_PAGE,
    )


async def test_the_fullest_page_of_results_fits_in_a_message(guild: SimulatedGuild) -> None:
    bio = "*_~ " * 240 + "patient with beginners"
    expertise = ", ".join(f"{number:*<32}" for number in range(10))
    for number in range(RESULTS_ON_PAGE + 1):
        name = f"*{number}* Bartholomew Featherstonehaugh"[:32]
        mentor = await guild.add_member(name, zone="Europe/London")
        await make_mentor(
            guild, mentor, hours="daily 9-17", expertise=expertise, rate="10000", bio=bio
        )
        await guild.add_ratings(mentor, 5)
    maya = await guild.add_member("Maya", zone="Europe/London")
    filters = {"text": "beginners", "min_rating": 4.5, "max_rate": 10_000, "free": "tomorrow"}
    result = await maya.slash(
        guild.channel, "mentor search", expertise=f"{0:*<32}", sort="rating", **filters
    )
    assert "The fewer ratings a mentor has" in message_text(result.response)
    assert "Next" in button_labels(result.response)
    assert len([label for label in button_labels(result.response) if "Remove" in label]) == 5
    result = await maya.click(result.response, label="Next")
    result = await maya.click(result.response, label="Previous")
    assert len(titles(result.response)) == 1 + RESULTS_ON_PAGE
    assert len(list(iter_components(result.response))) <= 40
    assert len(read_text(result.response)) <= 4_000
    assert "…" in read_text(result.response), "long bios are cut"
