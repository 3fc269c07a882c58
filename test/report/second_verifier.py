"""Answers on stdout, a line each, what the second verifier says of the folders named on stdin."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts"))

from verify_bundle import Missing, Wrong, verify  # noqa: E402

for line in sys.stdin:
    try:
        verify(json.loads(line))
        answer = {"verdict": "holds", "problem": ""}
    except Missing as missing:
        answer = {"verdict": "missing", "problem": str(missing)}
    except Wrong as wrong:
        answer = {"verdict": "wrong", "problem": str(wrong)}
    print(json.dumps(answer), flush=True)
