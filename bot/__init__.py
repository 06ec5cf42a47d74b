"""The carrying: Slack in, SQLite beside, words and blocks out."""
