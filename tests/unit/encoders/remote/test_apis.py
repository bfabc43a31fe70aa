"""Every API is asked and understood in its own format, with its key in its own header."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenband import encoders
from evenband.encoders.remote.endpoints import embeddings_url
from evenband.encoders.remote.transport import wait_of
from evenband.errors import InputError, ModelError
from evenband.running.costs import estimate_words
from evenband.types import Role
from fake_server import FakeServer, be_quick, serve, stand_in

pytest.importorskip("httpx")

KEY = "test-key-0123456789"
TEXTS = ["the king", "the queen"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))
    be_quick(monkeypatch)


BEARER = ("Authorization", f"Bearer {KEY}")
OPENAI = {"input": TEXTS, "encoding_format": "base64"}


@pytest.mark.parametrize(
    ("ref", "role", "path", "body", "header"),
    [
        ("openai:m", Role.QUERY, "/v1/embeddings", {"model": "m", **OPENAI}, BEARER),
        (
            "openai:m?dim=8",
            Role.NONE,
            "/v1/embeddings",
            {"model": "m", **OPENAI, "dimensions": 8},
            BEARER,
        ),
        (
            "zeroentropy:zembed-1",
            Role.QUERY,
            "/v1/models/embed",
            {"model": "zembed-1", **OPENAI, "input_type": "query"},
            BEARER,
        ),
        (
            "zeroentropy:zembed-1?dim=40",
            Role.NONE,
            "/v1/models/embed",
            {"model": "zembed-1", **OPENAI, "input_type": "document", "dimensions": 40},
            BEARER,
        ),
        (
            "cohere:embed-v4.0?dim=16",
            Role.DOCUMENT,
            "/v2/embed",
            {
                "model": "embed-v4.0",
                "texts": TEXTS,
                "input_type": "search_document",
                "embedding_types": ["float"],
                "truncate": "NONE",
                "output_dimension": 16,
            },
            BEARER,
        ),
        (
            "cohere:embed-v4.0?input_type=clustering",
            Role.NONE,
            "/v2/embed",
            {
                "model": "embed-v4.0",
                "texts": TEXTS,
                "input_type": "clustering",
                "embedding_types": ["float"],
                "truncate": "NONE",
            },
            BEARER,
        ),
        (
            "voyage:voyage-3.5",
            Role.QUERY,
            "/v1/embeddings",
            {"model": "voyage-3.5", **OPENAI, "input_type": "query", "truncation": False},
            BEARER,
        ),
        (
            "voyage:voyage-3.5?dim=32",
            Role.NONE,
            "/v1/embeddings",
            {"model": "voyage-3.5", **OPENAI, "truncation": False, "output_dimension": 32},
            BEARER,
        ),
        (
            "jina:jina-embeddings-v3?dim=8",
            Role.DOCUMENT,
            "/v1/embeddings",
            {
                "model": "jina-embeddings-v3",
                "input": TEXTS,
                "task": "retrieval.passage",
                "dimensions": 8,
                "embedding_type": "base64",
            },
            BEARER,
        ),
        (
            "gemini:gemini-embedding-001?dim=8",
            Role.QUERY,
            "/v1beta/models/gemini-embedding-001:batchEmbedContents",
            {
                "requests": [
                    {
                        "model": "models/gemini-embedding-001",
                        "content": {"parts": [{"text": text}]},
                        "taskType": "RETRIEVAL_QUERY",
                        "outputDimensionality": 8,
                    }
                    for text in TEXTS
                ]
            },
            ("x-goog-api-key", KEY),
        ),
    ],
)
def test_a_request_is_worded_as_the_api_documents_it(
    monkeypatch: pytest.MonkeyPatch,
    ref: str,
    role: Role,
    path: str,
    body: dict[str, Any],
    header: tuple[str, str],
) -> None:
    with serve() as server:
        stand_in(monkeypatch, server)
        encoder = encoders.load(ref)
        vectors = encoder.encode(TEXTS, role)
        assert server.bodies[-1] == body
        assert server.paths[-1] == path
        headers = {name.lower(): value for name, value in server.headers[-1].items()}
        assert headers[header[0].lower()] == header[1]
        truth = encoders.load("toy:chars").encode(TEXTS)
        np.testing.assert_array_equal(vectors, truth[:, : encoder.spec.dim])
        assert KEY not in repr(encoder.spec)
        assert KEY not in repr(vars(encoder)) + repr(vars(encoder.server)) + repr(encoder.server.connection)  # type: ignore[attr-defined]


def test_texts_without_a_role_are_told_in_the_spec_where_the_api_wants_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve() as server:
        stand_in(monkeypatch, server)
        specs = [
            encoders.load(f"cohere:m{options}").spec for options in ("", "?input_type=query", "?input_type=x")
        ]
        assert [spec.options["input_type"] for spec in specs] == ["search_document", "search_query", "x"]
        assert len({spec.digest for spec in specs}) == 3
        assert "input_type" not in encoders.load("voyage:m").spec.options


def test_a_prompt_is_put_before_the_texts_of_its_role_and_is_part_of_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As of a local model, since a server puts none there. An API that is sent roles has no such option."""
    with serve() as server:
        stand_in(monkeypatch, server)
        options = "query_prompt=query: &document_prompt=passage: &batch=2"
        for ref in (f"{server.url}#{options}", f"openai:m?{options}"):
            encoder = encoders.load(ref)
            for role, prompt in ((Role.QUERY, "query: "), (Role.DOCUMENT, "passage: "), (Role.NONE, "")):
                vectors = encoder.encode(TEXTS, role)
                sent = [prompt + text for text in TEXTS]
                assert server.bodies[-1]["input"] == sent
                np.testing.assert_array_equal(vectors, server.toy.encode(sent))
            assert encoder.spec.prompts == {"query": "query: ", "document": "passage: "}
            assert (
                encoder.spec.digest
                != encoders.load(ref.partition("query_prompt")[0].rstrip("#?")).spec.digest
            )
            assert encoders.prompted_roles(ref) == {
                "query_prompt": Role.QUERY,
                "document_prompt": Role.DOCUMENT,
            }
        with pytest.raises(InputError, match="no option 'query_prompt'"):
            encoders.load("cohere:m?query_prompt=query: ")


