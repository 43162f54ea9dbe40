"""What torch's import makes is kept from the garbage collector, and nothing else."""

import subprocess
import sys

IMPORTING = """
import gc
from stylex.importing import importing_torch

class Loop: pass

with importing_torch():
    assert not gc.isenabled()
    import torch
assert gc.isenabled()
frozen = gc.get_freeze_count()
assert frozen > 10 * len(gc.get_objects()), (frozen, len(gc.get_objects()))
with importing_torch():  # as of the next job: what a job leaves is collected
    assert gc.isenabled()
    loop = Loop()
    loop.itself = loop
    del loop
assert gc.collect() and gc.get_freeze_count() <= frozen
"""

FAILING = """
import gc
from stylex.importing import importing_torch
try:
    with importing_torch():
        raise ImportError
except ImportError:
    assert gc.isenabled()
"""


def in_a_process_of_its_own(program):
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_the_import_makes_is_left_alone_and_what_jobs_make_is_not():
    in_a_process_of_its_own(IMPORTING)


def test_the_collector_is_back_however_the_import_ends():
    in_a_process_of_its_own(FAILING)
