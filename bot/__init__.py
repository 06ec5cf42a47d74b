"""The carrying: Slack in, SQLite beside, words and blocks out."""

import gc

# What is loaded now stays: to walk it again and again would be a tenth of a start (bot/__main__.py, _settle).
gc.set_threshold(100_000, 50, 50)
