"""The audit log in words."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.administration.audit import ACTIONS, SETTING_CHANGED, AuditEntry
from wording.administration import settings
from wording.reader import Reader

_ACTION_NAMES: Mapping[str, str] = {
    "application_approved": "Approved an application",
    "application_rejected": "Rejected an application",
    "application_changes_requested": "Asked for changes in an application",
    "change_approved": "Approved a profile change",
    "change_rejected": "Rejected a profile change",
    "change_changes_requested": "Asked for changes in a profile change",
    "review_hidden": "Hid a review",
    "review_shown": "Restored a review",
    "points_granted": "Gave points",
    "points_deducted": "Took points",
    "grant_requested": "Asked a second moderator about a grant",
    "grant_confirmed": "Confirmed another moderator's grant",
    "grant_rejected": "Rejected another moderator's grant",
    "settled_pay": "Decided a dispute for the mentor",
    "settled_refund": "Decided a dispute for the mentee",
    "settled_split": "Split the price of a disputed session",
    SETTING_CHANGED: "Changed a setting",
    "group_cancelled": "Cancelled a group session",
    "suspended": "Suspended a mentor",
    "reinstated": "Reinstated a mentor",
}
"""The actions by which the audit log can be filtered, as people choose them."""


def action_name(action: str, reader: Reader) -> str:
    """Write an action by which the audit log can be filtered: `Approved an application`.

    One that a newer version of the program has written is spelt like its event.
    """
    return _ACTION_NAMES.get(action) or action.replace("_", " ").replace(".", " ")


def find_action(typed: str, reader: Reader) -> str:
    """Return the action of a name that somebody typed; the text itself if it's no such name."""
    name = " ".join(typed.casefold().split())
    matches = (each for each in ACTIONS if action_name(each, reader).casefold() == name)
    return next(matches, typed)


def own_case(entry: AuditEntry, reader: Reader) -> str:
    """Write that somebody who manages the server decided about themselves; empty otherwise."""
    return "own case" if entry.facts.get("own_case") else ""


def setting_change(entry: AuditEntry, reader: Reader) -> str:
    """Write how settings were changed, in Discord's markup."""
    facts = entry.facts
    if "setting" in facts:
        return settings.change(facts["setting"], facts["before"], facts["after"], reader)
    if "settings" in facts:
        labels = [settings.label(name, reader) for name in facts["settings"]]
        return f"{', '.join(labels)}: deleted in Discord"
    # Older versions stored the text itself, with mentions in it.
    return entry.note or ""
