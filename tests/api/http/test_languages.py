"""The language of responses: negotiated once a request, and named in its headers."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations

import pytest

from api.http import languages
from api.problem_page import list_problems
from mentorship.calendars import feeds
from mentorship.members import languages as member_languages
from tests.api.server import ApiServer, served_document
from tests.errors import kinds
from tests.mentorship.support.community import Community
from wording import catalogues
from wording.catalogues import Catalogue
from wording.refusals.api_titles import TITLES

SWEDISH = {
    "Not found": "Finns inte",
    "I can't find that session.": "Jag hittar inte sessionen.",
    "It may be gone, or it belongs to another server.": "Den kan vara borta.",
    "Session with {name}": "Session med {name}",
}


class SomeSwedish(NullTranslations):
    def gettext(self, message: str) -> str:
        return SWEDISH.get(message, message)


@pytest.fixture(autouse=True)
def swedish() -> Iterator[None]:
    with catalogues.registered("sv", Catalogue("sv", SomeSwedish())):
        languages.negotiate.cache_clear()
        yield
    languages.negotiate.cache_clear()


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("sv", "sv"),
        ("SV-se", "sv"),
        ("sv-FI, en;q=0.5", "sv"),
        ("en;q=0.5, sv;q=0.8", "sv"),
        ("en, sv", "en"),
        ("sv;q=0", "en"),
        ("tlh, sv;q=0.1", "sv"),
        ("tlh, *;q=0.5, sv;q=0.1", "en"),
        ("tlh", "en"),
        ("*", "en"),
        ("", "en"),
        ("en-US,en;q=0.9", "en-US"),
        ("sv;q=2, ;;, \x00, sv_SE", "en"),
        ("a" * 10_000, "en"),
        ("x," * 5_000 + "sv", "en"),
    ],
)
def test_language_is_the_preferred_one_that_there_is(header: str, tag: str) -> None:
    assert languages.negotiate(header) == tag


async def test_problem_is_in_the_language_of_its_request(
    community: Community, api: ApiServer
) -> None:
    maya = api.client_of(await community.member("Maya"))
    swedish = await maya.get("/session/1", headers={"Accept-Language": "sv-SE, en;q=0.5"})
    assert swedish.json()["title"] == "Finns inte"
    assert swedish.json()["detail"] == "Jag hittar inte sessionen. Den kan vara borta."
    assert swedish.json()["code"] == "not-found"
    assert swedish.headers["content-language"] == "sv"
    english = await maya.get("/session/1", headers={"Accept-Language": "tlh"})
    assert english.json()["detail"].startswith("I can't find that session. ")
    assert english.headers["content-language"] == "en"
    for response in (swedish, english):
        assert "Accept-Language" in response.headers["vary"]


async def test_problem_before_the_routes_has_a_language(api: ApiServer) -> None:
    stranger = api.client_with_token(None)
    refused = await stranger.get("/me", headers={"Accept-Language": "sv"})
    assert refused.status_code == 401
    assert refused.headers["content-language"] == "sv"


async def test_session_and_its_calendar_file_are_in_the_language(
    community: Community, api: ApiServer
) -> None:
    maya, oliver = await community.member("Maya", points=100), await community.mentor("Oliver")
    session = await community.book(maya, oliver)
    client, url = api.client_of(maya), f"/session/{session.id}"
    local = {}
    for language in ("sv", "en"):
        headers = {"Accept-Language": language}
        response = await client.get(url, headers=headers)
        local[language] = response.json()["local"]
        assert response.headers["content-language"] == language
        file = await client.get(f"{url}/calendar", headers=headers)
        assert file.headers["content-language"] == language
        assert ("Session med" in file.text) == (language == "sv")
    assert local["sv"] != local["en"]


async def test_feed_has_the_language_of_its_member(community: Community, api: ApiServer) -> None:
    maya, oliver = await community.member("Maya", points=100), await community.mentor("Oliver")
    await community.book(maya, oliver)
    await community.db.run(member_languages.choose, maya, "sv")
    feed = await community.db.run(feeds.create, maya)
    assert feed.token is not None
    app = api.client_with_token(None, **{"Accept-Language": "en"})
    read = await app.get(api.address + feeds.address("", feed.token))
    assert "Session med Oliver" in read.text
    assert "content-language" not in read.headers


async def test_response_without_texts_has_no_language(community: Community, api: ApiServer) -> None:
    maya = api.client_of(await community.member("Maya"))
    response = await maya.get("/me/blocks", headers={"Accept-Language": "sv"})
    assert response.status_code == 200
    assert "content-language" not in response.headers
    assert "Accept-Language" not in response.headers.get("vary", "")


async def test_entity_tags_differ_by_language_where_bodies_do(
    community: Community, api: ApiServer
) -> None:
    maya, oliver = await community.member("Maya", points=100), await community.mentor("Oliver")
    await community.book(maya, oliver)
    client = api.client_of(maya)
    url = f"/mentorships/{oliver.user_id}"
    by_language = {
        language: await client.get(url, headers={"Accept-Language": language})
        for language in ("sv", "en")
    }
    tags = {response.headers["etag"] for response in by_language.values()}
    bodies = {response.text for response in by_language.values()}
    assert len(tags) == len(bodies)


def test_every_code_has_a_title() -> None:
    documented = {code for _, code, _ in list_problems(served_document())}
    assert documented <= TITLES.keys()
    assert {kind.code.replace("_", "-") for kind in kinds()} <= TITLES.keys()
