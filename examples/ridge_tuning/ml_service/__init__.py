"""What runs the service's machine learning: its pipelines."""
