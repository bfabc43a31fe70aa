"""Training embedding models, watching their consistency meanwhile, and repairing it.

Everything here uses the trainers and losses of sentence-transformers and transformers; evenband adds what is
measured before, during and after a training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenband.train.causal_models import ModelShape
    from evenband.train.consistency_callback import ConsistencyCallback
    from evenband.train.consistency_evaluator import ConsistencyEvaluator
    from evenband.train.data_audit import audit_data
    from evenband.train.data_findings import DataAudit
    from evenband.train.data_verdicts import verdicts_of
    from evenband.train.embedding_conversion import to_embedding_model
    from evenband.train.example_files import read_examples
    from evenband.train.hard_negatives import HardNegatives, read_negatives
    from evenband.train.planting import PlantOptions, plant
    from evenband.train.pretraining import pretrain
    from evenband.train.pretraining_options import PretrainingOptions
    from evenband.train.repair_folder import add_map, apply_repair
    from evenband.train.repaired_files import repair_file
    from evenband.train.repaired_stores import repair_store
    from evenband.train.repairing import Repair, repair
    from evenband.train.reranker_tuning import tune_reranker
    from evenband.train.training_examples import Examples
    from evenband.train.transfer_runs import Taught, teach
    from evenband.train.tuned_models import Tuned
    from evenband.train.tuning import tune
    from evenband.train.tuning_options import TuningOptions

_HOMES = {
    "ConsistencyCallback": "consistency_callback",
    "ConsistencyEvaluator": "consistency_evaluator",
    "DataAudit": "data_findings",
    "Examples": "training_examples",
    "HardNegatives": "hard_negatives",
    "ModelShape": "causal_models",
    "PlantOptions": "planting",
    "PretrainingOptions": "pretraining_options",
    "Repair": "repairing",
    "Taught": "transfer_runs",
    "Tuned": "tuned_models",
    "TuningOptions": "tuning_options",
    "add_map": "repair_folder",
    "apply_repair": "repair_folder",
    "audit_data": "data_audit",
    "plant": "planting",
    "pretrain": "pretraining",
    "read_examples": "example_files",
    "read_negatives": "hard_negatives",
    "repair": "repairing",
    "repair_file": "repaired_files",
    "repair_store": "repaired_stores",
    "teach": "transfer_runs",
    "to_embedding_model": "embedding_conversion",
    "tune": "tuning",
    "tune_reranker": "reranker_tuning",
    "verdicts_of": "data_verdicts",
}
"""Module of each name, imported on first use: ``import evenband.train`` loads no model library."""

__all__ = [
    "ConsistencyCallback",
    "ConsistencyEvaluator",
    "DataAudit",
    "Examples",
    "HardNegatives",
    "ModelShape",
    "PlantOptions",
    "PretrainingOptions",
    "Repair",
    "Taught",
    "Tuned",
    "TuningOptions",
    "add_map",
    "apply_repair",
    "audit_data",
    "plant",
    "pretrain",
    "read_examples",
    "read_negatives",
    "repair",
    "repair_file",
    "repair_store",
    "teach",
    "to_embedding_model",
    "tune",
    "tune_reranker",
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
