"""The settings of a guild in a few lines each, for the first page of `/setup`."""

from __future__ import annotations

from typing import NamedTuple

from bot.guilds.permissions import meeting_parent
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import CHANNEL_SETTINGS, SETTINGS
from wording.administration import settings as settings_text
from wording.points import currency_name
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext, sentences


class SettingsSummary(NamedTuple):
    """The settings of a page in words. `page` is the name that `SetupPageButton` carries."""

    page: str
    title: str
    lines: list[str]


def settings_summary(settings: GuildSettings, reader: Reader) -> list[SettingsSummary]:
    """Return the settings in words, page by page."""
    values = {name: settings_text.value(name, getattr(settings, name), reader) for name in SETTINGS}
    channels = {
        name: values[name]
        if getattr(settings, name) is not None
        else pgettext("a channel of the server", "not chosen")
        for name in CHANNEL_SETTINGS
    }
    return [
        SettingsSummary(
            "people",
            _("People and channels"),
            [
                _moderators(settings, values),
                _("Mentor role: {role}", role=values["mentor_role_id"]),
                " · ".join(
                    (
                        # Translators: the channel where moderators review applications.
                        _("Review: {channel}", channel=channels["review_channel_id"]),
                        # Translators: the channel where the bot mentions people.
                        _("Notices: {channel}", channel=channels["notices_channel_id"]),
                        # Translators: the channel where the bot logs what moderators do.
                        _("Log: {channel}", channel=channels["log_channel_id"]),
                    )
                ),
            ],
        ),
        SettingsSummary(
            "mentors",
            _("Mentors"),
            [
                sentences(_applicants(settings, values), _reapplication(settings)),
                # Translators: {rule} is "moderators approve them first", for instance.
                _("Profile changes: {rule}", rule=values["approve_profile_changes"]),
            ],
        ),
        SettingsSummary("points", _("Points"), _points(settings, values)),
        SettingsSummary(
            "sessions",
            _("Sessions"),
            [
                # Translators: here and below, {duration} is a length of time, "24 hours".
                _("Mentors confirm within {duration}", duration=values["confirm_within"]),
                _cancellation(settings, values),
                _(
                    "Completed {duration} after the end if nobody reports anything",
                    duration=values["complete_after"],
                ),
            ],
        ),
        SettingsSummary(
            "meeting",
            _("Reminders and meeting"),
            [_reminders(settings, values), _place(settings), _goal_questions(settings)],
        ),
        SettingsSummary(
            "groups",
            _("Group sessions and requests"),
            [
                " · ".join(
                    (
                        _("Group sessions: {channel}", channel=channels["sessions_channel_id"]),
                        _("Requests for help: {channel}", channel=channels["requests_channel_id"]),
                    )
                ),
                # Translators: {people} is "everyone" or "the mentor and moderators".
                _("Who sees attendees' names: {people}", people=values["show_attendees"]),
            ],
        ),
        SettingsSummary(
            "limits",
            _("Limits"),
            [
                _("Upcoming sessions: {number}", number=values["limit_upcoming"]),
                _("Pending requests: {number}", number=values["limit_pending"]),
            ],
        ),
    ]


def _moderators(settings: GuildSettings, values: dict[str, str]) -> str:
    if settings.moderator_role_id is None:
        # Translators: Manage Server is a permission; call it as Discord does in your language.
        return _("Moderators: everyone with Manage Server")
    return _("Moderators: {role} and everyone with Manage Server", role=values["moderator_role_id"])


def _applicants(settings: GuildSettings, values: dict[str, str]) -> str:
    match settings.who_may_apply:
        case "roles" if settings.apply_role_ids:
            return _("Members with {roles} may apply.", roles=values["apply_role_ids"])
        case "roles":
            return _("Nobody may apply.")
        case "rank":
            rank = values["apply_minimum_rank"]
            return _("Members with rank {rank} or higher may apply.", rank=rank)
    return _("Everyone may apply.")


def _reapplication(settings: GuildSettings) -> str:
    # Translators: about people whom moderators have rejected as mentors.
    return ngettext(
        "Can reapply {count} day after a rejection.",
        "Can reapply {count} days after a rejection.",
        settings.reapply_after_days,
    )


def _points(settings: GuildSettings, values: dict[str, str]) -> list[str]:
    emoji = settings.currency_emoji
    balance = f"{emoji} {values['starting_balance']}"
    rate = f"{emoji} {values['maximum_hourly_rate']}"
    # Translators: {points} is a number of points with the emoji of the server's currency.
    start = _("Everyone starts with {points}", points=balance)
    fee = (
        _("The server keeps {percent}", percent=values["fee_percent"])
        if settings.fee_percent
        else _("No fee")
    )
    return [
        f"{emoji} {currency_name(settings.currency_name)} · {start}",
        _("Highest rate: {points} an hour", points=rate),
        fee,
    ]


def _cancellation(settings: GuildSettings, values: dict[str, str]) -> str:
    duration = values["free_cancellation_until"]
    return sentences(
        # Translators: {duration} is how long before the start, "24 hours".
        _("Cancelling is free until {duration} before.", duration=duration),
        _("After that, {percent} is refunded.", percent=values["late_refund_percent"])
        if settings.late_refund_percent
        else _("After that, there's no refund."),
    )


def _place(settings: GuildSettings) -> str:
    """Return where people meet."""
    parent_id = meeting_parent(settings)
    parent = "" if parent_id is None else f"<#{parent_id}>"
    match settings.meeting_place:
        case "thread" if parent:
            return _("People meet in a private thread, under {channel}", channel=parent)
        case "thread":
            return _("People meet in a private thread")
        case "voice" if parent:
            return _("People meet in a private voice channel, under {category}", category=parent)
        case "voice":
            return _("People meet in a private voice channel")
        case "jitsi" if settings.jitsi_server:
            return _("People meet in a Jitsi room on {address}", address=settings.jitsi_server)
        case "jitsi":
            return _("People meet in a Jitsi room")
        case "zoom":
            return _("People meet in a Zoom meeting")
        case "daily":
            return _("People meet in a Daily room")
    return _("People meet at the mentor's own link")


def _goal_questions(settings: GuildSettings) -> str:
    days = settings.goal_question_days
    if not days:
        return _("Mentees aren't asked about their goals")
    if days == 1:
        return _("Mentees are asked about their goals every day")
    return ngettext(
        "Mentees are asked about their goals every {count} day",
        "Mentees are asked about their goals every {count} days",
        days,
    )


def _reminders(settings: GuildSettings, values: dict[str, str]) -> str:
    if not settings.reminders:
        return _("No reminders")
    # Translators: {durations} is a list of lengths of time, "24 hours, 10 minutes".
    return _("Reminders: {durations} before the start", durations=values["reminders"])
