"""How the bot and its drawing process talk."""

from __future__ import annotations

import struct

LENGTH = struct.Struct(">I")
"""The length of the message that follows it, in bytes."""
