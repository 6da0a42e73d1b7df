"""An interrupt (Ctrl-C) that waits while what was found is put together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


@contextmanager
def held_interrupts() -> Iterator[list[int]]:
    """Hold the first interrupt back; a second one is raised at once.

    Python tells signals to the main thread only, so nothing is held in others, nor where the
    program that calls has a way of its own with interrupts.

    Yields
    ------
    list of int
        Signals that were held back, empty where none was.
    """
    held: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        if held:
            signal.default_int_handler(number, frame)
        held.append(number)

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield held
        return
    signal.signal(signal.SIGINT, hold)
    try:
        yield held
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
