from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from isotopes.errors import MarkError, VaultError
from isotopes.marks import get_family
from isotopes.seeds import derive
from isotopes.vault import Isotope, clean_name, new_isotope

Make = Callable[..., Isotope]


def test_mark_and_decoys_are_the_draws_of_the_root(make: Make) -> None:
    isotope = make()
    family = get_family("dead_leaves")
    assert isotope.mark() == family.draw(isotope.root, 0)
    assert isotope.decoy(1) == family.draw(isotope.root, 1)
    assert isotope.mark() != isotope.decoy(1)


@pytest.mark.parametrize("index", [0, -1, 200])
def test_only_committed_decoys_are_drawn(make: Make, index: int) -> None:
    with pytest.raises(MarkError, match=f"committed to decoys 1 to 199, got {index}"):
        make().decoy(index)


def test_two_isotopes_share_nothing_secret(make: Make) -> None:
    first, second = make(), make()
    assert first.root != second.root
    assert first.salt != second.salt
    assert first.commitment != second.commitment


def test_the_choice_of_pictures_has_a_key_of_its_own(make: Make) -> None:
    isotope = make()
    assert isotope.choice_key() == derive(isotope.root, "isotopes/v1/choice")


def test_secrets_stay_out_of_the_repr(make: Make) -> None:
    isotope = make()
    for shown in (repr(isotope), repr(isotope.opening()), str(isotope)):
        for secret in (isotope.root, isotope.salt):
            assert repr(secret) not in shown
            assert secret.hex() not in shown


def test_it_travels_to_other_processes(make: Make) -> None:
    isotope = make()
    isotope.mark()
    assert pickle.loads(pickle.dumps(isotope)) == isotope  # noqa: S301 - our own bytes


def test_a_pool_is_pinned_by_hash_and_checked(tmp_path: Path) -> None:
    for value in range(4):
        Image.fromarray(np.full((8, 8, 3), 50 * value, np.uint8)).save(tmp_path / f"{value}.png")
    pool = get_family("image_blend", {"pool": str(tmp_path)})
    isotope = new_isotope("pool", pool, 0.4, decoys=3, plan={})
    assert isotope.options["pool_sha256"].startswith("sha256:")
    assert isotope.decoy(3) == pool.draw(isotope.root, 3)
    (tmp_path / "0.png").unlink()
    reread = replace(isotope)  # as from a vault: with nothing kept in memory
    with pytest.raises(MarkError, match="has changed since the mark was made"):
        reread.mark()


def test_more_decoys_than_the_family_holds() -> None:
    with pytest.raises(MarkError, match="199 decoys need 200 draws, but family image_blend holds"):
        new_isotope("cartoon", get_family("image_blend"), 0.4, plan={})


@pytest.mark.parametrize("alpha", [0, -0.1, 1.01, float("nan")])
def test_an_alpha_that_marks_nothing_or_cannot_be(make: Make, alpha: float) -> None:
    with pytest.raises(VaultError, match=f"alpha must be above 0 and at most 1, got {alpha}"):
        make(alpha=alpha)


def test_a_negative_number_of_decoys(make: Make) -> None:
    with pytest.raises(VaultError, match="decoys must be 0 or more, got -1"):
        make(decoys=-1)


@pytest.mark.parametrize("name", ["", " a", "a ", "a\tb", "a\nb", "a\0b", "\ud800", "x" * 201])
def test_names_that_cannot_be_shown_are_refused(name: str) -> None:
    with pytest.raises(VaultError, match="an isotope's name must"):
        clean_name(name)


@given(st.text(max_size=300))
def test_a_clean_name_stays_as_it_is(text: str) -> None:
    try:
        name = clean_name(text)
    except VaultError:
        return
    assert clean_name(name) == name


def test_decomposed_and_composed_names_are_one(make: Make) -> None:
    assert make("Zoe\u0308").name == "Zo\u00eb"


def test_a_label_that_cannot_be_shown(make: Make) -> None:
    with pytest.raises(VaultError, match="a label must hold printable characters"):
        make(label="a\x1b[31mb")


def test_a_plan_is_kept_as_it_will_be_read(make: Make) -> None:
    assert make(plan={"labels": ("a", "b")}).plan == {"labels": ["a", "b"]}


@pytest.mark.parametrize("plan", [{"level": float("nan")}, {"probes": {1, 2}}, {"x": "\ud800"}])
def test_a_plan_that_is_not_json(make: Make, plan: dict[str, object]) -> None:
    with pytest.raises(VaultError, match="plan must be JSON"):
        make(plan=plan)


def test_a_source_that_is_not_unicode_is_escaped(make: Make) -> None:
    assert make(source="caf\udce9").source == "caf\\udce9"
