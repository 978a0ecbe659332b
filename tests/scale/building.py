"""Writes the generated community into a migrated database, by statements over whole ranges.

All values follow from the rows' ids, so a community is the same each time. Row ids are those of the
person or session that a row belongs to, multiplied and shifted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.scale.layout import (
    CHIEF,
    CROWDED_MENTEE,
    NOW,
    SCHEDULED_MENTOR,
    TOWN,
    Group,
    Size,
    Stream,
    groups,
    streams,
)

FEES, ISSUANCE, ESCROW = 80_000_000, 81_000_000, 100_000_000
"""Added to the id of a guild or session, these give the id of an account. A member's is their
user id."""

GRANT = 1_000_000
"""The points that each member was granted at first."""

GIFTS = 11
"""How many gifts each member has made."""

QUIET_DAYS = 3
"""How many days pass until the clock acts on a session, so that tests can let time pass."""

ENDPOINT = 1
"""The id of the town's webhook endpoint."""

BIG_TABLES = (
    "participants",
    "commitments",
    "accounts",
    "transfers",
    "reviews",
    "thanks",
    "notices",
    "events",
    "webhook_deliveries",
    "idempotency_keys",
    "sessions",
)
"""The tables whose indexes and triggers are created after they are filled."""

_SEATS_TO_COME = (range(2_000_000, 10_000_000), range(21_000_000, 30_000_000))
"""The ids of streams with seats in group sessions that are to come. Those of the mentor and the
mentee with far more sessions than others aren't among them: tests change their own."""

_T0 = int(NOW.timestamp())
_DAY = 24 * 3_600

_SYLLABLES = "KaLoMiRaVeTiSoNaBeDuElAnOrIsUmChFaGrHuJoPeQuStWeYuZo"
_ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "UTC")
_TOPICS = ("Reading a pull request together", "My first talk", "Types", "Testing a parser")


@dataclass(frozen=True)
class Dialect:
    """What differs between SQLite and PostgreSQL in the statements below."""

    name: str

    @property
    def moment(self) -> str:
        """The type of a column that holds an instant."""
        return "text" if self.name == "sqlite" else "timestamptz"

    def instant(self, seconds: str) -> str:
        """Return an instant that is given in seconds since 1970."""
        if self.name == "sqlite":
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {seconds}, 'unixepoch')"
        return f"to_timestamp({seconds})"

    def date(self, days: str) -> str:
        """Return the date a number of days after today."""
        if self.name == "sqlite":
            return f"date({_T0} + ({days}) * {_DAY}, 'unixepoch')"
        return f"date '{NOW:%Y-%m-%d}' + ({days})"

    def month(self, instant: str) -> str:
        """Return the first day of an instant's month in UTC."""
        if self.name == "sqlite":
            return f"date({instant}, 'start of month')"
        return f"CAST(date_trunc('month', {instant} AT TIME ZONE 'UTC') AS date)"

    def numbers(self, count: int) -> str:
        """Return a table with the column `i`, from 0 to `count` - 1."""
        if self.name == "sqlite":
            return (
                "(WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers "
                f"LIMIT {count}) SELECT i FROM numbers) AS numbers"
            )
        return f"generate_series(0, {count - 1}) AS numbers (i)"

    def json(self, value: str) -> str:
        """Return a value of a column that holds JSON."""
        return value if self.name == "sqlite" else f"CAST({value} AS json)"

    def text(self, value: str) -> str:
        """Return a number as text."""
        return f"CAST({value} AS text)"


def statements(dialect: Dialect, size: Size) -> Iterator[str]:
    """Yield the statements that write a community into empty tables.

    The tables in `BIG_TABLES` need no indexes meanwhile, and must not have triggers.
    """
    yield (
        "CREATE TEMPORARY TABLE plan (n integer PRIMARY KEY, guild_id bigint, mentor bigint, "
        f"mentee bigint, starts bigint, past integer, status text, price integer, stars integer, "
        f"counts boolean, group_id bigint, series_id bigint, asked {dialect.moment}, "
        f"starts_at {dialect.moment}, ends_at {dialect.moment})"
    )
    for stream in streams(size):
        yield _plan(dialect, stream)
    yield f"""
        UPDATE plan SET asked = {dialect.instant("starts - 259200")},
            starts_at = {dialect.instant("starts")}, ends_at = {dialect.instant("starts + 1800")}
    """
    # Some sessions are seats in group sessions, all over in the core. Some belong to series.
    yield f"""
        UPDATE plan SET group_id = n
         WHERE n % 10 = 7 AND status = 'completed'
            OR n % 2 = 1 AND status = 'confirmed' AND ({_of_streams(_SEATS_TO_COME)})
    """
    yield "UPDATE plan SET series_id = n WHERE n % 50 = 3 AND status = 'completed'"
    yield from _rated()
    for group in groups(size):
        yield from _people(dialect, group)
        yield from _offers(dialect, group)
        yield from _calendars(dialect, group)
    yield from _groups(dialect)
    yield from _sessions(dialect)
    yield from _points(dialect, groups(size))
    yield from _messages(dialect)
    yield from _decisions(dialect, size)
    yield from _webhooks(dialect)
    yield from _figures(dialect)
    yield "DROP TABLE plan"
    yield "DROP TABLE rated"


