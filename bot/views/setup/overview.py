"""The first page of `/setup`: all settings at a glance, and what is left to do."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import empty_layout
from bot.components.persistent import PersistentButton
from bot.formatting import plain
from bot.guilds.permissions import (
    RequirementCheck,
    check_group_rooms,
    check_requirements,
    meeting_parent,
)
from bot.interaction import Interaction
from mentorship import meeting_places
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.errors import NotAManager, NotFound, Subject
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import CHANNEL_SETTINGS, SETTINGS
from wording.administration import settings as settings_text
from wording.reader import Reader

READY, UNREADY = discord.Colour.green(), discord.Colour.orange()

MAX_PROBLEMS = 6
"""Problems on the page; more might not fit next to everything else."""

PAGES: dict[str, Callable[[Interaction], Awaitable[None]]] = {}
"""The pages by the name that `SetupPageButton` carries.

`bot.views.setup.pages` fills it, because each page has buttons to the others.
"""

STRONG = ("administrator", "manage_guild", "manage_roles", "manage_channels", "ban_members")


class SetupContext(NamedTuple):
    """The person who sets up a guild, the guild, and its settings."""

    actor: Actor
    guild: discord.Guild
    settings: GuildSettings


async def load_setup(interaction: Interaction, guild_id: int | None = None) -> SetupContext:
    """Load the guild that is being set up.

    It is the guild of the interaction, or, in a direct message, the guild with that id if the
    person manages it. Raises `NotAManager`, and `NotFound` for a guild without the bot.
    """
    actor = actor_of(interaction)
    guild = interaction.guild
    if guild is None or guild_id not in (None, guild.id):
        guild = interaction.client.get_guild(guild_id or 0)
        if guild is None:
            raise NotFound(Subject.GUILD)
        try:
            member = await guild.fetch_member(actor.user_id)
        except discord.NotFound:
            raise NotAManager() from None
        manages_guild = member.guild_permissions.manage_guild
        actor = Actor(member.id, member.display_name, guild.id, manages_guild=manages_guild)
    settings = await interaction.client.db.read(setup.load_settings, actor)
    return SetupContext(actor, guild, settings)


class SetupPageButton(PersistentButton, template=r"setup:turn:(?P<page>[a-z]{1,20})"):
    """Shows another page of the setup, or opens a form."""

    def __init__(
        self,
        page: str,
        label: str = "Change",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        self.page = page
        super().__init__(f"setup:turn:{page}", label, style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["page"])

    async def on_press(self, interaction: Interaction) -> None:
        if self.page not in PAGES:
            raise NotFound(Subject.PAGE)
        await PAGES[self.page](interaction)


def back_button() -> SetupPageButton:
    """Return the button to the first page."""
    return SetupPageButton("overview", "Back to the overview")


def build_page(*parts: ui.Item[Any], colour: discord.Colour = READY) -> ui.LayoutView:
    """Return a page of the setup."""
    layout = empty_layout()
    layout.add_item(ui.Container(*parts, accent_colour=colour))
    return layout


def check_permissions(context: SetupContext) -> list[RequirementCheck]:
    """Check each permission that the bot needs with the guild's settings."""
    return check_requirements(context.settings, context.guild.me, context.guild.channels)


def check_rooms(context: SetupContext) -> list[RequirementCheck]:
    """Check the permissions for the rooms that mentors may choose for a group session."""
    return check_group_rooms(context.settings, context.guild.me, context.guild.channels)


