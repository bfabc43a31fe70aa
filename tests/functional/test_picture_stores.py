"""A folder of pictures in a store: a text finds the pictures that it tells of."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models
from evenband.errors import InputError, MissingVectorsError
from evenband.picture_files import open_picture
from evenband.types import ModelSpec, Role, Vectors
from evenband.types.picture_texts import is_picture

pytest.importorskip("lance")
pillow = pytest.importorskip("PIL.Image")

COLOURS = {"red": (220, 20, 20), "blue": (20, 20, 220), "green": (20, 180, 20)}


class Tower:
    """A planted model that sees a picture's mean colour, and reads the names of colours."""

    def __init__(self) -> None:
        self.spec = ModelSpec("tower", "tower", "test", "1", "float32", 3, options={"modalities": "image"})
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    def _vector(self, text: str) -> list[float]:
        if is_picture(text):
            self.seen.append(text.split(":", 2)[2])
            return list(np.asarray(open_picture(text), dtype=np.float64).mean(axis=(0, 1)))
        return [float(sum(COLOURS[word][k] for word in text.split() if word in COLOURS)) for k in range(3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    (made / "deep").mkdir(parents=True)
    for name, colour in COLOURS.items():
        pillow.new("RGB", (24, 24), colour).save(made / ("deep" if name == "green" else "") / f"{name}.PNG")
    return made


def test_a_text_finds_its_picture(tmp_path: Path, folder: Path) -> None:
    """Ids and texts of hits are file names; BM25 reads them, too."""
    done = evenband.embed(folder, Tower(), tmp_path / "s")
    assert (done.new, done.documents) == (3, 3)
    store = evenband.open_store(tmp_path / "s", Tower())
    queries = ["something green", "a red one", "blue"]
    assert [hits[0].id for hits in store.search(queries, k=1)] == ["deep/green.PNG", "red.PNG", "blue.PNG"]
    assert store.search("blue", k=1)[0][0].text == "blue.PNG"
    assert store.search("blue PNG", k=1, hybrid=True)[0][0].id == "blue.PNG"


def test_only_new_and_changed_pictures_are_embedded(tmp_path: Path, folder: Path) -> None:
    """By content: a file that was only touched is unchanged, another picture under its name is changed."""
    evenband.embed(folder, Tower(), tmp_path / "s")
    (folder / "red.PNG").write_bytes((folder / "red.PNG").read_bytes())
    pillow.new("RGB", (24, 24), (200, 20, 20)).save(folder / "blue.PNG")
    pillow.new("RGB", (24, 24), (90, 90, 90)).save(folder / "grey.jpeg")
    tower = Tower()
    done = evenband.embed(folder, tower, tmp_path / "s")
    assert sorted(tower.seen) == ["blue.PNG", "grey.jpeg"]
    assert (done.new, done.changed, done.unchanged) == (1, 1, 2)


def test_a_broken_picture_is_named(tmp_path: Path, folder: Path) -> None:
    """Before anything is embedded; --skip-bad leaves it out and counts it."""
    (folder / "half.jpg").write_bytes((folder / "red.PNG").read_bytes()[:60])
    tower = Tower()
    with pytest.raises(InputError, match=r"half\.jpg is no picture that can be read"):
        evenband.embed(folder, tower, tmp_path / "s")
    assert tower.seen == []
    assert not (tmp_path / "s").exists()
    done = evenband.embed(folder, tower, tmp_path / "s", skip_bad=True)
    assert (done.documents, done.faulty) == (3, 1)


def test_a_model_of_texts_is_refused(tmp_path: Path, folder: Path) -> None:
    """Also as a reranker of a store of pictures; no store is left."""
    with pytest.raises(MissingVectorsError, match="'toy:words' takes no pictures"):
        evenband.embed(folder, "toy:words", tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_texts_beside_pictures_are_what_is_read(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And the run says that the pictures are not."""
    (folder / "notes.txt").write_text("about colours", encoding="utf-8")
    assert evenband.embed(folder, "toy:words", tmp_path / "s").documents == 1
    assert "its texts are read, and 3 files not: " in caplog.text


def test_clip_on_the_command_line(tmp_path: Path, folder: Path, evenband: Callable[..., Any]) -> None:
    """A search ranks all pictures by the cosines of the library's own vectors."""
    library = pytest.importorskip("sentence_transformers")
    clip = small_models.save_clip(tmp_path / "clip")
    done = evenband("embed", folder, "-m", clip, "-o", tmp_path / "s", "--json")
    assert done.code == 0, done.err
    model = library.SentenceTransformer(str(clip), device="cpu")
    names = ["blue.PNG", "deep/green.PNG", "red.PNG"]
    pictures = np.stack([model.encode([pillow.open(folder / name).convert("RGB")])[0] for name in names])
    query = model.encode(["ginger cats"])[0]
    found = evenband("search", tmp_path / "s", "ginger cats", "--json")
    assert found.code == 0, found.err
    hits = json.loads(found.out)["results"][0]["hits"]
    cosines = pictures @ query / np.linalg.norm(pictures, axis=1) / np.linalg.norm(query)
    assert [hit["id"] for hit in hits] == [names[row] for row in np.argsort(-cosines)]
    assert np.allclose([hit["score"] for hit in hits], np.sort(cosines)[::-1], atol=1e-5)
