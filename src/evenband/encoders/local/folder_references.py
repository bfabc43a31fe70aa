"""What a model's folder refers to outside of it: the base of an adapter, modules elsewhere, others' code."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_WITH_CODE = {
    *("config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json"),
    *("modules.json", "generation_config.json"),
}
"""Files in which a model names the code that it needs."""


def references_of(folder: Path) -> Iterator[tuple[str, Path | None, bool]]:
    """Yield what a folder refers to: a name, where it is on this machine, whether only its code counts.

    The place is ``None`` where the name alone pins the content, such as a commit of a repository.
    """
    adapter = _settings(folder / "adapter_config.json")
    if isinstance(adapter, dict) and isinstance(base := adapter.get("base_model_name_or_path"), str) and base:
        yield _located(folder, base, adapter.get("revision"))
    modules = _settings(folder / "modules.json")
    for module in modules if isinstance(modules, list) else ():
        path, kind = str(module.get("path", "")), str(module.get("type", ""))
        if path and not _is_inside(path):
            yield path, folder / path, False
        if (code := _package(folder, kind)) is not None:
            yield kind, code, True
    for text in _strings([_settings(path) for path in folder.glob("*.json") if path.name in _WITH_CODE]):
        repository, separator, reference = text.partition("--")
        if separator and repository and "." in reference:
            yield _code_of(repository, reference.partition(".")[0] + ".py")


def _is_inside(path: str) -> bool:
    """Return whether a module's path lies below the folder as it is written."""
    return not Path(path).is_absolute() and not os.path.normpath(path).startswith("..")


def _located(folder: Path, name: str, revision: Any) -> tuple[str, Path | None, bool]:
    """Return where a base model is: a local folder, or a commit in the hub's cache."""
    for place in (Path(name).expanduser(), folder / name):
        if place.is_dir():
            return name, place, False
    config = _cached(name, "config.json", revision)
    return f"{name}@{'' if config is None else config.parent.name}", None, False


def _code_of(repository: str, module: str) -> tuple[str, Path | None, bool]:
    """Return where the code of another repository is."""
    place = Path(repository).expanduser()
    if not place.is_dir():
        file = _cached(repository, module, None)
        return repository, None if file is None else file.parent, True
    return repository, place, True


def _cached(repository: str, file: str, revision: Any) -> Path | None:
    """Return a repository's file in the hub's cache, if it is there."""
    try:
        from huggingface_hub import try_to_load_from_cache

        path = try_to_load_from_cache(repository, file, revision=revision or None)
    except (ImportError, ValueError):  # the name is no repository's
        return None
    return Path(path) if isinstance(path, str) else None


def _package(folder: Path, kind: str) -> Path | None:
    """Return where a class is that neither the libraries nor the folder have, without importing it."""
    top = kind.partition(".")[0]
    known = ("", "sentence_transformers", "transformers", "torch")
    if top in known or "--" in kind or (folder / f"{top}.py").exists():
        return None
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.origin or spec.origin in ("built-in", "frozen"):
        return None
    origin = Path(spec.origin)
    return origin.parent if spec.submodule_search_locations else origin


def _settings(path: Path) -> Any:
    """Return the content of a JSON file; ``None`` if there is none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def read_object(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; an empty one if there is none that can be read."""
    content = _settings(path)
    return content if isinstance(content, dict) else {}


def _strings(value: Any) -> Iterator[str]:
    """Yield every string in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
