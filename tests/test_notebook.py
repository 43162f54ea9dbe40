"""The notebook runs from top to bottom, and is committed with its pictures and nothing private.

After a change, execute it anew: `jupyter nbconvert --to notebook --execute --inplace
--ExecutePreprocessor.record_timing=False notebooks/style_transfer.ipynb`.
"""

import json
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "style_transfer.ipynb"
PICTURES = ("image/jpeg", "image/png")
# Where people and machines keep their files, and how machines are called.
PRIVATE = r"/(home|root|tmp|Users|work|mnt|content/drive)/|[A-Z]:\\\\|site-packages|localhost"

# What says how many steps are taken, and a quarter of them.
STEPS, FEWER = "round(count * SIZE / 256)", "round(count * SIZE / 1024)"

STRICT = """import warnings
warnings.simplefilter("error")
# Not ours: ipykernel's as it ends, and matplotlib-inline's when a figure's format is chosen.
warnings.simplefilter("ignore", PendingDeprecationWarning)
warnings.filterwarnings("ignore", ".*is deprecated in traitlets", DeprecationWarning)"""


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell["outputs"]]


def pictures(notebook):
    return [o for o in outputs(notebook) if any(kind in o.get("data", {}) for kind in PICTURES)]


@pytest.fixture(scope="module")
def committed():
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


def test_it_is_committed_as_it_came_out_of_one_run(committed):
    counts = [cell["execution_count"] for cell in code_cells(committed)]
    assert counts == list(range(1, len(counts) + 1))
    assert len(pictures(committed)) >= 10
    assert {output["output_type"] for output in outputs(committed)} <= {"display_data", "stream"}
    assert {o["name"] for o in outputs(committed) if o["output_type"] == "stream"} == {"stdout"}
    assert NOTEBOOK.stat().st_size < 3_000_000


def test_it_tells_nothing_of_the_machine_that_ran_it(committed):
    for cell in code_cells(committed):
        assert cell["metadata"] == {}  # no times of execution
        assert all(output.get("metadata", {}) == {} for output in cell["outputs"])
    words = re.sub(r'"image/\w+": *(\[[^]]*\]|"[^"]*")', "", json.dumps(committed))
    assert not re.search(PRIVATE, words)
    assert committed["metadata"]["kernelspec"]["name"] == "python3"


def test_its_cells_are_short_enough_to_read(committed):
    for cell in code_cells(committed):
        lines = "".join(cell["source"]).splitlines()
        assert len(lines) <= 30
        assert all(len(line) <= 100 for line in lines)


def test_every_cell_runs(committed, monkeypatch, tmp_path):
    nbclient = pytest.importorskip("nbclient", reason="nbclient runs it: pip install '.[test]'")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    # Small, with this checkout's stylex, and without the user's own settings.
    monkeypatch.setenv("STYLEX_NOTEBOOK_SIZE", "64")
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STRICT))
    assert sum(STEPS in cell.source for cell in code_cells(notebook)) == 1
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
        cell.source = cell.source.replace(STEPS, FEWER)
    where = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(notebook, timeout=120, resources=where)
    client.execute()  # raises for the first cell that fails; the kernel has then ended, too
    assert [o for o in outputs(notebook) if o.get("name") == "stderr"] == []
    assert len(pictures(notebook)) == len(pictures(committed))
