"""Applying to mentor, and the moderators' decision."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Row, Select, delete, insert, literal, select, update

from mentorship import guilds, members
from mentorship.actors import Actor
from mentorship.errors import (
    AlreadyAMentor,
    AlreadyApplied,
    AlreadyDecided,
    InvalidField,
    MayNotApply,
    NotFound,
    ReapplyLater,
    SetupNeeded,
    Suspended,
)
from mentorship.guilds import GuildSettings
from mentorship.notices import Draft, Kind, write
from storage import Transaction
from storage.queries import upsert
from storage.tables import (
    AuditEntry,
    Member,
    MentorProfile,
    ProfileRevision,
    ProfileTag,
    Tag,
)

MOST_TAGS = 10
TAG_LENGTHS = (2, 32)
BIO_LENGTHS = (20, 1_000)
LONGEST_NOTE = 500


class Decision(StrEnum):
    """What a moderator can say to an application."""

    APPROVED = auto()
    REJECTED = auto()


@dataclass(frozen=True, slots=True)
class Application:
    """What an applicant asks for: tags, whole points an hour, and words about themselves."""

    expertise: Sequence[str]
    hourly_rate: int
    bio: str


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application as moderators and its applicant see it.

    `status` is pending, approved or rejected. `channel_id` and `message_id` are the review card's.
    """

    id: int
    guild_id: int
    applicant_id: int
    applicant_name: str
    timezone: str
    expertise: tuple[str, ...]
    hourly_rate: int
    bio: str
    status: str
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: int | None
    note: str | None
    channel_id: int | None
    message_id: int | None


def read_expertise(text: str) -> tuple[str, ...]:
    """Tags from what was typed with commas, semicolons or new lines between them."""
    return tuple(part for part in text.replace(";", ",").replace("\n", ",").split(",") if part)


def read_rate(text: str) -> int:
    """Whole points from what was typed. Raises `InvalidField`."""
    digits = text.strip().replace(",", "").replace("_", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
        raise InvalidField("the hourly rate", "must be a whole number of points, such as `50`.")
    return int(digits)


def tidy_tag(text: str) -> str:
    """One tag as it is stored: Unicode NFKC, case-folded, single spaces. Raises `InvalidField`."""
    tag = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    shortest, longest = TAG_LENGTHS
    if not shortest <= len(tag) <= longest:
        raise InvalidField(
            "expertise",
            f"is made of words of {shortest}–{longest} characters, with commas between.",
        )
    if not any(character.isalnum() for character in tag):
        raise InvalidField("expertise", "needs letters or digits in each of its words.")
    return tag


def check(application: Application, guild: GuildSettings) -> Application:
    """The application with every field tidied. Raises `InvalidField` for the first that is off."""
    tags = tuple(dict.fromkeys(tidy_tag(tag) for tag in application.expertise if tag.strip()))
    if not 1 <= len(tags) <= MOST_TAGS:
        raise InvalidField(
            "expertise",
            f"takes 1 to {MOST_TAGS} words with commas between, such as `python, git, careers`; "
            f"yours has {len(tags)}.",
        )
    if not 0 <= application.hourly_rate <= guild.maximum_hourly_rate:
        raise InvalidField(
            "the hourly rate", f"must be between 0 and {guild.maximum_hourly_rate:,} here."
        )
    bio = unicodedata.normalize("NFC", application.bio).strip()
    shortest, longest = BIO_LENGTHS
    if not shortest <= len(bio) <= longest:
        raise InvalidField(
            "the bio",
            f"needs {shortest} to {longest:,} characters so that people can choose; "
            f"yours has {len(bio):,}.",
        )
    return Application(tags, application.hourly_rate, bio)


async def before_apply(tx: Transaction, actor: Actor) -> GuildSettings:
    """Make sure that the actor may apply now, before they fill in a form. Writes nothing.

    Raises `TimezoneNeeded`, `SetupNeeded`, `MayNotApply`, `AlreadyApplied`, `AlreadyAMentor`,
    `ReapplyLater` or `Suspended`.
    """
    guild = await guilds.settings(tx, actor.guild)
    member = await members.look(tx, actor)
    if guild.review_channel_id is None:
        raise SetupNeeded("channel where moderators review applications")
    await _require_eligible(tx, actor, guild)
    profile = await _profile(tx, actor)
    if profile is not None:
        if profile.status == "approved":
            raise AlreadyAMentor()
        if profile.status == "suspended":
            raise Suspended()
        latest = (
            await tx.connection.execute(
                select(ProfileRevision.status, ProfileRevision.decided_at)
                .where(ProfileRevision.profile_id == profile.id)
                .order_by(ProfileRevision.id.desc())
                .limit(1)
            )
        ).one_or_none()
        if latest is not None and latest.status in ("pending", "changes_requested"):
            raise AlreadyApplied()
        if latest is not None and latest.status == "rejected" and latest.decided_at is not None:
            again_at = latest.decided_at + timedelta(days=guild.reapply_after_days)
            if tx.now < again_at:
                raise ReapplyLater(again_at)
    _ = member.zone
    return guild


async def apply(tx: Transaction, actor: Actor, application: Application) -> ApplicationView:
    """Hand an application to the moderators.

    Raises what `before_apply` does, and `InvalidField`.
    """
    guild = await before_apply(tx, actor)
    wanted = check(application, guild)
    member = await members.ensure(tx, actor)
    profile = await _profile(tx, actor)
    profile_id: int
    if profile is None:
        profile_id = (
            await tx.connection.execute(
                insert(MentorProfile)
                .values(
                    guild_id=actor.guild,
                    user_id=actor.user_id,
                    status="applicant",
                    timezone=member.zone,
                    created_at=tx.now,
                )
                .returning(MentorProfile.id)
            )
        ).scalar_one()
    else:
        profile_id = profile.id
    application_id: int = (
        await tx.connection.execute(
            insert(ProfileRevision)
            .values(
                profile_id=profile_id,
                kind="application",
                status="pending",
                expertise=list(wanted.expertise),
                bio=wanted.bio,
                hourly_rate=wanted.hourly_rate,
                submitted_at=tx.now,
            )
            .returning(ProfileRevision.id)
        )
    ).scalar_one()
    await write(
        tx,
        [
            Draft(
                Kind.APPLICATION_RECEIVED,
                actor.guild,
                None,
                subject=str(application_id),
                due_at=tx.now,
                revision_id=application_id,
            )
        ],
    )
    return await load(tx, application_id)


async def before_decide(tx: Transaction, actor: Actor, application_id: int) -> ApplicationView:
    """An application that waits for this moderator.

    Raises `NotAModerator`, `NotFound`, and `AlreadyDecided` with who decided.
    """
    guilds.require_moderator(actor, await guilds.settings(tx, actor.guild))
    found = await load(tx, application_id)
    if found.guild_id != actor.guild:
        raise NotFound("application")
    if found.status != "pending":
        raise AlreadyDecided(found.status, found.decided_by)
    return found


async def decide(
    tx: Transaction, actor: Actor, application_id: int, decision: Decision, note: str = ""
) -> ApplicationView:
    """Approve or reject an application; the first decision wins.

    A rejection needs a `note`, which the applicant reads. Raises `NotAModerator`, `NotFound`,
    `InvalidField`, and `AlreadyDecided` with who decided.
    """
    found = await before_decide(tx, actor, application_id)
    note = note.strip()[:LONGEST_NOTE]
    if decision is Decision.REJECTED and not note:
        raise InvalidField("the reason", "is missing. The applicant will read it, so say why.")
    await tx.connection.execute(
        update(ProfileRevision)
        .where(ProfileRevision.id == application_id)
        .values(
            status=decision, decided_at=tx.now, decided_by=actor.user_id, decision_note=note or None
        )
    )
    if decision is Decision.APPROVED:
        await _publish(tx, found)
    await tx.connection.execute(
        insert(AuditEntry).values(
            guild_id=actor.guild,
            actor_id=actor.user_id,
            act=f"application_{decision}",
            user_id=found.applicant_id,
            revision_id=application_id,
            note=note or None,
            created_at=tx.now,
        )
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
    return await load(tx, application_id)


async def load(tx: Transaction, application_id: int) -> ApplicationView:
    """An application whoever asks. Raises `NotFound`."""
    row = (
        await tx.connection.execute(_query().where(ProfileRevision.id == application_id))
    ).one_or_none()
    if row is None:
        raise NotFound("application")
    return _view(row)


async def show_card(tx: Transaction, application_id: int) -> tuple[ApplicationView, GuildSettings]:
    """What the review card shows. Raises `NotFound`."""
    application = await load(tx, application_id)
    return application, await guilds.settings(tx, application.guild_id)


async def card_posted(
    tx: Transaction, application_id: int, channel_id: int, message_id: int
) -> None:
    """Remember where the review card is, so that it can be edited later."""
    await tx.connection.execute(
        update(ProfileRevision)
        .where(ProfileRevision.id == application_id)
        .values(channel_id=channel_id, message_id=message_id)
    )


def _query() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *ProfileRevision.__table__.c,
            MentorProfile.guild_id,
            MentorProfile.user_id,
            MentorProfile.timezone,
            Member.name,
        )
        .join(MentorProfile, MentorProfile.id == ProfileRevision.profile_id)
        .join(
            Member,
            (Member.guild_id == MentorProfile.guild_id) & (Member.user_id == MentorProfile.user_id),
        )
    )


