"""The Home tab: a person's desk."""
