"""How a run was made: what its manifest says besides the measurements."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from evenband.encoders import SelfChecking, Tokenizing
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.running.plan import Plan
from evenband.types import Encoder, ModelSpec

LIBRARIES = ("numpy", "scipy", "torch", "transformers", "sentence-transformers", "tokenizers")


def describe_run(todo: Plan, command: Sequence[str]) -> dict[str, Any]:
    """Who did what, where and with what."""
    return {
        "evenband": _version("evenband"),
        "command": list(command),
        "seed": todo.seed,
        "sample": todo.sample,
        "plan": todo.model_dump(mode="json", exclude={"out"}),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def describe_command(todo: Plan, command: Sequence[str]) -> dict[str, Any]:
    """What was typed and when, and what else decides the measurements: one of a directory's several."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return {"command": list(command), "sample": todo.sample, "seed": todo.seed, "started": started}


def describe_model(
    encoder: Encoder, spec: ModelSpec, probes: Sequence[MinimalPairs], manifest: Mapping[str, Any]
) -> dict[str, Any]:
    """The model's identity and what it really sees: final text and token ids of sample inputs.

    What the manifest knows already is not asked of the model again, which may not be loaded.

    Args:
        encoder: the model, uncached.
        spec: what its measurements say of it.
        probes: give the sample inputs.
        manifest: of the run directory.
    """
    for known in manifest.get("models", []):
        if (known["name"], known["ref"], known["digest"]) == (spec.name, spec.ref, spec.digest):
            return dict(known)
    entry: dict[str, Any] = {**spec.to_dict(), "digest": spec.digest}
    entry["engine_difference"] = encoder.largest_difference() if isinstance(encoder, SelfChecking) else None
    if isinstance(encoder, Tokenizing):
        texts = [text for probe in probes for text in _examples(probe)]
        entry["inputs"] = [asdict(encoder.tokens(text)) for text in texts]
    return entry


def _examples(probe: MinimalPairs) -> list[str]:
    return [filled[0] for filled in probe.take([0]).texts(probe.templates[0])[:2]]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
