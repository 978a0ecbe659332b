"""The demo's members and their history.

The history is created by the bot's own use cases, while the simulated weeks pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mentorbot.demo.clock import SimulatedClock
from mentorbot.demo.group_sessions import create_group_sessions
from mentorbot.demo.mentorships import (
    SessionNotes,
    ask_questions,
    come_closer_to_goals,
    set_goals,
    write_notes,
)
from mentorbot.demo.past.months import PastMonths
from mentorbot.demo.past.plans import Plan
from mentorbot.demo.simulated_discord import (
    DIRECT_MESSAGES,
    GROUP_SESSIONS,
    MENTORSHIP,
    REVIEW,
    Persona,
    SimulatedServer,
)
from mentorship.administration import setup
from mentorship.availability import editor, slot_queries, timezone_change
from mentorship.members import languages
from mentorship.mentors import applications
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from mentorship.recognition import threshold_roles
from mentorship.recognition.threshold_roles import Thresholds
from mentorship.sessions import booking, transitions
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance, disputes, reviews
from mentorship.sessions.lifecycle import Action, Attendance
from mentorship.sessions.offers import help_requests, invitations
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from mentorship.sessions.offers.invitations import InvitationRequest, Invitee
from mentorship.sessions.offers.request_views import PartOfDay
from mentorship.sessions.series import booking as series_booking
from mentorship.sessions.series import changes as series_changes
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import CALLED_OFF
from storage import Database

SERVER_CREATED_AT = datetime(2026, 5, 18, 9, tzinfo=UTC)
AUTUMN = datetime(2026, 9, 7, 9, tzinfo=UTC)
"""When the second half of the mentors applies."""

PERSONAS_JOIN = datetime(2027, 1, 25, 9, tzinfo=UTC)
FIRST_WEEK = datetime(2027, 2, 15, 7, tzinfo=UTC)
START = datetime(2027, 3, 23, 15, tzinfo=UTC)
"""When the visitor arrives. It is fixed, so that the demo is the same every time: a Tuesday, 11:00
in New York, 15:00 in London, 20:30 in Kolkata. Europe's clocks go forward on the next Sunday."""

MAYA = Persona(
    "maya",
    "Maya Torres",
    "a member looking for a mentor",
    "New York",
    "America/New_York",
    "#c2416b",
)
OLIVER = Persona(
    "oliver",
    "Oliver Hughes",
    "a mentor for Python and Django, and a moderator",
    "London",
    "Europe/London",
    "#2f62c9",
    (MENTORSHIP, GROUP_SESSIONS, DIRECT_MESSAGES, REVIEW),
)
PRIYA = Persona(
    "priya",
    "Priya Nair",
    "a moderator",
    "Kolkata",
    "Asia/Kolkata",
    "#a8620e",
    (REVIEW, MENTORSHIP, GROUP_SESSIONS, DIRECT_MESSAGES),
)
TOMAS = Persona(
    "tomas", "Tomás Lima", "has just applied to mentor", "São Paulo", "America/Sao_Paulo", "#6d49c4"
)


@dataclass(frozen=True, slots=True)
class _Mentor:
    key: str
    name: str
    zone: str
    colour: str
    hours: str
    rate: int
    expertise: tuple[str, ...]
    bio: str

    def as_persona(self) -> Persona:
        """Return the mentor as a persona that the visitor can play."""
        return Persona(
            self.key,
            self.name,
            f"a mentor for {self.expertise[0]} and {self.expertise[1]}",
            self.zone.rpartition("/")[2].replace("_", " "),
            self.zone,
            self.colour,
        )


