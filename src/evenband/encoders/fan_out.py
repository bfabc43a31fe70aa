"""Braces in references: ``minilm?dim={384,256}`` stands for two models, as a shell would read it.

Several braces give every combination. Braces of an address, or of a file or folder that exists, are part of
its name; so are braces without a comma.
"""

from __future__ import annotations

import re
from pathlib import Path

from evenband.encoders.given_names import split_name
from evenband.errors import InputError

_CHOICES = re.compile(r"\{([^{}]*,[^{}]*)\}")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_KEPT = str.maketrans("{}", "\x00\x01")
_RESTORED = str.maketrans("\x00\x01", "{}")


def expand(text: str) -> list[str]:
    """Return the references that a reference with braces stands for; one without is returned as it is.

    A name before it is followed by what was chosen: ``a=minilm?dim={64,32}`` is ``a-64`` and ``a-32``.

    Raises:
        InputError: if a name before it is malformed.
    """
    if not _CHOICES.search(text):
        return [text]
    name, reference = split_name(text)
    expanded: dict[str, list[str]] = {}
    for one, chosen in _combinations(_kept(reference)):
        expanded.setdefault(one.translate(_RESTORED), chosen)
    if not name or len(expanded) == 1:
        return [f"{name}={one}" if name else one for one in expanded]
    return [f"{'-'.join([name, *map(_plain, chosen)])}={one}" for one, chosen in expanded.items()]


def only_one(text: str) -> str:
    """Return a reference that must stand for one model.

    Raises:
        InputError: if it stands for several.
    """
    expanded = expand(text)
    if len(expanded) > 1:
        raise InputError(f"model {text!r} stands for {len(expanded)} models, expected one")
    return expanded[0]


def _combinations(text: str) -> list[tuple[str, list[str]]]:
    """Return every choice of a text's braces, each with what was chosen."""
    found = _CHOICES.search(text)
    if found is None:
        return [(text, [])]
    before, after = text[: found.start()], text[found.end() :]
    return [
        (one, [choice.translate(_RESTORED), *chosen])
        for choice in found[1].split(",")
        for one, chosen in _combinations(f"{before}{choice}{after}")
    ]


def _kept(reference: str) -> str:
    """Return the reference with the braces of addresses, files and folders out of reach."""
    if _exists(reference):
        return reference.translate(_KEPT)
    is_address = _ADDRESS.match(reference) is not None
    body, mark, options = reference.partition("#" if is_address else "?")
    if is_address or _exists(body) or _exists(body.partition(":")[2]):
        body = body.translate(_KEPT)
    pairs = [
        pair.translate(_KEPT) if _exists(pair.partition("=")[2]) else pair for pair in options.split("&")
    ]
    return f"{body}{mark}{'&'.join(pairs)}"


def _exists(path: str) -> bool:
    try:
        return "{" in path and Path(path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _plain(choice: str) -> str:
    """Return a choice as a part of a name."""
    return re.sub(r"[^\w.+-]+", "-", choice).strip("-.") or "none"