def _plan(dialect: Dialect, stream: Stream) -> str:
    """Return the statement that plans the sessions of a stream.

    `past` counts the steps since a session, from 0, and is negative for an upcoming one, which
    starts in `QUIET_DAYS` at the earliest.
    """
    group, at_once = stream.group, stream.at_once
    person = f"{group.first_person} + guild * {group.members}"
    return f"""
        INSERT INTO plan (n, guild_id, mentor, mentee, starts, past, status, price, counts)
        SELECT {stream.first_session} + i, {group.first_guild} + guild,
               {person} + {stream.mentors.start} + number % {len(stream.mentors)},
               {person} + {stream.mentees.start} + number % {len(stream.mentees)},
               {_T0} - past * {stream.step} + (number % {at_once}) % 24 * 3600
                   + CASE WHEN past < 0 THEN {QUIET_DAYS * _DAY} ELSE -{stream.step} END,
               past,
               CASE WHEN past < 0 AND variety % 4 = 0 THEN 'scheduled'
                    WHEN past < 0 THEN 'confirmed'
                    WHEN past < 4 AND variety % 4 = 0 THEN 'in_progress'
                    WHEN past < 4 AND variety % 4 = 1 THEN 'disputed'
                    WHEN variety % 20 = 13 THEN 'no_show'
                    WHEN variety % 20 = 14 THEN 'cancelled'
                    WHEN variety % 20 = 15 THEN 'declined'
                    WHEN variety % 20 = 16 THEN 'expired'
                    WHEN variety % 20 = 17 THEN 'refunded'
                    ELSE 'completed' END,
               20 + i % 5 * 10, false
          FROM (SELECT i, i + i / 16 AS variety, i / {stream.sessions} AS guild,
                       i % {stream.sessions} AS number,
                       i % {stream.sessions} / {at_once} - {stream.upcoming} AS past
                  FROM {dialect.numbers(stream.sessions * group.guilds)}) AS planned
    """


def _rated() -> Iterator[str]:
    """Yield the statements that rate every third completed session, and sum up the ratings.

    A hundredth of the reviews is hidden. Of the others, the latest of each author counts.
    """
    yield "UPDATE plan SET stars = 1 + n % 5 WHERE status = 'completed' AND n % 3 = 0"
    yield """
        UPDATE plan SET counts = true WHERE n IN (
            SELECT max(n) FROM plan WHERE stars IS NOT NULL AND n % 300 <> 0
             GROUP BY mentor, mentee)
    """
    yield """
        CREATE TEMPORARY TABLE rated AS
        SELECT mentor,
               sum(CASE WHEN counts THEN stars ELSE 0 END) AS stars,
               sum(CASE WHEN counts THEN 1 ELSE 0 END) AS reviews,
               sum(CASE WHEN status = 'completed' THEN 1 ELSE 0 END) AS completed,
               sum(CASE WHEN status = 'expired' THEN 1 ELSE 0 END) AS expired
          FROM plan GROUP BY mentor
    """


