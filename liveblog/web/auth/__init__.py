"""Sessions, signing in, and single sign-on."""
