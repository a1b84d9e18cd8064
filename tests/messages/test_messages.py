"""Every message in every language: complete, plain text, amounts and days as that language writes them."""

import re
import tomllib
from typing import Any

import pytest

from console import messages
from console.demo.catalogue import COUNTRIES
from console.demo.characters import HOSTILE_NAME
from console.demo.letters import LETTERS
from console.messages import KINDS, LANGUAGES, placeholders, render

VALUES: dict[str, Any] = {
    "name": "Aino Korhonen",
    "product": "Depot Backup",
    "number": "S-1001",
    "time_zone": "Europe/Helsinki",
    "amount": {"minor": 123_450, "currency": "EUR"},
    "end": "2026-11-30T22:00:00.000000+00:00",  # midnight in Helsinki
    "renewal": "2026-11-30T22:00:00.000000+00:00",
    "charged_at": "2026-11-02T10:00:00.000000+00:00",
    "expires": "2026-12-03T12:05:00.000000+00:00",
    "link": "https://account.example.com/payment-details?token=abc.def",
    "licence_key": "DEPOT-7Q2MX-K9F3K",
}


def rendered(kind: str, language: str | None, **values: Any) -> str:
    subject, body = render(kind, language, VALUES | values)
    return f"{subject}\n{body}"


def test_the_languages_of_the_sample_company_are_there() -> None:
    crowd = {country.locale.partition("-")[0] for country in COUNTRIES.values() if country.weight}
    assert crowd | set(LETTERS) <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_message_with_the_same_placeholders(language: str) -> None:
    file = messages.HERE / f"{language}.toml"
    texts = tomllib.loads(file.read_text(encoding="utf-8"))
    assert set(texts) == {"greeting", "closing", "moment", *KINDS}
    for kind in KINDS:
        assert set(texts[kind]) == {"subject", "body"}
        assert placeholders(language, kind) == placeholders("en", kind), kind
    assert len({texts[kind]["body"] for kind in KINDS}) == len(KINDS)  # none is another one's copy


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_open(kind: str, language: str) -> None:
    subject, body = render(kind, language, VALUES)
    assert "\n" not in subject
    assert not re.search(r"[{}]|None|\d{4}-\d\d-\d\dT", subject + body)
    for said in (VALUES[name] for name in messages.needed(kind) if isinstance(VALUES[name], str)):
        assert said in subject + body or "T" in said
    if "product" in messages.needed(kind):
        assert "Depot Backup (S-1001)" in body


@pytest.mark.parametrize("kind", KINDS)
def test_each_value_is_needed(kind: str) -> None:
    for name in messages.needed(kind):
        for without in (VALUES | {name: None}, {key: VALUES[key] for key in VALUES if key != name}):
            with pytest.raises(ValueError, match=name):
                render(kind, "fi", without)


def test_what_is_no_message_is_a_defect() -> None:
    with pytest.raises(ValueError, match="no message of kind 'greeting'"):
        render("greeting", "en", VALUES)


SAID = {
    "fi": ("1\u00a0234,50\u00a0€", "30. marraskuuta 2026", "3. joulukuuta 2026 klo 14.05 (UTC+2)"),
    "sv": ("1\u00a0234,50\u00a0€", "30 november 2026", "3 december 2026 kl. 14:05 (UTC+2)"),
    "de": ("1.234,50\u00a0€", "30. November 2026", "3. Dezember 2026, 14:05 Uhr (UTC+2)"),
    "en-US": ("€1,234.50", "November 30, 2026", "December 3, 2026 at 2:05\u202fPM (UTC+2)"),
    "en-GB": ("€1,234.50", "30 November 2026", "3 December 2026 at 14:05 (UTC+2)"),
    "fr": ("1\u202f234,50\u00a0€", "30 novembre 2026", "3 décembre 2026 à 14:05 (UTC+2)"),
    "es": ("1.234,50\u00a0€", "30 de noviembre de 2026", "3 de diciembre de 2026 a las 14:05 (UTC+2)"),
    "nl": ("€\u00a01.234,50", "30 november 2026", "3 december 2026 om 14:05 uur (UTC+2)"),
    "pt-BR": ("€\u00a01.234,50", "30 de novembro de 2026", "3 de dezembro de 2026 às 14:05 (UTC+2)"),
    "ja": ("€1,234.50", "2026年11月30日", "2026年12月3日 14:05 (UTC+2)"),
}


