"""The web page: it starts the command line as child processes and reads the folders of its runs.

No run depends on it: closing the page loses nothing, and what it shows of a run is what the run's
folder says. What draws with Streamlit is in views/; the other modules do without it.
"""
