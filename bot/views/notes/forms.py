"""The forms for notes, next steps and links, filled in with what is there."""

from __future__ import annotations

from datetime import date

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card
from bot.components.persistent import Form
from bot.components.screens import Screen
from bot.errors import sentence
from bot.formatting import quoted, shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.notes.link_form import LinkFields
from mentorship.errors import TextChanged
from mentorship.relationships import links, next_steps, notes
from mentorship.relationships.next_steps import StepDraft, StepView
from mentorship.relationships.notebook import Notebook
from mentorship.relationships.notes import NoteView
from mentorship.relationships.texts import (
    MAX_NOTE,
    MAX_STEP,
    Assignee,
)
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from mentorship.time.natural_time import parser
from wording import examples, times
from wording.lists import enumerated
from wording.names import first_name
from wording.reader import Reader
from wording.translation import _, pgettext

NOTES_SCREEN: Screen[Interaction, int] = Screen()
"""The notes of the session with that id, in place of the pressed card; `card` shows them."""

SHOWN_OF_CHANGE = 1_500
"""Characters of the other's text that are shown to somebody who has changed the same note."""


class _NoteForm(Form):
    """A note of a session. `revision` is that of the note that its writer has seen.

    If it was changed meanwhile, its writer is shown that change. The form with their own text can
    then be opened again, and replaces the change if they save it.
    """

    def __init__(self, title: str, hint: str, session_id: int, text: str, revision: int) -> None:
        super().__init__(title=title)
        self.session_id, self.revision = session_id, revision
        self.text = self.add_text_area(
            "text",
            pgettext("a text that somebody writes", "Note"),
            hint,
            max_length=MAX_NOTE,
            required=False,
            default=text or None,
        )

    async def answer_change(
        self, interaction: Interaction, error: TextChanged, current: NoteView
    ) -> None:
        """Show what the note says now, with a button back to the form with the writer's text."""
        self.revision = error.revision
        card = Card(
            title=_("The note now"),
            text=quoted(shortened(current.text, SHOWN_OF_CHANGE))
            if current.text
            else _("It's empty."),
            accent=Accent.WAITING,
        )
        card.add_note(_("Open the form again to add your text. What you save replaces this note."))
        content = sentence(error, reader_of(interaction))
        await respond(interaction, content, card=card, actions=self.keep(interaction, error))


class SharedNoteForm(_NoteForm):
    """The note that both people of a session read and write."""

    def __init__(self, session_id: int, other: str, text: str, revision: int) -> None:
        self.draft_flow = f"note-{session_id}"
        self.other = other
        hint = _("{name} can read and edit it.", name=other)
        super().__init__(_("Shared note"), hint, session_id, text, revision)

    @classmethod
    def of(cls, notebook: Notebook) -> SharedNoteForm:
        """Return the form with the note as it is now."""
        session, note = notebook.session, notebook.shared
        other = first_name(session.person(notebook.party.other).name)
        return cls(session.id, other, note.text, note.revision)

    def reopened(self) -> SharedNoteForm:
        return SharedNoteForm(self.session_id, self.other, self.text.value, self.revision)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        try:
            await db.run(notes.write_shared, actor, self.session_id, self.text.value, self.revision)
        except TextChanged as error:
            current = await db.read(notes.load_shared, actor, self.session_id)
            await self.answer_change(interaction, error, current)
        else:
            await NOTES_SCREEN.show(interaction, self.session_id)


class PrivateNoteForm(_NoteForm):
    """A note that only its author reads."""

    def __init__(self, session_id: int, text: str, revision: int) -> None:
        self.draft_flow = f"privatenote-{session_id}"
        super().__init__(
            _("My private note"), _("Only you can read it."), session_id, text, revision
        )

    def reopened(self) -> PrivateNoteForm:
        return PrivateNoteForm(self.session_id, self.text.value, self.revision)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        try:
            await db.run(
                notes.write_private, actor, self.session_id, self.text.value, self.revision
            )
        except TextChanged as error:
            current = await db.read(notes.load_private, actor, self.session_id)
            await self.answer_change(interaction, error, current)
        else:
            await NOTES_SCREEN.show(interaction, self.session_id)


