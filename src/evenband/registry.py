"""One small class: names to factories, with errors that say what exists.

A registry reads ``scheme:argument`` references. Adapters shipped with evenband are
declared as ``"module:attribute"`` strings and imported on first use, so that listing them
costs nothing; others come in through an entry-point group. A duplicate name is refused.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from evenband.errors import InputError, UnknownReferenceError

T = TypeVar("T")


def nearest(name: str, known: Iterable[str]) -> str:
    """A clause such as ``; did you mean 'comma'?`` for the closest known name, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


class Registry(Generic[T]):
    """Factories by name: ``Registry("slot", {"wordnet": "evenband.slots.wordnet:load"})``.

    Args:
        kind: what the names stand for, in the singular; used in messages.
        builtin: name to ``"module:attribute"``.
        group: entry-point group of plug-ins, read on first use; ``None`` for none.
    """

    def __init__(self, kind: str, builtin: Mapping[str, str], group: str | None = None) -> None:
        self.kind = kind
        self._targets: dict[str, str | Callable[..., T]] = dict(builtin)
        self._group = group

    def register(self, name: str, factory: Callable[..., T]) -> None:
        """Add a factory.

        Raises:
            InputError: if the name is taken.
        """
        if name in self._known():
            raise InputError(f"the {self.kind} {name!r} is registered already; choose another name")
        self._targets[name] = factory

    def get(self, name: str) -> Callable[..., T]:
        """The factory of that name.

        Raises:
            UnknownReferenceError: listing what exists and the nearest name.
        """
        known = self._known()
        if name not in known:
            raise UnknownReferenceError(
                f"no {self.kind} is called {name!r}{nearest(name, known)} "
                f"(there are: {', '.join(sorted(known))})"
            )
        target = known[name]
        if isinstance(target, str):
            module, _, attribute = target.partition(":")
            target = getattr(importlib.import_module(module), attribute)
            self._targets[name] = target
        factory: Callable[..., T] = target
        return factory

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._known()))

    def __contains__(self, name: object) -> bool:
        return name in self._known()

    def _known(self) -> dict[str, Any]:
        plugins: dict[str, str] = {}
        for point in entry_points(group=self._group) if self._group else ():
            if point.name in self._targets or point.name in plugins:
                raise InputError(
                    f"the {self.kind} {point.name!r} of {point.value} is registered already; "
                    "uninstall one of the two packages"
                )
            plugins[point.name] = point.value
        self._group = None
        self._targets.update(plugins)
        return self._targets
