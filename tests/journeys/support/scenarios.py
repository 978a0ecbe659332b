"""Steps that many journeys share: applying, booking, confirming."""

from __future__ import annotations

from datetime import datetime

import simcord

from tests.journeys.support.simulated_guild import SimulatedGuild

BIO = "I have mended other people's Python for ten years and enjoy explaining it."


async def submit_application(
    guild: SimulatedGuild,
    applicant: simcord.MemberActor,
    *,
    expertise: str = "Python, Code Review",
    rate: str = "60",
    bio: str = BIO,
    meeting_link: str = "",
) -> simcord.InteractionResult:
    """Submit the application form."""
    form = await applicant.slash(guild.channel, "mentor apply")
    fields = {"expertise": expertise, "rate": rate, "bio": bio, "meeting_link": meeting_link}
    return await applicant.submit_modal(form, fields)


def text_fields(form: simcord.InteractionResult) -> dict[str, str]:
    """Return the values of the text fields of an open form."""
    assert form.modal is not None
    fields = (item["component"] for item in form.modal["components"] if "component" in item)
    return {
        field["custom_id"]: field.get("value") or "" for field in fields if "options" not in field
    }


async def approved_mentor(
    guild: SimulatedGuild,
    name: str,
    *,
    zone: str = "Europe/London",
    hours: str = "daily 9-17",
    expertise: str = "python",
    rate: str = "60",
) -> simcord.MemberActor:
    """Add a mentor who has applied, was approved, and has set weekly hours."""
    person = await guild.add_member(name, zone=zone)
    await make_mentor(guild, person, hours=hours, expertise=expertise, rate=rate)
    return person


async def make_mentor(
    guild: SimulatedGuild,
    person: simcord.MemberActor,
    *,
    hours: str,
    expertise: str = "python",
    rate: str = "60",
    bio: str = BIO,
) -> None:
    """Let a member apply, be approved, and set weekly hours."""
    await submit_application(guild, person, expertise=expertise, rate=rate, bio=bio)
    await guild.deliver()
    moderator = await guild.add_moderator(f"{person.name}'s moderator")
    await moderator.click(guild.review_channel.last_message, label="Approve")
    await guild.deliver()
    await person.slash(guild.channel, "mentor hours", hours=hours)


async def ask_for_changes(
    guild: SimulatedGuild, moderator: simcord.MemberActor, reason: str
) -> None:
    """Ask for changes on the latest card in the review channel, and notify the applicant."""
    form = await moderator.click(guild.review_channel.last_message, label="Ask for changes")
    await moderator.submit_modal(form, {"reason": reason})
    await guild.deliver()


async def confirmation_card(
    guild: SimulatedGuild,
    member: simcord.MemberActor,
    mentor: simcord.MemberActor,
    start: datetime,
    **options: object,
) -> simcord.InteractionResult:
    """Return the confirmation card for a slot, as `/book` shows it."""
    return await member.slash(
        guild.channel, "book", mentor=str(mentor.id), when=str(int(start.timestamp())), **options
    )


async def book(
    guild: SimulatedGuild, member: simcord.MemberActor, mentor: simcord.MemberActor, start: datetime
) -> None:
    """Book a session and deliver the mentor's notification."""
    card = await confirmation_card(guild, member, mentor, start)
    await member.click(card.response, label="Confirm")
    await guild.deliver()


async def book_and_confirm(
    guild: SimulatedGuild, member: simcord.MemberActor, mentor: simcord.MemberActor, start: datetime
) -> None:
    """Book a session and let the mentor confirm it."""
    await book(guild, member, mentor, start)
    await mentor.user.click(guild.last_dm(mentor), label="Confirm")
    await guild.deliver()
