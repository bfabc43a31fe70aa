"""Measurements that a reproduction finds: from when, and with which versions."""

from __future__ import annotations

from typing import Any

import pytest

from evenband.records import Manifest
from evenband.running.reproductions import earlier_measurements
from evenband.running.reproductions.earlier_measurements import find_earlier

KEYS = (("m", "comma"), ("m", "ablation"))
OLD = {"measured": "2026-01-02T00:00:00", "evenband": "0.1", "libraries": {"torch": "2.1", "numpy": "2.0"}}
NEW = {"measured": "2026-03-04T00:00:00", "evenband": "0.2", "libraries": {"torch": "2.2", "numpy": "2.0"}}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {
        "measured": "2026-05-06T00:00:00",
        "evenband": "0.2",
        "libraries": {"torch": "2.2", "numpy": "2.0"},
    }
    monkeypatch.setattr(earlier_measurements, "describe_measuring", lambda: now)


def manifest(*entries: dict[str, Any], **fields: Any) -> Manifest:
    named = [
        {"model": "m", "probe": probe, **entry} for (_, probe), entry in zip(KEYS, entries, strict=False)
    ]
    return Manifest.model_validate({"measurements": named, **fields})


def test_nothing_was_there() -> None:
    assert find_earlier(Manifest(), KEYS) is None


def test_the_oldest_measurement_tells() -> None:
    """Also where another one was made with today's versions, in whatever order they stand."""
    for entries in ((OLD, NEW), (NEW, OLD)):
        found = find_earlier(manifest(*entries), KEYS)
        assert found is not None
        assert found.measured == OLD["measured"]
        assert found.others == {"evenband": ("0.1", "0.2"), "torch": ("2.1", "2.2")}


def test_versions_of_today_are_no_others() -> None:
    found = find_earlier(manifest(NEW), KEYS)
    assert found is not None
    assert (found.measured, found.others) == (NEW["measured"], {})
    assert found.versions["torch"] == "2.2"


def test_a_library_that_is_gone_is_another() -> None:
    gone = {**NEW, "libraries": {"onnxruntime": "1.2"}}
    found = find_earlier(manifest(gone), KEYS)
    assert found is not None
    assert found.others == {"onnxruntime": ("1.2", None)}


def test_an_older_manifest_tells_it_of_its_last_command() -> None:
    """Whose versions stand for those of each measurement."""
    fields = {
        "written": "2025-12-01T00:00:00",
        "evenband": "0.0",
        "libraries": {"torch": "1.9", "httpx": None},
    }
    found = find_earlier(manifest({}, {}, **fields), KEYS)
    assert found is not None
    assert found.measured == "2025-12-01T00:00:00"
    assert found.others == {"evenband": ("0.0", "0.2"), "torch": ("1.9", "2.2")}
