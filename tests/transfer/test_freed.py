"""What a process does with memory that it has freed, as the system sees it."""

import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from stylex.transfer.evaluation import memory

MEASURE = """
import torch
from stylex.transfer.evaluation.freed import freed_bytes, give_back_freed, keep_freed_memory

def resident():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1e3

def growth():
    before = resident(), freed_bytes() / 1e6
    tensor = torch.ones(50_000_000)
    del tensor
    return resident() - before[0], freed_bytes() / 1e6 - before[1]

print(*growth())
keep_freed_memory()
print(*growth())
before = resident()
give_back_freed()
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_freed_memory_is_kept_when_asked_until_it_is_given_back():
    lines = subprocess.check_output([sys.executable, "-c", MEASURE], text=True).splitlines()
    at_once, kept, later = (list(map(float, line.split())) for line in lines)
    assert max(at_once) < 20
    assert min(kept) > 190  # of 200 MB
    assert later[0] < -190


def test_what_is_freed_and_kept_counts_as_available(monkeypatch):
    monkeypatch.setattr(memory, "freed_bytes", lambda: 5)
    monkeypatch.setattr(memory, "left_to_groups", lambda *folders: [2000, 3000])
    there = SimpleNamespace(available=1000)
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: there)
    assert memory.available_bytes(torch.device("cpu")) == 1005
    there.available = 4000
    assert memory.available_bytes(torch.device("cpu")) == 2005
