"""The errors that evenband raises on purpose: one line each, saying what to do.

Everything that a user can cause is an :class:`EvenbandError`; the command line prints its
message as one line and exits with 2. Anything else that escapes is a bug.
"""

from __future__ import annotations


class EvenbandError(Exception):
    """The base of all of them. The message names what was wrong, what was expected, how to mend it."""


class InputError(EvenbandError, ValueError):
    """Something that a user wrote cannot be used: a file, a key, a value, a reference, a score."""


class UnknownReferenceError(InputError, LookupError):
    """A reference such as ``wordnet:persn.n.01`` names nothing that exists."""


class MissingExtraError(EvenbandError, ImportError):
    """An optional library is not installed; the message names the extra that brings it."""

    def __init__(self, what: str, extra: str) -> None:
        """``what`` needs the extra: ``MissingExtraError("Local models", "local")``."""
        super().__init__(f"{what} needs the extra {extra!r}: pip install 'evenband[{extra}]'")


class ModelError(EvenbandError, RuntimeError):
    """A model could not be loaded or trusted, or answered with something that is not vectors."""


class MissingVectorsError(ModelError):
    """An encoder has no vector for any label of a probe, so that there is nothing to measure."""


class RunError(EvenbandError, RuntimeError):
    """A run directory cannot be used: another run's results, a broken or half-known file."""
