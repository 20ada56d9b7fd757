"""The evidence bundle: a ZIP archive with all parts of a check and the digest of each.

It holds ``verdict.json``, ``plan.json``, ``answers.npz``, ``report.html``, ``receipt.json``, if
wanted ``opening.json``, ``report.pdf`` where a browser was there to print it, time stamps as
``stamps/receipt-1.tsr``, ..., ``verify.py`` (which checks the bundle with nothing but Python and
NumPy) and ``manifest.json`` with the SHA-256 of all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from isotopes.canonical import canonical_json, digest
from isotopes.errors import FolderError, VaultError
from isotopes.report import verdict_page
from isotopes.report.pages.pdf import as_pdf
from isotopes.vault import Isotope, Vault
from isotopes.verify.verdicts.loading import CheckPlan, CheckVerdict, decide_kept
from isotopes.workflows.backgrounds import backgrounds
from isotopes.workflows.evidence.archive import STAMPS, read_archive, write_archive

BUNDLE_FORMAT = "isotopes-evidence/1"
MANIFEST, VERIFIER = "manifest.json", "verify.py"
ANSWERS, OPENING, RECEIPT = "answers.npz", "opening.json", "receipt.json"
ON_PAPER = "report.pdf"
PLAN, REPORT, VERDICT = "plan.json", "report.html", "verdict.json"
ALWAYS = frozenset({ANSWERS, PLAN, RECEIPT, REPORT, VERDICT, VERIFIER})
PARTS = ALWAYS | {MANIFEST, ON_PAPER, OPENING}  # and time stamps


@dataclass(frozen=True)
class Bundle:
    """The parts of a bundle.

    Attributes:
        parts: their bytes by name, without the manifest.
        manifest: as it is stored.
    """

    parts: Mapping[str, bytes]
    manifest: bytes

    @property
    def digest(self) -> str:
        """``sha256:...`` of the manifest, and so of all parts."""
        return digest(self.manifest)


def own_verifier() -> bytes:
    """The verifier that this release puts into its bundles."""
    return Path(__file__).with_name("plain_verifier.py").read_bytes()


def manifest_of(parts: Mapping[str, bytes]) -> bytes:
    """The manifest of these parts, in its only valid encoding."""
    digests = {name: digest(content) for name, content in parts.items()}
    return canonical_json({"format": BUNDLE_FORMAT, "parts": digests}) + b"\n"


def make_bundle(answers: Path, vault: Vault, *, reveal: bool = False) -> Bundle:
    """All parts of the check whose plan and answers, or scores, this file holds.

    Args:
        answers: what `check --keep` wrote.
        vault: holds the isotope; its receipt and the stamps of it go in.
        reveal: put the opening in, which gives the key away.

    Raises:
        FolderError: the file can't be read or holds no answers.
        VaultError: the vault has no such isotope.
        WrongPassphrase: the vault is sealed with another one.
    """
    plan, verdict = decide_kept(answers)
    isotope = _isotope(vault, plan)
    receipt = isotope.receipt()
    kept_at = datetime.fromtimestamp(answers.stat().st_mtime, UTC).isoformat(timespec="seconds")
    known = backgrounds(vault, [plan.commitment], plan_hash=plan.hash, asked=kept_at)
    report = verdict_page(verdict, known)
    parts = {
        VERDICT: _json(verdict.to_dict()),
        PLAN: _json(plan.to_dict()),
        ANSWERS: answers.read_bytes(),
        REPORT: report.encode(),
        RECEIPT: _json(receipt.to_dict()),
        VERIFIER: own_verifier(),
    }
    with suppress(FolderError):  # no browser: the page alone is there to be read
        parts[ON_PAPER] = as_pdf(report)
    if reveal:
        parts[OPENING] = _json(isotope.opening().to_dict())
    for number, (token, _) in enumerate(vault.stamps(receipt.digest), 1):
        parts[f"{STAMPS}receipt-{number}.tsr"] = token
    for number, (token, _) in enumerate(vault.stamps(plan.hash), 1):
        parts[f"{STAMPS}plan-{number}.tsr"] = token
    return Bundle(parts, manifest_of(parts))


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Write a new file that only its owner can read.

    Raises:
        VaultError: it is there already, or can't be written.
    """
    write_archive({**bundle.parts, MANIFEST: bundle.manifest}, path)


def read_bundle(path: Path) -> Bundle:
    """Read the parts of a bundle; `verify_bundle` checks them.

    Raises:
        FolderError: there is no such file, it holds anything but the parts of a bundle, or it is
            too large unpacked.
    """
    parts = read_archive(path, PARTS)
    if MANIFEST not in parts:
        raise FolderError(f"{path} is no evidence bundle: it has no {MANIFEST}")
    return Bundle({n: c for n, c in parts.items() if n != MANIFEST}, parts[MANIFEST])


def decide_again(bundle: Bundle) -> tuple[CheckPlan, CheckVerdict]:
    """The plan in the bundle, and the verdict that its answers or scores give.

    Raises:
        FolderError: they are none.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / ANSWERS
        path.write_bytes(bundle.parts[ANSWERS])
        return decide_kept(path)


def _isotope(vault: Vault, plan: CheckPlan) -> Isotope:
    for summary in vault.summaries():
        if summary.commitment == plan.commitment:
            return vault.get(summary.name)
    raise VaultError(
        f"no isotope in {vault.location} has the commitment {plan.commitment}",
        hint=f"the check was of an isotope called {plan.isotope!r}: give the vault that holds it",
    )


def _json(value: Mapping[str, object]) -> bytes:
    return canonical_json(value) + b"\n"
