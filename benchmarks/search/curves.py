"""Learning curves: how much training a policy saves, and what that costs.

Networks and linear models are trained on scikit-learn's digits and diabetes
data, one report an epoch, and their curves kept in the temporary folder; then
searches over them are played, four trials at a time, with each policy, and
with Optuna's pruners where it is installed, in the same random orders.
"""

from __future__ import annotations

import json
import math
import random
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks.search.contest import table
from hyperstep.search.distributions import choice, loguniform
from hyperstep.search.goal import Goal
from hyperstep.search.history import History
from hyperstep.search.policies.asha import AshaPolicy
from hyperstep.search.policies.bandit import BanditPolicy
from hyperstep.search.policies.median import MedianStoppingPolicy
from hyperstep.search.policies.none import NoPolicy
from hyperstep.search.policies.truncation import TruncationSelectionPolicy
from hyperstep.search.policy import TerminationPolicy, is_due
from hyperstep.search.samplers.random import RandomSampler
from hyperstep.search.space import SearchSpace
from hyperstep.search.trial import TrialStatus

EPOCHS = 81
CURVES = 100
WORKERS = 4

POLICIES: Mapping[str, TerminationPolicy] = {
    "bandit, factor 0.1, delay 5": BanditPolicy(slack_factor=0.1, delay_evaluation=5),
    "bandit, factor 0.3, delay 5": BanditPolicy(slack_factor=0.3, delay_evaluation=5),
    "median, delay 5": MedianStoppingPolicy(delay_evaluation=5),
    "truncation 20 %, every 5th": TruncationSelectionPolicy(20, evaluation_interval=5),
    "truncation 50 %, every 5th": TruncationSelectionPolicy(50, evaluation_interval=5),
    "ASHA, eta 3, from 3": AshaPolicy(),
    "ASHA, eta 2, from 3": AshaPolicy(eta=2),
}

RATES = {"rate": loguniform(-11, 0), "alpha": loguniform(-14, 0)}
NETWORK = SearchSpace({**RATES, "width": choice(8, 16, 32, 64, 128), "depth": choice(1, 2)})
LINEAR = SearchSpace({**RATES, "loss": choice("hinge", "log_loss", "perceptron")})


def network(kind: Any, values: Mapping[str, Any]) -> Any:
    layers = (values["width"],) * values["depth"]
    rate, alpha = values["rate"], values["alpha"]
    return kind(hidden_layer_sizes=layers, learning_rate_init=rate, alpha=alpha, batch_size=32, random_state=0)


def digits_network(values: Mapping[str, Any]) -> Any:
    from sklearn.neural_network import MLPClassifier

    return network(MLPClassifier, values)


def diabetes_network(values: Mapping[str, Any]) -> Any:
    from sklearn.neural_network import MLPRegressor

    return network(MLPRegressor, values)


def digits_linear(values: Mapping[str, Any]) -> Any:
    from sklearn.linear_model import SGDClassifier

    loss, rate, alpha = values["loss"], values["rate"], values["alpha"]
    return SGDClassifier(loss=loss, alpha=alpha, learning_rate="constant", eta0=rate, random_state=0)


TASKS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Any], SearchSpace]] = {
    "digits-network": ("digits", digits_network, NETWORK),
    "digits-linear": ("digits", digits_linear, LINEAR),
    "diabetes-network": ("diabetes", diabetes_network, NETWORK),
}


def curves(task: str) -> list[list[float]]:
    """Validation scores (accuracy, or R2) of CURVES models drawn at random, after 1 to EPOCHS epochs."""
    kept = Path(tempfile.gettempdir()) / f"hyperstep-curves-{task}-{CURVES}x{EPOCHS}.json"
    if not kept.exists():
        kept.write_text(json.dumps(trained(*TASKS[task])))
    found: list[list[float]] = json.loads(kept.read_text())
    return found


def trained(data: str, make: Callable[[Mapping[str, Any]], Any], space: SearchSpace) -> list[list[float]]:
    import numpy as np
    from sklearn import datasets
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    loaded = getattr(datasets, f"load_{data}")()
    target = loaded.target if data == "digits" else (loaded.target - loaded.target.mean()) / loaded.target.std()
    x, held_x, y, held_y = train_test_split(loaded.data, target, test_size=0.3, random_state=0)
    scale = StandardScaler().fit(x)
    x, held_x = scale.transform(x), scale.transform(held_x)
    more = {"classes": np.unique(target)} if data == "digits" else {}
    history, found = History(Goal.MAXIMIZE), []
    for number in range(CURVES):
        values = RandomSampler(seed=0).suggest(space, history)
        history.suggest(number, values)
        model, curve = make(values), []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # rates that are too high overflow
            for _ in range(EPOCHS):
                try:
                    model.partial_fit(x, y, **more)
                    curve.append(float(model.score(held_x, held_y)))
                except ValueError:  # the weights aren't finite any more
                    curve.append(math.nan)
        found.append(curve)
    return found


