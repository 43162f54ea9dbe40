"""A film of a picture as it developed, in even visual steps."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stylex.film.film import write

__all__ = ["write"]


def __getattr__(name: str) -> Any:
    # Late, because torch takes more than a second to import and `--help` does not need it.
    if name == "write":
        from stylex.film.film import write

        return write
    raise AttributeError(f"module 'stylex.film' has no attribute '{name}'")
