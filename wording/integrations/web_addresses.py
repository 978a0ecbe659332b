"""Why a web address can't be used, in words."""

from __future__ import annotations

from mentorship.web_addresses import MAX_LENGTH, AddressProblem
from wording.translation import N_, _, ngettext

_PROBLEMS = {
    # Translators: it follows the name of a field and a colon.
    AddressProblem.UNREADABLE: N_(
        "must be a web address such as https://app.example/hooks, in plain letters and without a "
        "fragment"
    ),
    # Translators: it follows the name of a field and a colon.
    AddressProblem.NOT_HTTPS: N_("must begin with https://"),
    # Translators: it follows the name of a field and a colon.
    AddressProblem.WITH_USER: N_("can't contain a user name or password"),
    # Translators: it follows the name of a field and a colon.
    AddressProblem.NOT_PUBLIC: N_("must be on the public internet"),
}


def address_problem(problem: AddressProblem) -> str:
    """Return what an address must be, as the rest of a sentence that begins with its field."""
    if problem is AddressProblem.TOO_LONG:
        # Translators: it follows the name of a field and a colon.
        return ngettext(
            "can have up to {count} character", "can have up to {count} characters", MAX_LENGTH
        )
    return _(_PROBLEMS[problem])
