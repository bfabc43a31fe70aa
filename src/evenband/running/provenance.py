"""Provenance of a run: what its manifest says besides the measurements."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import Any

from evenband.encoders import SelfChecking, Tokenizing
from evenband.encoders.redaction import redact
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.records import Manifest
from evenband.running.plan import Plan
from evenband.running.subjects import AnySubject, RerankerSubject
from evenband.types import Encoder, ModelSpec, Role
from evenband.types.picture_texts import is_picture
from evenband.unshown_words import may_be_shown

LIBRARIES = (
    *("numpy", "scipy", "torch", "transformers", "sentence-transformers", "tokenizers", "httpx"),
    *("onnxruntime", "peft"),
)
"""Libraries whose versions the manifest records."""


def describe_run(plan: Plan, command: Sequence[str]) -> dict[str, Any]:
    """Return the versions, settings and machine of a run."""
    return {
        "evenband": _version("evenband"),
        "command": list(command),
        "seed": plan.seed,
        "sample": plan.sample,
        "plan": plan.model_dump(mode="json", exclude={"out"}),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def describe_measuring() -> dict[str, Any]:
    """Return when a measurement is made and with which versions, for its entry in the manifest.

    A later command writes its own versions into the manifest, and measures nothing that is there.
    """
    libraries = {name: found for name in LIBRARIES if (found := _version(name)) is not None}
    measured = datetime.now(UTC).isoformat(timespec="seconds")
    return {"measured": measured, "evenband": _version("evenband"), "libraries": libraries}


def describe_command(plan: Plan, command: Sequence[str]) -> dict[str, Any]:
    """Return the manifest's entry of one command: what was typed and when, with sample and seed."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return {"command": redact(list(command)), "sample": plan.sample, "seed": plan.seed, "started": started}


def describe_subject(
    subject: AnySubject, probes: Sequence[MinimalPairs], manifest: Manifest
) -> dict[str, Any]:
    """Return a subject's identity and what it really sees: final text and token ids of sample inputs.

    A subject that the manifest has already is not asked again, so that its model need not be loaded.

    Args:
        subject: the model, with the format that screens it if there is one.
        probes: give the sample inputs.
        manifest: of the run so far.

    Raises:
        ModelError: if the model fails.
    """
    spec = subject.spec
    stored = stored_entry(spec, manifest)
    if stored is not None:
        return stored
    described: dict[str, Any] = {**spec.to_dict(), "digest": spec.digest}
    if isinstance(subject, RerankerSubject):
        return described
    encoder = subject.fresh
    described["engine_difference"] = _engine_difference(encoder)
    if isinstance(encoder, Tokenizing):
        texts = [example for probe in probes for example in _examples(probe)]
        described["inputs"] = [asdict(encoder.tokens(text, role)) for text, role in texts]
    if subject.fast is not None:
        fast = subject.fast.fresh
        described["screened_by"] = {**fast.spec.to_dict(), "engine_difference": _engine_difference(fast)}
    return described


def stored_entry(spec: ModelSpec, manifest: Manifest) -> dict[str, Any] | None:
    """Return a subject's entry in the manifest as plain data; ``None`` without one of the same identity."""
    entry = manifest.model_of(spec.name)
    if entry is None or (entry.ref, entry.digest) != (spec.ref, spec.digest):
        return None
    return entry.model_dump(mode="json", exclude_unset=True)


def _engine_difference(encoder: Encoder) -> float | None:
    """Return the largest difference of an engine's vectors from the library's own, where it was checked."""
    return encoder.largest_difference() if isinstance(encoder, SelfChecking) else None


def _examples(probe: MinimalPairs) -> list[tuple[str, Role]]:
    """Return texts a and b of the probe's first template for its first label that may be shown."""
    slot = probe.slot
    first = next((row for row, label in enumerate(slot.values) if may_be_shown(slot.name, label)), 0)
    texts = probe.take([first]).texts(probe.templates[0])[:2]
    return [(filled[0], probe.role(side)) for side, filled in enumerate(texts) if not is_picture(filled[0])]


@cache
def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
