"""What a person can do with a view: use an element in it, send it off; and what the bot answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.local import elements, forms, interactions
from bot.local.courier import Courier
from bot.local.elements import Settings
from bot.local.limits import foreign
from bot.local.links import Answer
from bot.local.refusals import Refused
from bot.local.views import View, Views
from bot.local.workspace import Workspace


class Dialogs:
    """People's hands on modals and Home tabs."""

    def __init__(self, workspace: Workspace, views: Views, courier: Courier) -> None:
        self._workspace = workspace
        self._views = views
        self._courier = courier

    async def click(
        self, user: str, view_id: str, action_id: str, option: Any, block_id: str | None, settings: Settings | None
    ) -> Answer:
        """Use an element of a view; LookupError if there is no such element or option to use."""
        with self._workspace.changed:
            view = self._views.shown(user, view_id)
            block, element = elements.find(view["blocks"], action_id, block_id)
            if block["type"] == "input" and not block.get("dispatch_action"):
                raise LookupError(f"{action_id!r} is an input without dispatch_action: the bot hears of it in a submit")
            action = elements.action(block, element, option, self._workspace.next_ts())
            set_to = dict(settings or {})
            if element["type"] in elements.STATEFUL:
                set_to[block["block_id"], element["action_id"]] = option
            view = self._entered(user, view, set_to)
            trigger = self._workspace.tickets.trigger(user, self._views.origin(view["id"]))
            payload = interactions.click_in_view(user, view, action, trigger)
        return await self._courier.bring("interactive", payload)

    async def submit(self, user: str, values: Mapping[Any, Any], view_id: str | None = None) -> Answer:
        """Send the modal off. `Incomplete` if Slack's own form would not let it go.

        What the bot answers is done: close, show errors or update. Any other answer comes back with status 422.
        """
        with self._workspace.changed:
            view = self._views.shown(user, view_id)
            if view["type"] != "modal" or not view["submit"]:
                raise LookupError(f"{view['id']} has nothing to submit")
            view = self._entered(user, view, forms.settings(view["blocks"], values))
            forms.check(view["blocks"], view["state"])
            trigger = self._workspace.tickets.trigger(user, self._views.origin(view["id"]))
            payload = interactions.submission(user, view, trigger)
        answer = await self._courier.bring("interactive", payload)
        if answer.ok:
            try:
                self._follow(user, view, answer.body)
            except Refused as refused:
                return Answer(422, answer.body, " ".join((refused.code, *refused.details)))
        return answer

    def _entered(self, user: str, view: View, settings: Settings) -> View:
        state = elements.state(view["blocks"], settings)
        forms.check_choices(view["blocks"], state, self._workspace.channels, user)
        return self._views.enter(view, settings)

    def _follow(self, user: str, view: View, body: dict[str, Any]) -> None:
        match body.get("response_action"):
            case None:
                with self._workspace.changed:
                    if self._views.modals.get(user, {}).get("id") == view["id"]:  # the bot may have replaced it
                        self._views.close(user)
            case "errors":
                inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
                errors = body.get("errors")
                if not isinstance(errors, dict) or not errors or set(errors) - inputs:
                    raise Refused("invalid_arguments", f"[ERROR] errors must name input blocks: {sorted(inputs)}")
            case "update":
                self._views.update(body.get("view"), view["id"])
            case other:
                raise Refused("invalid_arguments", foreign(f"the response_action {other!r}", "/response_action"))
