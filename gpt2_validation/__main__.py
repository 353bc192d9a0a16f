"""``python -m gpt2_validation``."""

from gpt2_validation.cli import main

if __name__ == "__main__":
    main()
