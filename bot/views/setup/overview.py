"""The first page of `/setup`: all settings at a glance, and what is left to do."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
from bot.views.setup.summary import settings_summary
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.errors import NotAManager, NotFound, Subject
from mentorship.guilds.guild_settings import GuildSettings
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import N_, _, ngettext, pgettext, sentences

READY, UNREADY = discord.Colour.green(), discord.Colour.orange()

MAX_PROBLEMS = 6
"""Problems on the page; more might not fit next to everything else."""

PAGES: dict[str, Callable[[Interaction], Awaitable[None]]] = {}
"""The pages by the name that `SetupPageButton` carries.

`bot.views.setup.pages` fills it, because each page has buttons to the others.
"""

STRONG = ("administrator", "manage_guild", "manage_roles", "manage_channels", "ban_members")


_DELETED: Mapping[str, str] = {
    "moderator_role_id": N_("The moderator role was deleted."),
    "mentor_role_id": N_("The mentor role was deleted."),
    "notices_channel_id": N_("The notices channel was deleted."),
    "log_channel_id": N_("The log channel was deleted."),
    "sessions_channel_id": N_("The channel for group sessions was deleted."),
    "requests_channel_id": N_("The channel for requests for help was deleted."),
    "meeting_parent_id": N_("The place of meeting rooms was deleted."),
}
"""Settings whose channel or role can be deleted in Discord."""

_REPLACE_ON_FIRST_PAGE = N_("Under People and channels, choose another or leave it empty.")
_REPLACE_FOR_GROUPS = N_("Under Group sessions and requests, choose another or leave it empty.")
_REPLACE: Mapping[str, str] = {
    "sessions_channel_id": _REPLACE_FOR_GROUPS,
    "requests_channel_id": _REPLACE_FOR_GROUPS,
    "meeting_parent_id": N_("Under Reminders and meeting, choose another or leave it empty."),
}
"""What to do about them, if it isn't on the page of roles and channels."""


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
        label: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        self.page = page
        super().__init__(f"setup:turn:{page}", label or pgettext("button", "Change"), style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["page"])

    async def on_press(self, interaction: Interaction) -> None:
        if self.page not in PAGES:
            raise NotFound(Subject.PAGE)
        await PAGES[self.page](interaction)


def back_button() -> SetupPageButton:
    """Return the button to the first page."""
    return SetupPageButton("overview", _("Back to the overview"))


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
    title = _("mentorbot in {server}", server=plain(context.guild.name))
    head = [f"## {title}"]
    if note:
        head.append(note)
    if problems:
        head += [_("**To do**"), *(f"- {problem}" for problem in problems[:MAX_PROBLEMS])]
        if len(problems) > MAX_PROBLEMS:
            # Translators: the end of a list of things to do; **Check permissions** is a button.
            more = ngettext(
                "… and {count} more: see **Check permissions**.",
                "… and {count} more: see **Check permissions**.",
                len(problems) - MAX_PROBLEMS,
            )
            head.append(f"- {more}")
    else:
        head.append(
            _("You're all set: members can apply with `/mentor apply` and book with `/book`.")
        )
    parts: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(head))]
    if hints:
        parts.append(ui.TextDisplay("\n".join(f"-# 💡 {problem}" for problem in hints)))
    parts += first
    for page, title, lines in settings_summary(context.settings, reader):
        parts.append(ui.Separator())
        text = "\n".join((f"**{title}**", *lines))
        parts.append(ui.Section(ui.TextDisplay(text), accessory=SetupPageButton(page)))
    parts.append(ui.Separator())
    pages = [SetupPageButton("check", _("Check permissions"))]
    if context.settings.review_channel_id is not None:
        # A page without a review channel has no room for them: it offers the quick setup.
        pages += [
            SetupPageButton("roles", _("Roles for mentors")),
            # Translators: a button: the language of messages that everyone in the server sees.
            SetupPageButton("language", _("Language")),
        ]
    parts.append(ui.ActionRow(*pages))
    listed = _("Changes are listed in `/moderation audit`.")
    parts.append(ui.TextDisplay(f"-# {listed}"))
    return build_page(*parts, colour=UNREADY if problems else READY)


def list_problems(context: SetupContext, reader: Reader) -> list[str]:
    """Return each problem that would make a feature fail, and how to solve it."""
    settings = context.settings
    problems = []
    if settings.review_channel_id is None:
        is_lost = "review_channel_id" in settings.lost
        problems.append(
            sentences(
                _("The review channel was deleted.") if is_lost else "",
                _("Choose a channel where moderators decide on applications."),
            )
        )
    problems += [
        sentences(_(_DELETED[name]), _(_REPLACE.get(name, _REPLACE_ON_FIRST_PAGE)))
        for name in settings.lost
        if name not in ("review_channel_id", "apply_role_ids")
    ]
    if settings.who_may_apply == "roles" and not settings.apply_role_ids:
        problems.append(
            _("Nobody can apply: the roles that could were deleted. Choose others under Mentors.")
        )
    if settings.meeting_place == "thread" and meeting_parent(settings) is None:
        problems.append(
            _(
                "Private threads need a channel: choose one under Reminders and meeting, or choose "
                "a notices channel. Until then, people meet at the mentor's own link."
            )
        )
    problems += [
        format_missing(check, reader) for check in check_permissions(context) if check.lacks
    ]
    return problems + _review_channel_problems(context)


def format_missing(check: RequirementCheck, reader: Reader) -> str:
    """Return a missing permission, and how to grant it."""
    # Translators: {subject} is what needs permissions: "Posting applications in #reviews".
    needed = _(
        "{subject}: I need {permissions}.",
        subject=check.subject,
        permissions=enumerated(check.lacks, reader),
    )
    return sentences(needed, check.remedy)


def list_hints(context: SetupContext) -> list[str]:
    """Return what works but may not be intended."""
    settings = context.settings
    hints = []
    if not settings.starting_balance and settings.maximum_hourly_rate:
        hints.append(
            _(
                "Members start without points, so they can only book mentors who are "
                "free. Set a starting balance under Points for members who join from now "
                "on."
            )
        )
    role = context.guild.get_role(settings.mentor_role_id or 0)
    if role is not None and any(getattr(role.permissions, name) for name in STRONG):
        hints.append(
            _(
                "{role} has moderator permissions, and every approved mentor gets it.",
                role=role.mention,
            )
        )
    return hints


def _review_channel_problems(context: SetupContext) -> list[str]:
    """Return problems with who can see the review channel."""
    channel = context.guild.get_channel(context.settings.review_channel_id or 0)
    if channel is None:
        return []
    everyone = context.guild.default_role
    if channel.permissions_for(everyone).view_channel:
        # Translators: call Edit Channel and Permissions as Discord does in your language.
        problem = _(
            "Everyone can read applications in {channel}. Edit Channel → Permissions: make it "
            "private, and add your moderators and me.",
            channel=channel.mention,
        )
        return [problem]
    role = context.guild.get_role(context.settings.moderator_role_id or 0)
    if role is not None and not channel.permissions_for(role).view_channel:
        # Translators: call Edit Channel, Permissions and View Channel as Discord does.
        problem = _(
            "{role} can't see {channel}. Edit Channel → Permissions: add the role and allow "
            "**View Channel**.",
            role=role.mention,
            channel=channel.mention,
        )
        return [problem]
    return []
