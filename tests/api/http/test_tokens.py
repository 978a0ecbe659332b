"""Tokens and keys: which are accepted, and what a refused caller learns."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.auth import InvalidToken, TokenVerifier
from api.middleware import REFUSALS_PER_MINUTE
from api.options import TokenRules
from mentorship.actors import MAX_ID
from storage import Database
from tests.api.server import (
    OPTIONS,
    SECRET,
    TOKEN_RULES,
    ApiServer,
    create_token,
    list_operations,
    serve_api,
    token_claims,
)
from tests.mentorship.support.community import GUILD

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ED = ed25519.Ed25519PrivateKey.generate()


def encode_part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def hmac_with_public_key() -> str:
    """Sign a token with the public key as an HS256 secret, which PyJWT refuses to do."""
    content = f"{encode_part({'alg': 'HS256', 'typ': 'JWT'})}.{encode_part(token_claims(1, GUILD))}"
    mac = hmac.new(PEM, content.encode(), hashlib.sha256).digest()
    return f"{content}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def arabic(number: int) -> str:
    """Write a number in Arabic-Indic digits, which Python's `int` reads, too."""
    return str(number).translate({ord("0") + digit: 0x0660 + digit for digit in range(10)})


def encode_nulls(**claims: Any) -> str:
    """Sign a token with these claims, even if they are null."""
    return jwt.encode(token_claims(1, GUILD) | claims, SECRET, "HS256")


NOW = int(time.time())
"""When the tests were collected; on a busy machine, the last one runs many minutes later."""
INVALID_TOKENS: dict[str, Callable[[], str | None]] = {
    "no token": lambda: None,
    "garbage": lambda: "garbage",
    "garbage in three parts": lambda: "a.b.c",
    "alg none": lambda: f"{encode_part({'alg': 'none'})}.{encode_part(token_claims(1, GUILD))}.",
    "wrong key": lambda: jwt.encode(token_claims(1, GUILD), SECRET + "!", "HS256"),
    "another algorithm": lambda: jwt.encode(token_claims(1, GUILD), SECRET * 2, "HS512"),
    "public key as secret": hmac_with_public_key,
    "signed with RSA": lambda: jwt.encode(token_claims(1, GUILD), RSA, "RS256"),
    "expired": lambda: create_token(1, GUILD, exp=NOW - 31),
    "not yet valid": lambda: create_token(1, GUILD, nbf=NOW + 86_400),
    "expiry beyond all time": lambda: create_token(1, GUILD, exp=10**400),
    "expiry without end": lambda: create_token(1, GUILD, exp=float("inf")),
    "expiry that is no number": lambda: create_token(1, GUILD, exp=float("nan")),
    "expiry as text": lambda: create_token(1, GUILD, exp=str(NOW + 3600)),
    "start beyond all time": lambda: create_token(1, GUILD, nbf=10**400),
    "start as text": lambda: create_token(1, GUILD, nbf=str(NOW - 60)),
    "expiry as text in other digits": lambda: create_token(1, GUILD, exp=arabic(NOW + 3600)),
    "start in other digits": lambda: create_token(1, GUILD, nbf=arabic(NOW - 60)),
    "guild rounded by JavaScript": lambda: create_token(1, GUILD, guild_id=2**53 + 2),
    "guild as a number": lambda: create_token(1, GUILD, guild_id=GUILD),
    "subject rounded by JavaScript": lambda: create_token(1, GUILD, sub=226871203982016500),
    "subject as a number": lambda: create_token(1, GUILD, sub=1),
    "subject in other digits": lambda: create_token(1, GUILD, sub=arabic(42)),
    "guild without a default": lambda: encode_nulls(guild_id=None),
    "without expiry": lambda: create_token(1, GUILD, exp=None),
    "wrong audience": lambda: create_token(1, GUILD, aud="somebody else"),
    "without audience": lambda: create_token(1, GUILD, aud=None),
    "wrong issuer": lambda: create_token(1, GUILD, iss="somebody else"),
    "without issuer": lambda: create_token(1, GUILD, iss=None),
    "without subject": lambda: create_token(1, GUILD, sub=None),
    "subject is not an id": lambda: create_token(1, GUILD, sub="maya"),
    "subject is too large for the database": lambda: create_token(1, GUILD, sub="9" * 19),
    "without guild": lambda: create_token(1, GUILD, guild_id=None),
    "without scope": lambda: create_token(1, GUILD, scope=None),
    "unknown scope": lambda: create_token(1, GUILD, "admin"),
    "too long": lambda: create_token(1, GUILD, name="x" * 5_000),
}


