"""What is tuned, by what it is judged, and for how long."""

from azureml.train.hyperdrive import BanditPolicy, PrimaryMetricGoal, RandomParameterSampling, uniform

PARAMETER_SAMPLING = RandomParameterSampling({"--alpha": uniform(0.05, 1.0)})
POLICY = BanditPolicy(evaluation_interval=2, slack_factor=0.1)

PRIMARY_METRIC_NAME = "r2"
PRIMARY_METRIC_GOAL = PrimaryMetricGoal.MAXIMIZE
MAX_TOTAL_RUNS = 4
MAX_CONCURRENT_RUNS = 2
