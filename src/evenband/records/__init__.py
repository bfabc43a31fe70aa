"""Run directories: files that other programs rely on. See :mod:`evenband.records.directory`."""

from __future__ import annotations

from evenband.records.directory import FORMAT, RunDirectory

__all__ = ["FORMAT", "RunDirectory"]
