"""The mentor's answers to a request for a series: confirm or decline all of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.persistent import Form
from bot.interaction import Interaction
from bot.replies import defer
from bot.views.series.items import SERIES_CARD, SeriesButton, current_series_if_refused
from mentorship import consent
from mentorship.errors import Term
from mentorship.sessions import transitions
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.series import changes, views
from mentorship.sessions.session_views import SessionView
from wording.names import first_name
from wording.translation import _, ngettext

_TERMS = r":(?P<terms>[0-9a-f]{8})"


class _AnswerButton(SeriesButton):
    """A button that answers all pending sessions of a series, as its card shows them.

    `terms` is the `views.times_digest` of these sessions.
    """

    def __init__(self, series_id: int, terms: str, label: str | None = None) -> None:
        super().__init__(series_id, terms, label=label)
        self.terms = terms

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), match["terms"])

    @classmethod
    def of(cls, series_id: int, sessions: Sequence[SessionView]) -> Self:
        """Return the button for those sessions of a series that it would answer."""
        label = cls.label_for(len(sessions))
        return cls(series_id, views.times_digest(tuple(sessions)), label)

    @staticmethod
    def label_for(count: int) -> str:
        """Return the label of the button that answers so many sessions."""
        raise NotImplementedError


class ConfirmSeriesButton(_AnswerButton, arguments=_TERMS):
    """Confirms all pending sessions at their current times."""

    key, style = "confirm", discord.ButtonStyle.success

    @staticmethod
    def label_for(count: int) -> str:
        if count == 1:
            # Translators: a button; "one" is a session of a series.
            return _("Confirm the last one")
        # Translators: a button about the sessions of a series; {count} is at least 2.
        return ngettext("Confirm {count}", "Confirm all {count}", count)

    async def perform(self, interaction: Interaction) -> None:
        await defer(interaction)
        await interaction.client.db.run(
            changes.confirm_series,
            actor_of(interaction),
            self.series_id,
            terms_shown=self.terms,
        )
        await SERIES_CARD.show(interaction, self.series_id)


class DeclineSeriesButton(_AnswerButton, arguments=_TERMS):
    """Opens the form that declines all pending sessions."""

    key, style = "decline", discord.ButtonStyle.danger

    @staticmethod
    def label_for(count: int) -> str:
        if count == 1:
            # Translators: a button; "one" is a session of a series.
            return _("Decline the last one")
        # Translators: a button about the sessions of a series; {count} is at least 2.
        return ngettext("Decline {count}", "Decline all {count}", count)

    async def perform(self, interaction: Interaction) -> None:
        _series, sessions = await interaction.client.db.read(
            changes.load_answerable, actor_of(interaction), self.series_id, Action.DECLINE
        )
        consent.require(Term.SERIES, self.terms, views.times_digest(sessions))
        await interaction.response.send_modal(
            DeclineSeriesForm(self.series_id, self.terms, sessions)
        )


class DeclineSeriesForm(Form):
    """Declines all pending sessions of a series, with an optional reason for the mentee."""

    def __init__(self, series_id: int, terms: str, sessions: Sequence[SessionView]) -> None:
        super().__init__(title=_("Decline this request"))
        self.series_id, self.terms = series_id, terms
        session = sessions[0]
        name = first_name(session.mentee.name)
        # Translators: the reason that is typed into a form, here and in what follows.
        hint = _("{name} will read it", name=name)
        if session.price:
            hint = _("{name} will read it and is refunded in full", name=name)
        self.reason = self.add_text_area(
            "reason",
            _("Would you like to say why?"),
            hint,
            max_length=transitions.LONGEST_REASON,
            required=False,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        async with current_series_if_refused(interaction, self.series_id):
            await defer(interaction)
            await interaction.client.db.run(
                changes.decline_series,
                actor_of(interaction),
                self.series_id,
                self.reason.value,
                terms_shown=self.terms,
            )
            await SERIES_CARD.show(interaction, self.series_id)
