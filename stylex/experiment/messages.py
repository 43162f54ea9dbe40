"""What Hydra, OmegaConf and YAML have to say, in one line that names what was wrong."""

import re
from collections.abc import Callable

import yaml
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from stylex.errors import UserError, did_you_mean
from stylex.experiment import pictures
from stylex.experiment.config import unknown_option

MISTAKES = (UserError, HydraException, OmegaConfBaseException, yaml.YAMLError)
"""What a mistake in the input raises, whoever finds it."""


def one_line(error: BaseException) -> str:
    """The line for a mistake in the command line or in a YAML file, or for the system's refusal."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem_mark.name}:{error.problem_mark.line + 1}: {error.problem}"
    if isinstance(error, OSError) and not isinstance(error, HydraException):
        reason = error.strerror or str(error)
        return f"{error.filename}: {reason}" if error.filename else reason
    cause = error.__cause__
    text = str(cause if isinstance(cause, OmegaConfBaseException) else error).strip()
    whole = f"{text}\n{error}"
    key = re.search(r"full_key: (\S+)", whole)
    for pattern, say in _PATTERNS:
        if match := re.search(pattern, whole, re.DOTALL):
            return say(match, key[1] if key else "")
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    first = lines[1] if lines[0].endswith("composing config:") and len(lines) > 1 else lines[0]
    return f"{key[1]}: {first}" if key and key[1] not in first else first


def _no_such_choice(match: re.Match[str], key: str) -> str:
    group, name = match["group"], match["name"]
    found = set(re.findall(r"^\t(\S+)$", match.string, re.MULTILINE))
    if group in pictures.GROUPS:
        found |= set(pictures.options(group))
    return f"no {group} named '{name}'{did_you_mean(name, found)}"


def _wrong_type(match: re.Match[str], key: str) -> str:
    kind = {"Integer": "a whole number", "Float": "a number", "bool": "true or false"}
    return f"{key} must be {kind[match['kind']]}, not '{match['value']}'"


def _wrong_word(match: re.Match[str], key: str) -> str:
    options = [option.strip() for option in match["options"].split(",")]
    return f"unknown {key} '{match['value']}'{did_you_mean(match['value'], options)}"


# What the libraries write, and how to say it: (pattern, (match, the key if known) -> line).
_PATTERNS: tuple[tuple[str, Callable[[re.Match[str], str], str]], ...] = (
    (r"Could not find '(?P<group>[\w/]+)/(?P<name>[^']*)'", _no_such_choice),
    (r"Could not override '(?P<key>[^']+)'", lambda match, _: unknown_option(match["key"])),
    (
        r"Key '(?P<key>\w+)' (?:is )?not in '\w+'",
        lambda match, key: unknown_option(key or match["key"]),
    ),
    (
        r"Value '(?P<value>.*?)' of type '\w+' could not be converted to (?P<kind>Integer|Float)",
        _wrong_type,
    ),
    (r"Value '(?P<value>.*?)' is not a valid (?P<kind>bool)", _wrong_type),
    (r"Invalid value '(?P<value>.*?)', expected one of \[(?P<options>[^\]]*)\]", _wrong_word),
    (
        r"Ambiguous value for argument '(?P<word>[^']*)'",
        lambda match, _: f"'{match['word']}' has several values: --multirun tries each",
    ),
    (
        r"LexerNoViableAltException: (?P<word>[^\n]*)",
        lambda match, _: (
            f"'{match['word']}' cannot be read: put the value into quotes twice, \"'…'\""
        ),
    ),
    (
        r"Error parsing override '(?P<word>[^'=]*)'",
        lambda match, _: f"'{match['word']}' is not of the form key=value",
    ),
)
