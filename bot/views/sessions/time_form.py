"""The form in which a mentor types another time for a session, in their hours or not."""

from __future__ import annotations

import re
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form
from bot.components.screens import Screen
from bot.drafts import FlowKey
from bot.formatting import shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.views.sessions.session_actions import RefusableButton, current_card_if_refused
from mentorship.sessions import transitions
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from mentorship.time.natural_time import parser
from mentorship.time.natural_time.parser import ParsedTime
from wording import examples, times
from wording.lists import enumerated
from wording.names import first_name
from wording.reader import Reader
from wording.translation import _

TYPED_TIME_SCREEN: Screen[Interaction, int, ParsedTime] = Screen()
"""What a typed time means for the session with that id."""


class TypeTimeButton(RefusableButton, template=r"move:type:(?P<id>\d{1,18})"):
    """Opens the form."""

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"move:type:{session_id}", _("Enter a time"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def perform(self, interaction: Interaction) -> None:
        db, drafts = interaction.client.db, interaction.client.drafts
        session = await db.read(
            transitions.load_actionable, actor_of(interaction), self.session_id, Action.PROPOSE
        )
        draft = drafts.typed.get(_draft_key(interaction, session.id), db.now())
        await interaction.response.send_modal(
            TimeForm(session, interaction.user.id, reader_of(interaction), draft)
        )


class TimeForm(Form):
    """One time as text, in the reader's time zone."""

    def __init__(
        self, session: SessionView, reader_id: int, reader: Reader, draft: str | None
    ) -> None:
        super().__init__(title=_("Suggest another time"))
        self.session_id = session.id
        self.zone = session.zone_of(reader_id)
        self.time = ui.TextInput["TimeForm"](
            custom_id="time",
            max_length=100,
            placeholder=enumerated(examples.exact_times(reader), reader),
            default=draft,
        )
        name = first_name(session.other(reader_id).name)
        zone = times.zone_name(self.zone, reader)
        self.add_item(
            ui.Label(
                text=shortened(_("When would you like to meet {name}?", name=name), 45),
                description=_(
                    "Your time ({zone}). It may be outside your weekly hours.", zone=zone
                )[:100],
                component=self.time,
            )
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, drafts = interaction.client.db, interaction.client.drafts
        key = _draft_key(interaction, self.session_id)
        # Kept until it is read, so that a mistake does not cost what was typed.
        drafts.typed.put(key, self.time.value, db.now())
        locale = actor_of(interaction).language
        time = parser.parse(self.time.value, zone=self.zone, now=db.now(), locale=locale)
        drafts.typed.pop(key, db.now())
        async with current_card_if_refused(interaction, self.session_id):
            await TYPED_TIME_SCREEN.show(interaction, self.session_id, time)


def _draft_key(interaction: discord.Interaction, session_id: int) -> FlowKey:
    return FlowKey.of(interaction, ("reschedule", session_id))
