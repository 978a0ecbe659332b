"""`/mentor`: applying, the profile and availability; and the entries in members' context menus."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.cogs.offers import InviteCommand
from bot.cogs.search import SearchCommand
from bot.components.cards import action_rows
from bot.formatting import discord_timestamp
from bot.interaction import BotClient, Interaction
from bot.replies import respond
from bot.views.availability.panel import show_panel
from bot.views.availability.typed_week import save_or_preview
from bot.views.booking import flow
from bot.views.members.timezone import with_timezone
from bot.views.mentors import profile
from bot.views.mentors.application import open_application_form, show_status
from bot.views.mentors.questions import show_questions
from bot.views.mentors.return_card import ResumeMentoringButton, resume_mentoring
from mentorship.members import members
from mentorship.mentors import profiles
from mentorship.time.natural_time import parser
from wording.translation import _, sentences


class Mentor(
    SearchCommand,
    InviteCommand,
    commands.GroupCog,
    group_name="mentor",
    group_description="Find a mentor, or mentor others",
):
    def __init__(self, bot: BotClient) -> None:
        self.bot = bot
        # Discord allows context menus only outside of command groups.
        self.menu = (
            app_commands.ContextMenu(name="Mentor profile", callback=self.profile_from_menu),
            app_commands.ContextMenu(name="Book a session", callback=self.book_from_menu),
        )

    async def cog_load(self) -> None:
        for context_menu in self.menu:
            self.bot.tree.add_command(context_menu)

    async def cog_unload(self) -> None:
        for context_menu in self.menu:
            self.bot.tree.remove_command(context_menu.name, type=context_menu.type)

    @app_commands.command(description="Apply to become a mentor in this server")
    async def apply(self, interaction: Interaction) -> None:
        await with_timezone(interaction, open_application_form)

    @app_commands.command(description="Show the status of your application or profile change")
    async def status(self, interaction: Interaction) -> None:
        await show_status(interaction)

    @app_commands.command(description="Show a mentor's profile")
    @app_commands.describe(member="Leave empty for your own")
    async def profile(self, interaction: Interaction, member: discord.Member | None = None) -> None:
        await profile.show_profile(interaction, (member or interaction.user).id)

    @app_commands.command(description="Change your expertise, rate, bio or meeting link")
    async def edit(self, interaction: Interaction) -> None:
        await profile.open_edit_form(interaction)

    @app_commands.command(description="Show or change the hours in which you can be booked")
    @app_commands.describe(hours="Such as: weekdays 8-12; sat 10-12. Leave empty to open the panel")
    async def hours(
        self, interaction: Interaction, hours: app_commands.Range[str, 1, 500] | None = None
    ) -> None:
        if hours is None:
            await show_panel(interaction)
        else:
            await save_or_preview(interaction, hours)

    @app_commands.command(description="Set what you ask members who book a session with you")
    async def questions(self, interaction: Interaction) -> None:
        await show_questions(interaction)

    @app_commands.command(
        description="Take no new bookings for a while; booked sessions still go ahead"
    )
    @app_commands.describe(until="Such as: next monday. Leave empty to pause until you resume")
    async def pause(
        self, interaction: Interaction, until: app_commands.Range[str, 1, 60] | None = None
    ) -> None:
        actor = actor_of(interaction)
        end = None
        if until is not None:
            zone = (await self.bot.db.read(members.load, actor)).require_timezone()
            end = parser.parse_span(
                until, zone=zone, now=self.bot.db.now(), locale=actor.language
            ).start
        await self.bot.db.run(profiles.pause, actor, end)
        if end is None:
            pause = _("Nobody can book you until you resume.")
        else:
            pause = _("Nobody can book you until {time}.", time=discord_timestamp(end))
        await respond(
            interaction,
            sentences(pause, _("Your booked sessions still go ahead: `/sessions`.")),
            actions=action_rows(ResumeMentoringButton()),
        )

    @app_commands.command(description="Take bookings again")
    async def resume(self, interaction: Interaction) -> None:
        await resume_mentoring(interaction)

    @app_commands.command(description="Stop mentoring here; booked sessions still go ahead")
    async def stop(self, interaction: Interaction) -> None:
        await self.bot.db.run(profiles.stop, actor_of(interaction))
        await respond(
            interaction,
            _(
                "You've stopped mentoring here, so nobody can find or book you. Your "
                "booked sessions still go ahead: `/sessions`. To start again, use "
                "`/mentor resume`."
            ),
        )

    async def profile_from_menu(self, interaction: Interaction, member: discord.Member) -> None:
        await profile.show_profile(interaction, member.id)

    async def book_from_menu(self, interaction: Interaction, member: discord.Member) -> None:
        await flow.start_booking(
            interaction, mentor=str(member.id), when=None, minutes=None, topic=""
        )
