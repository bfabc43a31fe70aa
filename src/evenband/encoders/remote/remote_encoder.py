"""An encoder whose model is behind a server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from evenband.encoders.contract import checked_texts, no_vectors
from evenband.encoders.remote.answers import quote
from evenband.encoders.remote.faults import BlamedTextError, BlockedError, FaultError, RejectedTextsError
from evenband.encoders.remote.request_pool import Gate, Policy, RequestPool
from evenband.encoders.remote.served_model import Server
from evenband.errors import Refusal, RefusedTextsError, UnavailableError
from evenband.types import ModelSpec, Role, Vectors
from evenband.wording import counted

logger = logging.getLogger(__name__)

BYTES_PER_TOKEN = 4
"""For estimates of the number of tokens: English has some four bytes to a token."""

LONG_TEXT = 200
"""Characters from which it is checked whether a server cuts a text; no model's limit is shorter."""

CHECKED_END = 30
"""One in so many characters, at the end of a long text, is replaced to see whether it counts."""

SAME_ANSWER = 1e-6
"""1 - cosine up to which two long texts with different ends have one vector."""

OTHER_END = " violet umbrella seven"
"""What stands in place of a long text's end."""

Batch = list[int]


def cut_note(characters: int) -> str:
    """Return the note on a server that cuts long texts without a word.

    Args:
        characters: length of a text that was seen to be cut.
    """
    return (
        f"cut: a text of {characters:,} characters keeps its vector when its last thirtieth is replaced, so "
        "the server cuts long texts without a word; what differs behind the cut does not count"
    )


def estimate_tokens(text: str) -> int:
    """Estimate the number of tokens of a text from its length in UTF-8: a rough figure, 1 or more."""
    return 1 + len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN


