"""Run files of TREC: what goes out comes back, and what is malformed is refused by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evenband.errors import InputError
from evenband.probes.retrieval.retrieving import Retrieval
from evenband.probes.retrieval.run_files import RunFile, format_run
from evenband.types import Ranking
from unit.probes.retrieval.planted_dataset import dataset

ROWS = np.array([[0, 2], [1, -1], [4, 3]])
SCORES = np.array([[2.0, 1.0], [0.5, -np.inf], [3.0, 3.0 - 1e-6]], dtype=np.float32)


def test_a_ranking_comes_back_from_its_file(tmp_path: Path) -> None:
    """Ids with white space too, and as good as before."""
    spaced = dataset(
        ids=("d north", "d%north", "d-east", "d-south", "d-west"), relevant=({"d north": 1},) * 3
    )
    text = format_run(spaced.query_ids, spaced.ids, Ranking(ROWS, SCORES), "tag")
    assert text.splitlines()[0] == "q-up Q0 d%20north 1 2 tag"
    (tmp_path / "mine.run").write_text(text, encoding="utf-8")
    run = RunFile(tmp_path / "mine.run", spaced)
    assert run.search("run", 2).ranking.rows.tolist() == ROWS.tolist()
    measurement = Retrieval(spaced, cutoffs=(2,)).measure(run).measurement
    assert (measurement.subject.name, measurement.conditions) == ("run-mine", ("run",))
    assert measurement.details.recall[2][:, 0].tolist() == [1, 0, 0]
    assert np.isnan(measurement.details.against_exact).all()


def test_white_space_of_any_kind_comes_back(tmp_path: Path) -> None:
    """A line separator and a no-break space in an id are written so that they are read again."""
    ids = ("d\u2028a", "d\u00a0b", "d-east", "d-south", "d-west")
    odd = dataset(ids=ids, relevant=({ids[0]: 1}, {ids[1]: 1}, {ids[0]: 1}))
    text = format_run(odd.query_ids, odd.ids, Ranking(ROWS, SCORES), "tag")
    (tmp_path / "odd.run").write_text(text, encoding="utf-8")
    assert RunFile(tmp_path / "odd.run", odd).search("run", 2).ranking.rows.tolist() == ROWS.tolist()
    assert RunFile(tmp_path / "odd.run", odd).search("run", 10**9).ranking.k == len(ids)


def test_scores_decide_and_ranks_break_ties(tmp_path: Path) -> None:
    lines = "q-up Q0 d-east 2 1.0 x\nq-up Q0 d-north 1 1.0 x\nq-up Q0 d-west 3 5 x\nq-up Q0 d-gone 4 4 x\n"
    (tmp_path / "r").write_text(lines, encoding="utf-8")
    run = RunFile(tmp_path / "r", dataset())
    assert run.search("run", 3).ranking.rows[0].tolist() == [4, 0, 2]
    assert run.remarks == (
        "unanswered: 2 queries are not in the run file: they count as finding nothing "
        "('q-right' and 'q-down')",
        "unknown: 1 lines name a document that the corpus lacks and are left out; those behind them move up, "
        "which can only raise the figures ('d-gone' in line 4)",
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("q-up Q0 d-north 1 x t\n", "line 1 is 'q-up Q0 d-north 1 x t'; expected query, Q0"),
        ("q-up Q0 d-north 1 nan t\n", "line 1 is"),
        ("q-up Q0 d-north 1\n", "line 1 is"),
        (
            "q-up Q0 d-north 1 2 t\nq-up Q0 d-north 2 1 t\n",
            "line 2 has the document 'd-north' of query 'q-up' again",
        ),
        (
            "other Q0 d-north 1 2 t\n",
            "names no query of compass, expected ids such as query 'q-up' and document 'd-north'",
        ),
        ("q-up Q0 gone 1 2 t\n", r"names no document of compass \('gone' in line 1\), expected ids such as"),
    ],
)
def test_what_is_no_run_file_is_refused(tmp_path: Path, lines: str, message: str) -> None:
    (tmp_path / "r").write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        RunFile(tmp_path / "r", dataset()).search("run", 2)
