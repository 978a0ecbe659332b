"""Avatars for the demo, drawn at startup: initials for people, a clock for the bot."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

SIZE = 160
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Avatar:
    """A square PNG, and the hash by which the simulated Discord refers to it."""

    png: bytes
    digest: str


def initials_avatar(name: str, colour: str) -> Avatar:
    """Draw the initials of `name` in white on `colour` (`#rrggbb`), with a slight gradient."""
    image = Image.new("RGB", (SIZE, SIZE), colour)
    shade = Image.linear_gradient("L").resize((SIZE, SIZE)).point(lambda value: value // 4)
    image.paste("#101018", mask=shade)
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    ImageDraw.Draw(image).text(
        (SIZE / 2, SIZE / 2),
        initials,
        fill="white",
        font=ImageFont.load_default(size=64),
        anchor="mm",
    )
    return _to_avatar(image)


def bot_avatar(colour: str = "#2f4fc4") -> Avatar:
    """Draw the bot's avatar: a clock with a notification dot, like the page's icon."""
    scale = 4
    image = Image.new("RGB", (64 * scale, 64 * scale), colour)
    draw = ImageDraw.Draw(image)

    def scaled(*numbers: float) -> list[float]:
        return [number * scale for number in numbers]

    draw.ellipse(scaled(12, 12, 52, 52), outline="white", width=5 * scale)
    draw.line(scaled(32, 21, 32, 32.5, 40, 37.5), fill="white", width=5 * scale, joint="curve")
    draw.ellipse(scaled(40, 9, 56, 25), fill="#f2a33a", outline=colour, width=3 * scale)
    return _to_avatar(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS))


def _to_avatar(image: Image.Image) -> Avatar:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    png = buffer.getvalue()
    return Avatar(png, hashlib.md5(png, usedforsecurity=False).hexdigest())
