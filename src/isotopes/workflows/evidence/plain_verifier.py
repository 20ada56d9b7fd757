"""Check an evidence bundle with nothing but Python and NumPy.

    python verify.py bundle.zip [--beacon FILE]

This file is on its own: it uses none of the code that made the bundle, and works everything out
again from the formats that docs/commitments.md and docs/evidence.md describe. It doesn't say that a
model gave these answers, which no file can show: only asking the model again does. Time stamps are
checked by OpenSSL: openssl ts -verify -digest HEX -in STAMP -CAfile ROOT (the HEX is printed).

It recomputes the p-value from the answers for the methods "rank" and "sequential" where one label
was named or all were searched, and for generated pictures; else from the verdict's own scores.
"""

import hashlib
import hmac
import io
import json
import sys
import zipfile

import numpy as np

EPSILON = 1e-6
COMMON_WEIGHT = 4.0
TOLERANCE = 1e-9
PICTURES = "matched filter"
FAILED = 3


def canonical(value):
    """Sorted keys, no white space, UTF-8: what all digests are taken of."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def derive(root, label):
    """HKDF-SHA256 (RFC 5869), no salt, the label as info, 32 bytes."""
    extracted = hmac.digest(bytes(32), root, "sha256")
    return hmac.digest(extracted, label.encode() + b"\x01", "sha256")


class Report:
    """Collects what holds and what doesn't."""

    def __init__(self):
        self.failed = 0

    def say(self, part, holds, why):
        word = {True: "holds", False: "FAILS", None: "open"}[holds]
        self.failed += holds is False
        print(f"{word:6} {part}: {why}")

    def guarded(self, part, check):
        try:
            check()
        except (ArithmeticError, LookupError, OSError, TypeError, ValueError) as error:
            self.say(part, False, f"can't be checked: {error!r}")


def read_bundle(path):
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(names) != len(set(names)):
            raise ValueError("a part is there twice")
        if sum(one.file_size for one in archive.infolist()) > 2**30:
            raise ValueError("it unpacks to more than 1 GiB")
        return {name: archive.read(name) for name in names}


def check_manifest(parts, report):
    manifest = parts["manifest.json"]
    rest = {name: content for name, content in parts.items() if name != "manifest.json"}
    digests = {name: sha(content) for name, content in rest.items()}
    made = canonical({"format": "isotopes-evidence/1", "parts": digests}) + b"\n"
    report.say("manifest.json", made == manifest, "lists every part with its digest")
    try:
        listed = json.loads(manifest)["parts"]
    except (ValueError, KeyError, TypeError):
        listed = {}
    for name in sorted(set(listed) | set(digests)):
        report.say(name, listed.get(name) == digests.get(name), "is what the manifest lists")


def read_answers(parts):
    """The description, the answers (marks, pictures, labels) and which queries were asked."""
    with np.load(io.BytesIO(parts["answers.npz"]), allow_pickle=False) as archive:
        about = json.loads(archive["about"].tobytes())
        return about, archive["values"].astype(np.float64), dict(archive).get("asked")


def statistic(name, values):
    shown = np.where(np.isnan(values), 0.0, values)
    if name == "probability":
        return shown
    if name == "log-odds":
        clipped = np.clip(shown, EPSILON, 1 - EPSILON)
        return np.log(clipped) - np.log1p(-clipped)
    return None


def allowed_probes(clean, labels, folders):
    """Not for the label that its folder or, of more than two labels, the model gives a probe."""
    allowed = np.ones(clean.shape, bool)
    answered = np.flatnonzero(~np.isnan(clean).all(axis=1))
    if clean.shape[1] != 2 or np.isnan(clean[answered]).any():
        best = np.nan_to_num(clean[answered], nan=-np.inf).argmax(axis=1)
        allowed[answered, best] = False
    for row, folder in enumerate(folders):
        if folder in labels:
            allowed[row, labels.index(folder)] = False
    return allowed


def standardised(rows):
    """Each column in standard deviations above its mean over all marks, the true one included."""
    reach = np.ptp(rows, axis=0)
    scaled = (rows - rows.min(axis=0)) / np.where(reach > 0, reach, 1)
    ordered = np.sort(scaled, axis=0)
    spread = ordered.std(axis=0)
    return np.where(reach > 0, (scaled - ordered.mean(axis=0)) / np.where(spread > 0, spread, 1), 0)