def overview_page(
    context: SetupContext, reader: Reader, note: str = "", first: Sequence[ui.Item[Any]] = ()
) -> ui.LayoutView:
    """Return the page with all settings.

    `note` is what was just done, `first` are items for a guild that is not ready yet.
    """
    problems, hints = list_problems(context, reader), list_hints(context)
    head = [f"## mentorbot in {plain(context.guild.name)}"]
    if note:
        head.append(note)
    if problems:
        head += ["**To do**", *(f"- {problem}" for problem in problems[:MAX_PROBLEMS])]
        if len(problems) > MAX_PROBLEMS:
            head.append(f"- … and {len(problems) - MAX_PROBLEMS} more: see **Check permissions**.")
    else:
        head.append("You're all set: members can apply with `/mentor apply` and book with `/book`.")
    parts: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(head))]
    if hints:
        parts.append(ui.TextDisplay("\n".join(f"-# 💡 {problem}" for problem in hints)))
    parts += first
    for name, title, lines in _settings_summary(context.settings, reader):
        parts.append(ui.Separator())
        text = "\n".join((f"**{title}**", *lines))
        parts.append(ui.Section(ui.TextDisplay(text), accessory=SetupPageButton(name)))
    parts.append(ui.Separator())
    pages = [SetupPageButton("check", "Check permissions")]
    if context.settings.review_channel_id is not None:
        pages.append(SetupPageButton("roles", "Roles for mentors"))
    parts.append(ui.ActionRow(*pages))
    parts.append(ui.TextDisplay("-# Changes are listed in `/moderation audit`."))
    return build_page(*parts, colour=UNREADY if problems else READY)


def list_problems(context: SetupContext, reader: Reader) -> list[str]:
    """Return each problem that would make a feature fail, and how to solve it."""
    settings = context.settings
    problems = []
    if settings.review_channel_id is None:
        deleted_hint = (
            "The review channel was deleted. " if "review_channel_id" in settings.lost else ""
        )
        problems.append(f"{deleted_hint}Choose a channel where moderators decide on applications.")
    problems += [
        f"The {settings_text.label(name, reader)} was deleted. Under {_page_of(name)}, choose "
        "another or leave it empty."
        for name in settings.lost
        if name not in ("review_channel_id", "apply_role_ids")
    ]
    if settings.who_may_apply == "roles" and not settings.apply_role_ids:
        problems.append(
            "Nobody can apply: the roles that could were deleted. Choose others under Mentors."
        )
    if settings.meeting_place == "thread" and meeting_parent(settings) is None:
        problems.append(
            "Private threads need a channel: choose one under Reminders and meeting, or choose a "
            "notices channel. Until then, people meet at the mentor's own link."
        )
    problems += [format_missing(check) for check in check_permissions(context) if check.lacks]
    return problems + _review_channel_problems(context)


def _page_of(setting: str) -> str:
    if setting in ("sessions_channel_id", "requests_channel_id"):
        return "Group sessions and requests"
    return "Reminders and meeting" if setting == "meeting_parent_id" else "People and channels"


def format_missing(check: RequirementCheck) -> str:
    """Return a missing permission, and how to grant it."""
    lacking = ", ".join(check.lacks)
    return f"{check.requirement.feature} {check.location}: I need {lacking}. {check.remedy}"


def list_hints(context: SetupContext) -> list[str]:
    """Return what works but may not be intended."""
    settings = context.settings
    hints = []
    if not settings.starting_balance and settings.maximum_hourly_rate:
        hints.append(
            "Members start without points, so they can only book mentors who are free. Set a "
            "starting balance under Points for members who join from now on."
        )
    role = context.guild.get_role(settings.mentor_role_id or 0)
    if role is not None and any(getattr(role.permissions, name) for name in STRONG):
        hints.append(
            f"{role.mention} has moderator permissions, and every approved mentor gets it."
        )
    return hints


def _review_channel_problems(context: SetupContext) -> list[str]:
    """Return problems with who can see the review channel."""
    channel = context.guild.get_channel(context.settings.review_channel_id or 0)
    if channel is None:
        return []
    everyone = context.guild.default_role
    if channel.permissions_for(everyone).view_channel:
        return [
            f"Everyone can read applications in {channel.mention}. Edit Channel → Permissions: "
            "make it private, and add your moderators and me."
        ]
    role = context.guild.get_role(context.settings.moderator_role_id or 0)
    if role is not None and not channel.permissions_for(role).view_channel:
        return [
            f"{role.mention} can't see {channel.mention}. Edit Channel → Permissions: add the role "
            "and allow **View Channel**."
        ]
    return []


