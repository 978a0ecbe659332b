"""The page of an open channel: simcord's, as a visitor of the demo needs it.

simcord's page is made for developers. This adds a way back to the control room, a style sheet that
hides the tools, and a script that behaves like Discord where simcord doesn't (`static/channel.js`).
"""

from __future__ import annotations

import html
from importlib import resources
from typing import Any

from simcord.preview import Preview
from simcord.preview._server import PreviewServer

_STATIC = resources.files("mentorbot.demo") / "static"
_OWN_FILES = {
    "/channel.css": str(_STATIC / "channel.css"),
    "/channel.js": str(_STATIC / "channel.js"),
}
_HEAD = (
    '<link rel="stylesheet" href="/channel.css"><script type="module" src="/channel.js"></script>'
)


class ChannelPageServer(PreviewServer):
    """Serves simcord's page with the demo's additions. `room_url` is the control room's address.

    simcord has no public way to change its page, so this extends its private server.
    """

    # Absolute paths, which simcord's own folder is not put in front of.
    _STATIC_FILES = PreviewServer._STATIC_FILES | _OWN_FILES
    _STATIC_CONTENT_TYPES = PreviewServer._STATIC_CONTENT_TYPES | {
        _OWN_FILES["/channel.css"]: "text/css"
    }

    def __init__(
        self,
        preview: Preview,
        port: int,
        *,
        room_url: str,
        person: str,
        channel: str,
        has_commands: bool,
    ) -> None:
        super().__init__(preview, port)
        name, place = html.escape(person), html.escape(channel)
        self._body = "<body>" if has_commands else '<body data-commands="none">'
        self._title = f"{name} · {place}"
        self._way_back = (
            '<nav class="demo-bar" aria-label="Demo">'
            f'<a id="control-room" href="{html.escape(room_url)}">← Control room</a>'
            f"<span>You’re <strong>{name}</strong></span></nav>"
        )

    async def _index(self, request: Any) -> Any:
        response = await super()._index(request)
        response.text = (
            response.text.replace("SimCord Preview</title>", f"{self._title}</title>")
            .replace("</head>", f"{_HEAD}</head>")
            .replace("<body>", self._body)
            .replace('<div class="preview-brand">', f'{self._way_back}<div class="preview-brand">')
        )
        return response
