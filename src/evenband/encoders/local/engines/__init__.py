"""Engines: ways to compute a local model's vectors, all with the same result and different speed."""

from evenband.encoders.local.engines.checked import CheckedEngine
from evenband.encoders.local.engines.samples import task_of
from evenband.encoders.local.engines.selection import choose, choose_library

__all__ = ["CheckedEngine", "choose", "choose_library", "task_of"]
