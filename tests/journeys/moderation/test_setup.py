"""Setting up the bot in a new guild, with nothing but what it says itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import discord
import pytest
import simcord
from simcord.backend import serializers
from sqlalchemy import delete, literal_column, update

from bot.client import MentorBot, permissions
from bot.cogs import guilds
from bot.guilds import permissions as needed
from bot.notifications.delivery import deliver_due
from mentorship.actors import Actor
from mentorship.administration import audit, setup
from mentorship.errors import MentorshipError
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.guilds.setting_limits import SETTINGS
from mentorship.operations import guild_purge
from storage import Database, Transaction
from storage.tables import Event, Guild, Notification, Table
from tests.journeys.support.components import Operator, interactive_labels, read_text
from tests.journeys.support.scenarios import book, submit_application
from tests.journeys.support.simulated_guild import (
    SETTLE_TIMEOUT,
    START,
    SimulatedGuild,
    message_text,
)
from wording.administration.audit import setting_change
from wording.reader import ENGLISH


@dataclass
class Bare(SimulatedGuild):
    """A guild whose owner has just invited the bot, without any settings."""

    owner: simcord.MemberActor | None = None

    @property
    def operator(self) -> Operator:
        assert self.owner is not None
        return Operator(self.owner, self.channel)

    async def settings(self) -> GuildSettings:
        return await self.db.read(guild_settings.load, self.id)

    def grant(self, granted: discord.Permissions) -> None:
        """Give the bot these permissions in the whole guild."""
        self.env.backend.edit_role(self.id, self.bot_role.id, {"permissions": granted.value})

    @property
    def bot_role(self) -> simcord.RoleHandle:
        roles = self.env.backend.get_guild(self.id).roles
        return next(role for role in self.handle.roles.values() if roles[role.id].managed)

    def channel_named(self, name: str) -> simcord.ChannelHandle:
        return self.handle.channels[name]


@asynccontextmanager
async def invited(database_url: str) -> AsyncIterator[Bare]:
    db = Database(database_url, clock=lambda: env.now())
    env = simcord.Env(MentorBot(db), settle_timeout=SETTLE_TIMEOUT)
    await env.start()
    try:
        await env.advance_time((START - env.now()).total_seconds())
        owner = env.create_user("Ines")
        handle = env.create_guild("Riverside", owner=owner)
        channel = handle.create_text_channel("general")
        guild = Bare(env, db, handle, channel, channel, handle.default_role, handle.default_role)
        guild.grant(permissions())
        guild.owner = simcord.MemberActor(env, handle, owner)
        await env.settle()
        yield guild
        broken = [error for error in env.errors if not is_refusal(error)]
        if broken:
            raise BaseExceptionGroup("the bot broke during the journey", broken)
    finally:
        await env.shutdown()
        await db.close()


def is_refusal(error: BaseException) -> bool:
    return isinstance(getattr(error, "original", error), MentorshipError)


@pytest.fixture
async def bare(database_url: str) -> AsyncIterator[Bare]:
    async with invited(database_url) as guild:
        yield guild


def manager(guild: SimulatedGuild) -> Actor:
    return Actor(1, "chief", guild.id, manages_guild=True)


WORDS_A_MINUTE = 150
"""Reading speed for text that requires an action."""


# --- from nothing to a booking --------------------------------------------------------------------


async def test_a_new_guild_is_set_up_to_the_first_session(bare: Bare) -> None:
    """Count the operator's clicks and the words to read."""
    assert bare.owner is not None
    seen: list[str] = []
    await deliver_due(bare.bot, bare.db)
    welcome = bare.last_dm(bare.owner)
    assert "Thank you for inviting me to Riverside" in message_text(welcome)
    assert "`/setup`" in message_text(welcome)
    seen.append(message_text(welcome))

    operator = bare.operator
    operator.page = welcome
    operator.clicks += 1
    answer = await bare.owner.user.click(welcome, label="Set it up")
    assert "#mentor-review" in read_text(answer.response)
    seen.append(read_text(answer.response))
    operator.clicks += 1
    answer = await bare.owner.user.click(answer.response, label="Set it up for me")
    review = bare.channel_named("mentor-review")
    assert "I created **#mentor-review**" in read_text(answer.response)
    assert "`/mentor apply`" in read_text(answer.response)
    seen.append(read_text(answer.response))

    # It says that everyone starts without points, and where to change that.
    await operator.open_setup()
    assert "Members start without points" in operator.text
    seen.append(operator.text)
    await operator.submit_form("Points", starting_balance="100")
    assert "Everyone starts with 🪙 100" in operator.text
    assert "People meet at the mentor's own link" in operator.text
    assert "To do" not in operator.text
    seen.append(operator.text)

    # Oliver applies, the operator approves, Maya books, Oliver confirms.
    oliver = await bare.add_member("Oliver", zone="Europe/London")
    maya = await bare.add_member("Maya", zone="America/New_York")
    await submit_application(bare, oliver)
    await bare.deliver()
    operator.clicks += 1
    seen.append(message_text(review.last_message))
    await bare.owner.click(review.last_message, label="Approve")
    await bare.deliver()
    assert bare.has_role(oliver, bare.handle.roles["Mentor"])
    assert "/mentor hours" in message_text(bare.last_dm(oliver))
    await oliver.slash(bare.channel, "mentor hours", hours="daily 9-21")
    await book(bare, maya, oliver, bare.now.replace(hour=15))
    await oliver.user.click(bare.last_dm(oliver), label="Confirm")
    await bare.deliver()
    assert "confirmed your session" in message_text(bare.last_dm(maya))
    assert await bare.balance(maya) == 40

    assert (operator.clicks, len(seen)) == (6, 6), "docs/guides/setting-up.md counts them too"
    minutes = sum(len(text.split()) for text in seen) / WORDS_A_MINUTE
    assert minutes < 4, f"{minutes:.1f} minutes of reading"