_MENTORS = (
    _Mentor(
        OLIVER.key,
        OLIVER.name,
        OLIVER.zone,
        OLIVER.colour,
        "mon-fri 18:00-21:30; sat 10:00-14:00",
        60,
        ("python", "django", "code review"),
        "Fifteen years of Python, ten of them with Django. Bring a pull request, a stack trace or "
        "a blank page: we read it together and you leave with the next three steps.",
    ),
    _Mentor(
        "aiko",
        "Aiko Tanaka",
        "Asia/Tokyo",
        "#1f8a78",
        "tue-thu 19:00-22:00; sun 9:00-12:00",
        80,
        ("ui design", "figma", "accessibility"),
        "Product designer. I look at your screens the way a new user would, and show you how to "
        "make them clear before you make them pretty.",
    ),
    _Mentor(
        "lucas",
        "Lucas Ferreira",
        "America/Sao_Paulo",
        "#7b5ea7",
        "mon-fri 12:00-14:00, 19:00-21:00",
        50,
        ("react", "typescript", "testing"),
        "Front-end developer at a bank. Hooks, types that help, tests that tell you something. "
        "Beginners are very welcome.",
    ),
    _Mentor(
        "ingrid",
        "Ingrid Solberg",
        "Europe/Oslo",
        "#3d6d99",
        "mon, wed 17:00-20:00; sat 9:00-12:00",
        90,
        ("statistics", "data science", "python"),
        "Statistician turned data scientist. Ask me which test, why it is significant and what to "
        "plot. I like messy data.",
    ),
    _Mentor(
        "kwame",
        "Kwame Mensah",
        "Africa/Accra",
        "#b0562a",
        "tue-fri 17:30-21:00",
        75,
        ("go", "kubernetes", "aws"),
        "Platform engineer. From the first container to an on-call rota that lets you sleep.",
    ),
    _Mentor(
        "sofia",
        "Sofia Rossi",
        "Europe/Rome",
        "#9b3d7a",
        "mon-fri 14:00-18:00",
        70,
        ("product management", "interviews", "roadmaps"),
        "Product lead. Mock interviews with honest notes, and roadmaps that survive their first "
        "meeting with engineering.",
    ),
    _Mentor(
        "daniel",
        "Daniel Cohen",
        "Asia/Jerusalem",
        "#4a6b3a",
        "sun-thu 19:00-22:00",
        95,
        ("security", "linux", "networking"),
        "Security engineer. Threat models over fear; we start with what you have to lose.",
    ),
    _Mentor(
        "chloe",
        "Chloé Martin",
        "Europe/Paris",
        "#c06a3e",
        "mon, thu, fri 9:00-12:00; wed 18:00-20:00",
        40,
        ("technical writing", "documentation", "open source"),
        "I write the manuals that people read. Bring a README; we will cut it in half.",
    ),
    _Mentor(
        "ravi",
        "Ravi Iyer",
        "Asia/Kolkata",
        "#54509c",
        "mon-fri 07:00-09:00, 20:00-22:30",
        85,
        ("machine learning", "python", "mlops"),
        "I put models into production and keep them honest there. Happy to go slowly through the "
        "mathematics, too.",
    ),
    _Mentor(
        "hannah",
        "Hannah Brandt",
        "America/Chicago",
        "#8a5d23",
        "tue, thu 12:00-13:30; sat 9:00-13:00",
        45,
        ("career change", "cv review", "interviews"),
        "From teacher to engineer at 34. I help people tell the story of their own change, on "
        "paper and out loud.",
    ),
    _Mentor(
        "jack",
        "Jack Nguyen",
        "Australia/Sydney",
        "#a33f3f",
        "mon-thu 18:00-21:00",
        100,
        ("rust", "embedded", "performance"),
        "Embedded systems by day, the borrow checker's lawyer by night. Bring a profile, not a "
        "hunch.",
    ),
    _Mentor(
        "amara",
        "Amara Okafor",
        "Africa/Lagos",
        "#2d7d4f",
        "mon-fri 16:00-19:00; sun 15:00-18:00",
        65,
        ("public speaking", "leadership", "first team"),
        "First talk, first team, first hard conversation: I have been nervous before all of them.",
    ),
)

_MEMBERS = (
    ("leo", "Leo Park", "Asia/Seoul", "#356f8f"),
    ("elena", "Elena Petrova", "Europe/Sofia", "#90496b"),
    ("sam", "Sam Whitaker", "America/Los_Angeles", "#5d6f2e"),
    ("fatima", "Fatima Zahra", "Africa/Casablanca", "#7c4a9e"),
    ("noah", "Noah Fischer", "Europe/Berlin", "#3a7a64"),
    ("mei", "Mei Lin", "Asia/Singapore", "#a84a32"),
    ("diego", "Diego Ramos", "America/Mexico_City", "#44589c"),
)


