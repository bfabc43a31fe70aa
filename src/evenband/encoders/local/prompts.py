"""Prompts: the text before an input, by role, as sentence-transformers chooses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenband.encoders.references import Reference
from evenband.errors import InputError
from evenband.registry import nearest
from evenband.types import Role

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PROMPT_NAMES: dict[Role, tuple[str, ...]] = {
    Role.NONE: (),
    Role.QUERY: ("query",),
    Role.DOCUMENT: ("document", "passage", "corpus"),
}
"""Names of prompts by role; ``encode_query`` and ``encode_document`` take the first that a model has."""


def resolve_prompts(model: SentenceTransformer, reference: Reference) -> dict[str, str]:
    """Return the prompt of every role; the option ``prompt=NAME`` sets that of texts without a role.

    Raises:
        InputError: if the model has no prompt of that name.
    """
    known = {name: prompt or "" for name, prompt in model.prompts.items()}
    default = known.get(model.default_prompt_name or "", "")
    resolved = {}
    for role, names in _PROMPT_NAMES.items():
        name = next((name for name in names if name in known), None)
        resolved[role.value] = default if name is None else known[name]
    wanted = reference.options.get("prompt")
    if wanted is None:
        return resolved
    if wanted and wanted not in known:
        raise InputError(
            f"model {reference.text!r} has no prompt {wanted!r}{nearest(wanted, known)} "
            f"(there are: {', '.join(sorted(known)) or 'none'}; an empty prompt= switches the default off)"
        )
    return {**resolved, Role.NONE.value: known.get(wanted, "")}
