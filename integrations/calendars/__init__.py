"""Calendars of other servers: reading ICS files, and CalDAV."""