async def test_a_review_channel_alone_is_enough(bare: Bare) -> None:
    """Without the quick setup: a channel chosen in `/setup`."""
    assert bare.owner is not None
    desk = bare.handle.create_text_channel(
        "desk", overwrites={bare.handle.default_role: discord.PermissionOverwrite()}
    )
    operator = bare.operator
    await operator.open_setup()
    assert "Choose a channel where moderators decide on applications" in operator.text
    await operator.select("Or choose the review channel", desk)
    await operator.press("Back to the overview")
    oliver = await bare.add_member("Oliver", zone="Europe/London")
    await submit_application(bare, oliver, rate="0")
    await bare.deliver()
    await bare.owner.click(desk.last_message, label="Approve")
    await oliver.slash(bare.channel, "mentor hours", hours="daily 9-21")
    maya = await bare.add_member("Maya", zone="America/New_York")
    await book(bare, maya, oliver, bare.now.replace(hour=15))
    await oliver.user.click(bare.last_dm(oliver), label="Confirm")
    await bare.deliver()
    assert "confirmed your session" in message_text(bare.last_dm(maya))


async def test_created_channels_and_roles_are_right_and_unique(bare: Bare) -> None:
    assert bare.owner is not None
    stranger = await bare.add_member("Stranger")
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Set it up for me")
    await operator.press("People and channels")
    for resource in ("Mentorship moderator", "#mentor-notices", "#mentor-log"):
        await operator.press(f"Create {resource}")
    assert not [label for label in interactive_labels(operator.page) if label.startswith("Create")]
    backend = bare.env.backend
    for name in ("mentor-review", "mentor-log"):
        permissions_value = backend.compute_permissions(
            bare.id, stranger.id, bare.channel_named(name).id
        )
        assert not discord.Permissions(permissions_value).view_channel
    permissions_value = backend.compute_permissions(
        bare.id, stranger.id, bare.channel_named("mentor-notices").id
    )
    assert discord.Permissions(permissions_value).view_channel
    assert not discord.Permissions(permissions_value).send_messages
    assert set(bare.handle.roles) == {
        "@everyone",
        "Mentor",
        "Mentorship moderator",
        bare.bot_role.name,
    }
    await operator.press("Back to the overview")
    # The moderator role was created after the review channel and can't see it; the bot says so.
    assert "can't see" in operator.text
    await bare.deliver()
    log = [message_text(message) for message in bare.channel_named("mentor-log").history()]
    assert any("**changed a setting**: log channel: none → <#" in line for line in log)


async def test_concurrent_quick_setups_create_resources_once(bare: Bare) -> None:
    operator, second_operator = bare.operator, bare.operator
    await operator.open_setup()
    await second_operator.open_setup()
    await operator.press("Set it up for me")
    await second_operator.press("Set it up for me")
    discord_guild = bare.bot.get_guild(bare.id)
    assert discord_guild is not None
    assert [channel.name for channel in discord_guild.channels] == ["general", "mentor-review"]
    assert [role.name for role in discord_guild.roles].count("Mentor") == 1
    assert "To do" not in second_operator.text


# --- each setting ---------------------------------------------------------------------------------


