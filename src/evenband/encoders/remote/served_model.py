"""One model of one server: how it is asked, and what is taken for its answer."""

from __future__ import annotations

from dataclasses import dataclass

from evenband.encoders.remote.answers import Answered, BadAnswerError, vectors_of
from evenband.encoders.remote.apis import Adapter, Question
from evenband.encoders.remote.faults import UnusableError
from evenband.encoders.remote.transport import Connection
from evenband.types import Role, Vectors


@dataclass(frozen=True)
class Asking:
    """How a server is asked; none of it changes a vector.

    Attributes:
        model: its name for the server; empty if it has none.
        base64: whether to ask for vectors as base64.
        most_texts: largest number of texts in one request.
        most_tokens: largest number of tokens in one request, as estimated.
        requests: largest number of requests at a time.
        answers_as: the model that answered at first, as the server calls it; ``None`` if it did not say.
    """

    model: str
    base64: bool = True
    most_texts: int = 128
    most_tokens: int = 100_000
    requests: int = 4
    answers_as: str | None = None


class Server:
    """One model behind one connection: sends texts, and takes nothing for their vectors that is not.

    ``requests`` and ``tokens`` count what was sent, ``last_model`` is the model of the last answer.
    """

    def __init__(self, connection: Connection, adapter: Adapter, asking: Asking) -> None:
        self.connection = connection
        self.adapter = adapter
        self.asking = asking
        self.requests = 0
        self.tokens = 0
        self.last_model: str | None = None

    def ask(self, texts: list[str], role: Role, dim: int | None, cut: int | None = None) -> Vectors:
        """Send one request. Shape: n texts -> (n, d).

        Args:
            texts: to embed.
            role: of all of them.
            dim: length that the vectors must have; ``None`` for whatever comes.
            cut: length to ask for; ``None`` for the model's own.

        Raises:
            FaultError: if no usable vectors came.
        """
        asking = self.asking
        question = Question(asking.model, texts, self.adapter.role_of(role), cut, asking.base64)
        self.requests += 1
        answer = self.connection.post(self.adapter.word(question))
        try:
            reading = self.adapter.read(answer)
            self._check_model(reading)
            vectors = vectors_of(reading, len(texts), dim)
        except BadAnswerError as error:
            raise UnusableError(self.connection.clean(str(error))) from None
        self.tokens += reading.tokens or 0
        self.last_model = reading.model
        return vectors

    def _check_model(self, reading: Answered) -> None:
        expected = self.asking.answers_as
        if expected is not None and reading.model not in (None, expected):
            raise BadAnswerError(f"vectors of the model {reading.model!r}, expected {expected!r}")
