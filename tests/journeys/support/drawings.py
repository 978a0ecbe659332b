"""One drawing process for all bots of a test run, since starting one takes longer than a test."""

from __future__ import annotations

import atexit

from bot.pictures.renderer import PictureRenderer

PICTURES = PictureRenderer(deadline=20)
"""Patient, because many tests share the machine."""

atexit.register(PICTURES.close)
