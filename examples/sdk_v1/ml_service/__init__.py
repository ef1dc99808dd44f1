"""What runs the training as a service, written for Azure ML SDK v1."""
