from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from evenband.report import pictures, write

pytestmark = pytest.mark.usefixtures("drawn_pictures")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows with every picture that is drawn."""
    calls: list[int] = []
    draw = pictures.png

    def counted(spec: dict[str, object]) -> bytes:
        calls.append(1)
        return draw(spec)

    monkeypatch.setattr(pictures, "png", counted)
    return calls


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and content of a PNG's chunks, their checksums verified."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    found, place = [], 8
    while place < len(png):
        size = int.from_bytes(png[place : place + 4], "big")
        body = png[place + 4 : place + 8 + size]
        assert zlib.crc32(body) == int.from_bytes(png[place + 8 + size : place + 12 + size], "big")
        found.append((body[:4], body[4:]))
        place += 12 + size
    return found


def test_pictures_are_drawn_again_only_where_their_chart_changed(
    planted: ModuleType, tmp_path: Path, drawn: list[int]
) -> None:
    audit = planted.audit(n=40)
    write(tmp_path, planted.results([audit]))
    before = {path.name: path.read_bytes() for path in (tmp_path / "figures").iterdir()}
    assert len(drawn) == 2
    write(tmp_path, planted.results([audit]))
    assert len(drawn) == 2
    scores = audit.measurement.scores.copy()
    scores[3] += 1e-4
    moved = replace(audit, measurement=replace(audit.measurement, scores=scores))
    write(tmp_path, planted.results([moved]))
    assert len(drawn) == 4
    assert all(path.read_bytes() != before[path.name] for path in (tmp_path / "figures").iterdir())


def test_a_marked_picture_is_a_valid_png(planted: ModuleType, tmp_path: Path) -> None:
    write(tmp_path, planted.results([planted.audit(n=40)]))
    for path in (tmp_path / "figures").iterdir():
        found = chunks(path.read_bytes())
        assert [kind for kind, _ in found[:2]] == [b"IHDR", b"tEXt"]
        assert found[-1] == (b"IEND", b"")


@pytest.mark.parametrize("harm", [lambda png: png[:-30], lambda png: b"", lambda png: png[:50] + b"x" * 40])
def test_a_damaged_picture_is_drawn_again(
    planted: ModuleType, tmp_path: Path, drawn: list[int], harm: object
) -> None:
    assert callable(harm)
    write(tmp_path, planted.results([planted.audit(n=40)]))
    path = min((tmp_path / "figures").iterdir())
    whole = path.read_bytes()
    path.write_bytes(harm(whole))
    write(tmp_path, planted.results([planted.audit(n=40)]))
    assert len(drawn) == 3
    assert path.read_bytes() == whole
