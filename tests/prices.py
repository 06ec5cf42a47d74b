"""The prices of one day, for tests: those that the installed package has of it."""

from datetime import date

from bot.quotes import on

DAY = date(2026, 11, 22)
PRICES = on(DAY)