async def test_every_setting_can_be_changed(bare: Bare) -> None:
    helpers, veterans = (bare.handle.create_role(name) for name in ("Helpers", "Veterans"))
    desk, rooms = (bare.handle.create_text_channel(name) for name in ("desk", "rooms"))
    operator = bare.operator
    await operator.open_setup()
    await operator.press("People and channels")
    await operator.select("Choose the moderator role", helpers)
    await operator.select("Choose the mentor role", veterans)
    for menu in ("review", "notices", "log"):
        await operator.select(f"Choose the {menu} channel", desk)
    await operator.press("Back to the overview")
    await operator.submit_form(
        "Mentors",
        who_may_apply=["roles"],
        apply_role_ids=[veterans, helpers],
        apply_minimum_rank="3",
        reapply_after_days="14",
        approve_profile_changes=["False"],
    )
    await operator.submit_form(
        "Points",
        currency_name="gold coins",
        currency_emoji="💰",
        starting_balance="1,000",
        maximum_hourly_rate="500",
        fee_percent="5",
    )
    await operator.submit_form(
        "Sessions",
        confirm_within="90 min",
        free_cancellation_until="2 days",
        cancellation_grace="30 min",
        late_refund_percent="50%",
        complete_after="1 hour 30 minutes",
    )
    await operator.submit_form(
        "Reminders and meeting",
        reminders="1 day and 10 min",
        meeting_place=["thread"],
        meeting_parent_id=[rooms],
    )
    changed = await bare.settings()
    assert changed == GuildSettings(
        bare.id,
        moderator_role_id=helpers.id,
        mentor_role_id=veterans.id,
        review_channel_id=desk.id,
        notices_channel_id=desk.id,
        log_channel_id=desk.id,
        who_may_apply="roles",
        apply_role_ids=(veterans.id, helpers.id),
        apply_minimum_rank=3,
        reapply_after_days=14,
        approve_profile_changes=False,
        maximum_hourly_rate=500,
        currency_name="gold coins",
        currency_emoji="💰",
        starting_balance=1_000,
        fee_percent=5,
        confirm_within=90,
        free_cancellation_until=2_880,
        cancellation_grace=30,
        late_refund_percent=50,
        complete_after=90,
        reminders=(1_440, 10),
        meeting_place="thread",
        meeting_parent_id=rooms.id,
    )
    for sentence in (
        f"Moderators: {helpers.mention} and everyone with Manage Server",
        f"Mentor role: {veterans.mention}",
        f"Members with {veterans.mention}, {helpers.mention} may apply",
        "Can reapply 14 days after a rejection.",
        "Profile changes: published immediately",
        "💰 gold coins · Everyone starts with 💰 1,000",
        "The server keeps 5%",
        "Highest rate: 💰 500 an hour",
        "Mentors confirm within 1 hour 30 minutes",
        "Cancelling is free until 2 days before. After that, 50% is refunded.",
        "Reminders: 24 hours, 10 minutes before the start",
        f"People meet in a private thread, under {rooms.mention}",
    ):
        assert sentence in operator.text
    entries = await bare.db.read(
        audit.list_entries, manager(bare), action=audit.SETTING_CHANGED, limit=99
    )
    assert len(entries) == 23
    assert "fee: 0% → 5%" in {setting_change(entry, ENGLISH) for entry in entries}
    # A selection can be cleared.
    await operator.press("People and channels")
    await operator.select("Choose the notices channel")
    await operator.press("Back to the overview")
    await operator.submit_form("Reminders and meeting", meeting_parent_id=[])
    assert await bare.settings() == replace(
        changed, notices_channel_id=None, meeting_parent_id=None
    )
    assert "Private threads need a channel" in operator.text


async def test_only_configured_meeting_providers_are_offered(bare: Bare) -> None:
    bare.grant(EVERYTHING)
    bare.bot.meeting_providers = ("jitsi", "zoom")
    operator = bare.operator
    await operator.open_setup()
    form = await operator.press("Reminders and meeting")
    assert form.modal is not None
    fields = [part["component"] for part in form.modal["components"]]
    [menu] = [field for field in fields if field["custom_id"] == "meeting_place"]
    offered = {option["value"] for option in menu["options"]}
    assert offered == {"link", "thread", "voice", "jitsi", "zoom"}
    await operator.open_setup()
    await operator.submit_form(
        "Reminders and meeting", meeting_place=["jitsi"], jitsi_server="meet.example.org"
    )
    assert "Not saved yet" in operator.text
    assert "The Jitsi server must be an address" in operator.text
    await operator.submit_form("Correct it", jitsi_server="https://meet.example.org")
    assert "People meet in a Jitsi room on https://meet.example.org" in operator.text
    # One that is chosen stays in the menu, also if it isn't configured any more.
    bare.bot.meeting_providers = ()
    await operator.open_setup()
    form = await operator.press("Reminders and meeting")
    assert form.modal is not None
    [menu] = [
        part["component"]
        for part in form.modal["components"]
        if part["component"]["custom_id"] == "meeting_place"
    ]
    offered = {option["value"] for option in menu["options"]}
    assert offered == {"link", "thread", "voice", "jitsi"}


async def test_meeting_rooms_need_the_right_kind_of_parent(bare: Bare) -> None:
    bare.grant(EVERYTHING)
    desk = bare.handle.create_text_channel("desk")
    rooms = bare.handle.create_category("Rooms")
    operator = bare.operator
    await operator.open_setup()
    await operator.submit_form(
        "Reminders and meeting", meeting_place=["thread"], meeting_parent_id=[rooms]
    )
    assert "Not saved yet" in operator.text
    assert "To meet in a private thread, choose a text channel as the place" in operator.text
    await operator.submit_form("Correct it", meeting_parent_id=[desk])
    assert f"People meet in a private thread, under {desk.mention}" in operator.text
    await operator.submit_form("Reminders and meeting", meeting_place=["voice"])
    assert "To meet in a private voice channel, choose a category as the place" in operator.text
    await operator.submit_form("Correct it", meeting_parent_id=[rooms])
    assert f"in a private voice channel, under {rooms.mention}" in operator.text

    # After the category is deleted, rooms are created outside of one, and the page says so.
    bare.env.backend.delete_channel(rooms.id)
    await bare.env.settle()
    await operator.open_setup()
    assert "The place of meeting rooms was deleted. Under Reminders and meeting" in operator.text
    assert (await bare.settings()).meeting_parent_id is None
    await operator.submit_form("Reminders and meeting")
    await operator.open_setup()
    assert "was deleted" not in operator.text


