"""Folders of static models: model2vec's own, and those of sentence-transformers with a StaticEmbedding.

A folder that model2vec saved can be read by sentence-transformers too, with other vectors: there, unknown
tokens count and no text is cut. It is read here as model2vec reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evenband.encoders.local.failures import damaged_file, reason_of
from evenband.encoders.local.folder_references import read_object
from evenband.errors import MissingExtraError, ModelError
from evenband.types import Vectors

MODEL2VEC_LIMIT = 512
"""Number of tokens at which model2vec cuts texts where its configuration names none."""

_STATIC, _SCALING = "StaticEmbedding", "Normalize"
_LIBRARY = "sentence_transformers"
"""Package of the modules that are known; one of the same name elsewhere may do something else."""

_WEIGHTS = "model.safetensors"
_OWN, _LIBRARYS = "embeddings", "embedding.weight"
"""Names of the table in files of model2vec and of sentence-transformers."""


@dataclass(frozen=True)
class StaticFolder:
    """What a static model's folder holds.

    Attributes:
        table: vector of each token. Shape: (v, d) float32.
        dtype: number format of the table in its file.
        tokenizer: of the library ``tokenizers``.
        is_model2vec: whether model2vec saved it: unknown tokens are then left out, and texts are cut.
        normalize: whether vectors are scaled to length one.
        max_tokens: number of tokens at which texts are cut; ``None`` without a limit.
        keeps_end: whether what is cut off is a text's beginning.
        similarity: that the configuration names; empty if none.
        prompts: by name.
        default_prompt_name: of texts without a role.
    """

    table: Vectors
    dtype: str
    tokenizer: Any
    is_model2vec: bool
    normalize: bool
    max_tokens: int | None
    keeps_end: bool = False
    similarity: str = ""
    prompts: Mapping[str, str] = field(default_factory=dict)
    default_prompt_name: str | None = None


def is_static(folder: Path) -> bool:
    """Return whether a folder holds a static model that is a table and, perhaps, a scaling to length one."""
    listing = folder / "modules.json"
    if not listing.is_file():
        config = read_object(folder / "config.json")
        is_own = config.get("model_type") == "model2vec" or config.get("architectures") == ["StaticModel"]
        return is_own and (folder / _WEIGHTS).is_file()
    classes = [str(module.get("type", "")).split(".") for module in _modules(listing)]
    kinds = [one[-1] for one in classes if one[0] == _LIBRARY]
    return len(kinds) == len(classes) and kinds[:1] == [_STATIC] and set(kinds[1:]) <= {_SCALING}


def read_static(folder: Path, ref: str) -> StaticFolder:
    """Read a folder that :func:`is_static`.

    Raises:
        ModelError: if a file is missing or damaged, or the table does not fit the tokenizer.
        MissingExtraError: if a library that reads it is not installed.
    """
    try:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtraError("Static models", "static") from None
    part = folder / str(next(iter(_modules(folder / "modules.json")), {}).get("path", ""))
    try:
        tensors = load_file(part / _WEIGHTS)
        tokenizer = Tokenizer.from_file(str(part / "tokenizer.json"))
        settings = json.loads((folder / "config.json").read_text("utf-8")) if _OWN in tensors else {}
        if not isinstance(settings, dict):
            raise ValueError("config.json holds no settings by their names")
    except Exception as error:  # the libraries raise errors of their own
        raise ModelError(
            f"model {ref!r} could not be loaded: {reason_of(error)}{damaged_file(folder)}; expected "
            f"{_WEIGHTS} and tokenizer.json of a static model"
        ) from error
    table, dtype = _table(tensors, ref)
    if (size := tokenizer.get_vocab_size()) > len(table):
        raise ModelError(
            f"model {ref!r}: its tokenizer has {size:,} tokens, but its table only {len(table):,} vectors; "
            "expected one for each token"
        )
    tokenizer.no_padding()
    if _OWN in tensors:
        limit = _limit_of(settings, ref)
        return StaticFolder(table, dtype, tokenizer, True, bool(settings.get("normalize", False)), limit)
    saved = _settings_of(folder / "config_sentence_transformers.json", ref)
    _check_prompts(saved, ref)
    truncation = tokenizer.truncation or {}
    return StaticFolder(
        table,
        dtype,
        tokenizer,
        is_model2vec=False,
        normalize=len(_modules(folder / "modules.json")) > 1,
        max_tokens=truncation.get("max_length"),
        keeps_end=truncation.get("direction") == "left",
        similarity=str(saved.get("similarity_fn_name") or ""),
        prompts=saved.get("prompts") or {},
        default_prompt_name=saved.get("default_prompt_name"),
    )


def _settings_of(path: Path, ref: str) -> dict[str, Any]:
    """Return the settings in a file; none if there is no such file.

    Raises:
        ModelError: if it is damaged: without it a model would lose its prompts and its similarity.
    """
    try:
        content = json.loads(path.read_text("utf-8")) if path.exists() else {}
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"model {ref!r}: {path.name} is damaged: {reason_of(error)}") from error
    if not isinstance(content, dict):
        raise ModelError(
            f"model {ref!r}: {path.name} holds {content!r:.100}, expected settings by their names"
        )
    return content


def _limit_of(settings: Mapping[str, Any], ref: str) -> int | None:
    """Return where model2vec cuts texts; ``None`` if nowhere.

    Raises:
        ModelError: if its configuration names no such number.
    """
    limit = settings.get("max_length", MODEL2VEC_LIMIT)
    if limit is not None and (type(limit) is not int or limit < 1):
        raise ModelError(
            f"model {ref!r}: config.json has max_length {limit!r:.100}, expected null or a whole number "
            "from 1 on"
        )
    return limit


def _check_prompts(saved: Mapping[str, Any], ref: str) -> None:
    """Refuse prompts that are no texts, and a default prompt that is none of them, as the library does.

    Raises:
        ModelError: naming them.
    """
    prompts, default = saved.get("prompts") or {}, saved.get("default_prompt_name")
    if not isinstance(prompts, dict) or not all(isinstance(text, str | None) for text in prompts.values()):
        raise ModelError(f"model {ref!r} has the prompts {prompts!r:.100}, expected texts by their names")
    if default is not None and default not in list(prompts):
        raise ModelError(
            f"model {ref!r} has the default prompt {default!r:.100}, expected one of its prompts "
            f"({', '.join(prompts) or 'it has none'})"
        )


def _table(tensors: Mapping[str, Any], ref: str) -> tuple[Vectors, str]:
    """Return one row for each token, and the number format of the rows in the file.

    model2vec may save few rows, with a mapping from tokens to rows and a weight for each token.

    Raises:
        ModelError: if there is no table, or its parts do not fit one another.
    """
    name = next((one for one in (_OWN, _LIBRARYS) if one in tensors), None)
    if name is None or tensors[name].ndim != 2:
        raise ModelError(
            f"model {ref!r}: its {_WEIGHTS} holds {', '.join(sorted(tensors)) or 'nothing'}; expected a "
            f"table {_OWN!r} or {_LIBRARYS!r} with a row for each token"
        )
    table, mapping, weights = tensors[name], tensors.get("mapping"), tensors.get("weights")
    dtype = str(table.dtype)
    try:
        rows = table if mapping is None else table[mapping.astype(np.int64)]
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        if weights is not None:
            rows = rows * np.asarray(weights, dtype=np.float32)[:, None]
    except (IndexError, ValueError) as error:
        raise ModelError(
            f"model {ref!r}: its table, mapping and weights do not fit one another ({reason_of(error)})"
        ) from error
    return rows, dtype


def _modules(listing: Path) -> list[Mapping[str, Any]]:
    """Return the list of modules; an empty one if there is none that can be read."""
    try:
        content = json.loads(listing.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [module for module in content if isinstance(module, dict)] if isinstance(content, list) else []
