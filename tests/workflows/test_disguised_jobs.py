"""Every job that asks about marked pictures can disguise its queries, and says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from inline_executor import InlineExecutor
from linear_model import LinearModel
from verdict_files import rank_verdict

import isotopes
from isotopes.faces.face_search import Enrolment, FaceSearch, Matches
from isotopes.marks import get_family
from isotopes.report.pages.content import Page
from isotopes.report.pages.make import make_page
from isotopes.report.pages.sweep import sweep_content
from isotopes.report.remarks import remark_in_words
from isotopes.targets import Picture, Scores
from isotopes.targets.gate import OPEN, Gate
from isotopes.vault import Isotope, check_opening, new_isotope
from isotopes.verify import Verdict
from isotopes.verify.evidence.disguised import disguise_remark
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.claims import Asking, Claim, verify_claim
from isotopes.workflows.face_searching import check_faces
from isotopes.workflows.sweeping import sweep_isotopes

ALIKE = 8  # levels of 255, the mean over all pixels: a faint mark changes less, a crop more
SAID = remark_in_words(disguise_remark())
Probes = list[tuple[str, Picture]]


class Watchful(LinearModel):
    """Answers, and counts the queries that look like an earlier one."""

    def __init__(self) -> None:
        super().__init__()
        self.known = None
        self.seen: list[Picture] = []
        self.alike = 0

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        for picture in pictures:
            self.look(picture)
        return super().ask(pictures, gate)

    def look(self, picture: Picture) -> None:
        picture = np.asarray(picture, np.int16)
        self.alike += any(np.abs(picture - one).mean() < ALIKE for one in self.seen)
        self.seen.append(picture)


class WatchfulGallery(FaceSearch):
    """Holds one picture, to which a bright one is more similar."""

    remote = False
    name = "a gallery"

    def __init__(self, watching: Watchful) -> None:
        self._watching = watching

    def identity(self) -> str:
        return f"sha256:{0:064x}"

    def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
        self._watching.look(picture)
        return Matches.of({"me.png": float(picture.mean()) / 255})

    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        return Enrolment()

    def _delete(self) -> None:
        pass


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> list[Isotope]:
    """Two faint marks, the same in every run, and so are their commitments."""
    monkeypatch.setattr("isotopes.seeds.secrets", SimpleNamespace(token_bytes=bytes))
    monkeypatch.setattr("isotopes.vault.isotope.utc_now", lambda: "2026-01-01T00:00:00Z")
    family, plan = get_family("tints"), committed_terms()
    return [
        new_isotope(f"person {at}", family, 0.2, plan=plan, root=bytes([at]) * 32)
        for at in range(2)
    ]


def check(people: list[Isotope], model: Watchful, probes: Probes, disguise: bool) -> Page:
    found = isotopes.check(
        people[0], model, probes, method="rank", decoys=19, level=0.05, disguise=disguise
    )
    return make_page(found)


def audit(people: list[Isotope], model: Watchful, probes: Probes, disguise: bool) -> Page:
    found = isotopes.audit(people, model, probes, probe_count=5, decoys=39, disguise=disguise)
    return make_page(found)


def sweep(
    people: list[Isotope], model: Watchful, probes: Probes, disguise: bool, folder: Path
) -> Page:
    terms = AuditTerms(probes=5, decoys=39, disguise=disguise)
    kept = folder / "kept"
    return sweep_content(sweep_isotopes(people, model, probes, kept, InlineExecutor(), terms=terms))


def claim(people: list[Isotope], model: Watchful, probes: Probes, disguise: bool) -> Page:
    one = people[0]
    opened = check_opening(one.receipt(), one.opening())
    claimed = Verdict.from_dict(rank_verdict(commitment=one.commitment))
    made = Claim(one.receipt(), opened, claimed, get_family(one.family))
    asking = Asking(bytes(range(32)), "the test", "noise", disguise=disguise)
    return make_page(verify_claim(made, model, probes, asking))


def faces(people: list[Isotope], model: Watchful, probes: Probes, disguise: bool) -> Page:
    gallery, pictures = WatchfulGallery(model), [picture for _, picture in probes]
    found = check_faces(
        people[0], gallery, pictures, ["me.png"], level=0.05, decoys=19, disguise=disguise
    )
    return make_page(found)


@pytest.mark.parametrize("job", [check, audit, sweep, claim, faces], ids=lambda job: job.__name__)
@pytest.mark.parametrize("disguise", [False, True])
def test_queries_look_alike_unless_they_are_disguised_and_the_page_says_so(
    people: list[Isotope],
    probes: Probes,
    tmp_path: Path,
    job: Callable[..., Page],
    *,
    disguise: bool,
) -> None:
    model = Watchful()
    more = (tmp_path,) if job is sweep else ()
    page = job(people, model, probes[:12], disguise, *more)
    marked = len(model.seen) - 12
    assert (model.alike < marked / 10) if disguise else (model.alike > marked * 0.9)
    assert (SAID in page.warnings) == disguise
    commands = " ".join(one.command for one in page.commands)
    assert ("--disguise" in commands) == (disguise and job is not sweep)