def _people(dialect: Dialect, group: Group) -> Iterator[str]:
    """Yield the statements for a group's guilds, members and profiles."""
    created = dialect.instant(f"{_T0 - 2_000 * _DAY}")
    everyone = dialect.numbers(group.guilds * group.members)
    guild, number = f"i / {group.members}", f"i % {group.members}"
    person = f"{group.first_person} + i"
    yield f"""
        INSERT INTO guilds (id, created_at, review_channel_id, log_channel_id, fee_percent)
        SELECT {group.first_guild} + i, {created}, 11, 12, 10 FROM {dialect.numbers(group.guilds)}
         WHERE NOT EXISTS (SELECT 1 FROM guilds WHERE id = {group.first_guild} + i)
    """
    yield f"""
        INSERT INTO members (guild_id, user_id, name, timezone, dm_channel_id, used_at, created_at,
            updated_at)
        SELECT {group.first_guild} + {guild}, {person},
               {_syllable("i")} || lower({_syllable("i / 7")} || {_syllable("i / 49")}) || ' '
                   || {_syllable("i / 3")} || lower({_syllable("i / 343")}),
               {_choice(_ZONES, "i")}, 7000000 + i, {created}, {created}, {created}
          FROM {everyone}
    """
    first_tag = group.first_person
    yield f"""
        INSERT INTO tags (id, guild_id, name)
        SELECT {first_tag} + i, {group.first_guild} + i / {group.tags},
               {_syllable("i % " + str(group.tags))} || 'script '
                   || {dialect.text(f"{first_tag} + i")}
          FROM {dialect.numbers(group.guilds * group.tags)}
    """
    mentors = f"{number} < {group.mentors}"
    profiles = f"{number} < {group.mentors + group.applicants}"
    yield f"""
        INSERT INTO mentor_profiles (id, guild_id, user_id, status, bio, hourly_rate, timezone,
            rating_sum, rating_count, sessions_completed, requests_answered, requests_expired,
            answers_1h, answers_2h, answers_6h, answers_12h, answers_24h, created_at)
        SELECT {person}, {group.first_guild} + {guild}, {person},
               CASE WHEN {mentors} THEN 'approved' ELSE 'applicant' END,
               'Glad to explain ' || {_choice(_TOPICS, "i")} || ' and '
                   || lower({_syllable("i")} || {_syllable("i / 5")}) || '.',
               i % 40 * 5, {_choice(_ZONES, "i")}, coalesce(stars, 0), coalesce(reviews, 0),
               coalesce(completed, 0), coalesce(completed, 0), coalesce(expired, 0), 0,
               coalesce(completed, 0) / 3, coalesce(completed, 0) / 2, coalesce(completed, 0) / 2,
               coalesce(completed, 0), {created}
          FROM {everyone} LEFT JOIN rated ON rated.mentor = {person}
         WHERE {profiles}
    """
    for step in (0, 1):
        tag = f"{first_tag} + ({guild}) * {group.tags} + (i * {step + 1} + {step}) % {group.tags}"
        yield f"""
            INSERT INTO profile_tags (profile_id, tag_id)
            SELECT {person}, {tag} FROM {everyone}
             WHERE {mentors} AND NOT EXISTS (
                SELECT 1 FROM profile_tags WHERE profile_id = {person} AND tag_id = {tag})
        """
    yield f"""
        INSERT INTO weekly_hours (profile_id, weekday, start_minute, end_minute)
        SELECT {person}, weekday, 1080, 1290
          FROM {everyone} CROSS JOIN (SELECT i AS weekday FROM {dialect.numbers(7)}) AS week
         WHERE {mentors}
    """
    # None of them has to be answered, so that everyone can book.
    yield f"""
        INSERT INTO booking_questions (profile_id, position, text, kind, required)
        SELECT {person}, place, 'What would you like to work on?', 'long', false
          FROM {everyone} CROSS JOIN (SELECT i AS place FROM {dialect.numbers(2)}) AS places
         WHERE {mentors}
    """
    yield f"""
        INSERT INTO date_overrides (profile_id, date)
        SELECT {person}, {dialect.date("day * 7 - 70")}
          FROM {everyone} CROSS JOIN (SELECT i AS day FROM {dialect.numbers(14)}) AS days
         WHERE {mentors}
    """
    yield f"""
        INSERT INTO travel (profile_id, guild_id, first_date, last_date, timezone)
        SELECT {person}, {group.first_guild} + {guild}, {dialect.date("20 + day * 30")},
               {dialect.date("22 + day * 30")}, 'Europe/Lisbon'
          FROM {everyone} CROSS JOIN (SELECT i AS day FROM {dialect.numbers(2)}) AS days
         WHERE {mentors}
    """
    # All other members wait for slots of the first mentor that are hardly ever offered.
    yield f"""
        INSERT INTO slot_alerts (id, guild_id, profile_id, user_id, weekdays, part_of_day,
            created_at)
        SELECT {person}, {group.first_guild} + {guild},
               {group.first_person} + ({guild}) * {group.members}, {person},
               {dialect.json("'[6]'")}, 'morning', {created}
          FROM {everyone} WHERE {number} >= {group.mentors}
    """
    yield f"""
        UPDATE mentor_profiles SET slot_alerts_at = {created}
         WHERE id IN (SELECT profile_id FROM slot_alerts)
    """
    yield f"""
        INSERT INTO profile_revisions (profile_id, guild_id, kind, status, expertise, bio,
            hourly_rate, submitted_at, decided_at, decided_by)
        SELECT {person}, {group.first_guild} + {guild}, 'application',
               CASE WHEN {mentors} THEN 'approved' ELSE 'pending' END,
               {dialect.json("'[" + '"python"' + "]'")}, 'Glad to explain it, and more.', 60,
               {created},
               CASE WHEN {mentors} THEN {created} END, CASE WHEN {mentors} THEN {CHIEF} END
          FROM {everyone} WHERE {profiles}
    """


