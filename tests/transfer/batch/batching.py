"""Calls of `stylize`, alone and side by side, and what may be seen of them on the way."""

import copy

import pytest
import torch
from torch import Tensor

from stylex.transfer.batch import Transfer, stylize_batch
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.stylize import stylize

STEPS = 4
QUICK = {"size": 48, "steps": STEPS, "pyramid": Pyramid(levels=2, first=1.0)}
QUICK |= {"device": "cpu", "precision": "fp32"}
CLOSE = {"rtol": 1e-9, "atol": 1e-9}
Call = tuple[Tensor, object, dict]


def seen(step):
    """What a callback may see of a step, as it is then."""
    return {
        "number": (step.number, step.level, step.evaluations, step.restarted, step.ends_level),
        "picture": step.picture,
        "total": step.losses.total.clone(),
        "parts": {name: value.clone() for name, value in step.losses.parts.items()},
        "weights": dict(step.losses.weights),
        "state": copy.deepcopy(step.state()),
    }


def alone(call: Call, state=None):
    content, style, options = call
    steps = []
    result = stylize(
        *(content, style),
        **{**QUICK, **options},
        on_step=lambda step: steps.append(seen(step)),
        state=state,
    )
    return result, steps


def job_of(call: Call, on_step, state=None) -> Transfer:
    content, style, options = call
    memory_plan = state["memory_plan"] if state else None
    planned = plan(content, style, memory_plan=memory_plan, **{**QUICK, **options})
    return Transfer(planned, on_step=on_step, state=state)


def batched(calls: list[Call], states=None):
    """[(what each ended in, what its steps showed)]"""
    steps = [[] for _ in calls]
    jobs = [
        job_of(call, lambda step, own=own: own.append(seen(step)), state)
        for call, own, state in zip(calls, steps, states or [None] * len(calls), strict=True)
    ]
    ends = dict(stylize_batch(jobs))
    assert ends.keys() == set(range(len(calls)))
    return [(ends[number], own) for number, own in enumerate(steps)]


def assert_close(now, before, place=""):
    """Equal, numbers to rounding."""
    if isinstance(before, dict):
        assert now.keys() == before.keys(), place
        for key in before:
            assert_close(now[key], before[key], f"{place}.{key}")
    elif isinstance(before, list | tuple):
        assert len(now) == len(before), place
        for number, (one_now, one_before) in enumerate(zip(now, before, strict=True)):
            assert_close(one_now, one_before, f"{place}[{number}]")
    elif isinstance(before, Tensor):
        torch.testing.assert_close(
            now, before, **CLOSE, equal_nan=True, msg=lambda text: f"{place}: {text}"
        )
    elif isinstance(before, float):
        assert now == pytest.approx(before, rel=1e-9, nan_ok=True), place
    else:
        assert now == before, place


def assert_as_alone(calls: list[Call], found=None) -> None:
    for call, (result, steps) in zip(calls, found or batched(calls), strict=True):
        if isinstance(result, Exception):
            raise result
        expected, alone_steps = alone(call)
        assert_close(steps, alone_steps)
        assert (result.steps, result.evaluations) == (expected.steps, expected.evaluations)
        torch.testing.assert_close(result.image, expected.image, **CLOSE)
        if expected.painted is not None:
            torch.testing.assert_close(result.painted, expected.painted, **CLOSE)