def pruners() -> dict[str, Callable[[], Any]]:
    """Optuna's pruners with the settings of the policies above, where it is installed."""
    if find_spec("optuna") is None:
        return {}
    from optuna.pruners import HyperbandPruner, MedianPruner, SuccessiveHalvingPruner

    return {
        "Optuna's median, 5 trials and 5 reports first": lambda: MedianPruner(n_startup_trials=5, n_warmup_steps=5),
        "Optuna's successive halving, 3, from 3": lambda: SuccessiveHalvingPruner(min_resource=3, reduction_factor=3),
        "Optuna's Hyperband, 3, from 3": lambda: HyperbandPruner(3, EPOCHS, reduction_factor=3),
    }


@dataclass(frozen=True)
class Outcome:
    """The best score that a search found, and how many epochs it trained."""

    best: float
    epochs: int


def search(policy: TerminationPolicy, order: Sequence[list[float]]) -> Outcome:
    """Train these curves in order, WORKERS at a time, an epoch of each in turn."""
    history, running, epochs = History(Goal.MAXIMIZE), [], 0
    waiting = list(enumerate(order))
    while waiting or running:
        while waiting and len(running) < WORKERS:
            running.append(waiting.pop(0))
            history.suggest(running[-1][0], {"curve": running[-1][0]})
        for number, curve in tuple(running):
            history.report(number, curve[history.reports(number)])
            epochs += 1
            reports = history.reports(number)
            stop = is_due(policy, reports) and policy.reason_to_stop(history.trial(number), history) is not None
            if stop or reports == EPOCHS:
                history.end(number, TrialStatus.STOPPED if stop else TrialStatus.COMPLETED)
                running.remove((number, curve))
    best = history.best()
    return Outcome(-math.inf if best is None else history.score(best.number) or 0.0, epochs)


def pruned_search(pruner: Any, order: Sequence[list[float]]) -> Outcome:
    """The same, with Optuna's study in charge; a score that is no number isn't reported to it."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", pruner=pruner, sampler=optuna.samplers.RandomSampler(seed=0))
    running, epochs, best = [], 0, -math.inf
    waiting = list(order)
    while waiting or running:
        while waiting and len(running) < WORKERS:
            running.append((study.ask(), waiting.pop(0), []))
        for one in tuple(running):
            trial, curve, seen = one
            seen.append(curve[len(seen)])
            epochs += 1
            if math.isfinite(seen[-1]):
                trial.report(seen[-1], len(seen))
            stop = trial.should_prune()
            if stop or len(seen) == EPOCHS:
                finite = [score for score in seen if math.isfinite(score)]
                if stop or not finite:
                    study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                else:
                    study.tell(trial, max(finite))
                    best = max(best, *finite)
                running.remove(one)
    return Outcome(best, epochs)


def run(seeds: int, trials: int) -> str:
    """Play every policy in the same orders."""
    players = {name: partial(search, policy) for name, policy in POLICIES.items()}
    players |= {name: lambda order, make=make: pruned_search(make(), order) for name, make in pruners().items()}
    parts = []
    for task in TASKS:
        known = curves(task)
        orders = [random.Random(seed).sample(known, trials) for seed in range(seeds)]
        full = [search(NoPolicy(), order) for order in orders]
        rows = []
        for name, play in players.items():
            outcomes = [play(order) for order in orders]
            saved = [1 - some.epochs / every.epochs for some, every in zip(outcomes, full, strict=True)]
            regret = [(every.best - some.best) / every.best for some, every in zip(outcomes, full, strict=True)]
            kept = sum(lost <= 0 for lost in regret)
            rows.append(
                [name, f"{median(saved):.0%}", f"{fmean(regret):.2%}", f"{max(regret):.2%}", f"{kept} of {seeds}"]
            )
        scores = f"median best {median(every.best for every in full):.4f}"
        parts.append(f"{task}: {trials} of {CURVES} curves of {EPOCHS} epochs, {seeds} orders, {scores}\n")
        header = ["policy", "epochs saved, median", "best score lost, mean", "most", "nothing lost"]
        parts.append(table(header, rows) + "\n")
    return "\n".join(parts)
