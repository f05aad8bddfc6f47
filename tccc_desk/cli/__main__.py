"""`python -m tccc_desk.cli`: the same command as `tccc-desk-cli`."""

import sys

from tccc_desk.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
