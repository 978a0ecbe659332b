"""Applying to mentor, changing an approved profile, and the moderators' decision on both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, insert, literal, select, update

from mentorship import pagination
from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.errors import (
    AlreadyAMentor,
    AlreadyApplied,
    AlreadyDecided,
    InvalidField,
    MayNotApply,
    NotFound,
    NothingPending,
    NotYours,
    ReapplyLater,
    SetupNeeded,
)
from mentorship.guilds import guild_settings, moderators
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from mentorship.mentors import own_profile
from mentorship.mentors.profile_rules import Application as Application
from mentorship.mentors.profile_rules import check
from mentorship.notifications.catalogue import Kind
from mentorship.notifications.writing import Draft, each_time, write
from mentorship.pagination import Cursor, Direction, Page, Position
from storage import Transaction
from storage.queries import update_by_id, upsert
from storage.tables import Member, MentorProfile, ProfileRevision, ProfileTag, Tag

LONGEST_NOTE = 500


class Decision(StrEnum):
    """What a moderator can say to an application."""

    APPROVED = auto()
    REJECTED = auto()
    CHANGES_REQUESTED = auto()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was decided on an earlier text of the same person."""

    status: str
    decided_by: int | None
    decided_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """A text that waits for the moderators, or was decided on, as they and its author see it.

    `kind` is application or change (of an approved profile); `status` is pending, withdrawn, or a
    `Decision`. `channel_id` and `message_id` are the review card's. `joined_at` is when the person
    joined the guild, as far as known. `present` is what members see while a change waits, for
    whoever looks at one closely (`load`).
    """

    id: int
    kind: str
    guild_id: int
    applicant_id: int
    applicant_name: str
    joined_at: datetime | None
    timezone: str
    expertise: tuple[str, ...]
    hourly_rate: int
    bio: str
    reason: str | None
    status: str
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: int | None
    note: str | None
    channel_id: int | None
    message_id: int | None
    earlier: tuple[Earlier, ...] = ()
    present: Application | None = None

    @property
    def is_pending(self) -> bool:
        return self.status == "pending"


async def before_apply(tx: Transaction, actor: Actor) -> GuildSettings:
    """Make sure that the actor may apply now, before they fill in a form. Writes nothing.

    Raises `TimezoneNeeded`, `SetupNeeded`, `MayNotApply`, `AlreadyApplied`, `AlreadyAMentor`,
    `ReapplyLater`, `StoppedMentoring` or `Suspended`.
    """
    guild = await guild_settings.load(tx, actor.guild)
    member = await members.load(tx, actor)
    if guild.review_channel_id is None:
        raise SetupNeeded("channel where moderators review applications")
    await _require_eligible(tx, actor, guild)
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if profile is not None:
        if profile.status == "approved":
            raise AlreadyAMentor()
        if profile.status != "applicant":
            raise await own_profile.refusal(tx, profile)
        latest = await _latest(tx, profile.id)
        if latest is not None and latest.is_pending:
            raise AlreadyApplied()
        if latest is not None and latest.status == Decision.REJECTED and latest.decided_at:
            again_at = latest.decided_at + timedelta(days=guild.reapply_after_days)
            if tx.now < again_at:
                raise ReapplyLater(again_at)
    member.require_timezone()
    return guild


async def apply(tx: Transaction, actor: Actor, application: Application) -> ApplicationView:
    """Hand an application to the moderators; after a request for changes, the answer to it.

    Raises what `before_apply` does, and `InvalidField`.
    """
    guild = await before_apply(tx, actor)
    wanted = check(application, guild.maximum_hourly_rate)
    member = await members.record(tx, actor)
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    if profile is not None:
        return await submit(tx, guild, profile.id, "application", wanted)
    profile_id: int = (
        await tx.connection.execute(
            insert(MentorProfile)
            .values(
                guild_id=actor.guild,
                user_id=actor.user_id,
                status="applicant",
                timezone=member.require_timezone(),
                created_at=tx.now,
            )
            .returning(MentorProfile.id)
        )
    ).scalar_one()
    return await submit(tx, guild, profile_id, "application", wanted)


