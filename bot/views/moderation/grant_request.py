"""The card of a grant that needs a second moderator, and their decision."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import PersistentButton, PersistentSelect
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain, relative, shortened
from bot.interaction import Interaction
from bot.readers import reader_of, readers_of_message
from bot.replies import defer, edit_card, respond, send_ephemeral
from bot.views.members.points import fetch_recipient
from mentorship.errors import AlreadyDecided
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import grant_requests
from mentorship.points.grant_requests import GrantRequestStatus, GrantRequestView
from wording.cldr import format_number
from wording.names import tell_apart
from wording.points import format_points
from wording.reader import Reader
from wording.translation import _, pgettext, speaking

_COLOURS = {
    GrantRequestStatus.PENDING: Accent.WAITING,
    GrantRequestStatus.CONFIRMED: Accent.AGREED,
    GrantRequestStatus.REJECTED: Accent.FAULT,
}


def grant_request_card(
    request: GrantRequestView, guild: GuildSettings, reader: Reader
) -> tuple[str, Card, ActionRows]:
    """Return the headline, the grant, and the buttons while it is pending."""
    card = Card(
        # Translators: points that a moderator would like to give to a member
        title=_(
            "{points} for {name}",
            points=format_points(request.amount, guild, reader),
            name=plain(request.name),
        ),
        accent=_COLOURS[request.status],
    )
    if request.reason:
        card.add_fact(_("Reason"), plain(request.reason))
    requested_by = _moderator(request.requested_by)
    person = f"<@{request.user_id}>"
    if request.is_pending:
        return (
            _(
                "{moderator} would like to grant points to {person}. A second moderator has to "
                "confirm it.",
                moderator=requested_by,
                person=person,
            ),
            card,
            action_rows(
                DecideGrantButton(request.id, confirms=True),
                DecideGrantButton(request.id, confirms=False),
            ),
        )
    decided_at = discord_timestamp(request.decided_at) if request.decided_at else ""
    card.add_fact(_("Requested by"), requested_by)
    card.add_fact(pgettext("a request", "Decided"), decided_at)
    moderator = _moderator(request.decided_by)
    decided = (
        _("Confirmed by {moderator}.", moderator=moderator)
        if request.status is GrantRequestStatus.CONFIRMED
        else _("Rejected by {moderator}.", moderator=moderator)
    )
    return decided, card, ()


def _moderator(user_id: int | None) -> str:
    return f"<@{user_id}>" if user_id is not None else pgettext("in place of a name", "A moderator")


def grant_request_line(request: GrantRequestView, guild: GuildSettings, reader: Reader) -> str:
    """Return the line of a request in the moderation queue."""
    person = f"<@{request.user_id}>"
    # Translators: {time} is "2 hours ago"
    line = _(
        "{points} for {person}, requested by {moderator} {time}",
        points=format_points(request.amount, guild, reader),
        person=person,
        moderator=_moderator(request.requested_by),
        time=relative(request.requested_at),
    )
    return f"• {line}"


class DecideGrantButton(
    PersistentButton, template=r"grant:(?P<id>\d{1,18}):(?P<decision>confirm|reject)"
):
    """Confirms or rejects a grant. Only the first decision counts; later ones show it."""

    def __init__(self, request_id: int, *, confirms: bool) -> None:
        self.request_id, self.confirms = request_id, confirms
        super().__init__(
            f"grant:{request_id}:{'confirm' if confirms else 'reject'}",
            _("Confirm grant") if confirms else pgettext("button", "Reject"),
            discord.ButtonStyle.success if confirms else discord.ButtonStyle.secondary,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), confirms=match["decision"] == "confirm")

    async def on_press(self, interaction: Interaction) -> None:
        # Asking Discord about the member may take longer than three seconds.
        await defer(interaction)
        try:
            await self._decide(interaction)
        except AlreadyDecided as error:
            await self._refresh(interaction)
            await send_ephemeral(interaction, sentence(error, reader_of(interaction)))
        else:
            await self._refresh(interaction)

    async def _decide(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        if not self.confirms:
            await db.run(grant_requests.reject, actor, self.request_id)
            return
        request = await db.read(grant_requests.load, actor, self.request_id)
        recipient = await fetch_recipient(interaction, request.user_id)
        await db.run(grant_requests.confirm, actor, self.request_id, recipient.is_member)

    async def _refresh(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        request = await db.read(grant_requests.load, actor, self.request_id)
        guild = await db.read(guild_settings.load, actor.guild)
        reader = readers_of_message(interaction, guild)
        with speaking(reader.locale):
            line, card, actions = grant_request_card(request, guild, reader)
        await edit_card(interaction, line, card=card, actions=actions)


class OpenGrantMenu(PersistentSelect, template=r"queue:grants"):
    """Shows the card of a pending grant from the moderation queue."""

    def __init__(self, options: list[discord.SelectOption] | None = None) -> None:
        super().__init__("queue:grants", _("Review a grant"), options)

    @classmethod
    def of(cls, requests: Sequence[GrantRequestView], reader: Reader) -> Self:
        names = tell_apart({request.user_id: request.name for request in requests})
        return cls(
            [
                discord.SelectOption(
                    label=shortened(
                        # Translators: points that a moderator would like to give to a member
                        _(
                            "{points} for {name}",
                            points=format_number(request.amount, reader.formats),
                            name=names[request.user_id],
                        ),
                        100,
                    ),
                    value=str(request.id),
                    description=shortened(request.reason, 100) or None,
                )
                for request in requests
            ]
        )

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        request = await db.read(grant_requests.load, actor, int(values[0]))
        guild = await db.read(guild_settings.load, actor.guild)
        line, card, actions = grant_request_card(request, guild, reader_of(interaction))
        await respond(interaction, line, card=card, actions=actions)
