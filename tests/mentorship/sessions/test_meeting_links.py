"""The mentor's own meeting link: which links are accepted, and which sessions get them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.errors import InvalidField, NotAllowedNow, NotFound, NotYours, Problem
from mentorship.mentors import applications, meeting_link, profiles
from mentorship.mentors.profile_rules import ProfileContent, validate_link
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import transitions
from mentorship.sessions.places import session_link
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community

LINK = "https://meet.example.com/oliver?pwd=a%20b#now"
OTHER = "https://zoom.us/j/123"


@pytest.mark.parametrize("link", [LINK, OTHER, "HTTPS://Meet.Example.com:8443/x", "https://a-b.io"])
def test_plain_https_links_are_accepted_as_typed(link: str) -> None:
    assert validate_link(f"  {link}\n") == link


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "http://meet.example.com/oliver",
        "meet.example.com/oliver",
        "https://",
        "https:///oliver",
        "https://localhost/x",
        "https://192.168.0.1/x",
        "https://[::1]/x",
        "https://user@meet.example.com/",
        "https://zoom.us@evil.example/j/1",
        "https://user:pass@meet.example.com/",
        "https://zооm.us/j/1",  # Cyrillic letters
        "https://xn--zm-mmca.us/j/1",
        "https://meet.example.com:port/",
        "https://meet.example.com/a b",
        "https://meet.example.com/<@1>",
        "https://meet.example.com/`x`",
        "https://meet.example.com/\u202eoliver",
        "https://meet.example.com/a\nb",
        "https://-meet.example.com/",
        "https://meet.example.com\\@evil.example/",
        "data:text/html,https://meet.example.com",
    ],
)
def test_other_addresses_are_refused_as_unreadable(link: str) -> None:
    with pytest.raises(InvalidField) as caught:
        validate_link(link)
    assert caught.value.problem is Problem.UNREADABLE


def test_a_link_has_at_most_500_characters() -> None:
    base = "https://meet.example.com/"
    assert validate_link(base + "x" * (500 - len(base)))
    for length in (501, 2_001):
        with pytest.raises(InvalidField) as caught:
            validate_link(base + "x" * (length - len(base)))
        assert (caught.value.problem, caught.value.most) == (Problem.TOO_LONG, 500)


@given(st.text() | st.text("htps:/@.zoomus[]#?\\", max_size=40).map("https://".__add__))
def test_whatever_is_accepted_is_https_on_the_host_that_a_reader_sees(text: str) -> None:
    try:
        link = validate_link(text)
    except InvalidField:
        return
    if link is None:
        assert not text.strip()
        return
    parts = urlsplit(link)
    assert parts.scheme == "https"
    assert link.isascii()
    shown = link[len("https://") :].split("/")[0].split("?")[0].split("#")[0].split(":")[0]
    assert parts.hostname == shown.lower()


async def test_applicants_bring_a_link_that_their_sessions_get(town: Community) -> None:
    oliver, _ = await town.applicant("Oliver")
    await town.db.run(
        applications.revise, oliver, ProfileContent(["python"], 60, BIO, meeting_link=LINK)
    )
    assert await town.db.read(meeting_link.load_own, oliver) == LINK


async def test_a_new_link_is_for_new_sessions_and_those_without_one(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=1_000)
    without = await town.book(maya, oliver)
    assert without.meeting_link is None
    assert await town.db.run(meeting_link.change, oliver, LINK) == LINK
    assert (await town.reload(without)).meeting_link == LINK
    await town.db.run(meeting_link.change, oliver, OTHER)
    assert (await town.reload(without)).meeting_link == LINK
    later = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=1))
    assert later.meeting_link == OTHER
    assert await town.db.run(meeting_link.change, oliver, " ") is None
    assert (await town.reload(later)).meeting_link == OTHER


async def test_editing_a_profile_keeps_a_link_that_is_not_mentioned(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    await town.db.run(meeting_link.change, oliver, LINK)
    edited = await town.db.run(profiles.edit, oliver, ProfileContent(["python"], 70, BIO))
    assert not edited.link_changed
    assert await town.db.read(meeting_link.load_own, oliver) == LINK
    removal = ProfileContent(["python"], 70, BIO, meeting_link="")
    edited = await town.db.run(profiles.edit, oliver, removal)
    assert edited.link_changed
    assert await town.db.read(meeting_link.load_own, oliver) is None


async def test_an_invalid_link_changes_nothing_of_an_edit(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    bad = ProfileContent(["python"], 90, BIO, meeting_link="http://x.example")
    with pytest.raises(InvalidField):
        await town.db.run(profiles.edit, oliver, bad)
    assert (await town.db.read(profiles.before_edit, oliver)).hourly_rate == 60


async def test_the_link_is_for_the_mentee_only_while_the_session_is_on(
    town: Community,
) -> None:
    oliver = await town.mentor("Oliver")
    maya, noor = await town.member("Maya", points=1_000), await town.member("Noor")
    await town.db.run(meeting_link.change, oliver, LINK)
    request = await town.book(maya, oliver)
    now = town.clock.now
    seen = [request.link_for(person.user_id, now) for person in (maya, oliver)]
    assert seen == [None, LINK]
    confirmed = await town.db.run(transitions.confirm, oliver, request.id)
    seen = [confirmed.link_for(person.user_id, now) for person in (maya, noor)]
    assert seen == [LINK, None]
    cancelled = await town.db.run(transitions.cancel, oliver, request.id)
    assert cancelled.session.link_for(maya.user_id, now) is None


async def test_the_first_link_of_a_session_becomes_the_mentors_own(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=1_000)
    session = await town.book(maya, oliver)
    later = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=1))
    await town.db.run(session_link.set_link, oliver, session.id, LINK)
    assert await town.db.read(meeting_link.load_own, oliver) == LINK
    assert (await town.reload(later)).meeting_link == LINK
    await town.db.run(session_link.set_link, oliver, session.id, OTHER)
    assert await town.db.read(meeting_link.load_own, oliver) == LINK
    assert (await town.reload(session)).meeting_link == OTHER


async def test_a_link_changed_after_the_reminders_notifies_the_mentee(
    town: Community,
) -> None:
    oliver = await town.mentor("Oliver", instant_booking=True)
    maya = await town.member("Maya", points=1_000)
    session = await town.book(maya, oliver)
    await town.db.run(session_link.set_link, oliver, session.id, LINK)
    assert await town.notified_kinds(maya, NotificationKind.MEETING_LINK) == []
    await town.wait_until(TUESDAY_NOON - timedelta(minutes=59))
    await town.db.run(session_link.set_link, oliver, session.id, LINK)
    assert await town.notified_kinds(maya, NotificationKind.MEETING_LINK) == []
    await town.db.run(session_link.set_link, oliver, session.id, OTHER)
    assert len(await town.notified_kinds(maya, NotificationKind.MEETING_LINK)) == 1


async def test_only_the_mentor_sets_a_link_and_only_until_the_end(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya, noor = await town.member("Maya", points=1_000), await town.member("Noor")
    session = await town.book(maya, oliver)
    with pytest.raises(NotYours):
        await town.db.run(session_link.set_link, maya, session.id, OTHER)
    with pytest.raises(NotFound):
        await town.db.run(session_link.set_link, noor, session.id, OTHER)
    await town.db.run(transitions.decline, oliver, session.id)
    with pytest.raises(NotAllowedNow):
        await town.db.run(session_link.set_link, oliver, session.id, OTHER)
