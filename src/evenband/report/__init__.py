"""Results in, one self-contained HTML page with its pictures and scorecard out. Never loads a model.

``page`` puts ``sections`` together out of ``blocks`` (what is shown of one kind of measurement) and
``charts``; ``views`` are the values that the HTML template prints; ``output`` writes the files.
"""

from __future__ import annotations

from evenband.report.bundle import prepare
from evenband.report.output import write
from evenband.report.page import render

__all__ = ["prepare", "render", "write"]
