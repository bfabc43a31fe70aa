"""What a store of documents says of itself: its model, its format, its name."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from evenband.errors import InputError
from evenband.types import ModelSpec, Role

DOCUMENT_STORE_FORMAT = 1
"""Format of the stores that this version writes; newer ones are refused."""

HEADER_KEY = b"evenband"
"""Where the header stands in the schema of a store's table."""


@dataclass(frozen=True)
class StoreHeader:
    """What a store says of itself.

    Attributes:
        model: identity of its vectors.
        role: of its texts.
        name: a random name, so that an index knows which store it belongs to.
        created: when, in UTC.
        format: of the store.
    """

    model: ModelSpec
    role: Role = Role.DOCUMENT
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    format: int = DOCUMENT_STORE_FORMAT

    def to_json(self) -> bytes:
        """Return the header as JSON."""
        fields = {"role": self.role.value, "name": self.name, "created": self.created, "format": self.format}
        return json.dumps({"model": self.model.to_dict(), **fields}, sort_keys=True).encode()

    @classmethod
    def from_json(cls, content: bytes, path: object) -> StoreHeader:
        """Return the header that :meth:`to_json` wrote.

        Raises:
            InputError: if a newer version wrote it, or it is none.
        """
        if not content:
            raise InputError(
                f"{path} holds a table of Lance's that evenband did not make; choose another name"
            )
        try:
            data = json.loads(content)
            version = data["format"]
            if version > DOCUMENT_STORE_FORMAT:
                raise InputError(
                    f"{path} is a store of format {version}, and this version reads up to "
                    f"{DOCUMENT_STORE_FORMAT}; update evenband, or embed the corpus again"
                )
            model = ModelSpec.from_dict(data["model"])
            return cls(model, Role(data["role"]), data["name"], data["created"], version)
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{path}: its header cannot be read ({error}); embed the corpus again") from None


NAMES_ONLY = ("ref", "name", "notes", "role_notes", "similarity")
"""Fields of a spec that change no vector."""


def check_model(stored: ModelSpec, given: ModelSpec, path: object) -> None:
    """Refuse a model whose vectors cannot be compared with those of a store.

    Raises:
        InputError: naming the field that differs, and both values.
    """
    if stored.vector_digest == given.vector_digest:
        return
    then, now = stored.to_dict(), given.to_dict()
    name = next(name for name in then if name not in NAMES_ONLY and then[name] != now[name])
    raise InputError(
        f"the store {path} has vectors of {stored.ref!r} with {name} = {then[name]!r}, and the model "
        f"{given.ref!r} has {name} = {now[name]!r}; use the store's model, or embed the corpus into another "
        "store"
    )
