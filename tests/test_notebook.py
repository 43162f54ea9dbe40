"""The notebook runs from top to bottom, the answers to its exercises, too. It is committed with its
pictures and nothing private.

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

# What says how many steps are taken, and a quarter of them; and the first picture, smaller.
QUICKER = {
    "max(4, round(count * SIZE / 256))": "max(2, round(count * SIZE / 1024))",
    "size=256, steps=20": "size=64, steps=4",
}

ANSWER = re.compile(r"<details><summary>Answer</summary>\n\n(.*)\n\n</details>", re.DOTALL)
CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)

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


def markdown(notebook):
    return [
        "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    ]


def answer_in(text):
    """The code of the answer that a cell of Markdown hides; None where there is none."""
    answer = ANSWER.search(text)
    return CODE.search(answer[1])[1] if answer else None


@pytest.fixture(scope="module")
def committed():
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


def test_it_is_committed_as_it_came_out_of_one_run(committed):
    counts = [cell["execution_count"] for cell in code_cells(committed)]
    assert counts == list(range(1, len(counts) + 1))
    assert len(pictures(committed)) >= 10
    assert {output["output_type"] for output in outputs(committed)} <= {
        "display_data",
        "execute_result",
        "stream",
    }
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


def test_a_picture_comes_before_the_helpers(committed):
    first = code_cells(committed)[0]
    assert [o for o in first["outputs"] if any(kind in o["data"] for kind in PICTURES)]
    source = "".join(first["source"])
    assert "stylize(" in source
    assert "def " not in source


def test_its_contents_lead_to_every_section_however_it_is_shown(committed):
    text = "\n".join(markdown(committed))
    headings = re.findall(r"^##+ (.+)$", text, re.MULTILINE)
    # As JupyterLab and nbconvert name them; punctuation would have to be escaped.
    names = [heading.replace(" ", "-") for heading in headings]
    assert all(re.fullmatch(r"[\w-]+", name) for name in names)
    contents = re.findall(r"^- \[(.+)\]\(#(.+)\)$", markdown(committed)[0], re.MULTILINE)
    assert contents == list(zip(headings, names, strict=True))
    # Colab goes by these; JupyterLab takes them out.
    assert re.findall(r'^<a name="(.+)"></a>\n\n##+ ', text, re.MULTILINE) == names
    assert set(re.findall(r"\]\(#(.+?)\)", text)) <= set(names)


def test_each_exercise_has_a_cell_to_begin_with_and_an_answer(committed):
    cells = committed["cells"]
    exercises = [k for k, cell in enumerate(cells) if "\n### Exercise" in "".join(cell["source"])]
    assert len(exercises) == 3
    for k in exercises:
        assert cells[k + 1]["cell_type"] == "code"
        assert answer_in("".join(cells[k + 2]["source"]))


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
    began, solved = quick(notebook, nbformat.v4.new_code_cell)
    where = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(notebook, timeout=120, resources=where)
    client.execute()  # raises for the first cell that fails; the kernel has then ended, too
    assert [o for o in outputs(notebook) if o.get("name") == "stderr"] == []
    answered = [pictures({"cells": [cell]}) for cell in solved]
    assert len(pictures(notebook)) == len(pictures(committed)) + sum(map(len, answered))
    for before, after in zip(began, solved, strict=True):
        assert shown(after)
        assert shown(after) != shown(before)


def quick(notebook, new_cell):
    """Makes it quick and strict, with the answers run where they stand.

    Gives the cells that the exercises begin with, and those of their answers.
    """
    began, solved, cells = [], [], [new_cell(STRICT)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        elif answer := answer_in(cell.source):
            began.append(cells[-1])
            solved.append(new_cell(answer))
            cells.append(solved[-1])
        cells.append(cell)
    notebook.cells = cells
    for slow, fast in QUICKER.items():
        assert sum(slow in cell.source for cell in code_cells(notebook)) == 1
        for cell in code_cells(notebook):
            cell.source = cell.source.replace(slow, fast)
    return began, solved


def shown(cell):
    """What a cell wrote and drew."""
    return [output.get("text") or output["data"] for output in cell["outputs"]]
