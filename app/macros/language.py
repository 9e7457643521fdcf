"""Guesses the language of a comment by its script and its commonest words; good enough to sort macros by."""

from __future__ import annotations

import re
from collections import Counter

NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese", "it": "Italian",
    "nl": "Dutch", "sv": "Swedish", "da": "Danish", "pl": "Polish", "ja": "Japanese", "zh": "Chinese",
    "ko": "Korean", "ru": "Cyrillic script", "ar": "Arabic", "he": "Hebrew", "el": "Greek", "th": "Thai",
    "other": "Not recognised", "none": "No comment",
}  # fmt: skip
SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
)
COMMON = {
    "en": "the and you your for is are we to of have with this that please thank thanks will can our if not be has hi",
    "de": "der die das und ist sie wir ihre ihr ihnen für mit nicht ein eine bitte den dem zu haben danke auf grüße im",
    "fr": "le la les et vous votre nous est pour une des dans avec pas bonjour merci sur que au du cordialement vos",
    "es": "el los las y usted su para que por con una gracias hola es en del nos se por favor tu está lo",
    "pt": "o os as e você seu para que por com uma obrigado obrigada olá é em do da não nos se sua está ao",
    "it": "il gli le e lei suo per che con una grazie ciao è in del della non si la di buongiorno nostro",
    "nl": "de het een en u uw voor is met niet bedankt hallo wij we van op dat te je zijn aan groeten",
    "sv": "och att det är för du din vi inte med tack hej en ett på som har av till vänliga",
    "da": "og at det er for du din vi ikke med tak hej en et på som har af til venlig hilsen",
    "pl": "i w na nie się jest do dziękujemy proszę państwa z że dla to pan pani witamy jak",
}
BY_WORD: dict[str, list[str]] = {}
for _language, _words in COMMON.items():
    for _word in set(_words.split()):
        BY_WORD.setdefault(_word, []).append(_language)

WORD = re.compile(r"[^\W\d_]+")
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|https?://\S+", re.DOTALL)
LONG_ENOUGH = 2_000
SHARE_OF_SCRIPT = 0.2


def guess(comment: str) -> str:
    """A key of NAMES. The first 2,000 characters decide."""
    text = PLACEHOLDER.sub(" ", comment[:LONG_ENOUGH]).casefold()
    letters = sum(map(str.isalpha, text))
    if not letters:
        return "other" if comment.strip() else "none"
    for language, script in () if text.isascii() else SCRIPTS:
        if len(script.findall(text)) > SHARE_OF_SCRIPT * letters:
            return language
    scores: Counter[str] = Counter()
    for word in WORD.findall(text):
        for language in BY_WORD.get(word, ()):
            scores[language] += 6 // len(BY_WORD[word])
    best = scores.most_common(2)
    clear = best and (len(best) == 1 or best[0][1] > best[1][1])
    return best[0][0] if clear else "other"