@pytest.mark.parametrize("kind", INVALID_TOKENS)
async def test_an_invalid_token_is_refused_by_every_operation(
    api: ApiServer, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each kind by some operations, and each operation for some kinds."""
    kinds = list(INVALID_TOKENS)
    await assert_refused(api, kind, caplog, sorted(list_operations())[kinds.index(kind) % 8 :: 8])


@pytest.mark.long
@pytest.mark.parametrize("kind", INVALID_TOKENS)
async def test_each_invalid_token_is_refused_by_every_operation(
    api: ApiServer, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    await assert_refused(api, kind, caplog, sorted(list_operations()))


async def assert_refused(
    api: ApiServer,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    operations: Sequence[tuple[str, str]],
) -> None:
    client = api.client_with_token(INVALID_TOKENS[kind]())
    bodies = set()
    for number, (method, path) in enumerate(operations):
        # No address sends so many that it is told to wait.
        address = {"X-Forwarded-For": f"192.0.2.{number // REFUSALS_PER_MINUTE}"}
        body = None if method == "GET" else {}
        response = await client.request(method, path, json=body, headers=address)
        assert response.status_code == 401, (method, path)
        assert response.headers["www-authenticate"].startswith("Bearer ")
        bodies.add(response.text.replace(response.headers["x-request-id"], ""))
    assert len(bodies) == 1, "the response says neither what was wrong nor what exists"
    reasons = {
        vars(record)["reason"] for record in caplog.records if record.name == "api.middleware"
    }
    assert len(reasons) == 1, "the log says what was wrong"


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, -(10**400), 10**400, 2**63, NOW + 3600])
    | st.floats()
    | st.text(max_size=20),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values),
    max_leaves=5,
)
_CLAIMS = st.sampled_from(
    ["exp", "nbf", "iat", "jti", "iss", "aud", "sub", "guild_id", "scope", "name"]
)


@given(st.dictionaries(_CLAIMS, _VALUES, max_size=4))
@example({"exp": 10**400})
@settings(max_examples=200, deadline=None)
def test_a_claim_of_any_type_is_either_accepted_or_makes_the_token_invalid(
    odd: dict[str, object],
) -> None:
    content = f"{encode_part({'alg': 'HS256'})}.{encode_part(token_claims(1, GUILD) | odd)}"
    mac = hmac.new(SECRET.encode(), content.encode(), hashlib.sha256).digest()
    verifier = TokenVerifier(TOKEN_RULES)
    try:
        claims = verifier.verify(f"{content}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")
    except InvalidToken:
        return
    assert 0 < claims.guild_id <= MAX_ID
    assert 0 < claims.user_id <= MAX_ID
    assert claims.scopes


async def test_other_or_several_credentials_are_refused(api: ApiServer) -> None:
    valid = create_token(1, GUILD)
    for values in (["Basic dTpw"], [f"Bearer {valid}", f"Bearer {valid}"], [valid], ["Bearer"]):
        headers = [("Authorization", value) for value in values]
        response = await api.client_with_token(None).get("/me", headers=headers)
        assert response.status_code == 401


async def test_a_clock_difference_of_30_seconds_is_accepted(api: ApiServer) -> None:
    now = int(time.time())
    late = create_token(1, GUILD, exp=now - 20, nbf=now + 20)
    assert (await api.client_with_token(late).get("/me")).status_code == 200


def jwk(key: Any, key_id: str) -> dict[str, Any]:
    algorithm = (
        jwt.algorithms.RSAAlgorithm
        if isinstance(key, rsa.RSAPrivateKey)
        else jwt.algorithms.OKPAlgorithm
    )
    return algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": key_id, "use": "sig"}


async def test_a_public_key_only_verifies_its_own_algorithm(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(PEM)
    rules = TokenRules(algorithms=("HS256", "RS256"), secret=SECRET, public_key=file)
    async with serve_api(db, replace(OPTIONS, tokens=rules)) as api:

        async def status(credentials: str) -> int:
            return (await api.client_with_token(credentials).get("/me")).status_code

        assert await status(jwt.encode(token_claims(1, GUILD), RSA, "RS256")) == 200
        assert await status(create_token(1, GUILD)) == 200
        assert await status(jwt.encode(token_claims(1, GUILD), OTHER_RSA, "RS256")) == 401
        assert await status(jwt.encode(token_claims(1, GUILD), RSA, "RS512")) == 401
        assert await status(hmac_with_public_key()) == 401


async def test_keys_of_a_jwks_are_chosen_by_id_and_rotated(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.keys.CHECK_INTERVAL_S", 0.0)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [jwk(RSA, "one"), jwk(ED, "two")]}))
    rules = TokenRules(algorithms=("RS256", "EdDSA"), jwks=file)
    async with serve_api(db, replace(OPTIONS, tokens=rules)) as api:

        async def status(key: Any, algorithm: str, key_id: str | None) -> int:
            headers = None if key_id is None else {"kid": key_id}
            sent = jwt.encode(token_claims(1, GUILD), key, algorithm, headers=headers)
            return (await api.client_with_token(sent).get("/me")).status_code

        assert await status(RSA, "RS256", "one") == 200
        assert await status(ED, "EdDSA", "two") == 200
        assert await status(ED, "EdDSA", None) == 200, "the only key of its algorithm"
        assert await status(RSA, "RS256", "two") == 401
        assert await status(OTHER_RSA, "RS256", "three") == 401
        file.write_text(json.dumps({"keys": [jwk(OTHER_RSA, "three"), jwk(ED, "two")]}))
        assert await status(OTHER_RSA, "RS256", "three") == 200
        assert await status(RSA, "RS256", "one") == 401
        file.write_text("not a set of keys")
        assert await status(OTHER_RSA, "RS256", "three") == 200, "the last usable keys stay"


async def test_a_cached_token_expires_and_ends_with_its_key(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache of verified tokens doesn't outlive the key or the expiry of a token."""
    monkeypatch.setattr("api.keys.CHECK_INTERVAL_S", 0.0)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [jwk(RSA, "one")]}))
    rules = TokenRules(algorithms=("RS256",), jwks=file)
    async with serve_api(db, replace(OPTIONS, tokens=rules)) as api:
        sent = jwt.encode(
            token_claims(1, GUILD, exp=int(time.time()) + 20), RSA, "RS256", headers={"kid": "one"}
        )

        async def status() -> int:
            return (await api.client_with_token(sent).get("/me")).status_code

        assert [await status(), await status()] == [200, 200]
        with monkeypatch.context() as patch:
            patch.setattr("api.auth.LEEWAY_S", -60)
            assert await status() == 401
        assert await status() == 200
        file.write_text(json.dumps({"keys": [jwk(OTHER_RSA, "one")]}))
        assert await status() == 401


