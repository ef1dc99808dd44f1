from hyperstep.compute.local import LocalCompute
from hyperstep.testing.computes import ComputeContract


class TestContract(ComputeContract):
    def open(self, home, artifacts):
        return LocalCompute(home, artifacts)
