"""``python -m traindiff`` is ``traindiff``."""

from traindiff.cli import main

if __name__ == "__main__":
    main()
