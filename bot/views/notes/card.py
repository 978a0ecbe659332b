"""The card with the notes, next steps and links of a session, for one of its two people."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.formatting import discord_timestamp, plain, quoted, relative, shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.notes.forms import NOTES_SCREEN
from bot.views.notes.items import (
    AddLinkButton,
    AddStepButton,
    BackToSessionButton,
    ChangeMenu,
    CompleteStepButton,
    EditPrivateNoteButton,
    EditSharedNoteButton,
    ReopenStepButton,
)
from bot.views.notes.texts import step_details
from bot.views.sessions.list_navigation import back_to_list
from bot.views.sessions.people import other_name, short_name
from bot.views.sessions.session_actions import SessionButton
from mentorship.relationships import notebook
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.notebook import Notebook
from mentorship.relationships.notes import NoteView
from mentorship.relationships.texts import MAX_LINKS, MAX_STEPS
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from wording.reader import Reader
from wording.translation import N_, _, pgettext

SHOWN_OF_SHARED = 1_400
SHOWN_OF_PRIVATE = 500
"""Characters of each note that the card shows. The forms have all of them."""

_LABEL = 80
"""Characters of a step or link in the menu, whose labels can have 100."""


def notes_card(notes: Notebook, reader: Reader) -> Card:
    """Return the card, with a button beside each step and one for each link."""
    session = notes.session
    name = other_name(session, session.person(notes.party).user_id)
    day = discord_timestamp(session.starts_at, "D")
    card = Card(
        title=_("Notes and next steps"),
        text=_("Your session with {name} on {day}.", name=name, day=day),
        accent=Accent.NEUTRAL,
    )
    card.add_long_fact(_("Shared note"), _shared_text(notes))
    if notes.private.text:
        card.add_long_fact(
            _("My private note (only you can read it)"), _note_text(notes.private, SHOWN_OF_PRIVATE)
        )
    if notes.steps:
        card.add_text("**{}**".format(_("Next steps")))
    for step in notes.steps:
        button = ReopenStepButton(step.id) if step.is_done else CompleteStepButton(step.id)
        card.add_section(_step_text(step, session, notes.party, reader), button)
    if notes.links:
        card.add_text("**{}**".format(_("Links")))
        card.add_actions(
            *(
                ui.Button[Any](label=shortened(link.label, _LABEL), url=link.url)
                for link in notes.links
            )
        )
    return card


def _shared_text(notes: Notebook) -> str:
    note = notes.shared
    if not note.text:
        return pgettext("the text of a note", "Nothing yet.")
    text = _note_text(note, SHOWN_OF_SHARED)
    if note.changed_by is None or note.changed_at is None:
        return text
    time = relative(note.changed_at)
    if note.changed_by is notes.party:
        changed = _("Last changed by you {time}", time=time)
    else:
        name = short_name(notes.session.person(note.changed_by))
        # Translators: {time} is "2 hours ago"
        changed = _("Last changed by {name} {time}", name=name, time=time)
    return f"{text}\n-# {changed}"


def _note_text(note: NoteView, length: int) -> str:
    return quoted(shortened(note.text, length))


def _step_text(step: StepView, session: SessionView, party: Party, reader: Reader) -> str:
    text = f"~~{plain(step.text)}~~" if step.is_done else plain(step.text)
    return f"{text}\n-# {step_details(step, session, party, reader)}"


def _actions(interaction: Interaction, notes: Notebook) -> ActionRows:
    session = notes.session
    items: list[ui.Item[Any]] = []
    if notes.can_add:
        items.append(EditSharedNoteButton(session.id))
    items.append(EditPrivateNoteButton(session.id))
    if notes.can_add and len(notes.steps) < MAX_STEPS:
        items.append(AddStepButton(session.id))
    own_links = [link for link in notes.links if link.session_id is not None]
    if notes.can_add and len(own_links) < MAX_LINKS:
        items.append(AddLinkButton(session.id))
    if notes.steps or own_links:
        labels = {step: shortened(step.text, _LABEL) for step in notes.steps}
        link_labels = {link: shortened(link.label, _LABEL) for link in own_links}
        items.append(ChangeMenu.of(interaction, session.id, labels, link_labels))
    return action_rows(*items, BackToSessionButton(session.id), *back_to_list(interaction))


class NotesButton(SessionButton):
    """Shows the notes, next steps and links of a session so that only the person sees them."""

    key, label = "notes", N_("Notes and next steps")

    async def perform(self, interaction: Interaction) -> None:
        await _show(interaction, self.session_id)


async def _show(interaction: Interaction, session_id: int) -> None:
    """Show them in place of the pressed card, if only the person sees that, or in a new message."""
    notes = await interaction.client.db.read(notebook.load, actor_of(interaction), session_id)
    card = notes_card(notes, reader_of(interaction))
    await respond(interaction, card=card, actions=_actions(interaction, notes))


NOTES_SCREEN.register(_show)
