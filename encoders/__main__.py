"""python -m encoders: the command line."""

import sys

from encoders.cli.main import main

sys.exit(main())
