"""How far an embedding is: documents, tokens, time left by the length of the texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evenband import encoders
from evenband.corpora.documents import Document
from evenband.running.corpus_census import Census
from evenband.running.embedding_progress import Tracked
from evenband.running.status import Status


class Watcher:
    """A display that keeps the function to ask."""

    status: Callable[[], Status]

    def watch(self, status: Callable[[], Status]) -> None:
        self.status = status


class Counter:
    """A display that only hears of numbers."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def start(self, what: str, total: int) -> None:
        self.heard.append(total)

    def advance(self, items: int) -> None:
        self.heard.append(items)

    def finish(self) -> None:
        self.heard.append("end")


BATCH = [Document(f"d{number}", "two words", "{}", "") for number in range(5)]


def test_says_documents_and_time_left() -> None:
    """The time left is the pace so far times the characters to come."""
    census, watcher = Census(new=20, characters=9 * 20), Watcher()
    tracked = Tracked(encoders.load("toy:words").spec, census, watcher)
    assert watcher.status().seconds_left is None
    tracked.count(BATCH, tokens=10)
    status = watcher.status()
    assert (status.done, status.total) == (5, 20)
    assert "5 of 20 documents" in status.amount
    assert status.tokens == 10
    assert status.seconds_left is not None
    assert status.seconds_left == pytest.approx(tracked._pace.seconds * 3)


def test_tells_a_plain_display() -> None:
    """A display of the caller's own hears the total, each batch and the end."""
    counter = Counter()
    tracked = Tracked(encoders.load("toy:words").spec, Census(new=5, changed=1, characters=54), counter)
    tracked.count(BATCH, tokens=10)
    tracked.finish()
    assert counter.heard == [6, 5, "end"]
