"""python -m stylex style=kahlo content=jesse"""

import sys

try:
    from stylex.cli import main
except KeyboardInterrupt:  # while Hydra is imported
    sys.exit(130)

if __name__ == "__main__":
    main()
