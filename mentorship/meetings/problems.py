"""Why a meeting provider didn't do what it was asked for. Pure."""

from __future__ import annotations

from enum import StrEnum, auto


class MeetingProblem(StrEnum):
    """What went wrong at a provider. The values are stored."""

    NOT_CONFIGURED = auto()
    """The configuration has no credentials for this provider (any more)."""
    UNAUTHORIZED = auto()
    """The provider refuses the credentials, or they lack a permission."""
    UNKNOWN_HOST_USER = auto()
    """The configured user doesn't exist at the provider."""
    NO_FREE_HOST = auto()
    """Each configured user hosts another meeting at that time."""
    RATE_LIMITED = auto()
    UNAVAILABLE = auto()
    """No answer, or one that says that the provider has a problem."""
    BAD_ANSWER = auto()
    """An answer that isn't as the provider's documentation says."""
    REFUSED = auto()
    """The provider refuses the request for another reason."""
