"""A check in a person's DM: the conversation, its live card, the menus around it."""
