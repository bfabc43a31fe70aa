"""Rankings as a file: what was found comes back, best first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evenband.errors import RunError
from evenband.records.ranking_files import ranking_bytes, read_rankings
from evenband.types import Ranking

FOUND = Ranking(np.array([[2, 0], [1, -1]]), np.array([[0.9, 0.5], [0.25, -np.inf]], dtype=np.float32))


def test_a_ranking_comes_back_and_the_same_gives_the_same_bytes(tmp_path: Path) -> None:
    content = ranking_bytes(("q1", "q2"), ("a", "b", "c"), {"exact": FOUND, "ivf": FOUND.top(1)})
    assert content == ranking_bytes(("q1", "q2"), ("a", "b", "c"), {"exact": FOUND, "ivf": FOUND.top(1)})
    (tmp_path / "r.parquet").write_bytes(content)
    found = read_rankings(tmp_path / "r.parquet")
    assert found["exact"]["q1"] == [("c", pytest.approx(0.9)), ("a", 0.5)]
    assert found["exact"]["q2"] == [("b", 0.25)]
    assert found["ivf"] == {"q1": [("c", pytest.approx(0.9))], "q2": [("b", 0.25)]}


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.parquet").write_bytes(b"nothing")
    with pytest.raises(RunError, match="not a file of rankings"):
        read_rankings(tmp_path / "r.parquet")
