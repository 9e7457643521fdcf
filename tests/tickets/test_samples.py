"""Which tickets a dry run shows."""

from app.tickets.samples import Samples


def test_shows_one_of_each_kind_before_a_second_one():
    samples: Samples[str] = Samples(4)
    for kind, ticket in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("a", "a4"), ("b", "b1")]:
        samples.offer(kind, ticket)
    assert samples.chosen() == ["a1", "b1", "a2", "a3"]


def test_keeps_no_more_kinds_than_it_shows():
    samples: Samples[int] = Samples(3)
    for number in range(1000):
        samples.offer(number, number)
    samples.offer(0, 1001)
    assert samples.chosen() == [0, 1, 2]
