"""Which versions are installed, told without importing anything of theirs."""

import importlib.metadata
import platform

import stylex


def version_of(package: str) -> str | None:
    """Of an installed package; None where there is none of that name."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def computing() -> dict[str, str]:
    """Of the packages whose code computes the pixels: a sum in another order makes others."""
    return {"stylex": stylex.__version__, "torch": version_of("torch") or "missing"}


def summary() -> str:
    """What to quote when something is amiss, in one line."""
    torch = version_of("torch") or "missing"
    return f"stylex {stylex.__version__} (python {platform.python_version()}, torch {torch})"
