"""Views, their words and Slack's blocks: pure."""
