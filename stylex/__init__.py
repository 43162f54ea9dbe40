"""stylex: neural style transfer experiments, from one picture to a sheet of hundreds."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stylex.transfer.style import StyleSource
    from stylex.transfer.stylize import stylize, stylize_each

__all__ = ["StyleSource", "__version__", "stylize", "stylize_each"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Late, because torch takes more than a second to import and `--help` does not need it.
    if name == "stylize":
        from stylex.transfer.stylize import stylize

        return stylize
    if name == "stylize_each":
        from stylex.transfer.stylize import stylize_each

        return stylize_each
    if name == "StyleSource":
        from stylex.transfer.style import StyleSource

        return StyleSource
    raise AttributeError(f"module 'stylex' has no attribute '{name}'")
