"""Every call with every kind of caller: each cell is said here, and looked at."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.app import create_app
from api.middleware import BASE_PATH
from api.options import TokenRules
from mentorship.actors import Actor
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Database
from tests.api.server import OPTIONS, SECRET, Api, claims, served, token
from tests.mentorship.support.community import GUILD, OTHER_GUILD, Community

BIO = "Ten years of other people's Python, and glad to explain it."
OPERATION = {"/healthz", "/readyz", "/metrics"}


@dataclass
class People:
    """Whom the cells are about; `session` is Maya's with Oliver."""

    noor: Actor
    maya: Actor
    oliver: Actor
    amy: Actor
    session: SessionView


async def people(town: Community, status: SessionStatus = SessionStatus.SCHEDULED) -> People:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=200)
    noor = await town.member("Noor", points=200)
    amy, _ = await town.applicant("Amy")
    return People(noor, maya, oliver, amy, await town.session(status, maya, oliver))


@dataclass(frozen=True)
class Call:
    """One operation, and what it answers to each in turn: to Noor, who has nothing to do with it;
    to Maya, the mentee; to Oliver, the mentor; to a moderator; to the service acting for Maya; to
    Maya with a token of another guild. An answer may change what the next one hears."""

    method: str
    path: str
    noor: int
    maya: int
    oliver: int
    moderator: int
    service: int
    elsewhere: int
    body: Any = None
    status: SessionStatus = SessionStatus.SCHEDULED

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    async def made(self, client: httpx.AsyncClient, them: People) -> httpx.Response:
        of = {
            "{id}": {
                "/profile": them.oliver.user_id,
                "/mentors": them.oliver.user_id,
                "/session": them.session.id,
            }.get("/" + self.path.split("/")[1], 0),
            "{userId}": them.noor.user_id,
        }
        path = self.path
        if path == "/profile/{id}/status":
            of["{id}"] = them.amy.user_id
        for name, value in of.items():
            path = path.replace(name, str(value))
        body = self.body(them) if callable(self.body) else self.body
        return await client.request(self.method, path, json=body)


def booking(them: People) -> dict[str, Any]:
    return {
        "mentorId": str(them.oliver.user_id),
        "duration": 60,
        "timezone": "Europe/London",
        "scheduledAt": "2026-03-05T12:00:00Z",
    }


def grant(them: People) -> dict[str, Any]:
    return {"userId": str(them.amy.user_id), "kind": "grant", "amount": 5, "reason": "A prize"}


def gift(them: People) -> dict[str, Any]:
    return {"userId": str(them.amy.user_id), "amount": 5}


WEEK = [{"dayOfWeek": "Monday", "startTime": "09:00", "endTime": "17:00"}]
APPLICATION = {"expertise": ["python"], "hourlyRate": 10, "bio": BIO}
NEW_TIME = {"scheduledAt": "2026-03-06T12:00:00Z"}
COMPLETED = SessionStatus.COMPLETED

CALLS = [
    Call("GET", "/profile/{id}", 200, 200, 200, 200, 200, 404),
    Call("GET", "/search", 200, 200, 200, 200, 200, 200),
    Call("GET", "/mentors/{id}/slots", 200, 200, 200, 200, 200, 404),
    Call("GET", "/availability", 404, 404, 200, 404, 404, 404),
    Call("PUT", "/availability", 404, 404, 200, 404, 404, 404, WEEK),
    # The moderator and Maya elsewhere have said no time zone; the second application waits already.
    Call("POST", "/apply", 201, 201, 409, 409, 409, 409, APPLICATION),
    # Oliver's was approved; Noor, Maya and the rest have never sent one.
    Call("GET", "/apply", 404, 404, 200, 404, 404, 404),
    Call("DELETE", "/apply", 404, 404, 404, 404, 404, 404),
    Call("PUT", "/profile", 404, 404, 200, 404, 404, 404, APPLICATION),
    Call("PUT", "/mentoring", 404, 404, 200, 404, 404, 404, {"status": "paused"}),
    Call("GET", "/disputes", 403, 403, 403, 200, 403, 403),
    Call("PUT", "/session/{id}/settlement", 403, 403, 403, 404, 403, 403, {"decision": "pay"}),
    Call("GET", "/applications", 403, 403, 403, 200, 403, 403),
    Call("PUT", "/profile/{id}/status", 403, 403, 403, 200, 403, 403, {"status": "approved"}),
    # The first has the slot; a mentor can't book themselves.
    Call("POST", "/book", 201, 409, 422, 409, 409, 404, booking),
    Call("GET", "/session/{id}", 404, 200, 200, 404, 200, 404),
    Call("DELETE", "/session/{id}", 404, 200, 409, 404, 409, 404),
    Call("PUT", "/session/{id}/status", 404, 409, 200, 404, 409, 404, {"status": "confirmed"}),
    Call("PUT", "/session/{id}/schedule", 404, 200, 200, 404, 200, 404, NEW_TIME),
    Call("POST", "/session/{id}/rate", 404, 201, 403, 404, 201, 404, {"rating": 5}, COMPLETED),
    # There is no review yet to reply to.
    Call("POST", "/session/{id}/reply", 404, 403, 404, 404, 403, 404, {"reply": "Thanks"}),
    Call("GET", "/sessions/mentor", 200, 200, 200, 200, 200, 200),
    Call("GET", "/sessions/mentee", 200, 200, 200, 200, 200, 200),
    Call("GET", "/points/transfers", 200, 200, 200, 200, 200, 200),
    Call("POST", "/points/transfers", 403, 403, 403, 403, 201, 403, grant),
    # The mentor, the moderator and Maya elsewhere have nothing to give.
    Call("POST", "/points/gifts", 201, 201, 409, 409, 201, 409, gift),
    Call("GET", "/me", 200, 200, 200, 200, 200, 200),
    Call("PUT", "/me", 200, 200, 200, 200, 200, 200, {"timezone": "Asia/Kolkata"}),
    Call("PUT", "/ranks/{userId}", 403, 403, 403, 403, 200, 403, {"rank": 3}),
]


