"""One line, and a small table for notebooks, of values that hold whole arrays."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from evenband.types.estimate import Estimate

Field = tuple[str, object]
"""Name of a figure and its value."""


class Summarised:
    """Base of a value that prints as one line and, in a notebook, as a small table.

    A subclass returns its figures in :meth:`summary_fields`; arrays are never among them.
    """

    def summary_fields(self) -> Iterable[Field]:
        """Return names and values of what to show, the most telling first; ``None`` is left out."""
        return self.figures()

    def figures(self) -> Iterable[Field]:
        """Return names and values of this kind's main figures, for the one line that prints."""
        return ()

    def __repr__(self) -> str:
        """Return one line: the type's name and its figures."""
        figures = ", ".join(f"{name}={_written(value)}" for name, value in _shown(self))
        return f"{type(self).__name__}({figures})"

    def _repr_html_(self) -> str:
        """Return a small table of the figures, with everything escaped."""
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(_plain(value))}</td></tr>"
            for name, value in _shown(self)
        )
        return f"<table><caption>{escape(type(self).__name__)}</caption>{rows}</table>"


def _shown(value: Summarised) -> list[Field]:
    return [(name, figure) for name, figure in value.summary_fields() if not _is_missing(figure)]


def _is_missing(figure: object) -> bool:
    return figure is None or (isinstance(figure, Estimate) and figure.value is None)


def _written(value: object) -> str:
    """Return a value as a line shows it: texts in quotes, numbers to four digits."""
    return repr(value) if isinstance(value, str) else _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, Estimate):
        return value.brief or ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
