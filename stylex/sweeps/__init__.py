"""Many runs from one command: what to try, in which folders, and what came of it.

The parent process plans and sums up; a job needs nothing but its config and its folder, so that
launchers may run it in another process or on another machine. All results travel through files.
"""