def _offers(dialect: Dialect, group: Group) -> Iterator[str]:
    """Yield the statements for requests for help and invitations in a group's guilds.

    Each member who isn't a mentor has asked for help, and a quarter of them waits for an offer. One
    mentor has invited each of them, and so has the first mentor. `CROWDED_MENTEE` was invited a
    thousand times.
    """
    everyone = dialect.numbers(group.guilds * group.members)
    guild, number = f"i / {group.members}", f"i % {group.members}"
    person = f"{group.first_person} + i"
    first = f"{group.first_person} + ({guild}) * {group.members}"
    asked, later = dialect.instant(f"{_T0 - _DAY}"), dialect.instant(f"{_T0 + 2 * _DAY} + i % 3600")
    end = dialect.instant(f"{_T0 + QUIET_DAYS * _DAY}")
    yield f"""
        INSERT INTO help_requests (id, guild_id, user_id, tag, text, status, next_at, expires_at,
            created_at, ended_at)
        SELECT {person}, {group.first_guild} + {guild}, {person}, lower({_syllable("i % 10")})
                   || 'script', 'Why is it so slow?',
               CASE WHEN i % 4 = 0 THEN 'open' ELSE 'expired' END,
               CASE WHEN i % 4 = 0 THEN {later} END, {end}, {asked},
               CASE WHEN i % 4 <> 0 THEN {asked} END
          FROM {everyone} WHERE {number} >= {group.mentors}
    """
    yield f"""
        INSERT INTO requested_mentors (request_id, mentor_id, guild_id, shown_at)
        SELECT {person}, {first} + mentor, {group.first_guild} + {guild}, {asked}
          FROM {everyone} CROSS JOIN (SELECT i AS mentor FROM {dialect.numbers(5)}) AS mentors
         WHERE {number} >= {group.mentors}
    """
    columns = """
        INSERT INTO invitations (id, guild_id, profile_id, mentor_id, mentee_id, starts_at, ends_at,
            timezone, topic, price, status, next_at, created_at, ended_at, request_id)
    """
    starts, ends = (dialect.instant(f"{_T0 + 3 * _DAY + extra}") for extra in (0, 1_800))
    nothing = f"CAST(NULL AS {dialect.moment})"
    declined = f"'declined', {nothing}, {asked}, {asked}"

    what = f"{starts}, {ends}, 'UTC', 'Types', 5"
    mentor = f"{first} + i % {group.mentors}"
    is_open = "i % 7 = 0"
    yield f"""
        {columns} SELECT {person}, {group.first_guild} + {guild}, {mentor}, {mentor}, {person},
               {what}, CASE WHEN {is_open} THEN 'open' ELSE 'declined' END,
               CASE WHEN {is_open} THEN {later} END, {asked},
               CASE WHEN NOT {is_open} THEN {asked} END,
               CASE WHEN NOT {is_open} THEN {person} END
          FROM {everyone} WHERE {number} >= {group.mentors}
    """
    yield f"""
        {columns} SELECT 20000000 + {person}, {group.first_guild} + {guild}, {first}, {first},
               {person}, {what}, {declined}, NULL
          FROM {everyone} WHERE {number} >= {group.mentors}
    """
    if group.first_person < CROWDED_MENTEE < group.first_person + group.members:
        mentor = f"{group.first_person} + i % {group.mentors}"
        yield f"""
            {columns} SELECT 40000000 + i, {group.first_guild}, {mentor}, {mentor},
                   {CROWDED_MENTEE}, {what}, {declined}, NULL
              FROM {dialect.numbers(1_000)}
        """


def _calendars(dialect: Dialect, group: Group) -> Iterator[str]:
    """Yield the statements for the calendars that mentors keep elsewhere.

    Each has one, with half an hour that is busy on 40 days, and `SCHEDULED_MENTOR` on 500.
    """
    mentors = dialect.numbers(group.guilds * group.mentors)
    guild = f"i / {group.mentors}"
    person = f"{group.first_person} + ({guild}) * {group.members} + i % {group.mentors}"
    yield f"""
        INSERT INTO external_calendars (id, guild_id, user_id, kind, label, address, address_hash,
            next_at, checked_at, created_at)
        SELECT {person}, {group.first_guild} + {guild}, {person}, 'ics', 'Private', 'encrypted',
               {dialect.text(person)}, {dialect.instant(f"{_T0} + 60 + i % 900")},
               {dialect.instant(f"{_T0 - 840}")}, {dialect.instant(f"{_T0 - _DAY}")}
          FROM {mentors}
    """
    spans = 500 if group.first_person < SCHEDULED_MENTOR < group.first_person + 100 else 40
    start = f"{_T0} + day * {_DAY} + 7 * 3600"
    most = f"day < 40 OR {person} = {SCHEDULED_MENTOR}"
    yield f"""
        INSERT INTO external_busy (calendar_id, user_id, starts_at, ends_at)
        SELECT {person}, {person}, {dialect.instant(start)}, {dialect.instant(f"{start} + 1800")}
          FROM {mentors} CROSS JOIN (SELECT i AS day FROM {dialect.numbers(spans)}) AS days
         WHERE {most}
    """


