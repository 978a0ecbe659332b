"""Draw pictures in another process, and keep those that were drawn.

The event loop only waits: a thread talks to the process, which all pictures share. If it dies or
hangs, it is replaced; a card is then shown without its picture.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bot.pictures.week_image import WeekImage
from processes.parent import ChildProcess

log = logging.getLogger(__name__)

DEADLINE = 1.5
"""Seconds that a card waits for its picture. Discord waits 3 s for the card."""

PATIENCE = 5.0
"""Seconds after which a process that hasn't answered is killed. Longer than `DEADLINE`, since on a
busy machine the first picture may take that long. One that is too late for its card is kept."""

MAX_CACHED_BYTES = 16 * 2**20
"""How many bytes of pictures are kept: about a thousand pictures."""


class PictureRenderer:
    """Draws pictures for all cards of a bot."""

    def __init__(self, deadline: float = DEADLINE, patience: float = PATIENCE) -> None:
        self.deadline = deadline
        """Seconds that `draw` takes at most."""
        self.patience = patience
        """Seconds after which a process that doesn't answer is killed."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._process = ChildProcess("bot.pictures.process")
        self._cache: OrderedDict[WeekImage, bytes] = OrderedDict()
        self._cached_bytes = 0
        self._drawings: dict[WeekImage, asyncio.Future[bytes]] = {}
        self._is_closed = False
        self.drawn = 0
        """How many pictures were drawn rather than taken from the cache."""

    @property
    def process_id(self) -> int | None:
        """The id of the drawing process, None before it is started."""
        return self._process.process_id

    def start(self) -> None:
        """Start the process without waiting for it, so that the first card needn't.

        If that fails, `draw` tries again, and reports why.
        """
        self._thread.submit(self._process.start)

    async def draw(self, image: WeekImage) -> bytes | None:
        """Return a picture as a PNG file, or None if it can't be drawn by the deadline."""
        if (cached := self._find(image)) is not None:
            return cached
        if self._is_closed:
            return None
        if (drawing := self._drawings.get(image)) is None:
            until = time.monotonic() + self.deadline
            loop = asyncio.get_running_loop()
            drawing = loop.run_in_executor(self._thread, self._draw_by, image, until)
            self._drawings[image] = drawing
            drawing.add_done_callback(partial(self._finish, image))
        await asyncio.wait([drawing], timeout=self.deadline)
        if not drawing.done():
            log.warning("a picture can't be drawn in time")
            return None
        return None if drawing.cancelled() or drawing.exception() else drawing.result()

    def close(self) -> None:
        """End the process. Pictures that are being drawn are lost."""
        self._is_closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._process.close()

    def _finish(self, image: WeekImage, drawing: asyncio.Future[bytes]) -> None:
        """Keep a picture that was drawn. Whatever is wrong with one, its card is still shown."""
        del self._drawings[image]
        if drawing.cancelled():
            return
        if (error := drawing.exception()) is not None:
            log.warning("a picture can't be drawn", extra={"problem": repr(error)})
            return
        self.drawn += 1
        self._keep(image, drawing.result())

    def _find(self, image: WeekImage) -> bytes | None:
        if (cached := self._cache.get(image)) is not None:
            self._cache.move_to_end(image)
        return cached

    def _keep(self, image: WeekImage, picture: bytes) -> None:
        self._cache[image] = picture
        self._cached_bytes += len(picture)
        while self._cached_bytes > MAX_CACHED_BYTES:
            _, oldest = self._cache.popitem(last=False)
            self._cached_bytes -= len(oldest)

    # --- In the thread

    def _draw_by(self, image: WeekImage, until: float) -> bytes:
        """Let the process draw a picture that is begun by `until`.

        A process that has died is replaced once; one that doesn't answer is killed. Raises OSError,
        EOFError and RuntimeError.
        """
        if time.monotonic() >= until:
            # The process isn't to blame, so it isn't replaced.
            raise TimeoutError("other pictures took too long")
        request = pickle.dumps(image)
        until = time.monotonic() + self.patience
        try:
            try:
                picture = self._process.exchange(request, until)
            except (BrokenPipeError, EOFError):
                self._process.stop()
                picture = self._process.exchange(request, until)
        except (OSError, EOFError):
            self._process.stop()
            raise
        if not picture:
            raise RuntimeError("the drawing process reports an error")
        return picture
