"""Draw pictures in other processes, and keep those that were drawn.

The event loop only waits: a thread talks to each process. One draws weeks, which are on many cards;
the other draws charts, and is started when the first is needed: its library takes a second and 70
megabytes. A process that dies or hangs is replaced; a card is then shown without its picture.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeAlias

from bot.pictures.chart_image import ChartImage
from bot.pictures.week_image import WeekImage
from processes.parent import ChildProcess

log = logging.getLogger(__name__)

DEADLINE = 1.5
"""Seconds that a card waits for its picture. Discord waits 3 s for the card."""

PATIENCE = 5.0
"""Seconds after which a process that hasn't answered is killed. Longer than `DEADLINE`, since on a
busy machine the first picture may take that long. One that is too late for its card is kept."""

START_PATIENCE = 30.0
"""`PATIENCE` with the first chart of a process. matplotlib looks through the machine's typefaces
when it is loaded for the first time."""

MAX_CACHED_BYTES = 16 * 2**20
"""How many bytes of pictures are kept: about a thousand pictures."""


Image: TypeAlias = WeekImage | ChartImage
"""The content of a picture."""


class PictureRenderer:
    """Draws pictures for all cards of a bot."""

    def __init__(self, deadline: float = DEADLINE, patience: float = PATIENCE) -> None:
        self.deadline = deadline
        """Seconds that `draw` takes at most."""
        self.patience = patience
        """Seconds after which a process that doesn't answer is killed."""
        self._weeks = _Worker("bot.pictures.process")
        self._charts = _Worker("bot.pictures.chart_process")
        self._cache: OrderedDict[Image, bytes] = OrderedDict()
        self._cached_bytes = 0
        self._drawings: dict[Image, asyncio.Future[bytes]] = {}
        self._is_closed = False
        self.drawn = 0
        """How many pictures were drawn rather than taken from the cache."""

    @property
    def process_id(self) -> int | None:
        """The id of the process that draws weeks, None before it is started."""
        return self._weeks.process.process_id

    @property
    def chart_process_id(self) -> int | None:
        """The id of the process that draws charts, None before it is started."""
        return self._charts.process.process_id

    @property
    def has_drawn_charts(self) -> bool:
        """Whether the process that draws charts has loaded its library."""
        return self._charts.is_ready

    def start(self) -> None:
        """Start the process that draws weeks without waiting for it, so that no card has to.

        If that fails, `draw` tries again, and reports why.
        """
        self._weeks.thread.submit(self._weeks.process.start)

    async def draw(self, image: Image, deadline: float | None = None) -> bytes | None:
        """Return a picture as a PNG file, or None if it can't be drawn by the deadline.

        `deadline` is in seconds; by default it is that of all pictures.
        """
        if (cached := self._find(image)) is not None:
            return cached
        if self._is_closed:
            return None
        deadline = self.deadline if deadline is None else deadline
        if (drawing := self._drawings.get(image)) is None:
            until = time.monotonic() + deadline
            worker = self._weeks if isinstance(image, WeekImage) else self._charts
            loop = asyncio.get_running_loop()
            drawing = loop.run_in_executor(
                worker.thread, worker.draw_by, image, until, self.patience
            )
            self._drawings[image] = drawing
            drawing.add_done_callback(partial(self._finish, image))
        await asyncio.wait([drawing], timeout=deadline)
        if not drawing.done():
            log.warning("a picture can't be drawn in time")
            return None
        return None if drawing.cancelled() or drawing.exception() else drawing.result()

    def close(self) -> None:
        """End the processes. Pictures that are being drawn are lost."""
        self._is_closed = True
        for worker in (self._weeks, self._charts):
            worker.thread.shutdown(wait=False, cancel_futures=True)
            worker.process.close()

    def _finish(self, image: Image, drawing: asyncio.Future[bytes]) -> None:
        """Keep a picture that was drawn. Whatever is wrong with one, its card is still shown."""
        del self._drawings[image]
        if drawing.cancelled():
            return
        if (error := drawing.exception()) is not None:
            log.warning("a picture can't be drawn", extra={"problem": repr(error)})
            return
        self.drawn += 1
        self._keep(image, drawing.result())

    def _find(self, image: Image) -> bytes | None:
        if (cached := self._cache.get(image)) is not None:
            self._cache.move_to_end(image)
        return cached

    def _keep(self, image: Image, picture: bytes) -> None:
        self._cache[image] = picture
        self._cached_bytes += len(picture)
        while self._cached_bytes > MAX_CACHED_BYTES:
            _, oldest = self._cache.popitem(last=False)
            self._cached_bytes -= len(oldest)


class _Worker:
    """A process that draws, and the thread that talks to it."""

    def __init__(self, module: str) -> None:
        self.process = ChildProcess(module)
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self.is_ready = False
        """Whether the current process has drawn a picture."""

    def draw_by(self, image: Image, until: float, patience: float) -> bytes:
        """Let the process draw a picture that is begun by `until`. Called in the thread.

        A process that has died is replaced once; one that doesn't answer within `patience` seconds
        is killed. Raises OSError, EOFError and RuntimeError.
        """
        if time.monotonic() >= until:
            # The process isn't to blame, so it isn't replaced.
            raise TimeoutError("other pictures took too long")
        request = pickle.dumps(image)
        try:
            try:
                picture = self._exchange(request, patience)
            except (BrokenPipeError, EOFError):
                self._stop()
                picture = self._exchange(request, patience)
        except (OSError, EOFError):
            self._stop()
            raise
        if not picture:
            raise RuntimeError("the drawing process reports an error")
        self.is_ready = True
        return picture

    def _exchange(self, request: bytes, patience: float) -> bytes:
        if not self.is_ready:
            patience = max(patience, START_PATIENCE)
        return self.process.exchange(request, time.monotonic() + patience)

    def _stop(self) -> None:
        self.is_ready = False
        self.process.stop()
