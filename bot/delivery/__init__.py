"""One transaction a turn, and what it leads to said to Slack once and in order."""
