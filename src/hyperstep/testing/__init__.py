"""What plug-in authors test with: contract suites to subclass, and Hypothesis strategies."""
