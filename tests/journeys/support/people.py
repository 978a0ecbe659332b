"""What people do so often that each story would have to tell it again."""

from __future__ import annotations

from datetime import datetime

import simcord

from tests.journeys.support.world import World

BIO = "I have mended other people's Python for ten years and enjoy explaining it."


async def apply(
    town: World,
    applicant: simcord.MemberActor,
    *,
    expertise: str = "Python, Code Review",
    rate: str = "60",
    bio: str = BIO,
) -> simcord.InteractionResult:
    """Fill in the application form and send it."""
    form = await applicant.slash(town.square, "mentor apply")
    return await applicant.submit_modal(form, {"expertise": expertise, "rate": rate, "bio": bio})


def fields_of(form: simcord.InteractionResult) -> dict[str, str]:
    """What stands in the text fields of an open form."""
    assert form.modal is not None
    fields = (field["component"] for field in form.modal["components"])
    return {
        field["custom_id"]: field.get("value") or "" for field in fields if "options" not in field
    }


async def mentor(
    town: World,
    name: str,
    *,
    zone: str = "Europe/London",
    hours: str = "daily 9-17",
    expertise: str = "python",
    rate: str = "60",
) -> simcord.MemberActor:
    """Somebody who applied, was approved and set their hours."""
    person = await town.person(name, zone=zone)
    await apply(town, person, expertise=expertise, rate=rate)
    await town.deliver()
    moderator = await town.moderator(f"{name}'s moderator")
    await moderator.click(town.review.last_message, label="Approve")
    await town.deliver()
    await person.slash(town.square, "mentor hours", hours=hours)
    return person


async def card(
    town: World,
    member: simcord.MemberActor,
    of: simcord.MemberActor,
    start: datetime,
    **options: object,
) -> simcord.InteractionResult:
    """The confirmation card for a mentor's time, as `/book` shows it."""
    return await member.slash(
        town.square, "book", mentor=str(of.id), when=str(int(start.timestamp())), **options
    )


async def booked(
    town: World, member: simcord.MemberActor, of: simcord.MemberActor, start: datetime
) -> None:
    """A session that was asked for, with the mentor's message delivered."""
    shown = await card(town, member, of, start)
    await member.click(shown.response, label="Confirm")
    await town.deliver()


async def confirmed(
    town: World, member: simcord.MemberActor, of: simcord.MemberActor, start: datetime
) -> None:
    """A session that the mentor took on."""
    await booked(town, member, of, start)
    await of.user.click(town.last_dm(of), label="Confirm")
    await town.deliver()
