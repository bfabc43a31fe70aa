"""The class of all slot schemes, and the parser of the options that end a reference.

In ``wordnet:person.n.01@root,single`` the scheme is ``wordnet``, its argument is all that follows
the colon, the body is ``person.n.01`` and the options are ``root`` and ``single``.
"""

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
    """One kind of slot reference, such as ``wordnet:``.

    Attributes:
        name: what references begin with, without the colon.
        about: one line for users that says which values it gives, and names columns and options.
        example: a reference that works.
        make: function from an argument to a slot; if ``draws`` is set, from an argument and a random
            generator.
        draws: whether the values are drawn at random.
        bare: whether the argument may be empty, as in ``dates:``.
    """

    name: str
    about: str
    example: str
    make: Callable[..., Slot]
    draws: bool = False
    bare: bool = False

    def __call__(self, argument: str, rng: np.random.Generator | None = None) -> Slot:
        """Return the slot for an argument.

        Args:
            argument: what follows the colon of the reference.
            rng: generator for drawn values. By default one that is seeded by the reference, so that
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

    Options follow the last ``@`` and are separated by commas; one with a value is written
    ``name=value``. An option may be listed both in ``flags`` and in ``valued``.

    Args:
        scheme: name of the scheme, for messages.
        argument: what follows the colon of the reference.
        flags: options that may stand without a value.
        valued: options that may have a value.

    Returns:
        The body, and the value of each option that was given, ``None`` for one without a value.

    Raises:
        InputError: if an option is unknown, lacks its value, or has a value that it cannot have.
    """
    body, at_sign, option_text = argument.rpartition("@")
    if not at_sign:
        return argument, {}
    options: dict[str, str | None] = {}
    for option in option_text.split(","):
        name, equals, value = option.strip().partition("=")
        if name not in flags and name not in valued:
            names = sorted({*flags, *valued})
            raise InputError(
                f"slot '{scheme}:{argument}' has the option {name!r}{nearest(name, names)} "
                f"(there are: {', '.join(names)})"
            )
        if not (name in valued and value if equals else name in flags):
            expected = f"{name}=VALUE" if name in valued else name
            raise InputError(f"slot '{scheme}:{argument}': got {option.strip()!r}, expected {expected!r}")
        options[name] = value if equals else None
    return body, options
