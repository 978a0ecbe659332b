"""The audit log in words."""

from __future__ import annotations

from mentorship.administration.audit import AuditEntry
from wording import settings
from wording.reader import Reader


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