async def before_answer(
    tx: Transaction, actor: Actor, application_id: int
) -> tuple[ApplicationView, GuildSettings]:
    """The actor's own text that moderators sent back, to be filled in again.

    Raises `NotYours`, `NotFound`, `AlreadyApplied` while the answer waits, and `AlreadyDecided`
    when the moderators have spoken since.
    """
    asked, guild = await show_card(tx, application_id)
    if asked.applicant_id != actor.user_id:
        raise NotYours("application")
    latest = await mine(tx, replace(actor, guild_id=asked.guild_id))
    if latest is not None and latest.is_pending:
        raise AlreadyApplied()
    if latest is None or latest.id != asked.id or asked.status != Decision.CHANGES_REQUESTED:
        raise AlreadyDecided("answered" if latest is None else latest.status, None)
    return asked, guild


async def answer(
    tx: Transaction, actor: Actor, application_id: int, application: Application
) -> ApplicationView:
    """Send in a changed text after moderators asked for changes, from wherever it is pressed.

    Raises what `before_answer` does, and `InvalidField`.
    """
    asked, guild = await before_answer(tx, actor, application_id)
    wanted = check(application, guild.maximum_hourly_rate)
    profile = await own_profile.find(tx, asked.guild_id, actor.user_id)
    assert profile is not None
    return await submit(tx, guild, profile.id, asked.kind, wanted)


async def revise(tx: Transaction, actor: Actor, application: Application) -> ApplicationView:
    """Change the actor's own text while it waits; the review card changes with it.

    Raises `NothingPending` and `InvalidField`.
    """
    guild = await guild_settings.load(tx, actor.guild)
    pending = await own_pending(tx, actor)
    wanted = check(application, guild.maximum_hourly_rate)
    await tx.connection.execute(
        update(ProfileRevision)
        .where(ProfileRevision.id == pending.id)
        .values(
            expertise=list(wanted.expertise),
            bio=wanted.bio,
            hourly_rate=wanted.hourly_rate,
            submitted_at=tx.now,
        )
    )
    await show_to_moderators(tx, guild, pending.id)
    return await load(tx, pending.id)


async def withdraw(tx: Transaction, actor: Actor) -> ApplicationView:
    """Take back the actor's own text while it waits. Raises `NothingPending`."""
    guild = await guild_settings.load(tx, actor.guild)
    pending = await own_pending(tx, actor)
    await tx.connection.execute(
        update(ProfileRevision)
        .where(ProfileRevision.id == pending.id)
        .values(status="withdrawn", decided_at=tx.now)
    )
    await show_to_moderators(tx, guild, pending.id)
    return await load(tx, pending.id)


async def mine(tx: Transaction, actor: Actor) -> ApplicationView | None:
    """The latest text that the actor sent to the moderators, whatever became of it."""
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    return await _latest(tx, profile.id) if profile is not None else None


async def submit(
    tx: Transaction, guild: GuildSettings, profile_id: int, kind: str, wanted: Application
) -> ApplicationView:
    """Put a checked text before the moderators. The guards refuse a second pending one."""
    application_id: int = (
        await tx.connection.execute(
            insert(ProfileRevision)
            .values(
                profile_id=profile_id,
                kind=kind,
                status="pending",
                expertise=list(wanted.expertise),
                bio=wanted.bio,
                hourly_rate=wanted.hourly_rate,
                reason=wanted.reason,
                submitted_at=tx.now,
            )
            .returning(ProfileRevision.id)
        )
    ).scalar_one()
    await show_to_moderators(tx, guild, application_id)
    return await load(tx, application_id)


async def pending(
    tx: Transaction, actor: Actor, cursor: str | None = None, size: int = 25
) -> Page[ApplicationView]:
    """A page of what waits for the moderators, the longest waiting first; who changes their text
    while it waits keeps their place. Raises `NotAModerator`."""
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))

    async def look(at: Cursor | None, limit: int) -> list[ApplicationView]:
        back = at is not None and at.way is Direction.BACK
        asked = _query().where(
            MentorProfile.guild_id == actor.guild, ProfileRevision.status == "pending"
        )
        if at is not None:
            place = at.place.key[0]
            asked = asked.where(ProfileRevision.id < place if back else ProfileRevision.id > place)
        order = ProfileRevision.id.desc() if back else ProfileRevision.id.asc()
        rows = await tx.connection.execute(asked.order_by(order).limit(limit))
        return [_view(row) for row in rows]

    return await pagination.page(look, _place, cursor, size)


