"""Inspections of local models, stored in the run directory so that a report shows them anywhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evenband import encoders, stages
from evenband.analysis import PairsAudit
from evenband.analysis.pairs.divergence import diverge
from evenband.digests import digest_of
from evenband.encoders import Inspecting
from evenband.errors import EvenbandError
from evenband.randomness import stream
from evenband.records import RunDirectory
from evenband.types import Divergence, Insight, Inspection, Measurement, Role

logger = logging.getLogger(__name__)

ORDINARY_PAIRS = 32
"""Number of random other labels whose pairs are inspected, to show what is ordinary."""


def look(
    audit: PairsAudit, label: str, seed: int, ref: str, trust_remote_code: bool = False
) -> Insight | None:
    """Inspect a label's farthest pair and ordinary pairs of the same template.

    Args:
        audit: of the measurement that has the label.
        label: a slot value.
        seed: of the run; it draws the ordinary pairs.
        ref: reference that loads the model here.
        trust_remote_code: run code that came with the model.

    Returns:
        ``None`` where the model cannot be loaded or inspected; a log line says why.
    """
    subject = audit.measurement.subject
    stages.enter(f"loading {subject.name}")
    try:
        encoder = encoders.load(ref, trust_remote_code=trust_remote_code)
        if not isinstance(encoder, Inspecting):
            logger.warning("%s cannot be looked into: it shows no tokens and no layers", subject.ref)
            return None
        if encoder.spec.revision != subject.revision:
            logger.warning("%s is not the model of this run any more; it is not looked into", subject.ref)
            return None
        odd, ordinary = _inspect_pairs(encoder, audit, label, seed)
    except EvenbandError as error:
        logger.warning("not looked into: %s", error)
        return None
    return Insight(odd, diverge(odd, ordinary) if ordinary else None)


def _inspect_pairs(
    encoder: Inspecting, audit: PairsAudit, label: str, seed: int
) -> tuple[Inspection, list[Inspection]]:
    """Return inspections of the label's farthest pair, and of random other pairs of that template."""
    items = audit.measurement.items
    i = items.index(label)
    j = int(audit.z[i].argmax())
    others = [row for row in range(len(items)) if row != i]
    drawn: list[int] = stream(seed, "ordinary pairs").permutation(others)[:ORDINARY_PAIRS].tolist()
    a, b = audit.measurement.details.texts[:2]
    roles = audit.measurement.probe.roles[:2]
    role = Role(roles[0]) if len(set(roles)) == 1 else Role.NONE
    stages.enter(f"looking into {audit.measurement.subject.name}")
    odd = encoder.inspect(str(a[i, j]), str(b[i, j]), role)
    return odd, [encoder.inspect(str(a[row, j]), str(b[row, j]), role) for row in drawn]


def keep(directory: RunDirectory, audit: PairsAudit, label: str, insight: Insight) -> None:
    """Write an insight into the run directory.

    Raises:
        RunError: if the file cannot be written.
    """
    divergence = None if insight.divergence is None else asdict(insight.divergence)
    data = {"label": label, "inspection": insight.inspection.to_dict(), "divergence": divergence}
    directory.write_json(_file_name(audit.measurement, label), data)


def read(directory: RunDirectory, measurement: Measurement, label: str) -> Insight | None:
    """Return the stored insight of a label; ``None`` if there is none or it cannot be read."""
    try:
        data = json.loads((directory.path / _file_name(measurement, label)).read_text(encoding="utf-8"))
        return Insight(Inspection.from_dict(data["inspection"]), _divergence(data["divergence"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_all(
    directory: RunDirectory, measurements: Sequence[Measurement]
) -> dict[tuple[str, str, str], Insight]:
    """Return all stored insights, by subject, probe and label."""
    insights = {}
    for measurement in measurements:
        folder = directory.path / "inspections" / measurement.subject.name
        for file in sorted(folder.glob(f"{measurement.probe.name}-*.json")):
            label = _label_in(file)
            if label not in measurement.items or file.name != Path(_file_name(measurement, label)).name:
                continue
            if (insight := read(directory, measurement, label)) is not None:
                insights[*measurement.key, label] = insight
    return insights


def _label_in(file: Path) -> str:
    """Return the label that a file is about; empty if it cannot be read."""
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["label"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _file_name(measurement: Measurement, label: str) -> str:
    subject, probe = measurement.key
    return f"inspections/{subject}/{probe}-{digest_of(label)[:12]}.json"


def _divergence(data: dict[str, Any] | None) -> Divergence | None:
    if data is None:
        return None
    shares = data["shares"]
    return Divergence(
        typical=tuple(data["typical"]),
        ratios=tuple(data["ratios"]),
        shares=None if shares is None else tuple(shares),
        split=data["split"],
    )
