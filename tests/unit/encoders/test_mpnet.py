"""The model in five packages is joined once, whole or not at all, and is the published one."""

from __future__ import annotations

import hashlib
import io
import itertools
import zipfile
from pathlib import Path

import numpy as np
import pytest

from evenband import encoders
from evenband.encoders import mpnet
from evenband.errors import ModelError

FILES = {"config.json": b"{}", "1_Pooling/config.json": b"[]", "model.safetensors": bytes(range(256)) * 900}


def write_parts(folder: Path, files: dict[str, bytes], count: int = 5) -> list[Path]:
    """Write a zip file of the files in some parts of different sizes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    content = buffer.getvalue()
    cuts = [0, *sorted({1 + len(content) * k * k // count**2 for k in range(1, count)}), len(content)]
    parts = []
    for k, (start, end) in enumerate(itertools.pairwise(cuts)):
        parts.append(folder / f"part{k}")
        parts[-1].write_bytes(content[start:end])
    return parts


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Five parts of a small model, as if they were the packages'."""
    named = {f"{mpnet.MPNET_FOLDER}/{name}": content for name, content in FILES.items()}
    parts = write_parts(tmp_path, {**named, f"{mpnet.MPNET_FOLDER}/../../escaped": b"x", "elsewhere/y": b"y"})
    numbers = iter(range(10_000))
    monkeypatch.setattr(mpnet, "installed_file", lambda *_: parts[next(numbers) % len(parts)])
    monkeypatch.setattr(mpnet, "MPNET_SHA256", hashlib.sha256(FILES["model.safetensors"]).hexdigest())
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))
    return parts


def test_the_joined_folder_holds_the_files_and_no_others(published: list[Path], tmp_path: Path) -> None:
    folder = mpnet.find_joined_folder()
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert found == FILES
    inside = {str(p.relative_to(tmp_path / "cache")) for p in (tmp_path / "cache").rglob("*") if p.is_file()}
    assert inside == {f"models/{mpnet.MPNET_FOLDER}/{name}" for name in FILES}
    assert not (tmp_path / "escaped").exists()


def test_it_is_joined_once(published: list[Path]) -> None:
    times = [(mpnet.find_joined_folder() / mpnet.WEIGHTS).stat().st_mtime_ns for _ in range(2)]
    assert times[0] == times[1]


def test_damaged_parts_leave_nothing_behind(published: list[Path], tmp_path: Path) -> None:
    published[-1].write_bytes(published[-1].read_bytes()[:-30])
    with pytest.raises(ModelError, match="the packages of mpnet are damaged"):
        mpnet.find_joined_folder()
    assert not list((tmp_path / "cache" / "models").iterdir())


def test_other_weights_are_refused(published: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpnet, "MPNET_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="were not loaded"):
        mpnet.find_joined_folder()


def test_a_cache_that_cannot_be_written_is_named(published: list[Path], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(ModelError, match=r"cannot write the model mpnet to .*: Not a directory|File exists"):
        mpnet.find_joined_folder()


@pytest.mark.slow
@pytest.mark.skipif(not mpnet.MPNET.is_installed, reason="the packages with mpnet are not installed")
def test_vectors_are_those_of_sentence_transformers() -> None:
    """To 1e-6, on texts of different lengths."""
    from sentence_transformers import SentenceTransformer

    texts = ["let's eat, grandma", "let's eat grandma", "word " * 600, "", "The minister said nothing."]
    library = SentenceTransformer(str(mpnet.find_joined_folder()), device="cpu")
    assert np.abs(encoders.load("mpnet").encode(texts) - library.encode(texts)).max() < 1e-6
