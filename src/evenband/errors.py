"""Exceptions that evenband raises on purpose, each with a message of one line.

Every error that a user can cause is an :class:`EvenbandError`. The command line prints its message and
exits with 2. Any other exception that reaches the user is a bug.
"""

from __future__ import annotations


class EvenbandError(Exception):
    """Base of all errors; the message says what was wrong, what was expected and how to mend it."""


class InputError(EvenbandError, ValueError):
    """Error in what a user provided: a file, a key, a value, a reference or a score."""


class UnknownReferenceError(InputError, LookupError):
    """Reference that names nothing that exists, such as ``wordnet:persn.n.01``."""


class MissingExtraError(EvenbandError, ImportError):
    """Missing optional library; the message names the extra that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        """Say that a feature needs an extra: ``MissingExtraError("Local models", "local")``.

        Args:
            what: the feature, as the subject of a sentence.
            extra: name of the extra.
        """
        super().__init__(
            f"{what}: the extra {extra!r} is not installed; add it with: pip install 'evenband[{extra}]'"
        )


class ModelError(EvenbandError, RuntimeError):
    """Model that cannot be loaded or trusted, or whose output is not usable vectors."""


class MissingVectorsError(ModelError):
    """An encoder has no vector for any label of a probe, so that there is nothing to measure."""


class UndecidableError(MissingVectorsError):
    """A model cuts all texts of a probe before they differ, so that there is nothing to measure."""


class RunError(EvenbandError, RuntimeError):
    """Run directory that cannot be used: another run's results, or a file that cannot be read."""
