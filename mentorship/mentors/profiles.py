"""A mentor's profile: what others see of it, and what its owner can do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.errors import InvalidField
from mentorship.guilds import guild_settings
from mentorship.mentors import applications, own_profile
from mentorship.mentors.applications import ApplicationView
from mentorship.mentors.profile_rules import Application, check
from storage import Transaction
from storage.tables import MentorProfile


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of a change: what took effect at once, what waits for the moderators, and
    whether a text that waited was taken back."""

    rate_changed: bool
    waiting: ApplicationView | None
    published: bool
    withdrawn: bool


async def before_edit(tx: Transaction, actor: Actor) -> Application:
    """What stands in the form in which the actor changes their profile: the text that waits for the
    moderators, if one does, otherwise the one that members see. Raises what `own_profile.refusal`
    gives."""
    row = await own_profile.approved(tx, actor)
    latest = await applications.mine(tx, actor)
    if latest is not None and latest.is_pending:
        return Application(latest.expertise, row.hourly_rate, latest.bio)
    return Application(await own_profile.expertise(tx, row.id), row.hourly_rate, row.bio)


async def edit(tx: Transaction, actor: Actor, wanted: Application) -> Edited:
    """Change the actor's own profile.

    The rate takes effect at once, for new bookings only. Expertise and bio wait for the moderators
    while the approved ones stay visible, unless the guild has switched that off. A text that waits
    already is changed, or taken back by one that is as the approved one.

    Raises what `own_profile.refusal` gives, and `InvalidField`.
    """
    guild = await guild_settings.load(tx, actor.guild)
    row = await own_profile.approved(tx, actor)
    tidy = check(wanted, guild.maximum_hourly_rate)
    rate_changed = tidy.hourly_rate != row.hourly_rate
    if rate_changed:
        await tx.connection.execute(
            update(MentorProfile)
            .where(MentorProfile.id == row.id)
            .values(hourly_rate=tidy.hourly_rate)
        )
    as_before = Edited(rate_changed, waiting=None, published=False, withdrawn=False)
    latest = await applications.mine(tx, actor)
    waiting = latest if latest is not None and latest.is_pending else None
    if _same(tidy, await own_profile.expertise(tx, row.id), row.bio):
        if waiting is None:
            return as_before
        await applications.withdraw(tx, actor)
        return replace(as_before, withdrawn=True)
    if waiting is not None:
        if _same(tidy, waiting.expertise, waiting.bio):
            return as_before
        return replace(as_before, waiting=await applications.revise(tx, actor, tidy))
    if guild.approve_profile_changes and guild.review_channel_id is not None:
        changed = await applications.submit(tx, guild, row.id, "change", tidy)
        return replace(as_before, waiting=changed)
    await applications.publish(tx, actor.guild, actor.user_id, tidy, becomes_mentor=False)
    return replace(as_before, published=True)


async def pause(tx: Transaction, actor: Actor, until: datetime | None = None) -> datetime | None:
    """Take no new bookings until then, or until `resume`; existing ones stand.

    Returns `until`. Raises what `own_profile.refusal` gives, and `InvalidField` for a time that is
    over.
    """
    row = await own_profile.approved(tx, actor)
    if until is not None and until <= tx.now:
        raise InvalidField("the end of the pause", "is past already. Name a time to come.")
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == row.id)
        .values(paused=True, paused_until=until)
    )
    return until


async def resume(tx: Transaction, actor: Actor) -> None:
    """Take bookings again, after a pause or after having stopped.

    Raises `NotAMentor`, `StillAnApplicant`, `Suspended`.
    """
    row = await own_profile.find(tx, actor.guild, actor.user_id)
    if row is None or row.status not in ("approved", "stopped"):
        raise await own_profile.refusal(tx, row)
    await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == row.id)
        .values(status="approved", paused=False, paused_until=None)
    )


async def stop(tx: Transaction, actor: Actor) -> None:
    """Leave the marketplace; what is booked stands. Raises what `own_profile.refusal` gives."""
    row = await own_profile.approved(tx, actor)
    await tx.connection.execute(
        update(MentorProfile).where(MentorProfile.id == row.id).values(status="stopped")
    )


def _same(text: Application, expertise: Sequence[str], bio: str) -> bool:
    """Whether a text says what is there already; the order of its tags is nobody's concern."""
    return set(text.expertise) == set(expertise) and text.bio == bio
