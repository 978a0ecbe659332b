"""What moderators look at: the queue, the audit log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord

from bot.actors import actor_of
from bot.components.persistent import PersistentButton, PersistentSelect, persistent_view
from bot.formatting import plain, relative, shortened, tags
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.moderation import review_card
from mentorship.administration import audit
from mentorship.administration.audit import AuditEntry
from mentorship.mentors import application_review
from mentorship.mentors.application_views import ApplicationView
from mentorship.statuses import RevisionKind
from wording.audit import setting_change
from wording.reader import ENGLISH

AUDIT_PAGE_SIZE = 6
"""Entries of the audit log on one page: as many as surely fit into a message."""

QUEUE_PAGE_SIZE = 10
"""Texts on one page of the queue."""


async def show_queue(interaction: Interaction, cursor: str | None = None) -> None:
    """Show a page of what waits for a decision, the longest waiting first, with a link to each
    card."""
    page = await interaction.client.db.read(
        application_review.list_pending, actor_of(interaction), cursor, QUEUE_PAGE_SIZE
    )
    if not page.items:
        await respond(interaction, "Nothing waits for a decision. Well done.")
        return
    lines = ["**Waiting for a decision**, the longest first", *map(_queued, page.items)]
    items: list[discord.ui.Item[Any]] = [OpenApplicationMenu.at(page.items)]
    if page.previous:
        items.append(QueuePageButton(page.previous, "Earlier page"))
    if page.next:
        items.append(QueuePageButton(page.next, "Next page"))
    await respond(interaction, "\n".join(lines), view=persistent_view(*items))


def _queued(application: ApplicationView) -> str:
    link = (
        f"[to the card](https://discord.com/channels/{application.guild_id}/"
        f"{application.channel_id}/{application.message_id})"
        if application.message_id is not None
        else "no card yet"
    )
    sent = relative(application.submitted_at)
    return f"• <@{application.applicant_id}>: {_what(application)}, sent {sent}, {link}"


def _what(application: ApplicationView) -> str:
    return "a new profile text" if application.kind == RevisionKind.CHANGE else "an application"


class OpenApplicationMenu(PersistentSelect, template=r"queue:look"):
    """Opens the card of one that waits; so moderators can decide wherever they are, and also while
    the review channel is closed to the bot."""

    def __init__(self, options: list[discord.SelectOption] | None = None) -> None:
        super().__init__("queue:look", "Look at one, and decide", options)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    @classmethod
    def at(cls, waiting: Sequence[ApplicationView]) -> Self:
        return cls(
            [
                discord.SelectOption(
                    label=shortened(each.applicant_name, 100),
                    value=str(each.id),
                    description=shortened(f"{_what(each)}: {tags(each.expertise)}", 100),
                )
                for each in waiting
            ]
        )

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        await review_card.show_application(interaction, int(values[0]))


class QueuePageButton(PersistentButton, template=r"queue:page:(?P<cursor>[0-9a-z.]{1,56})"):
    """Shows another page of the queue in its place."""

    def __init__(self, cursor: str, label: str = "") -> None:
        self.cursor = cursor
        super().__init__(f"queue:page:{cursor}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(match["cursor"])

    async def on_press(self, interaction: Interaction) -> None:
        await show_queue(interaction, self.cursor)


_ACTION_PHRASES = {
    "application_approved": "approved the application of",
    "application_rejected": "rejected the application of",
    "application_changes_requested": "asked for changes in the application of",
    "change_approved": "approved the new profile text of",
    "change_rejected": "rejected the new profile text of",
    "change_changes_requested": "asked for changes in the new profile text of",
    "review_hidden": "hid a review written by",
    "points_granted": "gave points to",
    "points_deducted": "took points from",
    "settled_pay": "paid the mentor of a disputed session,",
    "settled_refund": "refunded a disputed session with",
    "settled_split": "split the price of a disputed session with",
    audit.SETTING_CHANGED: "changed a setting",
}
"""How acts read after whoever did them and before the person whom they concern, where their names
alone would not."""


def format_entry(entry: AuditEntry) -> str:
    """One act in one line, with what was said of it."""
    by = f"<@{entry.actor_id}>" if entry.actor_id is not None else "mentorbot"
    whom = f" <@{entry.user_id}>" if entry.user_id is not None else ""
    note = format_note(entry)
    note = f": {note}" if note else ""
    act = _ACTION_PHRASES.get(entry.act, entry.act.replace("_", " "))
    return f"• {relative(entry.created_at)}, {by} **{act}**{whom}{note}"


def format_note(entry: AuditEntry) -> str:
    """Return what follows an act: what somebody wrote with it, and the facts of the event."""
    if entry.act == audit.SETTING_CHANGED:
        return setting_change(entry, ENGLISH)
    note = plain(shortened(" ".join((entry.note or "").split()), 120))
    if "amount" in entry.facts:
        return f"{entry.facts['amount']:,} {plain(entry.facts['currency'])}: {note}"
    return note


async def show_audit(
    interaction: Interaction, about: int | None, act: str | None, before: int | None = None
) -> None:
    """Show a page of the audit log, the latest acts first."""
    found = await interaction.client.db.read(
        audit.list_entries,
        actor_of(interaction),
        about=about,
        act=act,
        before=before,
        limit=AUDIT_PAGE_SIZE + 1,
    )
    page = found[:AUDIT_PAGE_SIZE]
    text = "\n".join(map(format_entry, page)) or "The log holds nothing that fits."
    more = OlderEntriesButton(about, act, page[-1].id) if len(found) > AUDIT_PAGE_SIZE else None
    await respond(interaction, text, view=persistent_view(more) if more else None)


class OlderEntriesButton(
    PersistentButton,
    template=r"audit:older:(?P<about>\d{0,20}):(?P<act>[a-z_]{0,40}):(?P<before>\d{1,18})",
):
    """The next page of the audit log."""

    def __init__(self, about: int | None, act: str | None, before: int) -> None:
        self.about, self.act, self.before = about, act, before
        super().__init__(f"audit:older:{about or ''}:{act or ''}:{before}", "Older")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        about = int(match["about"]) if match["about"] else None
        return cls(about, match["act"] or None, int(match["before"]))

    async def on_press(self, interaction: Interaction) -> None:
        await show_audit(interaction, self.about, self.act, self.before)
