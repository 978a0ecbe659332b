"""The UIDs of sessions in calendars: the same in files, feeds and calendars over CalDAV; pure.

They are unique in the world (RFC 5545, section 3.8.4.7; RFC 7986, section 5.3): people may see the
sessions of two installations in one calendar. Sessions whose files may have been handed out before
that keep their first UIDs, or calendars would show them twice.
"""

from __future__ import annotations

from mentorship.installation import Installation


def session_uid(installation: Installation, guild_id: int, session_id: int) -> str:
    """Return the UID of a session, or of a seat in a group session."""
    if session_id <= installation.old_session_uids_until:
        return f"session-{guild_id}-{session_id}@mentorbot"
    return f"session-{session_id}@{installation.uid}.mentorbot"


def group_uid(installation: Installation, guild_id: int, group_id: int) -> str:
    """Return the UID of a group session, in the calendar of its mentor."""
    if group_id <= installation.old_group_uids_until:
        return f"group-{guild_id}-{group_id}@mentorbot"
    return f"group-{group_id}@{installation.uid}.mentorbot"
