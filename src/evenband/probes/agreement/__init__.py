"""Agreement: the same texts through two models that should be one."""

from __future__ import annotations

from evenband.probes.agreement.side_by_side import Side, SideBySide, check_dimensions
from evenband.probes.agreement.text_sets import TextSet, texts_of_file, texts_of_probe

__all__ = ["Side", "SideBySide", "TextSet", "check_dimensions", "texts_of_file", "texts_of_probe"]
