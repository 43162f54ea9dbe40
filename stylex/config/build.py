"""A config as the arguments of `stylize`: where config ends."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import partial
from importlib import import_module
from inspect import signature
from typing import Any

from stylex.config.schema import Config
from stylex.config.settings import plain
from stylex.config.styles import style_files, style_of
from stylex.errors import UserError, did_you_mean, quoted
from stylex.transfer.inputs import INITS
from stylex.transfer.losses.base import Term
from stylex.transfer.masks import ALPHA
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.vgg.extractor import Extractor


def picture_files(config: Config) -> dict[str, str]:
    """{content, init and mask where they are one, and those of `style_files`: the picture's path}.

    Raises UserError for `regions` that are none.
    """
    files = {"content": config.content.path, **style_files(config)}
    if config.init not in INITS:
        files["init"] = config.init
    if config.mask not in (None, ALPHA):
        files["mask"] = str(config.mask)
    return files


def to_arguments(config: Config) -> dict[str, Any]:
    """The arguments of `stylize`. Raises UserError where an object cannot be built."""
    loss = config.loss
    return {
        "content": config.content.path,
        "style": style_of(config),
        "size": config.size,
        "fit": config.fit.name,
        "enlarge": config.enlarge,
        "style_size": config.style_size,
        "style_scale": config.style_scale,
        "style_squash": config.style_squash,
        "style_turned": config.style_turned,
        "mask": config.mask,
        "mask_feather": config.mask_feather,
        "init": config.init,
        "init_detail": config.init_detail,
        "seed": config.seed,
        "steps": config.steps,
        "pyramid": Pyramid(**vars(config.pyramid)),
        "color": config.color.name,
        "content_weight": config.content_weight,
        "style_weight": config.style_weight,
        "tv_weight": config.tv_weight,
        "content_layers": config.layers.content,
        "style_layers": config.layers.style,
        "content_losses": _terms(loss.content, "loss.content"),
        "style_losses": _terms(loss.style, "loss.style"),
        "tv_loss": _loss(loss.tv, "loss.tv"),
        "extractor": Extractor(**plain(vars(config.extractor))),
        "optimizer": to_optimizer(config.optimizer),
        "parameterization": config.parameterization.name,
        "resample_every": config.resample_every,
        "tileable": config.tileable,
        "stop_change": config.stop.change,
        "device": config.device,
        "precision": config.precision.name,
        "tile": "off" if config.tile is False else config.tile,  # as YAML reads it
    }


def to_optimizer(settings: dict[str, Any]) -> Optimizer:
    """The `optimizer` node: a torch optimiser's `_target_` and arguments, and the loop's policy."""
    names = [f.name for f in fields(Optimizer) if f.name != "make"]
    policy, own = _split(settings, names)
    rate = own.get("lr", 1)
    if not (isinstance(rate, int | float) and math.isfinite(rate)):
        raise UserError(f"optimizer.lr must be a number, not {rate}")
    optimizer = Optimizer(make=_instantiate(own, "optimizer", names, ["params"]), **policy)
    try:
        optimizer.check()
    except UserError:
        raise
    except Exception as error:  # whatever a wrong argument makes an optimiser raise
        raise UserError(f"optimizer: {_first_line(error)}") from error
    return optimizer


def _terms(losses: dict[str, Any], place: str) -> dict[str, Term[Any]]:
    """The terms of the objective by name. Raises UserError where one of them is none."""
    for name, node in losses.items():
        if isinstance(node, dict) and "_target_" not in node:
            near = did_you_mean(str(name), [other for other in losses if other != name])
            raise UserError(f"{place}.{quoted(name)}._target_ is missing{near}")
    return {name: _term(node, f"{place}.{name}") for name, node in losses.items()}


def _term(node: Any, place: str) -> Term[Any]:
    """A term of the objective: a `_target_` and its arguments, and the term's own settings."""
    if not isinstance(node, dict):
        raise UserError(f"{place} must be a loss with its _target_, not '{quoted(node)}'")
    names = [f.name for f in fields(Term) if f.name != "loss"]
    of_term, of_loss = _split(node, names)
    return Term(_loss(of_loss, place, names), **of_term)


def _split(node: dict[str, Any], names: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of `node` has these names, and the rest."""
    named = {key: node[key] for key in names if key in node}
    return named, {key: value for key, value in node.items() if key not in named}


def _loss(node: dict[str, Any], place: str, besides: Iterable[str] = ()) -> Any:
    """The loss that `node` describes. Raises UserError for arguments that it does not take.

    besides: keys that the node may have and that are none of the loss's own.
    """
    make = _instantiate(node, place, besides)
    try:
        return make()
    except Exception as error:  # a UserError names the argument only
        raise UserError(f"{place}: {_first_line(error)}") from error


def _instantiate(
    node: dict[str, Any], place: str, besides: Iterable[str], given: Sequence[str] = ()
) -> Any:
    """A function that makes what `node` describes, given what only the run knows.

    besides: as above. given: the names of what only the run knows.

    Not Hydra's `instantiate`, which resolves `${…}` in a value once more: what a run folder's words
    may name is settled before (see command/resume.py), and no second pass may add to it.
    """
    arguments = dict(node)
    make = _imported(arguments.pop("_target_", None), f"{place}._target_")
    if marked := [key for key in arguments if not str(key).isidentifier() or key[:1] == "_"]:
        raise UserError(f"{place}.{quoted(marked[0])} is no argument")
    names = _argument_names(make)
    for key in arguments:
        if names is not None and (key not in names or key in given):
            near = did_you_mean(key, {*names, *besides} - {*given})
            raise UserError(f"{place}.{key} is no argument of {node['_target_']}{near}")
    return partial(make, **arguments)


def _argument_names(make: Callable[..., Any]) -> list[str] | None:
    """What it may be called with by name; None where that is anything, or it does not say."""
    try:
        arguments = signature(make).parameters.values()
    except (TypeError, ValueError):
        return None
    takes_any = any(argument.kind is argument.VAR_KEYWORD for argument in arguments)
    return None if takes_any else [argument.name for argument in arguments]


def _imported(path: Any, place: str) -> Callable[..., Any]:
    """The class or function of that import path. Raises UserError where it cannot be imported."""
    module, _, name = str(path).rpartition(".")
    try:
        found = import_module(module)
    except Exception as error:  # whatever a module raises while it is imported
        reason = f"{type(error).__name__}: {_first_line(error)}" if module else "no module is named"
        raise UserError(f"{place}: cannot import '{quoted(path)}' ({reason})") from error
    made = getattr(found, name, None)
    if not callable(made):
        classes = [key for key, value in vars(found).items() if isinstance(value, type)]
        raise UserError(f"{place}: no class '{quoted(path)}'{did_you_mean(name, classes)}")
    return made  # type: ignore[no-any-return]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
