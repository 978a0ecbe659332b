"""The server's settings: its policies and limits, and what only the main app sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.alias_generators import to_camel

from api.schemas.base import (
    Id,
    IdText,
    LanguageTag,
    RequestModel,
    ResponseModel,
    Text,
    optional_id,
    with_examples,
)
from mentorship.actors import Actor
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import (
    DAY,
    MAX_APPLY_ROLES,
    MAX_LIMIT,
    MAX_REMINDERS,
    MAX_SERVER_LENGTH,
    MAX_SETTING_POINTS,
    SETTINGS,
)

WhoMayApply = Literal["everyone", "roles", "rank"]
MeetingPlace = Literal["link", "thread", "voice", "jitsi", "zoom", "daily"]

_Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
_Points = Annotated[int, Field(ge=0, le=MAX_SETTING_POINTS)]
_Percent = Annotated[int, Field(ge=0, le=100)]
_Reminder = Annotated[int, Field(ge=5, le=14 * DAY)]

_LIMIT_PREFIX = "limit_"
_GROUPS = ("limits", "management")

_DESCRIPTIONS = {
    "currency_name": "What points are called.",
    "currency_emoji": "An emoji or a currency sign. Discord shows an emoji of the server as "
    "`<:name:id>`.",
    "starting_balance": "The points that a new member gets.",
    "fee_percent": "The part of the price that the server keeps when a session takes place.",
    "confirm_within": "Minutes that a mentor has to answer a request.",
    "free_cancellation_until": "Minutes before the start until which cancelling is free.",
    "cancellation_grace": "Minutes after the confirmation in which cancelling is also free.",
    "late_refund_percent": "What is refunded after that.",
    "complete_after": "Minutes after the end at which a session completes without reports.",
    "dispute_days": "Days after which a dispute that nobody decided is split.",
    "reminders": "Minutes before the start at which members are reminded by default.",
    "maximum_hourly_rate": "The most points that a mentor may ask for an hour.",
    "who_may_apply": "Who may apply to mentor: everyone, holders of `applyRoleIds`, or members of "
    "`applyMinimumRank`.",
    "apply_role_ids": "With `roles`: the Discord roles.",
    "apply_minimum_rank": "With `rank`: the least rank in your app.",
    "reapply_after_days": "Days after a rejection before someone can apply again.",
    "approve_profile_changes": "Whether moderators approve changes of expertise and bio.",
    "meeting_place": "Where sessions take place: at the mentor's link, in a thread or a voice "
    "channel, or at a meeting provider that is configured.",
    "jitsi_server": "The address of the server's own Jitsi; null for the configured one.",
    "goal_question_days": "Days between questions to mentees about their goals; 0 for never.",
    "show_attendees": "Whether members see who has joined a group session.",
    "language": "The language of messages that all members see, such as `pt-BR`; null for the one "
    "of the server in Discord.",
    "leaderboard": "Whether members see which mentors help most.",
}


def _describe(name: str) -> str:
    return _DESCRIPTIONS[name]


class Limits(ResponseModel):
    """How many of something one person may have. The names are those of `limit` in a 409
    `limit-reached`, in camel case."""

    pending_per_mentor: int
    pending: int
    upcoming: int
    proposals: int
    early_cancellations: int
    gifts_to_strangers: int
    data_requests: int
    group_sessions: int
    invitations: int
    invitations_per_member: int
    help_requests: int
    slot_alerts: int


class Management(ResponseModel):
    """Discord's roles and channels, and what else only those who manage the server see."""

    moderator_role_id: IdText | None
    mentor_role_id: IdText | None
    review_channel_id: IdText | None = Field(description="Where applications are posted.")
    notices_channel_id: IdText | None = Field(
        description="Where members are mentioned who can't get direct messages."
    )
    log_channel_id: IdText | None = Field(description="Where decisions are posted.")
    sessions_channel_id: IdText | None = Field(description="Where group sessions are announced.")
    requests_channel_id: IdText | None = Field(description="Where requests for help are posted.")
    meeting_parent_id: IdText | None = Field(
        description="The channel or category for threads or voice channels of sessions."
    )
    grant_ceiling: int = Field(description="Grants above it need a second moderator.")
    lost: list[str] = Field(
        description="Settings that are empty because Discord deleted their role or channel."
    )


