"""The newsroom: the verbs, and the only writers. A write never waits for a reader."""
