"""The first screens of booking: choose an expertise, then a mentor."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.components.cards import Card
from bot.components.message_reader import Kept
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.formatting import plain, rating, shortened, tags
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.booking.items import ChoiceMenu, DismissBookingButton, StepButton, show_screen
from bot.views.booking.slot_menus import MAX_MENUS, MAX_OPTIONS
from bot.views.booking.steps import BookingStep, Selection, TypedText, selection_actor
from bot.views.offers.asking import AskForHelpButton
from bot.views.search.unmet import count_unmet
from mentorship.errors import OwnProfile
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.search import directory
from mentorship.search.directory import MentorView
from mentorship.search.index import ANY_TAG
from wording.points import hourly_rate_in_label
from wording.reader import Reader
from wording.translation import _, pgettext, sentences


async def show_tags(
    interaction: Interaction, selection: Selection, typed: TypedText, note: str
) -> None:
    """Show the guild's expertise; where all mentors fit in one menu, go on to them."""
    db, actor = interaction.client.db, selection_actor(interaction, selection)
    expertise = await db.read(directory.load_expertise, actor)
    if not await _has_tags_step(interaction, selection, expertise):
        await show_mentors(interaction, replace(selection, tag_id=None), typed, note)
        return
    options = [
        discord.SelectOption(label=shortened(name, 100), value=str(tag_id))
        for tag_id, name in expertise.items()
    ]
    menus = []
    for number in range(min(MAX_MENUS, -(-len(options) // MAX_OPTIONS))):
        menu = ChoiceMenu.new(interaction, "tag", selection, number)
        menu.item.options = options[number * MAX_OPTIONS :][:MAX_OPTIONS]
        first, last = menu.item.options[0].label, menu.item.options[-1].label
        menu.item.placeholder = (
            _("Choose an expertise")
            if len(options) <= MAX_OPTIONS
            else _("Expertise: {first} to {last}", first=first, last=last)
        )
        menus.append(menu)
    text = _("What would you like to learn?")
    if len(options) > MAX_OPTIONS * MAX_MENUS:
        text = sentences(
            text, _("Not in the list? `/book mentor:` finds any expertise as you type.")
        )
    everyone = StepButton(
        BookingStep.MENTORS, replace(selection, tag_id=ANY_TAG), _("Show everyone")
    )
    card = Card(title=_("Book a session"), text=text)
    await show_screen(interaction, card, typed, note, *menus, everyone, DismissBookingButton())


async def show_mentors(
    interaction: Interaction, selection: Selection, typed: TypedText, note: str
) -> None:
    """Show mentors with the selected expertise, or those whom the typed text may mean."""
    db, actor = interaction.client.db, selection_actor(interaction, selection)
    expertise = await db.read(directory.load_expertise, actor)
    back: list[PersistentButton] = []
    if await _has_tags_step(interaction, selection, expertise):
        back.append(StepButton(BookingStep.TAGS, selection, pgettext("button", "Back")))
    text, means_oneself = _("The best rated come first."), False
    unmet: str | None = None
    if selection.tag_id is not None:
        typed = replace(typed, mentor_query="")
        mentors = await db.read(
            directory.list_by_expertise, actor, selection.tag_id, limit=MAX_OPTIONS + 1
        )
        if selection.tag_id in expertise:
            tag = plain(expertise[selection.tag_id])
            # Translators: {tag} is an expertise such as "Python". A menu of mentors follows.
            text = _("They can help you with **{tag}**, the best rated first.", tag=tag)
    else:
        mentors = await db.read(
            directory.suggest_mentors, actor, typed.mentor_query, limit=MAX_OPTIONS + 1
        )
        if not mentors and typed.mentor_query:
            if directory.is_own_name(actor, typed.mentor_query):
                means_oneself, note = True, sentence(OwnProfile(), reader_of(interaction))
            else:
                unmet = typed.mentor_query
                query = plain(typed.mentor_query)
                # Translators: a menu of other mentors follows.
                text = _("No mentor matches “{query}”. These take bookings:", query=query)
            typed = replace(typed, mentor_query="")
            mentors = await db.read(directory.suggest_mentors, actor, "", limit=MAX_OPTIONS + 1)
    if not mentors:
        text = (
            _("Nobody else takes bookings at the moment.")
            if means_oneself
            # Translators: "that" is an expertise.
            else _("Nobody else takes bookings for that at the moment.")
            if back
            else _("Nobody mentors in this server yet. To be the first, use `/mentor apply`.")
        )
        card = Card(title=_("Nobody to book yet"), text=text)
        # Where nobody mentors at all, nobody could answer.
        if expertise and not means_oneself and interaction.guild_id is not None:
            back.append(await ask_for_help_button(interaction, selection, card))
        await show_screen(interaction, card, typed, note, *back)
        if selection.tag_id in expertise:
            unmet = expertise[selection.tag_id]
        if unmet is not None:
            await count_unmet(interaction, actor, unmet)
        return
    if len(mentors) > MAX_OPTIONS:
        # Translators: {count} is 25. This follows "The best rated come first.", for example.
        some = _("These are {count} of them; `/mentor search` finds the others.", count=MAX_OPTIONS)
        text = sentences(text, some)
    guild = await db.read(guild_settings.load, selection.guild_id)
    menu = ChoiceMenu.new(interaction, "mentor", selection)
    menu.item.placeholder = _("Choose a mentor")
    menu.item.options = [
        _mentor_option(mentor, guild, reader_of(interaction)) for mentor in mentors[:MAX_OPTIONS]
    ]
    card = Card(title=_("Who would you like to meet?"), text=text)
    if not back and typed.mentor_query:
        everyone = replace(selection, tag_id=ANY_TAG)
        back.append(StepButton(BookingStep.MENTORS, everyone, _("Show everyone")))
    if unmet is not None and interaction.guild_id is not None:
        card.add_kept(Kept.EXPERTISE, _("You searched for"), unmet)
        back.append(AskForHelpButton())
    await show_screen(interaction, card, typed, note, menu, *back, DismissBookingButton())
    if unmet is not None:
        await count_unmet(interaction, actor, unmet)


async def ask_for_help_button(
    interaction: Interaction, selection: Selection, card: Card
) -> AskForHelpButton:
    """Return the button that asks all mentors, and note the selected expertise on the card.

    The form begins with what the card says.
    """
    if selection.tag_id is not None:
        actor = selection_actor(interaction, selection)
        expertise = await interaction.client.db.read(directory.load_expertise, actor)
        if selection.tag_id in expertise:
            card.add_kept(Kept.EXPERTISE, _("Expertise"), expertise[selection.tag_id])
    return AskForHelpButton()


async def _has_tags_step(
    interaction: Interaction, selection: Selection, expertise: dict[int, str]
) -> bool:
    """Return whether people choose an expertise first, because one menu can't hold all mentors."""
    if len(expertise) < 2:
        return False
    mentors = await interaction.client.db.read(
        directory.suggest_mentors,
        selection_actor(interaction, selection),
        "",
        limit=MAX_OPTIONS + 1,
    )
    return len(mentors) > MAX_OPTIONS


def _mentor_option(
    mentor: MentorView, guild: GuildSettings, reader: Reader
) -> discord.SelectOption:
    rate = hourly_rate_in_label(mentor.hourly_rate, guild, reader)
    return discord.SelectOption(
        label=shortened(mentor.name, 100),
        value=str(mentor.user_id),
        description=shortened(
            f"{rating(mentor.rating, mentor.rating_count)} · {rate} · {tags(mentor.expertise)}", 100
        ),
    )
