"""Identities: what decides a vector, and what decides a probe's texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Literal, Self, TypeAlias

from evenband.digests import digest_of
from evenband.errors import InputError

ProbeType: TypeAlias = Literal["INV", "DIFF", "ORDER"]
Effect: TypeAlias = Literal["keeps", "changes", "reverses"]


class Role(StrEnum):
    """What a text is to the model; it decides the prompt. Never guessed."""

    NONE = "none"
    QUERY = "query"
    DOCUMENT = "document"


@dataclass(frozen=True)
class ModelSpec:
    """Everything that changes a vector; its digest is the cache key and the identity in every file.

    Attributes:
        ref: the reference as the user wrote it.
        name: short, for tables and file names.
        source: the adapter, such as ``sentence-transformers`` or ``toy``.
        revision: what pins the weights: a commit, a digest of the files, a version.
        dtype: of the computation, such as ``float32``.
        dim: length of a vector.
        max_tokens: longer texts are truncated to it; ``None`` if unlimited or unknown.
        pooling: such as ``mean``, ``cls`` or ``lasttoken``; ``None`` if unknown.
        normalize: whether the model itself returns unit vectors.
        prompts: the text put before an input, by role.
        trust_remote_code: whether code that came with the model was run.
        options: whatever else changes a vector, such as the engine.
    """

    ref: str
    name: str
    source: str
    revision: str
    dtype: str
    dim: int
    max_tokens: int | None = None
    pooling: str | None = None
    normalize: bool | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    trust_remote_code: bool = False
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.dim < 1:
            raise InputError(f"model {self.ref!r}: got dim = {self.dim}, expected 1 or more")
        if not self.name or "/" in self.name or self.name.startswith("."):
            raise InputError(f"model {self.ref!r}: {self.name!r} cannot be a file name")

    @property
    def digest(self) -> str:
        """Identity of the vectors: every field except how the user called the model."""
        return digest_of({key: value for key, value in self.to_dict().items() if key not in ("ref", "name")})

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {**asdict(self), "prompts": dict(self.prompts), "options": dict(self.options)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelSpec:
        """The inverse of :meth:`to_dict`."""
        return cls(**data)


@dataclass(frozen=True)
class ProbeSpec:
    """What a measurement says of the probe that made it; every kind has this much.

    Attributes:
        name: short, for tables and file names.
        why: why it matters, one sentence.
        digest: identity of what is asked: two measurements with equal digests are comparable.
        items: number of items (labels, queries, questions) that are asked about.
        conditions: number of conditions (sentences, pipelines, conventions).
        of: name of the probe whose outliers this one follows up; empty for a probe of its own.
        family: name of the definition it was drawn from.
        draw: which draw of values and fillers it is, such as ``fresh 7``; empty for the standard one.
        language: of the texts, such as ``en``; empty where they belong to none.
    """

    name: str
    why: str = ""
    digest: str = ""
    items: int = 0
    conditions: int = 0
    of: str = ""
    family: str = ""
    draw: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        object.__setattr__(self, "family", self.family or self.name)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the spec that :meth:`to_dict` came from; fields of a newer version are dropped."""
        known = {one.name for one in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


@dataclass(frozen=True)
class PairsSpec(ProbeSpec):
    """A probe of minimal pairs.

    Attributes:
        type: CheckList's INV (invariance) or DIFF (directional expectation), or ORDER.
        effect: what the change does to the meaning.
        slot: reference of the slot whose values are the labels.
        novel: share of its labels that the standard draw does not have; ``None`` for the standard one.
        roles: of texts a, b ...: ``query``, ``document``, ``none``; empty where no text has one.
        letters: the labels are one word with each letter in one place (a letter ablation).
    """

    type: ProbeType = "INV"
    effect: Effect = "keeps"
    slot: str = ""
    novel: float | None = None
    roles: tuple[str, ...] = ()
    letters: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "roles", tuple(self.roles))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """As :meth:`ProbeSpec.from_dict`; evenband's first files counted ``labels`` and ``templates``."""
        old = {"labels": "items", "templates": "conditions"}
        renamed = {old.get(key, key): value for key, value in data.items()}
        renamed.setdefault("letters", str(renamed.get("slot", "")).startswith("letters:"))
        return super().from_dict(renamed)