def operations(database: Database) -> set[tuple[str, str]]:
    paths = create_app(database, OPTIONS).openapi()["paths"]
    return {
        (method.upper(), path.removeprefix(BASE_PATH))
        for path, calls in paths.items()
        if path not in OPERATION
        for method in calls
    }


def test_no_call_is_missing_here(db: Database) -> None:
    assert {(call.method, call.path) for call in CALLS} == operations(db)


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_who_may(town: Community, village: Community, api: Api, call: Call) -> None:
    them = await people(town, call.status)
    callers = {
        "noor": api.as_(them.noor),
        "maya": api.as_(them.maya),
        "oliver": api.as_(them.oliver),
        "moderator": api.as_(town.chief, "moderator"),
        "service": api.as_(
            Actor(99, "the app", GUILD), "service", **{"Act-As": str(them.maya.user_id)}
        ),
        "elsewhere": api.as_(replace(them.maya, guild_id=OTHER_GUILD)),
    }
    answers = {who: await call.made(client, them) for who, client in callers.items()}
    said = {who: answer.status_code for who, answer in answers.items()}
    assert said == {who: getattr(call, who) for who in callers}
    for answer in answers.values():
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"]


# --- Whose token is no token ----------------------------------------------------------------------

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ED = ed25519.Ed25519PrivateKey.generate()


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def hmac_with_public_key() -> str:
    """The public key taken for a secret, which PyJWT won't sign with by itself."""
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims(1, GUILD))}"
    mac = hmac.new(PEM, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


NOW = int(time.time())
REFUSED: dict[str, Callable[[], str | None]] = {
    "no token": lambda: None,
    "garbage": lambda: "garbage",
    "three parts of garbage": lambda: "a.b.c",
    "alg none": lambda: f"{part({'alg': 'none'})}.{part(claims(1, GUILD))}.",
    "wrong key": lambda: jwt.encode(claims(1, GUILD), SECRET + "!", "HS256"),
    "another algorithm": lambda: jwt.encode(claims(1, GUILD), SECRET * 2, "HS512"),
    "public key as secret": hmac_with_public_key,
    "signed with RSA": lambda: jwt.encode(claims(1, GUILD), RSA, "RS256"),
    "expired": lambda: token(1, GUILD, exp=NOW - 31),
    "not yet valid": lambda: token(1, GUILD, nbf=NOW + 600),
    "without an end": lambda: token(1, GUILD, exp=None),
    "wrong audience": lambda: token(1, GUILD, aud="somebody else"),
    "without audience": lambda: token(1, GUILD, aud=None),
    "wrong issuer": lambda: token(1, GUILD, iss="somebody else"),
    "without issuer": lambda: token(1, GUILD, iss=None),
    "without subject": lambda: token(1, GUILD, sub=None),
    "a subject that is no id": lambda: token(1, GUILD, sub="maya"),
    "a subject that no database holds": lambda: token(1, GUILD, sub="9" * 19),
    "without guild": lambda: token(1, GUILD, guild_id=None),
    "without scope": lambda: token(1, GUILD, scope=None),
    "a scope of somebody else": lambda: token(1, GUILD, "admin"),
    "too long": lambda: token(1, GUILD, name="x" * 5_000),
}


@pytest.mark.parametrize("reason", REFUSED)
async def test_a_token_that_is_none_opens_no_call(
    api: Api, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caller = api.bearer(REFUSED[reason]())
    told = set()
    for call in CALLS:
        answer = await caller.request(call.method, call.path, json={} if call.body else None)
        assert answer.status_code == 401, call
        assert answer.headers["www-authenticate"].startswith("Bearer ")
        told.add(answer.text)
    assert len(told) == 1, "nobody learns what was wrong, or what there is"
    reasons = {
        vars(record)["reason"] for record in caplog.records if record.name == "api.middleware"
    }
    assert len(reasons) == 1, "whoever runs it does"


async def test_other_credentials_and_several_are_refused(api: Api) -> None:
    good = token(1, GUILD)
    for sent in (["Basic dTpw"], [f"Bearer {good}", f"Bearer {good}"], [good], ["Bearer"]):
        answer = await api.bearer(None).get("/me", headers=[("Authorization", v) for v in sent])
        assert answer.status_code == 401


async def test_thirty_seconds_of_difference_between_clocks_are_forgiven(api: Api) -> None:
    now = int(time.time())
    late = token(1, GUILD, exp=now - 20, nbf=now + 20)
    assert (await api.bearer(late).get("/me")).status_code == 200


# --- Keys ---------------------------------------------------------------------------------------


def jwk(key: Any, key_id: str) -> dict[str, Any]:
    kind = (
        jwt.algorithms.RSAAlgorithm
        if isinstance(key, rsa.RSAPrivateKey)
        else jwt.algorithms.OKPAlgorithm
    )
    return kind.to_jwk(key.public_key(), as_dict=True) | {"kid": key_id, "use": "sig"}


async def test_a_public_key_checks_its_own_algorithm_alone(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(PEM)
    rules = TokenRules(algorithms=("HS256", "RS256"), secret=SECRET, public_key=file)
    async with served(db, replace(OPTIONS, tokens=rules)) as api:

        async def status(credentials: str) -> int:
            return (await api.bearer(credentials).get("/me")).status_code

        assert await status(jwt.encode(claims(1, GUILD), RSA, "RS256")) == 200
        assert await status(token(1, GUILD)) == 200
        assert await status(jwt.encode(claims(1, GUILD), OTHER_RSA, "RS256")) == 401
        assert await status(jwt.encode(claims(1, GUILD), RSA, "RS512")) == 401
        assert await status(hmac_with_public_key()) == 401


async def test_keys_of_a_set_are_told_apart_and_rotated(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.keys.CHECK_INTERVAL_S", 0.0)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [jwk(RSA, "one"), jwk(ED, "two")]}))
    rules = TokenRules(algorithms=("RS256", "EdDSA"), jwks=file)
    async with served(db, replace(OPTIONS, tokens=rules)) as api:

        async def status(key: Any, algorithm: str, key_id: str | None) -> int:
            headers = None if key_id is None else {"kid": key_id}
            sent = jwt.encode(claims(1, GUILD), key, algorithm, headers=headers)
            return (await api.bearer(sent).get("/me")).status_code

        assert await status(RSA, "RS256", "one") == 200
        assert await status(ED, "EdDSA", "two") == 200
        assert await status(ED, "EdDSA", None) == 200, "the only one of its kind"
        assert await status(RSA, "RS256", "two") == 401
        assert await status(OTHER_RSA, "RS256", "three") == 401
        file.write_text(json.dumps({"keys": [jwk(OTHER_RSA, "three"), jwk(ED, "two")]}))
        assert await status(OTHER_RSA, "RS256", "three") == 200
        assert await status(RSA, "RS256", "one") == 401
        file.write_text("not a set of keys")
        assert await status(OTHER_RSA, "RS256", "three") == 200, "the last good ones stay"


async def test_a_token_that_was_good_is_not_believed_for_ever(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens are known again when they come back; until their key is withdrawn or they expire."""
    monkeypatch.setattr("api.keys.CHECK_INTERVAL_S", 0.0)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [jwk(RSA, "one")]}))
    rules = TokenRules(algorithms=("RS256",), jwks=file)
    async with served(db, replace(OPTIONS, tokens=rules)) as api:
        sent = jwt.encode(
            claims(1, GUILD, exp=int(time.time()) + 20), RSA, "RS256", headers={"kid": "one"}
        )

        async def status() -> int:
            return (await api.bearer(sent).get("/me")).status_code

        assert [await status(), await status()] == [200, 200]
        with monkeypatch.context() as later:
            later.setattr("api.auth.LEEWAY_S", -60)
            assert await status() == 401
        assert await status() == 200
        file.write_text(json.dumps({"keys": [jwk(OTHER_RSA, "one")]}))
        assert await status() == 401


async def test_another_claim_may_hold_the_discord_id_and_a_guild_be_understood(
    db: Database,
) -> None:
    rules = replace(OPTIONS.tokens, subject_claim="discord_id", default_guild=GUILD)
    async with served(db, replace(OPTIONS, tokens=rules)) as api:
        sent = token(1, GUILD, sub="app|42", discord_id="77", guild_id=None)
        assert (await api.bearer(sent).get("/me")).json()["userId"] == "77"
        assert (await api.bearer(token(1, GUILD)).get("/me")).status_code == 401
