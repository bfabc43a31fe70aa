"""Measurements that were there before: when they were made, and with which other versions than today's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evenband.records import Manifest
from evenband.running.provenance import describe_measuring


@dataclass(frozen=True)
class Earlier:
    """The oldest of the measurements that a reproduction did not make, but found.

    Attributes:
        measured: when, in ISO 8601; ``None`` if it is not recorded.
        versions: of evenband and libraries then, by name; empty if they are not recorded.
        others: those of them that are others today: then and now, the latter ``None`` for what is not here.
    """

    measured: str | None
    versions: Mapping[str, str]
    others: Mapping[str, tuple[str, str | None]]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        others = {name: list(pair) for name, pair in self.others.items()}
        return {"measured": self.measured, "versions": dict(self.versions), "others": others}


def find_earlier(before: Manifest, keys: Iterable[tuple[str, str]]) -> Earlier | None:
    """Return what is known of those measurements that were there already; ``None`` if none was.

    A manifest of an older evenband tells it of its last command only.

    Args:
        before: the run directory's manifest before the run.
        keys: subject and probe of each measurement.
    """
    entries = [entry for key in keys if (entry := before.entry_of(key)) is not None]
    if not entries:
        return None
    dates = [entry.measured or before.written for entry in entries]
    versions: dict[str, str] = {}
    for entry in sorted(entries, key=lambda one: one.measured or "", reverse=True):  # the oldest counts
        libraries = before.libraries if entry.libraries is None else entry.libraries
        then = {"evenband": entry.evenband or before.evenband, **libraries}
        versions |= {name: version for name, version in then.items() if version is not None}
    today = describe_measuring()
    now = {"evenband": today["evenband"], **today["libraries"]}
    others = {name: (then, now.get(name)) for name, then in versions.items() if then != now.get(name)}
    return Earlier(min((date for date in dates if date), default=None), versions, others)
