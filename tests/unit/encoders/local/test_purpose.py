"""What is no embedding model is refused by its kind; a bare checkpoint is audited with a note that stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models
from evenband import encoders
from evenband.encoders.local.purpose import purpose_of
from evenband.errors import ModelError
from evenband.types import Reranker

sentence_transformers = pytest.importorskip("sentence_transformers")


def bare(folder: Path, architecture: str = "BertModel", **changes: Any) -> Path:
    """A checkpoint as transformers saves it, with its tokenizer."""
    import transformers

    words = small_models.tokenizer("Causal" in architecture, 48)
    sizes = {"vocab_size": len(words), "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 4, "max_position_embeddings": 64, "pad_token_id": 0}
    config = "Qwen2Config" if "Qwen2" in architecture else "BertConfig"
    if config == "Qwen2Config":
        heads["num_key_value_heads"] = 2
    network = getattr(transformers, architecture)(getattr(transformers, config)(**sizes, **heads, **changes))
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def cross_encoder(folder: Path) -> Path:
    """As sentence-transformers saves a reranker now: a folder with modules.json."""
    base = bare(folder / "base", "BertForSequenceClassification", num_labels=1)
    sentence_transformers.CrossEncoder(str(base), device="cpu").save_pretrained(str(folder / "model"))
    assert (folder / "model/modules.json").is_file()
    return folder / "model"


def splade(folder: Path) -> Path:
    """A sparse encoder as sentence-transformers makes it of a masked language model."""
    base = bare(folder / "base", "BertForMaskedLM")
    sentence_transformers.SparseEncoder(str(base), device="cpu").save_pretrained(str(folder / "model"))
    return folder / "model"


def late(folder: Path) -> Path:
    """A model of a vector for each token, as sentence-transformers makes it of a checkpoint."""
    multi = pytest.importorskip("sentence_transformers.multi_vector_encoder")
    base = bare(folder / "base")
    multi.MultiVectorEncoder(str(base), device="cpu").save_pretrained(str(folder / "model"))
    return folder / "model"


def without_kind(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    """The same, as older versions saved it: nothing but its modules says what it is."""

    def save(folder: Path) -> Path:
        path = make(folder) / "config_sentence_transformers.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        del config["model_type"]
        path.write_text(json.dumps(config), encoding="utf-8")
        return path.parent

    return save


def with_file(make: Callable[[Path], Path], name: str, content: str) -> Callable[[Path], Path]:
    """The same with one more file."""

    def save(folder: Path) -> Path:
        made = make(folder)
        (made / name).write_text(content, encoding="utf-8")
        return made

    return save


def pylate(folder: Path) -> Path:
    """A sentence-transformers folder whose last module is PyLate's."""
    made = small_models.save(folder)
    listing = json.loads((made / "modules.json").read_text(encoding="utf-8"))[:1]
    listing.append({"idx": 1, "name": "1", "path": "1_Dense", "type": "pylate.models.Dense.Dense"})
    (made / "modules.json").write_text(json.dumps(listing), encoding="utf-8")
    return made


def vision(folder: Path) -> Path:
    """A bare image model."""
    import transformers

    sizes: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 64}
    sizes |= {"num_hidden_layers": 1, "num_attention_heads": 4}
    transformers.ViTModel(transformers.ViTConfig(**sizes, image_size=16, patch_size=8)).save_pretrained(
        folder
    )
    (folder / "preprocessor_config.json").write_text(
        '{"image_processor_type": "ViTImageProcessor"}', encoding="utf-8"
    )
    return folder


CARD = "---\nlanguage: en\npipeline_tag: text-ranking\ntags:\n- transformers\n---\n# A model\n"

OTHERS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "cross-encoder": (cross_encoder, r"a reranker \(saved as a CrossEncoder\)"),
    "cross-encoder without its kind": (without_kind(cross_encoder), r"a reranker \(its task is sequence-cl"),
    "cross-encoder of old": (
        lambda folder: bare(folder, "BertForSequenceClassification", num_labels=1),
        r"a reranker \(BertForSequenceClassification\)",
    ),
    "classifier": (
        lambda folder: bare(folder, "BertForSequenceClassification", num_labels=3),
        r"a classifier \(BertForSequenceClassification\)",
    ),
    "tagger": (lambda folder: bare(folder, "BertForTokenClassification"), "a classifier .BertForTokenCl"),
    "reranker of a language model": (
        with_file(lambda folder: bare(folder, "Qwen2ForCausalLM"), "README.md", CARD),
        "a reranker .its card says text-ranking",
    ),
    "splade": (splade, r"a sparse encoder \(saved as a SparseEncoder\)"),
    "splade without its kind": (without_kind(splade), r"a sparse encoder \(it has a module SpladePooling"),
    "late interaction": (late, r"a late-interaction model \(saved as a MultiVectorEncoder\)"),
    "late interaction without its kind": (
        without_kind(late),
        "late-interaction model .it has a module Multi",
    ),
    "PyLate": (pylate, r"late-interaction model \(it has a module pylate\.models\.Dense\.Dense"),
    "ColBERT": (with_file(bare, "artifact.metadata", "{}"), "late-interaction model .it has ColBERT's art"),
    "image model": (vision, r"reads no text \(ViTModel without a tokenizer"),
}


