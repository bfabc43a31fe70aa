"""What a model reads of texts: which of them are the same to it, and which it does not read to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.errors import InputError


@dataclass(frozen=True)
class Readings:
    """What a model reads of n texts, prompt and special tokens included. The arrays are read-only.

    Attributes:
        keys: equal for texts that the model reads as the same tokens, also in different calls. Shape: (n,).
        whole: likewise, for the tokens that the texts have without the model's limit. Shape: (n,).
        counts: number of tokens that the model reads. Shape: (n,).
        is_cut: whether the text goes on behind them, since it is longer than the limit. Shape: (n,).

    Raises:
        InputError: if the shapes differ.
    """

    keys: NDArray[np.int64]
    whole: NDArray[np.int64]
    counts: NDArray[np.int64]
    is_cut: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shapes = [getattr(self, field.name).shape for field in fields(self)]
        if len(set(shapes)) > 1 or self.keys.ndim != 1:
            raise InputError(f"readings: got shapes {shapes}, expected four of (n,)")
        for name in (field.name for field in fields(self)):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @classmethod
    def of_ids(cls, ids: Sequence[Sequence[int]], rests: Sequence[Sequence[int]]) -> Readings:
        """Return the readings of n texts.

        Args:
            ids: the tokens of each text that the model reads.
            rests: those that it does not read; nothing where a text is not cut.
        """
        keys = [_key(tokens) for tokens in ids]
        whole = [
            _key([*tokens, -1, *rest]) if len(rest) else key
            for key, tokens, rest in zip(keys, ids, rests, strict=True)
        ]
        return cls(
            np.array(keys, dtype=np.int64),
            np.array(whole, dtype=np.int64),
            np.array([len(tokens) for tokens in ids], dtype=np.int64),
            np.array([len(rest) > 0 for rest in rests], dtype=np.bool_),
        )

    @classmethod
    def join(cls, parts: Sequence[Readings]) -> Readings:
        """Return the readings of several batches of texts as one, in their order."""
        if not parts:
            return cls.of_ids([], [])
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.concatenate([getattr(one, name) for one in parts]) for name in names})


def _key(tokens: Sequence[int]) -> int:
    """Return a digest of token ids: two of 10,000 texts share one by chance in 1 of 10^11 cases."""
    content = np.array(tokens, dtype=np.int64).tobytes()
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little", signed=True)


@dataclass(frozen=True)
class Truncation:
    """Texts of a probe that are longer than the model's limit, and what cannot be decided because of that.

    Attributes:
        limit: number of tokens that the model reads; ``None`` if it does not say.
        labels: number of labels with such a text.
        sides: number of labels whose text a, b, c ... is cut.
        total: number of labels of the probe.
        undecidable: label and template of each cell in which two texts to be compared differ only behind the
            cut, so that the model reads the same tokens.
    """

    limit: int | None
    labels: int
    sides: tuple[int, ...]
    total: int
    undecidable: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {**asdict(self), "sides": list(self.sides), "undecidable": [list(c) for c in self.undecidable]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Truncation:
        """Return the value that :meth:`to_dict` came from."""
        cells = tuple((str(label), str(template)) for label, template in data["undecidable"])
        return cls(**{**data, "sides": tuple(data["sides"]), "undecidable": cells})
