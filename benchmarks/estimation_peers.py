"""Other libraries on the same draws: EconML and DoubleML. Run by an interpreter that has them:

    PEER/bin/python benchmarks/estimation_peers.py DRAWS.npz

The archive holds, for draw ``i``, ``z_i``, ``t_i`` and ``y_i``. Printed is one JSON object: by name of the
learner, for each draw the average effect with its interval (null if it has none), the effect of each
row (null if it has none) and processor seconds. All get the same boosted trees.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

import numpy as np

__all__ = ["main"]

SEED = 0


def _models() -> tuple[Any, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    settings: dict[str, Any] = {
        "max_iter": 150, "learning_rate": 0.06, "max_leaf_nodes": 8, "l2_regularization": 1.0,
        "random_state": SEED,
    }  # fmt: skip
    return HistGradientBoostingRegressor(**settings), HistGradientBoostingClassifier(**settings)


def x_learner(z: Any, t: Any, y: Any) -> tuple[Any, Any]:
    from econml.metalearners import XLearner

    regressor, classifier = _models()
    model = XLearner(models=regressor, propensity_model=classifier, cate_models=regressor)
    effect = model.fit(y, t, X=z).effect(z)
    return (float(effect.mean()), None, None), effect


def x_learner_plain(z: Any, t: Any, y: Any) -> tuple[Any, Any]:
    from econml.metalearners import XLearner
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression

    models = GradientBoostingRegressor(random_state=SEED)
    model = XLearner(
        models=models, propensity_model=LogisticRegression(max_iter=500), cate_models=models
    )
    effect = model.fit(y, t, X=z).effect(z)
    return (float(effect.mean()), None, None), effect


def linear_dml(z: Any, t: Any, y: Any) -> tuple[Any, Any]:
    from econml.dml import LinearDML

    regressor, classifier = _models()
    model = LinearDML(
        model_y=regressor, model_t=classifier, discrete_treatment=True, cv=5, random_state=SEED
    )
    return _inferred(model.fit(y, t, X=z), z)


def causal_forest(z: Any, t: Any, y: Any) -> tuple[Any, Any]:
    from econml.dml import CausalForestDML

    regressor, classifier = _models()
    model = CausalForestDML(
        model_y=regressor, model_t=classifier, discrete_treatment=True, cv=5, n_estimators=500,
        random_state=SEED, n_jobs=1,
    )  # fmt: skip
    return _inferred(model.fit(y, t, X=z), z)


def _inferred(model: Any, z: Any) -> tuple[Any, Any]:
    average = model.ate_inference(z)
    low, high = average.conf_int_mean(alpha=0.05)
    return (float(average.mean_point), float(low), float(high)), model.effect(z)


def interactive(z: Any, t: Any, y: Any) -> tuple[Any, Any]:
    import doubleml

    regressor, classifier = _models()
    np.random.seed(SEED)
    data = doubleml.DoubleMLData.from_arrays(z, y, t)
    model = doubleml.DoubleMLIRM(data, regressor, classifier, n_folds=5)
    model.fit()
    low, high = model.confint().to_numpy()[0]
    return (float(model.coef[0]), float(low), float(high)), None


PEERS = {
    "EconML XLearner": x_learner,
    "EconML XLearner, plain": x_learner_plain,
    "EconML LinearDML": linear_dml,
    "EconML CausalForestDML": causal_forest,
    "DoubleML IRM": interactive,
}


def main() -> int:
    """Fit every peer on every draw."""
    warnings.simplefilter("ignore")
    draws = np.load(sys.argv[1])
    number = sum(name.startswith("z_") for name in draws.files)
    found: dict[str, Any] = {}
    for name, peer in PEERS.items():
        rows = []
        for i in range(number):
            began = time.process_time()
            try:
                average, effect = peer(draws[f"z_{i}"], draws[f"t_{i}"], draws[f"y_{i}"])
            except ImportError as error:
                print(f"{name}: {error}", file=sys.stderr)
                break
            rows.append(
                {
                    "average": average,
                    "effect": None if effect is None else np.round(np.ravel(effect), 6).tolist(),
                    "seconds": time.process_time() - began,
                }
            )
        if len(rows) == number:
            found[name] = rows
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