@pytest.mark.parametrize("kind", list(OTHERS))
def test_a_model_of_another_kind_is_refused_by_its_name(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In one line, before weights are read, with not a word of the library's beside it."""
    make, words = OTHERS[kind]
    folder = make(tmp_path)
    for weights in folder.glob("*.safetensors"):
        weights.write_bytes(b"not read")
    capfd.readouterr()
    with pytest.raises(ModelError, match=f"is not an embedding model but .*{words}") as caught:
        encoders.load(str(folder))
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
    if "reranker" in words or words.startswith(("a late", "late")):
        assert "`evenband audit` measures it" in str(caught.value)
        assert len(encoders.content_of(str(folder)) or "") == 32  # an audit tells its weights apart
    else:
        with pytest.raises(ModelError, match="is not an embedding model"):
            encoders.content_of(str(folder))


@pytest.mark.parametrize(
    ("architecture", "assumed"),
    [
        ("BertModel", "mean pooling"),
        ("BertForMaskedLM", "mean pooling"),
        ("Qwen2ForCausalLM", "lasttoken pooling"),
    ],
)
def test_a_bare_checkpoint_is_audited_with_a_note_on_what_is_assumed(
    architecture: str, assumed: str, tmp_path: Path
) -> None:
    """Its vectors are the library's, the note names the architecture, and a later load has the note too."""
    folder = bare(tmp_path / "m", architecture)
    library = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    for _ in range(2):
        encoder = encoders.load(str(folder), device="cpu")
        [note] = encoder.spec.notes
        assert note.startswith(f"not saved as an embedding model ({architecture}): {assumed} is assumed")
        vectors = encoder.encode(["let's eat", "the king"])
        assert np.abs(vectors - library.encode(["let's eat", "the king"])).max() < 1e-5


def test_the_note_on_a_bare_checkpoint_is_in_terminal_report_and_summary(
    evenband: Callable[..., Any], tmp_path: Path
) -> None:
    """On the first run and on the second, which computes nothing."""
    folder = bare(tmp_path / "m")
    (tmp_path / "pairs.csv").write_text("a,b\nlet us eat,please eat\nthe king,the queen\n", encoding="utf-8")
    note = "not saved as an embedding model (BertModel): mean pooling is assumed"
    for run in ("one", "two"):
        done = evenband("audit", folder, "-p", tmp_path / "pairs.csv", "-o", tmp_path / run)
        assert done.code == 0
        assert note in " ".join(done.out.split())
        assert note in unescape((tmp_path / run / "report.html").read_text(encoding="utf-8"))
        assert note in (tmp_path / run / "summary.json").read_text(encoding="utf-8")


def test_a_saved_embedding_model_has_no_such_note(tmp_path: Path) -> None:
    """Whatever architecture its network was saved under, and whatever its card says."""
    folder = small_models.save(tmp_path)
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["architectures"] = ["BertForMaskedLM"]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert encoders.load(str(folder), device="cpu").spec.notes == ()


def test_a_live_model_of_another_kind_is_refused_and_one_on_a_reranker_noted(tmp_path: Path) -> None:
    """The other classes by what they are; a SentenceTransformer of a reranker's folder by a note."""
    folder = cross_encoder(tmp_path)
    live = sentence_transformers.CrossEncoder(str(folder), device="cpu")
    with pytest.raises(ModelError, match=r"not an embedding model but a reranker .*CrossEncoder"):
        encoders.wrap(live)
    assert isinstance(evenband.wrap(live), Reranker)
    sparse = sentence_transformers.SparseEncoder(str(splade(tmp_path / "s")), device="cpu")
    with pytest.raises(ModelError, match="a sparse encoder"):
        evenband.wrap(sparse)
    converted = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    [note] = evenband.wrap(converted).spec.notes
    assert note.startswith("not saved as an embedding model (BertForSequenceClassification)")
    assert "mean pooling was put on top" in note
    dense = sentence_transformers.SentenceTransformer(str(small_models.save(tmp_path / "d")), device="cpu")
    assert evenband.wrap(dense).spec.notes == ()


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        (
            ["LukeForEntityPairClassification"],
            "a classifier (LukeForEntityPairClassification), which gives labels",
        ),
        (["MyBertForScoreRegression"], "a classifier (MyBertForScoreRegression), which gives labels"),
        (
            ["TapasForTableQuestionAnswering"],
            "a classifier (TapasForTableQuestionAnswering), which gives labels",
        ),
        (["InternLM2ForRewardModel"], "a reward model (InternLM2ForRewardModel), which scores texts"),
        ("BertForTokenClassification", "a classifier (BertForTokenClassification), which gives labels"),
        (
            "DPRContextEncoder",
            "one of DPR's two encoders (DPRContextEncoder), whose partner is another model",
        ),
        (["BertModel"], None),
        ([None], None),
        ("BertModel", None),
    ],
)
def test_heads_are_known_by_what_their_names_end_in(tmp_path: Path, named: object, kind: str | None) -> None:
    """Other tasks and other people's classes are no embedding models either; one name may stand alone."""
    (tmp_path / "config.json").write_text(json.dumps({"architectures": named}), encoding="utf-8")
    purpose = purpose_of(tmp_path)
    assert (None if purpose is None else str(purpose)) == kind