@dataclass(frozen=True, slots=True)
class _PastSession:
    """A session of the past weeks: who met whom, and the mentee's review.

    Without stars the mentee reported nothing, so the session was completed automatically. `outcome`
    is completed, declined, expired (the mentor never answered), cancelled, refunded, disputed or no
    show.
    """

    mentee: str
    mentor: str
    topic: str
    stars: int = 0
    review: str = ""
    outcome: str = "completed"
    notes: SessionNotes | None = None


_WEEKS: tuple[tuple[_PastSession, ...], ...] = (
    (
        _PastSession(
            "leo",
            "oliver",
            "First Django project",
            5,
            "Patient, and he reads code fast.",
            notes=SessionNotes(
                "The list of books asks the database once per author. `select_related` helps. "
                "Views stay thin, rules go into the models.",
                ("Write a test for the list of books",),
            ),
        ),
        _PastSession("elena", "sofia", "Mock interview", 5, "The notes were worth it alone."),
        _PastSession(
            "sam", "hannah", "CV for a change of career", 5, "I have a CV that sounds like me."
        ),
        _PastSession(
            "noah", "jack", "Why is my parser slow?", 4, "Steep, but I found the hot loop."
        ),
        _PastSession("diego", "kwame", "Containers from zero", outcome="declined"),
        _PastSession("mei", "amara", "My first talk", 5, "I was on stage on Friday. It went well!"),
        _PastSession(
            "maya",
            "ingrid",
            "What my data can say",
            5,
            "She asked before she answered.",
            notes=SessionNotes(
                "Start with the question, then the plot, then the test. The survey has too few "
                "answers per team to compare all of them.",
                ("Draw the answers of each team",),
                are_done=True,
            ),
        ),
    ),
    (
        _PastSession(
            "mei", "ravi", "From notebook to service", 5, "Everything finally has a place."
        ),
        _PastSession(
            "maya",
            "ingrid",
            "Which test, and why",
            5,
            "She made me draw it first. It helped.",
            notes=SessionNotes(
                "Paired data: the same people before and after. So a paired test, and first a plot "
                "of the differences.",
                ("Run the paired test", "Read chapter 4 on regression"),
                link=("Notebook of our session", "https://notebooks.example/paired"),
                are_done=True,
            ),
        ),
        _PastSession(
            "fatima", "oliver", "Reading a stack trace", 4, "Good, a little quick at the end."
        ),
        _PastSession("diego", "hannah", "Interview practice", 5),
        _PastSession("noah", "kwame", "Kubernetes, gently", 5, "I stopped being afraid of YAML."),
        _PastSession("sam", "lucas", "TypeScript for Python people", 3, "We ran out of time."),
    ),
    (
        _PastSession("elena", "aiko", "Contrast and type", 5, "Kind and precise."),
        _PastSession("noah", "chloe", "A README people read", 5, "Half as long, twice as good."),
        _PastSession("leo", "amara", "Leading my first team", 4, "Calm advice for a loud week."),
        _PastSession("mei", "jack", "Lifetimes", 5, "The diagrams!"),
        _PastSession("fatima", "sofia", "A roadmap for two", 4),
        _PastSession(
            "sam", "oliver", "Code review of a view", 5, "Three small steps, as promised."
        ),
        _PastSession("diego", "amara", "A talk about queries", outcome="cancelled"),
        _PastSession("leo", "lucas", "A form that helps", outcome="refunded"),
    ),
    (
        _PastSession("noah", "ingrid", "Plots that tell the truth", 5, "Brilliant."),
        _PastSession("elena", "kwame", "On call for two", 4),
        _PastSession("leo", "ravi", "Evaluation", 4, "Slow and thorough, in the best way."),
        _PastSession("mei", "chloe", "Docs for an API", 5),
        _PastSession("diego", "oliver", "Queries, faster", 5, "40 queries became 2."),
        _PastSession("fatima", "jack", "Embedded for web people", outcome="expired"),
        _PastSession("sam", "chloe", "A cover letter", outcome="no show"),
        _PastSession(
            "maya",
            "ingrid",
            "Reading a regression",
            5,
            notes=SessionNotes(
                "The slope is per year, not per month. Look at the residuals before you believe "
                "it.",
                ("Plot the residuals", "Do the old exam of 2025"),
            ),
        ),
    ),
    (
        _PastSession("sam", "aiko", "Portfolio", 5, "She sees everything."),
        _PastSession("leo", "lucas", "Testing components", 5),
        _PastSession("diego", "sofia", "Mock interview", 5, "Hard questions, asked nicely."),
        _PastSession("fatima", "kwame", "Rolling back", 5),
        _PastSession("maya", "chloe", "My first pull request"),
        _PastSession("elena", "lucas", "Types for a beginner", 5),
        _PastSession("noah", "amara", "Saying no", 5, "I said it on Thursday."),
        # Oliver is a moderator, and can't decide this one.
        _PastSession("fatima", "oliver", "Async views", outcome="disputed"),
    ),
)


