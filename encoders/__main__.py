"""python -m encoders: the command line."""

import sys

from encoders.cli.main import run

sys.exit(run())
