"""Slack coming in: the HTTP front, the Socket Mode line, the listeners."""
