"""How far a run is: counts, the one estimate, stages; with a clock of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from evenband import stages
from evenband.encoders import CachedEncoder, VectorStore
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.running import tracking
from evenband.running.forecast import Forecast
from evenband.running.plan import build, load_probes
from evenband.running.session import Session
from evenband.running.sinks import MemorySink
from evenband.running.status import Status, duration
from evenband.running.tracking import Tracker
from evenband.types import Encoder, ModelSpec, Role, Vectors

SECONDS_A_TEXT = 0.01


class Clock:
    """Seconds that pass only when something takes time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Slow:
    """An encoder that takes a hundredth of a second for every text, by that clock."""

    def __init__(self, clock: Clock, name: str = "slow") -> None:
        self.clock, self.embedded = clock, 0
        self.spec = ModelSpec(name, name, "test", "1", "float32", 16)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.clock.now += SECONDS_A_TEXT * len(texts)
        self.embedded += len(texts)
        rows = [np.random.default_rng(abs(hash((self.spec.name, text)))).normal(size=16) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(-1, 16)


class Watcher:
    """A display that keeps every status it could have shown."""

    def __init__(self) -> None:
        self.seen: list[Status] = []

    def watch(self, status: object) -> None:
        self.ask = status

    def look(self) -> None:
        self.seen.append(self.ask())  # type: ignore[operator]

    def start(self, what: str, total: int) -> None: ...
    def advance(self, items: int) -> None: ...
    def finish(self) -> None: ...


def probes(*names: str) -> list[MinimalPairs]:
    return load_probes(build(models=("toy:words",), probes=names, sample=40))


def session_of(clock: Clock, watcher: Watcher, monkeypatch: pytest.MonkeyPatch, *models: Encoder) -> Session:
    """A session on encoders of the user's own whose tracker has that clock and is looked at all the time."""
    plan = build(models=[model.spec.ref for model in models], probes=("typo", "negation", "and-or"))
    session = Session(plan, MemorySink(), probes=probes("typo", "negation", "and-or"), progress=watcher)
    monkeypatch.setattr(session.tracker, "_clock", clock)
    estimate = session.tracker._estimate_again

    def estimate_and_look(now: float) -> None:
        estimate(now)
        watcher.look()

    monkeypatch.setattr(session.tracker, "_estimate_again", estimate_and_look)
    return session


def test_a_run_says_what_it_does_of_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each model and probe is named with its number, loading and analysing have stages of their own."""
    clock, watcher = Clock(), Watcher()
    models = [Slow(clock), Slow(clock, "slower")]
    session_of(clock, watcher, monkeypatch, *models).run(models)
    places = [(one.model, one.model_number, one.probe, one.probe_number) for one in watcher.seen]
    measured = [place for place in dict.fromkeys(places) if place[2]]
    names = ("typo", "negation", "and-or")
    expected = [(m, k, p, j) for k, m in ((1, "slow"), (2, "slower")) for j, p in enumerate(names, 1)]
    assert measured == expected
    assert {(one.models, one.probes) for one in watcher.seen} == {(2, 3)}
    heard = [one.stage for one in watcher.seen]
    for stage in ("loading slow", "embedding", "comparing neighbours", "noise floor", "baselines"):
        assert stage in heard, stage
    assert any(stage.startswith("analysing typo on slow (1 of 6): bootstrap") for stage in heard)


def test_one_estimate_counts_down_to_the_end_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of later probes and models are in it from the first batch on, and it never runs far off."""
    clock, watcher = Clock(), Watcher()
    models = [Slow(clock), Slow(clock, "slower")]
    times: list[tuple[float, float]] = []
    session = session_of(clock, watcher, monkeypatch, *models)
    look = watcher.look

    def look_and_note() -> None:
        look()
        if watcher.seen[-1].seconds_left is not None:
            times.append((clock.now, watcher.seen[-1].seconds_left))

    monkeypatch.setattr(watcher, "look", look_and_note)
    session.run(models)
    end = clock.now
    assert end > 10
    assert times[0][0] < 0.1 * end, "the first estimate comes with the first texts"
    for now, left in times:
        is_first_probe = now < 0.2 * end  # what a probe takes beside embedding is not known yet
        assert left == pytest.approx(end - now, abs=(0.4 if is_first_probe else 0.15) * end)
    rises = sum(max(0.0, b[1] - a[1]) for a, b in pairwise(times))
    assert rises < 0.2 * end
    assert times[-1][1] == pytest.approx(0, abs=0.01 * end)


def test_texts_done_end_at_their_total(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done never exceeds the total, and the total is what the encoders got to see."""
    clock, watcher = Clock(), Watcher()
    models = [Slow(clock), Slow(clock, "slower")]
    session_of(clock, watcher, monkeypatch, *models).run(models)
    assert all(one.done <= one.total for one in watcher.seen)
    done = [one.done for one in watcher.seen]
    assert done == sorted(done)
    last = watcher.seen[-1]
    assert last.done == last.total
    noise = sum(model.embedded for model in models) - last.done
    assert 0 < noise < 0.25 * last.done, "texts embedded again for the noise floor are not counted"


def test_a_forecast_counts_each_text_once_and_none_that_is_cached(tmp_path: Path) -> None:
    """Its sum is the number of texts that a cache then asks its encoder for."""
    clock = Clock()
    inner = Slow(clock)
    cached = CachedEncoder(inner, VectorStore(tmp_path))
    two = probes("negation", "and-or")
    forecast = Forecast([*two, two[0]])
    first = forecast.of_encoder(cached)
    assert first[2] == 0, "the same texts again"
    every_text = {
        (probe.role(side), text)
        for probe in two
        for template in probe.templates
        for side, filled in enumerate(probe.texts(template))
        for text in filled
    }
    assert sum(first) == len(every_text)
    texts = [text for filled in two[0].texts(two[0].templates[0]) for text in filled]
    cached.encode(texts)
    assert forecast.of_encoder(cached)[0] == first[0] - len(set(texts))
    assert forecast.of_encoder(inner) == first, "nothing is known of an encoder without a cache"


def test_a_model_that_is_not_loaded_yet_is_known_by_its_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier run stored under the reference does not count; of an unknown one every text does."""
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path))
    [probe] = probes("and-or")
    forecast = Forecast([probe])
    unknown = forecast.of_reference("slow")
    cached = CachedEncoder(Slow(Clock()), VectorStore())
    for template in probe.templates:
        for filled in probe.texts(template):
            cached.encode(filled)
    assert forecast.of_reference("slow") == [0]
    assert forecast.of_reference("other") == unknown != [0]


