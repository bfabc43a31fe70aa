"""Watching a training: the model stays as it is, nothing goes stale, and a run directory keeps the steps."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
from evenband.errors import InputError, RunError
from evenband.probes.pairs.minimal_pairs import MinimalPairs

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

PROBE = """
[[probe]]
name = "comma"
type = "INV"
why = "A comma before a name is nothing."
slot = "list:grandma,grandpa,king,queen,uncle,aunt,doctor,lawyer,sailor,baker"
templates = [
  { name = "eat", a = "let's eat, {x}", b = "let's eat {x}" },
  { name = "help", a = "please help, {x}", b = "please help {x}" },
]
"""
FAMOUS = [("let's eat, grandma", "let's eat grandma")]


@pytest.fixture
def probe(tmp_path: Path) -> Path:
    path = tmp_path / "comma.toml"
    path.write_text(PROBE, encoding="utf-8")
    return path


def evaluator(probe: Path, **options: Any) -> Any:
    from evenband.train import ConsistencyEvaluator

    return ConsistencyEvaluator(probe, **options)


def state_of(model: Any) -> list[Any]:
    """Everything that a trainer would miss, bit for bit, and the random states."""
    numpy_state: Any = np.random.get_state()
    return [
        {name: value.numpy().tobytes() for name, value in model.state_dict().items()},
        [(value.data_ptr(), value._version, value.requires_grad) for value in model.parameters()],
        [None if value.grad is None else value.grad.numpy().tobytes() for value in model.parameters()],
        {name: (id(module), module.training) for name, module in model.named_modules()},
        [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
        torch.get_rng_state().numpy().tobytes(),
        random.getstate(),
        [part.tobytes() if isinstance(part, np.ndarray) else part for part in numpy_state],
    ]


def in_training(model: Any) -> Any:
    """Dropout on in some modules and off in others, gradients at hand."""
    model.train()
    model[1].eval()
    first = next(model.parameters())
    first.grad = torch.full_like(first, 0.5)
    return model


def nudge(model: Any, size: float = 0.05) -> None:
    with torch.no_grad():
        for number, value in enumerate(model.parameters()):
            value.add_(size * torch.sin(torch.arange(value.numel()) + number).reshape(value.shape))


def test_the_model_and_all_random_states_are_as_before(small_model: Any, probe: Path) -> None:
    """Weights, gradients, modules, training flags and random states are the same, bit for bit."""
    watch = evaluator(probe, training=FAMOUS, retrieval=lambda model: {"ndcg@10": random.random()})
    model = in_training(small_model)
    before = state_of(model)
    metrics = watch(model, epoch=0.5, steps=3)
    assert state_of(model) == before
    assert 0 <= metrics["pass_rate"] <= 1
    assert metrics["comma_phi"] == pytest.approx(1 / metrics["comma_consistency"])


def test_an_evaluation_that_raises_leaves_the_model_as_it_was(small_model: Any, probe: Path) -> None:
    """An error in the middle of an evaluation restores everything and comes through."""

    def failing(model: Any) -> float:
        model.eval()
        torch.rand(3), random.random(), np.random.rand()
        raise ZeroDivisionError("retrieval failed")

    watch = evaluator(probe, retrieval=failing)
    model = in_training(small_model)
    before = state_of(model)
    with pytest.raises(ZeroDivisionError):
        watch(model, steps=0)
    assert state_of(model) == before
    assert watch.watch.steps == []


def test_weights_that_changed_are_measured_anew(small_model: Any, probe: Path) -> None:
    """No figure of an earlier step is used for other weights: each step equals an audit of these weights."""
    watch = evaluator(probe)
    for step in (0, 5):
        metrics = watch(small_model, steps=step)
        [audit] = evenband.audit({f"fresh{step}": small_model}, probe, suite="quick")
        assert metrics["comma_phi"] == pytest.approx(audit.summary.phi.value, rel=1e-4)
        nudge(small_model)
    assert [one.step for one in watch.watch.steps] == [0, 5]
    assert len({one.digest for one in watch.watch.steps}) == 2


def test_the_same_weights_at_the_same_step_are_measured_once(
    small_model: Any, probe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trainer's last evaluation and the callback's ask for the same: the second costs nothing."""
    calls: list[str] = []
    measure = MinimalPairs.measure

    def counted(self: MinimalPairs, *arguments: Any, **options: Any) -> Any:
        calls.append(self.name)
        return measure(self, *arguments, **options)

    monkeypatch.setattr(MinimalPairs, "measure", counted)
    watch = evaluator(probe)
    first = watch(small_model, steps=2)
    assert watch(small_model, steps=2) == first
    assert watch(small_model) == first
    assert calls == ["comma"]