def _settings_summary(settings: GuildSettings, reader: Reader) -> list[tuple[str, str, list[str]]]:
    """Return the settings in words: page name, title and lines of each group."""
    values = {name: settings_text.value(name, getattr(settings, name), reader) for name in SETTINGS}
    moderators = "everyone with Manage Server"
    if settings.moderator_role_id is not None:
        moderators = f"{values['moderator_role_id']} and {moderators}"
    channels = {
        name: values[name] if getattr(settings, name) is not None else "not chosen"
        for name in CHANNEL_SETTINGS
    }
    applicants = {
        "everyone": "Everyone may apply",
        "roles": f"Members with {values['apply_role_ids']} may apply"
        if settings.apply_role_ids
        else "Nobody may apply",
        "rank": f"Members with rank {values['apply_minimum_rank']} or higher may apply",
    }[settings.who_may_apply]
    emoji = settings.currency_emoji
    fee = f"the server keeps {values['fee_percent']}" if settings.fee_percent else "no fee"
    late_refund = (
        f"{values['late_refund_percent']} is refunded"
        if settings.late_refund_percent
        else "there's no refund"
    )
    preposition = "at" if settings.meeting_place == meeting_places.LINK else "in"
    parent = meeting_parent(settings)
    is_room = settings.meeting_place in meeting_places.ROOMS
    location = f", under <#{parent}>" if is_room and parent is not None else ""
    if settings.meeting_place == "jitsi" and settings.jitsi_server:
        location = f" on {settings.jitsi_server}"
    return [
        (
            "people",
            "People and channels",
            [
                f"Moderators: {moderators}",
                f"Mentor role: {values['mentor_role_id']}",
                f"Review: {channels['review_channel_id']} · Notices: "
                f"{channels['notices_channel_id']} "
                f"· Log: {channels['log_channel_id']}",
            ],
        ),
        (
            "mentors",
            "Mentors",
            [
                f"{applicants}. Can reapply {values['reapply_after_days']} after a rejection",
                f"Profile changes: {values['approve_profile_changes']}",
            ],
        ),
        (
            "points",
            "Points",
            [
                f"{emoji} {settings.currency_name}; everyone starts with "
                f"{emoji} {values['starting_balance']}; {fee}",
                f"Highest rate: {emoji} {values['maximum_hourly_rate']} an hour",
            ],
        ),
        (
            "sessions",
            "Sessions",
            [
                f"Mentors confirm within {values['confirm_within']}",
                f"Cancelling is free until {values['free_cancellation_until']} before; "
                f"after that, {late_refund}",
                f"Completed {values['complete_after']} after the end if nobody reports anything",
            ],
        ),
        (
            "meeting",
            "Reminders and meeting",
            [
                _reminders(settings, reader),
                f"People meet {preposition} {values['meeting_place']}{location}",
                f"Mentees are asked about their goals: {_goal_questions(settings, reader)}",
            ],
        ),
        (
            "groups",
            "Group sessions and requests",
            [
                f"Group sessions: {channels['sessions_channel_id']} · Requests for help: "
                f"{channels['requests_channel_id']}",
                f"Who sees attendees' names: {values['show_attendees']}",
            ],
        ),
        (
            "limits",
            "Limits",
            [
                f"Upcoming sessions: {values['limit_upcoming']}; pending requests: "
                f"{values['limit_pending']}"
            ],
        ),
    ]


def _goal_questions(settings: GuildSettings, reader: Reader) -> str:
    days = settings.goal_question_days
    if not days:
        return "never"
    if days == 1:
        return "every day"
    return f"every {settings_text.value('goal_question_days', days, reader)}"


def _reminders(settings: GuildSettings, reader: Reader) -> str:
    if not settings.reminders:
        return "No reminders"
    leads = settings_text.value("reminders", settings.reminders, reader)
    return f"Reminders: {leads} before the start"
