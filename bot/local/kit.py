"""What of Block Kit is emulated, as literal tables: name -> the fields it may have beside `type`. Pure.

It is what the bot sends, and what a later issue will send: tests/local/test_emulated.py says which and why. What
stands in no table is refused and logged.
"""

from __future__ import annotations


def words(names: str) -> frozenset[str]:
    """Names with spaces between them, as a set."""
    return frozenset(names.split())


VIEWS = {
    "modal": words("callback_id title submit close private_metadata blocks"),
    "home": words("blocks"),
}
BLOCKS = {
    "section": words("block_id text fields"),
    "header": words("block_id text"),
    "divider": words("block_id"),
    "context": words("block_id elements"),
    "actions": words("block_id elements"),
    "input": words("block_id label element hint optional dispatch_action"),
    "context_actions": words("block_id elements"),
    "table": words("block_id rows column_settings"),
    "container": words("block_id title subtitle child_blocks is_collapsible default_collapsed"),
    "data_visualization": words("block_id title chart"),
    "alert": words("text level"),
}
MODAL_ONLY = words("input alert")
MESSAGE_ONLY = words("context_actions table data_visualization")
FOLDED = words("section header divider context actions table")
"""What a container may hold: Slack documents more, and is said to take less of it."""
WITHIN = {
    "context": words("mrkdwn"),
    "actions": words("button static_select radio_buttons checkboxes overflow"),
    "input": words("plain_text_input static_select checkboxes conversations_select users_select"),
    "context_actions": words("feedback_buttons"),
}
"""Block -> the elements it may hold."""
ELEMENTS = {
    "button": words("action_id text value style accessibility_label confirm url"),
    "static_select": words("action_id placeholder options initial_option"),
    "radio_buttons": words("action_id options initial_option"),
    "overflow": words("action_id options"),
    "plain_text_input": words("action_id multiline max_length initial_value"),
    "checkboxes": words("action_id options initial_options"),
    "conversations_select": words("action_id filter default_to_current_conversation"),
    "users_select": words("action_id"),
    "feedback_buttons": words("action_id positive_button negative_button"),
}
TEXTS = {"mrkdwn": words("text verbatim"), "plain_text": words("text")}
OBJECTS = {
    "option": words("text value description"),
    "confirm": words("title text confirm deny style"),
    "filter": words("include exclude_bot_users"),
    "feedback": words("text value accessibility_label"),
    "cell": words("text"),
    "column": words("align is_wrapped"),
    "series": words("name data"),
    "point": words("label value"),
    "axes": words("categories x_label y_label"),
}
CELLS = words("raw_text")
CHARTS = {"bar": words("series axis_config"), "line": words("series axis_config"), "pie": words("segments")}
ANSWERS = words("text blocks response_type replace_original thread_ts")
"""What may stand in the answer to a command or a press."""
