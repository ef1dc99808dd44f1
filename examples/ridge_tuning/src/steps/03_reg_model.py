"""Register the best model as the next version of mymodel."""

import argparse

from hyperstep import tracking

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--saved_model", required=True, help="the model file of the best trial")
args = parser.parse_args()

tracking.register("mymodel", args.saved_model)
