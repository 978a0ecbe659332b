"""Thanking the mentor of a session, with words and a tip in points."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import Form, PersistentButton
from bot.errors import sentence
from bot.formatting import plain, quoted
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card, press_key
from bot.views.sessions.people import short_name
from bot.views.sessions.session_actions import RefusableButton, refresh_card
from mentorship.errors import Field, InvalidField, Problem, TermsChanged
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.follow_up import thanks
from mentorship.sessions.follow_up.thanks import SessionThanks, ThanksQuote
from mentorship.sessions.session_views import SessionView
from mentorship.typed_numbers import parse_whole_number
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader
from wording.translation import N_, _, current_language, pgettext

LONGEST_TIP = 24
"""Characters that can be typed as a tip."""


def add_thanks(
    card: Card, given: SessionThanks, guild: GuildSettings, reader: Reader, *, is_mentor: bool
) -> None:
    """Add to the card of a session what its mentee has thanked the mentor with."""
    tip = _("Tip: {points}", points=format_points(given.tip, guild, reader)) if given.tip else ""
    words = quoted(given.text) if given.text else ""
    label = _("Your thanks")
    if is_mentor:
        label = pgettext("before the words of a mentee", "Thanks")
    card.add_fact(
        label,
        "\n".join(part for part in (words, tip) if part)
        or pgettext("thanks without words", "Sent"),
    )


class _ThanksButton(RefusableButton, template="unused"):
    """A button about the thanks for a session. `key` is the end of its custom id."""

    key = ""
    label = ""
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(
            template=template or rf"thanks:(?P<id>\d{{1,18}}):{cls.key}", **kwargs
        )

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"thanks:{session_id}:{self.key}", self.usual_label(), self.style)

    @classmethod
    def usual_label(cls) -> str:
        """Return the label of the button, in the reader's language."""
        return _(cls.label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))


class SayThanksButton(_ThanksButton):
    """Opens the form for thanks."""

    key, label = "begin", N_("Say thanks")

    async def perform(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        quote = await db.read(thanks.quote, actor, self.session_id)
        guild = await db.read(guild_settings.load, quote.session.guild_id)
        balance = format_points(quote.balance, guild, reader_of(interaction))
        await interaction.response.send_modal(ThanksForm(quote.session, balance))


class ThanksForm(Form):
    """A few words and a tip, both optional. A tip is confirmed on a card."""

    def __init__(
        self, session: SessionView, balance: str, words: str | None = None, tip: str | None = None
    ) -> None:
        super().__init__(title=_("Say thanks"))
        self.session, self.session_id, self.balance = session, session.id, balance
        self.draft_flow = f"thanks-{session.id}"
        name = first_name(session.mentor.name)
        self.words = self.add_text_area(
            "words",
            _("What would you like to say?"),
            _("Optional. Only {name} reads it.", name=name),
            max_length=thanks.LONGEST_TEXT,
            required=False,
            default=words,
        )
        self.tip = self.add_line(
            "tip",
            _("Tip in points (optional)"),
            _("You have {balance}. You confirm the tip on the next card.", balance=balance),
            max_length=LONGEST_TIP,
            required=False,
            default=tip,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        tip = _parse_tip(self.tip.value)
        if tip:
            quote = await db.read(thanks.quote, actor, self.session_id, self.words.value, tip)
            await _show_preview(interaction, quote)
            return
        await db.run(thanks.send, actor, self.session_id, self.words.value)
        await refresh_card(interaction, self.session_id)

    def reopened(self) -> ThanksForm:
        return ThanksForm(self.session, self.balance, self.words.value, self.tip.value)


def _parse_tip(text: str) -> int:
    """Read a typed tip; 0 for none. Raises `InvalidField`."""
    if not text.strip():
        return 0
    tip = parse_whole_number(text, current_language())
    if tip is None:
        raise InvalidField(Field.TIP, Problem.NOT_A_WHOLE_NUMBER, typed=text)
    return tip


async def _show_preview(
    interaction: Interaction, quote: ThanksQuote, note: str | None = None
) -> None:
    """Show what will be sent and paid, in place of the pressed card. Nothing is paid yet."""
    guild = await interaction.client.db.read(guild_settings.load, quote.session.guild_id)
    reader, name = reader_of(interaction), short_name(quote.session.mentor)
    tip = format_points(quote.tip, guild, reader)
    card = Card(
        title=_(
            "Thank {name} with a tip of {tip}?", name=plain(quote.session.mentor.name), tip=tip
        ),
        text=_("{name} is notified. You can't undo a tip.", name=name),
        accent=Accent.NEUTRAL,
    )
    if quote.text:
        card.add_kept(Kept.THANKS, _("Your words"), quote.text)
    card.add_fact(_("Your balance"), format_points(quote.balance, guild, reader))
    card.add_fact(_("Balance after"), format_points(quote.balance_after, guild, reader))
    confirm = ConfirmThanksButton(quote.session.id, quote.tip, quote.balance)
    actions = action_rows(confirm, DismissThanksButton(quote.session.id))
    await edit_card(interaction, note, card=card, actions=actions)


class ConfirmThanksButton(
    _ThanksButton,
    template=r"thanks:(?P<id>\d{1,18}):send:(?P<tip>\d{1,16}):(?P<balance>\d{1,16})",
):
    """Sends the thanks and the tip that the card shows, if the balance is still the one on it.

    Pressing it twice pays one tip.
    """

    def __init__(self, session_id: int, tip: int, balance: int) -> None:
        self.session_id, self.tip, self.balance = session_id, tip, balance
        PersistentButton.__init__(
            self,
            f"thanks:{session_id}:send:{tip}:{balance}",
            pgettext("button", "Confirm"),
            discord.ButtonStyle.success,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["tip"]), int(match["balance"]))

    async def perform(self, interaction: Interaction) -> None:
        db, actor, card = interaction.client.db, actor_of(interaction), interaction.message
        words = kept_text(card).get(Kept.THANKS, "")
        key = press_key(card, self.item.custom_id)
        try:
            await db.run(thanks.send, actor, self.session_id, words, self.tip, self.balance, key)
        except TermsChanged as error:
            quote = await db.read(thanks.quote, actor, self.session_id, words, self.tip)
            await _show_preview(interaction, quote, sentence(error, reader_of(interaction)))
            return
        await refresh_card(interaction, self.session_id)


class DismissThanksButton(_ThanksButton):
    """Goes back to the session without thanks."""

    key = "dismiss"

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button", "Cancel")

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)
