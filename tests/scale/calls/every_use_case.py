"""Calls of every use case by the people of a scene, each of which succeeds.

Each entry lists the arguments of one or more calls. A use case that the program calls and that has
no entry fails the test of steps.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert, update

from mentorship import faults, idempotency
from mentorship.actors import Actor
from mentorship.administration import audit, moderation, moderation_lists, setup
from mentorship.availability import (
    editor,
    hours_storage,
    slot_queries,
    timezone_change,
    travel_editor,
    travel_storage,
)
from mentorship.availability.editor import AvailabilityChange
from mentorship.availability.opening_hours import DateOverride
from mentorship.availability.slot_alerts import alerts, dispatch
from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.delivery import dm_budget, message_updates, outbox, outcomes, undelivered
from mentorship.delivery.message_updates import Edit, EditOutcome
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.main_app import (
    app_booking,
    cancellation_terms,
    identity,
    profile_decisions,
    public_profiles,
)
from mentorship.main_app.identity import MemberUpdate
from mentorship.main_app.profile_decisions import RequestedStatus
from mentorship.members import blocks, languages, members, roles
from mentorship.mentors import (
    application_review,
    application_views,
    applications,
    meeting_link,
    mentor_roles,
    own_profile,
    profiles,
    responsiveness,
    role_removals,
)
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.mentors.role_removals import RoleRemoval
from mentorship.notifications import preferences, reminder_changes
from mentorship.notifications.catalogue import DeliveryProblem, NotificationKind
from mentorship.operations import (
    backup_log,
    data_export,
    erasure,
    event_retention,
    guild_purge,
    handled_interactions,
    health,
    own_data,
    retention,
)
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.operations.retention import Periods
from mentorship.points import adjustments, grant_requests, ledger, transfers
from mentorship.points.ledger import Cause
from mentorship.points.transfers import Recipient
from mentorship.recognition import earned_roles, leaderboard, threshold_roles
from mentorship.recognition.earned_roles import RoleTask
from mentorship.recognition.leaderboard import Measure, Period
from mentorship.recognition.threshold_roles import Thresholds
from mentorship.search import directory, profile_views, search, tags, unmet
from mentorship.search.query import SearchQuery, Sort
from mentorship.sessions import (
    blocking,
    booking,
    departures,
    points_history,
    rebooking,
    rescheduling,
    service_time,
    session_details,
    session_views,
    transitions,
)
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance, disputes, reviews, thanks
from mentorship.sessions.groups import own_sessions
from mentorship.sessions.lifecycle import Action, Attendance
from mentorship.sessions.places import meeting, session_link
from mentorship.sessions.series import booking as series_booking
from mentorship.sessions.series import changes as series_changes
from mentorship.sessions.series import quotes
from mentorship.sessions.series import views as series_views
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.sessions.session_views import PAST_SESSIONS, UPCOMING_SESSIONS
from mentorship.statuses import ProfileStatus
from mentorship.time.intervals import Span
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.tables import GroupSession, MemberReminderChange, SessionEnding
from tests.scale.arguments import Arguments, given
from tests.scale.calls.app_calls import APP_CALLS
from tests.scale.calls.busy_import_calls import BUSY_IMPORT_CALLS
from tests.scale.calls.calendar_calls import CALENDAR_CALLS
from tests.scale.calls.calendar_entry_calls import CALENDAR_ENTRY_CALLS
from tests.scale.calls.channel_calls import CHANNEL_CALLS
from tests.scale.calls.group_calls import GROUP_CALLS, create_group, let_start
from tests.scale.calls.insight_calls import INSIGHT_CALLS
from tests.scale.calls.meeting_calls import MEETING_CALLS
from tests.scale.calls.mentorship_calls import MENTORSHIP_CALLS
from tests.scale.calls.note_calls import NOTE_CALLS
from tests.scale.calls.offer_calls import OFFER_CALLS, ask_for_help
from tests.scale.calls.question_calls import QUESTION_CALLS
from tests.scale.calls.start_calls import START_CALLS
from tests.scale.calls.webhook_calls import WEBHOOK_CALLS
from tests.scale.calls.webhook_sending_calls import WEBHOOK_SENDING_CALLS
from tests.scale.layout import CORE, NOW, TOWN
from tests.scale.scene import BLOCKED, DEPARTED, SUSPENDED, Person, Scene, settle_sessions

UseCase = Callable[..., Awaitable[object]]


PERIODS = Periods(timedelta(days=90), timedelta(days=365), timedelta(days=365))
CONTENT = ProfileContent(["python", "types"], 40, "Glad to explain anything that I know.")
TODAY = date(2026, 3, 2)
SOMEBODY = Recipient(CORE.person(70), "Somebody")


def _both(scene: Scene) -> list[Arguments]:
    """Call it as the mentor and as the mentee."""
    return [given(scene.mentor.actor), given(scene.mentee.actor)]


def _as_mentor(scene: Scene) -> list[Arguments]:
    return [given(scene.mentor.actor)]


def _as_chief(scene: Scene) -> list[Arguments]:
    return [given(scene.chief)]


def _plainly(_scene: Scene) -> list[Arguments]:
    return [given()]


def _of_people(scene: Scene) -> list[Arguments]:
    """Call it for the guild and the id of each."""
    return [given(TOWN, each.actor.user_id) for each in (scene.mentor, scene.mentee)]


def _each_on(*statuses: str) -> Callable[[Scene], list[Arguments]]:
    """Call it as each of the two, on a session of theirs in each status."""
    return lambda scene: [
        given(person.actor, person.sessions[status])
        for person in (scene.mentor, scene.mentee)
        for status in statuses
    ]


def _mentor_on(status: str, *more: Any) -> Callable[[Scene], list[Arguments]]:
    return lambda scene: [given(scene.mentor.actor, scene.mentor.sessions[status], *more)]


def _mentee_on(status: str, *more: Any) -> Callable[[Scene], list[Arguments]]:
    return lambda scene: [given(scene.mentee.actor, scene.mentee.sessions[status], *more)]


def _answer_proposal(scene: Scene) -> list[Arguments]:
    proposed = (scene.mentor.proposed, scene.mentee.proposed)
    return [given(scene.partner(session_id), session_id) for session_id in proposed]


def _move(person: Person) -> Arguments:
    return given(person.actor, person.sessions["confirmed"], person.new_time)


def _searches(scene: Scene) -> list[Arguments]:
    evening = Span(scene.slot - timedelta(hours=2), scene.slot + timedelta(hours=2))
    queries = [
        *(SearchQuery(sort=sort) for sort in Sort),
        *(SearchQuery(expertise="script", sort=sort) for sort in Sort),
        *(SearchQuery(text="reading parser", sort=sort) for sort in Sort),
        SearchQuery(free=evening),
        SearchQuery(min_rating=3.0, max_rate=100, free=evening, sort=Sort.PRICE),
        SearchQuery(expertise="nothing like it"),
    ]
    return [given(scene.mentee.actor, query) for query in queries]


def _leaving(scene: Scene) -> list[Arguments]:
    """Call it as each of the two, when nothing of theirs is left to settle."""
    return [
        replace(given(each.actor), before=partial(settle_sessions, person=each))
        for each in (scene.mentor, scene.mentee)
    ]


async def _begin_erasure(tx: Transaction, person: Person) -> tuple[int]:
    await settle_sessions(tx, person)
    await erasure.erase(tx, person.actor)
    begun = await erasure_steps.find(tx, TOWN, person.actor.user_id)
    assert begun is not None
    return (begun.id,)


async def _begin_departure(tx: Transaction, person: Person) -> None:
    await tx.connection.execute(
        insert(SessionEnding).values(
            guild_id=TOWN,
            user_id=person.actor.user_id,
            cause=departures.EndingCause.LEFT,
            until_id=10**9,
            began_at=tx.now,
            next_at=tx.now,
        )
    )


async def _begin_reminders(tx: Transaction, chief: Actor) -> None:
    await setup.configure(tx, chief, reminders=[30])


async def _begin_own_reminders(tx: Transaction, person: Person) -> None:
    await tx.connection.execute(
        insert(MemberReminderChange).values(
            guild_id=TOWN, user_id=person.actor.user_id, after_at=tx.now
        )
    )


async def _plan_series(tx: Transaction, scene: Scene) -> tuple[SeriesRequest]:
    """Return a request for those of twelve dates that fit."""
    plan = _series(scene)
    quote = await quotes.quote_series(tx, scene.mentee.actor, plan)
    left_out = frozenset(date.number for date in quote.dates if not date.is_bookable)
    return (replace(plan, skipped=left_out),)


async def _book_series(tx: Transaction, scene: Scene) -> tuple[int]:
    (request,) = await _plan_series(tx, scene)
    booked = await series_booking.book_series(tx, scene.mentee.actor, request)
    return (booked.series.id,)


def _series(scene: Scene) -> SeriesRequest:
    return SeriesRequest(scene.mentor.actor.user_id, scene.slot, 30, every_weeks=1, count=12)


def _on_series(*roles: str) -> Callable[[Scene], list[Arguments]]:
    """Call it as the mentor or the mentee, on a series of theirs that is pending."""
    return lambda scene: [
        replace(given(getattr(scene, role).actor), before=partial(_book_series, scene=scene))
        for role in roles
    ]


async def _begin_mentor_role(tx: Transaction) -> None:
    await mentor_roles.schedule_updates(tx, TOWN, None)


async def _begin_role_removal(tx: Transaction) -> None:
    await role_removals.schedule(tx, TOWN, 1, 2)


async def _find_role_removal(tx: Transaction) -> tuple[RoleRemoval]:
    await _begin_role_removal(tx)
    (removal,) = await role_removals.claim(tx)
    return (removal,)


async def _show_leaderboard(tx: Transaction, *, scene: Scene) -> tuple[()]:
    await setup.configure(tx, scene.chief, leaderboard=True)
    return ()


async def _set_threshold(tx: Transaction, *, scene: Scene) -> tuple[()]:
    await threshold_roles.set_rule(tx, scene.chief, 7, Thresholds(1))
    return ()


async def _earn_roles(tx: Transaction, *, scene: Scene) -> tuple[()]:
    await _set_threshold(tx, scene=scene)
    await earned_roles.compare_some(tx)
    return ()


async def _find_role_task(tx: Transaction, *, scene: Scene) -> tuple[RoleTask]:
    await _earn_roles(tx, scene=scene)
    return ((await earned_roles.claim(tx, 1))[0],)


async def _set_alert(tx: Transaction, scene: Scene) -> None:
    """Let the mentee wait for the mentor, who has no slot meanwhile."""
    await profiles.pause(tx, scene.mentor.actor, None)
    mentor_id = scene.mentor.actor.user_id
    await alerts.set_alert(tx, scene.mentee.actor, mentor_id, SlotWish())


def _when_due(scene: Scene) -> list[Arguments]:
    """Call it when a group session starts, one ends, and a request for help is shown to mentors."""

    async def make_due(tx: Transaction) -> tuple[()]:
        await ask_for_help(tx, scene)
        await let_start(tx, scene, in_=timedelta(minutes=-31))
        group = await create_group(tx, replace(scene, slot=scene.slot + timedelta(days=300)))
        values = {"next_at": tx.now, "minimum_seats": 2}
        statement = update(GroupSession).where(GroupSession.id == group.id).values(values)
        await tx.connection.execute(statement)
        return ()

    return [replace(given(), before=make_due)]


async def _respond(_tx: Transaction, _actor: object) -> idempotency.Answer:
    return idempotency.Answer({})


CALLS: dict[UseCase, Callable[[Scene], Iterable[Arguments]]] = {
    **APP_CALLS,
    **GROUP_CALLS,
    **MENTORSHIP_CALLS,
    **OFFER_CALLS,
    **QUESTION_CALLS,
    **NOTE_CALLS,
    **START_CALLS,
    **WEBHOOK_CALLS,
    **CALENDAR_CALLS,
    **CALENDAR_ENTRY_CALLS,
    **CHANNEL_CALLS,
    **MEETING_CALLS,
    **INSIGHT_CALLS,
    **WEBHOOK_SENDING_CALLS,
    **BUSY_IMPORT_CALLS,
    # Moderators and managers.
    audit.list_actions: _as_chief,
    audit.list_entries: lambda scene: [
        given(scene.chief),
        given(scene.chief, about=scene.mentee.actor.user_id),
        given(scene.chief, action="application.approved"),
        given(scene.chief, about=scene.mentee.actor.user_id, action="application.approved"),
    ],
    moderation.hide_review: lambda s: [given(s.chief, s.visible_review, "Off topic.")],
    moderation_lists.list_mentors: lambda scene: [
        given(scene.chief, status, typed=typed)
        for status in (ProfileStatus.APPROVED, ProfileStatus.SUSPENDED)
        for typed in ("", "kal", "nobody like it")
    ],
    moderation_lists.list_reviews: lambda scene: [
        given(scene.chief, typed, hidden=hidden)
        for typed in ("", "parser", "Kalo", "nothing like it")
        for hidden in (False, True)
    ],
    moderation.preview_suspension: lambda s: [given(s.chief, s.mentor.actor.user_id)],
    moderation.reinstate: lambda s: [given(s.chief, SUSPENDED)],
    moderation.show_review: lambda s: [given(s.second_chief, s.hidden_review)],
    moderation.suspend: lambda scene: [
        given(scene.chief, scene.mentor.actor.user_id, "Away.", cancel_sessions=cancel)
        for cancel in (False, True)
    ],
    setup.clear_deleted_settings: lambda _: [given(TOWN, "Town", 1, [11, 12])],
    setup.configure: lambda scene: [
        given(scene.chief, fee_percent=5),
        given(scene.chief, reminders=[30]),
        given(scene.chief, starting_balance=7),
        given(scene.chief, mentor_role_id=77),
    ],
    setup.list_present_guilds: _plainly,
    setup.load_if_present: lambda _: [given(TOWN)],
    setup.load_settings: _as_chief,
    setup.record_guild_joined: lambda _: [given(TOWN, "Town", 1), given(7, "New", 1)],
    setup.record_guild_left: lambda _: [given(TOWN)],
    setup.retry_review_cards: _as_chief,
    # Availability.
    editor.add_hours: lambda s: [given(s.mentor.actor, [0, 1], 480, 540)],
    editor.change_durations: lambda s: [given(s.mentor.actor, [45], [60])],
    editor.clear_overrides: lambda s: [given(s.mentor.actor, TODAY, TODAY + timedelta(days=60))],
    editor.copy_day: lambda s: [given(s.mentor.actor, 0, [1, 2])],
    editor.add_weekly: lambda s: [given(s.mentor.actor, "sun 10:00-12:00")],
    editor.load: _as_mentor,
    alerts.before_set: lambda s: [given(s.mentee.actor, s.mentor.actor.user_id)],
    alerts.find_own: lambda s: [given(s.mentee.actor, s.mentor.actor.user_id)],
    alerts.list_own: lambda s: [given(s.mentee.actor)],
    alerts.remove: lambda s: [
        replace(given(s.mentee.actor, s.mentor.actor.user_id), before=partial(_set_alert, scene=s))
    ],
    alerts.set_alert: lambda s: [
        replace(
            given(s.mentee.actor, s.mentor.actor.user_id, SlotWish()),
            before=partial(profiles.pause, actor=s.mentor.actor, until=None),
        )
    ],
    dispatch.tell_due: _plainly,
    editor.remove_hours: lambda s: [given(s.mentor.actor, 0)],
    editor.replace: lambda s: [
        given(
            s.mentor.actor,
            AvailabilityChange(overrides=(DateOverride(TODAY + timedelta(days=3)),)),
        )
    ],
    editor.set_limits: lambda s: [given(s.mentor.actor, minimum_notice=120)],
    editor.set_overrides: lambda s: [
        given(s.mentor.actor, TODAY, TODAY + timedelta(days=5), [(600, 700)])
    ],
    travel_editor.add_trip: lambda s: [
        given(s.mentor.actor, TODAY + timedelta(days=5), TODAY + timedelta(days=6), "Asia/Tokyo")
    ],
    travel_editor.remove_trip: lambda s: [given(s.mentor.actor, TODAY + timedelta(days=20))],
    editor.set_weekly: lambda s: [given(s.mentor.actor, "mon-fri 18:00-20:00")],
    slot_queries.list_bookable_slots: lambda s: [given(s.mentee.actor, s.mentor.actor.user_id)],
    slot_queries.list_slots_in_window: lambda s: [given(s.mentee.actor, s.mentor.actor.user_id)],
    slot_queries.load_durations: lambda s: [given(s.mentee.actor, s.mentor.actor.user_id)],
    slot_queries.suggest_slots: lambda scene: [
        given(scene.mentee.actor, scene.mentor.actor.user_id, text=text)
        for text in ("", "tomorrow evening")
    ],
    timezone_change.find_hours_clock_other_than: lambda s: [given(s.mentor.actor, "Asia/Tokyo")],
    timezone_change.set_timezone: lambda scene: [
        given(person.actor, "Asia/Tokyo") for person in (scene.mentor, scene.mentee)
    ],
    # Delivery.
    dm_budget.pause: _plainly,
    message_updates.claim_outdated: _plainly,
    message_updates.has_outdated: _plainly,
    message_updates.record: lambda s: [
        given([Edit(each, EditOutcome.EDITED) for each in s.outdated]),
        given([Edit(each, EditOutcome.GONE) for each in s.outdated]),
        given([Edit(each, EditOutcome.FAILED, NOW) for each in s.outdated]),
    ],
    outbox.claim_due: _plainly,
    outbox.is_due: _plainly,
    outbox.next_due: _plainly,
    outcomes.record: lambda s: [
        given([outcomes.sent(each, 7, 8) for each in s.due]),
        given([outcomes.failed(each, "closed") for each in s.due]),
    ],
    outcomes.report_to_moderators: lambda s: [given(s.due[0], DeliveryProblem.LEFT)],
    undelivered.is_first: lambda s: [given(s.due[0])],
    undelivered.list_for_member: lambda scene: [
        given(TOWN, each.actor.user_id, 5) for each in (scene.mentor, scene.mentee)
    ],
    undelivered.mark_shown: lambda scene: [
        given(TOWN, each.actor.user_id, each.failed) for each in (scene.mentor, scene.mentee)
    ],
    # Members.
    guild_settings.load: lambda _: [given(TOWN)],
    idempotency.find_response: lambda s: [given(s.mentee.actor, "a new key", "digest")],
    idempotency.run_once: lambda s: [given(s.mentee.actor, "a new key", "digest", _respond)],
    identity.find_actor: _of_people,
    identity.load_details: _both,
    identity.set_rank: lambda s: [given(s.mentee.actor, 3)],
    identity.update_details: lambda s: [
        given(s.mentee.actor, MemberUpdate(zone="Asia/Tokyo", reminders=(30,)))
    ],
    blocks.count_blockers: lambda s: [given(s.chief, BLOCKED)],
    blocks.list_own: _both,
    blocks.unblock: lambda s: [given(s.mentee.actor, BLOCKED)],
    blocking.block: lambda scene: [
        given(scene.mentor.actor, BlockTarget(scene.mentee.actor.user_id, "M")),
        given(scene.mentee.actor, BlockTarget(scene.mentor.actor.user_id, "M")),
    ],
    blocking.preview: lambda s: [given(s.mentor.actor, BlockTarget(s.mentee.actor.user_id, "M"))],
    members.load: _both,
    members.load_timezone: lambda s: [given(s.mentee.actor, "UTC")],
    members.record_return: _of_people,
    members.record_avatar: lambda s: [given(TOWN, s.mentee.actor.user_id, "a1b2")],
    members.record_screening: lambda s: [given(TOWN, s.mentee.actor.user_id, True)],
    roles.load: _both,
    reminder_changes.replace_next_of_guild: lambda scene: [
        Arguments(before=partial(_begin_reminders, chief=scene.chief))
    ],
    reminder_changes.replace_next_of_member: lambda scene: [
        Arguments(before=partial(_begin_own_reminders, person=person))
        for person in (scene.mentor, scene.mentee)
    ],
    preferences.change_muted_kinds: lambda s: [
        given(s.mentee.actor, [NotificationKind.POINTS], [NotificationKind.RATED])
    ],
    preferences.change_reminders: lambda s: [
        given(person.actor, [45], [10]) for person in (s.mentor, s.mentee)
    ],
    preferences.load: _both,
    preferences.set_quiet_hours: lambda s: [given(s.mentee.actor, QuietHours(1_320, 420))],
    preferences.set_reminders: lambda s: [
        given(person.actor, [45]) for person in (s.mentor, s.mentee)
    ],
    # Mentors.
    application_review.before_decide: lambda s: [given(s.chief, s.applications[0])],
    application_review.decide: lambda scene: [
        given(scene.chief, scene.applications[0], decision, "So we decided.")
        for decision in Decision
    ],
    application_review.list_pending: _as_chief,
    application_review.load_pending: lambda s: [given(s.chief, s.applications[0])],
    application_views.find_latest: lambda s: [given(each) for each in s.applicants],
    application_views.load_own_pending: lambda s: [given(s.applicants[0])],
    application_views.load_with_settings: lambda s: [given(s.applications[0])],
    applications.apply: lambda s: [given(s.plain, CONTENT)],
    applications.before_apply: lambda s: [given(s.plain)],
    applications.before_resubmit: lambda s: [given(s.applicants[1], s.applications[1])],
    applications.resubmit: lambda s: [given(s.applicants[1], s.applications[1], CONTENT)],
    applications.revise: lambda s: [given(s.applicants[0], CONTENT)],
    applications.withdraw: lambda s: [given(s.applicants[0])],
    meeting_link.change: lambda s: [given(s.mentor.actor, "https://meet.example/room")],
    meeting_link.load_own: _as_mentor,
    mentor_roles.find: _of_people,
    own_profile.find: _of_people,
    mentor_roles.schedule_next: lambda _: [Arguments(before=_begin_mentor_role)],
    mentor_roles.report_problem: lambda s: [
        given(TOWN, s.mentor.actor.user_id, DeliveryProblem.ROLE_GONE)
    ],
    role_removals.schedule: lambda _: [given(TOWN, 1, 2)],
    role_removals.has_due: lambda _: [Arguments(before=_begin_role_removal)],
    role_removals.claim: lambda _: [Arguments(before=_begin_role_removal)],
    role_removals.finish: lambda _: [given(1)],
    role_removals.retry: lambda _: [Arguments(before=_find_role_removal)],
    profile_decisions.decide: lambda s: [
        given(s.chief, s.applicants[0].user_id, RequestedStatus.APPROVED),
        given(s.chief, s.mentor.actor.user_id, RequestedStatus.SUSPENDED, "Away."),
    ],
    profiles.before_edit: _as_mentor,
    profiles.edit: lambda s: [given(s.mentor.actor, CONTENT)],
    profiles.pause: _as_mentor,
    profiles.resume: lambda s: [given(s.mentor.actor)],
    profiles.stop: _as_mentor,
    responsiveness.confirm_active: _as_mentor,
    # Operators, and people's own data.
    data_export.load_page: lambda s: [
        given(each.actor, table) for each in (s.mentor, s.mentee) for table in data_export.TABLES
    ],
    erasure.erase: _leaving,
    erasure.preview: _leaving,
    erasure_steps.list_unfinished: _plainly,
    **dict.fromkeys(
        (erasure_steps.resume, erasure_steps.step),
        lambda scene: [
            Arguments(before=partial(_begin_erasure, person=person))
            for person in (scene.mentor, scene.mentee)
        ],
    ),
    backup_log.delete_old: _plainly,
    backup_log.last_completed: _plainly,
    backup_log.record: lambda _: [given(size_bytes=10**9, duration=timedelta(seconds=20))],
    event_retention.delete_old_events: lambda _: [given(timedelta(days=90), timedelta(days=365))],
    faults.count_recent: _plainly,
    faults.delete_old: _plainly,
    faults.list_recent: _plainly,
    faults.record_noted: lambda s: [
        given({(FaultKind.MEETING_ROOM, s.opening.session.id): ValueError("gone")})
    ],
    health.list_undelivered: _plainly,
    health.load_figures: _plainly,
    health.try_to_write: _plainly,
    health.load_overdue: _plainly,
    guild_purge.begin: lambda _: [given(DEPARTED)],
    guild_purge.delete_batch: lambda _: [
        Arguments((DEPARTED,), before=partial(guild_purge.begin, guild_id=DEPARTED))
    ],
    guild_purge.list_due: _plainly,
    handled_interactions.delete_old: _plainly,
    hours_storage.delete_past_overrides: lambda _: [given(retention.BATCH_SIZE)],
    travel_storage.delete_past: lambda _: [given(retention.BATCH_SIZE)],
    retention.delete_expired: lambda _: [
        given(rule, PERIODS, tuple(range(1, 1 + retention.BATCH_SIZE))) for rule in retention.RULES
    ],
    retention.delete_old_keys: _plainly,
    retention.find_expired: lambda _: [given(rule, PERIODS, 0) for rule in retention.RULES],
    own_data.erase: _leaving,
    own_data.preview_erasure: _leaving,
    own_data.record_export: _both,
    # Points.
    adjustments.before_adjust: lambda s: [given(s.chief, Cause.GRANT, SOMEBODY, 5, "Well done.")],
    adjustments.deduct: lambda s: [given(s.chief, SOMEBODY, 5, "A slip.", "key 1")],
    adjustments.grant: lambda s: [given(s.chief, SOMEBODY, 5, "Well done.", "key 1")],
    grant_requests.confirm: lambda s: [given(s.second_chief, s.grant_request)],
    grant_requests.grant_or_request: lambda s: [
        given(s.chief, SOMEBODY, amount, "Well done.") for amount in (5, 50_000)
    ],
    grant_requests.list_pending: _as_chief,
    grant_requests.load: lambda s: [given(s.chief, s.grant_request)],
    grant_requests.reject: lambda s: [given(s.second_chief, s.grant_request)],
    transfers.before_give: lambda s: [given(s.mentee.actor, SOMEBODY, 5)],
    ledger.load_balance: _both,
    transfers.give: lambda s: [given(s.mentee.actor, SOMEBODY, 5, "key 1")],
    points_history.list_page: _both,
    points_history.load_price_breakdown: lambda s: [given(s.mentee.sessions["completed"])],
    points_history.load_wallet: _both,
    # Search.
    directory.list_by_expertise: lambda s: [given(s.mentee.actor, s.tag)],
    directory.load_expertise: lambda s: [given(s.mentee.actor)],
    directory.suggest_mentors: lambda scene: [
        given(scene.mentee.actor, text) for text in ("", "kal", "Kalomi", "script", "xyzzy")
    ],
    tags.load_tags_like: lambda scene: [
        given(scene.mentee.actor, typed) for typed in ("", "ka", "script", "xyzzy")
    ],
    tags.load_most_used_tags: lambda _: [given(TOWN)],
    profile_views.load: lambda s: [given(s.mentee.actor, s.mentor.actor.user_id)],
    public_profiles.load: lambda s: [given(s.mentee.actor, s.mentor.actor.user_id)],
    search.search: _searches,
    unmet.record_unmet: lambda scene: [
        given(scene.mentee.actor, typed) for typed in ("", "kalomiscript", "xyzzy")
    ],
    unmet.record_vain: lambda scene: [given(scene.mentee.actor, scene.mentor.actor.user_id)],
    unmet.list_unmet: lambda scene: [given(scene.chief)],
    unmet.delete_old_unmet: lambda _: [given(200)],
    unmet.delete_old_vain: lambda _: [given(200)],
    search.suggest_tags: lambda scene: [
        given(scene.mentee.actor, typed) for typed in ("", "ka", "script", "xyzzy")
    ],
    # Sessions.
    app_booking.book: lambda s: [
        given(s.mentee.actor, BookingRequest(s.mentor.actor.user_id, s.slot, 30), "Asia/Tokyo")
    ],
    attendance.report: lambda scene: [
        given(person.actor, person.sessions["in_progress"], report)
        for person in (scene.mentor, scene.mentee)
        for report in Attendance
    ],
    booking.book: lambda s: [
        given(s.mentee.actor, BookingRequest(s.mentor.actor.user_id, s.slot, 30, key="key 1"))
    ],
    booking.book_with_settings: lambda s: [
        given(s.mentee.actor, BookingRequest(s.mentor.actor.user_id, s.slot, 30, key="key 1"))
    ],
    booking.quote: lambda s: [
        given(s.mentee.actor, BookingRequest(s.mentor.actor.user_id, s.slot, 30))
    ],
    series_booking.book_series: lambda scene: [
        replace(given(scene.mentee.actor), before=partial(_plan_series, scene=scene))
    ],
    series_changes.cancel_series: _on_series("mentor", "mentee"),
    series_changes.confirm_series: _on_series("mentor"),
    series_changes.decline_series: _on_series("mentor"),
    series_changes.load_answerable: lambda scene: [
        replace(
            given(scene.mentor.actor),
            named={"action": Action.DECLINE},
            before=partial(_book_series, scene=scene),
        )
    ],
    series_changes.preview_cancellation: _on_series("mentor", "mentee"),
    quotes.quote_series: lambda s: [given(s.mentee.actor, _series(s))],
    series_views.load_details: _on_series("mentor", "mentee"),
    series_views.load_for_participant: _on_series("mentor", "mentee"),
    departures.end_next: lambda scene: [
        Arguments(before=partial(_begin_departure, person=person))
        for person in (scene.mentor, scene.mentee)
    ],
    departures.list_expected_members: lambda _: [given(timedelta(minutes=30))],
    departures.record_departure: _of_people,
    disputes.concede: _each_on("disputed"),
    disputes.find_resolution: lambda s: [given(s.chief, s.mentor.sessions["refunded"])],
    disputes.list_pending: _as_chief,
    disputes.load: lambda s: [given(s.chief, s.mentor.sessions["disputed"])],
    disputes.resolve: lambda scene: [
        given(scene.chief, scene.mentor.sessions["disputed"], resolution)
        for resolution in (Action.PAY, Action.REFUND, Action.SPLIT)
    ],
    meeting.claim_rooms_to_close: _plainly,
    meeting.claim_rooms_to_open: _plainly,
    meeting.has_due_rooms: _plainly,
    meeting.keep: lambda s: [given(s.closing)],
    meeting.postpone: lambda s: [given(s.opening, "down")],
    meeting.record_closed: lambda s: [given(s.closing)],
    meeting.record_fault: lambda s: [given(s.opening, ValueError("gone"))],
    meeting.record_failure: lambda s: [given(s.opening, "forbidden")],
    meeting.record_opened: lambda s: [given(s.opening, 55)],
    rebooking.find_next_slot: _mentee_on("completed"),
    rescheduling.accept: _answer_proposal,
    rescheduling.decline: _answer_proposal,
    rescheduling.list_options: lambda scene: [
        given(person.actor, person.sessions["confirmed"], text=text)
        for person in (scene.mentor, scene.mentee)
        for text in ("", "tomorrow evening")
    ],
    rescheduling.preview_proposal: lambda s: [_move(s.mentor), _move(s.mentee)],
    rescheduling.propose: lambda s: [_move(s.mentor), _move(s.mentee)],
    rescheduling.withdraw: lambda scene: [
        given(person.actor, person.proposed) for person in (scene.mentor, scene.mentee)
    ],
    threshold_roles.list_rules: lambda s: [given(s.chief)],
    threshold_roles.set_rule: lambda s: [given(s.chief, 7, Thresholds(1))],
    threshold_roles.remove_rule: lambda s: [
        Arguments((s.chief, 7), before=partial(_set_threshold, scene=s))
    ],
    earned_roles.has_due_rules: lambda s: [Arguments(before=partial(_set_threshold, scene=s))],
    earned_roles.compare_some: lambda s: [Arguments(before=partial(_set_threshold, scene=s))],
    earned_roles.has_due: lambda s: [Arguments(before=partial(_earn_roles, scene=s))],
    earned_roles.claim: lambda s: [Arguments(before=partial(_earn_roles, scene=s))],
    earned_roles.finish: lambda s: [
        Arguments(before=partial(_find_role_task, scene=s), named={"is_given": True})
    ],
    earned_roles.retry: lambda s: [Arguments(before=partial(_find_role_task, scene=s))],
    earned_roles.stop: lambda s: [
        Arguments(before=partial(_find_role_task, scene=s), named={"problem": "refused"})
    ],
    earned_roles.give_again: lambda s: [given(TOWN, s.mentor.actor.user_id)],
    earned_roles.schedule_removals: lambda s: [given(1, s.mentor.actor.user_id)],
    leaderboard.load: lambda s: [
        Arguments((person.actor, period, measure), before=partial(_show_leaderboard, scene=s))
        for person in (s.mentor, s.mentee)
        for period in Period
        for measure in Measure
    ],
    leaderboard.set_hidden: lambda s: [given(s.mentor.actor, True)],
    languages.choose: lambda s: [given(s.mentor.actor, "de"), given(s.mentor.actor, None)],
    languages.load_choices: lambda s: [given()],
    thanks.find_for_session: lambda s: [given(s.reviewed)],
    thanks.load: lambda s: [given(s.mentor.actor, s.reviewed)],
    thanks.load_to_thank: lambda s: [given(s.mentee.actor, s.unreviewed)],
    thanks.quote: lambda s: [given(s.mentee.actor, s.unreviewed, "Thank you.", 5)],
    thanks.send: lambda s: [given(s.mentee.actor, s.unreviewed, "Thank you.", 5)],
    reviews.find_for_session: lambda s: [given(s.reviewed)],
    reviews.load_for_rating: lambda s: [given(s.mentee.actor, s.unreviewed)],
    reviews.load_for_reply: lambda s: [given(s.mentor.actor, s.reviewed)],
    reviews.rate: lambda s: [given(s.mentee.actor, s.unreviewed, 4, "Very clear.")],
    reviews.reply: lambda s: [given(s.mentor.actor, s.reviewed, "Thank you.")],
    service_time.is_near_last_tick: _plainly,
    session_link.load_for_change: _mentor_on("confirmed"),
    session_link.set_link: _mentor_on("confirmed", "https://meet.example/room"),
    session_views.list_actionable: lambda scene: [
        given(person.actor, *actions)
        for person in (scene.mentor, scene.mentee)
        for actions in ((Action.CANCEL,), (Action.PROPOSE, Action.REPORT_MET))
    ],
    own_sessions.list_page: lambda scene: [
        given(person.actor, which)
        for person in (scene.mentor, scene.mentee)
        for which in (UPCOMING_SESSIONS, PAST_SESSIONS)
    ],
    session_views.list_page: lambda scene: [
        given(person.actor, which)
        for person in (scene.mentor, scene.mentee)
        for which in (UPCOMING_SESSIONS, PAST_SESSIONS)
    ],
    session_views.list_past: _both,
    session_views.list_rateable: _both,
    session_views.list_upcoming: _both,
    session_views.load: lambda s: [given(s.mentee.sessions["confirmed"])],
    session_details.load: _each_on("confirmed", "completed"),
    session_views.load_for_participant: _each_on("confirmed", "completed"),
    sessions_clock.advance: _when_due,
    sessions_clock.advance_due: _when_due,
    transitions.advance_due: _plainly,
    transitions.cancel: _each_on("confirmed"),
    transitions.cancel_or_decline: _each_on("confirmed"),
    transitions.confirm: _mentor_on("scheduled"),
    transitions.decline: _mentor_on("scheduled", "Not then."),
    transitions.load_actionable: _mentor_on("confirmed", Action.CANCEL),
    transitions.preview_cancellation: _each_on("confirmed"),
    cancellation_terms.load: _each_on("confirmed"),
}
"""What the program calls in a guild or for it, with the calls of each."""