def test_the_tokens_of_prompts_are_part_of_the_estimated_cost() -> None:
    """A prompt stands before each text and is paid for each time."""
    words = ["tea", "milk"]
    [bare] = estimate_words(["openai:m"], words)
    [prompted] = estimate_words(["openai:m?prompt=a task of forty characters, spaces too: "], words)
    assert (bare.texts, prompted.texts) == (2, 2)
    assert prompted.tokens - bare.tokens == 2 * 10
    assert estimate_words(["openai:m?query_prompt=query: "], words)[0].tokens == bare.tokens


def test_a_text_that_a_server_does_not_take_is_named_without_its_prompt() -> None:
    with serve(refused="bad") as server:
        encoder = encoders.load(f"{server.url}#prompt=task: ")
        with pytest.raises(ModelError, match="for the text 'a bad one'"):
            encoder.encode(["good", "a bad one"])


def test_a_gemini_model_without_task_types_is_sent_none_and_a_note_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve() as server:
        stand_in(monkeypatch, server)
        encoder = encoders.load("gemini:gemini-embedding-2")
        encoder.encode(TEXTS, Role.QUERY)
        assert all("taskType" not in request for request in server.bodies[-1]["requests"])
        assert "a query is sent as it is" in encoder.spec.role_notes["query"]
        assert not encoders.load("gemini:gemini-embedding-001").spec.role_notes
        with pytest.raises(InputError, match="no option 'input_type'"):
            encoders.load("gemini:gemini-embedding-2?input_type=query")


