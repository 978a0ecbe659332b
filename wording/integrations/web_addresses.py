"""Why a web address can't be used, in words."""

from __future__ import annotations

from mentorship.web_addresses import MAX_LENGTH, AddressProblem

_PROBLEMS = {
    AddressProblem.UNREADABLE: (
        "must be a web address such as https://app.example/hooks, in plain letters and without a "
        "fragment"
    ),
    AddressProblem.TOO_LONG: f"can have up to {MAX_LENGTH:,} characters",
    AddressProblem.NOT_HTTPS: "must begin with https://",
    AddressProblem.WITH_USER: "can't contain a user name or password",
    AddressProblem.NOT_PUBLIC: "must be on the public internet",
}


def address_problem(problem: AddressProblem) -> str:
    """Return what an address must be, as the rest of a sentence that begins with its field."""
    return _PROBLEMS[problem]
