"""What a slot scheme is, and the grammar of the options that a reference ends with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from evenband.errors import InputError
from evenband.registry import nearest
from evenband.types import Slot


@dataclass(frozen=True)
class Scheme:
    """One way to make a slot, such as ``wordnet:``.

    Attributes:
        name: the part of a reference before its colon.
        about: what it gives, in one line.
        example: a reference that works.
        make: the slot of an argument, the part of a reference after its colon; where ``draws``
            is set, of an argument and a random generator.
        draws: whether the values are drawn at random.
        bare: whether the argument may be left out, as in ``dates:``.
    """

    name: str
    about: str
    example: str
    make: Callable[..., Slot]
    draws: bool = False
    bare: bool = False

    def __call__(self, argument: str, rng: np.random.Generator | None = None) -> Slot:
        """The slot of an argument.

        Args:
            argument: the reference after its colon.
            rng: where drawn values come from; by default a stream fixed by the reference, so that
                the same reference always gives the same values.
        """
        if not self.draws:
            return self.make(argument)
        return self.make(argument, np.random.default_rng(_seed(self.name, argument)) if rng is None else rng)


def _seed(name: str, argument: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{name}:{argument}".encode(), digest_size=8).digest())


def split_options(
    scheme: str, argument: str, flags: Collection[str] = (), valued: Collection[str] = ()
) -> tuple[str, dict[str, str | None]]:
    """Split ``person.n.01@root,single`` into its body and its options.

    Options follow the last ``@``, separated by commas; a valued one is written ``name=value``.

    Args:
        scheme: of the reference, for messages.
        argument: the reference after its colon.
        flags: options that may stand without a value.
        valued: options that may have one.

    Returns:
        The body, and each option's value, ``None`` where it has none.

    Raises:
        InputError: for an unknown option, or one that lacks its value or has one too many.
    """
    body, at, text = argument.rpartition("@")
    if not at:
        return argument, {}
    options: dict[str, str | None] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if name not in flags and name not in valued:
            known = sorted({*flags, *valued})
            raise InputError(
                f"slot '{scheme}:{argument}' has the option {name!r}{nearest(name, known)} "
                f"(there are: {', '.join(known)})"
            )
        if not (name in valued and value if equals else name in flags):
            expected = f"{name}=VALUE" if name in valued else name
            raise InputError(f"slot '{scheme}:{argument}': got {part.strip()!r}, expected {expected!r}")
        options[name] = value if equals else None
    return body, options