@pytest.mark.parametrize(
    ("form", "field", "value", "problem"),
    [
        ("Mentors", "who_may_apply", ["roles"], "Choose at least one role that may apply"),
        ("Mentors", "apply_minimum_rank", "-1", "The minimum rank must be a whole number"),
        ("Mentors", "reapply_after_days", "400", "must be between 0 and 365 days"),
        ("Points", "currency_name", "<@&1>", "The name of the points takes 1 to 20 letters"),
        ("Points", "currency_name", "x" * 21, "The name of the points takes 1 to 20 letters"),
        ("Points", "currency_emoji", "gold", "must be one emoji"),
        ("Points", "starting_balance", "1.5", "must be a whole number"),
        ("Points", "starting_balance", "9999999", "must be between 0 and 1,000,000"),
        ("Points", "maximum_hourly_rate", "ten", "must be a whole number"),
        ("Points", "fee_percent", "101", "must be between 0 and 100%"),
        ("Sessions", "confirm_within", "24", "a number and its unit"),
        ("Sessions", "confirm_within", "5 min", "must be between 15 minutes and 7 days"),
        ("Sessions", "free_cancellation_until", "soon", "a number and its unit"),
        ("Sessions", "late_refund_percent", "half", "must be a whole number"),
        ("Sessions", "complete_after", "3 moons", "a number and its unit"),
        ("Reminders and meeting", "reminders", "1 h, later", "a number and its unit"),
        ("Reminders and meeting", "reminders", "1 min", "must be between 5 minutes and 14 days"),
        (
            "Reminders and meeting",
            "reminders",
            "1h,2h,3h,4h,5h,6h",
            "can't be more than 5",
        ),
    ],
)
async def test_a_setting_outside_its_limits_is_explained_and_kept(
    bare: Bare, form: str, field: str, value: str | list[str], problem: str
) -> None:
    operator = bare.operator
    await operator.open_setup()
    before = await bare.settings()
    await operator.submit_form(form, **{field: value})
    assert "Not saved yet" in operator.text
    assert problem in operator.text
    assert await bare.settings() == before
    # The form opens again with what was typed.
    again = await operator.press("Correct it")
    (shown,) = (
        part["component"]
        for part in again.modal["components"]
        if part["component"]["custom_id"] == field
    )
    if isinstance(value, str):
        assert shown["value"] == value


LIMITS = {
    "Booking limits": {
        "limit_pending_per_mentor": 3,
        "limit_pending": 6,
        "limit_upcoming": 1_000,
        "limit_proposals": 1,
        "limit_early_cancellations": 7,
    },
    "Other limits": {
        "limit_gifts_to_strangers": 20,
        "limit_data_requests": 2,
        "grant_ceiling": 0,
        "dispute_days": 21,
    },
}


async def test_limits_are_changed_on_their_own_page(bare: Bare) -> None:
    operator = bare.operator
    for form, values in LIMITS.items():
        await operator.open_setup()
        await operator.press("Limits")
        await operator.submit_form(form, **{name: f"{value:,}" for name, value in values.items()})
    await operator.press("Limits")
    assert "Pending requests with one mentor: **3**" in operator.text
    settings = await bare.settings()
    changed = {name: value for values in LIMITS.values() for name, value in values.items()}
    assert {name: getattr(settings, name) for name in changed} == changed


@pytest.mark.parametrize("typed", ["0", "-1", "1000000000", "ten"])
async def test_a_limit_outside_its_range_is_refused_with_the_range(bare: Bare, typed: str) -> None:
    operator = bare.operator
    before = await bare.settings()
    await operator.open_setup()
    await operator.press("Limits")
    await operator.submit_form("Booking limits", limit_pending=typed)
    assert "Not saved yet" in operator.text
    assert "The limit of pending requests must be" in operator.text
    assert "1 and 1,000" in operator.text or "1 to 1,000" in operator.text
    assert await bare.settings() == before


async def test_all_invalid_settings_are_reported_together(bare: Bare) -> None:
    operator = bare.operator
    await operator.open_setup()
    await operator.submit_form("Points", currency_emoji="x", fee_percent="200")
    assert "The emoji of the points must" in operator.text
    assert "The fee must" in operator.text
    # After the correction the overview is shown again.
    page = operator.page.id
    await operator.submit_form("Correct it", currency_emoji="💎", fee_percent="20")
    assert "The server keeps 20%" in operator.text
    assert operator.page.id == page


# --- who may, and what outlives what --------------------------------------------------------------


async def test_only_managers_can_use_the_setup(bare: Bare) -> None:
    """The panel is visible to its owner alone; buttons on public messages are not."""
    assert bare.owner is not None
    mallory = await bare.add_member("Mallory")
    with pytest.raises(simcord.SetupError, match="not visible to this user"):
        await mallory.slash(bare.channel, "setup")
    await bare.db.run(setup.configure, manager(bare), log_channel_id=bare.channel.id)
    gone = bare.handle.create_text_channel("gone")
    await bare.db.run(setup.configure, manager(bare), review_channel_id=gone.id)
    bare.env.backend.delete_channel(gone.id)
    await bare.env.settle()
    await bare.deliver()
    # The entries of the audit log may come before or after it.
    (card,) = (each for each in bare.channel.history() if "Set it up" in interactive_labels(each))
    answer = await mallory.click(card, label="Set it up")
    assert answer.ephemeral
    assert "Only people with the permission Manage Server" in message_text(answer.response)
    answer = await bare.owner.click(card, label="Set it up")
    assert "The review channel was deleted" in read_text(answer.response)


