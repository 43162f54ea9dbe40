"""The floors: imports go down only, and the algorithm knows nothing of config."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = {
    # From the ground up; what stands on one floor may import its neighbours and all below.
    **dict.fromkeys(
        (
            *("stylex.errors", "stylex.paths", "stylex.atomic", "stylex.terminal"),
            *("stylex.versions", "stylex.importing"),
        ),
        0,
    ),
    "stylex.images": 1,
    # What a network sees, what that is worth, and how it is evaluated; then the transfer itself.
    **dict.fromkeys(
        ("stylex.transfer.vgg", "stylex.transfer.pyramid", "stylex.transfer.limits"), 2.0
    ),
    "stylex.transfer.losses": 2.1,
    "stylex.transfer.objective": 2.2,
    "stylex.transfer.optim": 2.2,
    "stylex.transfer.evaluation": 2.3,
    "stylex.transfer": 2.4,
    "stylex.film.__main__": 5,  # it reads runs
    "stylex.film": 2.4,
    "stylex.config": 3,
    "stylex.runs": 4,
    **dict.fromkeys(("stylex.choices", "stylex.report", "stylex.many"), 5),
    "stylex.sweeps": 6,
    "stylex.cluster": 6,
    **dict.fromkeys(("stylex.command", "stylex.doctor", "stylex.studio"), 7),
    **dict.fromkeys(("stylex.cli", "stylex.__main__"), 8),
}
CONFIG_LIBRARIES = {"hydra", "omegaconf"}


def modules():
    for path in sorted((ROOT / "stylex").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield name.removesuffix(".__init__"), path


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(module):
    return next((f for name, f in FLOORS.items() if f"{module}.".startswith(f"{name}.")), None)


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda value: str(value)[-40:])
def test_imports_go_down(name, path):
    own = floor(name)
    if own is None:  # the package itself, which offers what is below
        return
    for imported in imports(path):
        below = floor(imported)
        assert below is None or below <= own, f"{name} imports {imported}"
        if own < 3:
            assert imported.split(".")[0] not in CONFIG_LIBRARIES, f"{name} imports {imported}"


def test_importing_the_package_is_light():
    code = "import stylex, sys; assert not {'torch', 'hydra', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("path", [path for _, path in modules()], ids=lambda path: path.name)
def test_a_file_is_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= 300


def test_reports_need_neither_torch_nor_hydra():
    code = "import stylex.report, sys; assert not {'torch', 'hydra', 'matplotlib'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_page_does_not_wait_for_torch():
    pytest.importorskip("streamlit", reason="the page needs Streamlit: pip install '.[studio]'")
    pages = "stylex.studio.views.paint, stylex.studio.views.sweep"
    code = f"import sys, {pages}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)
