"""What can go wrong between us and a server, by what is to be done about it."""

from __future__ import annotations

from evenband.errors import ModelError


class MissingKeyError(ModelError):
    """The key of an API is not in the environment."""


class FaultError(Exception):
    """Base: a request without vectors. The message is what came, a noun phrase."""


class PassingError(FaultError):
    """The same request may succeed later.

    Args:
        message: what came.
        wait: seconds that the server asks to wait; ``None`` if it does not say.
        is_limit: whether the server has had too many requests, which is no fault of this one.
    """

    def __init__(self, message: str, wait: float | None = None, *, is_limit: bool = False) -> None:
        super().__init__(message)
        self.wait = wait
        self.is_limit = is_limit


class UnusableError(PassingError):
    """The server answered, but not with vectors that can be used."""


class UnreachableError(PassingError):
    """There is no connection to the server."""


class RejectedTextsError(FaultError):
    """The server does not take these texts together, or one of them at all.

    Args:
        message: what came.
        is_too_large: whether it says that there are too many or too long ones.
    """

    def __init__(self, message: str, *, is_too_large: bool = False) -> None:
        super().__init__(message)
        self.is_too_large = is_too_large


class BlamedTextError(FaultError):
    """The server takes one text by itself neither.

    Args:
        message: what came.
        row: of the text among those of the call.
    """

    def __init__(self, message: str, row: int) -> None:
        super().__init__(message)
        self.row = row


class RefusedError(FaultError):
    """The server takes no request of ours; asking again is of no use.

    Args:
        message: what came.
        is_unusable: whether it was an answer that cannot be used.
    """

    def __init__(self, message: str, *, is_unusable: bool = False) -> None:
        super().__init__(message)
        self.is_unusable = is_unusable


class BlockedError(RefusedError):
    """Nothing is sent. The message is a sentence of its own, which says why and what to do."""
