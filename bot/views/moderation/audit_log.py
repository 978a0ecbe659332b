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
from wording.points import counted_points
from wording.reader import Reader
from wording.translation import N_, _, pgettext

AUDIT_PAGE_SIZE = 6
"""Entries on a page; more might not fit into a message."""

_ACTIONS = {
    # Translators: what a moderator did, in a log
    "application_approved": N_("{moderator} **approved the application of** {person}"),
    "application_rejected": N_("{moderator} **rejected the application of** {person}"),
    "application_changes_requested": N_(
        "{moderator} **asked for changes in the application of** {person}"
    ),
    "change_approved": N_("{moderator} **approved the profile change of** {person}"),
    "change_rejected": N_("{moderator} **rejected the profile change of** {person}"),
    "change_changes_requested": N_(
        "{moderator} **asked for changes in the profile change of** {person}"
    ),
    "review_hidden": N_("{moderator} **hid a review written by** {person}"),
    "review_shown": N_("{moderator} **restored a review written by** {person}"),
    "points_granted": N_("{moderator} **gave points to** {person}"),
    "points_deducted": N_("{moderator} **took points from** {person}"),
    "grant_requested": N_(
        "{moderator} **asked for a second moderator to confirm a grant of points to** {person}"
    ),
    "grant_confirmed": N_(
        "{moderator} **confirmed another moderator's grant of points to** {person}"
    ),
    "grant_rejected": N_("{moderator} **rejected a grant of points to** {person}"),
    "settled_pay": N_("{moderator} **decided a dispute for the mentor,** {person}"),
    "settled_refund": N_("{moderator} **decided a dispute for the mentee of** {person}"),
    "settled_split": N_("{moderator} **split the price of a disputed session with** {person}"),
    "group_cancelled": N_("{moderator} **cancelled a group session of** {person}"),
    "suspended": N_("{moderator} **suspended** {person}"),
    "reinstated": N_("{moderator} **reinstated** {person}"),
    audit.SETTING_CHANGED: N_("{moderator} **changed a setting**"),
}
"""What the actions were, before translation."""


def format_entry(entry: AuditEntry, reader: Reader) -> str:
    """Return an entry as one line: the moderator, the action, the person, and the note."""
    moderator = f"<@{entry.actor_id}>" if entry.actor_id is not None else "mentorbot"
    text = _ACTIONS.get(entry.action)
    if text is not None:
        person = _person(entry) or pgettext("in place of a name", "someone who left")
        event = _(text, moderator=moderator, person=person)
    else:
        event = f"{moderator} **{action_name(entry.action, reader)}** {_person(entry)}".rstrip()
    # Translators: an entry of a log: "2 hours ago, Ada approved the application of Oliver"
    line = _("{time}, {event}", time=relative(entry.created_at), event=event)
    own = own_case(entry, reader)
    own = f" ({own})" if own else ""
    note = format_note(entry, reader)
    note = f": {note}" if note else ""
    return f"• {line}{_amount(entry, reader)}{own}{note}"


def _person(entry: AuditEntry) -> str:
    """Return a mention of the person concerned, "" if there is none."""
    return f"<@{entry.user_id}>" if entry.user_id is not None else ""


def format_note(entry: AuditEntry, reader: Reader) -> str:
    """Return what follows the action: the note, or what was changed."""
    if entry.action == audit.SETTING_CHANGED:
        return setting_change(entry, reader)
    return plain(shortened(" ".join((entry.note or "").split()), 120))


def _amount(entry: AuditEntry, reader: Reader) -> str:
    """Return the points of a grant or deduction, with the currency's name at that time."""
    if "amount" not in entry.facts:
        return ""
    points = counted_points(entry.facts["amount"], entry.facts["currency"], reader)
    return f" ({plain(points)})"


def _format_readable(db: Database, entry: AuditEntry, reader: Reader) -> str:
    """Return an entry as one line, also if a newer version has written what this one can't read."""
    try:
        return format_entry(entry, reader)
    except Exception as error:
        faults.note_shown(db, FaultKind.EVENT_VIEW, entry.id, error)
        # Translators: an entry of a log
        line = _(
            "{time}, an entry that can't be shown (number {number})",
            time=relative(entry.created_at),
            number=entry.id,
        )
        return f"• {line}"


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
    text = "\n".join(lines) or _("No entries match.")
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
        super().__init__(
            f"audit:older:{about or ''}:{action or ''}:{before}", pgettext("button", "Older")
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        about = int(match["about"]) if match["about"] else None
        return cls(about, match["action"] or None, int(match["before"]))

    async def on_press(self, interaction: Interaction) -> None:
        await show_audit(interaction, self.about, self.action, self.before)
