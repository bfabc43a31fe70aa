"""The grammar of an encoder reference: ``scheme:argument@revision?option=value&...``.

A reference without a known scheme is a Hugging Face id or a local folder. Because ``:``, ``@``
and ``?`` may all stand in a folder's path (a Windows drive, a version), a folder that exists
is taken as such before anything in its name is given a meaning.

A URL such as ``http://host:8080/v1/embeddings?x=1@2#dim=256`` keeps its own ``?``, ``@`` and port;
evenband's options stand behind the ``#``, which servers never see.

A name for tables and files may stand before any reference: ``base=./runs/A/final``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

from evenband.encoders.given_names import is_folder, split_name
from evenband.encoders.redaction import is_secret_name, redact_parameters, redact_url
from evenband.errors import InputError
from evenband.registry import nearest
from evenband.types import Role

ENGINES = ("auto", "plain", "packed", "trie")

POST_OPTIONS = ("normalize", "project", "quantize")
"""Options of every encoder's reference that change finished vectors."""

PROMPT_OPTIONS: dict[str, Role] = {
    "prompt": Role.NONE,
    "query_prompt": Role.QUERY,
    "document_prompt": Role.DOCUMENT,
}
"""Options of a reference that choose a prompt by name or text, and the role of the texts that get it."""

LIVE_SCHEME = "live"
"""Scheme in the reference of a model that was given as an object; nothing can load it."""

_SCHEME_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]+:(?![\\])")  # two letters or more: "C:" is a drive
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")

KEY_ENV = "key_env"
"""Option that names the environment variable with the key of a server."""

HOW_ASKED = frozenset({KEY_ENV, "batch", "requests", "timeout"})
"""Options that change no vector: not part of a model's name and identity."""

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True)
class Settings:
    """How to load a model, beside what its reference says.

    Attributes:
        trust_remote_code: run code that comes with the model.
        engine: how batches are computed; ``auto`` takes the fastest that is exact for the model.
        device: such as ``cpu`` or ``cuda``; ``None`` lets the library choose.
        accepts_drift: also take a remote model whose vectors have moved since it was first loaded; its cached
            vectors are the old ones, so that this is for use without the cache only.
    """

    trust_remote_code: bool = False
    engine: str = "auto"
    device: str | None = None
    accepts_drift: bool = False

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise InputError(
                f"no engine is called {self.engine!r}{nearest(self.engine, ENGINES)} "
                f"(there are: {', '.join(ENGINES)})"
            )


@dataclass(frozen=True)
class Reference:
    """A parsed reference.

    Attributes:
        text: as the user wrote it, with ``***`` in place of the secrets of a URL.
        scheme: the adapter's registered name; of a URL, what stands before ``://``; empty for a
            Hugging Face id or a folder.
        argument: what stands after ``scheme:``; the id, folder or whole URL itself, with its secrets.
        revision: what stands after ``@``.
        options: what stands after ``?``, of a URL after ``#``; every option changes the vectors.
        label: name that the user gave the model for tables and files; empty without one, so that it is
            made of the other fields.
    """

    text: str
    scheme: str
    argument: str = field(repr=False)
    revision: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    label: str = ""

    @property
    def is_url(self) -> bool:
        """Whether the argument is a URL."""
        return bool(self.scheme) and _URL.match(self.argument) is not None

    @property
    def shown_argument(self) -> str:
        """The argument without the secrets of a URL."""
        return redact_url(self.argument) if self.is_url else self.argument

    @property
    def name(self) -> str:
        """Name for tables and files: scheme, last part of the argument's path, revision and options."""
        return self.label or self.name_within()

    def name_within(self, parents: tuple[str, ...] = ()) -> str:
        """Return the name that shows the last folders of the argument's path as well."""
        if self.is_url:
            stem = [self.shown_argument]
        else:
            stem = [self.scheme, *parents, re.split(r"[\\/]", self.argument.rstrip("\\/"))[-1]]
        parts = [*stem, *([self.revision[:12]] if self.revision else [])]
        parts += [f"{key}-{value}" for key, value in sorted(self.options.items()) if key not in HOW_ASKED]
        name = "-".join(part for part in parts if part)
        return re.sub(r"[^\w.+-]+", "-", name).strip("-.") or "model"

    def replace_option(self, key: str, value: str) -> Reference:
        """Return the reference with an option set, whatever it was."""
        options = {**self.options, key: value}
        mark = "#" if self.is_url else "?"
        body = self.text.partition(mark)[0] if self.options else self.text
        return replace(self, options=options, text=f"{body}{mark}{urlencode(options)}")

    def check_options(
        self, known: Collection[str], revision: bool = False, *, has_vectors: bool = True
    ) -> None:
        """Refuse what the adapter does not know.

        Raises:
            InputError: naming the option and listing those that exist.
        """
        for key in self.options:
            if key not in known:
                names = sorted({*known, *(POST_OPTIONS if has_vectors else ())})
                choice = f"{nearest(key, names)} (the options are: {', '.join(names)})"
                raise InputError(f"model {self.text!r} has no option {key!r}{choice}")
        if self.revision is not None and not revision:
            raise InputError(
                f"model {self.text!r}: got the revision {self.revision!r}, but only a Hugging Face id has "
                "revisions; leave out what follows the '@'"
            )

    def integer(self, key: str) -> int | None:
        """Return the value of an option that must be a whole number of 1 or more; ``None`` if not given.

        Raises:
            InputError: if it is anything else.
        """
        value = self.options.get(key)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and int(value) > 0):
            raise InputError(
                f"model {self.text!r}: got {key}={value!r}, expected a whole number of 1 or more"
            )
        return int(value)

    def choice(self, key: str, known: Collection[str], default: str) -> str:
        """Return the value of an option that must be one of a few.

        Raises:
            InputError: if it is none of them.
        """
        value = self.options.get(key, default)
        if value not in known:
            raise InputError(
                f"model {self.text!r}: got {key}={value!r}{nearest(value, known)}, "
                f"expected one of {', '.join(known)}"
            )
        return value