def test_an_evaluation_computes_all_texts_in_one_call_and_no_interval(
    small_model: Any, probe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the second evaluation on, one call of the model and no bootstrap: it costs what the texts cost."""
    from evenband.stats import bootstrap

    calls: list[int] = []
    encode = type(small_model).encode

    def counted(self: Any, texts: Any, **options: Any) -> Any:
        calls.append(len(texts))
        return encode(self, texts, **options)

    watch = evaluator(probe, training=FAMOUS)
    watch(small_model, steps=0)
    nudge(small_model)
    small_model.encode(["so that the wrapper takes its samples"])
    monkeypatch.setattr(type(small_model), "encode", counted)
    drawn: list[int] = []

    def weights(codes: Any, rng: Any, total: int, cells: int) -> Any:
        drawn.append(total)
        return iter(())

    monkeypatch.setattr(bootstrap, "_weights", weights)
    metrics = watch(small_model, steps=1)
    texts = {
        text for p in watch.watch.watched.all_probes for t in p.templates for k in p.texts(t) for text in k
    }
    assert [n for n in calls if n > 40] == [len(texts) + 80]
    assert metrics["comma_phi"] > 1
    assert set(drawn) == {0}


def test_a_probe_of_the_training_data_and_its_alarm_are_among_the_metrics(
    small_model: Any, probe: Path
) -> None:
    """Metrics name the alarm and the moves; without movement there is no alarm."""
    watch = evaluator(probe, training=FAMOUS, name="own")
    watch(small_model, steps=0)
    nudge(small_model, 1e-5)
    metrics = watch(small_model, steps=1)
    assert metrics["own_cherry_picked"] == 0.0
    assert abs(metrics["own_training-pairs_trained_move"]) < 0.01
    assert watch.primary_metric == "own_pass_rate"
    assert watch.greater_is_better
    assert watch.watch.watched.cells["comma"] == {"grandma": {"eat": -1}}


def test_a_directory_keeps_every_step_and_draws_them(small_model: Any, probe: Path, tmp_path: Path) -> None:
    """Steps are subjects; report and summary have curves, audits only of the first and the last step."""
    out = tmp_path / "run"
    watch = evaluator(probe, out=out, training=FAMOUS)
    for step in (0, 10, 20):
        watch.watch.log(step, {"training loss": 1.0 / (step + 1)})
        watch(small_model, steps=step)
        nudge(small_model)
    watch.close()
    assert sorted(path.name for path in (out / "measurements").iterdir()) == [
        "step-000000",
        "step-000010",
        "step-000020",
    ]
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert [one["model"] for one in summary["results"]] == ["step-000000", "step-000020"]
    [training] = summary["trainings"]
    assert training["steps"] == [0, 10, 20]
    assert [point["step"] for point in training["families"][0]["points"]] == [0, 10, 20]
    assert training["curves"]["training loss"] == [[0, 1.0], [10, 1 / 11], [20, 1 / 21]]
    assert {one["probe"] for one in training["trained"]} == {"comma", "training-pairs"}
    page = (out / "report.html").read_text("utf-8")
    assert "Training of" in page
    assert "matched" in page


def test_a_killed_training_goes_on_and_forgets_what_was_not_saved(
    small_model: Any, probe: Path, tmp_path: Path
) -> None:
    """Steps after the checkpoint are measured again; the first step stays the baseline of all moves."""
    out = tmp_path / "run"
    first = evaluator(probe, out=out, training=FAMOUS)
    for step in (0, 10, 20):
        first(small_model, steps=step)
        nudge(small_model)
    again = evaluator(probe, out=out, training=FAMOUS)
    metrics = again(small_model, steps=20)
    assert [one.step for one in again.watch.steps] == [0, 10, 20]
    assert "training-pairs_trained_move" in metrics
    assert not (out / "measurements" / "step-000020-2").exists()
    assert [len(history) for history in again.watch.histories.values()] == [3, 3]


def test_another_training_in_the_same_folder_is_refused(
    small_model: Any, probe: Path, tmp_path: Path
) -> None:
    """Other data, other first weights or an audit's folder: refused, naming what differs."""
    out = tmp_path / "run"
    evaluator(probe, out=out, training=FAMOUS)(small_model, steps=0)
    with pytest.raises(RunError, match="another training data"):
        evaluator(probe, out=out, training=["other texts"])
    nudge(small_model)
    with pytest.raises(RunError, match=r"step 0 had other weights; .*another -o"):
        evaluator(probe, out=out, training=FAMOUS)(small_model, steps=0)
    evenband.audit("toy:words", probe, out=tmp_path / "audit")
    with pytest.raises(RunError, match="holds an audit"):
        evaluator(probe, out=tmp_path / "audit")


def test_wrong_arguments_are_named(probe: Path) -> None:
    """Sizes, retrieval and steps between evaluations are checked before a training starts."""
    from evenband.train import ConsistencyCallback

    with pytest.raises(InputError, match="size: got 'huge'"):
        evaluator(probe, size="huge")
    with pytest.raises(InputError, match="retrieval: got 3"):
        evaluator(probe, retrieval=3)
    with pytest.raises(InputError, match="no dataset 'nothing'; expected a folder"):
        evaluator(probe, retrieval="nothing")
    with pytest.raises(InputError, match="every: got 0"):
        ConsistencyCallback(probe, every=0)
    with pytest.raises(InputError, match="seed"):
        ConsistencyCallback(evaluator(probe), seed=1)


def test_importing_the_package_loads_no_model_library() -> None:
    """``import evenband.train`` is quick: PyTorch comes with the first name that needs it."""
    code = "import sys, evenband.train; print('torch' in sys.modules, 'transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_calls_without_steps_are_counted(small_model: Any, probe: Path) -> None:
    """A loop that passes no steps has an evaluation for each change of the weights, the first as baseline."""
    watch = evaluator(probe, training=FAMOUS)
    watch(small_model)
    watch(small_model)
    for _ in range(2):
        nudge(small_model)
        metrics = watch(small_model)
    assert [one.step for one in watch.watch.steps] == [0, 1, 2]
    assert "training-pairs_trained_move" in metrics


def test_a_resumed_loop_without_steps_finds_its_place_by_the_weights(
    small_model: Any, probe: Path, tmp_path: Path
) -> None:
    """In an earlier run directory, weights that were measured have their number; others are refused."""
    first = evaluator(probe, out=tmp_path / "run")
    for _ in range(2):
        nudge(small_model)
        first(small_model)
    kept = {name: value.clone() for name, value in small_model.state_dict().items()}
    nudge(small_model)
    with pytest.raises(RunError, match="none of them had these weights; give"):
        evaluator(probe, out=tmp_path / "run")(small_model)
    small_model.load_state_dict(kept)
    again = evaluator(probe, out=tmp_path / "run")
    again(small_model)
    assert [one.step for one in again.watch.steps] == [0, 1]


def test_a_second_training_does_not_delete_the_first(small_model: Any, probe: Path, tmp_path: Path) -> None:
    """An evaluator that starts again at step 0 refuses, and all that was measured is still there."""
    watch = evaluator(probe, out=tmp_path / "run")
    for step in (0, 10):
        watch(small_model, steps=step)
        nudge(small_model)
    with pytest.raises(RunError, match=r"step 0 came after step 10: .* another evaluator and folder"):
        watch(small_model, steps=0)
    assert [one.step for one in watch.watch.steps] == [0, 10]
    assert (tmp_path / "run" / "measurements" / "step-000010" / "comma.parquet").is_file()


def test_figures_logged_at_the_checkpoint_are_kept(small_model: Any, probe: Path, tmp_path: Path) -> None:
    """A resumed training logs from the next step on: the checkpoint's own loss stays, later ones go."""
    first = evaluator(probe, out=tmp_path / "run")
    for step in (0, 10, 20):
        first(small_model, steps=step)
        first.watch.log(step, {"training loss": float(step)})
    first.close()
    again = evaluator(probe, out=tmp_path / "run")
    again(small_model, steps=10)
    assert again.watch.curves["training loss"] == {0: 0.0, 10: 10.0}


def test_a_foreign_directory_cannot_have_other_folders_removed(
    small_model: Any, probe: Path, tmp_path: Path
) -> None:
    """A step whose name leads out of the measurements is refused before anything is deleted."""
    out = tmp_path / "run"
    evaluator(probe, out=out)(small_model, steps=0)
    victim = tmp_path / "victim"
    victim.mkdir()
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    manifest["training"]["steps"][0]["subject"] = "../../victim"
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(RunError, match="subject"):
        evaluator(probe, out=out)(small_model, steps=0)
    assert victim.is_dir()


def test_figures_that_are_no_numbers_do_not_end_a_training(
    small_model: Any, probe: Path, tmp_path: Path
) -> None:
    """A loss or a retrieval metric that is NaN or infinite is left out of the curves."""
    watch = evaluator(
        probe, out=tmp_path / "run", retrieval=lambda model: {"ndcg@10": float("nan"), "mrr@10": 0.5}
    )
    watch.watch.log(0, {"evaluation loss": float("nan"), "training loss": float("inf")})
    watch(small_model, steps=0)
    watch.close()
    [training] = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["trainings"]
    assert training["curves"] == {"mrr@10": [[0, 0.5]]}


@pytest.mark.parametrize("score", [5.0, -1, float("nan"), float("inf")])
def test_scores_of_another_range_are_refused(probe: Path, score: float) -> None:
    """A score of 1 among 0 to 5 would count as together, and turn the alarm round."""
    with pytest.raises(InputError, match=r"training: got the score .* expected 0 \(apart\) to 1"):
        evaluator(probe, training=[("a b", "a c", score)])


def test_rows_that_contradict_each_other_have_no_direction() -> None:
    """A pair with scores of 1 and of 0 is neither pulled nor pushed, whichever row comes last."""
    from evenband.train.shown_texts import shown_texts

    rows = [("a", "b", 1.0), ("a", "b", 0.0), ("c", "d", 0.0), ("c", "d", 0.0)]
    assert shown_texts(rows).pairs == {("a", "b"): 0, ("c", "d"): 1}
