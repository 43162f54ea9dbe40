"""Which losses count on a level, and by which layers they look at the picture there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stylex.transfer.losses.base import AnyCriterion, Term, used_layers, used_parts
from stylex.transfer.losses.content import ContentTerm
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.pyramid import Level
from stylex.transfer.settings import Settings
from stylex.transfer.vgg.layers import IMAGE, LAYERS, up_to

SURFACE = up_to(["relu3_1"])
"""The layers of a level for the surface alone. They see 24 px at most: strokes, not things."""


@dataclass(frozen=True)
class LevelTerms:
    """{name: term} that count on a level, with their weights there."""

    content: Mapping[str, ContentTerm]
    style: Mapping[str, StyleTerm]

    @property
    def layers(self) -> tuple[str, ...]:
        """Those that they look at, each once."""
        terms = (*self.content.values(), *self.style.values())
        # The pixels are there without a network, which has a first layer all the same.
        return tuple(layer for layer in used_layers(terms, {}) if layer != IMAGE) or LAYERS[:1]


def all_terms(settings: Settings) -> LevelTerms:
    """Those of any level."""
    return LevelTerms(settings.used_content_terms, settings.used_style_terms)


def terms_at(settings: Settings, level: Level, count: int) -> LevelTerms:
    """Those of one of `count` levels.

    Where it is for the surface alone, with their layers of SURFACE. A style without any keeps all.
    """
    terms = all_terms(settings)
    content = _at_level(terms.content, level.number, count)
    style = _at_level(terms.style, level.number, count)
    if level.surface and (shallow := _on_surface(style)):
        return LevelTerms(_on_surface(content), shallow)
    return LevelTerms(content, style)


def _at_level(
    terms: Mapping[str, Term[AnyCriterion]], number: int, count: int
) -> dict[str, Term[AnyCriterion]]:
    there = {name: term.at_level(number, count) for name, term in terms.items()}
    return {name: term for name, term in there.items() if term}


def _on_surface(terms: Mapping[str, Term[AnyCriterion]]) -> dict[str, Term[AnyCriterion]]:
    found = {}
    for name, term in terms.items():
        seen = {layer: w for layer, w in (term.layers or {}).items() if layer in (IMAGE, *SURFACE)}
        if used_parts(term.loss, seen):
            found[name] = replace(term, layers=seen)
    return found
