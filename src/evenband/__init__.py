"""Audit text-embedding models for consistent behaviour over whole distributions.

>>> import evenband
>>> [audit] = evenband.audit("toy:words", "comma", sample=200)
>>> audit.summary.n
200
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0.dev0"
__all__ = [
    "__version__",
    "ablate",
    "analogy",
    "audit",
    "canary_check",
    "canary_save",
    "compare",
    "embed",
    "encoders",
    "errors",
    "explain",
    "load",
    "open_store",
    "parity",
    "read",
    "read_audits",
    "read_summary",
    "retrieve",
    "score",
    "slots",
    "types",
    "wrap",
    "write_report",
]

_MODULES = ("encoders", "errors", "slots", "types")
"""Modules that are reached as attributes, such as ``evenband.slots.load``."""

if TYPE_CHECKING:
    from evenband import encoders, errors, slots, types
    from evenband.api import (
        ablate,
        analogy,
        audit,
        canary_check,
        canary_save,
        compare,
        embed,
        explain,
        load,
        open_store,
        parity,
        read,
        read_audits,
        read_summary,
        retrieve,
        score,
        wrap,
        write_report,
    )


def __getattr__(name: str) -> Any:
    """Import the Python interface on first use, so that ``evenband --help`` stays quick."""
    import importlib

    if name in _MODULES:
        return importlib.import_module(f"evenband.{name}")
    if name in __all__:
        return getattr(importlib.import_module("evenband.api"), name)
    raise AttributeError(f"module 'evenband' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what there is, also before it is imported, for completion in notebooks."""
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING", "Any", "annotations"})