@pytest.mark.parametrize("variable", ["CO_API_KEY", "COHERE_API_KEY"])
def test_a_key_may_be_in_the_variable_of_either_name(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with serve(key="other-key") as server:
        stand_in(monkeypatch, server)
        monkeypatch.delenv("CO_API_KEY")
        monkeypatch.setenv(variable, "other-key")
        assert encoders.load("cohere:m").spec.dim == 64


def test_a_password_is_not_shown_as_basic_authentication_sends_it_either() -> None:
    """Where the server repeats the header in its answer."""
    with serve(key="right-key") as server:
        with pytest.raises(ModelError, match=r"wrong key: Basic \*\*\*") as caught:
            encoders.load(server.url.replace("http://", "http://user:s3cr%40t@"))
        assert "s3cr" not in str(caught.value)
        assert base64.b64encode(b"user:s3cr@t").decode() not in str(caught.value)


def test_without_its_key_a_model_that_is_known_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as server:
        monkeypatch.setenv("MINE", "key")
        encoders.load(f"{server.url}#key_env=MINE")
        monkeypatch.delenv("MINE")
        with pytest.raises(
            ModelError, match=r"^model '[^']*' needs a key: .*; 1 text is not in the"
        ) as error:
            encoders.load(f"{server.url}#key_env=MINE").encode(["new"])
        assert str(error.value).count("needs a key") == 1


def test_a_missing_key_is_told_with_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match=r"'openai:m' needs a key: set .* variable OPENAI_API_KEY, as in"):
        encoders.load("openai:m")
    with pytest.raises(ModelError, match=r"set the environment variable MINE"):
        encoders.load("http://127.0.0.1:9#key_env=MINE")


def test_a_key_that_is_not_accepted_is_told_by_its_variable_and_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even where the server repeats it in its answer."""
    with serve(key="right-key") as server:
        monkeypatch.setenv("MINE", "wrong-key-123")
        with pytest.raises(
            ModelError, match=r"HTTP 401 .*\*\*\*.* does not accept the key in MINE"
        ) as caught:
            encoders.load(f"{server.url}#key_env=MINE")
        assert "wrong-key-123" not in str(caught.value)
        assert server.requests == 1
        with pytest.raises(ModelError, match="does not accept a request without a key"):
            encoders.load(server.url)
        monkeypatch.setenv("MINE", "right-key")
        assert encoders.load(f"{server.url}#key_env=MINE").spec.dim == 64


def test_a_user_and_password_in_the_address_are_sent_and_not_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As basic authentication; neither httpx's log nor the spec has them."""
    with serve(key="dXNlcjpodW50ZXIy") as server, caplog.at_level(logging.DEBUG):  # user:hunter2
        ref = f"http://user:hunter2@127.0.0.1:{server.port}/v1?token=t0k3n"
        encoder = encoders.load(ref)
        encoder.encode(TEXTS)
        assert server.paths[-1] == "/v1/embeddings?token=t0k3n"
        shown = repr(encoder.spec) + " ".join(caplog.messages)
        assert "hunter2" not in shown
        assert "t0k3n" not in shown
        assert encoder.spec.options["url"] == f"http://***@127.0.0.1:{server.port}/v1/embeddings?token=***"


