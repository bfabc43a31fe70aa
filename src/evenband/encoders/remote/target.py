"""What a reference to a server or an API asks for: address, key, options, identity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from evenband.encoders.redaction import redact_url
from evenband.encoders.references import KEY_ENV, POST_OPTIONS, PROMPT_OPTIONS, Reference
from evenband.encoders.remote.apis import Adapter
from evenband.encoders.remote.endpoints import About, embeddings_url
from evenband.encoders.remote.faults import MissingKeyError
from evenband.encoders.remote.known_models import KnownModels, Record
from evenband.encoders.remote.remote_encoder import cut_note
from evenband.encoders.remote.served_model import Asking
from evenband.encoders.remote.transport import Connection, Key, find_key
from evenband.errors import InputError
from evenband.types import ModelSpec, Role

TIMEOUT = 120
"""Seconds within which an answer must be complete."""

REQUESTS = 4
"""Requests at a time."""

UNVERSIONED = "unversioned"
"""Revision of a model that its server does not give one."""

VECTOR_OPTIONS = ("dim", *POST_OPTIONS, *PROMPT_OPTIONS)
"""Options that change vectors, which no address of a server is known to have."""

NUMBERS = ("batch", "dim", "requests", "timeout")
"""Options that are whole numbers."""


@dataclass(frozen=True)
class Target:
    """A reference, read.

    Attributes:
        adapter: of the API, with what the reference makes of texts without a role.
        reference: itself.
        url: address of the embedding endpoint, with its secrets.
        model: name that the reference gives; ``None`` if the server is to be asked.
    """

    adapter: Adapter
    reference: Reference
    url: str
    model: str | None

    @classmethod
    def of(cls, adapter: Adapter, reference: Reference) -> Target:
        """Read a reference.

        Raises:
            InputError: for an option that the adapter does not have, or a missing name or address.
        """
        if adapter.roleless and reference.argument.startswith(adapter.roleless):
            adapter = replace(adapter, roles={})
        reference.check_options(options_of(adapter, reference))
        for key in NUMBERS:
            reference.integer(key)
        url, model = _address(adapter, reference)
        _check_own_parameters(reference)
        return cls(_with_role(adapter, reference), reference, url, model)

    @property
    def mark(self) -> str:
        """What stands before the options of such a reference."""
        return "#" if self.reference.is_url else "?"

    @property
    def cut(self) -> int | None:
        """Length of the vectors to ask for; ``None`` for the model's own."""
        return self.reference.integer("dim")

    @property
    def prompts(self) -> dict[str, str]:
        """Texts that are put before a text by its role, as the reference gives them."""
        options = self.reference.options
        return {role.value: options[name] for name, role in PROMPT_OPTIONS.items() if options.get(name)}

    def connect(self, with_key: bool = True) -> Connection:
        """Return a connection; one that is blocked if the key is missing, or not wanted.

        Raises:
            InputError: if the address has a user and there is a key as well.
            MissingExtraError: without httpx.
            ModelError: if the address cannot be used.
        """
        key, blocked = (
            self._key() if with_key else (Key(), f"model {self.reference.text!r} is only looked up")
        )
        seconds = self.reference.integer("timeout") or TIMEOUT
        requests = self.reference.integer("requests") or REQUESTS
        connection = Connection(self.url, self.adapter, key, seconds=seconds, connections=requests)
        connection.blocked = blocked
        return connection

    def _key(self) -> tuple[Key, str]:
        variable = self.reference.options.get(KEY_ENV)
        if self.reference.is_url and not variable:
            return Key(), ""
        if self.reference.is_url and "@" in urlsplit(self.url).netloc:
            raise InputError(
                f"model {self.reference.text!r}: got a user in the address and {KEY_ENV}, expected one of "
                "the two, since both go into one header"
            )
        try:
            return find_key(self.adapter, self.reference.text, variable), ""
        except MissingKeyError as error:
            return Key(), str(error)

    def known(self) -> KnownModels:
        """Return what is known of it from earlier times."""
        options = {key: self.reference.options.get(key) for key in ("dim", "model", "version", "input_type")}
        argument = "" if self.reference.is_url else self.reference.argument
        return KnownModels([self.adapter.name, redact_url(self.url), argument, options])

    def asking(self, record: Record) -> Asking:
        """Return how it is asked."""
        about = record.about
        return Asking(
            model=about.model,
            base64=record.base64,
            most_texts=self.most_texts(about),
            most_tokens=self.adapter.most_tokens,
            requests=self.reference.integer("requests") or REQUESTS,
            answers_as=record.answers_as,
        )

    def most_texts(self, about: About) -> int:
        """Return the largest number of texts in one request: the user's, else the server's or the API's."""
        most = min(self.adapter.most_texts, about.most_texts or self.adapter.most_texts)
        return self.reference.integer("batch") or most

    def spec(self, record: Record) -> ModelSpec:
        """Return the identity of its vectors; how they are asked for is no part of it."""
        about, reference, adapter = record.about, self.reference, self.adapter
        options = {"url": redact_url(self.url), "model": about.model}
        options |= {} if self.cut is None else {"dimensions": str(self.cut)}
        options |= {} if adapter.required_role is None else {"input_type": adapter.required_role}
        return ModelSpec(
            ref=reference.text,
            name=reference.name,
            source=adapter.name,
            revision=reference.options.get("version") or about.revision or UNVERSIONED,
            dtype=about.dtype or "unknown",
            dim=record.dim,
            max_tokens=about.max_tokens or adapter.max_tokens,
            prompts=self.prompts,
            options=options,
            notes=() if record.cuts is None else (cut_note(record.cuts),),
            role_notes=self._role_notes(),
        )

    def _role_notes(self) -> dict[str, str]:
        """Return what is said of texts with a role if the model, unlike others of its API, knows none."""
        if self.adapter.roles or not self.adapter.roleless:
            return {}
        return {
            role.value: f"roles: {self.reference.argument} takes no role in a request, so a {role.value} is "
            f"sent as it is; its API wants the task in words, in the text itself: {role.value}_prompt=TEXT"
            for role in (Role.QUERY, Role.DOCUMENT)
            if f"{role.value}_prompt" not in self.reference.options
        }


