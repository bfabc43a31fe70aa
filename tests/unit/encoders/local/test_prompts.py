"""Prompts by role: found under the names that models use, chosen by option, and missed out loud."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evenband.encoders.local.prompts import ROLE_NAMES, notes_on_roles, resolve_prompts
from evenband.encoders.references import parse
from evenband.errors import InputError
from evenband.types import Role

PUBLISHED: dict[str, tuple[list[str], str | None, str | None]] = {
    "nomic": (
        ["search_query", "search_document", "clustering", "classification"],
        "search_query",
        "search_document",
    ),
    "jina v3": (["retrieval.query", "retrieval.passage"], "retrieval.query", "retrieval.passage"),
    "stella": (["s2s_query", "s2p_query"], "s2p_query", None),
    "arctic": (["query"], "query", None),
    "e5": (["passage", "query"], "query", "passage"),
    "qwen3": (["query", "document"], "query", "document"),
    "gemma": (
        ["BitextMining", "STS", "Retrieval-query", "Retrieval-document", "query", "document"],
        "query",
        "document",
    ),
    "mteb": (["STS", "Retrieval-query", "Retrieval-document"], "Retrieval-query", "Retrieval-document"),
    "harrier": (["bitext_query", "sts_query", "web_search_query"], "web_search_query", None),
    "jina code": (["nl2code_query", "nl2code_document"], "nl2code_query", "nl2code_document"),
    "camel": (["searchQuery", "Search Document"], "searchQuery", "Search Document"),
    "instruct": (["Instruct"], "Instruct", None),
}
"""Names of prompts as models (or habits of naming) have them, and those for queries and for documents."""


def model(prompts: dict[str, str], default: str | None = None) -> Any:
    """What sentence-transformers makes of a model's prompts: an empty query and document if it has none."""
    return SimpleNamespace(prompts={"query": "", "document": "", **prompts}, default_prompt_name=default)


def reference(options: str = "") -> Any:
    return parse(f"some/model{options}", ())


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_a_role_gets_the_prompt_that_the_model_has_for_it(name: str) -> None:
    """Whatever the model calls it; s2p comes before s2s, whatever their order in the file."""
    names, query, document = PUBLISHED[name]
    known = {one: f"<{one}> " for one in names}
    resolved = resolve_prompts(model(known), reference())
    assert resolved == {
        "none": "",
        "query": known[query] if query else "",
        "document": known[document] if document else "",
    }
    assert notes_on_roles(model(known), reference()) == {}


def test_the_model_with_the_library_names_gets_what_the_library_gives() -> None:
    """query and document come before every other name."""
    known = {"search_query": "no: ", "query": "q: ", "passage": "no: ", "document": "d: "}
    resolved = resolve_prompts(model(known), reference())
    assert (resolved["query"], resolved["document"]) == ("q: ", "d: ")


def test_the_default_prompt_is_for_texts_without_a_role_as_in_the_library() -> None:
    """A role gets it only where the model does not even have an empty prompt for the role."""
    prompts = {"clustering": "c: "}
    resolved = resolve_prompts(model(prompts, "clustering"), reference())
    assert resolved == {"none": "c: ", "query": "", "document": ""}
    bare = SimpleNamespace(prompts=prompts, default_prompt_name="clustering")
    assert set(resolve_prompts(bare, reference()).values()) == {"c: "}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("?prompt=clustering", {"none": "c: ", "query": "q: ", "document": ""}),
        ("?query_prompt=clustering", {"none": "", "query": "c: ", "document": ""}),
        ("?query_prompt=", {"none": "", "query": "", "document": ""}),
        ("?query_prompt=find: ", {"none": "", "query": "find: ", "document": ""}),
        ("?query_prompt=find:%20", {"none": "", "query": "find: ", "document": ""}),
        ("?document_prompt=a+text", {"none": "", "query": "q: ", "document": "a text"}),
        (
            "?prompt=query&query_prompt=clustering&document_prompt=query",
            {"none": "q: ", "query": "c: ", "document": "q: "},
        ),
    ],
)
def test_an_option_sets_the_prompt_of_its_texts_and_of_no_others(
    option: str, expected: dict[str, str]
) -> None:
    """prompt: texts without a role; query_prompt and document_prompt: those of the role."""
    known = model({"query": "q: ", "clustering": "c: "})
    assert resolve_prompts(known, reference(option)) == expected


@pytest.mark.parametrize("option", ["prompt", "query_prompt", "document_prompt"])
def test_a_prompt_that_the_model_does_not_have_is_refused_by_its_name(option: str) -> None:
    """With the nearest name and all that there are."""
    with pytest.raises(
        InputError, match=r"has no prompt 'clustring'.*'clustering'.*clustering, document, query"
    ):
        resolve_prompts(model({"clustering": "c: "}), reference(f"?{option}=clustring"))


def test_a_model_whose_prompts_have_unknown_names_says_so_for_each_role() -> None:
    """The note names the prompts, that none is used, and how to choose."""
    notes = notes_on_roles(model({"ask": "a: ", "tell": "t: "}), reference())
    assert notes["query"] == notes["document"]
    assert notes["query"] == (
        "no prompt for queries and documents: the model's prompts are ask, tell; no name of these is known "
        "to be for queries and documents, and none of them is used; choose with "
        "?query_prompt=NAME&document_prompt=NAME"
    )
    assert set(notes_on_roles(model({"ask": "a: "}), reference("?query_prompt=ask"))) == {"document"}


def test_documents_without_a_prompt_are_no_news_where_only_queries_have_one() -> None:
    """Many models put nothing before a document; a prompt that may be for documents is another matter."""
    assert notes_on_roles(model({"query": "q: "}), reference()) == {}
    assert set(notes_on_roles(model({"query": "q: ", "tell": "t: "}), reference())) == {"document"}
    assert set(notes_on_roles(model({"passage": "p: "}), reference())) == {"query"}
    assert notes_on_roles(model({}), reference()) == {}


def test_the_option_prompt_is_said_not_to_hold_for_texts_with_a_role() -> None:
    """Both roles have a note that names the options which do."""
    notes = notes_on_roles(model({"query": "q: ", "clustering": "c: "}), reference("?prompt=clustering"))
    assert set(notes) == {"query", "document"}
    assert "prompt=clustering is for texts without a role" in notes["document"]
    assert "prompt=clustering does not hold here" in notes["query"]
    assert "query_prompt=NAME" in notes["query"]


def test_the_documentation_lists_the_names_in_their_order() -> None:
    """The page that users read and the lists that are searched are the same."""
    page = (Path(__file__).parents[4] / "docs/running.md").read_text(encoding="utf-8")
    listed = page.partition("<!-- role names -->")[2].partition("\n\n")[0]
    queries, documents = (re.findall(r"`(\w+)`", part) for part in listed.split("* documents:"))
    assert (tuple(queries), tuple(documents)) == (ROLE_NAMES[Role.QUERY], ROLE_NAMES[Role.DOCUMENT])


def test_an_empty_prompt_that_would_change_nothing_is_refused() -> None:
    """sentence-transformers gives every model an empty query; where it replaces a default, it does change."""
    for option in ("prompt", "query_prompt"):
        with pytest.raises(InputError, match=f"its prompt 'query' is empty, so that {option} would change"):
            resolve_prompts(model({}), reference(f"?{option}=query"))
    assert resolve_prompts(model({"a": "A: "}, "a"), reference("?prompt=query"))["none"] == ""
    assert resolve_prompts(model({}), reference("?prompt="))["none"] == ""
