"""Training embedding models, watching their consistency meanwhile, and repairing it.

Everything here uses the trainers and losses of sentence-transformers and transformers; evenband adds what is
measured before, during and after a training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenband.train.consistency_callback import ConsistencyCallback
    from evenband.train.consistency_evaluator import ConsistencyEvaluator
    from evenband.train.example_files import read_examples
    from evenband.train.hard_negatives import HardNegatives, read_negatives
    from evenband.train.reranker_tuning import tune_reranker
    from evenband.train.training_examples import Examples
    from evenband.train.transfer_runs import Taught, teach
    from evenband.train.tuned_models import Tuned
    from evenband.train.tuning import tune
    from evenband.train.tuning_options import TuningOptions

_HOMES = {
    "ConsistencyCallback": "consistency_callback",
    "ConsistencyEvaluator": "consistency_evaluator",
    "Examples": "training_examples",
    "HardNegatives": "hard_negatives",
    "Taught": "transfer_runs",
    "Tuned": "tuned_models",
    "TuningOptions": "tuning_options",
    "read_examples": "example_files",
    "read_negatives": "hard_negatives",
    "teach": "transfer_runs",
    "tune": "tuning",
    "tune_reranker": "reranker_tuning",
}
"""Module of each name, imported on first use: ``import evenband.train`` loads no model library."""

__all__ = [
    "ConsistencyCallback",
    "ConsistencyEvaluator",
    "Examples",
    "HardNegatives",
    "Taught",
    "Tuned",
    "TuningOptions",
    "read_examples",
    "read_negatives",
    "teach",
    "tune",
    "tune_reranker",
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
