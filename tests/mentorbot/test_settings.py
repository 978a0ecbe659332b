"""Loading settings, and the messages for invalid ones."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

from mentorbot.settings import (
    LogFormat,
    LogLevel,
    Settings,
    SettingsError,
    load_settings,
    secrets_of,
)
from storage import engines

WEBHOOK_SECRET = "whsec_" + "A" * 32
WEBHOOK = f'[webhooks.app]\nurl = "https://app.example"\nsecret = "{WEBHOOK_SECRET}"\n'

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, without settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("MENTORBOT_")]:
        monkeypatch.delenv(name)


def write_config(text: str) -> Path:
    file = Path("settings.toml")
    file.write_text(text, "utf-8")
    return file


def error_message(text: str) -> str:
    with pytest.raises(SettingsError) as raised:
        load_settings(write_config(text))
    return str(raised.value)


def test_the_example_lists_every_setting_with_its_default() -> None:
    example = tomllib.loads(EXAMPLE.read_text("utf-8"))
    assert {section: set(keys) for section, keys in example.items()} == {
        section: set(keys) for section, keys in Settings().model_dump().items()
    }
    assert load_settings(EXAMPLE) == load_settings(None)


def test_the_example_comments_every_setting() -> None:
    lines = [line for line in EXAMPLE.read_text("utf-8").splitlines() if " = " in line]
    settings = [line for line in lines if not line.startswith("#")]
    assert all(re.search(r"\s# \S", line) for line in settings)


def test_without_a_file_the_defaults_apply() -> None:
    assert load_settings(None) == Settings()


def test_config_toml_in_the_working_directory_is_found() -> None:
    Path("config.toml").write_text('[log]\nformat = "json"')
    assert load_settings(None).log.format is LogFormat.JSON


def test_the_environment_takes_precedence_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENTORBOT_LOG__LEVEL", "DEBUG")
    monkeypatch.setenv("MENTORBOT_DISCORD__TOKEN", "from-outside")
    settings = load_settings(
        write_config('[log]\nlevel = "error"\nformat = "json"\n[discord]\ntoken = "a"')
    )
    assert settings.log.level is LogLevel.DEBUG
    assert settings.log.format is LogFormat.JSON
    assert settings.discord.token.get_secret_value() == "from-outside"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("mentorbot.db", "sqlite+aiosqlite:///mentorbot.db"),
        ("/var/lib/mentorbot/data.db", "sqlite+aiosqlite:////var/lib/mentorbot/data.db"),
        ("sqlite:///some.db", "sqlite+aiosqlite:///some.db"),
        ("sqlite+aiosqlite:////abs/some.db", "sqlite+aiosqlite:////abs/some.db"),
        ("postgresql://me:pw@db:5433/mentors", "postgresql+asyncpg://me:pw@db:5433/mentors"),
        ("postgresql+asyncpg://db/mentors", "postgresql+asyncpg://db/mentors"),
        (
            "postgresql://db/mentors?user=me&password=p%26w&sslmode=require",
            "postgresql+asyncpg://me:p%26w@db/mentors?ssl=require",
        ),
        (
            "postgresql:///mentors?host=/run/postgresql",
            "postgresql+asyncpg:///mentors?host=%2Frun%2Fpostgresql",
        ),
        ("what? 100%.db", "sqlite+aiosqlite:///what%3F 100%25.db"),
        ("sqlite:///some.db?timeout=1", "sqlite+aiosqlite:///some.db?timeout=1"),
    ],
)
def test_a_database_url_may_be_a_file_path(text: str, url: str) -> None:
    settings = load_settings(write_config(f'[database]\nurl = "{text}"'))
    assert settings.database.url.get_secret_value() == url


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[log]\nformat = "jsno"',
            'settings.toml: log.format = "jsno" should be "human" or "json". Did you mean json?',
        ),
        (
            '[log]\nlevle = "info"',
            'settings.toml: log.levle = "info" is not a setting; allowed: format and level. '
            "Did you mean level?",
        ),
        (
            "[jbos]\ndeliver = 5",
            "settings.toml: jbos is not a section; allowed: discord, database, api, metrics, "
            "egress, webhooks, encryption, calendars, jitsi, zoom, daily, log, jobs and retention. "
            "Did you mean jobs?",
        ),
        (
            "[api]\nport = 70000",
            "settings.toml: api.port = 70000 should be a whole number from 0 to 65535.",
        ),
        (
            '[api]\nport = "http"',
            'settings.toml: api.port = "http" should be a whole number from 0 to 65535.',
        ),
        (
            "[jobs]\ndeliver = 0",
            "settings.toml: jobs.deliver = 0 should be a number from 0.1 to 3600.",
        ),
        (
            '[api]\nenabled = "perhaps"',
            'settings.toml: api.enabled = "perhaps" should be true or false.',
        ),
        (
            '[api]\nalgorithms = "HS256 none"',
            'settings.toml: api.algorithms = "HS256 none" should be HS256, RS256, ES256 or EdDSA, '
            "or several of them, separated by spaces.",
        ),
        (
            '[api]\nmoderators = "everyone"',
            'settings.toml: api.moderators = "everyone" should be "discord" or "token".',
        ),
        (
            '[api]\ncors_origins = "*"',
            'settings.toml: api.cors_origins = "*" should be origins such as https://app.example, '
            "without a path and separated by spaces.",
        ),
        ("[api]\nhost = 1", "settings.toml: api.host = 1 should be text."),
        ('log = "json"', "settings.toml: log should be a section: [log]."),
        (
            '[database]\nurl = "mysql://db/mentors"',
            "settings.toml: database.url should be a file path, sqlite+aiosqlite:///FILE, "
            "or postgresql+asyncpg://USER:PASSWORD@HOST/NAME.",
        ),
        (
            '[database]\nurl = ":memory:"',
            "settings.toml: database.url should be a file: "
            "an in-memory database can't be opened twice.",
        ),
        (
            '[database]\nurl = "postgresql://me@db/mentors?sslmode=maybe"',
            "settings.toml: database.url should have an sslmode of allow, disable, prefer, "
            "require, verify-ca, verify-full.",
        ),
        (
            '[database]\nurl = "postgresql://me@db/mentors?sslcert=me.pem"',
            "settings.toml: database.url should have no other options than host, port, "
            "prepared_statement_cache_size, ssl, sslmode after the question mark; "
            "write % as %25 and ? as %3F if they belong to a name or password.",
        ),
        (
            '[database]\nurl = "sqlite:///what?.db"',
            "settings.toml: database.url should have no other options than timeout after the "
            "question mark; write % as %25 and ? as %3F if they belong to a name or password.",
        ),
        (
            '[database]\nurl = "sqlite:///file:some.db?uri=true"',
            "settings.toml: database.url should have no other options than timeout after the "
            "question mark; write % as %25 and ? as %3F if they belong to a name or password.",
        ),
        (
            '[database]\nurl = "sqlite:///some.db?timeout=long"',
            "settings.toml: database.url should have a number as its timeout.",
        ),
        (
            '[database]\nurl = "sqlite://some.db"',
            "settings.toml: database.url should have three slashes: sqlite:///FILE, or "
            "sqlite:////FOLDER/FILE.",
        ),
        (
            '[database]\nurl = "postgresql:///mentors?host=a&host=b&port=1"',
            "settings.toml: database.url should have one port for each host, and a number as each "
            "port.",
        ),
        (
            '[database]\nurl = "postgresql:/me@db/mentors"',
            "settings.toml: database.url should have :// after its scheme, as in "
            "postgresql://USER@HOST/NAME.",
        ),
        (
            '[database]\nurl = "postgresql://me@db:port/mentors"',
            "settings.toml: database.url should be a URL with a number as its port.",
        ),
        (
            f'[webhooks.app]\nurl = "app.example"\nsecret = "{WEBHOOK_SECRET}"',
            'settings.toml: webhooks.app.url = "app.example" should be an address such as '
            "https://app.example/hooks.",
        ),
        (
            '[webhooks.app]\nurl = "https://app.example"\nsecret = "whsec_short"',
            "settings.toml: webhooks.app.secret should be whsec_ and 24 to 64 random bytes in "
            "base64.",
        ),
        (
            f'{WEBHOOK}event_types = "session.exploded"',
            'settings.toml: webhooks.app.event_types = "session.exploded" should be types of '
            "events such as session.booked, separated by spaces; session.exploded isn't one.",
        ),
        (
            f'{WEBHOOK}guilds = "Riverside"',
            'settings.toml: webhooks.app.guilds = "Riverside" should be ids of servers, separated '
            "by spaces.",
        ),
        (
            f'{WEBHOOK}evnet_types = ""',
            'settings.toml: webhooks.app.evnet_types = "" is not a setting; allowed: url, secret, '
            "event_types and guilds. Did you mean event_types?",
        ),
        (
            '[webhooks."My App"]\nurl = "https://app.example"',
            "settings.toml: webhooks.My App should have a name of a to z, digits and _.\n"
            "settings.toml: webhooks.My App.secret should be whsec_ and 24 to 64 random bytes in "
            "base64.",
        ),
        (
            "[webhooks]\napp = 1",
            "settings.toml: webhooks.app should be a section: [webhooks.app].",
        ),
        (
            WEBHOOK.replace("https://app.example", "http://10.0.0.1"),
            "webhooks.app.url must begin with https://, unless egress.allow_private is true.",
        ),
        (
            '[zoom]\naccount_id = "a"\nusers = "host@example.com"',
            "zoom.client_id and zoom.client_secret are missing; set all of the section, or none.",
        ),
        (
            '[jitsi]\napp_id = "mentorbot"',
            "jitsi.secret is missing; set all of the section, or none.",
        ),
        (
            f'[jitsi]\nserver = ""\napp_id = "mentorbot"\nsecret = "{"x" * 40}"',
            "jitsi.server is missing; jitsi.secret is for that server.",
        ),
        (
            f'[jitsi]\nserver = "https://meet.{"x" * 44}.org"\napp_id = "mentorbot"\n'
            f'secret = "{"x" * 40}"',
            "jitsi.server and jitsi.app_id are too long: links to rooms, with their tokens, would "
            "have 515 characters, and can have 500.",
        ),
        (
            "[discord]\ntoken = abc",
            "The configuration file settings.toml is not valid TOML (at line 2, column 9). "
            'Text needs quotes: token = "...".',
        ),
    ],
)
def test_a_problem_names_key_value_and_what_is_allowed(text: str, message: str) -> None:
    assert error_message(text) == message


def test_a_webhooks_secret_can_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENTORBOT_WEBHOOKS__MAIN_APP__SECRET", WEBHOOK_SECRET)
    text = '[webhooks.main_app]\nurl = "http://app:3000/hooks"\n[egress]\nallow_private = true'
    settings = load_settings(write_config(text))
    webhook = settings.webhooks["main_app"]
    assert (webhook.url, webhook.event_types) == ("http://app:3000/hooks", "")
    assert webhook.secret.get_secret_value() == WEBHOOK_SECRET
    assert WEBHOOK_SECRET in secrets_of(settings)
    assert WEBHOOK_SECRET not in repr(settings)


def test_every_problem_has_its_own_line() -> None:
    assert (
        len(error_message('[log]\nformat = 1\nlevel = "loud"\n[api]\nport = -1').splitlines()) == 3
    )


def test_a_missing_file_is_reported_by_name() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml can't be read: No such file"):
        load_settings(Path("nowhere.toml"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "MENTORBOT_DISCORD_TOKEN",
            "Environment: MENTORBOT_DISCORD_TOKEN is not a setting. "
            "Did you mean MENTORBOT_DISCORD__TOKEN?",
        ),
        (
            "MENTORBOT_LOG",
            "Environment: MENTORBOT_LOG is not a setting. Did you mean MENTORBOT_LOG__LEVEL?",
        ),
        (
            "MENTORBOT_DISCORD__TOKN",
            "Environment (MENTORBOT_DISCORD__TOKN): discord.tokn is not a setting; "
            "allowed: token, shards and shard_ids. Did you mean token?",
        ),
        (
            "MENTORBOT_API__PORT",
            'Environment (MENTORBOT_API__PORT): api.port = "sesame" '
            "should be a whole number from 0 to 65535.",
        ),
    ],
)
def test_a_misspelt_variable_is_reported(
    name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "sesame")
    with pytest.raises(SettingsError) as raised:
        load_settings(None)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "text",
    [
        '[discord]\ntokn = "open-sesame"',
        '[discord]\ntoken = ["open-sesame"]',
        '[discord]\npassword = "open-sesame"',
        'token = "open-sesame"',
        '[database]\npasword = "open-sesame"',
        '[database]\nurl = "mysql://me:open-sesame@db/x"',
        '[database]\nurl = "postgresql://me:open-sesame@db:x/x"',
        '[database]\nurl = "postgresql://me@db/x?password=open-sesame&sslcert=1"',
        '[database]\nurl = "postgresql://me@db/x?pasword=open-sesame"',
        '[database]\nurl = "postgresql://me@db/x?sslpassword=open-sesame"',
        '[database]\nurl = "postgresql://me@db/x?passfile=open-sesame"',
        '[database]\nurl = "postgresql://me@db/x?password=a&password=open-sesame"',
        '[database]\nurl = "postgresql://me:open@sesame@db/x"',
        '[database]\nurl = "postgresql:/me:open-sesame@db/x"',
        '[database]\nurl = "postgresql:me:open-sesame@db/x"',
        '[database]\nurl = "sqlite://me:open-sesame@db/x"',
        '[discord]\ntoken = open-sesame"',
        '[discord]\ntoken = "a"\ntoken = "open-sesame"',
        '[log]\nformat = "x"\n[discord]\ntoken = "open-sesame"',
    ],
)
def test_errors_contain_no_secret(text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(write_config(text))
    error = raised.value
    assert "sesame" not in f"{error!s} {error!r} {error.__cause__!s}"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:open-sesame@db/x",
        "postgresql://me:open%2Dsesame@db/x",
        "postgresql://db/x?user=me&password=open-sesame",
        "postgresql:///x?password=open%2Dsesame&host=/run",
        "postgresql://me:?open/sesame#@db/x",
    ],
)
def test_reprs_contain_no_secret(url: str) -> None:
    text = f'[discord]\ntoken = "open-sesame"\n[database]\nurl = "{url}"'
    settings = load_settings(write_config(text))
    assert "sesame" not in engines.shown_url(settings.database.url.get_secret_value())
    assert any("sesame" in secret for secret in secrets_of(settings)[2:])
    assert "sesame" not in repr(settings)
    assert "sesame" not in settings.model_dump_json()