def test_a_large_run_looks_up_a_part_of_its_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The count is scaled up, so that it stays right and costs little."""
    everything = Forecast(probes("negation", "and-or")).of_encoder(Slow(Clock()))
    monkeypatch.setattr("evenband.running.forecast.MOST_LOOKED_UP", 100)
    part = Forecast(probes("negation", "and-or"))
    assert sum(part.of_encoder(Slow(Clock()))) == pytest.approx(sum(everything), rel=0.4)
    assert sum(map(len, part._texts)) < 0.5 * sum(everything)


def test_a_heavier_model_is_expected_to_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many times as its weights are larger, until its own pace is known."""
    clock, watcher = Clock(), Watcher()
    monkeypatch.setattr(tracking, "relative_costs", lambda models: [1.0, 9.0])
    monkeypatch.setattr(tracking, "TEXTS_EMBEDDED_AGAIN", 0)
    monkeypatch.setattr(tracking, "BESIDE_EACH_TEXT", 0.0)
    tracker = Tracker(watcher, clock)
    tracker.plan([Slow(clock), Slow(clock, "heavy")], probes("and-or"))
    total = tracker.status().total // 2
    tracker.load("slow")
    tracker.measure(0)
    tracker.start("embedding", total)
    clock.now += 0.1 * total / 2
    tracker.advance(total // 2)
    left = tracker.status().seconds_left
    assert left == pytest.approx(0.1 * (total / 2 + 9 * total), rel=0.02)


def test_the_time_to_load_a_model_says_nothing_of_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is loaded in the middle of a job does not make the estimate explode."""
    monkeypatch.setattr(tracking, "TEXTS_EMBEDDED_AGAIN", 0)
    monkeypatch.setattr(tracking, "BESIDE_EACH_TEXT", 0.0)
    clock, watcher = Clock(), Watcher()
    tracker = Tracker(watcher, clock)
    tracker.plan([Slow(clock)], probes("and-or"))
    total = tracker.status().total
    tracker.load("slow")
    tracker.measure(0)
    tracker.start("embedding", total)
    with tracker.listening():
        stages.enter("loading slow")
        assert tracker.status().stage == "loading slow"
        clock.now += 60
        stages.enter(stages.LOADED)
    assert tracker.status().stage == "embedding"
    clock.now += 1
    tracker.advance(100)
    assert tracker.status().seconds_left == pytest.approx((total - 100) * 0.01, rel=0.01)


def test_the_first_estimate_counts_more_than_the_few_texts_that_no_cache_has() -> None:
    """Where all but one text is cached, the run is nearly all neighbours, baselines and analysis."""
    clock, watcher = Clock(), Watcher()
    tracker = Tracker(watcher, clock)
    todo = probes("and-or", "negation")
    tracker.plan([Slow(clock)], todo)
    tracker._left = [[1, 1]]
    tracker.load("slow")
    tracker.measure(0)
    tracker.start("embedding", 1)
    clock.now += 0.0001
    tracker.advance(1)
    texts = sum(len(one.slot) * len(one.templates) * len(one.templates[0].texts) for one in todo)
    expected = texts * tracking.BESIDE_EACH_TEXT * (1 + tracking.ANALYSIS_SHARE)
    assert expected > 0.5
    assert tracker.status().seconds_left == pytest.approx(expected, rel=0.1)


def test_a_display_with_jobs_only_hears_of_every_job() -> None:
    """Displays that users wrote for single jobs are told which probe and model it is."""

    class Told:
        def __init__(self) -> None:
            self.heard: list[object] = []

        def start(self, what: str, total: int) -> None:
            self.heard.append((what, total))

        def advance(self, items: int) -> None:
            self.heard.append(items)

        def finish(self) -> None:
            self.heard.append("end")

    told = Told()
    tracker = Tracker(told)
    tracker.plan(["toy:words"], probes("and-or"))
    tracker.load("toy-words")
    tracker.measure(0)
    tracker.start("embedding with toy-words", 7)
    tracker.advance(7)
    tracker.finish()
    assert told.heard == [("and-or: embedding with toy-words", 7), 7, "end"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (99, "99 s"), (150, "2 min"), (3 * 3600 + 125, "3 h 02 min")]
)
def test_times_are_short(seconds: float, text: str) -> None:
    """Seconds below 100, then minutes and hours."""
    assert duration(seconds) == text
