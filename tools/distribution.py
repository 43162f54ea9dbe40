"""Builds the sdist and the wheel, and uses the wheel as somebody would who has no checkout.

    python tools/distribution.py

In a venv of its own, from an empty folder: the first command, a report, the page. What stylex
needs besides is borrowed from the environment that this runs in, for torch alone has some GB; the
checkout is not to be seen from there.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import urllib.request
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
IN_SDIST = ("conf/config.yaml", "docs/README.md", "stylex/cli.py", "tests/conftest.py", "README.md")
IN_WHEEL = ("stylex/cli.py", "stylex/conf/config.yaml", "stylex/samples/content/jesse.jpg")
ANSWERED_WITHIN = 60.0  # seconds that the page has


def main() -> None:
    """Raises CalledProcessError or AssertionError for what does not work."""
    place = Path(tempfile.mkdtemp(prefix="stylex-packaging-"))
    try:
        sdist, wheel = build(place)
        print(f"{sdist.name} {size(sdist)}, {wheel.name} {size(wheel)}", flush=True)
        use(installed(wheel, place), place)
    finally:
        shutil.rmtree(place)


def build(place: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel made of it, which has the files of one made of the checkout."""
    run(sys.executable, "-m", "build", "--outdir", place / "dist", CHECKOUT)
    run(sys.executable, "-m", "build", "--wheel", "--outdir", place / "direct", CHECKOUT)
    (sdist,), (wheel,) = (place / "dist").glob("*.tar.gz"), (place / "dist").glob("*.whl")
    (direct,) = (place / "direct").glob("*.whl")
    files = names(wheel)
    assert files == names(direct), files ^ names(direct)
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    missing = {*IN_SDIST} - packed | {*IN_WHEEL} - files
    assert not missing, missing
    return sdist, wheel


def names(wheel: Path) -> set[str]:
    """The files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {*archive.namelist()}


def size(path: Path) -> str:
    """In MB."""
    return f"{path.stat().st_size / 1e6:.1f} MB"


def installed(wheel: Path, place: Path) -> Path:
    """The Python of a new venv that has the wheel, and borrows the rest."""
    venv.create(place / "venv", with_pip=True)
    folder = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = folder / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", wheel)
    paths = sysconfig.get_paths(vars={"base": str(place / "venv"), "platbase": str(place / "venv")})
    # A .pth file there is not read, so an editable install stays where it is.
    (Path(paths["purelib"]) / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return python


def use(python: Path, place: Path) -> None:
    """From an empty folder: the first command, a report, the page."""
    here = place / "here"
    here.mkdir()
    found = run(python, "-c", "import stylex; print(stylex.__file__)", cwd=here)
    assert Path(found.strip()).is_relative_to(place), found
    run(python.with_name("stylex"), "size=64", "steps=1", "output=first.png", cwd=here)
    assert (here / "first.png").exists()
    run(python, "-m", "stylex.report", "outputs", cwd=here)
    assert (here / "outputs/report.html").exists()
    look_at_the_page(python, here)


def look_at_the_page(python: Path, here: Path) -> None:
    """Starts it, opens it, and ends it again."""
    page = subprocess.Popen(
        [python, "-m", "stylex.studio", "--no-browser"],
        cwd=here,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert page.stdout
        address = next(word for line in page.stdout for word in line.split() if "http:" in word)
        until = time.monotonic() + ANSWERED_WITHIN
        while True:
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    assert answer.status == 200
                return
            except OSError:
                assert time.monotonic() < until, f"no answer at {address}"
                time.sleep(0.2)
    finally:
        page.terminate()
        page.wait(timeout=20)


def run(*words: str | Path, cwd: Path | None = None) -> str:
    """What a command prints."""
    line: Sequence[str] = [str(word) for word in words]
    done = subprocess.run(
        line, cwd=cwd, env=environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def environment() -> dict[str, str]:
    """Without what would let another stylex be found."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


if __name__ == "__main__":
    main()
