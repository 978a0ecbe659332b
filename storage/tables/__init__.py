"""The tables, for SQLite and PostgreSQL alike.

All data belongs to a guild. Ids of people, guilds, channels, roles and messages are Discord's;
all other ids are row ids. Instants are UTC. Points are integers.

Invariants that must hold whatever the code does are enforced by triggers and constraints; see the
first migration, `storage/migrations/versions/0001_first_tables.py`.
"""

from __future__ import annotations

from storage.tables.base import Table
from storage.tables.calendars import (
    CalendarEntry,
    CalendarFeed,
    ExternalBusy,
    ExternalCalendar,
    Installation,
)
from storage.tables.demand import UnmetSearch, VainSearch
from storage.tables.figures import (
    FigureProgress,
    GuildMonth,
    GuildWeek,
    MenteeMonth,
    MentorMonth,
    MentorQuarter,
    MentorTotal,
    MentorWeek,
    PointsMonth,
    StaleMonth,
)
from storage.tables.groups import GroupPlace, GroupSession, WaitlistEntry
from storage.tables.guilds import (
    Block,
    Guild,
    Member,
    MemberReminderChange,
    MentorRoleChange,
    MentorRoleRemoval,
    ReminderChange,
)
from storage.tables.meetings import ProviderMeeting
from storage.tables.mentors import (
    DateOverrideRow,
    GuildRating,
    Listing,
    MentorProfile,
    ProfileRevision,
    ProfileTag,
    Tag,
    TravelRow,
    WeeklyHoursRow,
)
from storage.tables.notes import NextStep, PrivateNote, SessionLink, SharedNote
from storage.tables.offers import (
    HelpRequest,
    Invitation,
    RequestedMentor,
    Series,
    SlotAlert,
)
from storage.tables.operations import (
    CompletedBackup,
    DmBudget,
    ErasedPerson,
    Erasure,
    Fault,
    ServiceClock,
)
from storage.tables.points import Account, GrantRequest, Transfer
from storage.tables.questions import BookingAnswer, BookingQuestion
from storage.tables.recognition import EarnedRole, Thanks, ThresholdRole
from storage.tables.records import Event, HandledInteraction, IdempotencyKey, Notification
from storage.tables.relationships import Goal, Mentorship
from storage.tables.sessions import (
    Commitment,
    MeetingPlace,
    Participant,
    Review,
    Session,
    SessionEnding,
)
from storage.tables.webhooks import EventCursor, EventFeed, WebhookDelivery, WebhookEndpoint

__all__ = [
    "Account",
    "Block",
    "BookingAnswer",
    "BookingQuestion",
    "CalendarEntry",
    "CalendarFeed",
    "Commitment",
    "CompletedBackup",
    "DateOverrideRow",
    "DmBudget",
    "EarnedRole",
    "ErasedPerson",
    "Erasure",
    "Event",
    "EventCursor",
    "EventFeed",
    "ExternalBusy",
    "ExternalCalendar",
    "Fault",
    "FigureProgress",
    "Goal",
    "GrantRequest",
    "GroupPlace",
    "GroupSession",
    "Guild",
    "GuildMonth",
    "GuildRating",
    "GuildWeek",
    "HandledInteraction",
    "HelpRequest",
    "IdempotencyKey",
    "Installation",
    "Invitation",
    "Listing",
    "MeetingPlace",
    "Member",
    "MemberReminderChange",
    "MenteeMonth",
    "MentorMonth",
    "MentorProfile",
    "MentorQuarter",
    "MentorRoleChange",
    "MentorRoleRemoval",
    "MentorTotal",
    "MentorWeek",
    "Mentorship",
    "NextStep",
    "Notification",
    "Participant",
    "PointsMonth",
    "PrivateNote",
    "ProfileRevision",
    "ProfileTag",
    "ProviderMeeting",
    "ReminderChange",
    "RequestedMentor",
    "Review",
    "Series",
    "ServiceClock",
    "Session",
    "SessionEnding",
    "SessionLink",
    "SharedNote",
    "SlotAlert",
    "StaleMonth",
    "Table",
    "Tag",
    "Thanks",
    "ThresholdRole",
    "Transfer",
    "TravelRow",
    "UnmetSearch",
    "VainSearch",
    "WaitlistEntry",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WeeklyHoursRow",
]
