"""`zip=content,mask`: settings whose lists go together, first with first, second with second."""

from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from stylex.errors import UserError, did_you_mean, quoted


def zipped(words: Sequence[str]) -> list[str]:
    """`zip=a,b zip=c,d` -> `zip=[[a,b],[c,d]]`, as Hydra reads it; other words stay as they are."""
    groups = [word.removeprefix("zip=") for word in words if word.startswith("zip=")]
    if not groups or any(group.startswith("[") for group in groups):
        return [*words]
    others = [word for word in words if not word.startswith("zip=")]
    return [*others, f"zip=[{','.join(f'[{group}]' for group in groups)}]"]


def groups_in(config: DictConfig) -> list[list[str]]:
    """The groups of keys in the setting `zip`: one list of keys, or several lists.

    Raises UserError for what holds none, and for a key in two groups.
    """
    given: Any = OmegaConf.to_container(OmegaConf.create({"zip": config.zip}), resolve=True)
    found = given["zip"] if isinstance(given["zip"], list) else [given["zip"]]
    groups = [found] if found and all(isinstance(key, str) for key in found) else found
    lists = [group for group in groups if group and isinstance(group, list)]
    keys = [key for group in lists for key in group]
    if len(lists) < len(groups) or not all(isinstance(key, str) for key in keys):
        raise UserError(
            f"zip must be settings that vary together, as zip=content,style, not {quoted(found)}"
        )
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise UserError(f"zip: '{quoted(twice[0])}' stands there twice")
    return lists


def rows(
    words: Mapping[str, Sequence[str]], groups: Sequence[Sequence[str]]
) -> list[list[dict[str, str]]]:
    """What a sweep is the product of: lists of {key: word}, of one key or of a whole group.

    words: {key, marks included: its words}. A group stands where the first of its keys does.

    Raises UserError for a key that is not there, and for lists of unequal lengths.
    """
    marked = {key.lstrip("+"): key for key in words}
    of_group: dict[str, list[str]] = {}
    for group in groups:
        for key in group:
            if key not in marked:
                near = did_you_mean(key, marked)
                raise UserError(f"zip: '{quoted(key)}' has no values in this sweep{near}")
        together = [marked[key] for key in group]
        one, *others = (len(words[key]) for key in together)
        for key, two in zip(group[1:], others, strict=True):
            if one != two:
                plural = "s" * (one != 1)
                raise UserError(f"zip: {group[0]} has {one} value{plural}, but {key} has {two}")
        of_group |= dict.fromkeys(together, together)
    found = []
    for key in words:
        together = of_group.get(key, [key])
        if key == next(other for other in words if other in together):
            lists = (words[other] for other in together)
            found.append(
                [dict(zip(together, row, strict=True)) for row in zip(*lists, strict=True)]
            )
    return found
