"""Radicale and Xandikos as processes, and what people do in their calendars there."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import httpx

from tests.alerts.prometheus import free_port

PASSWORD = "correct-horse"
START_TIMEOUT_S = 30.0

_RADICALE = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/data
[logging]
level = warning
"""


@dataclass
class CalDavServer:
    """A server that runs, and can be stopped and started again with what it holds."""

    command: list[str]
    url: str
    folder: Path
    home: str
    """The path of a person's calendars, with `{user}` in it."""
    process: subprocess.Popen[bytes] | None = None
    users: set[str] = field(default_factory=set)

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                httpx.get(self.url, timeout=5)
            except httpx.TransportError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def new_user(self) -> Account:
        """Let somebody sign in whom no other test knows."""
        return self.add_user(f"person{len(self.users) + 1}")

    def add_user(self, user: str, password: str = PASSWORD) -> Account:
        """Let a person sign in, also with another password than before."""
        self.users.add(user)
        path = self.folder / "users"
        others = path.read_text().splitlines() if path.exists() else []
        lines = [line for line in others if not line.startswith(f"{user}:")]
        path.write_text("\n".join([*lines, f"{user}:{password}", ""]))
        return Account(self, user, password)


@dataclass
class Account:
    """A person's account, and their own use of it with another app."""

    server: CalDavServer
    user: str
    password: str = field(repr=False)

    def calendar_url(self, name: str) -> str:
        return self.server.url + self.server.home.format(user=self.user) + name + "/"

    def make_calendar(self, name: str = "work", title: str = "Work") -> Calendar:
        body = (
            '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
            f"<D:displayname>{title}</D:displayname></D:prop></D:set></C:mkcalendar>"
        )
        calendar = Calendar(self, self.calendar_url(name))
        calendar.call("MKCALENDAR", "", body, {"Content-Type": "application/xml"})
        return calendar


@dataclass
class Calendar:
    """A calendar as its owner's other apps see it."""

    account: Account
    url: str

    def call(
        self, method: str, name: str, body: str = "", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        pair = f"{self.account.user}:{self.account.password}".encode()
        authorization = "Basic " + base64.b64encode(pair).decode()
        response = httpx.request(
            method,
            self.url + name,
            content=body.encode(),
            headers={"Authorization": authorization, **(headers or {})},
            timeout=30,
        )
        response.raise_for_status()
        return response

    def events(self) -> dict[str, str]:
        """Return the events by the names of their resources."""
        body = (
            '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
            "<D:prop><C:calendar-data/></D:prop><C:filter>"
            '<C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>'
        )
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        tree = ElementTree.fromstring(self.call("REPORT", "", body, headers).content)
        return {
            (each.findtext("{DAV:}href") or "").rsplit("/", 1)[-1]: text
            for each in tree.findall("{DAV:}response")
            if (text := each.findtext(".//{urn:ietf:params:xml:ns:caldav}calendar-data"))
        }

    def put(self, name: str, text: str) -> None:
        self.call("PUT", name, text, {"Content-Type": "text/calendar; charset=utf-8"})

    def add_event(self, start: datetime, end: datetime, name: str = "private") -> None:
        self.put(f"{name}.ics", event(name, start, end))

    def move(self, name: str, start: datetime, end: datetime) -> None:
        """Move an event, as an app does that its owner drags it in."""
        lines = self.call("GET", name).text.replace("\r\n", "\n").split("\n")
        moved = [
            f"DTSTART:{stamp(start)}"
            if line.startswith("DTSTART")
            else f"DTEND:{stamp(end)}"
            if line.startswith("DTEND")
            else line
            for line in lines
        ]
        self.put(name, "\r\n".join(moved))

    def delete(self, name: str = "") -> None:
        """Delete an event, or the calendar."""
        self.call("DELETE", name)


def event(uid: str, start: datetime, end: datetime, *, summary: str = "Dentist") -> str:
    """Return a calendar object with one event."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Example//Calendar//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{stamp(start)}",
        f"DTSTART:{stamp(start)}",
        f"DTEND:{stamp(end)}",
        f"SUMMARY:{summary}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


@contextmanager
def radicale(folder: Path) -> Iterator[CalDavServer]:
    """Run Radicale, which asks for passwords."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users").touch()
    config = folder / "config"
    config.write_text(_RADICALE.format(port=port, folder=folder))
    command = [sys.executable, "-m", "radicale", "--config", str(config)]
    server = CalDavServer(command, f"http://127.0.0.1:{port}", folder, "/{user}/")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def xandikos(folder: Path, user: str = "user") -> Iterator[CalDavServer]:
    """Run Xandikos for one person. Without TLS it has no passwords."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "xandikos", "serve", "--no-detect-systemd"]
    command += ["-l", "127.0.0.1", "-p", str(port), "-d", str(folder / "data")]
    command += ["--state-dir", str(folder / "state"), "--defaults"]
    command += ["--current-user-principal", f"/{user}/"]
    server = CalDavServer(command, f"http://127.0.0.1:{port}", folder, "/{user}/calendars/")
    try:
        server.start()
        yield server
    finally:
        server.stop()
