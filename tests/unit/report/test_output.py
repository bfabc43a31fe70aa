from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from evenband.errors import RunError
from evenband.report import write

pytestmark = pytest.mark.usefixtures("drawn_pictures")


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height from the header chunk of a PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_a_report_is_one_page_and_a_picture_for_every_figure(planted: ModuleType, tmp_path: Path) -> None:
    audits = [planted.audit(), planted.audit(model="other", seed=8), planted.letters()]
    path = write(tmp_path / "new" / "run", planted.results(audits, manifests=[planted.manifest()]))
    assert path == tmp_path / "new" / "run" / "report.html"
    pictures = sorted(picture.name for picture in (path.parent / "figures").iterdir())
    assert pictures == [
        "comma-distribution-minilm.png",
        "comma-distribution-other.png",
        "comma-models-let-s-eat.png",
        "comma-scatter-minilm.png",
        "comma-scatter-other.png",
        "letters-letters-minilm.png",
    ]
    for picture in pictures:
        width, height = size_of((path.parent / "figures" / picture).read_bytes())
        assert 1500 < width < 2400
        assert 400 < height < 1600


def test_hostile_names_stay_inside_the_directory(planted: ModuleType, tmp_path: Path) -> None:
    audits = [planted.audit(model=model, probe="..\\..\\x: ?") for model in ("CON<>|", "con<>?", "é")]
    write(tmp_path, planted.results(audits))
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert all(name.startswith("figures/x-") for name in names - {"report.html", "summary.json"})
    assert len({name.casefold() for name in names}) == 2 + 3 * 2 + 1


def test_a_failure_leaves_the_old_files_and_no_half_file(
    planted: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, planted.results([planted.audit()]), figures=False)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(before) == {"report.html", "summary.json"}

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match=r"summary\.json: cannot be written: disk full"):
        write(tmp_path, planted.results([planted.audit(model="other")]), figures=False)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