class TestServers:
    """What is found out of an OpenAI-compatible server."""

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("http://h:1", "http://h:1/v1/embeddings"),
            ("http://h:1/", "http://h:1/v1/embeddings"),
            ("HTTP://h/v1", "http://h/v1/embeddings"),
            ("http://h/v1/embeddings", "http://h/v1/embeddings"),
            ("http://h/v1/embeddings?a=b", "http://h/v1/embeddings?a=b"),
            ("http://h/api/v1/?a=b", "http://h/api/v1/embeddings?a=b"),
            ("http://h/v1beta/openai", "http://h/v1beta/openai/embeddings"),
            ("http://h/prefix", "http://h/prefix/v1/embeddings"),
            ("http://u:p@h/openai/deployments/x/embeddings", "http://u:p@h/openai/deployments/x/embeddings"),
        ],
    )
    def test_any_part_of_the_address_will_do(self, url: str, expected: str) -> None:
        assert embeddings_url(url) == expected

    def test_its_only_model_is_found(self) -> None:
        with serve(models=["the/one"]) as server:
            spec = encoders.load(server.url).spec
            assert (spec.options["model"], spec.max_tokens, spec.revision) == ("the/one", 512, "unversioned")
            assert server.bodies[-1]["model"] == "the/one"

    def test_several_models_are_listed_for_the_user_to_choose(self) -> None:
        with serve(models=["a", "b"]) as server:
            with pytest.raises(InputError, match=r"several models, say which: #model=NAME \(a, b\)"):
                encoders.load(server.url)
            assert encoders.load(f"{server.url}#model=b").spec.options["model"] == "b"

    def test_text_embeddings_inference_says_its_revision_and_limits(self) -> None:
        info = {
            "model_id": "org/m",
            "model_sha": "abc",
            "model_dtype": "float16",
            "max_input_length": 256,
            "max_client_batch_size": 4,
        }
        with serve(models=None, info=info) as server:
            encoder = encoders.load(server.url)
            spec = encoder.spec
            assert (spec.revision, spec.dtype, spec.max_tokens) == ("abc", "float16", 256)
            encoder.encode([f"text {row}" for row in range(10)])
            assert max(map(len, server.embedded)) == 4

    def test_one_that_says_nothing_is_asked_without_a_models_name(self) -> None:
        with serve(models=None) as server:
            assert encoders.load(server.url).spec.options["model"] == ""
            assert "model" not in server.bodies[-1]

    def test_one_without_base64_is_asked_for_numbers(self) -> None:
        """Float32 numbers survive JSON: the same bits."""
        with serve(has_base64=False) as server:
            encoder = encoders.load(server.url)
            np.testing.assert_array_equal(encoder.encode(TEXTS), encoders.load("toy:chars").encode(TEXTS))
            assert server.bodies[-1]["encoding_format"] == "float"

    @pytest.mark.parametrize("numbers", ["<d", ">f", "<e"])
    def test_base64_of_other_numbers_than_float32_is_not_taken_for_them(self, numbers: str) -> None:
        """Bytes do not say what they are: float64, big-endian and float16 are found out at the first time."""
        with serve(numbers=numbers) as server:
            truth = encoders.load("toy:chars").encode(TEXTS)
            for _ in range(2):  # the second time from what is known
                encoder = encoders.load(server.url)
                np.testing.assert_array_equal(encoder.encode(TEXTS), truth)
                assert server.bodies[-1]["encoding_format"] == "float"

    def test_one_that_does_not_cut_vectors_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with serve() as server:
            monkeypatch.setattr(
                FakeServer, "vectors", lambda self, texts, dim: self.toy.encode(texts).tolist()
            )
            with pytest.raises(InputError, match=r"asked for vectors of 8 numbers, got 64; .* leave out dim"):
                encoders.load(f"{server.url}#dim=8")

    def test_another_model_at_the_same_address_is_another_model(self) -> None:
        """Its vectors have a place of their own in the cache."""
        with serve(models=["a"]) as server:
            first = encoders.load(server.url).spec.digest
            server.models, server.toy = ["b"], encoders.load("toy:words")
            assert encoders.load(server.url).spec.digest != first
            server.models, server.toy = ["a"], encoders.load("toy:chars")
            assert encoders.load(server.url).spec.digest == first

    def test_how_it_is_asked_is_no_part_of_the_models_identity(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MINE", "key")
        with serve() as server:
            digests = {
                encoders.load(f"{server.url}{options}").spec.digest
                for options in ("", "#batch=3", "#requests=1&timeout=9", "#key_env=MINE")
            }
            assert len(digests) == 1


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("openai", "got no model, expected such as openai:text-embedding-3-small"),
        ("http", "got no address, expected such as http://localhost:8000/v1/embeddings"),
        (
            "openai:m?dtype=float16",
            r"no option 'dtype' \(the options are: batch, dim, document_prompt, key_env, .*quantize",
        ),
        ("http://127.0.0.1:9#input_type=query", "no option 'input_type'"),
        ("openai:m@3", "only a Hugging Face id has revisions"),
        ("opena:m", "did you mean 'openai'"),
        ("http://u:p@127.0.0.1:9#key_env=OPENAI_API_KEY", "got a user in the address and key_env"),
        (
            "http://127.0.0.1:9?dim=8",
            "dim stands behind the address's own '\\?', .* as in http://localhost:8000#dim",
        ),
        ("http://127.0.0.1:9/v1?x=1&quantize=int8#batch=3", "quantize stands behind the address's own"),
        ("http://127.0.0.1:9#batch=0", "expected a whole number of 1 or more"),
        ("http://[/v1", "is no address: Invalid IPv6 URL"),
    ],
)
def test_a_reference_that_cannot_be_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, ref: str, message: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises((InputError, ModelError), match=message) as caught:
        encoders.load(ref)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "9", "retry-after-ms": "250"}, 0.25),
    ],
)
def test_the_time_to_wait_is_read_from_the_headers(headers: dict[str, str], expected: float | None) -> None:
    assert wait_of(headers) == expected
