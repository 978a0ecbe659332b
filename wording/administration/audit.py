"""The audit log in words."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.administration.audit import ACTIONS, SETTING_CHANGED, AuditEntry
from wording.administration import settings
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import N_, _

_ACTION_NAMES: Mapping[str, str] = {
    "application_approved": N_("Approved an application"),
    "application_rejected": N_("Rejected an application"),
    "application_changes_requested": N_("Asked for changes in an application"),
    "change_approved": N_("Approved a profile change"),
    "change_rejected": N_("Rejected a profile change"),
    "change_changes_requested": N_("Asked for changes in a profile change"),
    "review_hidden": N_("Hid a review"),
    "review_shown": N_("Restored a review"),
    "points_granted": N_("Gave points"),
    "points_deducted": N_("Took points"),
    "grant_requested": N_("Asked a second moderator about a grant"),
    "grant_confirmed": N_("Confirmed another moderator's grant"),
    "grant_rejected": N_("Rejected another moderator's grant"),
    "settled_pay": N_("Decided a dispute for the mentor"),
    "settled_refund": N_("Decided a dispute for the mentee"),
    "settled_split": N_("Split the price of a disputed session"),
    SETTING_CHANGED: N_("Changed a setting"),
    "group_cancelled": N_("Cancelled a group session"),
    "suspended": N_("Suspended a mentor"),
    "reinstated": N_("Reinstated a mentor"),
}
"""The actions by which the audit log can be filtered, as people choose them."""


def action_name(action: str, reader: Reader) -> str:
    """Write an action by which the audit log can be filtered: `Approved an application`.

    One that a newer version of the program has written is spelt like its event.
    """
    if action in _ACTION_NAMES:
        return _(_ACTION_NAMES[action])
    return action.replace("_", " ").replace(".", " ")


def find_action(typed: str, reader: Reader) -> str:
    """Return the action of a name that somebody typed; the text itself if it's no such name."""
    name = " ".join(typed.casefold().split())
    matches = (each for each in ACTIONS if action_name(each, reader).casefold() == name)
    return next(matches, typed)


def own_case(entry: AuditEntry, reader: Reader) -> str:
    """Write that somebody who manages the server decided about themselves; empty otherwise."""
    # Translators: a note in brackets beside what a moderator did, who is concerned themselves.
    return _("own case") if entry.facts.get("own_case") else ""


def setting_change(entry: AuditEntry, reader: Reader) -> str:
    """Write how settings were changed, in Discord's markup."""
    facts = entry.facts
    if "setting" in facts:
        return settings.change(facts["setting"], facts["before"], facts["after"], reader)
    if "settings" in facts:
        labels = [settings.label(name, reader) for name in facts["settings"]]
        # Translators: {settings} are names of settings: "mentor role, log channel".
        return _("{settings}: deleted in Discord", settings=enumerated(labels, reader))
    # Older versions stored the text itself, with mentions in it.
    return entry.note or ""
