"""What a person is asked before a purpose that rests on consent: the very sentences. Pure.

A receipt names version, purpose and language, so a sentence is never edited: other words are
another version. Art. 7 GDPR: what was agreed to can be shown, and it was clear and plain.
"""

from __future__ import annotations

from sycee.core.parties.purposes import CONSENTED, GROUNDS, Purpose

NOTICE = "purposes-2"
"""The version that people are asked in now."""

_SUPPORT = {
    "en": (
        "Support may open what identifies me while it helps me with something I asked for. "
        "Each time is written down here, and I can take this back whenever I like."
    ),
    "zh": (
        "客服在处理我的求助时，可以查看能识别我的信息。每次查看都会记录在这里，我可以随时收回。"
    ),
    "de": (
        "Die Betreuung darf öffnen, was mich kenntlich macht, während sie mir bei einem Anliegen "
        "hilft. Jedes Mal steht danach hier, und ich kann das jederzeit zurücknehmen."
    ),
}
_NOTIFICATION = {
    "en": (
        "The house may use my e-mail address and telephone number to tell me what happens on my "
        "account. Each time is written down here, and I can take this back whenever I like."
    ),
    "zh": ("平台可以用我的邮箱和电话通知我账户的动态。每次使用都会记录在这里，我可以随时收回。"),
    "de": (
        "Das Haus darf mir per E-Mail und Telefon sagen, was auf meinem Konto geschieht. "
        "Jedes Mal steht danach hier, und ich kann das jederzeit zurücknehmen."
    ),
}

NOTICES: dict[str, dict[Purpose, dict[str, str]]] = {
    "purposes-1": {purpose: {"en": GROUNDS[purpose].text} for purpose in CONSENTED},
    NOTICE: {Purpose.SUPPORT: _SUPPORT, Purpose.NOTIFICATION: _NOTIFICATION},
}
"""By version, purpose and language."""


def question(purpose: Purpose, language: str, notice: str = NOTICE) -> str | None:
    """The sentence in a language (an IETF tag), None where it has none."""
    return NOTICES[notice][purpose].get(language.partition("-")[0])
