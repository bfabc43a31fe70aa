from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from evenband.analysis import Results
from evenband.analysis.pairs.head_to_head import head_to_heads
from evenband.report import render
from evenband.report.bundle import chart_library, csp_hash
from evenband.report.page import embedded
from unit.analysis.pairs.test_head_to_head import family

HOSTILE = "</script><img src=x onerror=alert(1)>"
NASTY = (
    HOSTILE,
    "\"quoted\" 'too' & co",
    "line\u2028separator\u2029s",
    "{{ 7 * 7 }} {% raw %} ${8*8}",
    "\u202egnirts desrever",
    "مرحبا بالعالم",
    "a" * 200,
    "datum.s); alert(1",
    "<!--<script>",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "constructor",
    "__proto__",
)


class Outline(HTMLParser):
    """The elements of a page with their attributes, and the content of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[tuple[str, dict[str, str | None], str]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag in ("script", "style"):
            self.inline.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            tag, attributes, content = self.inline[-1]
            self.inline[-1] = (tag, attributes, content + data)
        else:
            self.text.append(data)


@pytest.fixture(scope="module")
def page(planted: ModuleType) -> Outline:
    """A page with everything in it, hostile labels, model, notes and manifest included."""
    labels = [*planted.words(290), *NASTY]
    audits = [
        planted.audit(
            labels, model=HOSTILE.replace("/", ""), why=HOSTILE, notes=[HOSTILE], low_q=[HOSTILE],
            templates=(HOSTILE, "{{x}}"), calibration={HOSTILE: (0.1, 0.5, 0.9)},
        ),
        planted.audit(labels, model="other", seed=8, templates=(HOSTILE, "{{x}}")),
        planted.letters(),
        planted.structured(reference=True, model=f"told {HOSTILE}".replace("/", "")),
    ]  # fmt: skip
    manifest = planted.manifest({HOSTILE: {"deep": [HOSTILE, {"name": HOSTILE}]}})
    why = [planted.explanation(HOSTILE, model=HOSTILE.replace("/", "")), planted.explanation(looked=False)]
    results = planted.results(
        audits, comparisons=[planted.comparison(*audits[:2])], explanations=why, manifests=[manifest]
    )
    return Outline(render(results))


def test_nothing_of_a_user_becomes_an_element(page: Outline) -> None:
    assert "img" not in {tag for tag, _ in page.elements}
    assert [attributes.get("type") for tag, attributes, _ in page.inline if tag == "script"] == [
        "application/json",
        None,
        None,
    ]
    assert any(HOSTILE in text for text in page.text)


def test_no_element_has_a_handler_or_a_style(page: Outline) -> None:
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")}
    assert "style" not in names


def test_the_policy_allows_exactly_what_is_in_the_page(page: Outline) -> None:
    policy = next(
        a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    scripts = [csp_hash(c) for tag, a, c in page.inline if tag == "script" and "type" not in a]
    styles = [csp_hash(content) for tag, _, content in page.inline if tag == "style"]
    assert rules["default-src"] == ["'none'"]
    assert sorted(rules["script-src"]) == sorted(scripts)
    assert rules["style-src"] == styles
    assert "unsafe" not in policy


def test_the_page_refers_to_nothing_outside(page: Outline) -> None:
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:image/svg+xml,")), (tag, value)
    ours = "".join(content for _, _, content in page.inline if content != chart_library())
    assert not re.findall(r"url\(|@import|fetch\(|XMLHttpRequest|https?://", ours)


def test_the_payload_is_json_with_every_label_as_it_was(page: Outline) -> None:
    raw = next(
        content for _, attributes, content in page.inline if attributes.get("type") == "application/json"
    )
    assert not re.search("[<>&\u2028\u2029]", raw)
    payload = json.loads(raw)
    assert set(NASTY) <= set(payload["labels"]["l0"]["label"])


def test_figures_and_points_named_by_the_page_exist(page: Outline) -> None:
    payload = json.loads(next(c for _, a, c in page.inline if a.get("type") == "application/json"))
    drawn = [attributes["data-figure"] for _, attributes in page.elements if "data-figure" in attributes]
    assert set(drawn) == set(payload["figures"])
    named = {key for options in payload["figures"].values() for option in options for key in option["points"]}
    assert named <= set(payload["points"])


def test_the_page_has_landmarks_heads_and_working_links(page: Outline) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        if tag == "a":
            assert str(attributes["href"]).removeprefix("#") in ids
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
        if attributes.get("role") == "img":
            assert attributes["aria-label"]
    assert {"header", "nav", "main", "footer", "h1"} <= {tag for tag, _ in page.elements}


def test_long_labels_are_cut_in_pictures_only(page: Outline) -> None:
    payload = json.loads(next(c for _, a, c in page.inline if a.get("type") == "application/json"))
    specs = json.dumps(payload["figures"])
    assert "a" * 60 not in specs
    assert "a" * 200 in payload["labels"]["l0"]["label"]


@pytest.mark.parametrize("value", ["</script>", "<!--", "]]>", "\u2028", "&lt;"])
def test_embedded_json_reads_back(value: str) -> None:
    assert json.loads(embedded({value: [value]})) == {value: [value]}
    assert "<" not in embedded(value)


def test_what_is_not_a_number_is_refused_rather_than_written() -> None:
    with pytest.raises(ValueError):
        embedded({"s": float("nan")})


@pytest.mark.parametrize(
    "arguments",
    [
        {"labels": ["one"], "few": True},
        {"labels": ["one", "two"], "scores": [0.5, 0.5], "few": True},
        {"scores": np.ones(300), "few": True, "blind": True},
        {"scores": -np.linspace(0.1, 0.9, 300)},
        {"labels": ["\u202e", "\u200b"], "few": True},
    ],
)
def test_degenerate_audits_have_a_page_too(planted: ModuleType, arguments: dict[str, Any]) -> None:
    text = render(planted.results([planted.audit(**arguments)]))
    assert "In ten seconds" in text
    assert "nan" not in Outline(text).text


def test_every_sentence_of_a_probe_is_shown_with_one_word(planted: ModuleType) -> None:
    results = planted.results([planted.audit(templates=("one", "two", "three"))])
    text = "".join(Outline(render(results)).text)
    for template in ("one", "two", "three"):
        assert re.search(rf"{template},\s*grandma", text)


def test_a_run_without_measurements_says_so() -> None:
    assert "This run holds no measurement." in render(Results())


def test_rendering_needs_no_model_library() -> None:
    code = (
        "import sys; from evenband.analysis import Results; from evenband.report import render; "
        "render(Results()); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_two_models_open_the_page(planted: ModuleType) -> None:
    """The answer stands below the title, the section with figure and numbers is the first."""
    audits = [family(m, p, 0.3 if m == "old" else 0.8) for m in ("old", "new") for p in ("p", "q", "r")]
    pairs = tuple(head_to_heads(audits, lambda key: 0, {}))
    text = render(Results(audits=tuple(audits), head_to_heads=pairs))
    top = text.partition("<main")[0]
    assert '<p class="answer"><bdi>new passes more often than old: 80.0% against 30.0%' in top
    assert re.findall(r'<section id="([^"]+)"', text)[0] == "comparisons"
    assert 'data-figure="comparisons-rates"' in text
    assert '<p class="answer">' not in render(planted.results([planted.audit()]))