SETTINGS_EXAMPLE: dict[str, Any] = {
    "currencyName": "points",
    "currencyEmoji": "🪙",
    "startingBalance": 0,
    "feePercent": 0,
    "confirmWithin": 1440,
    "freeCancellationUntil": 1440,
    "cancellationGrace": 15,
    "lateRefundPercent": 0,
    "completeAfter": 1440,
    "disputeDays": 14,
    "reminders": [1440, 60, 10],
    "maximumHourlyRate": 10000,
    "whoMayApply": "everyone",
    "applyRoleIds": [],
    "applyMinimumRank": 0,
    "reapplyAfterDays": 7,
    "approveProfileChanges": True,
    "meetingPlace": "link",
    "jitsiServer": None,
    "showAttendees": True,
    "goalQuestionDays": 30,
    "leaderboard": False,
    "language": None,
    "limits": {
        "pendingPerMentor": 2,
        "pending": 5,
        "upcoming": 10,
        "proposals": 3,
        "earlyCancellations": 5,
        "giftsToStrangers": 10,
        "dataRequests": 1,
        "groupSessions": 20,
        "invitations": 10,
        "invitationsPerMember": 2,
        "helpRequests": 2,
        "slotAlerts": 10,
    },
    "management": None,
}


class ServerSettings(ResponseModel):
    """The server's policies and limits. What is booked keeps the terms of its booking."""

    model_config = with_examples(SETTINGS_EXAMPLE)

    currency_name: str = Field(description=_describe("currency_name"))
    currency_emoji: str = Field(description=_describe("currency_emoji"))
    starting_balance: int = Field(description=_describe("starting_balance"))
    fee_percent: int = Field(description=_describe("fee_percent"))
    confirm_within: int = Field(description=_describe("confirm_within"))
    free_cancellation_until: int = Field(description=_describe("free_cancellation_until"))
    cancellation_grace: int = Field(description=_describe("cancellation_grace"))
    late_refund_percent: int = Field(description=_describe("late_refund_percent"))
    complete_after: int = Field(description=_describe("complete_after"))
    dispute_days: int = Field(description=_describe("dispute_days"))
    reminders: list[int] = Field(description=_describe("reminders"))
    maximum_hourly_rate: int = Field(description=_describe("maximum_hourly_rate"))
    who_may_apply: WhoMayApply = Field(description=_describe("who_may_apply"))
    apply_role_ids: list[IdText] = Field(description=_describe("apply_role_ids"))
    apply_minimum_rank: int = Field(description=_describe("apply_minimum_rank"))
    reapply_after_days: int = Field(description=_describe("reapply_after_days"))
    approve_profile_changes: bool = Field(description=_describe("approve_profile_changes"))
    meeting_place: MeetingPlace = Field(description=_describe("meeting_place"))
    jitsi_server: str | None = Field(description=_describe("jitsi_server"))
    show_attendees: bool = Field(description=_describe("show_attendees"))
    leaderboard: bool = Field(description=_describe("leaderboard"))
    language: str | None = Field(description=_describe("language"))
    goal_question_days: int = Field(description=_describe("goal_question_days"))
    limits: Limits
    management: Management | None = Field(
        description="Null for members and moderators who don't manage the server."
    )

    @classmethod
    def from_domain(cls, settings: GuildSettings, viewer: Actor) -> ServerSettings:
        """Create it as `viewer` may see it."""
        values = {name: _to_json(getattr(settings, name)) for name in SETTINGS}
        limits = {
            name.removeprefix(_LIMIT_PREFIX): value
            for name, value in values.items()
            if name.startswith(_LIMIT_PREFIX)
        }
        ids = {name: optional_id(values[name]) for name in _MANAGEMENT_IDS}
        return cls(
            **{name: values[name] for name in cls.model_fields if name not in _GROUPS}
            | {"apply_role_ids": [str(role_id) for role_id in settings.apply_role_ids]},
            limits=Limits(**limits),
            management=Management(
                **ids,
                grant_ceiling=settings.grant_ceiling,
                lost=[to_camel(name) for name in settings.lost],
            )
            if viewer.manages_guild
            else None,
        )


_MANAGEMENT_IDS = tuple(name for name in Management.model_fields if name.endswith("_id"))


class LimitsRequest(RequestModel):
    """New limits. What is left out, or null, stays as it is."""

    pending_per_mentor: _Limit | None = None
    pending: _Limit | None = None
    upcoming: _Limit | None = None
    proposals: _Limit | None = None
    early_cancellations: _Limit | None = None
    gifts_to_strangers: _Limit | None = None
    data_requests: _Limit | None = None
    group_sessions: _Limit | None = None
    invitations: _Limit | None = None
    invitations_per_member: _Limit | None = None
    help_requests: _Limit | None = None
    slot_alerts: _Limit | None = None


