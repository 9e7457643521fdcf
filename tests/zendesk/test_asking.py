"""What the client tells the budget: for whom a request asks, and how each one ended."""

import pytest

from app.zendesk import Ask, LocalBudget, NetworkError, RateHeaders, RateLimited
from tests.zendesk.factories import Clock, a_client
from tests.zendesk.wire import Wire, reply, reset

ME = {"user": {"id": 1}}


class Listening(LocalBudget):
    """A budget that remembers what it was told."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock.now)
        self.asked: list[Ask] = []
        self.answered: list[tuple[Ask, bool]] = []
        self.dropped: list[Ask] = []

    def wait(self, ask: Ask) -> float:
        self.asked.append(ask)
        return super().wait(ask)

    def observe(self, ask: Ask, limits: RateHeaders, refused: bool = False) -> None:
        self.answered.append((ask, refused))

    def drop(self, ask: Ask) -> None:
        self.dropped.append(ask)


def test_the_budget_hears_for_which_job_and_for_whom_a_request_asks():
    budget = Listening(Clock())
    with Wire(reply(ME), reply(ME)) as wire:
        client = a_client(wire.url, budget=budget)
        client.for_job(214).me()
        client.for_person().me()
    assert [(ask.share, ask.background) for ask in budget.asked] == [("214", True), (None, False)]
    assert budget.answered == [(ask, False) for ask in budget.asked]


def test_the_budget_hears_of_each_attempt_and_of_each_refusal():
    clock = Clock()
    budget = Listening(clock)
    with Wire(reply(text="slow down", status=429, headers={"Retry-After": "0"}), reply(ME)) as wire:
        a_client(wire.url, clock, budget=budget).me()
    assert [refused for _, refused in budget.answered] == [True, False]
    assert len({ask.id for ask in budget.asked}) == 2


def test_the_budget_hears_of_a_request_that_is_not_sent():
    budget = Listening(Clock())
    with pytest.raises(NetworkError):
        a_client("http://127.0.0.1:1", budget=budget, attempts=1).me()
    budget.block(None, 60.0)
    with pytest.raises(RateLimited):
        a_client("http://127.0.0.1:1", budget=budget).me()
    assert budget.dropped == budget.asked
    assert not budget.answered


def test_the_budget_hears_of_a_request_whose_answer_was_lost():
    budget = Listening(Clock())
    with Wire(reset) as wire, pytest.raises(NetworkError):
        a_client(wire.url, budget=budget, attempts=1).me()
    assert [ask for ask, _ in budget.answered] == budget.asked
    assert not budget.dropped
