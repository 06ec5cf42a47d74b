"""What of Block Kit is emulated, as literal tables: name -> the fields it may have beside `type`. Pure.

It is what the bot sends, and what a later issue will send: tests/local/test_emulated.py says which and why. What
stands in no table is refused and logged.
"""

from __future__ import annotations


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


VIEWS = {
    "modal": _words("callback_id title submit close private_metadata blocks"),
    "home": _words("blocks"),
}
BLOCKS = {
    "section": _words("block_id text fields"),
    "header": _words("block_id text"),
    "divider": _words("block_id"),
    "context": _words("block_id elements"),
    "actions": _words("block_id elements"),
    "input": _words("block_id label element hint optional dispatch_action"),
    "context_actions": _words("block_id elements"),
    "table": _words("block_id rows column_settings"),
}
UNREAD = _words("container data_visualization data_table alert card carousel")
"""Taken whatever is in them, and drawn as a dashed box with their name."""
MODAL_ONLY = _words("input alert")
MESSAGE_ONLY = _words("context_actions table card carousel")
WITHIN = {
    "context": _words("mrkdwn"),
    "actions": _words("button static_select radio_buttons overflow"),
    "input": _words("plain_text_input checkboxes conversations_select users_select"),
    "context_actions": _words("feedback_buttons icon_button"),
}
"""Block -> the elements it may hold."""
ELEMENTS = {
    "button": _words("action_id text value style accessibility_label confirm url"),
    "static_select": _words("action_id placeholder options initial_option"),
    "radio_buttons": _words("action_id options initial_option"),
    "overflow": _words("action_id options"),
    "plain_text_input": _words("action_id multiline max_length initial_value"),
    "checkboxes": _words("action_id options initial_options"),
    "conversations_select": _words("action_id filter default_to_current_conversation"),
    "users_select": _words("action_id"),
    "feedback_buttons": _words("action_id positive_button negative_button"),
    "icon_button": _words("action_id icon text value"),
}
TEXTS = {"mrkdwn": _words("text verbatim"), "plain_text": _words("text")}
OBJECTS = {
    "option": _words("text value description"),
    "confirm": _words("title text confirm deny"),
    "filter": _words("include exclude_bot_users"),
    "feedback": _words("text value accessibility_label"),
    "cell": _words("text value"),
}
CELLS = _words("raw_text raw_number")
ANSWERS = _words("text blocks response_type replace_original thread_ts")
"""What may stand in the answer to a command or a press."""