async def test_losing_manage_server_ends_access_to_the_setup(bare: Bare) -> None:
    deputies = bare.handle.create_role(
        "Deputies", permissions=discord.Permissions(manage_guild=True)
    )
    deputy = await bare.add_member("Deputy", roles=(deputies,))
    operator = Operator(deputy, bare.channel)
    await operator.open_setup()
    bare.env.backend.edit_role(bare.id, deputies.id, {"permissions": 0})
    await bare.env.settle()
    before = await bare.settings()
    for label in ("Set it up for me", "Check permissions", "Points"):
        answer = await deputy.click(operator.page, custom_id=operator._button(label))
        said = answer.followups[-1] if answer.followups else answer.response
        assert "Only people with the permission Manage Server" in message_text(said)
    assert await bare.settings() == before
    assert sorted(bare.handle.channels) == ["general"]


async def test_the_setup_works_after_a_restart(bare: Bare) -> None:
    desk = bare.handle.create_text_channel("desk")
    operator = bare.operator
    await operator.open_setup()
    await bare.restart_bot()
    await operator.press("People and channels")
    await bare.restart_bot()
    await operator.select("Choose the review channel", desk)
    await bare.restart_bot()
    await operator.press("Create Mentor")
    await bare.restart_bot()
    await operator.press("Back to the overview")
    await bare.restart_bot()
    await operator.submit_form("Points", starting_balance="7")
    await bare.restart_bot()
    await operator.press("Check permissions")
    settings = await bare.settings()
    assert (settings.review_channel_id, settings.starting_balance) == (desk.id, 7)
    assert settings.mentor_role_id == bare.handle.roles["Mentor"].id


# --- permissions ----------------------------------------------------------------------------------

EVERYTHING = discord.Permissions(
    permissions().value
    | discord.Permissions(
        create_private_threads=True,
        send_messages_in_threads=True,
        manage_threads=True,
        connect=True,
    ).value
)

# Each permission once, with the kind of meeting room that needs it.
NEEDS = {
    permission: meeting
    for meeting in ("voice", "thread", "link")
    for need in needed.requirements(GuildSettings(1, 2, 3, 4, 5, 6, meeting_place=meeting))
    for permission in need.permissions
}


@pytest.mark.parametrize(("permission", "meeting"), NEEDS.items())
async def test_each_missing_permission_is_named_with_a_remedy(
    bare: Bare, permission: str, meeting: str
) -> None:
    assert bare.owner is not None
    bare.grant(EVERYTHING)
    # The permission is denied to everyone to deny it to the bot; the people get it back.
    everyone = bare.env.backend.get_guild(bare.id).everyone_role
    members = bare.handle.create_role(
        "Members", permissions=discord.Permissions(everyone.permissions)
    )
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Set it up for me")
    await operator.press("People and channels")
    await operator.press("Create #mentor-notices")
    await operator.press("Create #mentor-log")
    await bare.db.run(setup.configure, manager(bare), meeting_place=meeting)
    await operator.open_setup()
    await operator.press("Check permissions")
    assert "Everything works." in operator.text
    assert "❌" not in operator.text

    await take_away(bare, permission)
    await operator.press("Check again")
    assert needed.permission_label(permission) in operator.text
    assert "❌" in operator.text
    assert "Everything works." not in operator.text
    await operator.press("Back to the overview")
    assert needed.permission_label(permission) in operator.text

    # Whatever the bot can't do, each person gets an answer and nothing is lost.
    oliver = await bare.add_member("Oliver", zone="Europe/London", roles=(members,))
    maya = await bare.add_member("Maya", zone="America/New_York", roles=(members,))
    answer = await submit_application(bare, oliver, rate="0")
    assert "with the moderators" in message_text(answer.response)
    await bare.deliver()
    for command in ("moderation queue", "help", "sessions", "mentor status"):
        answer = await bare.owner.slash(bare.channel, command)
        assert message_text(answer.response) or read_text(answer.response)

    # Once everything is allowed again, the check posts what could not be posted.
    await give_back(bare, permission)
    await operator.open_setup()
    await operator.press("Check permissions")
    assert "Everything works." in operator.text
    await bare.deliver()
    await bare.owner.click(bare.channel_named("mentor-review").last_message, label="Approve")
    await bare.deliver()
    await oliver.slash(bare.channel, "mentor hours", hours="daily 9-21")
    await book(bare, maya, oliver, bare.now.replace(hour=15))
    await oliver.user.click(bare.last_dm(oliver), label="Confirm")
    await bare.deliver()
    assert "confirmed your session" in message_text(bare.last_dm(maya))


async def test_rooms_of_group_sessions_are_checked_as_optional(bare: Bare) -> None:
    bare.grant(EVERYTHING)
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Set it up for me")
    await operator.press("Check permissions")
    assert "Stage channels" not in operator.text
    sessions = bare.handle.create_text_channel("group-sessions")
    await bare.db.run(setup.configure, manager(bare), sessions_channel_id=sessions.id)
    await operator.press("Check again")
    assert f"✅ Private threads in <#{sessions.id}>: View Channel, " in operator.text
    assert "⚪ Stage channels in the whole server: I need a Community server, " in operator.text
    assert "Mute Members, Move Members" in operator.text
    assert "Enable Community" in operator.text
    # A server that doesn't want stages has nothing to do.
    assert "❌" not in operator.text
    assert operator.text.endswith("Everything works.")
    await take_away(bare, "create_private_threads")
    await operator.press("Check again")
    assert (
        f"⚪ Private threads in <#{sessions.id}>: I need Create Private Threads." in operator.text
    )


