"""Audits in, one self-contained HTML page and its PNG twins out. Never loads a model."""

from __future__ import annotations

from evenband.report.bundle import prepare
from evenband.report.output import write
from evenband.report.page import render

__all__ = ["prepare", "render", "write"]
