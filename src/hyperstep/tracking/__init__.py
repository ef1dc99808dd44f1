"""What a running script can say."""
