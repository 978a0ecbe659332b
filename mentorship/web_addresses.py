"""Web addresses that people give, for the program to call or for others to press. Pure.

The program runs inside of somebody's network, so an address that a person gives must not lead into
that network (server-side request forgery). An address is checked here when it is given; what its
name resolves to, `integrations.egress` checks at each connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, auto
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

MAX_LENGTH = 2_000
"""In characters."""

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")
_NUMERIC_END = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)\.?$")
_REST = re.compile(r"[!-~]*")  # Printable ASCII without spaces.

# RFC 3986, appendix A: what a URI may contain. Anything else has to be percent-encoded.
_LINK = re.compile(r"https://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.IGNORECASE)
_LINK_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")

_PRIVATE_DOMAINS = ("local", "localhost", "internal", "intranet", "lan", "home", "home.arpa")
"""Domains that only exist within somebody's network: RFC 6761, 6762 and 8375, ICANN's `internal`,
and names that routers and offices use."""

_UNICAST = IPv6Network("2000::/3")
_TRANSLATED = IPv6Network("64:ff9b::/96")
_REFUSED_V6 = (
    IPv6Network("2001::/23"),  # Protocol assignments, among them Teredo.
    IPv6Network("2002::/16"),  # 6to4: leads to any IPv4 address.
    IPv6Network("3fff::/20"),  # Documentation.
)
_REFUSED_V4 = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("168.63.129.16/32"),  # The virtual machine's host, in Azure.
    IPv4Network("192.0.0.0/24"),  # Protocol assignments; Oracle Cloud's metadata.
    IPv4Network("192.88.99.0/24"),  # Relays of 6to4.
)


class AddressProblem(StrEnum):
    """Why the program doesn't call an address."""

    UNREADABLE = auto()
    TOO_LONG = auto()
    NOT_HTTPS = auto()
    WITH_USER = auto()
    """It has a user name or a password."""
    NOT_PUBLIC = auto()
    """It leads into a private network, or to the program's own machine."""


class UnusableAddress(ValueError):
    """The program doesn't call this address."""

    def __init__(self, problem: AddressProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address that the program may try to call. Only `parse` creates it."""

    text: str
    host: str
    """In lower case, without the brackets of IPv6."""


def parse(text: str, *, allow_private: bool = False) -> WebAddress:
    """Check an address that somebody gave. Raises `UnusableAddress`.

    It has to begin with `https`, and can't have a user name or be obviously private. A fragment is
    refused, since it is never sent. `allow_private` also allows `http` and private addresses.
    """
    if len(text) > MAX_LENGTH:
        raise UnusableAddress(AddressProblem.TOO_LONG)
    parts = _split(text)
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise UnusableAddress(AddressProblem.NOT_HTTPS)
    if "@" in parts.netloc:
        raise UnusableAddress(AddressProblem.WITH_USER)
    host = parts.hostname or ""
    literal = _literal(host)
    # Systems read a host such as 127.1 or 0x7f000001 as an IPv4 address.
    is_numeric = literal is None and _NUMERIC_END.search(host) is not None
    if literal is None and (is_numeric or not _HOST.fullmatch(host)):
        raise UnusableAddress(AddressProblem.UNREADABLE)
    is_own = host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    if not allow_private and (is_own or (literal is not None and not is_public(literal))):
        raise UnusableAddress(AddressProblem.NOT_PUBLIC)
    return WebAddress(text, host)


def is_link(text: str) -> bool:
    """Return whether a text is a link that other people can be given to press.

    Only `https` with a plain host name is: no user name, which can pass for the host, no IP
    address, and no letters that look like others (also not as `xn--`).
    """
    if not _LINK.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:  # unbalanced brackets, or a port that is none
        return False
    is_host = _LINK_HOST.fullmatch(host) is not None and "xn--" not in host
    return "@" not in parts.netloc and is_host


def is_public_link(text: str) -> bool:
    """Return whether a text is a link, as in `is_link`, and not one into a private network."""
    if not is_link(text):
        return False
    host = (urlsplit(text).hostname or "").lower()
    return not any(f".{host}".endswith(f".{domain}") for domain in _PRIVATE_DOMAINS)


def _split(text: str) -> SplitResult:
    """Split an address. Raises `UnusableAddress`."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UnusableAddress(AddressProblem.UNREADABLE) from None
    is_readable = _REST.fullmatch(text) and not {"\\", "#", '"', "<", ">", "^", "`"} & set(text)
    if not (is_readable and parts.scheme and parts.netloc and port != 0):
        raise UnusableAddress(AddressProblem.UNREADABLE)
    return parts


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is one of the public internet, which the program may call.

    Private, loopback, link-local (also the metadata services of clouds), multicast, reserved and
    documentation ranges are not. IPv6 addresses that hold an IPv4 address are as public as that.
    The ranges: RFC 6890, and the registries of special-purpose addresses that continue it.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _TRANSLATED:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        return (
            address in _UNICAST
            and address.is_global
            and not any(address in network for network in _REFUSED_V6)
        )
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _REFUSED_V4)
    )
