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

PLAN_OFFENDERS = {
    "administration.moderation_lists.list_reviews": (
        "reads all members at once for the names of the latest reviews, where they are few enough "
        "for that"
    ),
}
