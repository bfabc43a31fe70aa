"""Many requests: several at a time, asked again where that may help, every answer handed on as it arrives.

Threads send the requests; the caller's own thread hands the answers on. When a request fails for good, or
the user interrupts, no new one is sent, and those under way are still waited for: they are paid.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import random
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Generic, TypeVar

from evenband.encoders.remote.faults import (
    FaultError,
    PassingError,
    RefusedError,
    UnreachableError,
    UnusableError,
)

logger = logging.getLogger(__name__)

J = TypeVar("J")
A = TypeVar("A")

LONG_WAIT = 10.0
"""Seconds from which a pause that a server asks for is told to the user."""


@dataclass(frozen=True)
class Policy:
    """How patient to be.

    Attributes:
        tries: number of times that one request is sent before giving up.
        first_tries: the same where there has never been a connection.
        base: seconds before the second try; doubled for each further one, less a random part.
        longest: most seconds between two tries.
        patience: seconds without any answer, of being told to wait, before giving up.
    """

    tries: int = 8
    first_tries: int = 3
    base: float = 0.5
    longest: float = 30.0
    patience: float = 900.0

    def delay(self, tries: int) -> float:
        """Return seconds to wait after so many tries, with jitter so that clients do not come in step."""
        return min(self.longest, self.base * 2.0 ** (tries - 1)) * random.SystemRandom().uniform(0.5, 1.0)


class Gate:
    """Holds all requests back while the server asks for a pause."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.stopping = threading.Event()
        self.has_connected = False
        self._lock = threading.Lock()
        self._opens = 0.0
        self._last_answer = time.monotonic()

    def begin(self) -> None:
        """Begin a run: requests are wanted again, and patience is new."""
        self.stopping.clear()
        self._last_answer = time.monotonic()

    def wait(self) -> bool:
        """Wait until requests may be sent; returns false if no more are wanted."""
        while not self.stopping.is_set():
            rest = self._opens - time.monotonic()
            if rest <= 0:
                return True
            self.stopping.wait(rest)
        return False

    def answered(self) -> None:
        """Note that an answer came."""
        self.has_connected = True
        self._last_answer = time.monotonic()

    def hold(self, seconds: float, said: str) -> None:
        """Hold everything back for so long.

        Raises:
            RefusedError: if that is longer than the patience.
        """
        with self._lock:
            opens = time.monotonic() + seconds
            if opens - self._last_answer > self.policy.patience:
                raise RefusedError(f"{said}, asking to wait {seconds:,.0f} s more")
            if seconds >= LONG_WAIT and opens > self._opens + 1:
                logger.warning("the server asks to wait %.0f s (%s)", seconds, said)
            self._opens = max(self._opens, opens)


def ask_again(ask: Callable[[], A], gate: Gate) -> A | None:
    """Send a request until it is answered; ``None`` if no more are wanted meanwhile.

    Raises:
        FaultError: the last one, with the number of tries in its message, if none helped.
    """
    tries, limits = 0, 0
    while gate.wait():
        try:
            answer = ask()
        except PassingError as fault:
            gate.has_connected |= not isinstance(fault, UnreachableError)
            limits, tries = (limits + 1, tries) if fault.is_limit else (limits, tries + 1)
            most = gate.policy.tries if gate.has_connected else gate.policy.first_tries
            if tries >= most:
                is_unusable = isinstance(fault, UnusableError)
                raise RefusedError(f"{fault}, after {tries} tries", is_unusable=is_unusable) from None
            # A wait of 0 is no answer: a storm of such refusals would be a storm of requests.
            wait = fault.wait or gate.policy.delay(max(tries, min(limits, 16)))
            wait = max(wait, gate.policy.base / 10)
            if fault.is_limit:
                gate.hold(wait, str(fault))
            else:
                gate.stopping.wait(min(wait, gate.policy.patience))
        else:
            gate.answered()
            return answer
    return None


class RequestPool(Generic[J, A]):
    """Jobs, each answered by one request or split into smaller ones."""

    def __init__(self, gate: Gate, ask: Callable[[J], A], split: Callable[[J, FaultError], list[J]]) -> None:
        """Prepare an exchange.

        Args:
            gate: shared by all requests to the server.
            ask: sends one request.
            split: returns smaller jobs for one that the server rejected, or raises.
        """
        self._gate = gate
        self._ask = ask
        self._split = split
        self._todo: deque[J] = deque()
        self._answers: queue.Queue[tuple[J, A] | BaseException | None] = queue.Queue()
        self._lock = threading.Lock()

    def run(self, jobs: Iterable[J], keep: Callable[[J, A], None], workers: int) -> None:
        """Carry out jobs, and hand every answer to ``keep`` in this thread.

        Raises:
            FaultError: of the first job that failed for good, after all answers under way were handed on.
            KeyboardInterrupt: likewise. A second one is not held back.
        """
        self._todo.extend(jobs)
        threads = min(workers, len(self._todo))
        self._gate.begin()
        failure: BaseException | None = None
        with interrupts_held(self._gate.stopping) as interrupted:
            for _ in range(threads):
                threading.Thread(target=self._work, daemon=True).start()
            while threads:
                got = self._answers.get()
                if got is None:
                    threads -= 1
                    continue
                error = got if isinstance(got, BaseException) else _handed_on(keep, *got)
                if error is not None:
                    failure = failure or error
                    self._gate.stopping.set()
        if interrupted.is_set():
            raise KeyboardInterrupt
        if failure is not None:
            raise failure

    def _work(self) -> None:
        """Take jobs until none is left; put ``None`` at the end."""
        try:
            while (job := self._take()) is not None:
                self._answer(job)
        except BaseException as error:
            self._answers.put(error)
        self._answers.put(None)

    def _take(self) -> J | None:
        with self._lock:
            return self._todo.popleft() if self._todo and not self._gate.stopping.is_set() else None

    def _answer(self, job: J) -> None:
        try:
            answer = ask_again(lambda: self._ask(job), self._gate)
        except FaultError as fault:
            parts = self._split(job, fault)
            with self._lock:
                self._todo.extendleft(reversed(parts))
            return
        if answer is not None:
            self._answers.put((job, answer))


def _handed_on(keep: Callable[[J, A], None], job: J, answer: A) -> BaseException | None:
    """Hand an answer on; an interrupt in the middle does not lose it."""
    try:
        keep(job, answer)
    except KeyboardInterrupt as interrupt:
        keep(job, answer)
        return interrupt
    except Exception as error:
        return error
    return None


@contextlib.contextmanager
def interrupts_held(stopping: threading.Event) -> Iterator[threading.Event]:
    """Context manager: the first Ctrl-C sets ``stopping`` and the event that is given, and raises nothing.

    The second one raises as always. Elsewhere than in the main thread, or where a program has a handler
    of its own, nothing is changed.
    """
    interrupted = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()
        stopping.set()
        logger.warning("waiting for the answers that are under way; interrupt again to drop them")

    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if is_ours:
        signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
