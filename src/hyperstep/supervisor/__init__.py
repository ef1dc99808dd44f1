"""The process that starts jobs, watches them and outlives the driver; standard library only, Python 3.8 and later."""
