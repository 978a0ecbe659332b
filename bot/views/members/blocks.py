"""Blocking a member: what it does, and the button that does it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain, plain_title
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from mentorship.actors import MAX_ID, Actor
from mentorship.errors import NotFound, Subject, TermsChanged
from mentorship.sessions import blocking, session_views
from mentorship.sessions.blocking import BlockEffects, BlockTarget
from mentorship.sessions.lifecycle import Unit
from mentorship.sessions.session_views import SessionView
from wording.names import first_name
from wording.translation import _, ngettext, pgettext

MAX_SESSIONS_LISTED = 5
_LONGEST_NAME = 32
"""UTF-16 code units of the name in a custom id, by which Discord may count its 100 characters."""


async def show_block_card(
    interaction: Interaction, actor: Actor, target: BlockTarget, note: str = ""
) -> None:
    """Show what blocking somebody would do, with the button that does it."""
    effects = await interaction.client.db.read(blocking.preview, actor, target)
    name = _short_name(target)
    lines = [
        _(
            "{name} won't be able to book you, suggest other times or give you points. "
            "They aren't told: to them, you just aren't available.",
            name=name,
        )
    ]
    requests = _of_pairs(effects.requests)
    if requests:
        lines.append(
            ngettext(
                "**{count} pending request** between you ends now, with a full refund.",
                "**{count} pending requests** between you end now, with a full refund.",
                len(requests),
            )
        )
    for seat in _seats(effects.requests):
        title = plain_title(seat.topic)
        lines.append(
            _("**Your seat in “{title}”** ends now, with a full refund.", title=title)
            if seat.mentee.user_id == actor.user_id
            else _(
                "**{name}'s seat in “{title}”** ends now, with a full refund.",
                name=name,
                title=title,
            )
        )
    if effects.confirmed:
        kept = effects.confirmed[:MAX_SESSIONS_LISTED]
        lines.append(_("These sessions stay booked until one of you cancels:"))
        lines.append("\n".join(_kept_line(session, actor.user_id, name) for session in kept))
    card = Card(
        title=_("Block {name}?", name=plain(target.name))
        if target.name
        else _("Block this member?"),
        text="\n\n".join(lines),
        accent=Accent.FAULT,
    )
    card.add_note(_("To undo it: /unblock"))
    button = ConfirmBlockButton(actor.guild, target, len(effects.requests))
    await respond(interaction, note, card=card, actions=action_rows(button, DismissBlockButton()))


def _of_pairs(sessions: Sequence[SessionView]) -> list[SessionView]:
    return [each for each in sessions if each.unit is Unit.SESSION]


def _seats(sessions: Sequence[SessionView]) -> list[SessionView]:
    return [each for each in sessions if each.unit is Unit.SEAT]


def _short_name(target: BlockTarget) -> str:
    if target.name:
        return plain(first_name(target.name))
    return pgettext("in place of a name", "This member")


def _cut(name: str) -> str:
    return name.encode("utf-16-le")[: 2 * _LONGEST_NAME].decode("utf-16-le", "ignore")


def _kept_line(session: SessionView, user_id: int, name: str) -> str:
    time = discord_timestamp(session.starts_at)
    if session.unit is not Unit.SEAT:
        return f"• {time}"
    title = plain_title(session.topic)
    if session.mentee.user_id == user_id:
        return _("• {time}: Your seat in “{title}”", time=time, title=title)
    return _("• {time}: {name}'s seat in “{title}”", time=time, name=name, title=title)


class ConfirmBlockButton(
    PersistentButton,
    template=r"block:confirm:(?P<guild>\d{1,20}):(?P<user>\d{1,20}):(?P<requests>\d{1,4})"
    r"(:(?P<name>(?s:.{1,32})))?",
):
    """Blocks the member whom the card names. `requests` is how many requests it says will end.

    Buttons of older versions don't have the name.
    """

    def __init__(self, guild_id: int, target: BlockTarget, requests: int) -> None:
        self.guild_id, self.target, self.requests = guild_id, target, requests
        name = f":{_cut(target.name)}" if target.name else ""
        super().__init__(
            f"block:confirm:{guild_id}:{target.user_id}:{requests}{name}",
            pgettext("button", "Block"),
            discord.ButtonStyle.danger,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        target = BlockTarget(int(match["user"]), match["name"])
        return cls(int(match["guild"]), target, int(match["requests"]))

    async def on_press(self, interaction: Interaction) -> None:
        if max(self.guild_id, self.target.user_id) > MAX_ID:
            raise NotFound(Subject.MEMBER)
        actor = actor_of(interaction, self.guild_id)
        target = self.target
        try:
            effects = await interaction.client.db.run(
                blocking.block, actor, target, requests_shown=self.requests
            )
        except TermsChanged as error:
            await show_block_card(
                interaction, actor, target, sentence(error, reader_of(interaction))
            )
            return
        card = _done_card(target, effects, actor.user_id)
        await respond(interaction, card=card)


class DismissBlockButton(PersistentButton, template=r"block:dismiss"):
    """Leaves the card without blocking anyone."""

    def __init__(self) -> None:
        super().__init__("block:dismiss", pgettext("button", "Dismiss"))

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, _("Nobody was blocked."))


class BlockRequesterButton(PersistentButton, template=r"block:ask:(?P<session>\d{1,18})"):
    """Asks whether to block the member who has sent a booking request."""

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"block:ask:{session_id}", pgettext("button", "Block"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["session"]))

    async def on_press(self, interaction: Interaction) -> None:
        session = await interaction.client.db.read(
            session_views.load_for_participant, actor_of(interaction), self.session_id
        )
        other = session.other(interaction.user.id)
        await show_block_card(
            interaction,
            actor_of(interaction, session.guild_id),
            BlockTarget(other.user_id, other.name),
        )


def _done_card(target: BlockTarget, effects: BlockEffects, user_id: int) -> Card:
    name = _short_name(target)
    lines = [_("{name} is blocked. To undo it, use `/unblock` in the server.", name=name)]
    requests = _of_pairs(effects.requests)
    if requests:
        lines.append(
            ngettext(
                "{count} request ended, with a full refund.",
                "{count} requests ended, with a full refund.",
                len(requests),
            )
        )
    for seat in _seats(effects.requests):
        title = plain_title(seat.topic)
        lines.append(
            _("Your seat in “{title}” ended, with a full refund.", title=title)
            if seat.mentee.user_id == user_id
            else _("{name}'s seat in “{title}” ended, with a full refund.", name=name, title=title)
        )
    led = [seat for seat in _seats(effects.confirmed) if seat.mentor.user_id == user_id]
    if len(led) < len(effects.confirmed):
        lines.append(_("To cancel a session that is still booked, use `/cancel` in the server."))
    if led:
        lines.append(_("To remove {name} from a group session, open it in `/sessions`.", name=name))
    return Card(text="\n\n".join(lines), accent=Accent.AGREED)
