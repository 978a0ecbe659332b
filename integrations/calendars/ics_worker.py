"""Reads ICS files in another process, so that none of them can stop the program."""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
from concurrent.futures import ThreadPoolExecutor

from integrations.calendars.ics_lines import UnreadableCalendar
from integrations.calendars.ics_reader import BusyTimes, ReadRequest
from mentorship.errors import CalendarProblem
from processes.parent import ChildProcess

log = logging.getLogger(__name__)

PATIENCE_S = 30.0
"""Seconds after which a process that hasn't read a file is killed."""

MAX_READS = 500
"""Files that a process reads before it is replaced, since memory is hardly freed."""


class IcsWorker:
    """Reads the files of one program, one after the other."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="calendars")
        self._process = ChildProcess("integrations.calendars.ics_process")
        self._reads = 0

    @property
    def process_id(self) -> int | None:
        """The id of the reading process, None before it is started."""
        return self._process.process_id

    async def read(self, content: bytes, request: ReadRequest) -> BusyTimes:
        """Return when the owner of a calendar is busy.

        Raises `UnreadableCalendar`, also for a file that takes more time or memory than one may.
        After `close`, raises RuntimeError.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._read, content, request)

    def close(self) -> None:
        """End the process. Files that are being read are lost."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._process.close()

    def _read(self, content: bytes, request: ReadRequest) -> BusyTimes:
        if self._reads >= MAX_READS:
            self._process.stop()
            self._reads = 0
        self._reads += 1
        message = pickle.dumps((content, request))
        try:
            try:
                answer = self._process.exchange(message, time.monotonic() + self._patience_s)
            except BrokenPipeError:
                # It has died before, of something else.
                self._process.stop()
                answer = self._process.exchange(message, time.monotonic() + self._patience_s)
        except (OSError, EOFError) as error:
            self._process.stop()
            log.warning("a calendar can't be read", extra={"problem": repr(error)})
            raise UnreadableCalendar(CalendarProblem.TOO_COMPLEX) from error
        result = pickle.loads(answer) if answer else None
        if isinstance(result, UnreadableCalendar):
            raise result
        if not isinstance(result, BusyTimes):
            log.warning(
                "a calendar can't be read", extra={"problem": "the process reports an error"}
            )
            raise UnreadableCalendar(CalendarProblem.TOO_COMPLEX)
        return result
