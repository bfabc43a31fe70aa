"""Character sets of the terminal: characters that it lacks never end a command."""

from __future__ import annotations

import codecs
import io
import json
import sys

STAND_INS = {"–": "-", "·": "-", "→": ">", "█": "#"}
"""ASCII stand-ins for characters of the tables, of the same width so that columns stay aligned."""


def accept_any_sign(as_json: bool) -> None:
    """Let standard output replace characters that its character set lacks, instead of raising an error.

    Latin-1, ASCII and the code pages of Windows lack some characters of the tables, and labels may be in
    any script. A character without a stand-in becomes a question mark; in JSON it becomes an escape.
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
    """Return what could not be encoded, and the index where the text continues."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end], error.end


codecs.register_error("evenband-text", _stand_in)
codecs.register_error("evenband-json", _escape)
