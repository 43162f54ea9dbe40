"""What the program does with the machine that it runs on."""

import platform
import subprocess
import sys

import pytest

FREED = """
import torch
from stylex.runs.machine import keep_freed_memory

def resident():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1e3

def growth():
    before = resident()
    tensor = torch.ones(50_000_000)
    del tensor
    return resident() - before

print(growth())
keep_freed_memory()
print(growth())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_freed_memory_is_kept_when_asked_and_else_given_back():
    given_back, kept = map(float, subprocess.check_output([sys.executable, "-c", FREED]).split())
    assert given_back < 20
    assert kept > 190  # of 200 MB
