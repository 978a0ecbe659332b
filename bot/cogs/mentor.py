"""`/mentor`: applying, the profile and availability; and the entries in members' context menus."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.actors import actor_of
from bot.cogs.search import SearchCommand
from bot.formatting import moment
from bot.interaction import BotClient, Interaction
from bot.replies import respond
from bot.views.availability.panel import replace_week, show_panel
from bot.views.booking import flow
from bot.views.members.timezone import with_timezone
from bot.views.mentors import profile
from bot.views.mentors.application import open_application_form, show_status
from bot.views.mentors.return_card import resume_mentoring
from mentorship.members import members
from mentorship.mentors import profiles
from mentorship.time.natural_time import parser


class Mentor(
    SearchCommand,
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

    @app_commands.command(description="How your application, or a change of your profile, stands")
    async def status(self, interaction: Interaction) -> None:
        await show_status(interaction)

    @app_commands.command(description="Look at a mentor's profile")
    @app_commands.describe(member="Leave out for your own")
    async def profile(self, interaction: Interaction, member: discord.Member | None = None) -> None:
        await profile.show_profile(interaction, (member or interaction.user).id)

    @app_commands.command(description="Change your expertise, rate, bio or meeting link")
    async def edit(self, interaction: Interaction) -> None:
        await profile.open_edit_form(interaction)

    @app_commands.command(description="Show or set the weekly hours in which you can be booked")
    @app_commands.describe(hours="Such as: mon-fri 18:00-21:30; sat 10-14. Leave out for the panel")
    async def hours(
        self, interaction: Interaction, hours: app_commands.Range[str, 1, 500] | None = None
    ) -> None:
        if hours is None:
            await show_panel(interaction)
        else:
            await replace_week(interaction, hours)

    @app_commands.command(description="Take no new bookings for a while; what is booked stands")
    @app_commands.describe(until="Such as: next monday, or 24.12. Leave out for no end")
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
        ends = f"until {moment(end)}" if end is not None else "until you type `/mentor resume`"
        await respond(
            interaction,
            f"You take no new bookings {ends}. What is booked stands: `/sessions`.",
        )

    @app_commands.command(description="Take bookings again")
    async def resume(self, interaction: Interaction) -> None:
        await resume_mentoring(interaction)

    @app_commands.command(description="Stop mentoring here; what is booked stands")
    async def stop(self, interaction: Interaction) -> None:
        await self.bot.db.run(profiles.stop, actor_of(interaction))
        await respond(
            interaction,
            "Nobody can find or book you here any more. What is booked stands (`/sessions`), and "
            "`/mentor resume` brings you back.",
        )

    async def profile_from_menu(self, interaction: Interaction, member: discord.Member) -> None:
        await profile.show_profile(interaction, member.id)

    async def book_from_menu(self, interaction: Interaction, member: discord.Member) -> None:
        await flow.start_booking(
            interaction, mentor=str(member.id), when=None, minutes=None, topic=""
        )
