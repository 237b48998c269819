"""Writes figures and intervals of seeded answers, some of them refused: the truth for
io.cxr.evaluation.Evaluation.

Figures are NumPy's, and checked against scikit-learn's. Intervals of shares are Wilson's, held to
SciPy's, for as many independent samples as the design effect of patients leaves; those of areas and
means are the wider of a score interval and of percentiles of 5,000 resamples of patients by NumPy's
random numbers, so they agree with ours but for chance; the others are percentiles alone. The
answers are synthetic.

Run from the module's folder with Debian's python3-numpy, python3-scipy and python3-sklearn (1.24.2,
1.10.1 and 1.2.1 made the file):
    python3 src/test/python/evaluation_with_refusals.py
"""

import json
import pathlib

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binomtest, norm, rankdata
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

OUT = pathlib.Path("src/test/resources/io/cxr/evaluation/evaluations.json")
RESAMPLES = 5000
REASONS = ["NOT_A_CHEST_RADIOGRAPH", "UNREADABLE"]


def ratio(part, whole):
    return part / whole if whole else np.nan


def calibration_error(p, truth):
    top = p.argmax(axis=1)
    confidence = p.max(axis=1)
    # digitize(right=True): a bin holds its upper edge, not its lower one.
    which = np.clip(np.digitize(confidence, np.arange(16) / 15, right=True), 1, 15)
    error = 0
    for b in range(1, 16):
        chosen = which == b
        if chosen.any():
            gap = confidence[chosen].mean() - (top[chosen] == truth[chosen]).mean()
            error += chosen.mean() * abs(gap)
    return error


def area(positive, scores):
    """Mann and Whitney's statistic."""
    ranks, m, n = rankdata(scores), positive.sum(), (~positive).sum()
    return (ranks[positive].sum() - m * (m + 1) / 2) / (m * n)


def check(classes, truth, p, refused, found):
    """The same by scikit-learn."""
    answered = refused < 0
    t, q, a = truth[answered], p[answered], p[answered].argmax(axis=1)
    of_all = np.where(answered, p.argmax(axis=1), -1)
    same = {
        "accuracy": accuracy_score(t, a),
        "accuracyOfAll": accuracy_score(truth, of_all),
    }
    for label in range(classes):
        here, there = t == label, truth == label
        if here.any():
            same[f"{label}.sensitivity"] = recall_score(here, a == label)
        if there.any():
            same[f"{label}.sensitivityOfAll"] = recall_score(there, of_all == label)
        if here.any() and not here.all():
            same[f"{label}.precision"] = precision_score(here, a == label)
            same[f"{label}.f1"] = f1_score(here, a == label)
            same[f"{label}.auroc"] = roc_auc_score(here, q[:, label])
    if classes == 2 and 0 < t.sum() < len(t):
        same["brierScore"] = brier_score_loss(t, q[:, 1])
    for figure, value in same.items():
        assert abs(found[figure] - value) < 1e-12, figure


def figures(classes, truth, p, refused, thresholds):
    """Everything for one sample of images; nan where it is not defined."""
    answered = refused < 0
    t, q = truth[answered], p[answered]
    top = np.where(answered, p.argmax(axis=1), -1)
    a = top[answered]
    n, m = len(truth), len(t)
    out = {
        "coverage": m / n,
        "accuracy": ratio((t == a).sum(), m),
        "accuracyOfAll": (truth == top).mean(),
        "calibrationError": calibration_error(q, t) if m else np.nan,
        "brierScore": (((q - np.eye(classes)[t]) ** 2).sum(axis=1) / 2).mean() if m else np.nan,
    }
    recalls, recalls_of_all, areas = [], [], []
    for label in range(classes):
        here, there, given = t == label, truth == label, top == label
        both = here.any() and not here.all()
        if there.any():
            recalls.append(ratio((here & (a == label)).sum(), here.sum()))
            recalls_of_all.append(ratio((there & given).sum(), there.sum()))
        areas.append(area(here, q[:, label]) if both else np.nan)
        out |= {
            f"{label}.coverage": ratio((there & answered).sum(), there.sum()),
            f"{label}.sensitivity": ratio((here & (a == label)).sum(), here.sum()),
            f"{label}.sensitivityOfAll": ratio((there & given).sum(), there.sum()),
            f"{label}.specificity": ratio((~here & (a != label)).sum(), (~here).sum()),
            f"{label}.specificityOfAll": ratio(
                (~there & answered & ~given).sum(), (~there).sum()
            ),
            f"{label}.precision": ratio((here & (a == label)).sum(), (a == label).sum())
            if both
            else np.nan,
            f"{label}.f1": ratio(2 * (here & (a == label)).sum(), here.sum() + (a == label).sum())
            if both
            else np.nan,
            f"{label}.auroc": areas[-1],
        }
    out["balancedAccuracy"] = np.mean(recalls) if len(recalls) > 1 else np.nan
    out["balancedAccuracyOfAll"] = np.mean(recalls_of_all) if len(recalls) > 1 else np.nan
    known = [one for one in areas if not np.isnan(one)]
    out["auroc"] = np.mean(known) if known else np.nan
    for i, (label, threshold) in enumerate(thresholds):
        here, there = t == label, truth == label
        above, above_of_all = q[:, label] >= threshold, answered & (p[:, label] >= threshold)
        out |= {
            f"threshold{i}.sensitivity": ratio((here & above).sum(), here.sum()),
            f"threshold{i}.specificity": ratio((~here & ~above).sum(), (~here).sum()),
            f"threshold{i}.sensitivityOfAll": ratio((there & above_of_all).sum(), there.sum()),
            f"threshold{i}.specificityOfAll": ratio(
                (~there & answered & ~above_of_all).sum(), (~there).sum()
            ),
        }
    return out


