"""The report: results in; an HTML page, PNG figures and a Markdown scorecard out. No model is loaded.

``page`` assembles the ``sections``, which consist of ``blocks`` (what is shown of one kind of
measurement) and ``charts``. ``views`` are the values that the HTML template prints. ``output`` writes
the files.
"""

from __future__ import annotations

from evenband.report.bundle import prepare
from evenband.report.output import write
from evenband.report.page import render

__all__ = ["prepare", "render", "write"]
