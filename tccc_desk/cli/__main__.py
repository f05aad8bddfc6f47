"""`python -m tccc_desk.cli`: the same command as `tccc-desk-cli`."""

import sys


def run() -> int:
    """Run the command; interrupted while its modules load, it has done nothing and says nothing."""
    try:
        from tccc_desk.cli.main import main  # noqa: PLC0415  loading it is what takes the time

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
