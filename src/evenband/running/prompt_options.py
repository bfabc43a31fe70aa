"""Prompt options of a run's models, checked against the roles of its texts before anything is embedded."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from evenband import encoders
from evenband.errors import InputError
from evenband.types import Auditable, Role

_ADVICE = {
    Role.NONE: "texts without a role, and every text of this run has one; set query_prompt=NAME and "
    "document_prompt=NAME, or leave it out for the model's own prompts",
    Role.QUERY: "queries, and no text of this run is one; set prompt=NAME for texts without a role, or give "
    "texts the role with --roles query",
    Role.DOCUMENT: "documents, and no text of this run is one; set prompt=NAME for texts without a role, or "
    "give texts the role with --roles document",
}


def check_prompt_options(models: Iterable[str | Auditable | None], roles: Collection[Role]) -> None:
    """Refuse an option that chooses the prompt of texts that the run does not have.

    Args:
        models: references and encoders of the run; encoders have no options.
        roles: of all texts of the run.

    Raises:
        InputError: naming the option and those that would have an effect.
    """
    for model in models:
        if not isinstance(model, str):
            continue
        for option, role in encoders.prompted_roles(model).items():
            if roles and role not in roles:
                raise InputError(f"model {model!r}: {option} would have no effect: it is for {_ADVICE[role]}")