async def take_away(bare: Bare, permission: str) -> None:
    """Deny the bot permissions in the whole guild and in each of its channels."""
    flag = getattr(discord.Permissions, permission).flag
    bare.grant(discord.Permissions(EVERYTHING.value & ~flag))
    await _overwrite(bare, allowed=0, denied=flag)


async def give_back(bare: Bare, permission: str) -> None:
    """Allow the bot again what was denied."""
    flag = getattr(discord.Permissions, permission).flag
    bare.grant(EVERYTHING)
    await _overwrite(bare, allowed=flag, denied=0)


async def _overwrite(bare: Bare, *, allowed: int, denied: int) -> None:
    backend = bare.env.backend
    for channel in bare.handle.channels.values():
        stored = backend.get_channel(channel.id)
        for overwrite in stored.overwrites:
            if overwrite.target_id == backend.bot_user.id:
                overwrite.allow = (overwrite.allow | allowed) & ~denied
                overwrite.deny = (overwrite.deny | denied) & ~allowed
        backend.edit_channel(channel.id, {})
    everyone = backend.get_guild(bare.id).everyone_role
    granted = (everyone.permissions | allowed) & ~denied
    backend.edit_role(bare.id, everyone.id, {"permissions": granted})
    await bare.env.settle()


@pytest.mark.parametrize(
    ("permission", "button", "resource"),
    [
        ("manage_channels", "Create #mentor-notices", "#mentor-notices"),
        ("manage_roles", "Create Mentor", "Mentor"),
    ],
)
async def test_missing_permissions_to_create_are_explained(
    bare: Bare, permission: str, button: str, resource: str
) -> None:
    bare.grant(permissions() & ~discord.Permissions(**{permission: True}))
    await bare.env.settle()
    operator = bare.operator
    await operator.open_setup()
    await operator.press("People and channels")
    await operator.press(button)
    assert (
        f"I can't create {resource}: I need {needed.permission_label(permission)}" in operator.text
    )


async def test_quick_setup_creates_what_it_can(bare: Bare) -> None:
    bare.grant(permissions() & ~discord.Permissions(manage_channels=True))
    await bare.env.settle()
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Set it up for me")
    assert "I can't create #mentor-review: I need Manage Channels" in operator.text
    assert (await bare.settings()).mentor_role_id is not None
    assert "Choose a channel where moderators decide" in operator.text


async def test_a_guild_without_room_for_channels_is_explained(bare: Bare) -> None:
    full = "Maximum number of guild channels reached (500)"
    bare.env.inject_error(
        "POST", "/guilds/*/channels", status=400, code=30013, message=full, times=1
    )
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Set it up for me")
    assert "Discord didn't let me create #mentor-review: Maximum number" in operator.text
    assert "Choose a channel where moderators decide" in operator.text


async def test_unassignable_mentor_roles_are_explained(bare: Bare) -> None:
    operator = bare.operator
    lofty = bare.handle.create_role("Lofty")
    roles = bare.env.backend.get_guild(bare.id).roles
    bare.env.backend.edit_role(
        bare.id, lofty.id, {"position": max(role.position for role in roles.values()) + 1}
    )
    await bare.env.settle()
    await operator.open_setup()
    await operator.press("People and channels")
    await operator.select("Choose the mentor role", lofty)
    assert "I need a role above that role" in operator.text
    assert f"drag **{bare.bot_role.name}** above {lofty.mention}" in operator.text
    await operator.select("Choose the mentor role", bare.bot_role)
    assert "Only Discord can give this one" in operator.text


async def test_a_public_review_channel_is_reported(bare: Bare) -> None:
    operator = bare.operator
    await operator.open_setup()
    await operator.select("Or choose the review channel", bare.channel)
    await operator.press("Back to the overview")
    assert f"Everyone can read applications in {bare.channel.mention}" in operator.text


async def test_a_mentor_role_with_powers_is_reported(bare: Bare) -> None:
    strong = bare.handle.create_role("Strong", permissions=discord.Permissions(ban_members=True))
    operator = bare.operator
    await operator.open_setup()
    await operator.press("People and channels")
    await operator.select("Choose the mentor role", strong)
    await operator.press("Back to the overview")
    assert f"{strong.mention} has moderator permissions" in operator.text


# --- coming, going, and what disappears -----------------------------------------------------------


async def test_the_owner_is_greeted_once(bare: Bare) -> None:
    assert bare.owner is not None
    await bare.deliver()
    assert len(bare.inbox(bare.owner)) == 1
    await bare.restart_bot()
    await bare.deliver()
    assert len(bare.inbox(bare.owner)) == 1


