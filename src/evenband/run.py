"""A plan becomes a run directory. What was measured before is not measured again."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from evenband import encoders, plan
from evenband.encoders import CachedEncoder, Tokenizing
from evenband.errors import InputError
from evenband.plan import Plan
from evenband.probes.minimal_pairs import MinimalPairs
from evenband.runs import RunDirectory
from evenband.types import Encoder, Measurement, Progress

LIBRARIES = ("numpy", "scipy", "torch", "transformers", "sentence-transformers", "tokenizers")
SAMPLE_INPUTS = 2


def run(
    todo: Plan,
    out: Path,
    *,
    models: Sequence[str | Encoder] | None = None,
    command: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[Measurement]:
    """Measure every probe of the plan on every model of it, into the directory.

    The manifest is written first and after each measurement, a measurement at its end, so
    that a run killed anywhere goes on where it was when it is started again.

    Args:
        todo: what to do.
        out: the run directory; made if it is not there.
        models: encoders to use in place of the plan's references.
        command: what the user typed, for the manifest.
        progress: told how far it is.

    Raises:
        EvenbandError: if a reference, a model or the directory cannot be used.
    """
    directory = RunDirectory(out)
    manifest = {**directory.manifest(), **_provenance(todo, command)}
    probes = plan.load_probes(todo.probes, todo.sample, todo.seed)
    directory.write_manifest(manifest)
    measured: list[Measurement] = []
    for encoder in load_models(todo, models):
        _record_model(manifest, encoder, probes)
        for probe in probes:
            found = directory.find(encoder.spec, probe.spec)
            if found is None:
                started = time.perf_counter()
                found = measure(probe, encoder, progress)
                directory.write_measurement(found)
                _record(manifest, found, time.perf_counter() - started)
            elif not _is_listed(manifest, found):
                _record(manifest, found, None)
            directory.write_manifest(manifest)
            measured.append(found)
    return measured


def measure(probe: MinimalPairs, encoder: Encoder, progress: Progress | None = None) -> Measurement:
    """One probe on one model through the vector cache; the noise floor past it."""
    return probe.measure(CachedEncoder(encoder, progress=progress), fresh=encoder)


def load_models(todo: Plan, models: Sequence[str | Encoder] | None = None) -> Iterator[Encoder]:
    """The models of the plan, or those given, one at a time.

    Raises:
        EvenbandError: if one cannot be loaded, or two share a name.
    """
    seen: dict[str, str] = {}
    for model in todo.models if models is None else models:
        encoder = (
            encoders.load(model, trust_remote_code=todo.trust_remote_code, engine=todo.engine)
            if isinstance(model, str)
            else model
        )
        name, ref = encoder.spec.name, encoder.spec.ref
        if name in seen:
            raise InputError(
                f"the models {seen[name]!r} and {ref!r} are both called {name!r}; audit them in two runs"
            )
        seen[name] = ref
        yield encoder


def _provenance(todo: Plan, command: Sequence[str]) -> dict[str, Any]:
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


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _record_model(manifest: dict[str, Any], encoder: Encoder, probes: Sequence[MinimalPairs]) -> None:
    """The model's identity and what it really sees: final text and token ids of sample inputs."""
    spec = encoder.spec
    if any(
        known["digest"] == spec.digest and known["ref"] == spec.ref for known in manifest.get("models", [])
    ):
        return
    entry: dict[str, Any] = {**spec.to_dict(), "digest": spec.digest}
    entry["engine_difference"] = getattr(encoder, "engine_difference", None)
    if isinstance(encoder, Tokenizing):
        texts = [text for probe in probes for text in _examples(probe)]
        entry["inputs"] = [asdict(encoder.tokens(text)) for text in texts]
    others = [known for known in manifest.get("models", []) if known["name"] != spec.name]
    manifest["models"] = [*others, entry]


def _examples(probe: MinimalPairs) -> list[str]:
    a, b = probe.templates[0].fill(probe.slot.values[: SAMPLE_INPUTS // 2])
    return [*a, *b]


def _is_listed(manifest: dict[str, Any], made: Measurement) -> bool:
    return any(
        entry["model"] == made.model.name and entry["probe"] == made.probe.name
        for entry in manifest.get("measurements", [])
    )


def _record(manifest: dict[str, Any], made: Measurement, seconds: float | None) -> None:
    entry = {
        "model": made.model.name,
        "probe": made.probe.name,
        "probe_digest": made.probe.digest,
        "texts": made.scores.size * len(made.texts),
        "seconds": None if seconds is None else round(seconds, 3),
    }
    manifest["measurements"] = [*manifest.get("measurements", []), entry]
