"""Character sets of the terminal: characters that it lacks never end a command."""

from __future__ import annotations

import codecs
import io
import json
import sys

STAND_INS = {"–": "-", "·": "-", "→": ">", "█": "#", "−": "-", "×": "x", "…": "~"}
"""ASCII stand-ins for characters of the tables, of the same width so that columns stay aligned."""


def accept_any_sign(as_json: bool) -> None:
    """Let output replace characters that its character set lacks, instead of raising an error.

    Latin-1, ASCII and the code pages of Windows lack some characters of the tables, and labels may be in
    any script. A character without a stand-in becomes a question mark; in JSON it becomes an escape. The
    bytes of a file's name that Python could not decode, as in the locale C, are read as UTF-8.
    """
    for stream, is_json in ((sys.stdout, as_json), (sys.stderr, False)):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="evenband-json" if is_json else "evenband-text")


def _stand_in(error: UnicodeError) -> tuple[str | bytes, int]:
    missing, end = _missing(error)
    text = _decoded(missing)
    try:
        return text.encode(_encoding_of(error)), end  # bytes: UTF-8 takes no other text from a handler
    except UnicodeEncodeError:
        return "".join(STAND_INS.get(sign, "?") for sign in text), end


def _encoding_of(error: UnicodeError) -> str:
    return error.encoding if isinstance(error, UnicodeEncodeError) else "ascii"


def _decoded(text: str) -> str:
    """Return a text with the undecodable bytes in it, which Python keeps as surrogates, read as UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # a lone surrogate that stands for no byte
        return text


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
