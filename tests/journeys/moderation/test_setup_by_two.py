"""Two managers have the same form of `/setup` open: nobody overwrites what the other changed."""

from __future__ import annotations

import simcord

from mentorship.administration import audit
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from tests.journeys.support.components import Operator
from tests.journeys.support.simulated_guild import SimulatedGuild


async def add_manager(guild: SimulatedGuild, name: str) -> Operator:
    """Add a member with Manage Server, who has `/setup` open."""
    managers = guild.handle.create_role(f"{name}'s role")
    guild.env.backend.edit_role(guild.id, managers.id, {"permissions": 1 << 5})
    operator = Operator(await guild.add_member(name, roles=(managers,)), guild.channel)
    await operator.open_setup()
    return operator


async def settings(guild: SimulatedGuild) -> GuildSettings:
    return await guild.db.read(guild_settings.load, guild.id)


async def submit(
    operator: Operator, form: simcord.InteractionResult, **values: object
) -> simcord.InteractionResult:
    """Submit a form that is open already, with some of its fields changed."""
    answer = await operator.person.submit_modal(form, operator._as_shown(form.modal) | values)
    operator.page = answer.response
    return answer


async def changes_of(guild: SimulatedGuild) -> list[tuple[int | None, str]]:
    """Return who changed which settings after the guild was set up, oldest first."""
    entries = await guild.db.read(audit.list_entries, guild.manager, limit=50)
    return [
        (entry.actor_id, entry.facts["setting"])
        for entry in reversed(entries)
        if entry.action == audit.SETTING_CHANGED and entry.actor_id != guild.manager.user_id
    ]


async def test_a_form_saves_only_what_its_reader_changed(guild: SimulatedGuild) -> None:
    ada, ben = await add_manager(guild, "Ada"), await add_manager(guild, "Ben")
    form_of_ada, form_of_ben = await ada.press("Points"), await ben.press("Points")
    await submit(ada, form_of_ada, fee_percent="10")
    await submit(ben, form_of_ben, starting_balance="250")
    after = await settings(guild)
    assert (after.fee_percent, after.starting_balance) == (10, 250)
    assert await changes_of(guild) == [
        (ada.person.id, "fee_percent"),
        (ben.person.id, "starting_balance"),
    ]


async def test_two_changes_of_one_setting_show_the_conflict(guild: SimulatedGuild) -> None:
    ada, ben = await add_manager(guild, "Ada"), await add_manager(guild, "Ben")
    form_of_ada, form_of_ben = await ada.press("Points"), await ben.press("Points")
    await submit(ada, form_of_ada, fee_percent="10")
    await submit(ben, form_of_ben, fee_percent="25", currency_name="stars")
    assert "Not saved yet" in ben.text
    assert f"The fee was changed to 10% by <@{ada.person.id}> while your form was open." in ben.text
    after = await settings(guild)
    assert (after.fee_percent, after.currency_name) == (10, "points")

    # What Ben typed is kept, and everything else is as it is now.
    await guild.configure(starting_balance=40)
    form = await ben.press("Correct it")
    shown = ben._as_shown(form.modal)
    assert (shown["fee_percent"], shown["currency_name"]) == ("25", "stars")
    assert shown["starting_balance"] == "40"
    await submit(ben, form)
    after = await settings(guild)
    assert (after.fee_percent, after.currency_name, after.starting_balance) == (25, "stars", 40)


async def test_a_change_during_a_correction_shows_the_conflict(guild: SimulatedGuild) -> None:
    ada, ben = await add_manager(guild, "Ada"), await add_manager(guild, "Ben")
    form_of_ada, form_of_ben = await ada.press("Points"), await ben.press("Points")
    await submit(ben, form_of_ben, fee_percent="25", starting_balance="many")
    assert "Not saved yet" in ben.text
    await submit(ada, form_of_ada, fee_percent="10")
    form = await ben.press("Correct it")
    await submit(ben, form, starting_balance="40")
    assert f"The fee was changed to 10% by <@{ada.person.id}> while your form was open." in ben.text
    assert (await settings(guild)).fee_percent == 10
    # Who sends it once more has read that.
    await submit(ben, await ben.press("Correct it"))
    after = await settings(guild)
    assert (after.fee_percent, after.starting_balance) == (25, 40)


async def test_the_same_change_twice_is_no_conflict(guild: SimulatedGuild) -> None:
    ada, ben = await add_manager(guild, "Ada"), await add_manager(guild, "Ben")
    form_of_ada, form_of_ben = await ada.press("Points"), await ben.press("Points")
    await submit(ada, form_of_ada, fee_percent="10")
    await submit(ben, form_of_ben, fee_percent="10 %")
    assert "Points: saved." in ben.text
    assert await changes_of(guild) == [(ada.person.id, "fee_percent")]


async def test_an_unchanged_form_changes_nothing(guild: SimulatedGuild) -> None:
    ada, ben = await add_manager(guild, "Ada"), await add_manager(guild, "Ben")
    form_of_ben = await ben.press("Mentors")
    await guild.configure(reapply_after_days=30)
    await ada.open_setup()
    await submit(ben, form_of_ben)
    assert "Nothing was changed." in ben.text
    assert (await settings(guild)).reapply_after_days == 30
