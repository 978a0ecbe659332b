"""Entries of the audit log in words."""

from __future__ import annotations

from mentorship.administration.audit import Entry
from wording import settings
from wording.reader import Reader


def setting_change(entry: Entry, reader: Reader) -> str:
    """Write how a setting was changed, in Discord's markup."""
    change = entry.setting_change
    if change is None:
        return entry.note or ""
    if change.deleted:
        return f"{settings.label(change.setting, reader)}: deleted in Discord"
    return settings.change(change.setting, change.before, change.after, reader)