async def create_history(
    server: SimulatedServer, db: Database, clock: SimulatedClock, plans: Sequence[Plan]
) -> None:
    """Create the community and its history up to `START`.

    `plans` are the sessions of the regular members, whom the visitor can't play.
    """
    history = _HistoryBuilder(server, db, clock, plans)
    await history.create_server()
    await history.add_mentors(_MENTORS[:6])
    await history.pass_time_until(AUTUMN)
    await history.add_mentors(_MENTORS[6:])
    await history.pass_time_until(PERSONAS_JOIN)
    await history.add_members()
    for number, week in enumerate(_WEEKS):
        await history.create_week(FIRST_WEEK + timedelta(weeks=number), week)
        if number == 0:
            await set_goals(server, db)
    await history.book_this_week()
    await history.post_messages()
    await create_group_sessions(server, db)
    await come_closer_to_goals(server, db)
    await ask_questions(server, db)
    await history.ask_for_help()
    await history.create_pending_items()
    await clock.jump_to(START)
    await clock.run_jobs()
    for persona in (MAYA, OLIVER, PRIYA, TOMAS):
        server.add_persona(persona)
    for mentor in _MENTORS:
        if mentor.key != OLIVER.key:
            server.add_inactive_persona(mentor.as_persona())
    server.mark_everything_read()


