"""The command line: `liveblog …`."""
