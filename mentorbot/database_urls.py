"""URLs of databases: what operators may write, as the SQLAlchemy URL that the program uses.

In the result a password is only ever where SQLAlchemy hides it, and every option is one that the
driver has.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_SQLITE_OPTIONS = frozenset({"timeout", "mode", "uri", "cache", "immutable", "nolock"})

_POSTGRESQL_OPTIONS = {
    "host": "host",
    "port": "port",
    "ssl": "ssl",
    # libpq's name; asyncpg knows the same values.
    "sslmode": "ssl",
    "prepared_statement_cache_size": "prepared_statement_cache_size",
}
"""The options of a PostgreSQL URL, with the names that the driver has for them."""

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
        return URL.create(
            "sqlite+aiosqlite", database=str(Path(text).expanduser())
        ).render_as_string()
    match scheme:
        case "sqlite" | "sqlite+aiosqlite":
            url = _make_url(f"sqlite+aiosqlite://{rest}")
            if url.database in (None, "", ":memory:"):
                raise _no_file()
            _refuse_unknown(url, _SQLITE_OPTIONS)
            return url.render_as_string(hide_password=False)
        case "postgres" | "postgresql" | "postgresql+asyncpg":
            return _postgresql(_make_url(f"postgresql+asyncpg://{rest}"))
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


def _postgresql(url: URL) -> str:
    """Return the URL with credentials where SQLAlchemy masks them, and asyncpg's options."""
    query = dict(url.query)
    for option in ("user", "password"):
        if option in query:
            value = query.pop(option)
            if not isinstance(value, str):
                raise ValueError(f"should have one {option} only")
            url = url.set(username=value) if option == "user" else url.set(password=value)
    url = url.set(query=query)
    _refuse_unknown(url, _POSTGRESQL_OPTIONS)
    options = {_POSTGRESQL_OPTIONS[name]: value for name, value in query.items()}
    mode = options.get("ssl")
    if mode is not None and mode not in _SSL_MODES:
        raise ValueError(f"should have an sslmode of {', '.join(sorted(_SSL_MODES))}")
    return url.set(query=options).render_as_string(hide_password=False)


def _refuse_unknown(url: URL, allowed: frozenset[str] | dict[str, str]) -> None:
    unknown = sorted(set(url.query) - set(allowed))
    if unknown:
        raise ValueError(
            f"should have no other options than {', '.join(sorted(allowed))} after the question "
            "mark; write % as %25 and ? as %3F if they belong to a name or password"
        )
