"""Character sets of the terminal: no sign that one lacks ends a command."""

from __future__ import annotations

import codecs
import io
import json
import sys

STAND_INS = {"–": "-", "·": "-", "→": ">", "█": "#"}
"""Signs of the tables in ASCII; each as wide as the sign, so that columns stay where they are."""


def accept_any_sign(as_json: bool) -> None:
    """Have standard output replace what its character set lacks, instead of raising an error.

    Latin-1, ASCII and the code pages of Windows lack some signs of the tables, and a label may be in any
    script. A sign without a stand-in becomes a question mark; in JSON it becomes an escape: nothing is lost.
    """
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper) or codecs.lookup(stream.encoding).name.startswith("utf"):
        return
    stream.reconfigure(errors="evenband-json" if as_json else "evenband-text")


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    missing, end = _missing(error)
    return "".join(STAND_INS.get(sign, "?") for sign in missing), end


def _escape(error: UnicodeError) -> tuple[str, int]:
    missing, end = _missing(error)
    return json.dumps(missing)[1:-1], end


def _missing(error: UnicodeError) -> tuple[str, int]:
    """What could not be encoded, and where the text goes on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end], error.end


codecs.register_error("evenband-text", _stand_in)
codecs.register_error("evenband-json", _escape)
