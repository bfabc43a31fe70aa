"""Training embedding models, watching their consistency meanwhile, and repairing it.

Everything here uses the trainers and losses of sentence-transformers and transformers; evenband adds what is
measured before, during and after a training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenband.train.example_files import read_examples
    from evenband.train.repair_folder import add_map, apply_repair
    from evenband.train.repaired_files import repair_file
    from evenband.train.repairing import Repair, repair
    from evenband.train.training_examples import Examples

_HOMES = {
    "Examples": "training_examples",
    "Repair": "repairing",
    "add_map": "repair_folder",
    "apply_repair": "repair_folder",
    "read_examples": "example_files",
    "repair": "repairing",
    "repair_file": "repaired_files",
}
"""Module of each name, imported on first use: ``import evenband.train`` loads no model library."""

__all__ = ["Examples", "Repair", "add_map", "apply_repair", "read_examples", "repair", "repair_file"]


def __getattr__(name: str) -> Any:
    """Import a name on first use."""
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(f"evenband.train.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'evenband.train' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what there is, also before it is imported."""
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING", "Any", "annotations"})
