"""Pictures that a user's table or folder names: checked, opened for a model, and made small for the report.

A picture goes through a run as a text that holds the digest of its file. Which file that is, this process
knows from the table or folder that named it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from evenband.errors import InputError, MissingExtraError, ModelError
from evenband.types.picture_texts import digest_in, is_picture, shown_text, written

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
"""Ends of the names of pictures, in lower case."""

MOST_PIXELS = 50_000_000
"""Pixels of a picture, at most: a small file can hold a picture that fills the memory."""

MOST_PICTURE_BYTES = 100_000_000
"""Size of a picture's file, at most."""

THUMBNAIL_SIDE = 96
"""Pixels of the longer side of a picture in the report."""

MOST_THUMBNAILS = 300
"""Pictures of a probe that travel with its measurement as thumbnails, at most."""

_SHELF: dict[str, Path] = {}
"""Files of the pictures that tables and folders named, by digest."""


def shelve(path: Path, name: str) -> str:
    """Check a picture's file, and return the text that stands for it.

    Args:
        path: of the file.
        name: for people, as the table has it.

    Raises:
        InputError: if it is no picture that can be read, or too large; the message begins with what it is.
        MissingExtraError: if Pillow is not installed.
    """
    if not path.is_file():
        raise InputError("no such file beside the table")
    if path.stat().st_size > MOST_PICTURE_BYTES:
        raise InputError(f"a file of more than {MOST_PICTURE_BYTES:,} bytes")
    content = path.read_bytes()
    digest = hashlib.blake2b(content, digest_size=16).hexdigest()
    if digest not in _SHELF:
        _decode(content)
    _SHELF[digest] = path.absolute()
    return written(digest, name)


def open_picture(text: str) -> Image:
    """Return the picture that a text stands for, in RGB.

    Raises:
        ModelError: if nothing of this run named it, or its file has changed since.
    """
    digest = digest_in(text)
    path = _SHELF.get(digest)
    try:
        content = b"" if path is None else path.read_bytes()
        if hashlib.blake2b(content, digest_size=16).hexdigest() == digest:
            return _decode(content)
    except OSError:
        pass  # said below
    raise ModelError(
        f"the picture {shown_text(text)!r} is not what it was when it was first read; start the run again"
    )


def thumbnails(texts: Iterable[str]) -> dict[str, str]:
    """Return the pictures among some texts, made small, as data URIs by their digests."""
    unique = [text for text in dict.fromkeys(texts) if is_picture(text)]
    return {digest_in(text): _thumbnail(open_picture(text)) for text in unique[:MOST_THUMBNAILS]}


def _thumbnail(picture: Image) -> str:
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"


def _decode(content: bytes) -> Image:
    """Return the picture in a file's content, in RGB; its size is looked at before it is decoded.

    Raises:
        InputError: if it is none that can be read, or too large.
        MissingExtraError: if Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError("Pictures", "images") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(content))
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise InputError(
                    f"a picture of {width:,} x {height:,} pixels, expected {MOST_PIXELS:,} at most"
                )
            return picture.convert("RGB")
    except InputError:
        raise
    except Image.DecompressionBombError:
        raise InputError(f"a picture of more than {MOST_PIXELS:,} pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise InputError(f"no picture that can be read ({type(error).__name__})") from None
