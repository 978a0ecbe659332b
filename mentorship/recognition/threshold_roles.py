"""The rules by which a guild gives mentors roles in Discord at certain figures."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, delete, insert, select, update

from mentorship.actors import Actor
from mentorship.errors import Field, InvalidField, NotAManager, NotFound, Problem, Subject
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.notifications.publishing import publish
from storage import Transaction
from storage.tables import EarnedRole, ThresholdRole

MOST_RULES = 5
MOST_SESSIONS = 10_000
MOST_HOURS = 10_000


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a mentor needs for a role.

    `sessions` are completed, at least 1. `stars` are tenths of a star, the plain mean of the rating
    that profiles show; `hours` are hours mentored. None means any.
    """

    sessions: int
    stars: int | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """A rule. `problem` is why it has stopped, None while it works."""

    role_id: int
    thresholds: Thresholds
    problem: str | None = None


async def list_rules(tx: Transaction, actor: Actor) -> list[ThresholdRule]:
    """List the rules of the actor's guild in the order in which they were made.

    Raises `NotAManager`.
    """
    _require_manager(actor)
    rows = (await tx.connection.execute(_SELECT, {"guild": actor.guild})).all()
    return [
        ThresholdRule(
            row.role_id,
            Thresholds(row.least_sessions, row.least_stars, row.least_hours),
            row.problem,
        )
        for row in rows
    ]


async def set_rule(
    tx: Transaction, actor: Actor, role_id: int, thresholds: Thresholds
) -> list[ThresholdRule]:
    """Make a rule for a role, or change it. A rule that had stopped starts again.

    Raises `NotAManager`, or `InvalidField` for a number out of range or a sixth rule.
    """
    _require_manager(actor)
    _validate(thresholds)
    await guild_settings.load_or_create(tx, actor.guild)
    rules = await list_rules(tx, actor)
    key = {"guild": actor.guild, "role": role_id}
    values = {
        "least_sessions": thresholds.sessions,
        "least_stars": thresholds.stars,
        "least_hours": thresholds.hours,
        "after_id": 0,
        "next_at": tx.now,
        "stopped_at": None,
        "problem": None,
    }
    before = next((rule for rule in rules if rule.role_id == role_id), None)
    if before is not None:
        await tx.connection.execute(_UPDATE.values(**values), key)
        # What Discord refused is tried again.
        await tx.connection.execute(_RESUME, key | {"now": tx.now})
    elif len(rules) >= MOST_RULES:
        raise InvalidField(Field.THRESHOLD_ROLES, Problem.TOO_MANY, most=MOST_RULES)
    else:
        row = {"guild_id": actor.guild, "role_id": role_id, **values}
        await tx.connection.execute(_INSERT, row)
    await _publish(tx, actor, role_id, None if before is None else before.thresholds, thresholds)
    return await list_rules(tx, actor)


async def remove_rule(tx: Transaction, actor: Actor, role_id: int) -> list[ThresholdRule]:
    """Remove the rule for a role. Mentors who have the role keep it.

    Raises `NotAManager` and `NotFound`.
    """
    rules = await list_rules(tx, actor)
    rule = next((rule for rule in rules if rule.role_id == role_id), None)
    if rule is None:
        raise NotFound(Subject.SETTING)
    key = {"guild": actor.guild, "role": role_id}
    await tx.connection.execute(_DELETE_EARNED, key)
    await tx.connection.execute(_DELETE, key)
    await _publish(tx, actor, role_id, rule.thresholds, None)
    return await list_rules(tx, actor)


def _require_manager(actor: Actor) -> None:
    if not actor.manages_guild:
        raise NotAManager()


def _validate(thresholds: Thresholds) -> None:
    for field, value, least, most in (
        (Field.LEAST_SESSIONS, thresholds.sessions, 1, MOST_SESSIONS),
        (Field.LEAST_STARS, thresholds.stars, 10, 50),
        (Field.LEAST_HOURS, thresholds.hours, 1, MOST_HOURS),
    ):
        if value is not None and not least <= value <= most:
            raise InvalidField(field, Problem.OUT_OF_RANGE, least=least, most=most)


async def _publish(
    tx: Transaction,
    actor: Actor,
    role_id: int,
    before: Thresholds | None,
    after: Thresholds | None,
) -> None:
    def numbers(thresholds: Thresholds | None) -> list[int | None]:
        if thresholds is None:
            return []
        return [role_id, thresholds.sessions, thresholds.stars, thresholds.hours]

    facts = {"setting": "threshold_roles", "before": numbers(before), "after": numbers(after)}
    event = Event(EventType.SETTING_CHANGED, actor.guild, actor.user_id, facts=facts)
    await publish(tx, event)


_GUILD, _ROLE = bindparam("guild", type_=BigInteger), bindparam("role", type_=BigInteger)
_IS_RULE = (ThresholdRole.guild_id == _GUILD, ThresholdRole.role_id == _ROLE)
_SELECT = (
    select(ThresholdRole).where(ThresholdRole.guild_id == _GUILD).order_by(ThresholdRole.id)
).with_only_columns(*ThresholdRole.__table__.c)
_INSERT = insert(ThresholdRole)
_UPDATE = update(ThresholdRole).where(*_IS_RULE)
_RULE_ID = select(ThresholdRole.id).where(*_IS_RULE).scalar_subquery()
_RESUME = (
    update(EarnedRole)
    .where(EarnedRole.rule_id == _RULE_ID, EarnedRole.is_wanted != EarnedRole.is_given)
    .values(next_at=bindparam("now", type_=EarnedRole.next_at.type), attempts=0)
)
_DELETE_EARNED = delete(EarnedRole).where(EarnedRole.rule_id == _RULE_ID)
_DELETE = delete(ThresholdRole).where(*_IS_RULE)