async def test_the_inviter_is_greeted_if_known(bare: Bare) -> None:
    """The inviter is known if the bot can read the audit log."""
    backend = bare.env.backend
    deputy = bare.env.create_user("Deputy")
    hillside = backend.create_guild("Hillside")
    backend.add_member(hillside.id, deputy.id)
    backend.record_audit_log(hillside.id, 28, target_id=backend.bot_user.id, user_id=deputy.id)
    await bare.env.settle()
    await bare.deliver()
    welcome = deputy.dm_channel.last_message
    assert "Thank you for inviting me to Hillside" in message_text(welcome)

    # Each press checks for Manage Server, in direct messages too.
    refused = await deputy.click(welcome, label="Set it up")
    assert "Only people with the permission Manage Server" in message_text(refused.response)
    manage = discord.Permissions(manage_guild=True).value
    role = backend.create_role(hillside.id, "Deputies", permissions=manage)
    hillside.members[deputy.id].role_ids.append(role.id)
    await bare.env.settle()
    opened = await deputy.click(welcome, label="Set it up")
    hillside.members[deputy.id].role_ids.remove(role.id)
    refused = await deputy.click(opened.response, label="Set it up for me")
    assert "Only people with the permission Manage Server" in message_text(refused.followups[-1])
    assert hillside.channel_ids == []

    # It also checks that the bot is still in the guild.
    backend.emit("GUILD_DELETE", {"id": str(hillside.id)})
    await bare.env.settle()
    refused = await deputy.click(welcome, label="Set it up")
    assert "I'm no longer in that server" in message_text(refused.response)


async def test_a_guild_joined_during_downtime_is_greeted(bare: Bare) -> None:
    assert bare.owner is not None
    for table in (Notification, Event, Guild):
        await bare.db.run(_empty, table)
    await bare.restart_bot()
    await bare.deliver()
    assert len(bare.inbox(bare.owner)) == 1


async def _empty(tx: Transaction, table: type[Table]) -> None:
    await tx.connection.execute(delete(table))


async def test_closed_direct_messages_move_the_greeting_to_a_channel(bare: Bare) -> None:
    assert bare.owner is not None
    stored = bare.env.backend.get_guild(bare.id)
    bare.env.backend.edit_guild(bare.id, {"system_channel_id": bare.channel.id})
    assert stored.system_channel_id == bare.channel.id
    bare.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=1)
    await bare.env.settle()
    await bare.deliver()
    greeting = bare.channel.last_message
    assert greeting is not None
    assert f"<@{bare.owner.id}>, Hello! I'm mentorbot." in message_text(greeting)
    answer = await bare.owner.click(greeting, label="Set it up")
    assert answer.ephemeral
    assert "Set it up for me" in interactive_labels(answer.response)


async def test_rejoining_keeps_settings_and_greets_again(bare: Bare) -> None:
    assert bare.owner is not None
    await bare.deliver()
    backend = bare.env.backend
    back = serializers.guild_create_payload(backend, backend.get_guild(bare.id))
    backend.emit("GUILD_DELETE", {"id": str(bare.id)})
    await bare.env.settle()
    assert await bare.db.read(setup.list_present_guilds) == []
    backend.emit("GUILD_CREATE", back)
    await bare.env.settle()
    await bare.deliver()
    assert "Good to be back in Riverside" in message_text(bare.last_dm(bare.owner))
    assert await bare.db.read(setup.list_present_guilds) == [bare.id]


async def test_a_server_returning_during_its_purge_starts_without_data(bare: Bare) -> None:
    assert bare.owner is not None
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Set it up for me")
    await bare.deliver()
    oliver = await bare.add_member("Oliver", zone="Europe/London")
    backend = bare.env.backend
    back = serializers.guild_create_payload(backend, backend.get_guild(bare.id))
    backend.emit("GUILD_DELETE", {"id": str(bare.id)})
    await bare.env.settle()
    await bare.env.advance_time(guild_purge.GUILD_RETENTION.total_seconds())
    assert await bare.db.run(guild_purge.begin, bare.id)
    assert await bare.db.run(guild_purge.delete_batch, bare.id, 2) == 2
    refused = await oliver.slash(bare.channel, "mentor apply")
    assert refused.ephemeral
    assert "Try again in a few minutes" in message_text(refused.response)

    backend.emit("GUILD_CREATE", back)
    await bare.env.settle()
    await bare.deliver()
    assert await bare.db.read(setup.list_present_guilds) == [bare.id]
    assert await bare.settings() == GuildSettings(bare.id)
    assert "Hello! I'm mentorbot." in message_text(bare.last_dm(bare.owner))


