"""TOML files checked against a pydantic model, with errors that a person can act on."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError

from evenband.errors import InputError
from evenband.registry import nearest

M = TypeVar("M", bound=BaseModel)


def read(path: Path, model: type[M]) -> M:
    """Read a TOML file.

    Raises:
        InputError: if it cannot be read or is not valid; the message names the file and the key, and says
            what was found and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8; expected a UTF-8 text file") from None
    except FileNotFoundError:
        similar = difflib.get_close_matches(
            path.name, [file.name for file in path.parent.glob("*.toml")], n=1
        )
        hint = f"; did you mean {path.parent / similar[0]}?" if similar else ""
        raise InputError(f"{path}: no such file{hint}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    return parse(text, str(path), model)


def parse(text: str, source: str, model: type[M]) -> M:
    """Parse and validate a TOML text; ``source`` names it in errors.

    Raises:
        InputError: as :func:`read`.
    """
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: not TOML: {error}") from None
    except ValidationError as error:
        raise InputError(f"{source}: {explain(error, model)}") from None


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Describe the first fault of a validation as ``key: got ..., expected ...``."""
    fault = error.errors(include_url=False)[0]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    if fault["type"] == "extra_forbidden":
        keys = sorted(_keys(model, fault["loc"][:-1]))
        return (
            f"{key}: unknown key{nearest(str(fault['loc'][-1]), keys)} (expected one of: {', '.join(keys)})"
        )
    if fault["type"] == "missing":
        return f"{key}: missing, expected a value"
    if fault["type"].startswith(("tuple", "list")):
        return f"{key}: got {fault['input']!r}, expected a list"
    expected = fault["msg"].removeprefix("Value error, ").removeprefix("Input should ").removeprefix("be ")
    return f"{key}: got {fault['input']!r}, expected {expected[0].lower()}{expected[1:]}"


def _keys(model: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    """Return the keys that a table at that location may have."""
    for part in location:
        if isinstance(part, str):
            arguments = get_args(model.model_fields[part].annotation)
            model = next(kind for kind in arguments if isinstance(kind, type) and issubclass(kind, BaseModel))
    return set(model.model_fields)
