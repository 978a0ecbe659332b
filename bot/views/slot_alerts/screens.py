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
from wording.translation import N_, _, pgettext, sentences

MAX_LISTED = 25
"""Alerts in the menu. Discord allows no more options."""

MUTED = N_(
    "You've turned these notifications off, so I won't message you until you turn them on again "
    "in `/notifications`."
)
"""What a member reads whose slot alerts aren't sent."""


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
        title=_("Tell me when {name} has a slot", name=plain(form.mentor_name)),
        text=_(
            "When {name} has a slot that you can book, I'll message you once. "
            "Members are told in the order they asked.",
            name=name,
        ),
        accent=Accent.NEUTRAL,
    )
    zone = zone_name(form.zone, reader)
    # Translators: {zone} is such as "London".
    card.add_text(_("Which slots suit you, in your time ({zone})?", zone=zone))
    remove = [] if form.alert is None else [RemoveAlertButton(guild_id, mentor_id)]
    await respond(
        interaction,
        note,
        card=card,
        actions=action_rows(
            AlertDaysMenu.new(interaction, draft),
            AlertPartMenu.new(interaction, draft, reader),
            SaveAlertButton(
                draft, pgettext("button", "Tell me") if form.alert is None else _("Save changes")
            ),
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
                title=_("{name} has open slots that suit you", name=plain(error.mentor_name)),
                # Translators: {zone} is such as "London".
                text=_(
                    "You needn't wait. These are the next ones, in your time ({zone}):",
                    zone=zone_name(zone, reader),
                ),
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
                EditAlertButton(draft, _("Other days or times")),
                DismissBookingButton(),
            ),
        )
        return
    name = plain(first_name(alert.mentor_name))
    card = Card(
        title=_("You'll get a message when {name} has a slot", name=name),
        accent=Accent.AGREED,
    )
    card.add_fact(_("Slots that suit you"), words.wish(alert.wish, reader))
    if alert.is_muted:
        card.add_text(_(MUTED))
    card.add_note(_("Your slot alerts are in /notifications."))
    await respond(
        interaction,
        card=card,
        actions=action_rows(
            EditAlertButton(draft, pgettext("button", "Change")),
            RemoveAlertButton(draft.guild_id, draft.mentor_id),
        ),
    )


async def show_own(interaction: Interaction, note: str) -> None:
    """List the person's alerts, with a menu that opens one."""
    reader = reader_of(interaction)
    own = await interaction.client.db.read(alerts.list_own, actor_of(interaction))
    card = Card(title=_("Your slot alerts"), accent=Accent.NEUTRAL)
    if not own:
        card.text = _(
            "You have none. To get a message when a mentor has a slot, open `/mentor "
            "profile` and press **Tell me when there's a slot**."
        )
        await respond(interaction, note, card=card)
        return
    card.text = "\n".join(f"• {_describe(alert, reader)}" for alert in own[:MAX_LISTED])
    if own[0].is_muted:
        card.add_text(_(MUTED))
    menu = OpenAlertMenu.new(interaction, own[:MAX_LISTED], reader)
    await respond(interaction, note, card=card, actions=action_rows(menu))


async def remove(interaction: Interaction, actor: Actor, mentor_id: int) -> None:
    """Remove an alert, and say so."""
    await interaction.client.db.run(alerts.remove, actor, mentor_id)
    await respond(interaction, _("The alert is removed. You won't get a message."))


def slots_message(
    slots: OpenSlots, guild: GuildSettings, reader: Reader
) -> tuple[str, Card, ActionRows]:
    """Return the headline, the card and the buttons that tell a member of open slots."""
    name = plain(first_name(slots.mentor_name))
    free = pgettext("a price", "free")
    price = format_points(slots.price, guild, reader) if slots.price else free
    # Translators: "60 minutes, 🪙 60."
    offer = _("{length}, {price}.", length=session_length(slots.minutes, reader), price=price)
    zone = zone_name(slots.zone, reader)
    # Translators: {zone} is such as "London".
    suiting = _("The next slots that suit you, in your time ({zone}):", zone=zone)
    card = Card(
        title=_("Book {name}", name=plain(slots.mentor_name)),
        text=sentences(offer, suiting),
        accent=Accent.WAITING,
    )
    selection = Selection(guild.id, None, slots.mentor_id, slots.minutes)
    headline = (
        _("{name} has an open slot.", name=name)
        if len(slots.starts) == 1
        else _("{name} has open slots.", name=name)
    )
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
        StepButton(BookingStep.DAYS, selection, _("All slots")),
    ]


def _describe(alert: SlotAlertView, reader: Reader) -> str:
    # Translators: a mentor, and which of their slots suit: "Oliver: Saturday or Sunday".
    return _(
        "**{name}**: {slots}", name=plain(alert.mentor_name), slots=words.wish(alert.wish, reader)
    )


FORM.register(show_form)
SAVED.register(save)
OWN_ALERTS.register(show_own)
REMOVED.register(remove)
