"""What verdicts' pages say, whatever the kind of verdict."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from every_verdict import every_innocent_verdict, every_verdict
from verdict_files import rank_verdict

from isotopes.report import verdict_page, words, write_page
from isotopes.report.pages.background import Background, KeptStamp
from isotopes.report.pages.content import Picture
from isotopes.report.pages.make import AnyVerdict, make_page
from isotopes.report.short_names import short_names
from isotopes.verify import Verdict
from isotopes.verify.verdicts.claim import ClaimVerdict

KNOWN = Background(
    isotope="holiday",
    family="tints",
    strength="faint (0.2)",
    marked=98,
    pictures=100,
    committed="2026-03-01T09:30:00Z",
    marked_first="2026-03-01T09:31:00Z",
    marked_last="2026-03-02T10:00:00Z",
    asked="2026-11-27T12:00:00Z",
)
STAMP = KeptStamp("http://stamps.example", "2026-03-01T09:40:00+00:00")
SECRET = Picture(b"secret", "image/png", "The mark itself", "The mark itself. Keep it secret.")


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.parametrize("verdict", every_verdict(), ids=lambda one: type(one).__name__)
def test_every_page_answers_first_and_says_who_vouches(verdict: AnyVerdict) -> None:
    html = verdict_page(verdict, [KNOWN])
    order = [html.index(part) for part in ("<h1", "<figure", "Who vouches for what")]
    assert order == sorted(order)
    said = {one.said: one.vouched for one in make_page(verdict, [KNOWN]).statements}
    assert any(vouched.startswith("arithmetic") for vouched in said.values())
    assert any("ask" in one or "search" in one for one in said.values())
    if not isinstance(verdict, ClaimVerdict):
        dated = said["The commitment was made before the pictures were published"]
        assert "no time stamp" in dated
    assert "script" not in html


def test_a_reader_learns_that_pictures_can_be_forged_and_how_to_ask_again(
    detected: Verdict, inconclusive: Verdict
) -> None:
    page = make_page(detected)
    said = {one.said: one.vouched for one in page.statements}
    vouched = said["The pictures were made and chosen without the key"]
    assert vouched.startswith("the owner's word")
    assert any("with those any innocent model looks guilty" in one for one in page.reading)
    assert any("verify-claim" in one.command for one in page.commands)
    assert not any("verify-claim" in one.command for one in make_page(inconclusive).commands)
    assert "no trace of it found, which excludes only a crude forgery" in text_of(
        verdict_page(detected)
    )


@pytest.mark.parametrize("verdict", every_verdict()[:6], ids=lambda one: type(one).__name__)
def test_dates_strength_and_pictures_stand_on_every_page(verdict: AnyVerdict) -> None:
    text = text_of(verdict_page(verdict, [replace(KNOWN, receipt_stamps=(STAMP,))]))
    for wanted in ("2026-03-01 09:30 UTC", "faint (0.2)", "98 of 100", "stamps.example"):
        assert wanted in text, wanted


def test_without_a_stamp_the_dates_rest_on_the_owner(detected: Verdict) -> None:
    rows = {one.what: one for one in make_page(detected, [KNOWN]).dates}
    assert rows["commitment stamped"].when == "never"
    assert "the owner's word" in rows["commitment stamped"].vouched
    assert rows["pictures marked"].when == "2026-03-01 09:31 UTC to 2026-03-02 10:00 UTC"
    assert rows["model asked"].when == "2026-11-27 12:00 UTC"
    stamped = replace(KNOWN, receipt_stamps=(STAMP,), plan_stamps=(STAMP,))
    page = make_page(detected, [stamped])
    assert "never" not in [one.when for one in page.dates]
    assert all("no time stamp" not in one.vouched for one in page.statements)


def test_a_page_without_a_vault_claims_no_date(detected: Verdict) -> None:
    page = make_page(detected)
    assert page.dates == ()
    text = text_of(verdict_page(detected))
    assert "before the pictures were published the owner's word" in text


@pytest.mark.parametrize(
    ("as_high", "decoys", "chance"),
    [(0, 199, "1 in 200"), (1, 199, "1 in 100"), (0, 999, "1 in 1,000"), (0, 19, "1 in 20")],
)
def test_the_chance_is_that_of_the_pvalue(as_high: int, decoys: int, chance: str) -> None:
    found = rank_verdict(as_high, decoys, level=0.05)
    verdict = Verdict.from_dict(found)
    assert f"A chance of {chance} is no proof." in words.what_it_does_not_say(verdict)[2]
    for other in {"1 in 200", "1 in 100", "1 in 1,000", "1 in 20"} - {chance}:
        assert f"{other} is" not in text_of(verdict_page(verdict))


def test_no_chance_stands_where_there_is_no_pvalue(
    paired_t: Verdict, inconclusive: Verdict
) -> None:
    for verdict in (paired_t, inconclusive):
        text = text_of(verdict_page(verdict)).partition("This verdict as JSON")[0]
        assert not re.search(r"\b\d+ (?:times? )?in \d+", text)
        assert "A chance of" not in text


@pytest.mark.parametrize("pvalue", np.geomspace(1e-6, 1, 60))
def test_a_chance_in_words_is_never_less_than_it_is(pvalue: float) -> None:
    count, _, total = words.in_chance(float(pvalue)).replace(",", "").partition(" in ")
    assert int(count) / int(total) >= pvalue * (1 - 1e-6)
    assert int(count) / int(total) <= pvalue * 1.2 + 0.01


def test_a_page_that_shows_the_mark_answers_first_and_then_warns(detected: Verdict) -> None:
    html = verdict_page(detected, [replace(KNOWN, secrets=(SECRET,))])
    order = ["<h1", 'class="ground"', "For your eyes only.", SECRET.address]
    assert [*map(html.index, order)] == sorted(map(html.index, order))
    shared = verdict_page(detected, [KNOWN])
    assert "For your eyes only." not in shared
    assert SECRET.address not in shared


@pytest.mark.parametrize("guilty", every_verdict(), ids=lambda one: type(one).__name__)
def test_not_detected_is_said_in_plain_words_first(guilty: AnyVerdict) -> None:
    """A third party's page is about somebody else's mark."""
    plain = "did not stand out; this does not clear "
    assert plain not in text_of(verdict_page(guilty))
    innocent = next(one for one in every_innocent_verdict() if type(one) is type(guilty))
    claim = isinstance(innocent, ClaimVerdict)
    begins = r"Not confirmed The mark" if claim else r"Not detected ([^.]*, y|Y)our marks?"
    assert re.search(rf"{begins} {plain}[^.]*\. [A-Z0-9]", text_of(verdict_page(innocent)))


@pytest.mark.parametrize(("own", "why"), [(25, "drawn by the key"), (4, "could be used")])
def test_the_number_of_own_pictures_is_explained(own: int, why: str) -> None:
    verdict = Verdict.from_dict(rank_verdict(own=own, queries=201 * 47))
    text = text_of(verdict_page(verdict))
    assert re.search(rf"own pictures used {own}: [^;]*{why}[^;]*; each costs 200 questions", text)


def test_names_are_data_on_every_page() -> None:
    for verdict in every_verdict(name='<b onclick="x">\u202e'):
        html = verdict_page(verdict, [replace(KNOWN, isotope='<b onclick="x">\u202e')])
        assert "<b onclick" not in html
        assert "\u202e" not in html


def test_short_names_stay_apart() -> None:
    names = [f"holiday-{'x' * 40}-{at}" for at in range(9)] + ["猫", "犬", "$a$"]
    short = short_names(names, 24)
    assert len(set(short)) == len(names)
    assert max(map(len, short)) <= 30
    assert short_names(["cat", "cat"], 24) == ["cat", "cat"]


@pytest.mark.parametrize("verdict", every_verdict(), ids=lambda one: type(one).__name__)
def test_every_kind_can_be_written(verdict: AnyVerdict, tmp_path: Path) -> None:
    write_page(verdict, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == verdict_page(verdict)
