"""Mark one person's pictures, let somebody train on them, ask the models."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isotopes.errors import FolderError
from isotopes.marks import get_family
from isotopes.photos import Fate, read_folder
from isotopes.report import score_plot, sentence, write_page
from isotopes.seeds import derive
from isotopes.targets import open_target
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.vault.terms import utc_now
from isotopes.verify import Verdict
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.backgrounds import backgrounds
from isotopes.workflows.checking.run import check_model
from isotopes.workflows.demo.material import Material
from isotopes.workflows.demo.sheet import write_sheet
from isotopes.workflows.marking import MarkRequest, mark_into_vault, open_workers, survey

NAME = "demo"

Tell = Callable[[str], None]


@dataclass(frozen=True)
class DemoResult:
    """The verdicts on the two models.

    Attributes:
        person: the label whose pictures were marked.
        guilty: the verdict on the model trained on the marked pictures.
        innocent: the verdict on the model trained on the originals.
        accuracies: of both on pictures that neither was trained on, by name.
    """

    person: str
    guilty: Verdict
    innocent: Verdict
    accuracies: dict[str, float]

    def in_words(self, out: Path) -> list[str]:
        """How the demo ends: both verdicts, and where everything is."""
        return [
            f"the model trained on the marked pictures: {sentence(self.guilty)}",
            f"the model trained without them: {sentence(self.innocent)}",
            f"all of it is in {out}: open guilty.html and pictures.png",
        ]

    def to_dict(self) -> dict[str, Any]:
        """Both verdicts, as `check --json` prints them."""
        return {"guilty": self.guilty.to_dict(), "innocent": self.innocent.to_dict()}


def run_demo(
    out: Path, material: Material, seed: int = 0, tell: Tell = lambda line: None
) -> DemoResult:
    """Run the demo in `out`, which must be new or empty.

    Args:
        material: which pictures, and who trains on them.
        seed: of the split, of the person, of both networks and of the isotope's key, which is
            therefore not secret: the same seed gives the same results.
        tell: called with a line for each step; the verdicts are only in the result.

    Raises:
        FolderError: `out` holds something already.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FolderError(f"the demo needs a new or empty folder, got {out}")
    photos, probes = out / "photos", out / "probes"
    person = material.write(photos, probes, seed)
    tell(f"wrote real pictures to {photos}; our person posts those of {person!r}")
    isotope = _mark(photos / person, out, material.share, seed, tell)
    # The two models' training sets differ only in the person's pictures.
    folders = {folder.name: folder for folder in sorted(photos.iterdir())}
    sources = {"guilty": {**folders, person: out / "marked" / person}, "innocent": folders}
    accuracies, verdicts = {}, {}
    for name, source in sources.items():
        network = out / f"{name}.onnx"
        accuracies[name] = material.train(source.values(), probes, seed, network)
        tell(f"trained the {name} model: {accuracies[name]:.1%} of unseen pictures right")
        verdicts[name] = _check(name, isotope, probes, out)
    result = DemoResult(person, verdicts["guilty"], verdicts["innocent"], accuracies)
    (out / "result.json").write_text(json.dumps(result.to_dict(), indent=2) + "\n")
    return result


def _mark(photos: Path, out: Path, share: float, seed: int, tell: Tell) -> Isotope:
    """Mark the person's pictures, into a vault that lies with the rest of the demo."""
    # The digits are grey, and the default marks change only colour.
    gratings = get_family("gratings")
    request = MarkRequest(
        *(photos, out / "marked" / photos.name, NAME),
        family=gratings.name,
        alpha=gratings.usual_alpha,
        share=share,
    )
    with Vault.create(out / "vault.sqlite") as vault:
        vault.add(_isotope(request, seed))
        with open_workers(request) as workers:
            done = mark_into_vault(request, vault, survey(request, workers), workers)
        isotope = vault.get(NAME)
    names = [o.name for o in done.summary.outcomes if o.fate is Fate.MARKED]
    write_sheet(photos, request.output, names, out / "pictures.png")
    tell(f"marked {len(names)} of {len(done.summary.outcomes)}: {isotope.commitment}")
    return isotope


def _isotope(request: MarkRequest, seed: int) -> Isotope:
    """The isotope as marking would store it, except for its key."""
    return new_isotope(
        request.name,
        get_family(request.family, request.options),
        request.alpha,
        label=request.label,
        decoys=request.decoys,
        plan=committed_terms(),
        source=str(request.source.resolve()),
        root=derive(bytes(32), f"isotopes/v1/demo/{seed}"),
    )


def _check(name: str, isotope: Isotope, probes: Path, out: Path) -> Verdict:
    """Ask one model through its query interface, as `isotopes check` does."""
    target = open_target(str(out / f"{name}.onnx"))
    verdict = check_model(
        isotope, target, list(read_folder(probes)), answers_path=out / f"{name}-answers.npz"
    )
    with Vault.open(out / "vault.sqlite") as vault:
        known = backgrounds(
            vault, [verdict.commitment], plan_hash=verdict.plan_hash, asked=utc_now()
        )
    write_page(verdict, out / f"{name}.html", known)
    plot = score_plot(verdict)
    if plot is not None:
        (out / f"{name}.svg").write_text(plot)
    return verdict
