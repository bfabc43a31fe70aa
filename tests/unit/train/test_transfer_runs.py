"""Training on a family, measured before and after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import small_models
from evenband.train import teach
from evenband.train.training_examples import of_rows

pytest.importorskip("datasets")


@pytest.mark.slow
def test_a_training_on_a_family_is_measured_where_it_was_trained_and_elsewhere(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """Before and after, with what was held out in the record; repeated, the figures are the same."""
    base = small_models.save(tmp_path)
    own = of_rows([("the king", "a king"), ("stop hitting", "please stop"), ("grandma", "a grandma")])
    settings: dict[str, Any] = {"steps": 30, "batch": 16, "learning_rate": 3e-3}
    texts = {f"d{n}": f"the {word} and the king" for n, word in enumerate(("queen", "doctor", "aunt"))}
    (tmp_path / "qrels").mkdir()
    for name, rows in (("corpus", texts), ("queries", {"q1": "the queen", "q2": "an aunt"})):
        lines_of = (json.dumps({"_id": id_, "text": text}) + "\n" for id_, text in rows.items())
        (tmp_path / f"{name}.jsonl").write_text("".join(lines_of), encoding="utf-8")
    relevant = "query-id\tcorpus-id\tscore\nq1\td0\t1\nq2\td2\t1\n"
    (tmp_path / "qrels/test.tsv").write_text(relevant, encoding="utf-8")
    settings["retrieval"] = str(tmp_path)
    taught = teach(base, "negation", 120, own, out=tmp_path / "out", **settings)
    lines = {line.group: line for line in taught.transfer.lines}
    assert set(lines) == {"trained", "new fillers", "new templates", "new both", "other family", "retrieval"}
    assert 0 <= lines["retrieval"].before <= 1
    assert 0 <= lines["retrieval"].after <= 1
    assert lines["trained"].change.value == pytest.approx(lines["trained"].after - lines["trained"].before)
    assert (lines["trained"].change.value or 0) > 0
    assert len(taught.transfer.of("other family")) > 20
    assert "negation" not in {line.name for line in taught.transfer.of("other family")}
    record = json.loads((tmp_path / "out/evenband-training/held-out.json").read_text(encoding="utf-8"))
    assert record["held_out_templates"]
    assert record["held_out_fillers"]
    again = teach(base, "negation", 120, own, out=tmp_path / "out", **settings)
    assert again.tuned.was_finished
    assert again.transfer == taught.transfer