def _place(application: ApplicationView) -> Position:
    return Position(
        0, (application.id, 0)
    )  # a cursor names two numbers at least; one is enough here


async def before_decide(tx: Transaction, actor: Actor, application_id: int) -> ApplicationView:
    """An application that waits for this moderator.

    Raises `NotAModerator`, `NotFound`, and `AlreadyDecided` with who decided.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    found = await load(tx, application_id)
    if found.guild_id != actor.guild:
        raise NotFound("application")
    if not found.is_pending:
        raise AlreadyDecided(found.status, found.decided_by)
    return found


async def decide(
    tx: Transaction, actor: Actor, application_id: int, decision: Decision, note: str = ""
) -> ApplicationView:
    """Approve, reject, or ask for changes; the first decision wins.

    All but an approval need a `note`, which the applicant reads. Raises `NotAModerator`,
    `NotFound`, `InvalidField`, and `AlreadyDecided` with who decided.
    """
    found = await before_decide(tx, actor, application_id)
    guild = await guild_settings.load(tx, actor.guild)
    note = note.strip()[:LONGEST_NOTE]
    if decision is not Decision.APPROVED and not note:
        raise InvalidField("the reason", "is missing. The applicant will read it, so say why.")
    answer = {
        "status": decision,
        "decided_at": tx.now,
        "decided_by": actor.user_id,
        "decision_note": note or None,
    }
    await tx.connection.execute(
        update_by_id(ProfileRevision, *answer), {"row_id": application_id, **answer}
    )
    if decision is Decision.APPROVED:
        text = Application(found.expertise, found.hourly_rate, found.bio)
        await publish(
            tx,
            found.guild_id,
            found.applicant_id,
            text,
            becomes_mentor=found.kind == "application",
        )
    await audit.record(
        tx,
        guild,
        actor,
        f"{found.kind}_{decision}",
        user_id=found.applicant_id,
        revision_id=application_id,
        note=note or None,
    )
    await write(
        tx,
        [
            Draft(
                Kind[decision.name],
                actor.guild,
                found.applicant_id,
                subject=str(application_id),
                due_at=tx.now,
                revision_id=application_id,
            )
        ],
    )
    await show_to_moderators(tx, guild, application_id)
    return await load(tx, application_id)


_EARLIER = (
    select(
        ProfileRevision.status,
        ProfileRevision.decided_by,
        ProfileRevision.decided_at,
        ProfileRevision.decision_note,
    )
    .where(
        ProfileRevision.profile_id == bindparam("profile"),
        ProfileRevision.id < bindparam("application"),
        ProfileRevision.status.not_in(("pending", "withdrawn")),
    )
    .order_by(ProfileRevision.id.desc())
    .limit(5)
)


async def load(tx: Transaction, application_id: int) -> ApplicationView:
    """An application whoever asks, with what was decided before, and with what it would replace.
    Raises `NotFound`."""
    asked = {"application": application_id}
    row = (await tx.connection.execute(_ONE, asked)).one_or_none()
    if row is None:
        raise NotFound("application")
    earlier = await tx.connection.execute(_EARLIER, asked | {"profile": row.profile_id})
    view = _view(row, tuple(Earlier(*each) for each in earlier))
    if view.kind == "change" and view.is_pending:
        view = replace(view, present=await _present(tx, view))
    return view


async def _present(tx: Transaction, change: ApplicationView) -> Application:
    """What members see as long as a change is not approved."""
    profile = await own_profile.find(tx, change.guild_id, change.applicant_id)
    assert profile is not None
    expertise = await own_profile.expertise(tx, profile.id)
    return Application(expertise, profile.hourly_rate, profile.bio)


async def show_card(tx: Transaction, application_id: int) -> tuple[ApplicationView, GuildSettings]:
    """What the review card shows. Raises `NotFound`."""
    application = await load(tx, application_id)
    return application, await guild_settings.load(tx, application.guild_id)


async def card_posted(
    tx: Transaction, application_id: int, channel_id: int, message_id: int
) -> None:
    """Remember where the review card is, so that it can be edited later."""
    place = {"channel_id": channel_id, "message_id": message_id}
    await tx.connection.execute(
        update_by_id(ProfileRevision, *place), {"row_id": application_id, **place}
    )


async def publish(
    tx: Transaction, guild_id: int, user_id: int, text: Application, *, becomes_mentor: bool
) -> None:
    """Make a text the one that members see. An application also makes its author a mentor, at the
    rate in it; the rate of a mentor is their own to set at any time."""
    values: dict[str, Any] = {"bio": text.bio}
    if becomes_mentor:
        values |= {"status": "approved", "hourly_rate": text.hourly_rate}
    profile_id: int = (
        await tx.connection.execute(
            update(MentorProfile)
            .where(
                MentorProfile.guild_id == guild_id,
                MentorProfile.user_id == user_id,
            )
            .values(**values)
            .returning(MentorProfile.id)
        )
    ).scalar_one()
    await tx.connection.execute(delete(ProfileTag).where(ProfileTag.profile_id == profile_id))
    await tx.connection.execute(
        upsert(tx.dialect, Tag).on_conflict_do_nothing(index_elements=["guild_id", "name"]),
        [{"guild_id": guild_id, "name": tag} for tag in text.expertise],
    )
    await tx.connection.execute(
        insert(ProfileTag).from_select(
            ["profile_id", "tag_id"],
            select(literal(profile_id), Tag.id).where(
                Tag.guild_id == guild_id, Tag.name.in_(text.expertise)
            ),
        )
    )


async def show_to_moderators(tx: Transaction, guild: GuildSettings, *application_ids: int) -> None:
    """Have the review cards posted, or brought up to date where they stand already."""
    await write(
        tx,
        [
            Draft(
                Kind.APPLICATION_RECEIVED,
                guild.id,
                None,
                subject=f"{application_id}.{each_time()}",
                due_at=tx.now,
                revision_id=application_id,
            )
            for application_id in application_ids
        ],
    )


@cache
def _query() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *ProfileRevision.__table__.c,
            MentorProfile.guild_id,
            MentorProfile.user_id,
            MentorProfile.timezone,
            Member.name,
            Member.joined_at,
        )
        .join(MentorProfile, MentorProfile.id == ProfileRevision.profile_id)
        .join(Member)
    )


_ONE = _query().where(ProfileRevision.id == bindparam("application"))


def _view(row: Row[*tuple[Any, ...]], earlier: tuple[Earlier, ...] = ()) -> ApplicationView:
    return ApplicationView(
        id=row.id,
        kind=row.kind,
        guild_id=row.guild_id,
        applicant_id=row.user_id,
        applicant_name=row.name,
        joined_at=row.joined_at,
        timezone=row.timezone,
        expertise=tuple(row.expertise),
        hourly_rate=row.hourly_rate,
        bio=row.bio,
        reason=row.reason,
        status=row.status,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        note=row.decision_note,
        channel_id=row.channel_id,
        message_id=row.message_id,
        earlier=earlier,
    )


async def _latest(tx: Transaction, profile_id: int) -> ApplicationView | None:
    row = (
        await tx.connection.execute(
            _query()
            .where(ProfileRevision.profile_id == profile_id)
            .order_by(ProfileRevision.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return _view(row) if row is not None else None


async def own_pending(tx: Transaction, actor: Actor) -> ApplicationView:
    """The actor's own text that waits. Raises `NothingPending`."""
    latest = await mine(tx, actor)
    if latest is None or not latest.is_pending:
        raise NothingPending()
    return latest


async def _require_eligible(tx: Transaction, actor: Actor, guild: GuildSettings) -> None:
    if guild.who_may_apply == "roles" and not actor.role_ids & set(guild.apply_role_ids):
        raise MayNotApply("it takes one of the roles that this server has named for it")
    if guild.who_may_apply == "rank":
        rank = await tx.connection.scalar(
            select(Member.rank).where(
                Member.guild_id == actor.guild, Member.user_id == actor.user_id
            )
        )
        if (rank or 0) < guild.apply_minimum_rank:
            raise MayNotApply(f"it takes rank {guild.apply_minimum_rank}, and yours is {rank or 0}")