def _view(row: Row[*tuple[Any, ...]]) -> ApplicationView:
    return ApplicationView(
        id=row.id,
        guild_id=row.guild_id,
        applicant_id=row.user_id,
        applicant_name=row.name,
        timezone=row.timezone,
        expertise=tuple(row.expertise),
        hourly_rate=row.hourly_rate,
        bio=row.bio,
        status=row.status,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        note=row.decision_note,
        channel_id=row.channel_id,
        message_id=row.message_id,
    )


async def _profile(tx: Transaction, actor: Actor) -> Row[int, str] | None:
    return (
        await tx.connection.execute(
            select(MentorProfile.id, MentorProfile.status).where(
                MentorProfile.guild_id == actor.guild, MentorProfile.user_id == actor.user_id
            )
        )
    ).one_or_none()


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


async def _publish(tx: Transaction, application: ApplicationView) -> None:
    """Make the approved text the one that members see."""
    profile_id: int = (
        await tx.connection.execute(
            update(MentorProfile)
            .where(
                MentorProfile.guild_id == application.guild_id,
                MentorProfile.user_id == application.applicant_id,
            )
            .values(status="approved", bio=application.bio, hourly_rate=application.hourly_rate)
            .returning(MentorProfile.id)
        )
    ).scalar_one()
    await tx.connection.execute(delete(ProfileTag).where(ProfileTag.profile_id == profile_id))
    await tx.connection.execute(
        upsert(tx.connection, Tag).on_conflict_do_nothing(index_elements=["guild_id", "name"]),
        [{"guild_id": application.guild_id, "name": tag} for tag in application.expertise],
    )
    await tx.connection.execute(
        insert(ProfileTag).from_select(
            ["profile_id", "tag_id"],
            select(literal(profile_id), Tag.id).where(
                Tag.guild_id == application.guild_id, Tag.name.in_(application.expertise)
            ),
        )
    )
