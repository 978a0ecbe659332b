"""The headers of a webhook: its id, time and signatures, by the Standard Webhooks specification."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook


def headers(
    message_id: str, sent_at: datetime, body: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    """Return the headers of a webhook that is sent at `sent_at`, signed with each secret.

    While an endpoint's secret is rotated there are two, and receivers accept either signature.
    `body` has to be UTF-8.
    """
    text = body.decode()
    signatures = [Webhook(secret).sign(message_id, sent_at, text) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "mentorbot",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
