"""What is made of readings: nothing here is timed."""

from __future__ import annotations

from typing import Any, Callable, Optional

import measure
import pytest
from cases import Group
from clients import ASYNC, BARE, IN_NODE, OURS, SYNC, Client
from measure import Results, rate
from targets import BETWEEN, MET, UNDER, UNKNOWN, Target, by_size, by_streams, growth, many


@pytest.mark.parametrize(
    ("measured", "at_most", "verdict"),
    [(9, False, MET), (8.9, False, BETWEEN), (5, False, BETWEEN), (4.9, False, UNDER), (None, False, UNKNOWN), (9, True, MET), (9.1, True, UNDER)],
)
def test_a_figure_is_met_or_between_or_under(measured: Optional[float], at_most: bool, verdict: str) -> None:
    floor = None if at_most else 5
    assert Target("", "", measured, goal=9, floor=floor, at_most=at_most).verdict == verdict


def test_a_ratio_is_of_the_same_round() -> None:
    results = Results()
    results.readings["case", SYNC, OURS] = [{"events": 10, "wall": 1}, None, {"events": 40, "wall": 1}]
    results.readings["case", SYNC, "vendor"] = [{"events": 5, "wall": 1}, {"events": 1, "wall": 1}, {"events": 10, "wall": 1}]
    assert results.ratio("case", SYNC, OURS, "vendor", rate) == [2, 4]


def grown(cost: Callable[[float], float], failures: dict[str, int]) -> Results:
    results = Results()
    for lane in (SYNC, IN_NODE):
        for case, size in by_size():
            results.readings[case, lane, OURS] = [{"events": 1, "cpu": cost(size), "wall": 1}]
    for lane in (ASYNC, IN_NODE):
        for case, count in by_streams():
            results.readings[case, lane, OURS] = [{"cpu": cost(count), "failures": failures}]
    return results


def test_growth_that_is_worse_than_linear_is_noticed() -> None:
    assert {target.verdict for target in growth(grown(lambda work: 5 + work, {}))} == {MET}
    assert {target.verdict for target in growth(grown(lambda work: 5 + work**1.5, {}))} == {UNDER}
    unfinished = growth(grown(lambda work: work, {"not done": 1}))
    assert [target.verdict for target in unfinished] == [MET, MET, UNKNOWN, UNKNOWN]


def test_of_a_step_that_is_too_steep_for_node_itself_what_comes_on_top_is_judged() -> None:
    def verdict(cost: Callable[[float], float], bare: Callable[[float], float]) -> str:
        results = grown(cost, {})
        for case, size in by_size():
            results.readings[case, IN_NODE, BARE.name] = [{"events": 1, "cpu": bare(size), "wall": 1}]
        return growth(results)[1].verdict

    def jump(size: float) -> float:
        return size if size < 200_000 else 3 * size

    assert verdict(lambda size: size + jump(size), jump) == MET
    assert verdict(lambda size: size + 0.1 * size**1.5 + jump(size), jump) == UNDER
    assert verdict(lambda size: size + jump(size), lambda size: size) == UNDER
    assert verdict(lambda size: size + jump(size), lambda size: 0) == UNDER


def test_streams_that_failed_are_no_success() -> None:
    results = Results()
    results.readings["1,000 streams", ASYNC, OURS] = [{"failures": {"not done": 3}, "wall": 1.5, "ideal": 1.5, "lag_p99": 0.01, "memory": 1.0}]
    assert [target.verdict for target in many(results)[:4]] == [UNDER, MET, MET, MET]


def test_clients_take_turns_and_who_is_late_twice_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def read(_group: Group, client: Client, _url: str) -> tuple[Optional[dict[str, Any]], str]:
        asked.append(client.name)
        return (None, "not done in 1 s") if client.name == "slow" else ({"results": [{"seconds": 1}]}, "")

    monkeypatch.setattr(measure, "_read", read)
    group = Group({"case": {}}, [Client(SYNC, "slow"), Client(SYNC, "fast")])
    results = measure.measure([group], "", 4, 1000, lambda _text: None)
    assert asked == ["slow", "fast", "fast", "slow", "fast", "fast"]
    assert len(results.of("case", SYNC, "fast")) == results.rounds == 4
    assert results.failures["case", SYNC, "slow"] == ["not done in 1 s"] * 2 + ["not asked again"] * 2
