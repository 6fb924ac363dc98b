"""python -m encoders: the command line."""

import sys

from encoders.cli import main

sys.exit(main())
