"""Many pictures in one style: a folder of pictures in, a folder of pictures out, no run folders.

What made each picture is kept beside it, in `.stylex/<its name>/run.json`, so that the same command
again paints only what is missing or would come out otherwise.
"""
