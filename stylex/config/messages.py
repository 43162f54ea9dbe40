"""What Hydra, OmegaConf and YAML have to say, in one line that names what was wrong."""

import re
from collections.abc import Callable
from enum import Enum

import yaml
from hydra.errors import (
    HydraException,
    InstantiationException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from stylex.config import pictures, schema
from stylex.config.schema import unknown_option
from stylex.errors import UserError, did_you_mean, on_one_line, quoted

MISTAKES = (UserError, HydraException, OmegaConfBaseException, yaml.YAMLError)
"""What a mistake in the input raises, whoever finds it."""


def one_line(error: BaseException) -> str:
    """The line for a mistake in the command line or in a YAML file, or for the system's refusal."""
    return on_one_line(_said(error))


def _said(error: BaseException) -> str:
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem_mark.name}:{error.problem_mark.line + 1}: {error.problem}"
    if isinstance(error, yaml.reader.ReaderError):
        return f"{error.name}: {error.reason} (character {error.position})"
    if isinstance(error, OverrideParseException):
        return _unreadable_word(error)
    if isinstance(error, MissingConfigException) and error.options is not None:
        return _no_such_choice(error)
    if isinstance(error, InstantiationException):
        return _not_made(error)
    if isinstance(error, OSError) and not isinstance(error, HydraException):
        reason = error.strerror or str(error)
        return f"{error.filename}: {reason}" if error.filename else reason
    cause = error.__cause__
    text = str(cause if isinstance(cause, OmegaConfBaseException) else error).strip()
    place = re.match(r"In '([^'\n]+)': \w+ raised while composing config:\s*", text)
    said = _of_library(text[place.end() :] if place else text, error)
    if place and place[1].startswith("experiment/") and said.startswith("unknown option 'exp"):
        said = "its first line has to be `# @package _global_`"
    return f"{place[1]}.yaml: {said}" if place else said


def _not_made(error: InstantiationException) -> str:
    """For a class that Hydra cannot import, or that does not take what it is given."""
    if isinstance(error.__cause__, UserError):  # of ours, which says it best
        return str(error.__cause__)
    text, _, key = str(error).partition("\nfull_key: ")
    said = [line.strip() for line in text.splitlines()]
    if located := re.match(r"Error locating target ('.*?')", said[0]):
        reasons = str(error.__cause__).splitlines()[1:2]
        said = [f"cannot import {located[1]}", *(f"({reason})" for reason in reasons)]
    return f"{key.strip() or '_target_'}: {' '.join(said)}"


def _of_library(text: str, error: BaseException) -> str:
    whole = f"{text}\n{error}"
    found = re.search(r"full_key: (\S+)", whole)
    key = found[1] if found else ""
    if match := re.search(r"Could not override '([^'\n]+)'", whole):
        return unknown_option(max(match[1], key, key=len), _beside(error.__cause__))
    for pattern, say in _PATTERNS:
        if match := re.search(pattern, whole, re.DOTALL):
            return say(match, key)
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    return f"{key}: {lines[0]}" if key and key not in lines[0] else lines[0]


def _beside(missing: BaseException | None) -> list[str]:
    """The keys, dotted, of the mapping that lacks one; an optimiser has its own, in no schema."""
    if not isinstance(missing, OmegaConfBaseException):
        return []
    place, _, _ = str(missing.full_key).rpartition(".")
    node = missing.parent_node
    return [f"{place}.{key!s}" for key in node] if place and isinstance(node, DictConfig) else []


def _unreadable_word(error: OverrideParseException) -> str:
    word = error.override.lstrip("+")  # the marks may be ours
    if re.match(r"[~=]|[^=]*$", word):
        return f"'{quoted(word)}' is not of the form key=value"
    if reason := re.search(r"while evaluating '.*?': ([^\n]*)", error.message):
        return f"'{quoted(word)}': {reason[1]}"
    return f"'{quoted(word)}' cannot be read: put the value into quotes twice, \"'…'\""


def _no_such_choice(error: MissingConfigException) -> str:
    match = re.match(
        r"((?:hydra/|loss/(?=content/))?\w+)/(.*)", error.missing_cfg_file or "", re.DOTALL
    )
    group, name = match.groups() if match else ("config", error.missing_cfg_file or "")
    found = {*(error.options or ())}
    if group in pictures.GROUPS:
        found |= set(pictures.options(group))
    place = re.match(r"In '(?!config')([^'\n]+)': ", str(error))
    said = f"no {group} named '{quoted(name)}'{did_you_mean(name, found)}"
    return f"{place[1]}.yaml: {said}" if place else said


def _wrong_type(match: re.Match[str], key: str) -> str:
    kind = {"Integer": "a whole number", "Float": "a number", "bool": "true or false"}
    return f"{key} must be {kind[match['kind']]}, not '{quoted(match['value'])}'"


def _wrong_word(match: re.Match[str], key: str) -> str:
    options = [option.strip() for option in match["options"].split(",")]
    return f"unknown {key} '{quoted(match['value'])}'{did_you_mean(match['value'], options)}"


def _wrong_kind_of_word(match: re.Match[str], key: str) -> str:
    words = getattr(schema, match["enum"], ())
    options = [word.name for word in words if isinstance(word, Enum)]
    return f"unknown {key} '{quoted(match['value'])}'{did_you_mean(match['value'], options)}"


# What the libraries write, and how to say it: (pattern, (match, the key if known) -> line).
_PATTERNS: tuple[tuple[str, Callable[[re.Match[str], str], str]], ...] = (
    (
        r"Key '(?P<key>[^'\n]*)' (?:is )?not in '\w+'",
        lambda match, key: unknown_option(key or match["key"]),
    ),
    (
        r"Value '(?P<value>.*?)' of type '\w+' could not be converted to (?P<kind>Integer|Float)",
        _wrong_type,
    ),
    (r"Value '(?P<value>.*?)' is not a valid (?P<kind>bool)", _wrong_type),
    (r"Invalid value '(?P<value>.*?)', expected one of \[(?P<options>[^\]]*)\]", _wrong_word),
    (
        r"Value (?P<value>.*?) \(\w+\) is not a valid input for <enum '(?P<enum>\w+)'>",
        _wrong_kind_of_word,
    ),
    (
        r"Cannot convert '\w+' to string: '(?P<value>.*?)'\n",
        lambda match, key: f"{key} must be text, not '{quoted(match['value'])}'",
    ),
    (
        r"Cannot assign \w+ to Dict|Cannot merge \w+ with \w+|\w+ is not a subclass of \w+",
        lambda _, key: f"{key or 'a group of options'} must be of the form {{name: value}}",
    ),
    (
        r"is not Optional|Incompatible value 'None'",
        lambda _, key: f"{key} cannot be null",
    ),
    (
        r"[Mm]issing mandatory value: (?P<key>\S+)",
        lambda match, key: f"{key or match['key']} has no value",
    ),
    (r"does not support deletion", lambda _, key: f"{key} cannot be taken away"),
    (
        r"raised while resolving interpolation: (?P<reason>[^\n]*)",
        lambda match, key: f"{key or 'the config'}: {match['reason'].strip(chr(34))}",
    ),
    (
        r"(?:Ambiguous value for argument|Sweep parameters) '(?P<word>[^\n]*)'",
        lambda match, _: f"'{quoted(match['word'])}' has several values: --multirun tries each",
    ),
)