def member_zone(session: SessionView, party: Party) -> str:
    """Return the time zone in which a participant types dates."""
    return session.person(party).timezone or session.timezone


class StepForm(Form):
    """What is to be done, by whom and until when: a new step, or one to change."""

    def __init__(
        self,
        session: SessionView,
        party: Party,
        reader: Reader,
        step: StepView | None = None,
        *,
        typed: tuple[str, str, Assignee] | None = None,
        revision: int | None = None,
    ) -> None:
        super().__init__(title=_("Next step") if step is None else _("Edit next step"))
        self.draft_flow = f"step-{session.id}" if step is None else f"editstep-{step.id}"
        self.session, self.party, self.reader, self.step = session, party, reader, step
        self.revision = revision if revision is not None or step is None else step.revision
        text, due, assignee = typed or self._initial()
        self.text = self.add_line("text", _("Next step"), max_length=MAX_STEP, default=text)
        self.due = self.add_line(
            "due",
            pgettext("day on which a next step is due", "Due"),
            _("A day, to be reminded on it. Leave it empty for no date."),
            max_length=parser.LONGEST_TEXT,
            default=due,
            placeholder=enumerated(examples.days(reader), reader),
            required=False,
        )
        other = first_name(session.person(party.other).name)
        self.who = ui.Select["StepForm"](
            custom_id="who",
            options=[
                discord.SelectOption(
                    label=label[:100], value=value.value, default=value is assignee
                )
                for label, value in (
                    (pgettext("who does a next step", "You"), Assignee(party)),
                    (other, Assignee(party.other)),
                    (pgettext("who does a next step", "Both of you"), Assignee.BOTH),
                )
            ],
        )
        self.add_item(ui.Label(text=_("Who does it?"), component=self.who))

    def _initial(self) -> tuple[str, str, Assignee]:
        if self.step is None:
            return "", "", Assignee.MENTEE
        return self.step.text, self._due_text(), self.step.assignee

    def _due_text(self) -> str:
        """Return the date that the step has as its reader would type it."""
        due_on = None if self.step is None else self.step.due_on
        return "" if due_on is None else times.full_date(due_on, self.reader)

    @property
    def _assignee(self) -> Assignee:
        return Assignee(self.who.values[0]) if self.who.values else self._initial()[2]

    def reopened(self) -> StepForm:
        typed = (self.text.value, self.due.value, self._assignee)
        return StepForm(
            self.session, self.party, self.reader, self.step, typed=typed, revision=self.revision
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        draft = StepDraft(self.text.value, self._assignee, self._read_date(interaction))
        if self.step is None:
            await db.run(next_steps.add, actor, self.session.id, draft)
        else:
            try:
                await db.run(next_steps.edit, actor, self.step.id, draft, self.revision)
            except TextChanged as error:
                # Whoever opens the form again has been told that there is a newer one.
                self.revision = error.revision
                raise
        await NOTES_SCREEN.show(interaction, self.session.id)

    def _read_date(self, interaction: Interaction) -> date | None:
        typed = self.due.value.strip()
        if not typed:
            return None
        if self.step is not None and typed == self._due_text():
            # It may be past by now.
            return self.step.due_on
        return parser.parse_day(
            typed,
            zone=member_zone(self.session, self.party),
            now=interaction.client.db.now(),
            locale=actor_of(interaction).language,
        )


class LinkForm(LinkFields):
    """A recording or document for the people in a session."""

    def __init__(self, session_id: int, address: str = "", label: str = "") -> None:
        hint = _("A recording or document that both of you can open.")
        super().__init__(hint, address, label)
        self.draft_flow = f"sharelink-{session_id}"
        self.session_id = session_id

    def reopened(self) -> LinkForm:
        return LinkForm(self.session_id, self.address.value, self.label.value)

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        await interaction.client.db.run(
            links.add,
            actor_of(interaction),
            self.session_id,
            self.label.value,
            self.address.value,
        )
        await NOTES_SCREEN.show(interaction, self.session_id)
