"""Run directories: files that other programs rely on. See :mod:`evenband.runs.directory`."""

from __future__ import annotations

from evenband.runs.directory import FORMAT, RunDirectory

__all__ = ["FORMAT", "RunDirectory"]
