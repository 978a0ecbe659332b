"""The meeting providers of the configuration."""

from __future__ import annotations

from integrations.egress import Egress
from integrations.meetings.daily import Daily, DailyAccount
from integrations.meetings.jitsi import Jitsi, JitsiAccount
from integrations.meetings.provider import MeetingProvider
from integrations.meetings.zoom import Zoom, ZoomAccount
from mentorbot.settings import Settings


def create(settings: Settings, egress: Egress) -> dict[str, MeetingProvider]:
    """Return the configured providers, by the name of their place."""
    providers: dict[str, MeetingProvider] = {}
    jitsi, zoom, daily = settings.jitsi, settings.zoom, settings.daily
    if jitsi.server:
        account = JitsiAccount(jitsi.server, jitsi.app_id, jitsi.secret.get_secret_value())
        providers["jitsi"] = Jitsi(account)
    if zoom.account_id:
        providers["zoom"] = Zoom(
            egress,
            ZoomAccount(
                zoom.account_id,
                zoom.client_id,
                zoom.client_secret.get_secret_value(),
                tuple(zoom.users.split()),
                zoom.waiting_room,
            ),
        )
    if daily.api_key.get_secret_value():
        providers["daily"] = Daily(egress, DailyAccount(daily.api_key.get_secret_value()))
    return providers


def names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the configured providers: the places that people can choose."""
    return tuple(create(settings, Egress()))