def lifted(means, batch):
    """Scores over labels, on the scale of decoys that are counted nowhere else."""
    moving = np.ptp(batch, axis=0) > 0
    means, batch = means[:, moving], batch[:, moving]
    variance = batch.var(axis=0, ddof=1)
    freedom = len(batch) - 1
    spread = (freedom * variance + COMMON_WEIGHT * variance.mean()) / (freedom + COMMON_WEIGHT)
    return ((means - batch.mean(axis=0)) / np.sqrt(spread)).max(axis=1)


def labels_of(plan, about, values):
    """Columns tested, which pictures count for each, which are own, and if a label was left out."""
    own, labels = np.arange(values.shape[1]) >= len(plan["probes"]), about["labels"]
    allowed = np.ones(values.shape[1:], bool)
    allowed[~own] = allowed_probes(values[0][~own], labels, plan["probe_labels"])
    wanted = [plan["label"]] if plan["label"] is not None else plan["candidates"] or labels
    columns = [at for at, label in enumerate(labels) if label in wanted]
    tested = [at for at in columns if allowed[:, at].sum() >= METHODS[plan["method"]]]
    return tested, allowed, own, len(tested) < len(columns)


def scores_of(plan, about, values, asked):
    """Scores of the mark and of each decoy that was asked; None for designs not covered here."""
    if asked is None:  # how well each draw matches generated pictures, in each view
        return np.round(standardised(values[:, np.ptp(values, axis=0) > 0]).max(axis=1), 6)
    score, mine = statistic(plan["statistic"], values[1:]), values.shape[1] > len(plan["probes"])
    is_covered = plan["method"] in METHODS and not (mine and plan["method"] == "sequential")
    if score is None or not is_covered:
        return None
    columns, allowed, own, _ = labels_of(plan, about, values)
    pictures = allowed[:, columns].any(axis=1) | own
    complete = asked[1:, pictures].all(axis=1)
    counted = len(complete) - int(plan["settings"].get("calibration", 0))
    usable = int(np.argmin([*complete[:counted], False]))
    rows = [*range(usable), *range(counted, len(complete))]
    part, mask = score[rows][:, :, columns], allowed[:, columns]
    means = part.sum(axis=1, where=mask) / mask.sum(axis=0)
    if plan["label"] is not None:  # others' pictures and one's own have equal say
        kinds = [mask & kind[:, None] for kind in (~own, own) if mask[kind].any()]
        each = [part.sum(axis=1, where=kind) / kind.sum(axis=0) for kind in kinds]
        return (sum(map(standardised, each)) if len(each) > 1 else each[0])[:usable, 0]
    if plan["method"] == "sequential":
        return lifted(means[:usable], means[usable:])
    if not own.any():
        return standardised(means[:, np.ptp(means, axis=0) > 0]).max(axis=1)
    shown = np.nan_to_num(values[1:][rows][:, :, columns])
    given = np.sort(shown[:, own].mean(axis=1), axis=0).mean(axis=0)
    others = mask & ~own[:, None]
    there = (shown.sum(axis=1, where=others) / np.maximum(others.sum(axis=0), 1)).mean(axis=0)
    usual = np.where(others.any(axis=0), there, 1 / max((given > 0).sum(), 1))
    weights = np.where(given > 0, np.maximum(given - usual, 1e-6), 0)
    weighed = (shown[:, own] * weights).sum(axis=2) / weights.sum()
    return statistic(plan["statistic"], weighed).mean(axis=1)


METHODS = {"rank": 5, "sequential": 5, "two-stage": 5, PICTURES: 1}  # fewest pictures of a label


def pvalue_of(plan, scores):
    """The mark's rank among its decoys."""
    high = scores[1:] >= scores[0]
    if plan.get("method") != "sequential":
        return (1 + int(high.sum())) / (len(high) + 1)
    return sequential(high, plan)


def sequential(high, plan):
    """Besag and Clifford's p-value, as if each decoy not asked yet were as high as the mark."""
    h = int(plan["settings"]["h"])
    maximum = plan["decoys"] - int(plan["settings"]["calibration"])
    draws, hits = len(high), int(high.sum())
    if hits == h and high[-1]:
        return h / draws
    missing, left = h - hits, maximum - draws
    if missing <= left:
        return h / (draws + missing)
    return (hits + left + 1) / (maximum + 1)


