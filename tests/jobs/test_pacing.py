"""Back-off, slots and polling, with a clock moved by hand."""

from app.jobs.engine.pacing import Gate, Polling, Slots


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_gate_opens_by_itself_and_never_earlier_than_it_said():
    clock = Clock()
    gate = Gate(clock)
    gate.shut(30, "the rate limit")
    gate.shut(5, "something shorter")
    assert gate.wait() == 30
    clock.now += 30
    assert gate.wait() == 0


def test_back_off_grows_and_starts_anew_after_a_success():
    clock = Clock()
    gate = Gate(clock)
    waits = []
    for _ in range(9):
        gate.back_off("trouble")
        waits.append(gate.wait())
        clock.now += gate.wait()
    assert 1 <= waits[0] <= 2
    assert 30 <= waits[-1] <= 60
    gate.passed()
    gate.back_off("trouble")
    assert gate.wait() <= 2


def test_requests_that_fail_together_count_as_one_failure():
    clock = Clock()
    gate = Gate(clock)
    for _ in range(10):
        gate.back_off("trouble")
    assert gate.wait() <= 2
    gate.back_off("trouble", at_least=20)
    assert gate.wait() == 20


def test_slots_halve_when_the_account_is_full_and_grow_back_one_by_one():
    slots = Slots(10)
    slots.halve()
    assert slots.now == 5
    for _ in range(5):
        slots.succeeded()
    assert slots.now == 6
    for _ in range(10):
        slots.halve()
    assert slots.now == 1


def test_polls_follow_the_usual_duration():
    clock = Clock()
    polling = Polling(clock)
    polling.sent()
    assert round(polling.next_at - clock.now, 3) == 0.3
    polling.finished(10.0)
    polling.polled(oldest_age=8.0)
    assert round(polling.next_at - clock.now, 3) == 0.6


def test_a_fresh_wave_is_not_asked_for_before_it_can_be_done():
    clock = Clock()
    polling = Polling(clock, usual=10.0)
    polling.polled(oldest_age=0.0)
    assert polling.next_at - clock.now == 6.0


def test_what_nothing_waits_for_is_asked_for_when_it_should_be_done():
    clock = Clock()
    polling = Polling(clock, usual=10.0, calm=True)
    polling.sent()
    assert round(polling.next_at - clock.now, 3) == 9.8
    for _ in range(100):
        polling.finished(max(8.0, 0.98 * (polling.usual or 0.0)))
    assert (polling.usual or 0.0) < 8.5, "it learns that it has become quicker"


def test_polls_of_ten_jobs_in_flight_stay_below_one_a_batch():
    clock, polling, seconds, batches, asked = Clock(), Polling(Clock(), usual=2.0), 2.0, 100, 0
    polling.clock = clock
    ends = clock.now + batches / 10 * seconds
    while clock.now < ends:
        polling.landed = round((clock.now - ends) / seconds * 10) + batches
        polling.polled(oldest_age=seconds)
        clock.now = polling.next_at
        asked += 1
    assert asked < batches
