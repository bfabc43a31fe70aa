"""Exceptions that evenband raises on purpose, each with a message of one line.

Every error that a user can cause is an :class:`EvenbandError`. The command line prints its message and
exits with 2. Any other exception that reaches the user is a bug.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

MOST_SHOWN = 60
"""Number of characters of a text that a message shows."""

MOST_REFUSED = 10
"""Number of texts that a message names."""


class EvenbandError(Exception):
    """Base of all errors; the message says what was wrong, what was expected and how to mend it."""


class InputError(EvenbandError, ValueError):
    """Error in what a user provided: a file, a key, a value, a reference or a score."""


class UnknownReferenceError(InputError, LookupError):
    """Reference that names nothing that exists, such as ``wordnet:persn.n.01``."""


class UnfitValuesError(InputError):
    """A probe that none, or too few, of the values given can fill."""


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


class UnavailableError(ModelError):
    """A model cannot be asked now, such as a server that does not answer; none of the texts is to blame."""


class Refusal(NamedTuple):
    """A text that a model cannot embed.

    Attributes:
        text: the text.
        row: its place among the texts of the call.
        reason: what the model said.
    """

    text: str
    row: int
    reason: str

    @property
    def shown(self) -> str:
        """The text for a message; its end cut off if it is long."""
        return repr(self.text if len(self.text) <= MOST_SHOWN else self.text[: MOST_SHOWN - 3] + "...")


class RefusedTextsError(ModelError):
    """Texts that a model cannot embed; the message names the first ten."""

    def __init__(
        self,
        model: str,
        refusals: tuple[Refusal, ...],
        is_all: bool = True,
        place: Callable[[int], str] | None = None,
    ) -> None:
        """Name the texts.

        Args:
            model: reference of the model.
            refusals: the texts.
            is_all: whether these are all texts that it cannot embed.
            place: says where the text of a row stands, in words.
        """
        self.model, self.refusals, self.is_all = model, refusals, is_all
        listed = [
            refusal.shown + (f" ({place(refusal.row)})" if place else "")
            for refusal in refusals[:MOST_REFUSED]
        ]
        more = ", ..." if len(refusals) > MOST_REFUSED or not is_all else ""
        one = len(refusals) == 1 and is_all
        count = "" if one else f"{len(refusals):,}{'' if is_all else ' or more'} texts: "
        super().__init__(
            f"model {model!r} cannot embed {count}{', '.join(listed)}{more}: {refusals[0].reason}; "
            f"leave {'it' if one else 'them'} out with --skip-bad"
        )

    def placed(self, place: Callable[[int], str]) -> RefusedTextsError:
        """Return the error with the place of each text."""
        return RefusedTextsError(self.model, self.refusals, self.is_all, place)


class RunError(EvenbandError, RuntimeError):
    """Run directory that cannot be used: another run's results, or a file that cannot be read."""
