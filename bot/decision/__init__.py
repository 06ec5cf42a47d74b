"""A decision once it stands: looked up, posted, revised, handed over, exported, remembered."""
