"""The process that draws pictures.

A request is a pickled `WeekImage`. An answer is a PNG file, empty if it could not be drawn.
"""

from __future__ import annotations

import pickle

from bot.pictures.drawing import draw_week
from processes import child


def draw(request: bytes) -> bytes:
    """Draw a picture that is requested."""
    return draw_week(pickle.loads(request))


if __name__ == "__main__":
    child.serve(draw)
