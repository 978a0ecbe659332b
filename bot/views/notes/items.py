"""The buttons and the menu of the card with a session's notes, next steps and links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.persistent import PersistentButton, PersistentSelect, cache_buster
from bot.formatting import shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.notes.forms import (
    NOTES_SCREEN,
    LinkForm,
    PrivateNoteForm,
    SharedNoteForm,
    StepForm,
)
from bot.views.sessions.session_actions import SessionButton, refresh_card
from mentorship.relationships import links, next_steps, notebook
from mentorship.relationships.links import LinkView
from mentorship.relationships.next_steps import StepView
from wording.translation import N_, _, pgettext


class BackToSessionButton(SessionButton):
    """Shows the session again."""

    key, label = "notes-back", N_("Back to session")

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)


class EditSharedNoteButton(SessionButton):
    """Opens the form with the note that both people share."""

    key, label = "note-shared", N_("Edit shared note")
    style = discord.ButtonStyle.primary

    async def perform(self, interaction: Interaction) -> None:
        notes = await interaction.client.db.read(
            notebook.load, actor_of(interaction), self.session_id
        )
        await interaction.response.send_modal(SharedNoteForm.of(notes))


class EditPrivateNoteButton(SessionButton):
    """Opens the form with the person's own note."""

    key, label = "note-private", N_("My private note")

    async def perform(self, interaction: Interaction) -> None:
        notes = await interaction.client.db.read(
            notebook.load, actor_of(interaction), self.session_id
        )
        form = PrivateNoteForm(self.session_id, notes.private.text, notes.private.revision)
        await interaction.response.send_modal(form)


class AddStepButton(SessionButton):
    """Opens the form for a new next step."""

    key, label = "step-add", N_("Add next step")

    async def perform(self, interaction: Interaction) -> None:
        notes = await interaction.client.db.read(
            notebook.load, actor_of(interaction), self.session_id
        )
        form = StepForm(notes.session, notes.party, reader_of(interaction))
        await interaction.response.send_modal(form)


class AddLinkButton(SessionButton):
    """Opens the form for a new link."""

    key, label = "share-link", N_("Add link")

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.read(notebook.load, actor_of(interaction), self.session_id)
        await interaction.response.send_modal(LinkForm(self.session_id))


class _StepButton(PersistentButton, template="unused"):
    """A button about a next step. `key` is the end of its custom id."""

    key = ""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(template=rf"step:(?P<id>\d{{1,18}}):{cls.key}", **kwargs)

    def __init__(self, step_id: int) -> None:
        self.step_id = step_id
        super().__init__(f"step:{step_id}:{self.key}", self.label())

    def label(self) -> str:
        """Return what is on the button."""
        raise NotImplementedError

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))


class CompleteStepButton(_StepButton):
    """Marks a step as done."""

    key = "done"

    def label(self) -> str:
        # Translators: marks something as done
        return pgettext("button", "Done")

    async def on_press(self, interaction: Interaction) -> None:
        actor = actor_of(interaction)
        step = await interaction.client.db.run(next_steps.complete, actor, self.step_id)
        await NOTES_SCREEN.show(interaction, step.session_id)


class ReopenStepButton(_StepButton):
    """Marks a step as open again."""

    key = "undo"

    def label(self) -> str:
        return pgettext("button", "Undo")

    async def on_press(self, interaction: Interaction) -> None:
        actor = actor_of(interaction)
        step = await interaction.client.db.run(next_steps.reopen, actor, self.step_id)
        await NOTES_SCREEN.show(interaction, step.session_id)


_EDIT_STEP, _REMOVE_STEP, _REMOVE_LINK = "edit", "remove", "unlink"


class ChangeMenu(
    PersistentSelect, template=r"session:(?P<id>\d{1,18}):notes-change:(?P<bust>\d{1,2})"
):
    """Lists what can be edited or removed: the steps and the links of a session."""

    def __init__(self, session_id: int, labels: Mapping[str, str] | None = None, bust: int = 0):
        self.session_id = session_id
        super().__init__(
            f"session:{session_id}:notes-change:{bust}",
            _("Edit or remove"),
            [
                discord.SelectOption(label=shortened(label, 100), value=value)
                for value, label in (labels or {}).items()
            ],
        )

    @classmethod
    def of(
        cls,
        interaction: Interaction,
        session_id: int,
        steps: Mapping[StepView, str],
        own_links: Mapping[LinkView, str],
    ) -> Self:
        """Return the menu for steps and links with their labels."""
        # Translators: in a menu; {text} is a next step, or the name of a link
        labels = {
            f"{_EDIT_STEP}-{step.id}": _("Edit: {text}", text=text) for step, text in steps.items()
        }
        labels |= {
            f"{_REMOVE_STEP}-{step.id}": _("Remove: {text}", text=text)
            for step, text in steps.items()
        }
        labels |= {
            f"{_REMOVE_LINK}-{link.id}": _("Remove link: {text}", text=text)
            for link, text in own_links.items()
        }
        return cls(session_id, labels, cache_buster(interaction))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        pattern = rf"({_EDIT_STEP}|{_REMOVE_STEP}|{_REMOVE_LINK})-(\d{{1,18}})"
        match = re.fullmatch(pattern, "".join(values))
        if match is None:
            await NOTES_SCREEN.show(interaction, self.session_id)
            return
        db, actor, row_id = interaction.client.db, actor_of(interaction), int(match[2])
        if match[1] == _EDIT_STEP:
            step = await db.read(next_steps.load, actor, row_id)
            notes = await db.read(notebook.load, actor, step.session_id)
            form = StepForm(notes.session, notes.party, reader_of(interaction), step)
            await interaction.response.send_modal(form)
            return
        use_case = next_steps.remove if match[1] == _REMOVE_STEP else links.remove
        await db.run(use_case, actor, row_id)
        await NOTES_SCREEN.show(interaction, self.session_id)
