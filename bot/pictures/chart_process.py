"""The process that draws charts. It loads matplotlib, which takes a second.

A request is a pickled `ChartImage`, or nothing to find out whether the process is ready. An answer
is a PNG file, empty if it could not be drawn.
"""

from __future__ import annotations

import pickle

from bot.pictures.chart_drawing import draw_chart
from processes import child


def draw(request: bytes) -> bytes:
    """Draw a chart that is requested."""
    return draw_chart(pickle.loads(request))


if __name__ == "__main__":
    child.serve(draw)
