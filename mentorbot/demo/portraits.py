"""Portraits for the people of the demo: their initials on their colour."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

SIZE = 160


@dataclass(frozen=True, slots=True)
class Portrait:
    """A PNG, square, and the hash by which the simulated Discord names it."""

    png: bytes
    digest: str


def portrait(name: str, colour: str) -> Portrait:
    """Initials in white on `colour` (`#rrggbb`), lit a little from above."""
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
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Portrait(buffer.getvalue(), hashlib.md5(buffer.getvalue()).hexdigest())
