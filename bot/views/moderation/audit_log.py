"""The audit log in pages."""

from __future__ import annotations

import re
from typing import Self

from bot.actors import actor_of
from bot.components.cards import action_rows
from bot.components.persistent import PersistentButton
from bot.formatting import plain, relative, shortened
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from mentorship import faults
from mentorship.administration import audit
from mentorship.administration.audit import AuditEntry
from mentorship.faults import FaultKind
from storage import Database
from wording.administration.audit import action_name, own_case, setting_change
from wording.reader import Reader

AUDIT_PAGE_SIZE = 6
"""Entries on a page; more might not fit into a message."""

_ACTION_PHRASES = {
    "application_approved": "approved the application of",
    "application_rejected": "rejected the application of",
    "application_changes_requested": "asked for changes in the application of",
    "change_approved": "approved the profile change of",
    "change_rejected": "rejected the profile change of",
    "change_changes_requested": "asked for changes in the profile change of",
    "review_hidden": "hid a review written by",
    "review_shown": "restored a review written by",
    "points_granted": "gave points to",
    "points_deducted": "took points from",
    "grant_requested": "asked for a second moderator to confirm a grant of points to",
    "grant_confirmed": "confirmed another moderator's grant of points to",
    "grant_rejected": "rejected a grant of points to",
    "settled_pay": "decided a dispute for the mentor,",
    "settled_refund": "decided a dispute for the mentee of",
    "settled_split": "split the price of a disputed session with",
    "group_cancelled": "cancelled a group session of",
    "suspended": "suspended",
    "reinstated": "reinstated",
    audit.SETTING_CHANGED: "changed a setting",
}
"""How actions read between the moderator and the person concerned."""


def format_entry(entry: AuditEntry, reader: Reader) -> str:
    """Return an entry as one line: the moderator, the action, the person, and the note."""
    actor = f"<@{entry.actor_id}>" if entry.actor_id is not None else "mentorbot"
    person = f" <@{entry.user_id}>" if entry.user_id is not None else ""
    note = format_note(entry, reader)
    note = f": {note}" if note else ""
    phrase = _ACTION_PHRASES.get(entry.action) or action_name(entry.action, reader)
    own = own_case(entry, reader)
    own = f" ({own})" if own else ""
    amount = _amount(entry)
    return f"• {relative(entry.created_at)}, {actor} **{phrase}**{person}{amount}{own}{note}"


def format_note(entry: AuditEntry, reader: Reader) -> str:
    """Return what follows the action: the note, or what was changed."""
    if entry.action == audit.SETTING_CHANGED:
        return setting_change(entry, reader)
    return plain(shortened(" ".join((entry.note or "").split()), 120))


def _amount(entry: AuditEntry) -> str:
    """Return the points of a grant or deduction, with the currency's name at that time."""
    if "amount" not in entry.facts:
        return ""
    return f" ({entry.facts['amount']:,} {plain(entry.facts['currency'])})"


def _format_readable(db: Database, entry: AuditEntry, reader: Reader) -> str:
    """Return an entry as one line, also if a newer version has written what this one can't read."""
    try:
        return format_entry(entry, reader)
    except Exception as error:
        faults.note_shown(db, FaultKind.EVENT_VIEW, entry.id, error)
        return f"• {relative(entry.created_at)}, an entry that can't be shown (number {entry.id})"


async def show_audit(
    interaction: Interaction, about: int | None, action: str | None, before: int | None = None
) -> None:
    """Show a page of the audit log, the latest entry first.

    `about` is the id of a person who acted or was concerned. `action` is one of `audit.ACTIONS`.
    `before` is the id of the entry above the page.
    """
    entries = await interaction.client.db.read(
        audit.list_entries,
        actor_of(interaction),
        about=about,
        action=action,
        before=before,
        limit=AUDIT_PAGE_SIZE + 1,
    )
    page = entries[:AUDIT_PAGE_SIZE]
    db, reader = interaction.client.db, reader_of(interaction)
    lines = (_format_readable(db, entry, reader) for entry in page)
    text = "\n".join(lines) or "No entries match."
    button = (
        OlderEntriesButton(about, action, page[-1].id) if len(entries) > AUDIT_PAGE_SIZE else None
    )
    await respond(interaction, text, actions=action_rows(button) if button else ())


class OlderEntriesButton(
    PersistentButton,
    template=r"audit:older:(?P<about>\d{0,20}):(?P<action>[a-z_.]{0,40}):(?P<before>\d{1,18})",
):
    """Shows the next page of the audit log."""

    def __init__(self, about: int | None, action: str | None, before: int) -> None:
        self.about, self.action, self.before = about, action, before
        super().__init__(f"audit:older:{about or ''}:{action or ''}:{before}", "Older")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        about = int(match["about"]) if match["about"] else None
        return cls(about, match["action"] or None, int(match["before"]))

    async def on_press(self, interaction: Interaction) -> None:
        await show_audit(interaction, self.about, self.action, self.before)
