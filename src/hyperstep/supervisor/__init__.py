"""The process that starts jobs and outlives the driver.

One supervisor stands for one interpreter with one set of environment
variables in one workspace. It has imported what the scripts import, so a job
starts by a fork in milliseconds; it reads the jobs' output, enforces their
limits, kills whole process trees, and writes how each job ended.

It runs in the environment's own interpreter: standard library only, Python
3.8 and later, reached by path. It never runs a script's code itself.
"""
