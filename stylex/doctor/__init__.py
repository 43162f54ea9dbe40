"""`python -m stylex.doctor`: what is installed, what is amiss, and how long a run takes here."""
