"""`evenband list texts` and `vectors:FILE`: any system can be audited by a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import evenband as package
from conftest import Finished
from evenband import encoders
from evenband.types import Role

Command = Callable[..., Finished]


def embed(listed: Path) -> Path:
    """What the user's own system does: embeds every text of a list in its role."""
    rows = [json.loads(line) for line in listed.read_text(encoding="utf-8").splitlines()]
    toy = encoders.load("toy:chars")
    texts, roles = [row["text"] for row in rows], [row["role"] for row in rows]
    vectors = np.empty((len(rows), toy.spec.dim), np.float32)
    for role in set(roles):
        places = [place for place, other in enumerate(roles) if other == role]
        vectors[places] = toy.encode([texts[place] for place in places], Role(role))
    path = listed.with_suffix(".parquet")
    columns = {"text": texts, "role": roles, "vector": pa.array(list(vectors))}
    pq.write_table(pa.table(columns), path)
    return path


TABLE = "query,relevant,irrelevant\n" + "".join(
    f"shoes for {sport},boots made for {sport},a book about {sport}\n"
    for sport in ("hiking", "running", "climbing", "skiing", "dancing", "golf", "tennis", "rowing")
)

OPTIONS = {
    "the comma": ("comma", "--sample", "120", "--seed", "3"),
    "both roles": ("comma", "--sample", "40", "--roles", "both"),
    "queries and documents": ("pairs.csv",),
    "two slots": ("role-swap", "--suite", "quick", "--sample", "25"),
    "a fresh draw": ("negation", "--suite", "quick", "--sample", "25", "--fresh", "7"),
    "own terms": ("--terms", "terms.txt"),
    "a suite": ("typo,with-without,magnitude,list-order", "--suite", "quick", "--sample", "25"),
}


@pytest.mark.usefixtures("no_pages")
@pytest.mark.parametrize("case", OPTIONS)
def test_an_audit_by_a_file_gives_the_models_own_figures(
    evenband: Command, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit: scores, every table of the details, calibration and exchanges of slots included."""
    monkeypatch.chdir(tmp_path)
    Path("pairs.csv").write_text(TABLE, encoding="utf-8")
    Path("terms.txt").write_text(
        "red kettle\nblue kettle\nold kettle\nnew kettle\nbig kettle\n", encoding="utf-8"
    )
    (*options,) = OPTIONS[case]
    names = [] if options[0].startswith("--") else options.pop(0).split(",")
    listed = evenband("list", "texts", *names, *options, "-o", "texts.jsonl")
    assert listed.code == 0, listed.err
    assert "controls" in listed.err
    reference = f"vectors:{embed(Path('texts.jsonl'))}"
    probes = [part for name in names for part in ("-p", name)]
    result = evenband("audit", reference, "toy:chars", *probes, *options, "-o", "run", "-q")
    assert result.code == 0, result.err
    by_model: dict[str, dict[str, package.types.Measurement]] = {}
    for one in package.read("run"):
        by_model.setdefault(one.subject.source, {})[one.probe.name] = one
    assert by_model["vectors"].keys() == by_model["toy"].keys()
    for name, own in by_model["toy"].items():
        filed = by_model["vectors"][name]
        np.testing.assert_array_equal(filed.scores, own.scores)
        assert filed.items == own.items
        assert dict(filed.details.to_facts())["calibration"] == dict(own.details.to_facts())["calibration"]
        tables = filed.details.to_tables()
        assert tables.keys() == own.details.to_tables().keys()
        for key, table in own.details.to_tables().items():
            np.testing.assert_array_equal(tables[key], table)


def test_a_list_names_each_text_once_in_its_role(evenband: Command, tmp_path: Path) -> None:
    """In three formats with the same rows, and on stdout; the roles are those of the probe."""
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(TABLE, encoding="utf-8")
    printed = evenband("list", "texts", pairs).out
    rows = [json.loads(line) for line in printed.splitlines()]
    keys = [(row["text"], row["role"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert ("shoes for golf", "query") in keys
    assert ("a book about golf", "document") in keys
    assert ("shoes for golf", "none") not in keys
    for suffix in ("csv", "parquet", "jsonl"):
        assert evenband("list", "texts", pairs, "-o", tmp_path / f"out.{suffix}").code == 0
    assert list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8")))) == rows
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == rows
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == printed
    assert json.loads(evenband("list", "texts", pairs, "--json").out) == rows


def test_texts_are_those_of_the_default_audit_if_no_probe_is_named(evenband: Command) -> None:
    """The comma and the ablation."""
    rows = [json.loads(line) for line in evenband("list", "texts", "--sample", "3").out.splitlines()]
    texts = {row["text"] for row in rows}
    assert sum("grand" in text for text in texts) >= 26


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("texts", "coma"), "did you mean 'comma'"),
        (("texts", "comma", "-o", "x.xlsx"), "ends in '.xlsx', expected one of .jsonl, .csv, .parquet"),
        (("models", "--sample", "3"), "--sample is for `evenband list texts` only"),
        (("probes", "-o", "x.csv"), "--out is for `evenband list texts` only"),
        (("probes", "comma", "negation"), "'negation'"),
    ],
)
def test_bad_input_is_one_line(evenband: Command, arguments: tuple[str, ...], message: str) -> None:
    """What was wrong is named."""
    result = evenband("list", *arguments)
    assert result.code == 2
    assert message in result.err
    assert len(result.err.splitlines()) == 1


def test_a_text_that_the_file_lacks_is_counted_and_listed(evenband: Command, tmp_path: Path) -> None:
    """Its label is left out, and the figures are those of the others."""
    listed = tmp_path / "texts.jsonl"
    evenband("list", "texts", "comma", "--sample", "60", "-o", listed)
    lines = listed.read_text(encoding="utf-8").splitlines()
    gone = json.loads(lines[4])["text"]
    listed.write_text("\n".join(lines[:4] + lines[5:]), encoding="utf-8")
    [audit] = package.audit(f"vectors:{embed(listed)}", "comma", sample=60)
    assert len(audit.measurement.items) == 59
    [missing] = audit.measurement.details.missing
    assert gone.endswith(missing)
    assert any(note.startswith("missing: 1 of 60 labels") for note in audit.notes)
    assert any(note.startswith("precomputed: the vectors are those of texts.parquet") for note in audit.notes)
    assert audit.measurement.noise is None


@pytest.mark.usefixtures("no_pages")
def test_a_changed_file_gets_a_run_of_its_own(
    evenband: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default folder follows the file's content, so that old scores are never taken for new ones."""
    monkeypatch.chdir(tmp_path)
    evenband("list", "texts", "comma", "--sample", "20", "-o", "texts.jsonl")
    path = embed(Path("texts.jsonl"))
    for _ in range(2):
        assert evenband("audit", f"vectors:{path}", "-p", "comma", "--sample", "20", "-q").code == 0
        table = pq.read_table(path)
        moved = [[first + 5, *rest] for first, *rest in table["vector"].to_pylist()]
        pq.write_table(table.set_column(2, "vector", pa.array(moved)), path)
    first, second = sorted(Path("evenband-runs").iterdir())
    scores = [package.read(folder)[0].scores for folder in (first, second)]
    assert np.abs(scores[0] - scores[1]).max() > 0.01
