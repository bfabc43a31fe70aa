"""A repair's folder: the map over vectors, and behind a model of sentence-transformers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.errors import InputError
from evenband.train import apply_repair
from evenband.train.repair_folder import RepairFolder
from evenband.train.repair_models import repaired_reference, save_repaired

TEXTS = ["let's eat, grandma", "let's eat grandma", "please help the king"]


def folder_with(matrix: np.ndarray, path: Path, normalize: bool) -> RepairFolder:
    folder = RepairFolder(path)
    folder.write_matrix(matrix)
    folder.write_record({"normalize": normalize})
    return folder


@pytest.mark.parametrize("normalize", [True, False])
def test_the_saved_model_gives_encode_times_matrix(normalize: bool, tmp_path: Path) -> None:
    """Plain sentence-transformers, evenband, the reference and stored vectors all give encode x matrix."""
    from sentence_transformers import SentenceTransformer

    base = small_models.save(tmp_path / "base", "bert", normalize=normalize)
    plain = SentenceTransformer(str(base)).encode(TEXTS)
    d = plain.shape[1]
    matrix = np.eye(d) + 0.3 * np.random.default_rng(0).normal(size=(d, d)) / np.sqrt(d)
    folder = folder_with(matrix, tmp_path / "repair", normalize)
    saved = save_repaired(str(base), matrix.astype(np.float32), normalize, folder, False)
    assert saved == folder.model
    expected = plain.astype(np.float64) @ matrix
    if normalize:
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    scale = np.abs(expected).max()
    results = {
        "sentence-transformers": SentenceTransformer(str(saved)).encode(TEXTS),
        "evenband": encoders.load(str(saved)).encode(TEXTS),
        "reference": encoders.load(repaired_reference(str(base), folder.matrix, normalize)).encode(TEXTS),
        "stored vectors": apply_repair(plain, folder.path),
    }
    for name, vectors in results.items():
        np.testing.assert_allclose(vectors, expected, atol=1e-6 * max(1.0, scale), err_msg=name)
    assert not list(saved.rglob("*.py")) + list(saved.rglob("*.bin"))
    folder.check_free(base)  # the command can be repeated: its own model is no stranger


def test_only_local_models_are_saved(tmp_path: Path) -> None:
    """Of a model that is not a local one there is the map alone."""
    folder = folder_with(np.eye(4), tmp_path, True)
    assert save_repaired("toy:chars", np.eye(4, dtype=np.float32), True, folder, False) is None
    assert not folder.model.exists()


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        (np.ones((2, 3)), r"expected \(n, 4\)"),
        (np.ones(4), r"expected \(n, 4\)"),
        (np.full((1, 4), np.nan), "finite"),
    ],
)
def test_vectors_of_another_model_are_refused(vectors: np.ndarray, said: str, tmp_path: Path) -> None:
    """Vectors that are not of the repair's model, or no numbers, are refused."""
    folder = folder_with(np.eye(4), tmp_path, True)
    with pytest.raises(InputError, match=said):
        apply_repair(vectors, folder.path)


def test_another_folder_is_no_repair(tmp_path: Path) -> None:
    """A folder without a record is refused by name."""
    with pytest.raises(InputError, match="is no repair's folder"):
        apply_repair(np.ones((1, 4)), tmp_path)
