"""What a reference says of its model before anything is loaded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from evenband.encoders.disk_size import size_on_disk
from evenband.encoders.given_names import is_folder, is_relative_folder, start_from
from evenband.encoders.local.content import content_of_folder
from evenband.encoders.local.purpose import check_can_be_audited
from evenband.encoders.naming import name_apart
from evenband.encoders.precomputed import content_digest
from evenband.encoders.references import PROMPT_OPTIONS, parse
from evenband.encoders.schemes import LOCAL_SCHEMES, REGISTRY, base_of_reference, parse_known
from evenband.errors import InputError
from evenband.types import Encoder, Role


def name_of(ref: str) -> str:
    """Return the name that the model of a reference has in tables and files when it is alone.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    return parse_known(ref).name


def unique_names(refs: Sequence[str], taken: Collection[str] = ()) -> list[str]:
    """Return a name for each model of a run, to pass to :func:`load`: see :func:`.names.name_apart`.

    Args:
        refs: references of the run's models.
        taken: names of models that have no reference, such as the user's own encoders.

    Raises:
        UnknownReferenceError: if the scheme of one does not exist.
        InputError: if one is malformed, or two are of one and the same model.
    """
    return name_apart([parse_known(ref) for ref in refs], taken)


def content_of(ref: str) -> str | None:
    """Return the digest of a local folder's files or a file of vectors, which is its model's revision.

    ``None`` for any other reference.

    Raises:
        ModelError: if the folder holds no embedding model and no reranker, or one that is not safe to read,
            or the file holds no vectors.
    """
    reference = parse(ref, REGISTRY)
    if reference.scheme == "word2vec":
        from evenband.encoders.wordvectors.conversion import open_table

        return open_table(Path(reference.argument).expanduser()).revision
    if reference.scheme == "vectors":
        return content_digest(reference)
    if reference.scheme or not is_folder(reference.argument):
        return None
    folder = Path(reference.argument).expanduser()
    content = content_of_folder(folder, reference)
    check_can_be_audited(folder, ref)
    return content.revision


def prompted_roles(ref: str) -> dict[str, Role]:
    """Return the options of a reference that choose a prompt, and the role of the texts that get it.

    Nothing is loaded. Empty for encoders that have no prompts.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    reference = parse_known(ref)
    given = {option: role for option, role in PROMPT_OPTIONS.items() if option in reference.options}
    if not given or reference.scheme in LOCAL_SCHEMES:
        return given
    from evenband.encoders.remote import factories

    return given if factories.is_remote(reference) else {}


def remote_prompts(ref: str) -> dict[Role, str]:
    """Return what the reference of a server or an API puts before texts, by role; nothing is loaded.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    from evenband.encoders.remote import factories

    reference = parse_known(ref)
    if not factories.is_remote(reference):
        return {}
    return {role: reference.options[name] for name, role in prompted_roles(ref).items()}


def may_list_words(ref: str) -> bool:
    """Return whether the model of a reference may have a list of words; nothing is loaded.

    A folder or an id may be misspelt, which is better told than that it has no list.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    from evenband.encoders.remote import factories

    reference = parse_known(ref)
    return reference.scheme not in LOCAL_SCHEMES[1:] and not factories.is_remote(reference)


def with_name(ref: str, name: str) -> str:
    """Return a reference with a name of the user's choosing before it: ``base=./A/final``.

    Raises:
        InputError: if no model can have this name, or a folder is called as the whole.
    """
    named = f"{name}={ref}"
    if parse(named, REGISTRY).label != name:
        raise InputError(
            f"{name!r} cannot be the name of model {ref!r}; expected letters, digits, - _ + and ."
        )
    return named


def moved(ref: str, base: Path) -> str:
    """Return a reference whose relative folder is taken to start at ``base``; any other as it is."""
    return start_from(ref, base, REGISTRY)


def is_relative(ref: str) -> bool:
    """Return whether a reference names an existing folder by a path from the working directory."""
    reference = parse(ref, REGISTRY)
    return not reference.scheme and is_relative_folder(reference.argument)


def weights_size(ref: str) -> int | None:
    """Return the bytes of a local model's weights; ``None`` where that is not known without loading it."""
    return size_on_disk(ref, REGISTRY)


def base_of(ref: str) -> str:
    """Return the reference of the model whose vectors a variant changes; any other as it is.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    base = base_of_reference(parse_known(ref))
    return ref if base.text == ref else base.text


def is_metered(ref: str) -> bool:
    """Return whether texts that a reference embeds go to an API with a key, and probably cost money.

    Raises:
        UnknownReferenceError: if its scheme does not exist.
        InputError: if it is malformed.
    """
    from evenband.encoders.remote import factories

    return factories.is_metered(parse_known(ref))


def known_encoder(ref: str) -> Encoder | None:
    """Return the encoder of a metered reference as it was the last time, without asking its server.

    It knows what is cached. ``None`` if it was never loaded.

    Raises:
        InputError: if the reference lacks a name or an address.
    """
    from evenband.encoders.remote import factories

    return factories.known_encoder(base_of_reference(parse_known(ref)))
