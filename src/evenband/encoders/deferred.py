"""A model that is loaded when it must embed something, and not before.

Loading takes longer than reading all of a finished run's vectors. What a model's spec is was
worked out when it was loaded before, and is kept in the cache under a fingerprint of everything
that decides it: the files' digest, the options, the engine asked for and the libraries' versions.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband.digests import digest_of
from evenband.errors import ModelError
from evenband.storage import cache_folder, replace_file
from evenband.types import ModelSpec, Role, Tokens, Vectors

if TYPE_CHECKING:
    import numpy as np

    from evenband.encoders.local.sentences import SentenceEncoder
    from evenband.types import Inspection


class DeferredEncoder:
    """Knows its spec at once; loads its model on the first call that needs it."""

    def __init__(
        self,
        spec: ModelSpec,
        libraries: Mapping[str, str],
        slice_size: int,
        load: Loader,
        forget: Callable[[], None],
    ) -> None:
        """What the model's spec was when it was loaded before, how to load it again and to forget it."""
        self._forget = forget
        self._spec = spec
        self._load = load
        self._loaded: SentenceEncoder | None = None
        self.libraries = dict(libraries)
        self.slice_size = slice_size

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""
        return self._spec

    @property
    def loaded(self) -> SentenceEncoder:
        """The model itself.

        Raises:
            ModelError: if it cannot be loaded any more, or has become another model.
        """
        if self._loaded is None:
            loaded = self._load()
            if loaded.spec.digest != self._spec.digest:
                self._forget()
                raise ModelError(
                    f"model {self._spec.ref!r} is not what it was when it was loaded before (another engine, "
                    "another device); start the same command again"
                )
            self._loaded = loaded
        return self._loaded

    @property
    def engine_difference(self) -> float | None:
        """As :attr:`SentenceEncoder.engine_difference`."""
        return self.loaded.engine_difference

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """As :meth:`SentenceEncoder.encode`. Shape: n texts -> (n, d)."""
        return self.loaded.encode(texts, role)

    def recompute(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """As :meth:`SentenceEncoder.recompute`. Shape: n texts -> (n, d)."""
        return self.loaded.recompute(texts, role)

    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """As :meth:`SentenceEncoder.count_tokens`."""
        return self.loaded.count_tokens(texts, role)

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """As :meth:`SentenceEncoder.tokens`."""
        return self.loaded.tokens(text, role)

    def inspect(
        self,
        text_a: str,
        text_b: str,
        role: Role = Role.NONE,
        *,
        passes: int = 256,
        rng: np.random.Generator | None = None,
    ) -> Inspection:
        """As :meth:`SentenceEncoder.inspect`."""
        return self.loaded.inspect(text_a, text_b, role, passes=passes, rng=rng)


Loader = Callable[[], "SentenceEncoder"]


def defer(
    load: Loader, ref: str, name: str, decides: Mapping[str, Any], libraries: Mapping[str, str]
) -> DeferredEncoder | SentenceEncoder:
    """The model of ``load``, not loaded yet if its spec is known.

    Args:
        load: loads it.
        ref: the reference as the user wrote it.
        name: of the model in tables.
        decides: everything that decides the spec beside the libraries.
        libraries: versions.
    """
    known = {
        **decides,
        "evenband": version("evenband"),
        "libraries": dict(libraries),
        "devices": os.environ.get("CUDA_VISIBLE_DEVICES"),
    }
    path = cache_folder() / "specs" / f"{digest_of(known)}.json"
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        spec = ModelSpec.from_dict({**kept["spec"], "ref": ref, "name": name})
        return DeferredEncoder(
            spec, libraries, int(kept["slice_size"]), load, lambda: path.unlink(missing_ok=True)
        )
    encoder = load()
    _keep(path, {"spec": encoder.spec.to_dict(), "slice_size": encoder.slice_size})
    return encoder


def _keep(path: Path, record: Mapping[str, Any]) -> None:
    """Write the record, whole or not at all; a cache that cannot be written only costs time."""
    with contextlib.suppress(OSError):
        replace_file(path, json.dumps(record).encode())
