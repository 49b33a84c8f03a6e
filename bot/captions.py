"""How captions look and what language subtitles are translated into: Reka's choices, bounds and names. Pure."""

import re
from dataclasses import dataclass

FONTS = {
    "BebasNeue": "Bebas Neue",
    "Bangers": "Bangers",
    "RobotoCondensed": "Roboto Condensed",
    "Lato": "Lato",
    "CaptionFont": "Caption Font",
}
"""`CaptionFontConfigFontFamily` → as people read it."""
TRANSFORMS = {"initial": "As spoken", "uppercase": "UPPER CASE", "lowercase": "lower case"}
POSITIONS = {"top": "Top", "middle": "Middle", "bottom": "Bottom"}
FONT_SIZES = (60, 120)
"""The bounds of `desired_font_size`. Source: Reka's guide, "Caption style"."""

LOCALES = {
    "ar_SA": "Arabic",
    "cs_CZ": "Czech",
    "da_DK": "Danish",
    "de_DE": "German",
    "el_GR": "Greek",
    "en_GB": "English (UK)",
    "en_US": "English (US)",
    "es_ES": "Spanish (Spain)",
    "es_MX": "Spanish (Mexico)",
    "fi_FI": "Finnish",
    "fil_PH": "Filipino",
    "fr_CA": "French (Canada)",
    "fr_FR": "French (France)",
    "he_IL": "Hebrew",
    "hi_IN": "Hindi",
    "hu_HU": "Hungarian",
    "id_ID": "Indonesian",
    "it_IT": "Italian",
    "ja_JP": "Japanese",
    "ko_KR": "Korean",
    "ms_MY": "Malay",
    "nl_NL": "Dutch",
    "no_NO": "Norwegian",
    "pl_PL": "Polish",
    "pt_BR": "Portuguese (Brazil)",
    "pt_PT": "Portuguese (Portugal)",
    "ro_RO": "Romanian",
    "ru_RU": "Russian",
    "sv_SE": "Swedish",
    "th_TH": "Thai",
    "tr_TR": "Turkish",
    "uk_UA": "Ukrainian",
    "vi_VN": "Vietnamese",
    "zh_CN": "Chinese (simplified)",
    "zh_TW": "Chinese (traditional)",
}
"""`SubtitleTranslationLocale` → as people read it."""

_COLOUR = re.compile(r"#?([0-9A-Fa-f]{6})")


@dataclass(frozen=True, slots=True)
class CaptionStyle:
    """Reka's `caption_style`. Fields are named as in its body; None means "not chosen". Colours are `#RRGGBB`."""

    font_family: str | None = None
    desired_font_size: int | None = None
    text_transform: str | None = None
    text_color: str | None = None
    highlight_color: str | None = None
    stroke_color: str | None = None
    position: str | None = None


PLAIN = CaptionStyle()
"""Nothing chosen: the same as no style at all."""


def colour(typed: str) -> str | None:
    """`ff7e4f` or `#FF7E4F` → `#FF7E4F`; None for anything else."""
    match = _COLOUR.fullmatch(typed)
    return f"#{match[1].upper()}" if match else None
