"""`python -m stylex.doctor`: what is installed, what is broken, and how long a run takes here."""