def masks(name, classes, truth, p, refused, thresholds):
    """The images that a share counts, and those that are right; None if the figure is none."""
    answered = refused < 0
    top = np.where(answered, p.argmax(axis=1), -1)
    every = np.full(len(truth), True)
    whole = {
        "coverage": (every, answered),
        "accuracy": (answered, top == truth),
        "accuracyOfAll": (every, top == truth),
    }
    if "." not in name:
        return whole.get(name)
    kind, figure = name.split(".")
    if kind.startswith("threshold"):
        label, least = thresholds[int(kind[9:])]
        given = answered & (p[:, label] >= least)
    else:
        label = int(kind)
        given = top == label
    there, another = truth == label, answered & ~given
    return {
        "coverage": (there, answered),
        "sensitivity": (there & answered, given),
        "sensitivityOfAll": (there, given),
        "specificity": (~there & answered, another),
        "specificityOfAll": (~there, another),
        "precision": (given, there),
        # Of the Jaccard index.
        "f1": ((there & answered) | given, there & given),
    }.get(figure)


Z = norm.ppf(0.975)


def wilson(value, n):
    """The roots of (value - x)^2 = z^2 x (1 - x) / n."""
    roots = np.roots([1 + Z**2 / n, -2 * value - Z**2 / n, value**2])
    return sorted(np.clip(roots.real, 0, 1))


for k, n in [(0, 9), (7, 9), (19, 20), (20, 20)]:
    scipys = binomtest(k, n).proportion_ci(method="wilson")
    assert np.allclose(wilson(k / n, n), [scipys.low, scipys.high], atol=1e-9)


def share_interval(patients, counted, right):
    """Wilson's for the samples over the design effect, two patients of mean size added to it."""
    ids = np.unique(patients[counted])
    sizes = np.array([(counted & (patients == i)).sum() for i in ids], float)
    hits = np.array([(counted & right & (patients == i)).sum() for i in ids], float)
    mean = sizes.mean()
    sizes2, hits2 = np.append(sizes, [mean, mean]), np.append(hits, [mean, 0])
    centre = hits2.sum() / sizes2.sum()
    variance = ((hits2 - centre * sizes2) ** 2).sum() / sizes2.sum() ** 2
    effect = variance / (centre * (1 - centre) / sizes2.sum())
    return wilson(hits.sum() / sizes.sum(), sizes.sum() / max(1, effect))


def area_interval(value, m, n):
    """Newcombe's fifth method."""

    def excess(x):
        others = (m + n) / 2 - 1
        v = x * (1 - x) / (m * n) * (1 + others * ((1 - x) / (2 - x) + x / (1 + x)))
        return (value - x) ** 2 - Z**2 * v

    low = 0 if value <= 0 else brentq(excess, 0, value - 1e-12, xtol=1e-14)
    high = 1 if value >= 1 else brentq(excess, value + 1e-12, 1, xtol=1e-14)
    return [low, high]


