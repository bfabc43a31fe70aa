"""An encoder whose model is loaded when a vector is first asked for, and not before.

Loading a model takes longer than reading all vectors of a finished run from the cache. What is
known of an encoder after it was loaded once (its spec and its capabilities) is kept in a record
in the cache folder, under a digest of everything that decides it: the files' digest, the options,
the engine asked for and the libraries' versions.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from evenband import stages
from evenband.digests import digest_of
from evenband.encoders.wrapping import Profile, Wrapper, capability_names, profile_of
from evenband.errors import ModelError
from evenband.storage import cache_folder, replace_file
from evenband.types import Encoder, ModelSpec, Role, Vectors

Loader: TypeAlias = Callable[[], Encoder]
Loaded = TypeVar("Loaded")

RECORD_FORMAT = 3
"""What a record says and how an engine is chosen: a record of another number is not read."""


class DeferredEncoder(Wrapper):
    """Knows its spec and capabilities at once; loads its model on the first call that needs it."""

    def __init__(
        self, profile: Profile, /, spec: ModelSpec, load: Loader, forget: Callable[[], None] = lambda: None
    ) -> None:
        """Defer the loading of an encoder that was loaded before.

        Args:
            profile: its capabilities at that time.
            spec: its spec at that time.
            load: loads it.
            forget: removes what is known of it; called if the loaded encoder turns out to be another.
        """
        del profile  # the class that this is an instance of was chosen by it
        self._spec = spec
        self._load = load
        self._forget = forget
        self._loaded: Encoder | None = None

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""
        return self._spec

    @property
    def inner(self) -> Encoder:
        """The encoder itself, loaded now if it was not.

        Raises:
            ModelError: if it cannot be loaded any more, or is not the encoder that it was.
        """
        if self._loaded is None:
            encoder = load_again(self._load, self._spec.name)
            same_capabilities = profile_of(encoder).capabilities == self.profile.capabilities
            if encoder.spec.digest != self._spec.digest or not same_capabilities:
                self._forget()
                raise changed_since(f"model {self._spec.ref!r}", "another engine, another device")
            self._loaded = encoder
        return self._loaded

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts with the encoder itself. Shape: n texts -> (n, d)."""
        return self.inner.encode(texts, role)


def load_again(load: Callable[[], Loaded], name: str) -> Loaded:
    """Load a model that was deferred, and say so while it lasts."""
    stages.enter(f"loading {name}")
    model = load()
    stages.enter(stages.LOADED)
    return model


def changed_since(model: str, causes: str) -> ModelError:
    """Return the error of a model that is not the one that its record is of."""
    return ModelError(
        f"{model} is not what it was when it was loaded before ({causes}); start the same command again"
    )


def defer(
    load: Loader, ref: str, name: str, decides: Mapping[str, Any], libraries: Mapping[str, str]
) -> Encoder:
    """Return the encoder of ``load``, not loaded yet if a record of it exists.

    Args:
        load: loads it.
        ref: the reference as the user wrote it.
        name: of the model in tables.
        decides: everything that decides the spec and the capabilities, beside the libraries.
        libraries: versions of the libraries that compute the vectors.

    Raises:
        EvenbandError: whatever ``load`` raises, where no record exists.
    """
    path = record_path({**decides, "capabilities": capability_names()}, libraries)
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        record = json.loads(path.read_text(encoding="utf-8"))
        spec = recorded_spec(record, ref, name)
        profile = Profile(**{**record["profile"], "capabilities": tuple(record["profile"]["capabilities"])})
        return DeferredEncoder(profile, spec, load, lambda: path.unlink(missing_ok=True))
    encoder = load()
    keep_record(path, {"spec": encoder.spec.to_dict(), "profile": asdict(profile_of(encoder))})
    return encoder


def record_path(decides: Mapping[str, Any], libraries: Mapping[str, str]) -> Path:
    """Return where the record of a model is that was loaded before.

    Args:
        decides: everything that decides what is known of it, beside the libraries.
        libraries: versions of the libraries that compute with it.
    """
    key = {
        **decides,
        "record": RECORD_FORMAT,
        "evenband": version("evenband"),
        "libraries": dict(libraries),
        "devices": os.environ.get("CUDA_VISIBLE_DEVICES"),
    }
    return cache_folder() / "specs" / f"{digest_of(key)}.json"


def recorded_spec(record: Mapping[str, Any], ref: str, name: str) -> ModelSpec:
    """Return the spec of a record under the reference and the name of today.

    Raises:
        KeyError: if a version wrote it that did not know the model's similarity.
    """
    named = {"ref": ref, "name": name, "similarity": record["spec"]["similarity"]}
    return ModelSpec.from_dict({**record["spec"], **named})


def keep_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write the record, whole or not at all; a cache that cannot be written only costs time."""
    with contextlib.suppress(OSError):
        replace_file(path, json.dumps(record).encode())
