"""Names that users give to models, ``base=./runs/A/final``, and folders that start elsewhere.

A name is for tables and files only; nothing about the vectors follows from it. Because a folder may have
an ``=`` in its path and every option of a reference has one, only what cannot be anything else is a name:
a word before the first ``=``, with no slash, backslash, colon, ``?``, ``@`` or ``#`` before it, of a text
that is no folder itself.
"""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path

from evenband.errors import InputError

_GIVEN = re.compile(r"([^/\\:?@#=]*)=")
_NAME = re.compile(r"\w[\w.+-]{0,63}")


def is_folder(path: str) -> bool:
    """Return whether the text names an existing folder."""
    try:
        return bool(path) and Path(path).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # "~nobody" has no home
        return False


def split_name(text: str) -> tuple[str, str]:
    """Return the name that a reference begins with, empty without one, and the reference behind it.

    Raises:
        InputError: if what stands before the ``=`` cannot be a file's name, or nothing stands behind it.
    """
    start = _GIVEN.match(text)
    if start is None or is_folder(text) or is_folder(text.partition("?")[0]):
        return "", text
    name, reference = start[1], text[start.end() :]
    if not _NAME.fullmatch(name):
        raise InputError(
            f"model {text!r}: {name!r} cannot be its name; expected letters, digits, - _ + and . before the "
            "'=', 64 at most"
        )
    if not reference.strip():
        raise InputError(f"model {text!r}: expected a reference behind '{name}=', such as {name}=minilm")
    return name, reference


def start_from(text: str, base: Path, schemes: Container[str]) -> str:
    """Return a reference whose relative folder starts at ``base``; any other reference as it is.

    Args:
        text: reference, with or without a name.
        base: folder that the relative one is in.
        schemes: registered names, which stand for no folder.
    """
    start = _GIVEN.match(text)
    starts = [0] if start is None or is_folder(str(base / text)) else [0, start.end()]
    for first in starts:
        for folder in (text[first:], text[first:].partition("?")[0]):
            is_relative = folder not in schemes and not Path(folder).is_absolute() and folder[:1] != "~"
            if folder and is_relative and is_folder(str(base / folder)):
                rest = text[first + len(folder) :]
                return f"{text[:first]}{base / folder}{rest}"
    return text


def is_relative_folder(argument: str) -> bool:
    """Return whether a text names an existing folder by a path from the working directory."""
    return is_folder(argument) and argument[:1] != "~" and not Path(argument).is_absolute()
