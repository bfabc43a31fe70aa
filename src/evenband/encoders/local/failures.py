"""Whatever a model's own code, configuration or library raises, as one line that names the model."""

from __future__ import annotations

import contextlib
import functools
import json
import struct
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar, cast

from evenband.encoders.references import Settings
from evenband.errors import EvenbandError, ModelError

Method = TypeVar("Method", bound=Callable[..., Any])

MOST_CHARACTERS = 300
"""Length to which the reason in a message is cut."""

NO_FAILURES = (KeyboardInterrupt,)
"""What is raised because of the user. Everything else counts, the panics of libraries in Rust included, which
are no ``Exception``; no generator waits where these are caught, so that GeneratorExit is the model's, too."""

_SPEAK_FOR_THEMSELVES = (OSError, RuntimeError, ValueError)
"""Errors whose message says what was wrong; of others it may be no more than a key."""

_HEADER_LENGTH = 8
"""Bytes at the beginning of a safetensors file that hold its header's length."""


def one_line(
    ref: str, when: str, *passed: type[Exception]
) -> contextlib.AbstractContextManager[None, Literal[False]]:
    """Return a context in which what a model raises becomes one line, also where its code ends the program.

    Args:
        ref: the model's reference.
        when: what failed, such as ``on 3 texts``.
        passed: exceptions that are not changed, beside evenband's own and a lack of memory.

    Raises:
        ModelError: naming the model and the cause; the original error is its ``__cause__``.
    """
    return _OneLine(ref, when, (EvenbandError, MemoryError, *NO_FAILURES, *passed))


class _OneLine(contextlib.AbstractContextManager[None, Literal[False]]):
    """See :func:`one_line`; of a generator, contextlib would hand StopIteration on as it is."""

    def __init__(self, ref: str, when: str, kept: tuple[type[BaseException], ...]) -> None:
        self._ref, self._when, self._kept = ref, when, kept

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        """Raise a ModelError in place of what was raised, unless that is kept."""
        if error is not None and not isinstance(error, self._kept):
            raise ModelError(f"model {self._ref!r} failed {self._when}: {reason_of(error)}") from error
        return False


def guarded(when: str) -> Callable[[Method], Method]:
    """Decorate a method of an encoder, so that :func:`one_line` holds in it."""

    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        def call(self: Any, *arguments: Any, **options: Any) -> Any:
            with one_line(self._spec.ref, when):
                return method(self, *arguments, **options)

        return cast(Method, call)

    return decorate


def reason_of(error: BaseException) -> str:
    """Return the first line of an error's message, with its kind where the message alone says little."""
    lines = [line.strip() for line in text_of(error).splitlines() if line.strip()]
    kind = type(error).__name__
    if not lines:
        return kind
    line = lines[0][:MOST_CHARACTERS]
    clear = isinstance(error, _SPEAK_FOR_THEMSELVES) and type(error).__module__ == "builtins"
    return line if clear and not isinstance(error, RecursionError) else f"{kind}: {line}"


def text_of(error: BaseException) -> str:
    """Return an error's message; empty if the code that makes it fails, too."""
    try:
        return str(error)
    except Exception:
        return ""


def asks_for_trust(error: BaseException, settings: Settings) -> bool:
    """Return whether a library refused to run code that came with a model, since nobody asked for it."""
    is_of_code = isinstance(error, TypeError)  # a class that takes no such argument
    return not settings.trust_remote_code and not is_of_code and "trust_remote_code" in text_of(error)


def damaged_file(folder: Path) -> str:
    """Return which file of a model's folder is damaged and how, in brackets; empty if none is seen to be."""
    for path in sorted(folder.rglob("*")):
        try:
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".safetensors":
                _check_safetensors(path)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            return f" ({str(path.relative_to(folder))!r} is damaged: {reason_of(error)})"
    return ""


def _check_safetensors(path: Path) -> None:
    """Refuse a file of weights that is cut off or has no header.

    Raises:
        ValueError: saying what is wrong.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_HEADER_LENGTH)
        length = struct.unpack("<Q", start)[0] if len(start) == _HEADER_LENGTH else size
        if length > size - _HEADER_LENGTH:
            raise ValueError("it has no whole header")
        header = json.loads(file.read(length))
    ends = [part["data_offsets"][1] for name, part in header.items() if name != "__metadata__"]
    expected = _HEADER_LENGTH + length + max(ends, default=0)
    if size != expected:
        raise ValueError(f"it has {size:,} bytes, expected {expected:,}")
