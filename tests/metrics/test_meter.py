"""What processes count: each for itself, or together, where the dead count on and what they said last is forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.metrics.meter import Meter
from config import ROOT, TOGETHER, Config, reserve_counters

Samples = list[tuple[str, dict[str, str], float]]

TOGETHER_WITH_CHILDREN = """
import json, os
from prometheus_client.multiprocess import mark_process_dead
from app.metrics.meter import Meter
from config import reserve_counters

def samples():
    return [(s.name, s.labels, s.value) for metric in meter.read() for s in metric.samples]

meter, children = Meter(), []
meter.zendesk_waits.labels("again").inc()
meter.rate_limit.set(400)
for number in range(3):
    if not (child := os.fork()):
        reserve_counters()
        for _ in range(100):
            meter.zendesk_waits.labels("again").inc()
        meter.zendesk_answers.labels("GET /views", "200").observe(0.3)
        meter.rate_limit.set(700)
        os._exit(0)
    os.waitpid(child, 0)
    children.append(child)
told = [samples(), meter.rate()]
for child in children:
    mark_process_dead(child)
print(json.dumps([*told, samples(), meter.rate()]))
"""


def value(samples: Samples, sample: str, **labels: str) -> float | None:
    return next((value for name, about, value in samples if name == sample and about == labels), None)


def of(meter: Meter) -> Samples:
    return [(s.name, s.labels, s.value) for metric in meter.read() for s in metric.samples]


def test_a_process_counts_for_itself_and_knows_no_rate_before_zendesk_said_one() -> None:
    meter = Meter()
    assert meter.rate() is None
    meter.zendesk_waits.labels("again").inc()
    meter.rate_limit.set(700)
    meter.rate_left.set(0)
    assert value(of(meter), "giga_zendesk_waits_total", reason="again") == 1
    assert meter.rate() == (700, 0)
    assert not [name for name, _, _ in of(meter) if name.endswith("_created")]


def test_a_histogram_has_all_its_buckets_and_they_add_up() -> None:
    meter, labels = Meter(), {"route": "GET /views", "status": "200"}
    for seconds in (0.3, 0.3, 99.0):
        meter.zendesk_answers.labels("GET /views", "200").observe(seconds)

    def below(bound: str) -> float | None:
        return value(of(meter), "giga_zendesk_request_seconds_bucket", le=bound, **labels)

    assert [below(bound) for bound in ("0.05", "0.25", "0.5", "10.0", "+Inf")] == [0, 0, 2, 2, 3]
    assert value(of(meter), "giga_zendesk_request_seconds_count", **labels) == 3


@pytest.mark.process
def test_processes_are_added_up_also_when_they_are_dead(tmp_path: Path) -> None:
    environ = {**os.environ, TOGETHER: str(tmp_path), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-c", TOGETHER_WITH_CHILDREN]
    done = subprocess.run(program, env=environ, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    alive, rate, dead, rate_of_the_living = json.loads(done.stdout)
    for samples in (alive, dead):
        assert value(samples, "giga_zendesk_waits_total", reason="again") == 301
        assert value(samples, "giga_zendesk_request_seconds_count", route="GET /views", status="200") == 3
    assert (rate, rate_of_the_living) == ([700, 0], [400, 0])


def test_a_garbled_file_hides_the_counters_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "counter_1.db").write_bytes(b"\x00\x10\x00\x00" + b"\xff" * 5_000)
    monkeypatch.setenv(TOGETHER, str(tmp_path))
    assert list(Meter().read()) == []
    assert "cannot be read" in caplog.text


@pytest.fixture
def folder(config: Config, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where processes count together, set up by one of them."""
    monkeypatch.setenv(TOGETHER, "")
    config.count_together()
    return Path(os.environ[TOGETHER])


def test_while_a_process_lives_what_the_dead_counted_stays(config: Config, folder: Path) -> None:
    for process in (os.getpid(), 999_999_999):
        (folder / f"counter_{process}.db").touch()
    config.count_together()
    assert len(list(folder.glob("*.db"))) == 2
    (folder / f"counter_{os.getpid()}.db").unlink()
    config.count_together()
    assert list(folder.glob("*.db")) == []


def test_room_for_counters_is_taken_before_they_are_written(folder: Path) -> None:
    reserve_counters()
    assert {file.stat().st_blocks * 512 >= 1 << 20 for file in folder.glob(f"*_{os.getpid()}.db")} == {True}


def test_a_folder_that_cannot_be_written_stops_nothing(
    config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(TOGETHER, raising=False)
    (config.instance / "metrics").write_text("a file in the way")
    config.count_together()
    assert TOGETHER not in os.environ
    assert "counts for /metrics alone" in caplog.text