async def test_claims_that_do_not_matter_may_have_any_value(api: ApiServer) -> None:
    """`iat` and `jti` identify a token; only the other claims say whether it's valid."""
    now = int(time.time())
    for odd in ({"iat": now + 60}, {"iat": str(now)}, {"iat": 10**400}, {"jti": 7}):
        sent = create_token(1, GUILD, **odd)
        assert (await api.client_with_token(sent).get("/me")).status_code == 200, odd


@pytest.mark.parametrize(
    ("claims", "claim"),
    [
        ({"exp": "1"}, "exp"),
        ({"exp": 1}, "exp"),
        ({"nbf": 9_999_999_999}, "nbf"),
        ({"iss": "somebody else"}, "iss"),
        ({"aud": ["somebody else"]}, "aud"),
        ({"sub": 42}, "sub"),
        ({"guild_id": 42}, "guild_id"),
        ({"scope": 42}, "scope"),
    ],
)
async def test_the_log_names_the_claim_that_is_wrong(
    api: ApiServer, claims: dict[str, Any], claim: str, caplog: pytest.LogCaptureFixture
) -> None:
    sent = create_token(1, GUILD, **claims)
    assert (await api.client_with_token(sent).get("/me")).status_code == 401
    (refused,) = [record for record in caplog.records if record.message == "request refused"]
    assert re.search(rf"\b{claim}\b", vars(refused)["reason"])


async def test_subject_claim_and_default_guild_are_configurable(
    db: Database,
) -> None:
    rules = replace(OPTIONS.tokens, subject_claim="discord_id", default_guild=GUILD)
    async with serve_api(db, replace(OPTIONS, tokens=rules)) as api:
        sent = create_token(1, GUILD, sub="app|42", discord_id="77", guild_id=None)
        assert (await api.client_with_token(sent).get("/me")).json()["userId"] == "77"
        assert (await api.client_with_token(create_token(1, GUILD)).get("/me")).status_code == 401
        no_sub = create_token(1, GUILD, sub=None, discord_id="77")
        assert (await api.client_with_token(no_sub).get("/me")).json()["userId"] == "77"
        null_guild = encode_nulls(discord_id="77", guild_id=None)
        assert (await api.client_with_token(null_guild).get("/me")).json()["userId"] == "77"
