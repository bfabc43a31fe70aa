"""The report as files: summary, page, scorecard, and a PNG file of every figure."""

from __future__ import annotations

import json
from pathlib import Path

from evenband import stages
from evenband.analysis import Results, summarise
from evenband.errors import RunError
from evenband.report.markdown import markdown
from evenband.report.page import html, page_of
from evenband.report.pictures import draw_pictures
from evenband.storage import replace_file, why_not_written


def write(directory: str | Path, results: Results, *, figures: bool = True) -> Path:
    """Write ``summary.json``, ``figures/*.png``, ``scorecard.md`` and ``report.html``.

    Each file is written completely or not at all. ``scorecard.md`` is written if there are scorecards.

    Args:
        directory: the run directory; created if it is missing.
        results: what to report.
        figures: whether to write the PNG files too.

    Returns:
        Path of the page.

    Raises:
        RunError: if a file cannot be written, such as for a full disk or lack of permission.
    """
    stages.enter("writing the report")
    directory = Path(directory)
    page = page_of(results)
    _write(directory / "summary.json", summary_text(results))
    if figures:
        draw_pictures(page, directory / "figures")
    if results.scorecards:
        _write(directory / "scorecard.md", markdown(results))
    _write(directory / "report.html", html(page))
    return directory / "report.html"


def summary_text(results: Results) -> str:
    """Return the content of summary.json."""
    return json.dumps(summarise(results), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> None:
    try:
        # In JSON, backslashes keep a lone surrogate as its escape.
        replace_file(path, text.encode("utf-8", "backslashreplace" if path.suffix == ".json" else "replace"))
    except OSError as error:
        raise RunError(why_not_written(path, error)) from None
