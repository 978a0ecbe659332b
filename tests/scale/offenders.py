"""Use cases that do more work in a crowd than they may: to be mended, so the lists get shorter.

`OFFENDERS` take too many steps on SQLite, `PLAN_OFFENDERS` read too many rows on PostgreSQL. An
entry that is no longer needed fails the test, so that it is removed.
"""

OFFENDERS = (
    "administration.setup.configure",
    "mentors.mentor_roles.list_present",
    "search.directory.suggest_mentors",
    "search.search.search",
    "sessions.departures.end_next",
    "sessions.departures.record_departure",
)

PLAN_OFFENDERS = (
    "administration.moderation_lists.list_mentors",
    "administration.moderation_lists.list_reviews",
    "administration.setup.configure",
    "operations.event_retention.delete_old_events",
    "search.directory.suggest_mentors",
    "sessions.blocking.block",
    "sessions.blocking.preview",
    "sessions.session_views.list_actionable",
    "sessions.session_views.list_page",
    "sessions.session_views.list_past",
    "sessions.session_views.list_rateable",
    "sessions.session_views.list_upcoming",
)
