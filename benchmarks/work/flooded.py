"""The same script as a step. MIB comes from the environment."""

import os

from hyperstep import Pipeline, Source, Step

pipeline = Pipeline("flooded", [Step("flood.py", source=Source("scripts"), arguments=[os.environ["MIB"]])])
