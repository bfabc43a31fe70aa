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
    "compare",
    "load",
    "parity",
    "read",
    "read_summary",
    "score",
    "wrap",
    "write_report",
]

if TYPE_CHECKING:
    from evenband.api import (
        ablate,
        analogy,
        audit,
        compare,
        load,
        parity,
        read,
        read_summary,
        score,
        wrap,
        write_report,
    )


def __getattr__(name: str) -> Any:
    """Import the Python interface on first use, so that ``evenband --help`` stays quick."""
    if name in __all__:
        from evenband import api

        return getattr(api, name)
    raise AttributeError(f"module 'evenband' has no attribute {name!r}")
