"""Registry of factories by name, such as the schemes of ``scheme:argument`` references.

Adapters that ship with evenband are declared as ``"module:attribute"`` strings and imported on first use,
so that listing them costs nothing. Plug-ins come in through an entry-point group. A duplicate name is
refused, and an unknown name is answered with a list of those that exist.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from evenband.errors import InputError, UnknownReferenceError

T = TypeVar("T")


NEARLY_THE_NAME = 0.85
"""Likeness, in [0, 1], from which on a name is taken for a misspelling of one choice."""


def nearest_few(name: str, choices: Iterable[str], most: int = 3) -> str:
    """Return a clause with the choices most like a name: ``; did you mean 'comma', 'comma8' or 'command'?``.

    A choice that begins with the name is like it, too; one that is nearly the name stands alone. The clause
    is empty where no choice is similar.
    """
    listed = list(choices)
    if difflib.get_close_matches(name, listed, n=1, cutoff=NEARLY_THE_NAME):
        return nearest(name, listed)
    similar = difflib.get_close_matches(name, listed, n=most, cutoff=0.5)
    similar += [choice for choice in listed if name and choice.startswith(name) and choice not in similar]
    quoted = [repr(choice) for choice in similar[:most]]
    if not quoted:
        return ""
    return f"; did you mean {' or '.join([', '.join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)}?"


def nearest(name: str, choices: Iterable[str]) -> str:
    """Return a clause such as ``; did you mean 'comma'?`` for the choice most like a name.

    It is empty where no choice is similar.
    """
    matches = difflib.get_close_matches(name, list(choices), n=1, cutoff=0.6)
    return f"; did you mean {matches[0]!r}?" if matches else ""


class Registry(Generic[T]):
    """Factories by name: ``Registry("slot", {"wordnet": "evenband.slots.wordnet:load"})``.

    Args:
        kind: what the names stand for, in the singular; messages use it.
        builtin: ``"module:attribute"`` of each factory by its name.
        group: entry-point group of plug-ins, read on first use; ``None`` for no plug-ins.
    """

    def __init__(self, kind: str, builtin: Mapping[str, str], group: str | None = None) -> None:
        self.kind = kind
        self._targets: dict[str, str | Callable[..., T]] = dict(builtin)
        self._group = group

    def register(self, name: str, factory: Callable[..., T]) -> None:
        """Add a factory under a new name.

        Raises:
            InputError: if the name is taken.
        """
        if name in self._all_targets():
            raise InputError(f"the {self.kind} {name!r} is registered already; choose another name")
        self._targets[name] = factory

    def unregister(self, name: str) -> None:
        """Remove a factory, so that its name can be given anew, as in a notebook's cell that runs again.

        Raises:
            UnknownReferenceError: if there is none of that name.
        """
        self.get(name)
        del self._targets[name]

    def get(self, name: str) -> Callable[..., T]:
        """Return the factory of that name.

        Raises:
            UnknownReferenceError: if there is none; the message lists all names and suggests the nearest.
        """
        targets = self._all_targets()
        if name not in targets:
            raise UnknownReferenceError(
                f"no {self.kind} is called {name!r}{nearest(name, targets)} "
                f"(there are: {', '.join(sorted(targets))})"
            )
        target = targets[name]
        if isinstance(target, str):
            module, _, attribute = target.partition(":")
            target = getattr(importlib.import_module(module), attribute)
            self._targets[name] = target
        factory: Callable[..., T] = target
        return factory

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._all_targets()))

    def __contains__(self, name: object) -> bool:
        return name in self._all_targets()

    def _all_targets(self) -> dict[str, Any]:
        """Return all factories by name, and read the plug-ins the first time."""
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
