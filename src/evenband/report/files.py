"""The report as files: the page, written at once, and a PNG twin of every figure."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evenband.analysis.values import Audit, Comparison
from evenband.report.page import html, page_of
from evenband.report.series import records
from evenband.report.theme import LIGHT, vega_config
from evenband.report.views import Figure, Option, Page

PNG_SCALE = 2.0


def write(
    directory: str | Path,
    audits: Sequence[Audit],
    comparisons: Sequence[Comparison] = (),
    manifests: Sequence[Mapping[str, Any]] = (),
    *,
    figures: bool = True,
) -> Path:
    """Write ``report.html`` and ``figures/*.png``; either file is whole or not there.

    Args:
        directory: the run's; made if it is missing.
        audits: as for :func:`evenband.report.render`.
        comparisons: likewise.
        manifests: likewise.
        figures: whether to write the PNG files too.

    Returns:
        Path of the page.
    """
    directory = Path(directory)
    page = page_of(audits, comparisons, manifests)
    if figures:
        for name, option in pictures(page):
            _replace(directory / "figures" / f"{name}.png", png(option, page.points))
    path = directory / "report.html"
    _replace(path, html(page).encode("utf-8", "replace"))
    return path


def pictures(page: Page) -> Iterator[tuple[str, Option]]:
    """The pictures that become files, each model's first template, with unique and safe names."""
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


def png(option: Option, points: Mapping[str, Any]) -> bytes:
    """The widest variant of a picture, light, at twice the pixels."""
    import vl_convert

    _, spec = option.specs[0]
    data = {key: records(points[key]) for key in option.points}
    picture: bytes = vl_convert.vegalite_to_png(
        {**spec, "datasets": data, "padding": 16, "title": {"text": option.title}},
        config=vega_config(LIGHT),
        scale=PNG_SCALE,
    )
    return picture


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.")[:100] or "figure"


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
