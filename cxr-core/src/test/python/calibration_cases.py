"""Writes answers with the calibrations that SciPy fits to them: the truth for
io.cxr.model.Calibration and io.cxr.evaluation.CalibrationCurve.

Platt's loss is the cross-entropy with his smoothed targets, as scikit-learn's
_sigmoid_calibration has them. A temperature's is the negative log likelihood, with a normal
prior of standard deviation 0.5 on its logarithm. Both are minimised by SciPy. The answers are
synthetic.

Run from the module's folder with Debian's python3-numpy, python3-scipy and python3-sklearn:
    python3 src/test/python/calibration_cases.py
"""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.calibration import _sigmoid_calibration

OUT = pathlib.Path("src/test/resources/io/cxr/model/calibration-cases.json")


def temperature(p, truth):
    def loss(log_t):
        likelihood = log_softmax(np.log(p) / np.exp(log_t), axis=1)[np.arange(len(truth)), truth]
        return (log_t / 0.5) ** 2 / 2 - likelihood.sum()

    return float(np.exp(minimize_scalar(loss, bounds=(-2.9, 2.9), method="bounded", options={"xatol": 1e-10}).x))


def platt(p, truth):
    logits = np.log(p[:, 1] / p[:, 0])
    # scikit-learn has 1 / (1 + exp(a x + b)).
    a, b = _sigmoid_calibration(logits, truth)
    n, positives = len(truth), truth.sum()
    targets = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (n - positives + 2))

    def loss(ab):
        z = ab[0] * logits + ab[1]
        return (np.logaddexp(0, z) - targets * z).sum()

    best = minimize(loss, [-a, -b], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000})
    assert np.allclose(best.x, [-a, -b], rtol=2e-3, atol=2e-3), (best.x, a, b)
    return [float(v) for v in best.x]


def expected_error(p, truth, bins):
    top, right = p.max(1), p.argmax(1) == truth
    edges = np.linspace(0, 1, bins + 1)
    error = 0.0
    for low, high in zip(edges, edges[1:]):
        inside = (top > low) & (top <= high)
        if inside.any():
            error += inside.mean() * abs(top[inside].mean() - right[inside].mean())
    return float(error)


def case(name, seed, classes, n, skill, sharpness):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, n)
    truth[:classes] = np.arange(classes)
    logits = rng.normal(0, 1, (n, classes)) + skill * np.eye(classes)[truth]
    p = softmax(sharpness * logits, axis=1)
    result = {
        "name": name,
        "probabilities": p.tolist(),
        "truth": truth.tolist(),
        "temperature": temperature(p, truth),
        "expectedCalibrationError": expected_error(p, truth, 15),
    }
    if classes == 2:
        result["platt"] = platt(p, truth)
    return result


CASES = [
    case("too sure", 1, 2, 120, 1.0, 4.0),
    case("not sure enough", 2, 2, 120, 1.0, 0.3),
    case("three labels, too sure", 3, 3, 150, 1.5, 3.0),
    case("five labels", 4, 5, 200, 1.0, 1.0),
    case("told apart without an error", 5, 2, 40, 9.0, 1.0),
    case("few", 6, 2, 9, 1.0, 2.0),
]
OUT.write_text(json.dumps(CASES) + "\n")
for c in CASES:
    print(c["name"], c["temperature"], c.get("platt"), c["expectedCalibrationError"])