def options_of(adapter: Adapter, reference: Reference) -> list[str]:
    """Return the options that a reference of an adapter may have."""
    options = [*NUMBERS, KEY_ENV, "version"]
    own = ["input_type"] if adapter.roles else PROMPT_OPTIONS
    return [*options, *(["model"] if reference.is_url else []), *own]


def _check_own_parameters(reference: Reference) -> None:
    """Refuse an option that stands where only the server would read it.

    Raises:
        InputError: naming it.
    """
    query = urlsplit(reference.argument).query if reference.is_url else ""
    for name in (parameter.partition("=")[0] for parameter in query.split("&")):
        if name in VECTOR_OPTIONS:
            raise InputError(
                f"model {reference.text!r}: {name} stands behind the address's own '?', which only the "
                f"server reads; expected it behind a '#', as in http://localhost:8000#{name}=..."
            )


def _address(adapter: Adapter, reference: Reference) -> tuple[str, str | None]:
    """Return the address of the embedding endpoint, and the model's name if the reference has it.

    Raises:
        InputError: if there is no address, or no model for an API.
    """
    if reference.is_url:
        try:
            return embeddings_url(reference.argument), reference.options.get("model")
        except ValueError as error:
            raise InputError(f"model {reference.text!r} is no address: {error}") from None
    if not adapter.url:
        example = f"{reference.scheme}://localhost:8000/v1/embeddings"
        raise InputError(f"model {reference.text!r}: got no address, expected such as {example}")
    if not reference.argument:
        raise InputError(f"model {reference.text!r}: got no model, expected such as {adapter.example}")
    return adapter.url.format(model=quote(reference.argument, safe="")), reference.argument


def _with_role(adapter: Adapter, reference: Reference) -> Adapter:
    """Return the adapter with what the option ``input_type`` makes of texts without a role."""
    wanted = reference.options.get("input_type")
    if wanted is None:
        return adapter
    roles = {role.value: name for role, name in adapter.roles.items()}
    return replace(adapter, required_role=roles.get(wanted, wanted))
