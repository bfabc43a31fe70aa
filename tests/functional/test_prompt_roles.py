"""Roles and prompts from end to end: what a table of queries measures is what the model's users get."""

from __future__ import annotations

import csv
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models
from evenband import encoders
from evenband.encoders import model_loading
from evenband.errors import InputError

pytest.importorskip("sentence_transformers")

PROMPTS = {
    "search_query": "please help the king: ",
    "search_document": "stop hitting, queen: ",
    "sorting": "a: ",
}
NOUNS = ("king", "queen", "bridge", "harbour", "school", "museum", "airport", "stadium", "market", "theatre")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("prompted"), prompts=PROMPTS)


@pytest.fixture(scope="module")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("unknown"), prompts={"ask": "help: ", "tell": "the: "})


def table(path: Path, columns: tuple[str, ...]) -> Path:
    """A table of ten rows: the query or first text, and two texts more or less like it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for k, noun in enumerate(NOUNS):
            other = NOUNS[k - 3]
            cells = (f"where is the {noun}", f"the {noun} stands in the town", f"a {other} far away")
            writer.writerow(cells[: len(columns)])
    return path


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    return table(tmp_path / "queries.csv", ("query", "relevant", "irrelevant"))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return table(tmp_path / "plain.csv", ("a", "b"))


def oracle(folder: Path, query: str | None, document: str | None) -> np.ndarray[Any, Any]:
    """Cosines of query and relevant text by sentence-transformers itself."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    sides = [
        model.encode([f"where is the {n}" for n in NOUNS], prompt_name=query, normalize_embeddings=True),
        model.encode(
            [f"the {n} stands in the town" for n in NOUNS], prompt_name=document, normalize_embeddings=True
        ),
    ]
    return np.asarray((sides[0].astype(float) * sides[1].astype(float)).sum(axis=1))


@pytest.mark.parametrize(
    ("options", "query", "document"),
    [
        ("", "search_query", "search_document"),
        ("?query_prompt=sorting", "sorting", "search_document"),
        ("?query_prompt=&document_prompt=", "query", "document"),
        ("?query_prompt=a: ", "sorting", "search_document"),
    ],
)
def test_a_table_of_queries_is_measured_with_the_prompts_of_the_roles(
    folder: Path, queries: Path, options: str, query: str, document: str
) -> None:
    """The similarities are those of sentence-transformers with these prompts, and no others."""
    [audit] = evenband.audit(f"{folder}{options}", str(queries))
    scores = audit.measurement.scores[:, 0]
    assert scores == pytest.approx(oracle(folder, query, document), abs=1e-5)
    assert abs(scores - oracle(folder, None, None)).max() > 0.01 or query == "query"
    assert not any("prompt" in note for note in audit.notes)


def test_an_option_without_an_effect_is_refused_before_a_model_is_loaded(
    folder: Path, queries: Path, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """prompt= where all texts have a role, query_prompt= where none has; the message names what would do."""
    for module in (encoders, model_loading):
        monkeypatch.setattr(module, "load", lambda *_, **__: pytest.fail("a model was loaded"))
    with pytest.raises(
        InputError, match=r"prompt would have no effect.*query_prompt=NAME and document_prompt"
    ):
        evenband.audit(["toy:words", f"{folder}?prompt=sorting"], str(queries))
    with pytest.raises(InputError, match=r"query_prompt would have no effect.*prompt=NAME"):
        evenband.audit(f"{folder}?query_prompt=sorting", str(plain))
    with pytest.raises(InputError, match="document_prompt would have no effect"):
        evenband.audit("toy:words", str(plain), reference=f"{folder}?document_prompt=sorting")
    with pytest.raises(InputError, match="prompt would have no effect"):
        evenband.audit(f"{folder}?prompt=sorting", str(plain), roles="query")


def test_a_refused_option_is_one_line_on_the_command_line(
    evenband: Callable[..., Any], folder: Path, queries: Path, tmp_path: Path
) -> None:
    """Exit code 2, and nothing is written."""
    done = evenband("audit", f"{folder}?prompt=sorting", "-p", queries, "-o", tmp_path / "run")
    assert done.code == 2
    assert done.err.count("\n") <= 2
    assert not (tmp_path / "run").exists()


def test_the_notes_on_roles_are_in_terminal_report_summary_and_manifest(
    evenband: Callable[..., Any], unknown: Path, queries: Path, plain: Path, tmp_path: Path
) -> None:
    """Where the probe has roles and the model's prompts are not known to be for them; not elsewhere."""
    from evenband import read_summary
    from evenband.records import RunDirectory

    done = evenband("audit", unknown, "-p", queries, "-p", plain, "-o", tmp_path / "run")
    assert done.code == 0
    note = "no prompt for queries and documents: the model's prompts are ask, tell"
    assert " ".join(done.out.split()).count(note) == 1
    assert note in unescape((tmp_path / "run/report.html").read_text(encoding="utf-8"))
    noted = {
        one.probe: any(note in text for text in one.notes) for one in read_summary(tmp_path / "run").results
    }
    assert noted == {"queries": True, "plain": False}
    [model] = RunDirectory(tmp_path / "run").manifest().models
    assert note in model.role_notes["query"]


def test_a_run_of_both_kinds_of_texts_says_where_prompt_does_not_hold(
    folder: Path, queries: Path, plain: Path
) -> None:
    """The option works on texts without a role, and a note stands where it does not."""
    first, second = evenband.audit(f"{folder}?prompt=sorting", [str(queries), str(plain)])
    assert any(note.startswith("prompt=sorting does not hold here") for note in first.notes)
    assert not any("prompt=sorting" in note for note in second.notes)
    assert first.measurement.scores[:, 0] == pytest.approx(
        oracle(folder, "search_query", "search_document"), abs=1e-5
    )
    assert second.measurement.scores[:, 0] == pytest.approx(oracle(folder, "sorting", "sorting"), abs=1e-5)


def test_the_samples_that_a_report_shows_have_the_prompts_of_their_roles(
    evenband: Callable[..., Any], folder: Path, queries: Path, tmp_path: Path
) -> None:
    """What the model sees of a query begins with the prompt for queries."""
    from evenband.records import RunDirectory

    assert evenband("audit", folder, "-p", queries, "-o", tmp_path / "run").code == 0
    [model] = RunDirectory(tmp_path / "run").manifest().models
    assert [sample.text for sample in model.inputs or ()] == [
        "please help the king: where is the king",
        "stop hitting, queen: the king stands in the town",
    ]