def _groups(dialect: Dialect) -> Iterator[str]:
    """Yield the statements for series, and for group sessions with their rooms and waitlists.

    Twenty members wait for a seat in each that is to come, none of whom could take it.
    """
    later = dialect.instant(f"{_T0 + _DAY} + n % 3600")
    waits = f"CASE status WHEN 'confirmed' THEN {later} END"
    yield """
        INSERT INTO series (id, guild_id, profile_id, mentee_id, every_weeks, created_at)
        SELECT n, guild_id, mentor, mentee, 1, asked FROM plan WHERE series_id IS NOT NULL
    """
    yield f"""
        INSERT INTO group_sessions (id, guild_id, profile_id, mentor_id, title, starts_at, ends_at,
            timezone, status, sign_up_open, capacity, seats_taken, price, fee_percent,
            confirm_within, free_cancellation_until, late_refund_percent, cancellation_grace,
            complete_after, place, repeat_weeks, repeat_at, next_at, created_at, ended_at,
            channel_id, message_id, card_due_at, wants_event, event_id, event_due_at, waitlist_at)
        SELECT n, guild_id, mentor, mentor, {_choice(_TOPICS, "n")}, starts_at, ends_at,
               {_choice(_ZONES, "n")}, status, true, 2, 1, price, 10, 1440, 1440, 0, 0, 1440,
               'thread', CASE status WHEN 'confirmed' THEN 1 ELSE 0 END, {waits},
               CASE status WHEN 'confirmed' THEN starts_at END, asked,
               CASE status WHEN 'completed' THEN ends_at END, 77, n, {waits}, true, n, {waits},
               {waits}
          FROM plan WHERE group_id IS NOT NULL ORDER BY n
    """
    yield f"""
        INSERT INTO group_places (group_id, guild_id, kind, name, next_at)
        SELECT n, guild_id, 'thread', 'A room', {later} FROM plan
         WHERE group_id IS NOT NULL AND status = 'confirmed'
    """
    yield f"""
        INSERT INTO waitlist_entries (guild_id, group_id, user_id, price, created_at)
        SELECT guild_id, n, mentor + 30 + place, price, asked
          FROM plan CROSS JOIN (SELECT i AS place FROM {dialect.numbers(20)}) AS places
         WHERE group_id IS NOT NULL AND status = 'confirmed' ORDER BY n, place
    """


def _of_streams(ranges: tuple[range, ...]) -> str:
    """Return the condition that a session of the plan is of the streams with these ids."""
    return " OR ".join(f"n BETWEEN {each.start} AND {each.stop - 1}" for each in ranges)


