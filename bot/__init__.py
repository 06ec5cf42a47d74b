"""The carrying: Slack in, SQLite beside, words and blocks out."""

import gc

# What is loaded stays, a turn leaves nothing that only the collector finds, and the whole of what is remembered takes
# it 20 ms to walk: what is new it walks in small parts, since nobody is answered meanwhile, and the rest rarely. Here,
# before anything is loaded: walking that again and again is a tenth of a start.
gc.set_threshold(5_000, 200, 50)