def parse(text: str, schemes: Container[str]) -> Reference:
    """Read a reference.

    Args:
        text: as the user wrote it.
        schemes: registered names, such as ``minilm`` or ``toy:words``.

    Raises:
        InputError: for an empty reference or a malformed option.
    """
    if not text.strip():
        raise InputError(
            "got an empty model reference; expected a Hugging Face id, a folder, or a scheme such as minilm"
        )
    name, reference = split_name(text)
    parsed = _parse_unnamed(reference, schemes)
    return replace(parsed, text=f"{name}={parsed.text}", label=name) if name else parsed


def _parse_unnamed(text: str, schemes: Container[str]) -> Reference:
    """Read a reference that no name stands before."""
    if text not in schemes and is_folder(text):
        return Reference(text, "", text)
    if _URL.match(text):
        return _parse_url(text)
    body, _, query = text.partition("?")
    options = _options(text, query, "?") if "?" in text else {}
    revision = None
    if "@" in body and not is_folder(body):
        body, _, revision = body.rpartition("@")
        if not body or not revision:
            raise InputError(f"model {text!r}: expected a name before the '@' and a revision after it")
    if body in schemes:
        return Reference(text, body, "", revision, options)
    scheme, colon, argument = body.partition(":")
    if colon and scheme in schemes:
        return Reference(text, scheme, argument, revision, options)
    if _SCHEME_PREFIX.match(body) and not is_folder(body):
        return Reference(text, body, "", revision, options)
    return Reference(text, "", body, revision, options)


def _parse_url(text: str) -> Reference:
    address, hash_sign, query = text.partition("#")
    shown = redact_url(address) + hash_sign + redact_parameters(query)
    scheme, _, rest = address.partition("://")
    if not rest.strip("/"):
        raise InputError(
            f"model {shown!r}: got a URL without a host, expected such as {scheme}://localhost:8080/v1/embeddings"
        )
    return Reference(shown, scheme.lower(), address, None, _options(shown, query, "#") if hash_sign else {})


def _options(text: str, query: str, mark: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise InputError(
            f"model {text!r}: cannot read the options {redact_parameters(query)!r}; expected such as "
            f"{mark}dim=256&dtype=bfloat16"
        ) from None
    options = dict(pairs)
    _refuse_secrets(options, text.partition(mark)[0], mark)
    if len(options) != len(pairs):
        raise InputError(
            f"model {text!r}: an option is given twice in {redact_parameters(query)!r}; expected each once"
        )
    return options


def _refuse_secrets(options: Mapping[str, str], body: str, mark: str) -> None:
    """Refuse a key in a reference, which names folders and stands in files; the message does not show it.

    Raises:
        InputError: if an option is called like a secret, or holds something else than a variable's name.
    """
    expected = f"put the key into an environment variable and name that: {mark}{KEY_ENV}=MY_KEY"
    for name, value in options.items():
        if name == KEY_ENV and not _VARIABLE.fullmatch(value):
            raise InputError(
                f"model {body!r}: the value of {KEY_ENV} is no name of an environment variable in capitals "
                f"(it is not shown, in case it is the key itself); {expected}"
            )
        if name != KEY_ENV and is_secret_name(name):
            raise InputError(
                f"model {body!r}: got a key in the option {name!r}, where it can be read; {expected}"
            )