async def test_a_server_that_returns_as_its_purge_begins_starts_afresh(
    bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The purge begins while Discord is asked who has invited the bot."""
    find_inviter = guilds._inviter

    async def begin_purge(guild: discord.Guild) -> int:
        await bare.db.run(guild_purge.begin, guild.id)
        return await find_inviter(guild)

    backend = bare.env.backend
    back = serializers.guild_create_payload(backend, backend.get_guild(bare.id))
    backend.emit("GUILD_DELETE", {"id": str(bare.id)})
    await bare.env.settle()
    await bare.env.advance_time(guild_purge.GUILD_RETENTION.total_seconds())
    monkeypatch.setattr(guilds, "_inviter", begin_purge)
    backend.emit("GUILD_CREATE", back)
    await bare.env.settle()
    assert await bare.db.read(setup.list_present_guilds) == [bare.id]
    assert not await bare.db.run(guild_purge.begin, bare.id)


async def test_other_servers_are_checked_if_one_fails(bare: Bare) -> None:
    """Its settings are broken. The bot was added to another server while it was down."""
    if bare.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses broken JSON")
    hillside = bare.env.create_guild("Hillside", owner=bare.env.create_user("Ada"))
    await bare.env.settle()

    async def break_settings(tx: Transaction) -> None:
        of_bare = Guild.id == bare.id
        await tx.connection.execute(update(Guild).where(of_bare).values(lost=literal_column("'{'")))
        await tx.connection.execute(delete(Notification))
        await tx.connection.execute(delete(Event))
        await tx.connection.execute(delete(Guild).where(Guild.id == hillside.id))

    await bare.db.run(break_settings)
    await bare.restart_bot()
    assert await bare.db.read(setup.list_present_guilds) == sorted([bare.id, hillside.id])


@pytest.mark.parametrize("while_down", [False, True])
async def test_a_deleted_channel_is_reported_once(bare: Bare, while_down: bool) -> None:
    assert bare.owner is not None
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Set it up for me")
    oliver = await bare.add_member("Oliver", zone="Europe/London")
    await submit_application(bare, oliver)
    await bare.deliver()
    review = bare.channel_named("mentor-review")
    if while_down:
        # The bot gets no event.
        del bare.env.backend.channels[review.id]
        bare.env.backend.get_guild(bare.id).channel_ids.remove(review.id)
    else:
        bare.env.backend.delete_channel(review.id)
        await bare.env.settle()
    await bare.restart_bot()
    await bare.deliver()
    texts = [message_text(message) for message in bare.inbox(bare.owner)]
    assert len([text for text in texts if "The review channel** was deleted" in text]) == 1
    assert "Nobody can apply to mentor until another is chosen" in texts[-1]

    await operator.open_setup()
    assert "The review channel was deleted. Choose a channel" in operator.text
    newcomer = await bare.add_member("Newcomer", zone="Europe/London")
    refused = await newcomer.slash(bare.channel, "mentor apply")
    assert "`/setup`" in message_text(refused.response)

    # Pending applications are posted in the new one, and the old one is not reported again.
    await operator.press("Set it up for me")
    await bare.deliver()
    assert "would like to mentor" in message_text(bare.channel_named("mentor-review").last_message)
    assert "was deleted" not in operator.text
    await bare.restart_bot()
    await bare.deliver()
    assert len(bare.inbox(bare.owner)) == len(texts)


async def test_a_deleted_role_is_reported_in_the_log_channel(bare: Bare) -> None:
    assert bare.owner is not None
    operator = bare.operator
    await operator.open_setup()
    await operator.press("Set it up for me")
    log = bare.handle.create_text_channel("log")
    await bare.db.run(setup.configure, manager(bare), log_channel_id=log.id)
    await bare.deliver()
    before = len(bare.inbox(bare.owner))
    bare.env.backend.delete_role(bare.id, bare.handle.roles["Mentor"].id)
    await bare.env.settle()
    await bare.deliver()
    assert "The mentor role** was deleted. Approved mentors get no role" in message_text(
        log.last_message
    )
    assert ["deleted" in message_text(message) for message in log.history()] == [False, True]
    assert len(bare.inbox(bare.owner)) == before
    await operator.open_setup()
    assert "The mentor role was deleted. Under People and channels, choose" in operator.text
    await operator.press("People and channels")
    assert "⚠️ The previous one was deleted." in operator.text
    await operator.press("Leave it empty")
    assert "deleted" not in operator.text
    await operator.press("Back to the overview")
    assert "deleted" not in operator.text


async def test_the_fullest_setup_page_survives_many_deletions(bare: Bare) -> None:
    operator = bare.operator
    # The longest value of each setting. Discord refuses a page that is too long.
    roles = [bare.handle.create_role("r" * 100).id for _ in range(10)]
    longest = 13 * 1_440 + 23 * 60 + 59
    await bare.db.run(
        setup.configure,
        manager(bare),
        who_may_apply="roles",
        apply_role_ids=roles,
        currency_name="x" * 20,
        starting_balance=1_000_000,
        maximum_hourly_rate=1_000_000,
        fee_percent=100,
        late_refund_percent=99,
        free_cancellation_until=longest,
        complete_after=longest,
        reminders=[longest - minutes for minutes in range(5)],
        meeting_place="thread",
        **{name: 1_000 for name in SETTINGS if name.startswith("limit_")},
    )
    await operator.open_setup()
    await operator.press("Limits")
    await operator.press("Back to the overview")
    await operator.press("Set it up for me")
    await operator.press("People and channels")
    for resource in ("Mentorship moderator", "#mentor-notices", "#mentor-log"):
        await operator.press(f"Create {resource}")
    for channel in list(bare.handle.channels.values()):
        if channel.name != "general":
            bare.env.backend.delete_channel(channel.id)
    for name in ("Mentor", "Mentorship moderator"):
        bare.env.backend.delete_role(bare.id, bare.handle.roles[name].id)
    await bare.env.settle()
    await operator.open_setup()
    await operator.press("People and channels")
    assert operator.text.count("⚠️ The previous one was deleted.") == 5
    await operator.press("Back to the overview")
    await operator.press("Set it up for me")
    await operator.press("Check permissions")
    assert operator.text.count("was deleted") == 3


async def test_deleting_the_last_apply_role_is_reported(bare: Bare) -> None:
    veterans = bare.handle.create_role("Veterans")
    await bare.db.run(
        setup.configure,
        manager(bare),
        review_channel_id=bare.channel.id,
        who_may_apply="roles",
        apply_role_ids=[veterans.id],
    )
    bare.env.backend.delete_role(bare.id, veterans.id)
    await bare.env.settle()
    operator = bare.operator
    await operator.open_setup()
    assert "Nobody can apply: the roles that could were deleted" in operator.text
