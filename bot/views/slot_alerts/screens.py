"""The screens of slot alerts: the menus of one, the saved one, the list, and the message."""

from __future__ import annotations

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.formatting import plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.booking.items import DismissBookingButton, StepButton
from bot.views.booking.steps import BookingStep, Selection
from bot.views.slot_alerts.items import (
    FORM,
    OWN_ALERTS,
    REMOVED,
    SAVED,
    AlertDaysMenu,
    AlertDraft,
    AlertPartMenu,
    DismissAlertButton,
    EditAlertButton,
    OpenAlertMenu,
    RemoveAlertButton,
    SaveAlertButton,
)
from mentorship.actors import Actor
from mentorship.availability.slot_alerts import alerts
from mentorship.availability.slot_alerts.alerts import SlotAlertView
from mentorship.availability.slot_alerts.open_slots import OpenSlots
from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.errors import SlotsOpen
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import members
from wording.durations import session_length
from wording.names import first_name
from wording.offers import slot_alerts as words
from wording.points import format_points
from wording.reader import Reader
from wording.times import describe_compact, zone_name

MAX_LISTED = 25
"""Alerts in the menu. Discord allows no more options."""

MUTED = (
    "You've turned these notifications off, so I won't message you until you turn them on again "
    "in `/notifications`."
)


async def show_form(
    interaction: Interaction, guild_id: int, mentor_id: int, wish: SlotWish | None, note: str
) -> None:
    """Show the menus of an alert."""
    actor, reader = actor_of(interaction, guild_id), reader_of(interaction)
    form = await interaction.client.db.read(alerts.before_set, actor, mentor_id)
    if wish is None:
        wish = SlotWish() if form.alert is None else form.alert.wish
    draft = AlertDraft(guild_id, mentor_id, wish)
    name = plain(first_name(form.mentor_name))
    card = Card(
        title=f"Tell me when {plain(form.mentor_name)} has a slot",
        text=f"When {name} has a slot that you can book, I'll message you once. Members are told "
        "in the order they asked.",
        accent=Accent.NEUTRAL,
    )
    card.add_text(f"Which slots suit you, in your time ({zone_name(form.zone, reader)})?")
    remove = [] if form.alert is None else [RemoveAlertButton(guild_id, mentor_id)]
    await respond(
        interaction,
        note,
        card=card,
        actions=action_rows(
            AlertDaysMenu.new(interaction, draft),
            AlertPartMenu.new(interaction, draft, reader),
            SaveAlertButton(draft, "Tell me" if form.alert is None else "Save changes"),
            *remove,
            DismissAlertButton(),
        ),
    )


async def save(interaction: Interaction, draft: AlertDraft) -> None:
    """Save an alert and show it, or the slots that are open already."""
    actor, reader = actor_of(interaction, draft.guild_id), reader_of(interaction)
    db = interaction.client.db
    try:
        alert = await db.run(alerts.set_alert, actor, draft.mentor_id, draft.wish)
    except SlotsOpen as error:
        zone = (await db.read(members.load, actor)).require_timezone()
        await respond(
            interaction,
            card=Card(
                title=f"{plain(error.mentor_name)} has open slots that suit you",
                text="You needn't wait. These are the next ones, in your time "
                f"({zone_name(zone, reader)}):",
                accent=Accent.NEUTRAL,
            ),
            actions=action_rows(
                *_slot_buttons(
                    Selection(draft.guild_id, None, draft.mentor_id, error.minutes),
                    OpenSlots(
                        draft.mentor_id, error.mentor_name, error.minutes, 0, zone, error.starts
                    ),
                    reader,
                ),
                EditAlertButton(draft, "Other days or times"),
                DismissBookingButton(),
            ),
        )
        return
    name = plain(first_name(alert.mentor_name))
    card = Card(
        title=f"You'll get a message when {name} has a slot",
        accent=Accent.AGREED,
    )
    card.add_fact("Slots that suit you", words.wish(alert.wish, reader))
    if alert.is_muted:
        card.add_text(MUTED)
    card.add_note("Your slot alerts are in /notifications.")
    await respond(
        interaction,
        card=card,
        actions=action_rows(
            EditAlertButton(draft, "Change"),
            RemoveAlertButton(draft.guild_id, draft.mentor_id),
        ),
    )


async def show_own(interaction: Interaction, note: str) -> None:
    """List the person's alerts, with a menu that opens one."""
    reader = reader_of(interaction)
    own = await interaction.client.db.read(alerts.list_own, actor_of(interaction))
    card = Card(title="Your slot alerts", accent=Accent.NEUTRAL)
    if not own:
        card.text = (
            "You have none. To get a message when a mentor has a slot, open `/mentor profile` and "
            "press **Tell me when there's a slot**."
        )
        await respond(interaction, note, card=card)
        return
    card.text = "\n".join(f"• {_describe(alert, reader)}" for alert in own[:MAX_LISTED])
    if own[0].is_muted:
        card.add_text(MUTED)
    menu = OpenAlertMenu.new(interaction, own[:MAX_LISTED], reader)
    await respond(interaction, note, card=card, actions=action_rows(menu))


async def remove(interaction: Interaction, actor: Actor, mentor_id: int) -> None:
    """Remove an alert, and say so."""
    await interaction.client.db.run(alerts.remove, actor, mentor_id)
    await respond(interaction, "The alert is removed. You won't get a message.")


def slots_message(
    slots: OpenSlots, guild: GuildSettings, reader: Reader
) -> tuple[str, Card, ActionRows]:
    """Return the headline, the card and the buttons that tell a member of open slots."""
    name = plain(first_name(slots.mentor_name))
    price = format_points(slots.price, guild, reader) if slots.price else "free"
    card = Card(
        title=f"Book {plain(slots.mentor_name)}",
        text=f"{session_length(slots.minutes, reader)}, {price}. The next slots that suit you, in "
        f"your time ({zone_name(slots.zone, reader)}):",
        accent=Accent.WAITING,
    )
    selection = Selection(guild.id, None, slots.mentor_id, slots.minutes)
    headline = f"{name} has an open slot." if len(slots.starts) == 1 else f"{name} has open slots."
    return headline, card, action_rows(*_slot_buttons(selection, slots, reader))


def _slot_buttons(selection: Selection, slots: OpenSlots, reader: Reader) -> list[StepButton]:
    """Return a button to the confirmation card of each slot, and one to all of them."""
    return [
        *(
            StepButton(
                BookingStep.CARD,
                Selection(selection.guild_id, None, slots.mentor_id, slots.minutes, start),
                describe_compact(start, slots.zone, reader),
            )
            for start in slots.starts
        ),
        StepButton(BookingStep.DAYS, selection, "All slots"),
    ]


def _describe(alert: SlotAlertView, reader: Reader) -> str:
    return f"**{plain(alert.mentor_name)}**: {words.wish(alert.wish, reader)}"


FORM.register(show_form)
SAVED.register(save)
OWN_ALERTS.register(show_own)
REMOVED.register(remove)
