"""The live side: delivers every event of a story to every reader, once and in order."""
