"""Blocking a member: what it does, and the button that does it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.message_reader import title_of
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
from wording.durations import counted
from wording.names import first_name
from wording.reader import Reader

MAX_SESSIONS_LISTED = 5


async def show_block_card(
    interaction: Interaction, actor: Actor, target: BlockTarget, note: str = ""
) -> None:
    """Show what blocking somebody would do, with the button that does it."""
    effects = await interaction.client.db.read(blocking.preview, actor, target)
    name = plain(first_name(target.name or "This member"))
    lines = [
        f"{name} won't be able to book you, suggest other times or give you points. "
        "They aren't told: to them, you just aren't available."
    ]
    requests = _of_pairs(effects.requests)
    if requests:
        what = counted(len(requests), "pending request", reader_of(interaction))
        ends = "ends" if len(requests) == 1 else "end"
        lines.append(f"**{what}** between you {ends} now, with a full refund.")
    for seat in _seats(effects.requests):
        whose = _whose_seat(seat, actor.user_id, name)
        lines.append(f"**{whose} in “{plain_title(seat.topic)}”** ends now, with a full refund.")
    if effects.confirmed:
        kept = effects.confirmed[:MAX_SESSIONS_LISTED]
        lines.append("These sessions stay booked until one of you cancels:")
        lines.append("\n".join(_kept_line(session, actor.user_id, name) for session in kept))
    full_name = plain(target.name or "this member")
    card = Card(title=f"Block {full_name}?", text="\n\n".join(lines), accent=Accent.FAULT)
    card.add_note("To undo it: /unblock")
    button = ConfirmBlockButton(actor.guild, target.user_id, len(effects.requests))
    await respond(interaction, note, card=card, actions=action_rows(button, DismissBlockButton()))


def _of_pairs(sessions: Sequence[SessionView]) -> list[SessionView]:
    return [each for each in sessions if each.unit is Unit.SESSION]


def _seats(sessions: Sequence[SessionView]) -> list[SessionView]:
    return [each for each in sessions if each.unit is Unit.SEAT]


def _whose_seat(seat: SessionView, user_id: int, name: str) -> str:
    return "Your seat" if seat.mentee.user_id == user_id else f"{name}'s seat"


def _kept_line(session: SessionView, user_id: int, name: str) -> str:
    line = f"• {discord_timestamp(session.starts_at)}"
    if session.unit is Unit.SEAT:
        line += f": {_whose_seat(session, user_id, name)} in “{plain_title(session.topic)}”"
    return line


class ConfirmBlockButton(
    PersistentButton,
    template=r"block:confirm:(?P<guild>\d{1,20}):(?P<user>\d{1,20}):(?P<requests>\d{1,4})",
):
    """Blocks the member whom the card names. `requests` is how many requests it says will end."""

    def __init__(self, guild_id: int, user_id: int, requests: int) -> None:
        self.guild_id, self.user_id, self.requests = guild_id, user_id, requests
        super().__init__(
            f"block:confirm:{guild_id}:{user_id}:{requests}", "Block", discord.ButtonStyle.danger
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["guild"]), int(match["user"]), int(match["requests"]))

    async def on_press(self, interaction: Interaction) -> None:
        if max(self.guild_id, self.user_id) > MAX_ID:
            raise NotFound(Subject.MEMBER)
        actor = actor_of(interaction, self.guild_id)
        target = BlockTarget(self.user_id, _displayed_name(interaction))
        try:
            effects = await interaction.client.db.run(
                blocking.block, actor, target, requests_shown=self.requests
            )
        except TermsChanged as error:
            await show_block_card(
                interaction, actor, target, sentence(error, reader_of(interaction))
            )
            return
        card = _done_card(target, effects, actor.user_id, reader_of(interaction))
        await respond(interaction, card=card)


class DismissBlockButton(PersistentButton, template=r"block:dismiss"):
    """Leaves the card without blocking anyone."""

    def __init__(self) -> None:
        super().__init__("block:dismiss", "Dismiss")

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, "Nobody was blocked.")


class BlockRequesterButton(PersistentButton, template=r"block:ask:(?P<session>\d{1,18})"):
    """Asks whether to block the member who has sent a booking request."""

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"block:ask:{session_id}", "Block")

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


def _done_card(target: BlockTarget, effects: BlockEffects, user_id: int, reader: Reader) -> Card:
    name = plain(first_name(target.name or "The member"))
    lines = [f"{name} is blocked. To undo it, use `/unblock` in the server."]
    requests = _of_pairs(effects.requests)
    if requests:
        ended = counted(len(requests), "request", reader)
        lines.append(f"{ended} ended, with a full refund.")
    for seat in _seats(effects.requests):
        whose = _whose_seat(seat, user_id, name)
        lines.append(f"{whose} in “{plain_title(seat.topic)}” ended, with a full refund.")
    led = [seat for seat in _seats(effects.confirmed) if seat.mentor.user_id == user_id]
    if len(led) < len(effects.confirmed):
        lines.append("To cancel a session that is still booked, use `/cancel` in the server.")
    if led:
        lines.append(f"To remove {name} from a group session, open it in `/sessions`.")
    return Card(text="\n\n".join(lines), accent=Accent.AGREED)


def _displayed_name(interaction: Interaction) -> str | None:
    """Return the name that the pressed card shows, as it was typed into its title."""
    match = re.fullmatch(r"Block (.+)\?", title_of(interaction.message))
    return match[1] if match is not None else None
