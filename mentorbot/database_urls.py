"""URLs of databases: what operators may write, as the SQLAlchemy URL that the program uses.

In the result a password is only ever where SQLAlchemy hides it, and every option is one that the
driver has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_SQLITE_OPTIONS = {"timeout": "timeout"}
"""The option of a SQLite URL. Those that change which file is opened aren't among them, since
`mentorbot backup` must find the same one."""

_POSTGRESQL_OPTIONS = {
    "host": "host",
    "port": "port",
    "ssl": "ssl",
    # libpq's name; asyncpg knows the same values.
    "sslmode": "ssl",
    "prepared_statement_cache_size": "prepared_statement_cache_size",
}
"""The options of a PostgreSQL URL, with the names that the driver has for them."""

_NUMBERS = {"timeout": float, "prepared_statement_cache_size": int}
"""The options that are numbers, with their types."""

_MISSPELT_URL = re.compile(r"(postgres(ql)?|sqlite|mysql|mariadb)[+a-z0-9]*:", re.IGNORECASE)
"""How a URL begins that lacks one of its slashes. As a file path it would be shown, with the
password."""

_USER_INFO = re.compile(r"[^:/@]*(?::[^@]*)?@")

_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


def parse(text: str) -> str:
    """Return the SQLAlchemy URL for a file path or a URL.

    Raises `ValueError`, with a message that begins with "should" and contains no part of `text`
    that may be secret.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        if not text.strip() or text.strip() == ":memory:":
            raise _no_file()
        if _MISSPELT_URL.match(text.strip()):
            raise ValueError("should have :// after its scheme, as in postgresql://USER@HOST/NAME")
        return URL.create(
            "sqlite+aiosqlite", database=str(Path(text).expanduser())
        ).render_as_string()
    match scheme:
        case "sqlite" | "sqlite+aiosqlite":
            url = _make_url(f"sqlite+aiosqlite://{rest}")
            if url.host or url.username or url.password:
                raise ValueError(
                    "should have three slashes: sqlite:///FILE, or sqlite:////FOLDER/FILE"
                )
            if url.database in (None, "", ":memory:"):
                raise _no_file()
            _check_options(url, rest, _SQLITE_OPTIONS)
            return url.render_as_string(hide_password=False)
        case "postgres" | "postgresql" | "postgresql+asyncpg":
            return _postgresql(_make_url(f"postgresql+asyncpg://{rest}"), rest)
        case _:
            raise ValueError(
                "should be a file path, sqlite+aiosqlite:///FILE, "
                "or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
            )


def _no_file() -> ValueError:
    return ValueError("should be a file: an in-memory database can't be opened twice")


def _make_url(text: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        # The original message may contain the URL, and with it the password.
        raise ValueError("should be a URL with a number as its port") from None


def _postgresql(url: URL, rest: str) -> str:
    """Return the URL with credentials where SQLAlchemy masks them, and asyncpg's options.

    `rest` is its text after the scheme.
    """
    if "@" in (url.host or ""):
        # Otherwise the end of the password would be shown as the host.
        raise ValueError("should have @ written as %40 if it belongs to a name or password")
    query = dict(url.query)
    for option in ("user", "password"):
        if option in query:
            value = query.pop(option)
            if not isinstance(value, str):
                raise ValueError(f"should have one {option} only")
            url = url.set(username=value) if option == "user" else url.set(password=value)
    if url.password is not None and url.username is None:
        # Without a user, SQLAlchemy would leave out the password.
        url = url.set(username="")
    url = url.set(query=query)
    _check_options(url, rest, _POSTGRESQL_OPTIONS)
    options = {_POSTGRESQL_OPTIONS[name]: value for name, value in query.items()}
    mode = options.get("ssl")
    if mode is not None and mode not in _SSL_MODES:
        raise ValueError(f"should have an sslmode of {', '.join(sorted(_SSL_MODES))}")
    url = url.set(query=options)
    try:
        url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError):
        raise ValueError("should have one port for each host, and a number as each port") from None
    return url.render_as_string(hide_password=False)


def _check_options(url: URL, rest: str, allowed: Mapping[str, str]) -> None:
    """Raise `ValueError` for an option that isn't allowed or isn't a number.

    `rest` is the URL's text after the scheme. SQLAlchemy leaves out what follows a question mark
    and has no value, and would open another file.
    """
    given = _USER_INFO.sub("", rest, count=1).partition("?")[2]
    has_all = all("=" in option.strip("=") for option in given.split("&") if given)
    if not has_all or set(url.query) - set(allowed):
        raise ValueError(
            f"should have no other options than {', '.join(sorted(allowed))} after the question "
            "mark; write % as %25 and ? as %3F if they belong to a name or password"
        )
    for name, number in _NUMBERS.items():
        try:
            number(url.query.get(name, "0"))
        except (TypeError, ValueError):
            raise ValueError(f"should have a number as its {name}") from None
