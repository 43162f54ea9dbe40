"""The losses of runs over their steps, drawn."""

import math
from collections.abc import Mapping, Sequence

import altair as alt
import pandas  # noqa: F401  # whole, before altair finds what another session has half imported
import streamlit as st

from stylex.studio.watch import Line

COLOURS = ("#8a8580", "#b5482a", "#2a6fb5", "#4a9a5a")  # in order; to be seen on light and dark


def curves(runs: Mapping[str, Sequence[Line]]) -> None:
    """The parts of the loss over the steps, {name: lines}; several runs by their totals."""
    several = len(runs) > 1
    rows = [
        {"step": line.step, "loss": value, "part": name if several else part}
        for name, lines in runs.items()
        for line in lines
        for part, value in line.losses.items()
        if 0 < value < math.inf and (part == "total" or not several)
    ]
    names = list(dict.fromkeys(str(row["part"]) for row in rows))
    chart = (
        alt.Chart({"values": rows})
        .mark_line()
        .encode(
            x=alt.X("step:Q", title="step"),
            y=alt.Y(
                "loss:Q",
                title="weighted loss",
                scale=alt.Scale(type="log", nice=False),
                axis=alt.Axis(tickCount=4, format="~g"),
            ),
            color=alt.Color(
                "part:N",
                title=None,
                scale=alt.Scale(domain=names, range=COLOURS[: len(names)]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=["part:N", "step:Q", alt.Tooltip("loss:Q", format=".4g")],
        )
        .properties(height=220)
    )
    st.altair_chart(chart, width="stretch")
