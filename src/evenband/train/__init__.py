"""Training embedding models, watching their consistency meanwhile, and repairing it.

Everything here uses the trainers and losses of sentence-transformers and transformers; evenband adds what is
measured before, during and after a training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenband.train.causal_models import ModelShape
    from evenband.train.data_audit import audit_data
    from evenband.train.data_findings import DataAudit
    from evenband.train.data_verdicts import verdicts_of
    from evenband.train.embedding_conversion import to_embedding_model
    from evenband.train.example_files import read_examples
    from evenband.train.planting import PlantOptions, plant
    from evenband.train.pretraining import PretrainingOptions, pretrain
    from evenband.train.repair_folder import add_map, apply_repair
    from evenband.train.repairing import Repair, repair
    from evenband.train.training_examples import Examples

_HOMES = {
    "DataAudit": "data_findings",
    "Examples": "training_examples",
    "ModelShape": "causal_models",
    "PlantOptions": "planting",
    "PretrainingOptions": "pretraining",
    "Repair": "repairing",
    "add_map": "repair_folder",
    "apply_repair": "repair_folder",
    "audit_data": "data_audit",
    "plant": "planting",
    "pretrain": "pretraining",
    "read_examples": "example_files",
    "repair": "repairing",
    "to_embedding_model": "embedding_conversion",
    "verdicts_of": "data_verdicts",
}
"""Module of each name, imported on first use: ``import evenband.train`` loads no model library."""

__all__ = [
    "DataAudit",
    "Examples",
    "ModelShape",
    "PlantOptions",
    "PretrainingOptions",
    "Repair",
    "add_map",
    "apply_repair",
    "audit_data",
    "plant",
    "pretrain",
    "read_examples",
    "repair",
    "to_embedding_model",
    "verdicts_of",
]


def __getattr__(name: str) -> Any:
    """Import a name on first use."""
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(f"evenband.train.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'evenband.train' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what there is, also before it is imported."""
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING", "Any", "annotations"})
