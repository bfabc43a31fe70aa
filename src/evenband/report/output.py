"""The report as files: the page, written at once, and a PNG twin of every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evenband.analysis.pairs.explanation import Explanation
from evenband.analysis.pairs.scorecard import Scorecard
from evenband.analysis.pairs.values import Audit, Comparison
from evenband.report.markdown import markdown
from evenband.report.page import html, page_of
from evenband.report.pictures import draw_pictures
from evenband.storage import replace_file


def write(
    directory: str | Path,
    audits: Sequence[Audit],
    comparisons: Sequence[Comparison] = (),
    manifests: Sequence[Mapping[str, Any]] = (),
    explanations: Sequence[Explanation] = (),
    scorecards: Sequence[Scorecard] = (),
    *,
    figures: bool = True,
) -> Path:
    """Write ``report.html``, ``figures/*.png`` and ``scorecard.md``; each file is whole or not there.

    Args:
        directory: the run's; made if it is missing.
        audits: as for :func:`evenband.report.render`.
        comparisons: likewise.
        manifests: likewise.
        explanations: likewise.
        scorecards: likewise; without any there is no ``scorecard.md``.
        figures: whether to write the PNG files too.

    Returns:
        Path of the page.
    """
    directory = Path(directory)
    page = page_of(audits, comparisons, manifests, explanations, scorecards)
    if figures:
        draw_pictures(page, directory / "figures")
    if scorecards:
        text = markdown(scorecards, audits, manifests)
        replace_file(directory / "scorecard.md", text.encode("utf-8", "replace"))
    path = directory / "report.html"
    replace_file(path, html(page).encode("utf-8", "replace"))
    return path
