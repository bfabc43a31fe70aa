"""Files of vectors, corrected by a repair's map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from evenband.errors import InputError
from evenband.train import apply_repair, repair_file
from evenband.train.repair_folder import RepairFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repair's folder with a random map of four numbers."""
    repair = RepairFolder(tmp_path / "repair")
    repair.write_matrix(np.random.default_rng(0).normal(size=(4, 4)))
    repair.write_record({"normalize": True})
    return repair.path


VECTORS = np.random.default_rng(1).normal(size=(7, 4)).astype(np.float32)


def test_an_array_is_mapped_row_by_row(folder: Path, tmp_path: Path) -> None:
    """A file of an array holds what the map makes of its rows."""
    np.save(tmp_path / "in.npy", VECTORS)
    assert repair_file(tmp_path / "in.npy", folder, tmp_path / "out.npy") == 7
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), apply_repair(VECTORS, folder))


def test_a_table_keeps_its_other_columns(folder: Path, tmp_path: Path) -> None:
    """The column of vectors is mapped; texts and the order of columns stay."""
    texts = [f"text {row}" for row in range(7)]
    table = pyarrow.table({"text": texts, "vector": VECTORS.tolist(), "page": list(range(7))})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    assert repair_file(tmp_path / "in.parquet", folder, tmp_path / "out.parquet") == 7
    after = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert after.column_names == ["text", "vector", "page"]
    assert after["text"].to_pylist() == texts
    np.testing.assert_array_equal(
        np.array(after["vector"].to_pylist(), dtype=np.float32), apply_repair(VECTORS, folder)
    )


def test_files_that_hold_no_vectors_are_refused(folder: Path, tmp_path: Path) -> None:
    """Another ending, a missing file, a missing column and ragged lists are each named in one line."""
    ragged = pyarrow.table({"vector": [[1.0, 2.0], [1.0]]})
    pyarrow.parquet.write_table(ragged, tmp_path / "ragged.parquet")
    cases = [
        ("a.csv", "b.csv", "vector", "two .npy files"),
        ("none.npy", "b.npy", "vector", "cannot be read"),
        ("none.parquet", "b.parquet", "vector", "cannot be read"),
        ("ragged.parquet", "b.parquet", "embedding", "there are: vector"),
        ("ragged.parquet", "b.parquet", "vector", "lists of numbers of one length"),
    ]
    for source, target, column, said in cases:
        with pytest.raises(InputError, match=said):
            repair_file(tmp_path / source, folder, tmp_path / target, column)
