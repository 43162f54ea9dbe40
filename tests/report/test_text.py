"""Words on the sheet: they fit, and stay legible and distinct."""

import pytest

from stylex.report.text import font, readable, wrap


@pytest.mark.parametrize(
    "text", ["three short words", "layers.style={relu1_1:_1,_relu2_1:_0.5}", "w" * 99]
)
@pytest.mark.parametrize("lines", [1, 2, 5])
def test_wrapped_text_fits_and_keeps_both_ends(text, lines):
    wrapped = wrap(text, 14, 90, lines)
    assert len(wrapped) <= lines
    assert all(font(14, line).getlength(line) <= 90 for line in wrapped)
    assert wrapped[0][0] == text[0] and wrapped[-1][-1] == text[-1]
    if "…" not in "".join(wrapped):
        assert "".join(wrapped).replace(" ", "") == text.replace(" ", "")


def test_letters_that_no_font_has_stay_distinct():
    assert readable("café × Ж") == "café × Ж"
    assert readable("京") == r"\u4eac"
    assert readable(" a \n b ") == "a b"
