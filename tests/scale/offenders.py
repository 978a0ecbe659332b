"""Use cases that do more work in a crowd than they may, each with the reason.

`OFFENDERS` take too many steps on SQLite, `PLAN_OFFENDERS` read too many rows on PostgreSQL. The
long tests fail for an entry that is no longer needed, so that it is removed.
"""

OFFENDERS = {
    "administration.setup.configure": (
        "another mentor role is given to each mentor of the guild, by one notification for each"
    ),
    "search.search.search": (
        "by the soonest slot, mentors are looked for in one half hour after another, and each "
        "looks at all mentors of the guild if few have hours then"
    ),
}

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
