"""The colours of pictures, which look the same in Discord's light and dark theme.

A picture has a background of its own. Text differs from it by at least 4.5 to 1 and shapes by 3 to
1 (WCAG 2.2). The three colours of series stay apart for every kind of colour blindness; they are
from Okabe and Ito, https://jfly.uni-koeln.de/color/, and each also has its own pattern.
"""

from __future__ import annotations

BACKGROUND, COLUMN, RULE = "#1f2229", "#2a2e37", "#454b57"
INK, DIM_INK = "#f4f5f7", "#c3c8d1"

SERIES = ("#56b4e9", "#e69f00", "#cc79a7")
"""Fills of the first, second and third series of a chart."""

SCALE = ("#33486f", "#6c7386", "#a69d75", "#e0c95b", "#fde737")
"""Fills from none to all: each is lighter than the one before (the upper part of cividis)."""