class RemoteEncoder:
    """Asks a server, many texts at a time, and hands vectors on as they arrive."""

    def __init__(
        self,
        spec: ModelSpec,
        server: Server,
        policy: Policy | None = None,
        cut: int | None = None,
        keep_cut: Callable[[int], None] | None = None,
    ) -> None:
        """Make an encoder; nothing is sent.

        Args:
            spec: identity of the vectors.
            server: to ask.
            policy: how patient to be.
            cut: length of the vectors to ask for; ``None`` for the model's own.
            keep_cut: told the length of a text that the server cuts, to remember it.
        """
        self._keep_cut = keep_cut
        self._spec = spec
        self.server = server
        self._cut = cut
        self._gate = Gate(policy or Policy())
        self._most_texts = server.asking.most_texts
        self._longest_checked = LONG_TEXT

    @property
    def spec(self) -> ModelSpec:
        """Everything that is known to decide a vector, and whether texts were seen to be cut."""
        return self._spec

    @property
    def slice_size(self) -> int:
        """Number of texts that are under way at a time."""
        return self._most_texts * self.server.asking.requests

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts, in input order. Shape: n texts -> (n, d).

        Raises:
            ModelError: naming the server and what it answered, if it does not answer as it should.
        """
        texts = checked_texts(texts)
        vectors = no_vectors(self._spec) if not texts else np.empty((len(texts), self._spec.dim), np.float32)

        def keep(rows: Sequence[int], part: Vectors) -> None:
            vectors[rows] = part

        self.encode_pieces(texts, keep, role)
        return vectors

    def encode_pieces(
        self, texts: Sequence[str], keep: Callable[[Sequence[int], Vectors], None], role: Role = Role.NONE
    ) -> None:
        """Compute the vectors of the texts, and hand them over as they arrive.

        Args:
            texts: to embed.
            keep: called with the rows of some texts, and their vectors, until every text had its turn.
            role: of all texts.

        Raises:
            ModelError: as :meth:`encode`, after everything that did arrive was handed over.
        """
        texts, prompt = checked_texts(texts), self._spec.prompts.get(role.value, "")
        sent = [prompt + text for text in texts] if prompt else texts
        exchange: RequestPool[Batch, Vectors] = RequestPool(
            self._gate,
            ask=lambda batch: self._ask([sent[row] for row in batch], role),
            split=lambda batch, fault: self._smaller(batch, fault, texts),
        )
        arrived = 0

        def hand_over(batch: Batch, vectors: Vectors) -> None:
            nonlocal arrived
            keep(batch, vectors)
            arrived += len(batch)

        try:
            exchange.run(self.batches(sent), hand_over, self.server.asking.requests)
            self._check_for_cutting(sent, role)
        except BlamedTextError as fault:
            refusal = Refusal(texts[fault.row], fault.row, f"got {fault}, expected a vector")
            raise RefusedTextsError(self._spec.ref, (refusal,), is_all=len(texts) == 1) from None
        except BlockedError as fault:
            lacking = f"{counted(len(texts), 'text')} {'is' if len(texts) == 1 else 'are'} not in the cache"
            raise UnavailableError(f"{fault}; {lacking}") from None
        except FaultError as fault:
            kept = f" {arrived:,} of {len(texts):,} texts were answered before;" if len(texts) > 1 else ""
            raise UnavailableError(
                f"model {self._spec.ref!r}: got {fault}, expected vectors;{kept} "
                "what arrived is in the cache, and the same command continues"
            ) from None

    def batches(self, texts: Sequence[str]) -> list[Batch]:
        """Return the rows of the texts of each request."""
        batches: list[Batch] = []
        room = 0
        for row, text in enumerate(texts):
            tokens = estimate_tokens(text)
            if not batches or len(batches[-1]) >= self._most_texts or tokens > room:
                batches.append([])
                room = self.server.asking.most_tokens
            batches[-1].append(row)
            room -= tokens
        return batches

    def _ask(self, texts: list[str], role: Role) -> Vectors:
        if len(texts) > self._most_texts:  # another request has found out meanwhile
            raise RejectedTextsError("too many texts", is_too_large=True)
        return self.server.ask(texts, role, self._spec.dim, self._cut)

    def _smaller(self, batch: Batch, fault: FaultError, texts: Sequence[str]) -> list[Batch]:
        """Return the two halves of a batch that was rejected, to find the text that is to blame.

        Raises:
            FaultError: the same one if halves are of no use.
        """
        if not isinstance(fault, RejectedTextsError):
            raise fault
        if len(batch) == 1:
            raise BlamedTextError(f"{fault} for the text {quote(texts[batch[0]])}", batch[0])
        half = -(-len(batch) // 2)
        if fault.is_too_large:
            self._most_texts = min(self._most_texts, half)
        return [batch[:half], batch[half:]]

    def _check_for_cutting(self, texts: Sequence[str], role: Role) -> None:
        """Note if the end of a long text makes no difference: the server then cuts it and says nothing.

        One more request where the longest text is longer than all so far, by as much as is replaced, until
        one is seen to be cut.
        """
        longest = max(texts, key=len, default="")
        end = len(longest) // CHECKED_END
        if len(longest) < self._longest_checked + end or self._is_known_to_cut:
            return
        self._longest_checked = len(longest)
        kept = len(longest) - end
        other = longest[:kept] + (OTHER_END * len(longest))[: len(longest) - kept]
        distance = self._distance(longest, other, role)
        if distance is not None and distance < SAME_ANSWER:
            note = cut_note(len(longest))
            logger.warning("model %r: %s", self._spec.ref, note)
            if not self._is_known_to_cut:
                self._spec = replace(self._spec, notes=(*self._spec.notes, note))
            if self._keep_cut is not None:
                self._keep_cut(len(longest))

    @property
    def _is_known_to_cut(self) -> bool:
        return any(note.startswith("cut:") for note in self._spec.notes)

    def _distance(self, text: str, other: str, role: Role) -> float | None:
        """Return 1 - cosine of two texts; ``None`` if they are not answered."""
        try:
            try:
                vectors = self._ask([text, other], role)
            except RejectedTextsError:  # two are too many for some servers
                vectors = np.concatenate([self._ask([one], role) for one in (text, other)])
        except FaultError:
            return None
        left, right = vectors.astype(np.float64)
        lengths = np.linalg.norm(left) * np.linalg.norm(right)
        return float(1 - left @ right / lengths) if lengths else None
