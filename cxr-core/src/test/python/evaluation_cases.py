"""Writes scikit-learn's figures for seeded random answers: the truth for io.cxr.evaluation.

Run from the module's folder with Debian's python3-sklearn:
    python3 src/test/python/evaluation_cases.py
"""

import json
import pathlib

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)

OUT = pathlib.Path("src/test/resources/io/cxr/evaluation/cases.json")


def probabilities(rng, truth, classes, parts, skill):
    """Rows of multiples of 1/parts that sum to 1: exact, and with ties where parts is small."""
    weights = np.full((len(truth), classes), 1.0)
    weights[np.arange(len(truth)), truth] += skill
    return np.stack([rng.multinomial(parts, rng.dirichlet(w)) for w in weights]) / parts


def case(name, seed, classes, n, parts, skill=1.0, shares=None, never=None, absent=None):
    rng = np.random.default_rng(seed)
    shares = np.array(shares or [1 / classes] * classes)
    if absent is not None:
        shares[absent] = 0
    truth = rng.choice(classes, size=n, p=shares / shares.sum())
    p = probabilities(rng, truth, classes, parts, skill)
    if never is not None:  # A class that is never answered.
        other = (never + 1) % classes
        p[:, other] += p[:, never]
        p[:, never] = 0
    answer = p.argmax(axis=1)
    labels = list(range(classes))
    confusion = confusion_matrix(truth, answer, labels=labels)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, answer, labels=labels, zero_division=0
    )
    macro = precision_recall_fscore_support(
        truth, answer, labels=labels, average="macro", zero_division=0
    )
    # The recall of "not this label" is the label's specificity.
    specificity = [
        precision_recall_fscore_support(
            truth != label, answer != label, pos_label=True, average="binary", zero_division=0
        )[1]
        for label in labels
    ]
    aurocs, curves = [], []
    for label in labels:
        positive = truth == label
        if positive.all() or not positive.any():
            aurocs.append(None)
            curves.append(None)
            continue
        aurocs.append(roc_auc_score(positive, p[:, label]))
        fpr, tpr, thresholds = roc_curve(positive, p[:, label], drop_intermediate=False)
        # The first threshold is infinity in spirit; its value differs between versions.
        curves.append([list(t) for t in zip(thresholds[1:], fpr[1:], tpr[1:])])
    if None in aurocs:
        known = [a for a in aurocs if a is not None]
        auroc = float(np.mean(known)) if known else None
    elif classes == 2:
        auroc = roc_auc_score(truth, p[:, 1])
    else:
        auroc = roc_auc_score(truth, p, multi_class="ovr", average="macro", labels=labels)
    return {
        "name": name,
        "classes": classes,
        "truth": truth.tolist(),
        "probabilities": p.tolist(),
        "confusion": confusion.tolist(),
        "accuracy": accuracy_score(truth, answer),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "specificity": specificity,
        "f1": f1.tolist(),
        "support": support.tolist(),
        "macroPrecision": macro[0],
        "macroRecall": macro[1],
        "macroF1": macro[2],
        "aurocs": aurocs,
        "auroc": auroc,
        "curves": curves,
    }


CASES = [
    case("two labels", 1, 2, 60, 1024),
    case("two labels with many ties", 2, 2, 60, 4),
    case("two labels, one rare", 3, 2, 80, 64, shares=[0.05, 0.95]),
    case("two labels, worse than chance", 4, 2, 50, 256, skill=-0.8),
    case("two labels, one never answered", 5, 2, 30, 64, never=0),
    case("two labels, one absent", 6, 2, 20, 64, absent=1),
    case("three labels", 7, 3, 60, 1024),
    case("three labels with many ties", 8, 3, 60, 4),
    case("three labels, one never answered", 9, 3, 40, 64, never=2),
    case("three labels, one absent", 10, 3, 40, 64, absent=0),
    case("five labels, unbalanced", 11, 5, 80, 16, shares=[0.5, 0.3, 0.1, 0.06, 0.04]),
    case("five labels, skilled", 12, 5, 60, 256, skill=30),
    case("one radiograph", 13, 2, 1, 64),
]

if __name__ == "__main__":
    OUT.parent.mkdir(parents=True, exist_ok=True)
    text = ",\n".join(json.dumps(c, separators=(",", ":")) for c in CASES)
    OUT.write_text("[\n" + text + "\n]\n")
