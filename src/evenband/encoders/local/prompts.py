"""Prompts: the text before an input, by role.

sentence-transformers names a model's prompts; only ``query``, ``document``, ``passage`` and ``corpus`` are
those of a role there. Models use other names as well; :data:`ROLE_NAMES` lists those that are known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from evenband.encoders.references import PROMPT_OPTIONS, Reference
from evenband.errors import InputError
from evenband.registry import nearest
from evenband.types import Role

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ROLE_NAMES: dict[Role, tuple[str, ...]] = {
    Role.QUERY: (
        "query",
        "search_query",
        "retrieval_query",
        "web_search_query",
        "s2p_query",
        "queries",
        "question",
        "qa_query",
        "nl2code_query",
        "instruction_retrieval",
        "s2s_query",
        "sts_query",
        "instruct",
        "instruction",
    ),
    Role.DOCUMENT: (
        "document",
        "passage",
        "corpus",
        "search_document",
        "retrieval_document",
        "retrieval_passage",
        "web_search_document",
        "s2p_document",
        "documents",
        "passages",
        "search_passage",
        "qa_document",
        "qa_passage",
        "nl2code_document",
        "nl2code_passage",
        "s2s_document",
    ),
}
"""Names of prompts by role, compared without case and with ``-``, ``.``, ``_`` and space alike.

The first whose prompt is not empty is used. Where a model has one prompt for short queries of long texts
(``s2p``) and one for texts of one kind (``s2s``), the first is the one for a search.
"""

PLURALS = {Role.NONE: "texts without a role", Role.QUERY: "queries", Role.DOCUMENT: "documents"}
"""What texts of a role are called in messages."""


def resolve_prompts(model: SentenceTransformer, reference: Reference) -> dict[str, str]:
    """Return the prompt of every role; an option of the reference comes before the model's own choice.

    Texts without a role get the model's default prompt, as in sentence-transformers, and so do those of a
    role for which the model has none, not even an empty one.

    An option gives the name of a prompt, or its text: anything with a colon or a space.

    Raises:
        InputError: if the model has no prompt of the name that an option gives, or an empty one that
            changes nothing.
    """
    known = _prompts_of(model)
    default = known.get(model.default_prompt_name or "", "")
    resolved = {Role.NONE.value: default}
    for role in ROLE_NAMES:
        name = _name_for(role, known)
        resolved[role.value] = default if name is None else known[name]
    for option, role in PROMPT_OPTIONS.items():
        wanted = reference.options.get(option)
        if wanted is None:
            continue
        if wanted and wanted not in known and not _is_text(wanted):
            raise InputError(
                f"model {reference.text!r} has no prompt {wanted!r}{nearest(wanted, known)} "
                f"(there are: {_listed(known) or 'none'}; a text of your own has a colon or a space, such as "
                f"'{option}=query: '; an empty {option}= puts nothing before a text)"
            )
        if wanted and not known.get(wanted, wanted) and not resolved[role.value]:
            raise InputError(
                f"model {reference.text!r}: its prompt {wanted!r} is empty, so that {option} would change "
                f"nothing; give a text, such as '{option}=query: ', or leave it out"
            )
        resolved[role.value] = known.get(wanted, wanted)
    return resolved


def notes_on_roles(model: SentenceTransformer, reference: Reference) -> dict[str, str]:
    """Return what a reader must know of the prompts, by the role of the texts that it is about.

    That is: a role for which no prompt was found although the model may have one, and an option ``prompt``,
    which texts with a role do not get.
    """
    known = _prompts_of(model)
    wanted = reference.options.get("prompt")
    notes = {}
    if wanted:
        note = (
            f"prompt={wanted} does not hold here: it is for texts without a role; queries and documents have "
            "prompts of their own, which query_prompt=NAME and document_prompt=NAME choose"
        )
        notes = {role.value: note for role in ROLE_NAMES}
    lacking = [role for role in ROLE_NAMES if _may_lack_prompt(role, known, reference)]
    for role in lacking:
        notes[role.value] = _unprompted_note(lacking, known, model.default_prompt_name)
        notes[role.value] += f"; prompt={wanted} is for texts without a role" if wanted else ""
    return notes


def _is_text(prompt: str) -> bool:
    """Return whether what an option gives can be no misspelt name, but what is to stand before a text."""
    return ":" in prompt or any(sign.isspace() for sign in prompt)


def _prompts_of(model: SentenceTransformer) -> dict[str, str]:
    return {name: prompt or "" for name, prompt in model.prompts.items()}


def _name_for(role: Role, known: Mapping[str, str]) -> str | None:
    """Return the name of a role's prompt: of the first that is not empty, else of the first; else nothing.

    sentence-transformers gives every model an empty ``query`` and ``document`` if it has none, so an empty
    prompt under such a name is no choice of the model's.
    """
    listed = ROLE_NAMES[role]
    names = sorted((name for name in known if _plain(name) in listed), key=lambda name: _rank(name, role))
    return next((name for name in names if known[name]), names[0] if names else None)


def _may_lack_prompt(role: Role, known: Mapping[str, str], reference: Reference) -> bool:
    """Return whether texts of a role get no prompt of their own although the model may have one for them.

    A model with prompts has one for queries. Many have none for documents, on purpose, so that only a prompt
    whose name says nothing of queries may be the one for documents.
    """
    option = next(option for option, other in PROMPT_OPTIONS.items() if other is role)
    if option in reference.options:
        return False
    name = _name_for(role, known)
    if name is not None and known[name]:
        return False
    candidates = [_plain(name) for name, prompt in known.items() if prompt]
    if role is Role.QUERY:
        return bool(candidates)
    queries = ROLE_NAMES[Role.QUERY]
    return any(name not in queries and not name.endswith("query") for name in candidates)


def _unprompted_note(roles: Sequence[Role], known: Mapping[str, str], default: str | None) -> str:
    texts = " and ".join(PLURALS[role] for role in roles)
    named = {name: prompt for name, prompt in known.items() if prompt}
    used = "none of them is used"
    if default in named and all(_name_for(role, known) is None for role in roles):
        used = f"the default, {default}, is used"
    options = "&".join(f"{role.value}_prompt=NAME" for role in roles)
    return (
        f"no prompt for {texts}: the model's prompts are {_listed(named)}; no name of these is known to be "
        f"for {texts}, and {used}; choose with ?{options}"
    )


def _listed(names: Mapping[str, str]) -> str:
    return ", ".join(sorted(names))


def _rank(name: str, role: Role) -> tuple[int, str]:
    return ROLE_NAMES[role].index(_plain(name)), name


def _plain(name: str) -> str:
    """Return a prompt's name as the lists write it: ``Retrieval-query`` is ``retrieval_query``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
