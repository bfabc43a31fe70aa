"""No secret of a reference is shown anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband import encoders
from evenband.encoders.redaction import redact, redact_url, scrub, secrets_of
from evenband.encoders.references import parse
from evenband.errors import InputError


@pytest.mark.parametrize(
    ("url", "shown", "secrets"),
    [
        ("http://host/v1?x=1@2#dim=3", "http://host/v1?x=1@2#dim=3", []),
        ("http://host/v1?api-version=2024-02-01", "http://host/v1?api-version=2024-02-01", []),
        ("https://u:p@host/v1", "https://***@host/v1", ["u:p", "p", "dTpw"]),
        ("https://u@host:80?", "https://***@host:80?", ["u", "dTo="]),
        ("https://u:a@b@host", "https://***@host", ["u:a@b", "a@b", "dTphQGI="]),
        ("http://host/v1?api_key=abc&model=m", "http://host/v1?api_key=***&model=m", ["abc"]),
        ("http://host/v1?accessToken=a%2Bb", "http://host/v1?accessToken=***", ["a%2Bb", "a+b"]),
        ("http://host/v1?code=c&sig=s", "http://host/v1?code=***&sig=***", ["c", "s"]),
        ("http://h?z=AbCd0123456789AbCd0123456789", "http://h?z=***", ["AbCd0123456789AbCd0123456789"]),
        ("http://host/v1?max_tokens=5&monkey=m", "http://host/v1?max_tokens=5&monkey=m", []),
    ],
)
def test_users_passwords_and_keys_are_hidden_and_nothing_else(
    url: str, shown: str, secrets: list[str]
) -> None:
    assert redact_url(url) == shown
    assert secrets_of(url) == secrets
    assert redact({"a": [f"--model={url}", 3]}) == {"a": [f"--model={shown}", 3]}


SECRET = "s3cr3tXyZ"
REFERENCES = [
    f"http://user:{SECRET}@host:80/v1",
    f"https://host/v1/embeddings?api_key={SECRET}#dim=3",
    f"https://host/v1?token={SECRET}&x=1",
]


@pytest.mark.parametrize("text", REFERENCES)
def test_a_reference_shows_no_secret_in_any_of_its_texts(text: str) -> None:
    reference = parse(text, ["http", "https"])
    assert SECRET in reference.argument
    for shown in (reference.text, reference.name, repr(reference), reference.replace_option("dim", "2").text):
        assert SECRET not in shown


@pytest.mark.parametrize(
    "text",
    [
        f"http://host/v1#key={SECRET}",
        f"http://host/v1#api_key={SECRET}",
        f"http://host/v1#key_env={SECRET}",
        f"openai:model?token={SECRET}",
        f"http://host/v1#password={SECRET}&dim",
        f"http://host/v1#password={SECRET}&dim=2&dim=3",
        f"ftp://u:{SECRET}@host/v1",
        f"http://u:{SECRET}@host/v1#nonsense=2",
    ],
)
def test_a_key_in_the_options_is_refused_without_being_repeated(text: str) -> None:
    """It would end in the names of folders."""
    with pytest.raises(InputError) as caught:
        encoders.load(text)
    assert SECRET not in str(caught.value)


def test_options_that_only_look_like_secrets_are_taken() -> None:
    assert parse("a/b?max_tokens=5", ["openai"]).options == {"max_tokens": "5"}
    assert parse("openai:m?key_env=MY_KEY", ["openai"]).options == {"key_env": "MY_KEY"}


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_a_scrubbed_text_holds_no_secret(text: str, secrets: list[str]) -> None:
    wanted = [secret for secret in secrets if not set(secret) & set("*")]
    assert not any(secret in scrub(" ".join([text, *wanted]), wanted) for secret in wanted)


def test_a_given_name_does_not_uncover_a_secret() -> None:
    """A name stands before the reference without secrets."""
    reference = parse("mine=http://user:s3cr3tXyZ@host/v1?api_key=s3cr3tXyZ#dim=3", ["http"])
    assert reference.label == "mine"
    assert reference.text.startswith("mine=http://***@host/v1?api_key=***")
    assert "s3cr3tXyZ" not in reference.text
