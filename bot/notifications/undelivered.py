"""Shows people what could not be delivered to them, the next time they use a command."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.components.cards import action_rows
from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.notifications.message import Message
from bot.notifications.rendering import render
from bot.readers import reader_of
from bot.replies import edit_card, send_ephemeral
from mentorship.delivery import undelivered
from mentorship.delivery.loading import DueNotification
from wording.reader import Reader
from wording.translation import _, ngettext, sentences

log = logging.getLogger(__name__)

PAGE_SIZE = 5
"""How many are shown at once."""

_BATCH_SIZE = 2 * PAGE_SIZE
"""How many are loaded at once. Some of them are no longer relevant."""


def _explanation(count: int) -> str:
    return sentences(
        ngettext("This message didn't reach you.", "These messages didn't reach you.", count),
        _("To get messages right away, turn on direct messages in this server's privacy settings."),
    )


async def show_undelivered(interaction: Interaction) -> None:
    """Show somebody, after a command, the latest of what their closed direct messages kept out.

    A button leads to earlier ones. What was shown isn't shown again.
    """
    if interaction.guild_id is None or not interaction.response.is_done():
        return
    page = await _load_page(interaction)
    await _send_page(interaction, page)


class ShowMoreButton(PersistentButton, template=r"undelivered:more"):
    """Shows the next page of what could not be delivered."""

    def __init__(self) -> None:
        super().__init__("undelivered:more", _("Show earlier messages"))

    async def on_press(self, interaction: Interaction) -> None:
        page = await _load_page(interaction)
        if not page.cards:
            await edit_card(interaction, _("You're all caught up."))
            return
        await edit_card(interaction, _explanation(len(page.cards)))
        await _send_page(interaction, page)


@dataclass(frozen=True, slots=True)
class _Page:
    """Cards to show with the ids of their notifications, the latest first."""

    cards: Sequence[tuple[int, Message]]
    has_more: bool


async def _load_page(interaction: Interaction) -> _Page:
    """Load up to `PAGE_SIZE` cards, and mark what is no longer relevant as shown."""
    assert interaction.guild_id is not None
    db = interaction.client.db
    reader = reader_of(interaction)
    guild_and_user = (interaction.guild_id, interaction.user.id)
    while True:
        page = await db.read(undelivered.list_for_member, *guild_and_user, _BATCH_SIZE)
        rendered = [(each.id, _card(each, reader)) for each in page.notifications]
        cards = [(each_id, card) for each_id, card in rendered if card is not None]
        irrelevant_ids = [each_id for each_id, card in rendered if card is None]
        if irrelevant_ids or page.unreadable_ids:
            not_shown = [*irrelevant_ids, *page.unreadable_ids]
            await db.run(undelivered.mark_shown, *guild_and_user, not_shown)
        loaded = len(page.notifications) + len(page.unreadable_ids)
        if len(cards) > PAGE_SIZE or loaded < _BATCH_SIZE:
            return _Page(cards[:PAGE_SIZE], len(cards) > PAGE_SIZE)


def _card(notification: DueNotification, reader: Reader) -> Message | None:
    """Return the card, None if it is no longer relevant or can't be made from its data."""
    if notification.is_too_late:
        return None
    try:
        return render(notification, reader)
    except Exception:
        log.exception(
            "can't show an undelivered notification",
            extra={"id": notification.id, "kind": str(notification.kind)},
        )
        return None


async def _send_page(interaction: Interaction, page: _Page) -> None:
    """Send the cards in the order in which they were due, and mark those that arrived as shown."""
    assert interaction.guild_id is not None
    if not page.cards:
        return
    shown = []
    try:
        for each_id, card in reversed(page.cards):
            await send_ephemeral(interaction, card.content, card=card.card, actions=card.actions)
            shown.append(each_id)
    finally:
        db = interaction.client.db
        await db.run(undelivered.mark_shown, interaction.guild_id, interaction.user.id, shown)
    await send_ephemeral(
        interaction,
        _explanation(len(shown)),
        actions=action_rows(ShowMoreButton()) if page.has_more else (),
    )