def check_verdict(parts, report):
    plan, verdict = json.loads(parts["plan.json"]), json.loads(parts["verdict.json"])
    about, values, asked = read_answers(parts)
    report.say("plan.json", sha(canonical(plan)) == verdict["plan_hash"], "is what was decided by")
    report.say("answers.npz", canonical(about["plan"]) == canonical(plan), "are those to this plan")
    plan.setdefault("target_identity", sha(canonical(sorted(plan.get("pictures", ())))))
    same = ("isotope", "commitment", "beacon", "target", "target_identity", "method", "statistic")
    fits = all(plan.get(name) == verdict.get(name) for name in (*same, "level"))
    report.say("verdict.json", fits, "says of isotope, model and test what the plan says")
    if verdict["score"] is None:
        report.say("verdict.json", None, "made no test, so there is no p-value")
        return
    told = np.array([verdict["score"], *verdict["decoy_scores"]])
    found = scores_of(plan, about, values, asked)
    if found is None:
        report.say("verdict.json", None, "of this design the scores are not worked out again here")
    else:
        found = found[: len(told)]
        most = TOLERANCE * 100 if asked is not None else 2e-6  # scores of pictures are rounded
        close = found.shape == told.shape and np.abs(found - told).max() <= most
        report.say("verdict.json", bool(close), "has the scores that follow from the answers")
    if plan.get("method", PICTURES) in METHODS:
        of_look, looks = pvalue_of(plan, told), plan.get("looks", 1)
        again = min(1, looks * of_look)  # each look at pictures has its share of the level
        right = abs(again - verdict["pvalue"]) <= TOLERANCE
        report.say("verdict.json", right, f"has the p-value of its scores, {again:.4g}")
        left_out = asked is not None and labels_of(plan, about, values)[-1]
        nothing = "inconclusive" if left_out else "not detected"
        wanted = "detected" if of_look <= plan["level"] / looks else nothing
        fits = verdict["verdict"] in {wanted, "inconclusive"}
        report.say("verdict.json", fits, f"says {verdict['verdict']} at level {plan['level']}")


def check_receipt(parts, report, beacon):
    plan, receipt = json.loads(parts["plan.json"]), json.loads(parts["receipt.json"])
    fits = receipt["commitment"] == plan["commitment"]
    report.say("receipt.json", fits, "is of the isotope that was tested")
    shown = {name: value for name, value in receipt.items() if name != "note"}
    report.say("dates", None, f"stamps of the receipt must be of {sha(canonical(shown))[7:]}")
    report.say("dates", None, f"stamps of the plan must be of {sha(canonical(plan))[7:]}")
    if receipt["beacon"] is None:
        report.say("beacon", None, "none: nothing rules out that the key was chosen by trial")
    if "opening.json" not in parts:
        report.say("opening.json", None, "is not there: the key is still secret")
        return
    opening = json.loads(parts["opening.json"])
    statement, root = opening["statement"], bytes.fromhex(opening["root"])
    matches = sha(canonical(statement)) == receipt["commitment"]
    report.say("opening.json", matches, "hashes to the receipt's commitment")
    rooted = sha(b"isotopes/v1/root\0" + root) == statement["root_sha256"]
    report.say("opening.json", rooted, "holds the key that was committed to")
    key = root
    if statement["beacon"] is not None:
        value = bytes.fromhex(opening["beacon"])
        key = derive(root, f"isotopes/v1/beacon/{sha(value)}")
        looked_up = None if beacon is None else beacon == value
        report.say("beacon", looked_up, f"{statement['beacon']}: {sha(value)}")
    terms = [name for name in ("family", "family_version", "alpha") if name in plan]
    kept = all(statement[name] == plan[name] for name in terms)
    more = 0 if "seed" in plan else statement["plan"].get("picture_decoys", 0)
    enough = max(statement["decoys"]["count"], more) >= plan["decoys"]
    report.say("plan.json", kept and enough, "tests the mark and decoys that were committed to")
    if "seed" in plan:
        seed = derive(key, f"isotopes/v1/check/{plan['target_identity']}").hex()
        report.say("plan.json", seed == plan["seed"], "draws its probes by the committed key")


def main(words):
    beacon = None
    if "--beacon" in words:
        at = words.index("--beacon")
        with open(words[at + 1], "rb") as file:
            beacon = file.read()
        words = words[:at] + words[at + 2 :]
    if len(words) != 1:
        print(__doc__)
        return 2
    report = Report()
    try:
        parts = read_bundle(words[0])
    except Exception as error:
        print(f"FAILS  the bundle: {error}")
        return FAILED
    report.guarded("manifest.json", lambda: check_manifest(parts, report))
    report.guarded("verdict.json", lambda: check_verdict(parts, report))
    report.guarded("receipt.json", lambda: check_receipt(parts, report, beacon))
    report.say("answers.npz", None, "whether a model gave them, only asking it again shows")
    print(f"{report.failed} of these don't hold" if report.failed else "all that was checked holds")
    return FAILED if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
