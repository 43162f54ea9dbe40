"""python -m stylex style=kahlo content=jesse"""

from stylex.cli import main

if __name__ == "__main__":
    main()