@pytest.mark.parametrize("language", SAID)
def test_amounts_and_times_are_the_languages_own(language: str) -> None:
    amount, end, expires = SAID[language]
    assert amount in rendered("refund_sent", language)
    assert end in rendered("cancel_at_end", language)
    assert expires in rendered("payment_link", language)


def test_an_end_at_midnight_is_the_day_before_and_a_renewal_is_that_day() -> None:
    assert "November 30, 2026" in rendered("cancel_at_end", "en")
    assert "December 1, 2026" in rendered("renewal_date_changed", "en")
    assert "December 1, 2026" in rendered("cancel_at_end", "en", end="2026-11-30T22:00:01+00:00")


def test_days_are_the_customers() -> None:
    assert "November 30, 2026" in rendered("unpaused", "en-US", time_zone="America/Los_Angeles")
    assert "December 1, 2026" in rendered("unpaused", "en-US", time_zone="Asia/Tokyo")
    assert "December 1, 2026" in rendered("unpaused", "en-US", time_zone="not/a zone")  # the company's then
    assert "(UTC−3:30)" in rendered("payment_link", "en", time_zone="America/St_Johns")
    assert "(UTC)" in rendered("payment_link", "en", time_zone="Africa/Abidjan")


@pytest.mark.parametrize("tag", ["ar", "xx", "", None, "not a language", "zh-TW", "{name}", "../en", "\0"])
def test_other_languages_get_english_throughout(tag: str | None) -> None:
    said = rendered("refund_sent", tag)
    assert said == rendered("refund_sent", "en")
    assert "Your refund of €1,234.50" in said


@pytest.mark.parametrize("tag", ["fi-FI", "FI", "fi_FI", "fi-XX", "fi-nonsense-tag"])
def test_a_country_of_a_language_gets_the_language(tag: str) -> None:
    assert "Hei Aino Korhonen," in rendered("paused", tag)


def test_decimals_are_the_currencys() -> None:
    assert "￥1,500" in rendered("refund_sent", "ja", amount={"minor": 1500, "currency": "JPY"})
    assert "1,500\u00a0KWD" in rendered("refund_sent", "fi", amount={"minor": 1500, "currency": "KWD"})
    assert "EUR\u00a010.99" in rendered("refund_sent", "en-AU", amount={"minor": 1099, "currency": "EUR"})


HOSTILE = [
    HOSTILE_NAME,
    "{link} {0} {name.__class__} %s ${x}",
    "Anna\r\nBcc: everybody@example.com\r\n\r\nhello",
    "Anna\u2028Berg\u2029\x1b[2J\0",
    "x" * 10_000,
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_text_on_its_line(name: str) -> None:
    subject, body = render("payment_link", "en", VALUES | {"name": name, "product": name})
    plain = render("payment_link", "en", VALUES)[1]
    assert body.count("\n") == plain.count("\n")
    assert body.splitlines()[1:] == plain.splitlines()[1:]
    assert len(body.splitlines()[0]) < 1_100
    assert not re.search("[\0\x1b\u202e\u2028]", subject + body)


def test_a_names_braces_are_its_own() -> None:
    assert "Hello {link} {0}," in rendered("payment_link", "en", name="{link} {0}")


def test_names_of_other_scripts_stay_as_they_are() -> None:
    for name in ("佐藤 花子", "محمد", "हिन्दी क्\u200dष", "Zoë 👩\u200d💻", "Ó\u2019Brien"):
        assert f"Hello {name}," in rendered("paused", "en", name=name)


def test_without_a_number_the_product_is_said_alone() -> None:
    assert "Your subscription to Depot Backup is paused." in rendered("paused", "en", number=None)
