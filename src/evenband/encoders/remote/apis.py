"""What each embedding API wants to be asked and how it answers; everything else is shared.

The formats are those of the APIs' public references and of the vendors' own open clients, as of 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evenband.encoders.remote.answers import Answered, read_data, read_embeddings, read_nested
from evenband.types import Role

EXTRA = "remote"
"""The extra that installs the HTTP library."""


@dataclass(frozen=True)
class Question:
    """One request, before an adapter words it.

    Attributes:
        model: its name for the API; empty where the server has one model and gives it no name.
        texts: to embed.
        role: what the API calls the texts' role; ``None`` to leave that out.
        dim: length of the vectors to ask for; ``None`` for the model's own.
        base64: whether to ask for vectors as base64 of float32 numbers, a quarter of the bytes.
    """

    model: str
    texts: list[str]
    role: str | None = None
    dim: int | None = None
    base64: bool = True


@dataclass(frozen=True)
class Adapter:
    """An API.

    Attributes:
        name: scheme of its references.
        example: a reference of it.
        url: address of its embedding endpoint, with ``{model}`` where the model's name goes; empty if the
            reference itself is the address.
        word: makes the body of a request.
        read: takes the vectors out of an answer's JSON.
        key_names: environment variables that may hold the key, the API's own first; empty for no key.
        key_header: header that carries the key.
        key_prefix: what stands before the key in the header.
        most_texts: largest number of texts in one request.
        most_tokens: largest number of tokens in one request.
        max_tokens: length from which a text is refused or cut, as documented; ``None`` if that depends
            on the model or is not documented.
        roles: what the API calls the roles; a role that is missing is not sent.
        roleless: beginnings of the names of its models that know no roles.
        required_role: what texts without a role are sent as, where the API has no texts without one.
        has_base64: whether vectors can be had as base64.
    """

    name: str
    example: str
    url: str
    word: Callable[[Question], dict[str, Any]]
    read: Callable[[Any], Answered] = read_data
    key_names: tuple[str, ...] = ()
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    most_texts: int = 128
    most_tokens: int = 100_000
    max_tokens: int | None = None
    roles: Mapping[Role, str] = field(default_factory=dict)
    roleless: tuple[str, ...] = ()
    required_role: str | None = None
    has_base64: bool = True

    def role_of(self, role: Role) -> str | None:
        """Return what the API calls a role; ``None`` if nothing is sent for it."""
        return self.roles.get(role, self.required_role)


def _given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not ``None``."""
    return {name: value for name, value in fields.items() if value is not None}


def word_openai(question: Question) -> dict[str, Any]:
    """Word a request as OpenAI's ``/v1/embeddings`` and its many compatible servers read it."""
    return _given(
        model=question.model or None,
        input=question.texts,
        dimensions=question.dim,
        encoding_format="base64" if question.base64 else "float",
    )


def word_zeroentropy(question: Question) -> dict[str, Any]:
    """Word a request to ZeroEntropy: OpenAI's fields, and the role in ``input_type``."""
    return {**word_openai(question), **_given(input_type=question.role)}


def word_voyage(question: Question) -> dict[str, Any]:
    """Word a request to Voyage; texts that are too long are refused, not cut."""
    return _given(
        model=question.model,
        input=question.texts,
        input_type=question.role,
        truncation=False,
        output_dimension=question.dim,
        encoding_format="base64" if question.base64 else None,
    )


def word_jina(question: Question) -> dict[str, Any]:
    """Word a request to Jina, where roles are tasks."""
    return _given(
        model=question.model,
        input=question.texts,
        task=question.role,
        dimensions=question.dim,
        embedding_type="base64" if question.base64 else "float",
    )


def word_cohere(question: Question) -> dict[str, Any]:
    """Word a request to Cohere's second API; texts that are too long are refused, not cut."""
    return _given(
        model=question.model,
        texts=question.texts,
        input_type=question.role,
        embedding_types=["float"],
        truncate="NONE",
        output_dimension=question.dim,
    )


def word_gemini(question: Question) -> dict[str, Any]:
    """Word a request to Gemini's ``batchEmbedContents``: one request for each text, in one body."""
    shared = _given(
        model=f"models/{question.model}", taskType=question.role, outputDimensionality=question.dim
    )
    return {"requests": [{**shared, "content": {"parts": [{"text": text}]}} for text in question.texts]}


_INPUT_TYPES = {Role.QUERY: "query", Role.DOCUMENT: "document"}

SERVER = Adapter(
    name="http",
    example="http://localhost:8000/v1/embeddings",
    url="",
    word=word_openai,
    most_texts=256,
)
"""Any OpenAI-compatible server; the reference is its address."""

APIS = {
    adapter.name: adapter
    for adapter in (
        Adapter(
            name="openai",
            example="openai:text-embedding-3-small",
            url="https://api.openai.com/v1/embeddings",
            word=word_openai,
            key_names=("OPENAI_API_KEY",),
            most_texts=256,  # 2,048 are allowed; fewer are lost with an answer that does not arrive
            most_tokens=200_000,  # 300,000 are allowed; ours are estimates
            max_tokens=8192,
        ),
        Adapter(
            name="zeroentropy",
            example="zeroentropy:zembed-1",
            url="https://api.zeroentropy.dev/v1/models/embed",
            word=word_zeroentropy,
            read=read_nested("results", "embedding"),
            key_names=("ZEROENTROPY_API_KEY",),
            roles=_INPUT_TYPES,
            required_role="document",
        ),
        Adapter(
            name="cohere",
            example="cohere:embed-v4.0",
            url="https://api.cohere.com/v2/embed",
            word=word_cohere,
            read=read_embeddings,
            key_names=("CO_API_KEY", "COHERE_API_KEY"),
            most_texts=96,
            roles={Role.QUERY: "search_query", Role.DOCUMENT: "search_document"},
            required_role="search_document",
            has_base64=False,
        ),
        Adapter(
            name="voyage",
            example="voyage:voyage-3.5",
            url="https://api.voyageai.com/v1/embeddings",
            word=word_voyage,
            key_names=("VOYAGE_API_KEY",),
            most_texts=256,  # 1,000 are allowed
            most_tokens=80_000,  # 120,000 are allowed for the largest models
            roles=_INPUT_TYPES,
        ),
        Adapter(
            name="jina",
            example="jina:jina-embeddings-v3",
            url="https://api.jina.ai/v1/embeddings",
            word=word_jina,
            key_names=("JINA_API_KEY",),
            roles={Role.QUERY: "retrieval.query", Role.DOCUMENT: "retrieval.passage"},
        ),
        Adapter(
            name="gemini",
            example="gemini:gemini-embedding-001",
            url="https://generativelanguage.googleapis.com/v1beta/models/{model}:batchEmbedContents",
            word=word_gemini,
            read=read_nested("embeddings", "values"),
            key_names=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
            key_header="x-goog-api-key",
            key_prefix="",
            most_texts=100,
            roles={Role.QUERY: "RETRIEVAL_QUERY", Role.DOCUMENT: "RETRIEVAL_DOCUMENT"},
            roleless=("gemini-embedding-2",),  # wants the task in words, in the text itself
            has_base64=False,
        ),
    )
}
"""The APIs by the scheme of their references."""
