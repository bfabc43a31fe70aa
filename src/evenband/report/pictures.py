"""PNG files of the figures, drawn again only if their chart has changed.

Drawing takes most of a second each, so a file carries the hash of what it was drawn from, in a PNG
text chunk.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evenband import stages
from evenband.report.bundle import library_version
from evenband.report.charts.series import records
from evenband.report.theme import LIGHT, vega_config
from evenband.report.views import Figure, Option, Page
from evenband.storage import replace_file

SCALE = 2.0
"""Pixels of the file for each pixel of the chart."""

KEYWORD = b"evenband-chart"
"""Name of the text chunk."""

HEADER = 33
"""Bytes of a PNG's signature and its first chunk, IHDR."""

END = b"IEND\xaeB`\x82"
"""Type and checksum of a PNG's last chunk."""


def draw_pictures(page: Page, folder: Path) -> None:
    """Write the page's figures into the folder; files that would not change are left alone."""
    named = list(pictures(page))
    for number, (name, option) in enumerate(named, 1):
        stages.enter("drawing figures", number, len(named))
        path = folder / f"{name}.png"
        spec = chart(option, page.points)
        mark = text_chunk(_digest(spec))
        if not _carries(path, mark):
            drawn = png(spec)
            replace_file(path, drawn[:HEADER] + mark + drawn[HEADER:])


def pictures(page: Page) -> Iterator[tuple[str, Option]]:
    """Yield a unique, safe file name and the chart of each leading option."""
    taken: set[str] = set()
    for section in page.sections:
        for block in section.blocks:
            if not isinstance(block, Figure):
                continue
            for option in (one for one in block.options if one.leading):
                kind = block.id.rpartition("-")[2]
                stem = _slug("-".join([section.title.removeprefix("Probe "), kind, option.name]))
                name, number = stem, 2
                while name.casefold() in taken:
                    name, number = f"{stem}-{number}", number + 1
                taken.add(name.casefold())
                yield name, option


def chart(option: Option, points: Mapping[str, Any]) -> dict[str, Any]:
    """Return the widest variant of a chart, with its data and the light theme."""
    _, spec = option.specs[0]
    return {
        **spec,
        "datasets": {key: records(points[key]) for key in option.points},
        "config": vega_config(LIGHT),
        "padding": 16,
        "title": {"text": option.title},
    }


def png(spec: dict[str, Any]) -> bytes:
    """Render a chart as PNG, at twice its size in pixels."""
    import vl_convert

    picture: bytes = vl_convert.vegalite_to_png(spec, scale=SCALE)
    return picture


def text_chunk(text: str) -> bytes:
    """Return a PNG ``tEXt`` chunk (PNG specification, third edition, 11.3.3.3)."""
    body = b"tEXt" + KEYWORD + b"\0" + text.encode("latin-1")
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def _digest(spec: Mapping[str, Any]) -> str:
    """Hash everything that decides how the picture looks."""
    source = json.dumps([library_version(), SCALE, spec], separators=(",", ":"))
    return hashlib.sha256(source.encode()).hexdigest()


def _carries(path: Path, mark: bytes) -> bool:
    """Return whether the file is a complete PNG with this text chunk."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return content[HEADER : HEADER + len(mark)] == mark and content.endswith(END)


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.")[:100] or "figure"