class ManagementRequest(RequestModel):
    """New roles and channels. What is left out stays as it is; null removes an id."""

    moderator_role_id: Id | None = None
    mentor_role_id: Id | None = None
    review_channel_id: Id | None = None
    notices_channel_id: Id | None = None
    log_channel_id: Id | None = None
    sessions_channel_id: Id | None = None
    requests_channel_id: Id | None = None
    meeting_parent_id: Id | None = None
    grant_ceiling: _Points | None = None


class ServerSettingsRequest(RequestModel):
    """Changes of the server's settings. What is left out, or null, stays as it is; in `management`,
    null removes an id."""

    model_config = with_examples(
        {
            "feePercent": 10,
            "limits": {"upcoming": 20},
            "management": {"reviewChannelId": "1477998909849600009"},
        }
    )

    currency_name: Annotated[Text, Field(min_length=1, max_length=20)] | None = Field(
        None, description=_describe("currency_name")
    )
    currency_emoji: Annotated[Text, Field(min_length=1, max_length=64)] | None = Field(
        None, description=_describe("currency_emoji")
    )
    starting_balance: _Points | None = Field(None, description=_describe("starting_balance"))
    fee_percent: _Percent | None = Field(None, description=_describe("fee_percent"))
    confirm_within: Annotated[int, Field(ge=15, le=7 * DAY)] | None = Field(
        None, description=_describe("confirm_within")
    )
    free_cancellation_until: Annotated[int, Field(ge=0, le=14 * DAY)] | None = Field(
        None, description=_describe("free_cancellation_until")
    )
    cancellation_grace: Annotated[int, Field(ge=0, le=DAY)] | None = Field(
        None, description=_describe("cancellation_grace")
    )
    late_refund_percent: _Percent | None = Field(None, description=_describe("late_refund_percent"))
    complete_after: Annotated[int, Field(ge=0, le=14 * DAY)] | None = Field(
        None, description=_describe("complete_after")
    )
    dispute_days: Annotated[int, Field(ge=3, le=90)] | None = Field(
        None, description=_describe("dispute_days")
    )
    reminders: Annotated[list[_Reminder], Field(max_length=MAX_REMINDERS)] | None = Field(
        None, description=_describe("reminders")
    )
    maximum_hourly_rate: _Points | None = Field(None, description=_describe("maximum_hourly_rate"))
    who_may_apply: WhoMayApply | None = Field(None, description=_describe("who_may_apply"))
    apply_role_ids: Annotated[list[Id], Field(max_length=MAX_APPLY_ROLES)] | None = Field(
        None, description=_describe("apply_role_ids")
    )
    apply_minimum_rank: _Points | None = Field(None, description=_describe("apply_minimum_rank"))
    reapply_after_days: Annotated[int, Field(ge=0, le=365)] | None = Field(
        None, description=_describe("reapply_after_days")
    )
    approve_profile_changes: bool | None = Field(
        None, description=_describe("approve_profile_changes")
    )
    meeting_place: MeetingPlace | None = Field(None, description=_describe("meeting_place"))
    jitsi_server: Annotated[str, Field(max_length=MAX_SERVER_LENGTH)] | None = Field(
        None, description=f"{_describe('jitsi_server')} An empty text removes it."
    )
    show_attendees: bool | None = Field(None, description=_describe("show_attendees"))
    leaderboard: bool | None = Field(None, description=_describe("leaderboard"))
    language: LanguageTag | Literal[""] | None = Field(
        None, description=f"{_describe('language')} An empty text removes it."
    )
    goal_question_days: Annotated[int, Field(ge=0, le=365)] | None = Field(
        None, description=_describe("goal_question_days")
    )
    limits: LimitsRequest | None = None
    management: ManagementRequest | None = None

    def changes(self) -> dict[str, Any]:
        """Return the new values by the names of the settings."""
        changes = {name: value for name, value in self if name not in _GROUPS and value is not None}
        for name, value in self.limits or ():
            if value is not None:
                changes[_LIMIT_PREFIX + name] = value
        management = self.management
        for name, value in management or ():
            is_sent = management is not None and name in management.model_fields_set
            if is_sent and (value is not None or name.endswith("_id")):
                changes[name] = value
        return changes


def pointers() -> Mapping[str, str]:
    """Return the JSON pointer of each setting in a body, by the setting's name."""
    paths = {name: f"/{to_camel(name)}" for name in ServerSettings.model_fields}
    paths |= {_LIMIT_PREFIX + name: f"/limits/{to_camel(name)}" for name in Limits.model_fields}
    paths |= {name: f"/management/{to_camel(name)}" for name in Management.model_fields}
    return {name: path for name, path in paths.items() if name in SETTINGS}


def _to_json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
