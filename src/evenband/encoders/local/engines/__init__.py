"""Engines: ways to compute a local model's vectors, all with the same result and different speed."""

from evenband.encoders.local.engines.selection import Engine, choose, task_of

__all__ = ["Engine", "choose", "task_of"]
