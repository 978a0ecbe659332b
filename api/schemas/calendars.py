"""A member's calendars: the feed of their sessions, and the calendars that they keep elsewhere.

Addresses and passwords of other calendars are only in requests.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.http import languages
from api.schemas.base import (
    IdText,
    InstantText,
    RequestModel,
    ResponseModel,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from mentorship.calendars import feeds
from mentorship.calendars.accounts import (
    MAX_PASSWORD,
    MAX_USERNAME,
    CalendarAccount,
    DiscoveredCalendar,
)
from mentorship.calendars.external_calendars import (
    MAX_CALENDARS,
    MAX_LABEL,
    CalendarKind,
    ExternalCalendarView,
)
from mentorship.errors import CalendarProblem
from mentorship.web_addresses import MAX_LENGTH
from wording.icalendar import calendar_links
from wording.integrations import calendars

_ADDRESS = "https://calendar.example.com/private-1f0c/basic.ics"
_FEED = "https://mentorbot.example/calendar/2Jm0jTc5pIzWc0c1mA9tJ4rYyS3nq7k8Xv1dLbHfGwE.ics"
_LABEL_DESCRIPTION = "What the member calls it. Without one, the host of its address."
_ACCOUNT = {
    "server": "https://cloud.example.com",
    "username": "maya",
    "password": "an app password",
}
_CALENDAR = {
    "id": "7",
    "kind": "ics",
    "label": "Work",
    "blocksSlots": True,
    "receivesSessions": False,
    "checkedAt": "2026-03-02T12:00:00Z",
    "failingSince": None,
    "problem": None,
    "problemDetail": None,
    "createdAt": "2026-03-01T09:30:00Z",
}


class CalendarFeed(ResponseModel):
    """The member's feed: an address at which calendar apps read their sessions of this server.

    Whoever has the address can read them, so treat it as a secret.
    """

    model_config = with_examples(
        {
            "enabled": True,
            "url": _FEED,
            "webcalUrl": calendar_links.webcal(_FEED),
            "googleUrl": calendar_links.google_subscription(_FEED),
            "outlookUrl": calendar_links.outlook_subscription(_FEED),
            "createdAt": "2026-03-01T09:30:00Z",
            "readAt": "2026-03-02T12:00:00Z",
        }
    )

    enabled: bool = Field(description="Whether calendar apps can read it.")
    url: str | None = Field(
        description="null if it isn't enabled, or if the operator has changed the encryption key "
        "or unset the address since. Renew it then."
    )
    webcal_url: str | None = Field(description="The same for apps that open `webcal` addresses.")
    google_url: str | None = Field(description="A page of Google Calendar that subscribes to it.")
    outlook_url: str | None = Field(description="A page of Outlook that subscribes to it.")
    created_at: InstantText | None
    read_at: InstantText | None = Field(description="When it was last read, to the hour.")

    @classmethod
    def from_domain(cls, feed: feeds.CalendarFeed | None, public_url: str) -> CalendarFeed:
        """Create it. None is a member without a feed."""
        url = None
        if feed is not None and feed.token is not None and public_url:
            url = feeds.address(public_url, feed.token)
        return cls(
            enabled=feed is not None,
            url=url,
            webcal_url=None if url is None else calendar_links.webcal(url),
            google_url=None if url is None else calendar_links.google_subscription(url),
            outlook_url=None if url is None else _outlook_link(url),
            created_at=None if feed is None else rfc3339(feed.created_at),
            read_at=None if feed is None else optional_rfc3339(feed.read_at),
        )


class CalendarFeedRequest(RequestModel):
    """Whether an existing feed gets another address."""

    model_config = with_examples({"renew": True})

    renew: bool = Field(False, description="Replace the address. The old one stops working.")


class ExternalCalendar(ResponseModel):
    """A calendar that the member keeps elsewhere, without its address and password."""

    model_config = with_examples(_CALENDAR)

    id: IdText
    kind: Literal["ics", "caldav"]
    label: str
    blocks_slots: bool = Field(
        description="Whether nobody can book the member while they're busy there."
    )
    receives_sessions: bool = Field(
        description="Whether the member's sessions are written into it; only by `caldav`."
    )
    checked_at: InstantText | None = Field(description="When it was last read without a problem.")
    failing_since: InstantText | None
    problem: str | None = Field(
        description="Why it can't be used at the moment.",
        json_schema_extra={
            "enum": [*(problem.replace("_", "-") for problem in CalendarProblem), None]
        },
    )
    problem_detail: str | None = Field(description="The same in words.")
    created_at: InstantText

    @classmethod
    def from_domain(cls, view: ExternalCalendarView) -> ExternalCalendar:
        problem = view.problem
        return cls(
            id=str(view.id),
            kind=view.kind.value,
            label=view.label,
            blocks_slots=view.blocks_slots,
            receives_sessions=view.receives_sessions,
            checked_at=optional_rfc3339(view.checked_at),
            failing_since=optional_rfc3339(view.failing_since),
            problem=None if problem is None else problem.replace("_", "-"),
            problem_detail=None if problem is None else _detail(problem),
            created_at=rfc3339(view.created_at),
        )


class ExternalCalendarList(ResponseModel):
    """The calendars that the member keeps elsewhere, the first added first."""

    model_config = with_examples({"calendars": [_CALENDAR]})

    calendars: list[ExternalCalendar] = Field(description=f"At most {MAX_CALENDARS}.")


class ExternalCalendarRequest(RequestModel):
    """A calendar to add: the address of an ICS file, or, with a user name and a password, a
    calendar over CalDAV at an address that `POST /me/calendars/discovery` has found."""

    model_config = with_examples(
        {"address": _ADDRESS, "label": "Work"},
        {
            "address": "https://cloud.example.com/dav/calendars/maya/work/",
            "username": "maya",
            "password": "an app password",
            "receivesSessions": True,
        },
    )

    address: str = Field(max_length=MAX_LENGTH, examples=[_ADDRESS])
    label: str = Field("", max_length=MAX_LABEL, description=_LABEL_DESCRIPTION)
    username: str | None = Field(None, max_length=MAX_USERNAME)
    password: str | None = Field(None, max_length=MAX_PASSWORD)
    blocks_slots: bool = True
    receives_sessions: bool = Field(False, description="Only with a user name and a password.")

    def account(self) -> CalendarAccount:
        """Return it for the use case that connects a calendar over CalDAV."""
        return CalendarAccount(
            calendar_url=self.address,
            username=self.username or "",
            password=self.password or "",
            label=self.label,
            blocks_slots=self.blocks_slots,
            receives_sessions=self.receives_sessions,
        )

    @property
    def kind(self) -> CalendarKind:
        is_account = self.username is not None or self.password is not None
        return CalendarKind.CALDAV if is_account else CalendarKind.ICS


class ExternalCalendarChange(RequestModel):
    """What to change of a calendar. Fields that are left out stay as they are."""

    model_config = with_examples({"label": "Family", "blocksSlots": False})

    label: str | None = Field(None, max_length=MAX_LABEL)
    blocks_slots: bool | None = None
    receives_sessions: bool | None = Field(None, description="Only by `caldav`.")


class CalendarDiscoveryRequest(RequestModel):
    """An account at a CalDAV server. It isn't stored."""

    model_config = with_examples(_ACCOUNT)

    server: str = Field(max_length=MAX_LENGTH, description="The server's address, or its host.")
    username: str = Field(max_length=MAX_USERNAME)
    password: str = Field(max_length=MAX_PASSWORD, description="Many servers need an app password.")


class CalendarChoice(ResponseModel):
    """A calendar of an account, which can be added."""

    address: str
    name: str
    can_write: bool = Field(description="Whether sessions can be written into it.")

    @classmethod
    def from_domain(cls, found: DiscoveredCalendar) -> CalendarChoice:
        return cls(address=found.url, name=found.name, can_write=found.can_write)


class CalendarDiscovery(ResponseModel):
    """The calendars of an account."""

    model_config = with_examples(
        {
            "calendars": [
                {
                    "address": "https://cloud.example.com/dav/calendars/maya/work/",
                    "name": "Work",
                    "canWrite": True,
                }
            ]
        }
    )

    calendars: list[CalendarChoice]


def _detail(problem: CalendarProblem) -> str:
    # The response depends on the language.
    languages.reader()
    return calendars.problem(problem)


def _outlook_link(url: str) -> str:
    # The calendar's name is in it.
    languages.reader()
    return calendar_links.outlook_subscription(url)