def score(name, values, classes, truth, p, refused, thresholds, patients):
    """The interval that needs no resamples; None where there is none."""
    again = lambda other: score(
        other, values, classes, truth, p, refused, thresholds, patients
    )
    of_share = masks(name, classes, truth, p, refused, thresholds)
    if of_share:
        found = share_interval(patients, *of_share)
        return [2 * x / (1 + x) for x in found] if name.endswith(".f1") else found
    if name.endswith(".auroc"):
        answered, there = refused < 0, truth == int(name.split(".")[0])
        kinds = [len(set(patients[answered & kind])) for kind in (there, ~there)]
        return area_interval(values[name], *kinds)
    parts = {
        "auroc": "auroc",
        "balancedAccuracy": "sensitivity",
        "balancedAccuracyOfAll": "sensitivityOfAll",
    }
    if name not in parts:
        return None
    names = [f"{label}.{parts[name]}" for label in range(classes)]
    names = [one for one in names if not np.isnan(values[one])]
    each = [(values[one], again(one)) for one in names]
    below = np.sqrt(sum((v - low) ** 2 for v, (low, high) in each))
    above = np.sqrt(sum((high - v) ** 2 for v, (low, high) in each))
    return [values[name] - below / len(each), values[name] + above / len(each)]


def case(name, seed, classes, n, skill, shares, refuse, thresholds=(), per_patient=3):
    rng = np.random.default_rng(seed)
    patients = rng.integers(0, max(1, n // per_patient), n)
    # A patient has one label, so that images of a patient are alike.
    label_of = rng.choice(classes, size=n, p=shares)
    truth = label_of[patients]
    weights = np.full((n, classes), 1.0)
    weights[np.arange(n), truth] += skill
    p = np.stack([rng.multinomial(1024, rng.dirichlet(w)) for w in weights]) / 1024
    refused = np.full(n, -1)
    for label, share in enumerate(refuse):
        refused[(truth == label) & (rng.random(n) < share)] = 0
    refused[(refused == 0) & (rng.random(n) < 0.3)] = 1
    values = figures(classes, truth, p, refused, thresholds)
    check(classes, truth, p, refused, values)
    members = [np.flatnonzero(patients == patient) for patient in np.unique(patients)]
    resampled = {figure: [] for figure in values}
    for _ in range(RESAMPLES):
        drawn = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        again = figures(classes, truth[drawn], p[drawn], refused[drawn], thresholds)
        for figure in values:
            resampled[figure].append(again[figure])
    expected = {}
    for figure, value in values.items():
        if np.isnan(value):
            expected[figure] = None
            continue
        of_share = masks(figure, classes, truth, p, refused, thresholds)
        known = score(figure, values, classes, truth, p, refused, thresholds, patients)
        if of_share:
            expected[figure] = [value, min(value, known[0]), max(value, known[1]), "score"]
            continue
        found = np.array(resampled[figure])
        # Resamples that lack a label of the whole set have no mean over the labels.
        found = found[~np.isnan(found)]
        assert found.min() < found.max(), figure
        low, middle, high = np.percentile(found, [2.5, 50, 97.5])
        shift = value - middle if figure == "calibrationError" else 0
        low, high = max(0, low + shift), min(1, high + shift)
        if known:
            low, high = min(low, known[0]), max(high, known[1])
        expected[figure] = [value, low, high, "bootstrap"]
    return {
        "name": name,
        "classes": classes,
        "truth": truth.tolist(),
        "patients": patients.tolist(),
        "refusals": [None if r < 0 else REASONS[r] for r in refused.tolist()],
        "probabilities": p.tolist(),
        "thresholds": [list(t) for t in thresholds],
        "figures": expected,
    }


CASES = [
    case("three labels, one refused more", 1, 3, 240, 3, [0.4, 0.3, 0.3], [0.3, 0.05, 0.1],
         thresholds=[(0, 0.4), (2, 0.7)]),
    case("two labels", 2, 2, 200, 4, [0.3, 0.7], [0.1, 0.1], thresholds=[(0, 0.25)]),
    case("nothing refused", 3, 2, 160, 2, [0.5, 0.5], [0, 0], per_patient=1),
    case("one label absent", 4, 3, 160, 3, [0.5, 0, 0.5], [0.1, 0, 0.2], thresholds=[(1, 0.3)]),
    case("one label only", 5, 3, 80, 1, [1, 0, 0], [0.2, 0, 0], thresholds=[(0, 0.5)]),
    case("all of one label refused", 6, 2, 100, 2, [0.5, 0.5], [0, 1]),
]

if __name__ == "__main__":
    text = ",\n".join(json.dumps(c, separators=(",", ":")) for c in CASES)
    OUT.write_text("[\n" + text + "\n]\n")
