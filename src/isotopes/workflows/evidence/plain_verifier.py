"""Check an evidence bundle by Python and NumPy alone: plain_verifier.py BUNDLE [--beacon FILE]

Take this file from a release that you trust, not from a bundle. It recomputes what the formats in
docs/commitments.md and docs/evidence.md let it. Only asking the model again shows whether it gave
the answers. For stamps: openssl ts -verify -digest HEX -in STAMP -CAfile ROOT
"""

import hashlib
import hmac
import io
import json
import sys
import zipfile

import numpy as np

EPSILON, COMMON_WEIGHT, TOLERANCE, FAILED, PICTURES = 1e-6, 4.0, 1e-9, 3, "matched filter"
METHODS = {"rank": 5, "sequential": 5, "two-stage": 5, PICTURES: 1}  # fewest pictures of a label


def canonical(value):
    """Sorted keys, no white space, UTF-8: what all digests are taken of."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def derive(root, label):
    """HKDF-SHA256 (RFC 5869), no salt, the label as info, 32 bytes."""
    return hmac.digest(hmac.digest(bytes(32), root, "sha256"), label.encode() + b"\x01", "sha256")


class Report:
    failed = 0

    def say(self, part, holds, why):
        self.failed += holds is False
        print(f"{'open' if holds is None else 'holds' if holds else 'FAILS':6} {part}: {why}")

    def guarded(self, part, check):
        try:
            check()
        except Exception as error:
            self.say(part, False, f"can't be checked: {error!r}")


def read_bundle(path):
    with zipfile.ZipFile(path) as archive:
        names, size = archive.namelist(), sum(one.file_size for one in archive.infolist())
        if len(names) != len({name.lower() for name in names}) or size > 2**30:
            raise ValueError("a part is there twice, or it unpacks to more than 1 GiB")
        return {name: archive.read(name) for name in names}


def check_manifest(parts, report):
    digests = {name: sha(content) for name, content in parts.items() if name != "manifest.json"}
    made = canonical({"format": "isotopes-evidence/1", "parts": digests}) + b"\n"
    report.say("manifest.json", made == parts["manifest.json"], "lists every part with its digest")
    listed = json.loads(parts["manifest.json"])["parts"]
    for name in sorted(set(listed) | set(digests)):
        content = parts.get(name, b"")  # JSON in its only form: else two readers read two things
        once = name[-5:] != ".json" or canonical(json.loads(content)) + b"\n" == content
        report.say(name, once and listed.get(name) == digests.get(name), "is as the manifest lists")


def read_answers(parts):
    """The description, the answers (marks, pictures, labels) and which queries were asked."""
    with np.load(io.BytesIO(parts["answers.npz"]), allow_pickle=False) as archive:
        if any(one.compress_type for one in archive.zip.infolist()):
            raise ValueError("its arrays are compressed")
        about = json.loads(archive["about"].tobytes())
        return about, archive["values"].astype(np.float64), dict(archive).get("asked")


def statistic(name, values):
    shown = np.where(np.isnan(values), 0.0, values)
    if name == "log-odds":
        shown = np.clip(shown, EPSILON, 1 - EPSILON)
        return np.log(shown) - np.log1p(-shown)
    return shown if name == "probability" else None


def allowed_probes(clean, labels, folders):
    """Not for labels that its folder or the model gives a probe; two of a softmax say nothing."""
    allowed = np.ones(clean.shape, bool)
    (answered,) = np.nonzero(~np.isnan(clean).all(axis=1))
    shown, complete = np.nan_to_num(clean[answered]), ~np.isnan(clean[answered]).any(axis=1)
    if (shown.sum(axis=1) > 1.5).any() or (shown[complete].sum(axis=1) < 0.5).any():  # sigmoids
        allowed[answered] = shown <= 0.5
    elif clean.shape[1] != 2 or not complete.all():
        allowed[answered, shown.argmax(axis=1)] = False
    return allowed & (np.array(folders, object)[:, None] != np.array(labels, object))


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
    variance, freedom = batch.var(axis=0, ddof=1), len(batch) - 1
    spread = (freedom * variance + COMMON_WEIGHT * variance.mean()) / (freedom + COMMON_WEIGHT)
    lift = (means - batch.mean(axis=0)) / np.sqrt(spread)
    return lift.max(axis=1) if moving.any() else np.zeros(len(means))


def embedded(plan, about, values, asked, draws):
    """How steady one's own pictures are in another view, and how far others' go one way."""
    found, probes, own = 2 * values - 1, len(plan["probes"]), len(plan["own"])
    draws = found[1:][: int(np.argmin([*asked[1:].all(axis=1)[:draws], False]))]
    moved = draws[:, :probes] - found[0, :probes]
    ways = moved / np.maximum(np.linalg.norm(moved, axis=2, keepdims=True), 1e-12)
    common = ways.sum(axis=1, keepdims=True)
    common /= np.maximum(np.linalg.norm(common, axis=2, keepdims=True), 1e-12)
    pairs = ways * common, draws[:, probes:][:, :own] * draws[:, probes + own :]
    each = [part.sum(axis=2).round(9).mean(axis=1) for part in pairs if part.shape[1]]
    return sum(map(standardised, each)) if len(each) > 1 else each[0]


def labels_of(plan, about, values):
    """Columns tested, which pictures count for each, which are own, and if a label was left out."""
    own, labels = np.arange(values.shape[1]) >= len(plan["probes"]), about["labels"]
    allowed = np.ones(values.shape[1:], bool)
    allowed[~own] = allowed_probes(values[0][~own], labels, plan["probe_labels"])
    wanted = [plan["label"]] if plan["label"] is not None else plan["candidates"] or labels
    columns = [at for at, label in enumerate(labels) if label in wanted]
    tested = [at for at in columns if allowed[:, at].sum() >= METHODS[plan["method"]]]
    return tested, allowed, own, len(tested) < len(columns)


def scores_of(plan, about, values, asked, draws=None):
    """Scores of the mark and of each decoy that was asked; None for designs not covered here."""
    if asked is None:  # how well each draw matches generated pictures, in each view
        return np.round(standardised(values[:, np.ptp(values, axis=0) > 0]).max(axis=1), 6)
    score, mine = statistic(plan["statistic"], values[1:]), values.shape[1] > len(plan["probes"])
    if score is None or plan["method"] not in METHODS or (mine and plan["method"] == "sequential"):
        return None
    columns, allowed, own, _ = labels_of(plan, about, values)
    complete = asked[1:, allowed[:, columns].any(axis=1) | own].all(axis=1)
    counted = len(complete) - int(plan["settings"].get("calibration", 0))
    usable = int(np.argmin([*complete[:counted][:draws], False]))  # draws: of the stage it ended in
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


def pvalue_of(plan, scores):
    """The mark's rank among its decoys; with "sequential" Besag and Clifford's."""
    high, settings = scores[1:] >= scores[0], {**plan, **plan.get("settings", {})}
    draws, hits = len(high), int(high.sum())
    if plan.get("method") != "sequential":
        pvalue = (1 + hits) / (draws + 1)
        early = draws == settings.get("first") and pvalue > settings["go_on"]
        if draws != plan["decoys"] and not early:
            raise ValueError(f"{draws} of {plan['decoys']} decoys were compared")
        return pvalue
    h, maximum = int(settings["h"]), plan["decoys"] - int(settings["calibration"])
    if hits == h and high[-1]:
        return h / draws
    missing, left = h - hits, maximum - draws  # as if each decoy not asked yet were as high
    return h / (draws + missing) if missing <= left else (hits + left + 1) / (maximum + 1)


def is_doubtful(plan, about, detected):
    """Is there a reason why the scores decide nothing?"""
    picked = not (plan["exchangeable"] or plan["assume_exchangeable"])
    doubts = [detected and picked, about.get("fault"), about.get("cut")]
    for name in ("independence", "own_independence", "copies"):
        if found := plan.get(name):
            first = found["pvalue"] <= 1 / (found["decoys"] + 1)
            far = found["decoys"] >= 9 and abs(found["deviations"]) > 4
            doubts.append(not first if name == "copies" else first and far)
    return any(doubts)


def check_verdict(parts, report):
    plan, verdict = json.loads(parts["plan.json"]), json.loads(parts["verdict.json"])
    about, values, asked = read_answers(parts)
    report.say("plan.json", sha(canonical(plan)) == verdict["plan_hash"], "is what was decided by")
    report.say("answers.npz", canonical(about["plan"]) == canonical(plan), "are those to this plan")
    plan.setdefault("target_identity", sha(canonical(sorted(plan.get("pictures", ())))))
    same = "isotope commitment beacon target target_identity method statistic level exchangeable"
    same += " independence own_independence copies" + " label" * (plan.get("label") is not None)
    fits = all(plan[name] == verdict[name] for name in same.split() if name in plan)
    report.say("verdict.json", fits, "says of isotope, model and test what the plan says")
    how = [one["values"] for one in verdict["warnings"] if one["kind"] == "queries-disguised"]
    if how or plan.get("disguised"):  # by so many per cent
        report.say("verdict.json", bool(how) == plan["disguised"], f"tells of its disguise {how}")
    report.say("verdict.json", None, "a searched label, effect, other remarks: not worked out here")
    if verdict["score"] is None:
        report.say("verdict.json", None, "made no test, so there is no p-value")
        return
    told = np.array([verdict["score"], *verdict["decoy_scores"]])
    embeds = plan.get("statistic") == "embeddings"
    found = (embedded if embeds else scores_of)(plan, about, values, asked, len(told))
    if found is None:
        report.say("verdict.json", None, "the scores of this design are not worked out again here")
    else:
        most = TOLERANCE * 100 if asked is not None else 2e-6  # scores of pictures are rounded
        close = len(found) >= len(told) and np.abs(found[: len(told)] - told).max() <= most
        report.say("verdict.json", bool(close), "has the scores that follow from the answers")
    if plan.get("method", PICTURES) in METHODS:
        of_look, looks = pvalue_of(plan, told), plan.get("looks", 1)
        again = min(1, looks * of_look)  # each look at pictures has its share of the level
        right = abs(again - verdict["pvalue"]) <= TOLERANCE
        report.say("verdict.json", right, f"has the p-value of its scores, {again:.4g}")
        sure = "detected" if of_look <= plan["level"] / looks else "not detected"
        left_out = asked is not None and not embeds and labels_of(plan, about, values)[-1]
        doubt = is_doubtful(plan, about, sure == "detected") or (left_out and sure != "detected")
        fits = verdict["verdict"] in {"inconclusive", "inconclusive" if doubt else sure}
        report.say("verdict.json", fits, f"says {verdict['verdict']} at level {plan['level']}")


def check_receipt(parts, report, beacon):
    plan, receipt = json.loads(parts["plan.json"]), json.loads(parts["receipt.json"])
    named, told = receipt["beacon"], (plan["beacon"] or "").rpartition(" (sha256:")[0]
    fits = receipt["commitment"] == plan["commitment"] and (named or "") == told
    report.say("receipt.json", fits, "is of the isotope that was tested, beacon included")
    shown = {name: value for name, value in receipt.items() if name != "note"}
    for of, document in (("receipt", shown), ("plan", plan)):
        report.say("dates", None, f"stamps of the {of} must be of {sha(canonical(document))[7:]}")
    if named is None:
        report.say("beacon", None, "none: nothing rules out that the key was chosen by trial")
    if "opening.json" not in parts:
        report.say("opening.json", None, "is not there: the key is still secret")
        return
    opening = json.loads(parts["opening.json"])
    said, key = opening["statement"], bytes.fromhex(opening["root"])
    matches = all(said[name] == receipt[name] for name in ("created", "beacon"))
    matches = matches and sha(canonical(said)) == receipt["commitment"]
    rooted = sha(b"isotopes/v1/root\0" + key) == said["root_sha256"]
    report.say("opening.json", matches and rooted, "holds what was committed to, key included")
    if named is not None:
        value = sha(bytes.fromhex(opening["beacon"]))
        key = derive(key, f"isotopes/v1/beacon/{value}")
        report.say("plan.json", plan["beacon"] == f"{named} ({value})", "names the beacon's value")
        report.say("beacon", None if beacon is None else sha(beacon) == value, f"{named}: {value}")
    terms = [name for name in ("family", "family_version", "alpha") if name in plan]
    more = 0 if "seed" in plan else said["plan"].get("picture_decoys", 0)
    enough = max(said["decoys"]["count"], more) >= plan["decoys"]
    kept = enough and all(said[name] == plan[name] for name in terms)
    report.say("plan.json", kept, "tests the mark and decoys that were committed to")
    drawn = said["family"] != "image_blend" or {"picture", "pool"} & {*said["options"]} == {"pool"}
    report.say("plan.json", drawn or not plan["exchangeable"], "tells if a person picked the mark")
    if "seed" in plan:
        seed = derive(key, f"isotopes/v1/check/{plan['target_identity']}").hex()
        report.say("plan.json", seed == plan["seed"], "takes its seed from the committed key")
        fixed = {**said["plan"], "label": said["label"], "candidates": None}
        if plan["statistic"] == "embeddings":  # it has no labels
            fixed |= {"statistic": fixed.get("embedding_statistic"), "label": None}
        terms = ["method", "statistic", "level", "label", "candidates"]
        alike = all(fixed.get(name) == plan[name] for name in terms)
        report.say("plan.json", alike or bool(plan["differs"]), "tells if it differs from that")


def main(words):
    beacon = np.fromfile(words[2], "u1").tobytes() if words[1:-1] == ["--beacon"] else None
    if len(words) != (1 if beacon is None else 3):
        print(__doc__)
        return 2
    report, parts = Report(), {}
    report.guarded("the bundle", lambda: parts.update(read_bundle(words[0])))
    report.guarded("manifest.json", lambda: check_manifest(parts, report))
    report.guarded("verdict.json", lambda: check_verdict(parts, report))
    report.guarded("receipt.json", lambda: check_receipt(parts, report, beacon))
    report.say("answers.npz", None, "whether a model gave them, only asking it again shows")
    print(f"{report.failed} of these don't hold" if report.failed else "all that was checked holds")
    return FAILED if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