def _sessions(dialect: Dialect) -> Iterator[str]:
    """Yield the statements for the sessions and what belongs to them."""
    over = "status IN ('completed', 'no_show', 'cancelled', 'declined', 'expired', 'refunded')"
    later = dialect.instant(f"{_T0 + (QUIET_DAYS + 1) * _DAY} + n % 3600")
    yield f"""
        INSERT INTO sessions (id, guild_id, profile_id, mentor_id, starts_at, ends_at, timezone,
            status, topic, price, fee_percent, confirmed_at, next_at, ended_at, ended_by,
            no_show_user_id, created_at, updated_at, group_id, series_id)
        SELECT n, guild_id, mentor, mentor, starts_at, ends_at, {_choice(_ZONES, "n")}, status,
               {_choice(_TOPICS, "n")}, price, 10,
               CASE WHEN status IN ('confirmed', 'in_progress', 'completed', 'no_show', 'disputed')
                    THEN asked END,
               CASE status WHEN 'scheduled' THEN {dialect.instant("starts - 1800")}
                           WHEN 'confirmed' THEN starts_at
                           WHEN 'in_progress' THEN {later} WHEN 'disputed' THEN {later} END,
               CASE WHEN {over} THEN ends_at END,
               CASE status WHEN 'cancelled' THEN mentee WHEN 'declined' THEN mentor END,
               CASE status WHEN 'no_show' THEN mentee END,
               asked, CASE WHEN {over} THEN ends_at ELSE asked END, group_id,
               series_id
          FROM plan ORDER BY n
    """
    yield """
        INSERT INTO participants (session_id, user_id, guild_id, role, paid, says, said_at,
            session_status, session_starts_at, group_id, mentor_id)
        SELECT n, CASE side WHEN 0 THEN mentor ELSE mentee END, guild_id,
               CASE WHEN side = 1 THEN 'mentee' WHEN group_id IS NULL THEN 'mentor' ELSE 'host' END,
               CASE side WHEN 0 THEN 0 ELSE price END,
               CASE WHEN status IN ('no_show', 'disputed', 'refunded') AND side = 0 THEN 'no_show'
                    WHEN status IN ('completed', 'disputed', 'refunded') AND side = 1
                    THEN 'took_place' END,
               CASE WHEN status IN ('no_show', 'disputed', 'refunded') AND side = 0
                      OR status IN ('completed', 'disputed', 'refunded') AND side = 1
                    THEN ends_at END,
               status, starts_at, group_id, CASE side WHEN 1 THEN mentor END
          FROM plan CROSS JOIN (SELECT 0 AS side UNION ALL SELECT 1) AS sides ORDER BY n
    """
    yield """
        INSERT INTO commitments (id, session_id, group_id, user_id, starts_at, ends_at)
        SELECT 2 * n + side, CASE WHEN side = 1 OR group_id IS NULL THEN n END,
               CASE side WHEN 0 THEN group_id END, CASE side WHEN 0 THEN mentor ELSE mentee END,
               starts_at, ends_at
          FROM plan CROSS JOIN (SELECT 0 AS side UNION ALL SELECT 1) AS sides
         WHERE status NOT IN ('cancelled', 'declined', 'expired')
         ORDER BY n
    """
    yield """
        INSERT INTO booking_answers (session_id, position, question, answer)
        SELECT n, 0, 'What would you like to work on?', 'My first pull request.'
          FROM plan WHERE group_id IS NULL AND n % 2 = 0 ORDER BY n
    """
    yield f"""
        INSERT INTO reviews (id, guild_id, session_id, author_id, profile_id, stars, text,
            created_at, updated_at, hidden_at, hidden_by, hidden_reason, counts)
        SELECT n, guild_id, n, mentee, mentor, stars,
               'Explained it well: ' || {_choice(_TOPICS, "n / 3")},
               ends_at, ends_at, CASE WHEN n % 300 = 0 THEN ends_at END,
               CASE WHEN n % 300 = 0 THEN {CHIEF} END, CASE WHEN n % 300 = 0 THEN 'Off topic' END,
               counts
          FROM plan WHERE stars IS NOT NULL ORDER BY n
    """
    yield """
        INSERT INTO thanks (session_id, guild_id, profile_id, text, created_at)
        SELECT n, guild_id, mentor, 'That helped a lot', ends_at
          FROM plan WHERE stars IS NOT NULL ORDER BY n
    """


def _points(dialect: Dialect, everyone: tuple[Group, ...]) -> Iterator[str]:
    """Yield the statements for the ledger: grants, gifts, and what sessions hold and pay."""
    columns = (
        "INSERT INTO transfers (id, guild_id, debit_account_id, credit_account_id, amount, cause, "
        "session_id, made_by, reason, created_at)"
    )
    created = dialect.instant(f"{_T0 - 2_000 * _DAY}")
    for group in everyone:
        size = group.guilds * group.members
        guild = f"{group.first_guild} + i / {group.members}"
        person = f"{group.first_person} + i"
        yield f"""
            {columns} SELECT {person}, {guild}, {ISSUANCE} + {guild}, {person}, {GRANT}, 'grant',
                   NULL, {CHIEF}, 'Welcome', {created}
              FROM {dialect.numbers(size)}
        """
        # Each member gives to those who follow them in their guild.
        receiver = (
            f"{group.first_person} + i / {GIFTS} / {group.members} * {group.members} "
            f"+ (i / {GIFTS} + 1 + i % {GIFTS}) % {group.members}"
        )
        giver = f"{group.first_person} + i / {GIFTS}"
        yield f"""
            {columns} SELECT 10000000 + ({group.first_person}) * {GIFTS} + i,
                   {group.first_guild} + i / {GIFTS} / {group.members}, {giver}, {receiver}, 1,
                   'gift', NULL, {giver}, 'Thanks', {dialect.instant(f"{_T0} - i % 1000 * {_DAY}")}
              FROM {dialect.numbers(size * GIFTS)}
        """
    # What a session moves: the hold, then the payment or the refund, then the fee.
    refunded = "status IN ('cancelled', 'declined', 'expired', 'refunded')"
    yield f"""
        {columns} SELECT {ESCROW} + 4 * n + leg, guild_id,
               CASE leg WHEN 0 THEN mentee ELSE {ESCROW} + n END,
               CASE WHEN leg = 0 THEN {ESCROW} + n
                    WHEN leg = 2 THEN {FEES} + guild_id
                    WHEN {refunded} THEN mentee ELSE mentor END,
               CASE WHEN leg = 2 THEN price / 10
                    WHEN leg = 1 AND status = 'completed' THEN price - price / 10
                    ELSE price END,
               CASE WHEN leg = 0 THEN 'hold' WHEN leg = 2 THEN 'fee'
                    WHEN {refunded} THEN 'refund' ELSE 'payment' END,
               n, CASE leg WHEN 0 THEN mentee END, NULL,
               CASE leg WHEN 0 THEN asked ELSE ends_at END
          FROM plan CROSS JOIN (SELECT 0 AS leg UNION ALL SELECT 1 UNION ALL SELECT 2) AS legs
         WHERE leg = 0 OR leg = 2 AND status = 'completed'
            OR leg = 1 AND status NOT IN ('scheduled', 'confirmed', 'in_progress', 'disputed')
         ORDER BY n, leg
    """
    yield """
        CREATE TEMPORARY TABLE balances AS
        SELECT account, sum(amount) AS balance FROM (
            SELECT credit_account_id AS account, amount FROM transfers
             UNION ALL SELECT debit_account_id, -amount FROM transfers) AS moved
         GROUP BY account
    """
    yield "CREATE INDEX balances_account ON balances (account)"
    for group in everyone:
        size = group.guilds * group.members
        yield f"""
            INSERT INTO accounts (id, guild_id, kind, user_id, balance)
            SELECT account, {group.first_guild} + i / {group.members}, 'member', account, balance
              FROM {dialect.numbers(size)} JOIN balances ON account = {group.first_person} + i
        """
    yield f"""
        INSERT INTO accounts (id, guild_id, kind, balance)
        SELECT account, guilds.id, 'fees', balance
          FROM guilds JOIN balances ON account = {FEES} + guilds.id
        UNION ALL
        SELECT account, guilds.id, 'issuance', balance
          FROM guilds JOIN balances ON account = {ISSUANCE} + guilds.id
    """
    yield f"""
        INSERT INTO accounts (id, guild_id, kind, session_id, balance)
        SELECT {ESCROW} + n, guild_id, 'escrow', n,
               CASE WHEN status IN ('scheduled', 'confirmed', 'in_progress', 'disputed')
                    THEN price ELSE 0 END
          FROM plan ORDER BY n
    """
    yield "DROP TABLE balances"


