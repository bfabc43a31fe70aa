"""Specifications: the identity of a model's vectors and of a probe's texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Literal, Self, TypeAlias, get_args

from evenband.digests import digest_of
from evenband.errors import InputError

ProbeType: TypeAlias = Literal["INV", "DIFF", "ORDER"]
"""Kind of expectation: invariance, a directional expectation, or an ordering of texts."""

Effect: TypeAlias = Literal["keeps", "changes", "reverses"]
"""What the change under test does to the meaning."""


Similarity: TypeAlias = Literal["cosine", "dot", "euclidean", "manhattan", "relevance"]
"""How a model's users compare two texts; higher is nearer.

The first four compare vectors, ``euclidean`` and ``manhattan`` as negative distances. ``relevance`` is the
score that a reranker gives a query and a document; it has no vectors.
"""

SIMILARITIES: tuple[Similarity, ...] = get_args(Similarity)


class Role(StrEnum):
    """Role of a text for the model; it decides the prompt and is never guessed."""

    NONE = "none"
    QUERY = "query"
    DOCUMENT = "document"


MODALITIES = "modalities"
"""Option of a spec: what the model takes beside texts, such as ``image``; absent where it takes texts."""


@dataclass(frozen=True)
class ModelSpec:
    """Everything that changes a model's vectors; its digest is part of the cache key and of every file.

    Attributes:
        ref: the reference as the user typed it.
        name: short name for tables and file names.
        source: the adapter, such as ``sentence-transformers`` or ``toy``.
        revision: what pins the weights: a commit, a digest of the files, a version.
        dtype: number format of the computation, such as ``float32``.
        dim: length of a vector, 1 or more.
        max_tokens: number of tokens to which longer texts are truncated; ``None`` if unlimited or unknown.
        pooling: such as ``mean``, ``cls`` or ``lasttoken``; ``None`` if unknown.
        normalize: whether the model itself returns unit vectors.
        prompts: text that is put before an input, by role.
        trust_remote_code: whether code that came with the model was run.
        options: everything else that changes a vector, such as the engine.
        notes: what a reader of its measurements must know of the model, each ``kind: sentence``; they follow
            from the other fields and are not part of the digest.
        role_notes: what a reader must know of texts of a role, such as that the model has no prompt for them,
            by role; as little a part of the digest as the notes.
        similarity: how the model's users compare two of its vectors. Vectors of length one rank alike by
            cosine, dot product and euclidean distance, so that theirs is ``cosine``. ``relevance`` is that of
            a reranker, whose ``dim`` is 1: one score for each pair.

    Raises:
        InputError: if ``dim`` is below 1, the name cannot be a file name, or the similarity does not exist.
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
    notes: tuple[str, ...] = ()
    role_notes: Mapping[str, str] = field(default_factory=dict)
    similarity: Similarity = "cosine"

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple(self.notes))
        if self.dim < 1:
            raise InputError(f"model {self.ref!r}: got dim = {self.dim}, expected 1 or more")
        if self.similarity not in SIMILARITIES:
            raise InputError(
                f"model {self.ref!r}: got similarity {self.similarity!r}, "
                f"expected one of {', '.join(SIMILARITIES)}"
            )
        if not self.name or "/" in self.name or self.name.startswith("."):
            raise InputError(f"model {self.ref!r}: {self.name!r} cannot be a file name")

    @property
    def digest(self) -> str:
        """Digest of every field except the reference, the name and the notes: what a measurement depends on.

        A similarity that is cosine is left out, as older versions had no such field.
        """
        left_out = (
            "ref",
            "name",
            "notes",
            "role_notes",
            *(["similarity"] if self.similarity == "cosine" else []),
        )
        return digest_of({key: value for key, value in self.to_dict().items() if key not in left_out})

    @property
    def vector_digest(self) -> str:
        """Digest of all that the vectors depend on, which the similarity is not."""
        return replace(self, similarity="cosine").digest

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        mappings = {"prompts": self.prompts, "options": self.options, "role_notes": self.role_notes}
        plain = {name: dict(mapping) for name, mapping in mappings.items()}
        return {**asdict(self), **plain, "notes": list(self.notes)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelSpec:
        """Return the spec that :meth:`to_dict` came from."""
        return cls(**data)


@dataclass(frozen=True)
class ProbeSpec:
    """Identity of a probe in its measurements; the fields that all kinds share.

    Attributes:
        name: short name for tables and file names.
        why: why it matters, one sentence.
        digest: identity of the texts; two measurements with equal digests are comparable.
        items: number of items (labels, queries, questions).
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
        """Return the spec that :meth:`to_dict` came from; unknown fields of a newer version are dropped."""
        names = {entry.name for entry in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in names})


@dataclass(frozen=True)
class PairsSpec(ProbeSpec):
    """Identity of a probe of minimal pairs.

    Attributes:
        type: CheckList's INV (invariance) or DIFF (directional expectation), or ORDER.
        effect: what the change does to the meaning.
        slot: reference of the slot whose values are the labels.
        novel: share of its labels that the standard draw does not have, in [0, 1]; ``None`` for the
            standard draw.
        roles: of texts a, b ...: ``query``, ``document``, ``none``; empty where no text has one.
        letters: whether the labels are one word with each letter in one place (a letter ablation).
        budget: number of texts that were to be embedded at most; ``None`` for all.
        predictor: reference of the model that helped to choose them; empty for none.
    """

    type: ProbeType = "INV"
    effect: Effect = "keeps"
    slot: str = ""
    novel: float | None = None
    roles: tuple[str, ...] = ()
    letters: bool = False
    budget: int | None = None
    predictor: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "roles", tuple(self.roles))

    @property
    def is_asked_from_a(self) -> bool:
        """Whether text a is the query that a reranker gets; text b is, for INV without these roles."""
        return self.type != "INV" or self.roles[:2] == (Role.QUERY, Role.DOCUMENT)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """As :meth:`ProbeSpec.from_dict`; the first files had ``labels`` and ``templates`` for the counts."""
        new_names = {"labels": "items", "templates": "conditions"}
        renamed = {new_names.get(name, name): value for name, value in data.items()}
        renamed.setdefault("letters", str(renamed.get("slot", "")).startswith("letters:"))
        return super().from_dict(renamed)
