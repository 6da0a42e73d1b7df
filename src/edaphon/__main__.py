"""Run the command as ``python -m edaphon``."""

from edaphon.cli import main

if __name__ == "__main__":
    main()
