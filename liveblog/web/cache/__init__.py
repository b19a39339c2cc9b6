"""What is rendered or read once for all who ask."""
