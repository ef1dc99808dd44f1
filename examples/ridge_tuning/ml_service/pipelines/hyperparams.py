"""What is tuned, by what it is judged, and for how long: the one file to edit for another search."""

from hyperstep import RandomSampler, uniform

PARAMETER_SAMPLING = {"alpha": uniform(0.05, 1.0)}
SAMPLER = RandomSampler(seed=0)

PRIMARY_METRIC_NAME = "r2"
PRIMARY_METRIC_GOAL = "maximize"

# A trial is stopped when its r2 falls below the best one's divided by (1 + SLACK_FACTOR);
# the comparison is made at every EVALUATION_INTERVAL-th report of a trial.
EVALUATION_INTERVAL = 2
SLACK_FACTOR = 0.1

MAX_TOTAL_RUNS = 4
MAX_CONCURRENT_RUNS = 2
