"""`/mentor invite`, `/invitations`, `/ask` and `/requests`: what leads to a session."""

from __future__ import annotations

from datetime import datetime

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.interaction import BotClient, Interaction
from bot.readers import reader_of
from bot.views.offers.asking import show_preview, show_requests
from bot.views.offers.invitation_form import InvitationDraft, start_invitation
from bot.views.offers.invitation_list import show_invitations
from mentorship.errors import MentorshipError
from mentorship.members import members
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION
from mentorship.search.tags import load_tags_like
from mentorship.sessions.booking import LONGEST_TOPIC
from mentorship.sessions.offers import invitations
from mentorship.sessions.offers.help_requests import LONGEST_TAG, LONGEST_TEXT, HelpRequestDraft
from mentorship.sessions.offers.invitations import LONGEST_NOTE
from mentorship.sessions.offers.request_views import PartOfDay
from wording import times
from wording.offers.help_requests import TIME_OPTIONS


class InviteCommand(commands.Cog):
    """The command `/mentor invite`, to be inherited by the cog of the `/mentor` group."""

    bot: BotClient

    @app_commands.command(description="Invite a member to a session, also outside your hours")
    @app_commands.describe(
        member="Whom to invite",
        when="A time such as tomorrow 18:00. Leave empty to fill in a form",
        minutes="Length of the session in minutes",
        points="The price; 0 is free. Leave empty for your usual rate",
        topic="What the session is about",
        note="A few words that the member reads with the invitation",
    )
    async def invite(
        self,
        interaction: Interaction,
        member: discord.Member,
        when: app_commands.Range[str, 1, 100] | None = None,
        minutes: app_commands.Range[int, MIN_DURATION, MAX_DURATION] | None = None,
        points: app_commands.Range[int, 0] | None = None,
        topic: app_commands.Range[str, 0, LONGEST_TOPIC] = "",
        note: app_commands.Range[str, 0, LONGEST_NOTE] = "",
    ) -> None:
        draft = InvitationDraft(
            member.id,
            member.display_name,
            when=when or "",
            minutes="" if minutes is None else str(minutes),
            price="" if points is None else str(points),
            topic=topic,
            note=note,
        )
        await start_invitation(interaction, member, draft)

    @invite.autocomplete("when")
    async def suggest_starts(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        actor, options = actor_of(interaction), interaction.namespace
        member_id = getattr(getattr(options, "member", None), "id", None)
        minutes = getattr(options, "minutes", None)
        if not isinstance(member_id, int):
            return []
        try:
            starts: tuple[datetime, ...] = await self.bot.db.read(
                invitations.suggest_starts,
                actor,
                member_id,
                minutes if isinstance(minutes, int) else None,
                typed,
            )
        except MentorshipError:
            # Suggestions have no room for an explanation; the command itself gives it.
            return []
        zone = await self.bot.db.read(members.load_timezone, actor, "UTC")
        labels = [times.describe_compact(each, zone, reader_of(interaction)) for each in starts]
        # The label is the value: it is read back like what people type.
        return [app_commands.Choice(name=label, value=label) for label in labels[:25]]


class Offers(commands.Cog):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot

    @app_commands.command(description="Invitations that wait for an answer, yours and to you")
    @app_commands.guild_only()
    async def invitations(self, interaction: Interaction) -> None:
        await show_invitations(interaction)

    @app_commands.command(description="Ask mentors for help; the first who can offers you a time")
    @app_commands.describe(
        expertise="What you need help with, such as python",
        about="What it's about; mentors read it",
        when="When it suits you",
        points="The most a session may cost. Leave empty for any price",
    )
    @app_commands.choices(
        when=[app_commands.Choice(name=TIME_OPTIONS[part], value=part.value) for part in PartOfDay]
    )
    @app_commands.guild_only()
    async def ask(
        self,
        interaction: Interaction,
        expertise: app_commands.Range[str, 1, LONGEST_TAG],
        about: app_commands.Range[str, 1, LONGEST_TEXT],
        when: app_commands.Choice[str] | None = None,
        points: app_commands.Range[int, 0] | None = None,
    ) -> None:
        parts = () if when is None else (PartOfDay(when.value),)
        await show_preview(interaction, HelpRequestDraft(expertise, about, parts, points))

    @ask.autocomplete("expertise")
    async def suggest_expertise(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        tags = await self.bot.db.read(load_tags_like, actor_of(interaction), typed)
        names = [name for name in tags.values() if typed.casefold() in name]
        return [app_commands.Choice(name=name, value=name) for name in sorted(names)[:25]]

    @app_commands.command(description="Your open requests for help")
    @app_commands.guild_only()
    async def requests(self, interaction: Interaction) -> None:
        await show_requests(interaction)
