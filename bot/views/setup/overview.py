"""The first page of `/setup`: everything that a server has set, at a glance, and what is to do."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import PersistentButton
from bot.formatting import plain
from bot.guilds.permissions import RequirementCheck, check_requirements, meeting_parent
from bot.interaction import Interaction
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.errors import NotAManager, NotFound, Subject
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import PLACES, SETTINGS
from wording import settings as settings_text
from wording.reader import ENGLISH

READY, UNREADY = discord.Colour.green(), discord.Colour.orange()

MAX_PROBLEMS = 6
"""As many as surely fit into the page with all the rest."""

PAGES: dict[str, Callable[[Interaction], Awaitable[None]]] = {}
"""The pages by the name that `SetupPageButton` carries. `bot.views.setup.pages` fills it, because
each page has buttons to the others."""

_STRONG = ("administrator", "manage_guild", "manage_roles", "manage_channels", "ban_members")


class SetupContext(NamedTuple):
    """A server that somebody is setting up."""

    actor: Actor
    guild: discord.Guild
    settings: GuildSettings


async def load_setup(interaction: Interaction, guild_id: int | None = None) -> SetupContext:
    """The server that is meant: the one where it is asked, or from a direct message the one with
    that id, if the person manages it.

    Raises `NotAManager`, and `NotFound` for a server without the bot.
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
        manages = member.guild_permissions.manage_guild
        actor = Actor(member.id, member.display_name, guild.id, manages_guild=manages)
    settings = await interaction.client.db.read(setup.load_settings, actor)
    return SetupContext(actor, guild, settings)


class SetupPageButton(PersistentButton, template=r"setup:turn:(?P<page>[a-z]{1,20})"):
    """Leads to another page of the setup, or to a form."""

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
    """The way to the first page."""
    return SetupPageButton("overview", "Back to the overview")


def build_page(*parts: ui.Item[Any], colour: discord.Colour = READY) -> ui.LayoutView:
    """A page of the setup, which waits for nothing: its items find their own way back."""
    layout = ui.LayoutView(timeout=None)
    layout.add_item(ui.Container(*parts, accent_colour=colour))
    return layout


def check_permissions(server: SetupContext) -> list[RequirementCheck]:
    """How it stands with each thing that the bot must be allowed."""
    return check_requirements(server.settings, server.guild.me, server.guild.channels)


def overview_page(
    server: SetupContext, said: str = "", first: Sequence[ui.Item[Any]] = ()
) -> ui.LayoutView:
    """Everything at a glance. `said` is what was just done, `first` the ways to begin."""
    todo, hints = list_problems(server), list_hints(server)
    head = [f"## mentorbot in {plain(server.guild.name)}"]
    if said:
        head.append(said)
    if todo:
        head += ["**To do**", *(f"- {each}" for each in todo[:MAX_PROBLEMS])]
        if len(todo) > MAX_PROBLEMS:
            head.append(f"- … and {len(todo) - MAX_PROBLEMS} more: see **Check permissions**.")
    else:
        head.append("All is ready: members can apply with `/mentor apply` and book with `/book`.")
    parts: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(head))]
    if hints:
        parts.append(ui.TextDisplay("\n".join(f"-# 💡 {each}" for each in hints)))
    parts += first
    for name, title, lines in _settings_summary(server.settings):
        parts.append(ui.Separator())
        text = "\n".join((f"**{title}**", *lines))
        parts.append(ui.Section(ui.TextDisplay(text), accessory=SetupPageButton(name)))
    parts.append(ui.Separator())
    parts.append(ui.ActionRow(SetupPageButton("check", "Check permissions")))
    parts.append(
        ui.TextDisplay("-# Every change counts at once, and stands in `/moderation audit`.")
    )
    return build_page(*parts, colour=UNREADY if todo else READY)


def list_problems(server: SetupContext) -> list[str]:
    """Each thing that would fail as it stands, and how to mend it."""
    settings = server.settings
    todo = []
    if settings.review_channel_id is None:
        lost = "The review channel was deleted. " if "review_channel_id" in settings.lost else ""
        todo.append(f"{lost}Choose a channel where moderators decide on applications.")
    todo += [
        f"The {settings_text.label(name, ENGLISH)} was deleted. Under {_page_of(name)}, choose "
        "another or leave it empty."
        for name in settings.lost
        if name not in ("review_channel_id", "apply_role_ids")
    ]
    if settings.who_may_apply == "roles" and not settings.apply_role_ids:
        todo.append("Nobody can apply: the roles that might were deleted. Choose under Mentors.")
    if settings.meeting_place == "thread" and meeting_parent(settings) is None:
        todo.append(
            "Private threads need a channel to be in: choose one under Reminders and meeting, or a "
            "notices channel. Until then people meet by the mentor's own link."
        )
    todo += [format_missing(finding) for finding in check_permissions(server) if finding.lacks]
    return todo + _review_channel_problems(server)


