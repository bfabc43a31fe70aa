"""Files as text: UTF-8, or UTF-16 with its byte order mark, whatever ends a line."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks and the encodings that they announce, the longer marks first."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def read_text(path: Path) -> str:
    """Read a file as text, without its byte order mark and otherwise as it is.

    Raises:
        ValueError: if it is not text; the message names the byte and the line.
    """
    content = path.read_bytes()
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8-sig")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise ValueError(
                f"byte {error.start} is no {encoding.upper()}, which its first bytes announce; "
                "save the file as UTF-8"
            ) from error
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"byte {error.start} (line {line}) is 0x{content[error.start]:02x}, expected UTF-8 text; "
            "save the file as UTF-8"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"line {line} holds a zero byte, expected text; save the file as UTF-8")
    return text


def split_lines(text: str) -> list[str]:
    """Return the lines of a text without their ends; a last line that is empty is none."""
    lines = _LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines
