"""The process that draws pictures: reads what to draw from its input, and writes PNG files.

A request is a pickled `WeekImage`. An answer is a file, which is empty if it could not be drawn.
Both come after their length. The process ends with its input, so it never outlives the bot.
"""

from __future__ import annotations

import pickle
import signal
import sys
from typing import BinaryIO

from bot.pictures.drawing import draw_week
from bot.pictures.protocol import LENGTH


def main(requests: BinaryIO, answers: BinaryIO) -> None:
    """Draw what is requested until there are no more requests."""
    while header := requests.read(LENGTH.size):
        request = requests.read(*LENGTH.unpack(header))
        try:
            picture = draw_week(pickle.loads(request))
        except Exception:
            # One picture that can't be drawn; standard error is that of the bot.
            sys.excepthook(*sys.exc_info())
            picture = b""
        answers.write(LENGTH.pack(len(picture)) + picture)
        answers.flush()


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches all its processes; the bot ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(sys.stdin.buffer, sys.stdout.buffer)
