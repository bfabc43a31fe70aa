"""Progress of an embedding: documents, tokens, and the time left."""

from __future__ import annotations

import time
from collections.abc import Sequence

from evenband.corpora.documents import Document
from evenband.running.corpus_census import Census
from evenband.running.pace import Pace
from evenband.running.status import Status, Watching
from evenband.types import ModelSpec, Progress


class Tracked:
    """Count of what is embedded; the time left is estimated by the number of characters."""

    def __init__(self, spec: ModelSpec, census: Census, progress: Progress | Watching | None) -> None:
        self._name, self._census = spec.name, census
        self._progress = progress
        self._tokens = self._done = self._characters = 0
        self._pace, self._mark = Pace(), time.monotonic()
        if isinstance(progress, Watching):
            progress.watch(self._status)
        elif progress is not None:
            progress.start(f"embedding with {spec.name}", census.to_embed)

    def count(self, batch: Sequence[Document], tokens: int) -> None:
        """Count a batch, with so many tokens, as embedded and stored."""
        characters = sum(len(one.text) for one in batch)
        now = time.monotonic()
        self._pace.add(now - self._mark, characters)
        self._mark = now
        self._done += len(batch)
        self._characters += characters
        self._tokens += tokens
        if self._progress is not None and not isinstance(self._progress, Watching):
            self._progress.advance(len(batch))

    def finish(self) -> None:
        """End the display of documents."""
        if self._progress is not None and not isinstance(self._progress, Watching):
            self._progress.finish()

    def _status(self) -> Status:
        each = self._pace.each
        left = None if each is None else each * (self._census.characters - self._characters)
        return Status(
            "embedding",
            model=self._name,
            done=self._done,
            total=self._census.to_embed,
            seconds_left=left,
            unit="documents",
            tokens=self._tokens,
        )