def _messages(dialect: Dialect) -> Iterator[str]:
    """Yield the statements for notifications, events and idempotency keys."""
    none = dialect.json("'{}'")
    yield f"""
        INSERT INTO notices (id, guild_id, user_id, kind, session_id, facts, caused_by, key, due_at,
            next_at, status, attempts, settled_at, channel_id, message_id)
        SELECT n, guild_id, mentor, 'requested', n, {none}, mentee,
               'requested:' || {dialect.text("n")} || ':' || {dialect.text("mentor")},
               ends_at, ends_at, 'sent', 1, ends_at, 7, n
          FROM plan WHERE group_id IS NULL ORDER BY n
    """
    kinds = ("reminder", "starting", "how_was_it")
    for number, kind in enumerate(kinds):
        due = dialect.instant(f"starts + {(number - 1) * 1_800}")
        yield f"""
            INSERT INTO notices (id, guild_id, user_id, kind, session_id, facts, key, due_at,
                next_at, urgency)
            SELECT 100000000 + n * 8 + {2 * number} + side, guild_id,
                   CASE side WHEN 0 THEN mentor ELSE mentee END, '{kind}', n, {none},
                   '{kind}:' || {dialect.text("n")} || ':'
                       || {dialect.text("CASE side WHEN 0 THEN mentor ELSE mentee END")},
                   {due}, {due}, {1 if number == 2 else 0}
              FROM plan CROSS JOIN (SELECT 0 AS side UNION ALL SELECT 1) AS sides
             WHERE status = 'confirmed' AND (side = 1 OR group_id IS NULL) ORDER BY n
        """
    yield """
        INSERT INTO events (id, guild_id, type, occurred_at, actor_id, subject_id, session_id)
        SELECT 4 * n + leg, guild_id,
               CASE leg WHEN 0 THEN 'session.booked' ELSE 'session.' || status END,
               CASE leg WHEN 0 THEN asked ELSE ends_at END,
               CASE leg WHEN 0 THEN mentee END, CASE leg WHEN 0 THEN mentor END, n
          FROM plan CROSS JOIN (SELECT 0 AS leg UNION ALL SELECT 1) AS legs
         WHERE leg = 0 OR status NOT IN ('scheduled', 'in_progress', 'disputed', 'refunded')
         ORDER BY n, leg
    """
    yield f"""
        INSERT INTO idempotency_keys (guild_id, user_id, key, request, session_id, created_at)
        SELECT guild_id, mentee, 'key ' || {dialect.text("n")}, 'request ' || {dialect.text("n")},
               n, {dialect.instant(f"{_T0} - n % 500000")}
          FROM plan WHERE n % 10 = 0
    """