def _page_of(setting: str) -> str:
    return "Reminders and meeting" if setting == "meeting_parent_id" else "People and channels"


def format_missing(finding: RequirementCheck) -> str:
    """A permission that is missing, and how to give it."""
    missing = ", ".join(finding.lacks)
    return f"{finding.need.feature} {finding.place}: I lack {missing}. {finding.remedy}"


def list_hints(server: SetupContext) -> list[str]:
    """What works, but may not be what was meant."""
    settings = server.settings
    hints = []
    if not settings.starting_balance and settings.maximum_hourly_rate:
        hints.append(
            "Everyone starts with nothing, so at first only mentors who ask for nothing can be "
            "booked. A starting balance under Points changes that for all who join from then on."
        )
    role = server.guild.get_role(settings.mentor_role_id or 0)
    if role is not None and any(getattr(role.permissions, name) for name in _STRONG):
        hints.append(
            f"{role.mention} gives powers over this server, and every approved mentor gets it."
        )
    return hints


def _review_channel_problems(server: SetupContext) -> list[str]:
    """Whether those and only those read applications who should."""
    channel = server.guild.get_channel(server.settings.review_channel_id or 0)
    if channel is None:
        return []
    everyone = server.guild.default_role
    if channel.permissions_for(everyone).view_channel:
        return [
            f"Everyone can read applications in {channel.mention}. Edit Channel → Permissions: "
            "make it private, and add your moderators and me."
        ]
    role = server.guild.get_role(server.settings.moderator_role_id or 0)
    if role is not None and not channel.permissions_for(role).view_channel:
        return [
            f"{role.mention} can't see {channel.mention}. Edit Channel → Permissions: add the role "
            "there and allow **View Channel**."
        ]
    return []


def _settings_summary(settings: GuildSettings) -> list[tuple[str, str, list[str]]]:
    words = {name: settings_text.value(name, getattr(settings, name), ENGLISH) for name in SETTINGS}
    moderators = "everyone with Manage Server"
    if settings.moderator_role_id is not None:
        moderators = f"{words['moderator_role_id']} and {moderators}"
    places = {
        name: words[name] if getattr(settings, name) is not None else "not chosen"
        for name in PLACES
    }
    apply = {
        "everyone": "Everyone may apply",
        "roles": f"Members with {words['apply_role_ids']} may apply",
        "rank": f"Members from rank {words['apply_minimum_rank']} on may apply",
    }[settings.who_may_apply]
    coins = settings.currency_emoji
    fee = f"the server keeps {words['fee_percent']}" if settings.fee_percent else "no fee"
    late = words["late_refund_percent"] if settings.late_refund_percent else "nothing"
    by_or_in = "by" if settings.meeting_place == "link" else "in"
    parent = meeting_parent(settings)
    where = f", under <#{parent}>" if by_or_in == "in" and parent is not None else ""
    return [
        (
            "people",
            "People and channels",
            [
                f"Moderators: {moderators}",
                f"Mentor role: {words['mentor_role_id']}",
                f"Review: {places['review_channel_id']} · Notices: {places['notices_channel_id']} "
                f"· Log: {places['log_channel_id']}",
            ],
        ),
        (
            "mentors",
            "Mentors",
            [
                f"{apply}; after a rejection again in {words['reapply_after_days']}",
                f"When a mentor changes their text, {words['approve_profile_changes']}",
            ],
        ),
        (
            "points",
            "Points",
            [
                f"{coins} {settings.currency_name}; everyone starts with "
                f"{coins} {words['starting_balance']}; {fee}",
                f"Mentors ask for {coins} {words['maximum_hourly_rate']} an hour at most",
            ],
        ),
        (
            "sessions",
            "Sessions",
            [
                f"Mentors confirm within {words['confirm_within']}",
                f"Cancelling is free until {words['free_cancellation_until']} before; after that "
                f"{late} comes back",
                f"Without a word, a session counts as held after {words['complete_after']}",
            ],
        ),
        (
            "meeting",
            "Reminders and meeting",
            [_reminders(settings), f"People meet {by_or_in} {words['meeting_place']}{where}"],
        ),
    ]


def _reminders(settings: GuildSettings) -> str:
    if not settings.reminders:
        return "No reminders"
    leads = settings_text.value("reminders", settings.reminders, ENGLISH)
    return f"Reminders {leads} before"
