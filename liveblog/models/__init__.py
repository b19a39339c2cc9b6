"""The domain model: frozen values, no I/O."""
