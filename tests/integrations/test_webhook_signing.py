"""Signatures of webhooks, verified by the reference library."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from integrations import webhook_signing
from mentorship.webhooks import secrets

BODY = '{"type":"session.booked","data":{"name":"Zoë"}}'.encode()


def test_a_receiver_with_the_secret_accepts_a_webhook() -> None:
    secret = secrets.generate()
    headers = webhook_signing.headers("evt_1", datetime.now(UTC), BODY, [secret])
    assert Webhook(secret).verify(BODY, headers)["type"] == "session.booked"


def test_receivers_with_either_secret_accept_it_during_a_rotation() -> None:
    old, new = secrets.generate(), secrets.generate()
    headers = webhook_signing.headers("evt_1", datetime.now(UTC), BODY, [new, old])
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_changed_header_or_body_is_refused(name: str) -> None:
    secret = secrets.generate()
    headers = webhook_signing.headers("evt_1", datetime.now(UTC), BODY, [secret])
    other = webhook_signing.headers("evt_2", datetime.fromtimestamp(0, UTC), b"{}", [secret])
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers | {name: other[name]})
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(b"{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets.generate()).verify(BODY, headers)