class _HistoryBuilder:
    def __init__(
        self, server: SimulatedServer, db: Database, clock: SimulatedClock, plans: Sequence[Plan]
    ) -> None:
        self.server = server
        self.db = db
        self.clock = clock
        self.past = PastMonths(server, db, clock, PRIYA.key, plans)

    async def pass_time_until(self, moment: datetime) -> None:
        """Let the regular members do what they do up to a moment, and move the clock to it."""
        await self.past.play_until(moment)
        await self.clock.jump_to(moment)

    async def pass_time(self, span: timedelta) -> None:
        """Let time pass, as `pass_time_until`."""
        await self.pass_time_until(self.clock.now() + span)

    async def create_server(self) -> None:
        await self.pass_time_until(SERVER_CREATED_AT)
        server = self.server
        await self.db.run(
            setup.configure,
            server.owner(),
            review_channel_id=server.review.id,
            notices_channel_id=server.general.id,
            sessions_channel_id=server.group_sessions.id,
            moderator_role_id=server.moderator_role.id,
            mentor_role_id=server.mentor_role.id,
            starting_balance=100,
            # One reminder is enough for the past; `book_this_week` sets the usual three.
            reminders=[10],
            language=server.language,
        )
        server.add_member(
            PRIYA.key,
            PRIYA.name,
            colour=PRIYA.colour,
            roles=(server.admin_role, server.moderator_role),
        )
        await self._set_zone(PRIYA.key, PRIYA.zone)

    async def add_mentors(self, mentors: Sequence[_Mentor]) -> None:
        """Let mentors join and apply, and Priya approve them."""
        for mentor in mentors:
            await self.pass_time(timedelta(hours=14))
            # Oliver moderates too, so the visitor can see that nobody decides about themselves.
            roles = (self.server.moderator_role,) if mentor.key == OLIVER.key else ()
            self.server.add_member(mentor.key, mentor.name, colour=mentor.colour, roles=roles)
            await self._set_zone(mentor.key, mentor.zone)
        for mentor in mentors:
            await self.pass_time(timedelta(hours=9))
            await self.db.run(
                applications.apply,
                self.server.actor(mentor.key),
                ProfileContent(mentor.expertise, mentor.rate, mentor.bio),
            )
        await self.clock.run_jobs()
        await self.pass_time(timedelta(hours=15))
        for _ in mentors:
            await self.server.press_button(PRIYA.key, "Approve", REVIEW)
        await self.clock.run_jobs()
        for mentor in mentors:
            await self.db.run(editor.set_weekly, self.server.actor(mentor.key), mentor.hours)

    async def add_members(self) -> None:
        for key, name, zone, colour in (
            (MAYA.key, MAYA.name, MAYA.zone, MAYA.colour),
            (TOMAS.key, TOMAS.name, TOMAS.zone, TOMAS.colour),
            *_MEMBERS,
        ):
            await self.pass_time(timedelta(hours=7))
            self.server.add_member(key, name, colour=colour)
            await self._set_zone(key, zone)
            await self._grant(key, name, 300, "A good start: you helped in #general")

    async def create_week(self, monday: datetime, week: tuple[_PastSession, ...]) -> None:
        """Create the sessions of one week: booked on Monday, then confirmed, held and rated."""
        await self.pass_time_until(monday)
        booked = [
            (past, await self._book(past.mentee, past.mentor, past.topic, index=3 * number))
            for number, past in enumerate(week)
        ]
        await self.clock.run_jobs()
        await self.pass_time(timedelta(hours=4))
        for past, session in booked:
            if past.outcome == "declined":
                mentor = self.server.actor(past.mentor)
                await self.db.run(
                    transitions.decline, mentor, session.id, "I am travelling this week, sorry!"
                )
            elif past.outcome != "expired":
                await self.server.press_button(past.mentor, "Confirm")
            if past.outcome == "cancelled":
                mentee = self.server.actor(past.mentee)
                await self.db.run(
                    transitions.cancel, mentee, session.id, "The project was stopped."
                )
        await self.clock.run_jobs()
        held = [pair for pair in booked if pair[0].outcome not in CALLED_OFF]
        for past, session in sorted(held, key=lambda pair: pair[1].ends_at):
            await self.pass_time_until(session.ends_at + timedelta(minutes=15))
            await self.db.run(sessions_clock.advance_due)
            await self._finish(past, session)
            await self.clock.run_jobs()

    async def _finish(self, past: _PastSession, session: SessionView) -> None:
        """Report attendance for a session that is over, and rate it."""
        mentee, mentor = self.server.actor(past.mentee), self.server.actor(past.mentor)
        if past.stars:
            await self.db.run(attendance.report, mentee, session.id, Attendance.MET)
            await self.db.run(reviews.rate, mentee, session.id, past.stars, past.review)
        if past.notes:
            await write_notes(self.db, mentor, mentee, session.id, past.notes)
        if past.outcome != "completed":
            await self.db.run(attendance.report, mentee, session.id, Attendance.NO_SHOW)
        if past.outcome in ("disputed", "refunded"):
            await self.db.run(attendance.report, mentor, session.id, Attendance.MET)
        if past.outcome == "refunded":
            await self.db.run(
                disputes.resolve, self.server.actor(PRIYA.key), session.id, Action.REFUND
            )

    async def book_this_week(self) -> None:
        """Book sessions for this week, and confirm some of them."""
        monday = FIRST_WEEK + timedelta(weeks=len(_WEEKS))
        await self.pass_time_until(monday)
        await self.db.run(
            setup.configure, self.server.owner(), reminders=[1_440, 60, 10], leaderboard=True
        )
        await self.db.run(
            threshold_roles.set_rule,
            self.server.owner(),
            self.server.seasoned_role.id,
            Thresholds(sessions=20, stars=45),
        )
        for key, name, *_ in ((MAYA.key, MAYA.name), *_MEMBERS):
            await self._grant(key, name, 100, "Spring round: thank you for being here")
        plans = (
            ("leo", "oliver", "Celery or not", START + timedelta(days=2)),
            ("mei", "kwame", "Costs", START + timedelta(days=1)),
            ("elena", "sofia", "Second interview", START - timedelta(minutes=30)),
            ("sam", "hannah", "Salary talk", START + timedelta(days=4)),
        )
        for mentee, mentor, topic, near in plans:
            await self._book(mentee, mentor, topic, near=near)
        await self.clock.run_jobs()
        await self.pass_time(timedelta(hours=3))
        for _, mentor, *_ in plans:
            await self.server.press_button(mentor, "Confirm")
        await self._book_series()
        await self.clock.run_jobs()

    async def _book_series(self) -> None:
        """Book four Fridays with Oliver, who confirms them: the last three on summer time."""
        diego, oliver = self.server.actor("diego"), self.server.actor(OLIVER.key)
        request = SeriesRequest(
            oliver.user_id,
            datetime(2027, 3, 26, 19, tzinfo=UTC),
            minutes=30,
            every_weeks=1,
            count=4,
            topic="Django, chapter by chapter",
        )
        booked = await self.db.run(series_booking.book_series, diego, request)
        await self.db.run(series_changes.confirm_series, oliver, booked.series.id)

    async def post_messages(self) -> None:
        """Post a few messages, so that the channel isn't empty."""
        await self.server.send_message(
            PRIYA.key,
            "Welcome to **#mentorship** 👋 Type `/book` to meet a mentor, `/sessions` to see what "
            "you have booked, `/ask` if you don't find a mentor, `/mentor apply` to be one.",
        )
        await self.pass_time(timedelta(hours=2))
        await self.server.send_message("diego", "40 queries became 2. Thank you Oliver! 🙌")
        await self.pass_time(timedelta(minutes=7))
        await self.server.send_message(
            OLIVER.key, "You found them yourself, I only pointed. See you soon!"
        )

    async def create_pending_items(self) -> None:
        """Create what is waiting when the visitor arrives: a request and an application."""
        await self.pass_time_until(START - timedelta(minutes=50))
        await self._book("noah", "aiko", "Icons that explain", near=START + timedelta(days=2))
        await self.db.run(
            applications.apply,
            self.server.actor(TOMAS.key),
            ProfileContent(
                ("postgresql", "sql", "data modelling"),
                55,
                "Ten years of databases at a logistics company. I draw your tables with you, find "
                "the slow query and explain the plan until you can read it without me.",
            ),
        )
        await self._invite_tomas()
        await self.clock.run_jobs()

    async def _invite_tomas(self) -> None:
        """Let Ravi invite Tomás to a session free of charge, on a day without open slots."""
        tomas = self.server.actor(TOMAS.key)
        request = InvitationRequest(
            datetime(2027, 3, 27, 13, tzinfo=UTC),
            minutes=30,
            topic="Feature tables that stay fast",
            note="Saw your answer about indexes. Shall we look at ours together?",
            price=0,
        )
        invitee = Invitee(tomas.user_id, TOMAS.name)
        await self.db.run(invitations.send, self.server.actor("ravi"), invitee, request)

    async def ask_for_help(self) -> None:
        """Let Sam ask the mentors who know Python; several of them get a message about it."""
        draft = HelpRequestDraft(
            "python",
            "My tests take twenty minutes, and I don't know where to begin.",
            (PartOfDay.EVENING,),
            most_points=60,
        )
        await self.db.run(help_requests.ask, self.server.actor("sam"), draft)
        await self.clock.run_jobs()

    async def _set_zone(self, key: str, zone: str) -> None:
        await self.db.run(timezone_change.set_timezone, self.server.actor(key), zone)
        if self.server.language is not None:
            await self.db.run(languages.choose, self.server.actor(key), self.server.language)

    async def _grant(self, key: str, name: str, amount: int, reason: str) -> None:
        await self.db.run(
            adjustments.grant,
            self.server.actor(PRIYA.key),
            Recipient(self.server.actor(key).user_id, name),
            amount,
            reason,
        )

    async def _book(
        self,
        mentee: str,
        mentor: str,
        topic: str,
        *,
        index: int = 0,
        near: datetime | None = None,
    ) -> SessionView:
        """Book an open slot: the one nearest to `near`, or number `index` of the next five days."""
        actor, host = self.server.actor(mentee), self.server.actor(mentor)
        slots = await self.db.read(slot_queries.suggest_slots, actor, host.user_id, limit=500)
        soonest = self.server.env.now() + timedelta(hours=8)
        starts = [start for start in slots.starts if start >= soonest]
        if near is not None:
            start = min(starts, key=lambda start: abs(start - near))
        else:
            this_week = [start for start in starts if start < soonest + timedelta(days=5)]
            start = this_week[index % len(this_week)]
        return await self.db.run(
            booking.book, actor, BookingRequest(host.user_id, start, slots.minutes, topic)
        )
