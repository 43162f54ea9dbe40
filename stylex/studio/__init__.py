"""The web page: it starts the command line as a child process and reads the folders of its runs.

There is nothing here that a run depends on: closing the page loses nothing, and what it shows of a
run is what the run's folder says.
"""
