"""Several commands of `liveblog`, one after another, in one process: to start Python for each takes longer than they do.

commands.py JSON     JSON is a list of lists of words
"""

from __future__ import annotations

import json
import sys

from liveblog.cli.main import app

for words in json.loads(sys.argv[1]):
    app(words, standalone_mode=False)
