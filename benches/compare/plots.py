"""The results as pictures: SVG, on white, with the text as text."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import matplotlib

matplotlib.use("svg")
# The same results give the same bytes.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "lightcone", "font.family": "sans-serif", "font.size": 9})

from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

import targets  # noqa: E402
from cases import SIZES, UNARY  # noqa: E402
from clients import ASYNC, BARE, CLIENTS, IN_NODE, LANES, OURS, REFERENCE, SYNC  # noqa: E402
from measure import Figure, Results, cpu, rate, seconds  # noqa: E402
from tables import number  # noqa: E402
from targets import by_size, by_streams, total_cpu  # noqa: E402

Marks = Dict[Tuple[str, str], Tuple[Optional[float], float]]
TIMES = "×"

COLOURS = {OURS: "#d6453d", "vendor": "#3b4a5a", "openai": "#6b7f93", "httpx-sse": "#9fb0bf", "aiohttp": "#c9a227", "undici": "#c9a227", "fetch": "#9fb0bf", BARE.name: "#9fb0bf"}
STREAMS = {size + many: size + short for size in SIZES.values() for many, short in (("", ""), (", many per chunk", "\nmany per chunk"))}

# The readings of a case by a lane and a client, in the unit of the picture.
Values = Callable[[str, str, str], List[float]]


def _bars(axes: Axes, lane: str, cases: dict[str, str], values: Values, unit: str) -> None:
    """A group of bars for each case, one for each client, with the range of its readings; ours in figures, too."""
    names = [client.name for client in CLIENTS if client.lane == lane and any(values(case, lane, client.name) for case in cases)]
    width = 0.84 / max(1, len(names))
    for place, name in enumerate(names):
        label: Optional[str] = name
        for at, case in enumerate(cases):
            found = values(case, lane, name)
            if not found:
                continue
            middle = statistics.median(found)
            reach = [[middle - min(found)], [max(found) - middle]]
            where = at + (place - (len(names) - 1) / 2) * width
            axes.bar(where, middle, width * 0.9, color=COLOURS[name], label=label, yerr=reach, error_kw={"elinewidth": 0.8, "ecolor": "#222222"})
            label = None
            if name == OURS:
                # On white, in front of the lines of floor and goal.
                box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
                axes.annotate(f"{number(middle)}{unit}", (where, max(found)), (0, 2), textcoords="offset points", ha="center", fontsize=8, color=COLOURS[OURS], bbox=box, zorder=5)
    axes.set_xticks(range(len(cases)), list(cases.values()))
    axes.set_xlim(-0.5, len(cases) - 0.5)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.25)
    axes.set_title(lane, loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)


def _save(figure: pyplot.Figure, folder: Path, name: str) -> None:
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    pyplot.close(figure)


def _lanes(folder: Path, name: str, lanes: dict[str, dict[str, str]], values: Values, what: str, unit: str = "", marks: Optional[Marks] = None) -> None:
    """A picture of one row for each lane; `marks` has floor and goal by lane and case."""
    figure, all_axes = pyplot.subplots(len(lanes), 1, figsize=(9, 2.7 * len(lanes)), layout="constrained", squeeze=False)
    for axes, (lane, cases) in zip(all_axes[:, 0], lanes.items()):
        _bars(axes, lane, cases, values, unit)
        for at, case in enumerate(cases):
            for value, style, label in zip((marks or {}).get((lane, case), ()), ((0, (2, 1.5)), "solid"), ("floor", "goal")):
                if value is not None:
                    first = label not in axes.get_legend_handles_labels()[1]
                    axes.hlines(value, at - 0.45, at + 0.45, colors="#2c7a4b", linewidth=1.2, linestyles=[style], label=label if first else None)
                    axes.set_ylim(0, max(axes.get_ylim()[1], value * 1.25))
        axes.set_ylabel(what)
        if unit == TIMES:
            axes.axhline(1, color=COLOURS["vendor"], linewidth=0.6)
        axes.legend(frameon=False, ncols=8, loc="upper right", fontsize=8)
    _save(figure, folder, name)


def _to_reference(results: Results, figure: Figure) -> Values:
    return lambda case, lane, client: results.ratio(case, lane, client, REFERENCE[lane], figure)


def _in(results: Results, figure: Figure, unit: float) -> Values:
    return lambda case, lane, client: [value / unit for value in results.values(case, lane, client, figure)]


def _growth(results: Results, folder: Path) -> None:
    """Double-logarithmic pictures, in which linear growth is as steep as the dotted line through our last point."""
    figure, all_axes = pyplot.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    for axes, steps, of, across, up in (
        (all_axes[0], by_size(), cpu, "bytes in an event", "CPU for an event, ms"),
        (all_axes[1], by_streams(), total_cpu, "streams at once", "CPU of all of them, ms"),
    ):
        lasts = []
        for client in (*CLIENTS, BARE):
            known = [(amount, results.median(case, client.lane, client.name, of)) for case, amount in steps]
            points = [(amount, value * 1000) for amount, value in known if value]
            if points:
                line = "--" if client.lane == IN_NODE else "-"
                axes.plot(*zip(*points), line, marker="o", markersize=3, color=COLOURS[client.name], label=f"{client.lane}, {client.name}")
                lasts += points[-1:] if client.name == OURS else []
        axes.set(xscale="log", yscale="log", xlabel=across, ylabel=up)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#e6e6e6", linewidth=0.6)
        if lasts:
            low, high = axes.get_ylim()
            amount, value = lasts[0]
            amounts = [steps[0][1], amount]
            axes.plot(amounts, [value * less / amount for less in amounts], ":", color="#777777", label="linear")
            axes.set_ylim(low, high)
            axes.legend(frameon=False, fontsize=7)
    _save(figure, folder, "growth")


def draw(results: Results, folder: Path) -> None:
    """All of them."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {(lane, case): marks for lane, cases in targets.STREAMS.items() for case, marks in cases.items()}
    streams = {lane: STREAMS for lane in LANES}
    _lanes(folder, "rate", streams, _to_reference(results, rate), "rate, to the reference", TIMES, wanted)
    _lanes(folder, "cpu", streams, _to_reference(results, lambda reading: 1 / cpu(reading)), "events for as much CPU", TIMES)
    calls = {f"unary, {text}": text for text in UNARY}
    done = {
        SYNC: {name: text for name, text in calls.items() if "64" not in name},
        ASYNC: {name: text for name, text in calls.items() if "8 threads" not in name},
        IN_NODE: {name: text for name, text in calls.items() if "8 threads" not in name},
    }
    goals = {key: (None, goal) for key, goal in targets.UNARY.items()}
    _lanes(folder, "calls", done, _to_reference(results, rate), "rate, to the reference", TIMES, goals)
    cold = "a script to its first event"
    limits = {(lane, "cold"): (None, goal * 1000) for lane, goal in targets.COLD.items()}
    _lanes(folder, "start", {SYNC: {"cold": cold, "import": "a process that only imports"}, IN_NODE: {"cold": cold}}, _in(results, seconds, 1e-3), "ms", "", limits)
    first = {"first event": "to the first event, client at hand"}
    _lanes(folder, "first", {lane: first for lane in LANES}, _in(results, seconds, 1e-3), "ms")
    at_once = {case: case for case in ("200 streams", "1,000 streams")}
    limits = {(lane, "1,000 streams"): (None, targets.LAG * 1000) for lane in (ASYNC, IN_NODE)}
    _lanes(folder, "lag", {ASYNC: at_once, IN_NODE: at_once}, _in(results, lambda reading: reading["lag_p99"], 1e-3), "lag of an event, p99, ms", "", limits)
    if any(case.startswith("growth") for case, _, _ in results.readings):
        _growth(results, folder)
