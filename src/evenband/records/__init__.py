"""Run directories: files that other programs rely on, each with a typed reader.

``directory`` lays out the folder, ``parquet`` holds a measurement, ``manifest`` records how it was made, and
``summary`` is what tables, CI and other programs read.
"""

from __future__ import annotations

from evenband.records.directory import RunDirectory, entry_of
from evenband.records.manifest import Manifest
from evenband.records.settings import Settings

__all__ = ["Manifest", "RunDirectory", "Settings", "entry_of"]