def _decisions(dialect: Dialect, size: Size) -> Iterator[str]:
    """Yield the statements for moderators' decisions in the town and grants that wait for one."""
    for group in groups(size):
        if group.first_guild != TOWN:
            continue
        # After the events of the same members' sessions.
        first = 45 * (group.first_person - 1_000_000) + 1
        yield f"""
            INSERT INTO events (id, guild_id, type, occurred_at, actor_id, subject_id, audited,
                note)
            SELECT {first} + i, {TOWN}, 'points.granted',
                   {dialect.instant(f"{_T0} - i % 700 * {_DAY}")}, {CHIEF},
                   {group.first_person} + i % {group.members}, true, 'Helped out'
              FROM {dialect.numbers(group.members // 2)}
        """
        yield f"""
            INSERT INTO grant_requests (guild_id, user_id, amount, reason, requested_by,
                requested_at)
            SELECT {TOWN}, {group.first_person} + i, 20000, 'A prize', {CHIEF},
                   {dialect.instant(f"{_T0} - i * 60")}
              FROM {dialect.numbers(3 + group.applicants // 10)}
        """


def _webhooks(dialect: Dialect) -> Iterator[str]:
    """Yield the statements for positions of events, and an endpoint that got them all."""
    yield "UPDATE events SET position = id"
    yield "DELETE FROM event_feed"
    yield "INSERT INTO event_feed (id, position) SELECT 1, max(id) FROM events"
    yield f"""
        INSERT INTO webhook_endpoints (id, guild_id, url, secret, created_at)
        VALUES ({ENDPOINT}, {TOWN}, 'https://app.example/hooks', 'whsec_',
                {dialect.instant(str(_T0))})
    """
    yield f"""
        INSERT INTO webhook_deliveries (id, endpoint_id, guild_id, event_id, message_id, order_key,
            status, attempts, created_at, settled_at)
        SELECT id, {ENDPOINT}, guild_id, id, 'evt_' || {dialect.text("id")},
               {dialect.text("session_id")}, CASE WHEN id % 97 = 0 THEN 'failed' ELSE 'sent' END, 1,
               occurred_at, occurred_at
          FROM events WHERE guild_id = {TOWN} ORDER BY id
    """


def _figures(dialect: Dialect) -> Iterator[str]:
    """Yield the statements for figures, by month."""
    no_times, no_waits = dialect.json("'[0,0,0,0,0,0,0,0]'"), dialect.json("'[0,0,0,0,0,0,0]'")
    yield f"""
        INSERT INTO mentee_months (profile_id, mentee_id, month, guild_id, sessions)
        SELECT mentor, mentee, {dialect.month("starts_at")}, guild_id, count(*)
          FROM plan WHERE status = 'completed' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
    """
    yield f"""
        INSERT INTO mentor_months (profile_id, month, guild_id, last_at, sessions, minutes,
            attendees, bookings, mentees, answer_times, waits)
        SELECT mentor, {dialect.month("starts_at")}, guild_id, max(ends_at), count(*),
               30 * count(*), count(*), count(*), count(DISTINCT mentee), {no_times}, {no_waits}
          FROM plan WHERE status = 'completed' GROUP BY 1, 2, 3 ORDER BY 1, 2
    """
    yield """
        INSERT INTO mentor_quarters (profile_id, month, guild_id, sessions, minutes, mentees,
            thanks)
        SELECT profile_id, month, guild_id, sessions, minutes, mentees, 0 FROM mentor_months
    """
    yield """
        INSERT INTO mentor_totals (profile_id, guild_id, is_active, last_active_at, sessions,
            minutes, mentees, returning_mentees, reviews, stars, thanks)
        SELECT profile_id, guild_id, true, max(last_at), sum(sessions), sum(minutes), sum(mentees),
               0, 0, 0, 0
          FROM mentor_months GROUP BY 1, 2
    """
    yield f"""
        INSERT INTO guild_months (guild_id, month, sessions, minutes, attendees, bookings,
            active_mentors, active_members, answer_times, waits)
        SELECT guild_id, month, sum(sessions), sum(minutes), sum(attendees), sum(bookings),
               count(*), sum(mentees), {no_times}, {no_waits}
          FROM mentor_months GROUP BY 1, 2
    """


def _syllable(number: str) -> str:
    return f"substr('{_SYLLABLES}', 1 + 2 * (({number}) % {len(_SYLLABLES) // 2}), 2)"


def _choice(values: tuple[str, ...], number: str) -> str:
    """Return an expression for one of the values, by a number."""
    cases = " ".join(f"WHEN {index} THEN '{value}'" for index, value in enumerate(values))
    return f"CASE ({number}) % {len(values)} {cases} END"
