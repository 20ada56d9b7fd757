"""Names that no shell, terminal or store would mangle; others are refused where they are given."""

from __future__ import annotations

import pytest
from command_line import HOSTILE

from isotopes.errors import VaultError
from isotopes.marks import get_family
from isotopes.vault import new_isotope
from isotopes.verify.methods.terms import committed_terms

BAD = ["", " ", "-x", "--vault", "a\nb", "a\x1b[2J", "\u202ea", "a\u200b", "\ud800", HOSTILE]


@pytest.mark.parametrize("name", [*BAD, "x" * 201])
def test_a_name_that_would_act_hide_or_pass_for_an_option(name: str) -> None:
    with pytest.raises(VaultError, match="an isotope's name"):
        new_isotope(name, get_family("gratings"), 0.4, plan=committed_terms())


@pytest.mark.parametrize("label", [*BAD[4:], "x" * 10**6])
def test_a_label_that_would_act_or_never_end(label: str) -> None:
    with pytest.raises(VaultError, match="a label"):
        new_isotope("n", get_family("gratings"), 0.4, label=label, plan=committed_terms())


@pytest.mark.parametrize("name", ["x" * 200, "写真 2026", "été", "a'b; $(c)", "\U0001f431"])
def test_any_name_that_can_be_seen_is_taken(name: str) -> None:
    assert new_isotope(name, get_family("gratings"), 0.4, plan=committed_terms()).name == name
