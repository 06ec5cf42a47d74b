"""Slack's side of an installation: the page on which somebody allows it, codes that become tokens, and whose they are.

One of it stands behind all workspaces of a process. A token of a whole organisation speaks to its one workspace here:
people and channels have the same ids in every workspace, where Slack's would tell them apart.
"""

from __future__ import annotations

import base64
import html
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.local.people import APP, BOT_USER, PEOPLE
from bot.local.refusals import Refused
from bot.local.workspace import Workspace

Called = Callable[[web.Request, str, dict[str, Any]], Awaitable[web.StreamResponse]]
"""Answers a call of a method in a workspace."""

ROTATED_SECONDS = 12 * 3600
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Allow an app · Local Slack</title>
<style>
body{{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}}
button{{font:inherit;padding:.4rem 1rem}}fieldset{{border:1px solid;margin:1rem 0}}</style>
<main><h1>Fine-tune Advisor asks to be added</h1><form method="post">{kept}
<fieldset><legend>Where</legend>{where}</fieldset>
<fieldset><legend>It may</legend><ul>{needed}</ul>{optional}</fieldset>
<button name="answer" value="allow">Allow</button> <button name="answer" value="cancel">Cancel</button></form></main>"""


@dataclass
class Grant:
    """What somebody allowed: the workspace (``whole``: its organisation) and the scopes."""

    workspace: Workspace
    whole: bool
    scopes: frozenset[str]
    redirect_uri: str


@dataclass
class Issued:
    """A token, with what it is refreshed by and until when it is good (0: for ever)."""

    grant: Grant
    refresh: str = ""
    until: float = 0.0
    dead: str = ""
    """The error it is answered with."""


@dataclass
class Slack:
    """What all workspaces have in common. ``rotates`` is the manifest's switch."""

    client_id: str = "111.222"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    rotates: bool = False
    optional: frozenset[str] = frozenset({"channels:read", "groups:read", "files:write"})
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    called: dict[str, Called] = field(default_factory=dict)
    """Workspace -> who answers there."""
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Issued] = field(default_factory=dict)

    # --- the page -------------------------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/oauth/v2/authorize", self._asked), web.post("/oauth/v2/authorize", self._answered)]

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        if asked.get("client_id") != self.client_id:
            return web.Response(status=400, text="invalid_client_id\n")
        scopes = sorted(filter(None, asked.get("scope", "").split(",")))
        kept = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(asked.get(name, ""))}">'
            for name in ("state", "redirect_uri", "scope")
        )
        places = [(team, one.name) for team, one in self.workspaces.items()]
        places += [
            (one.enterprise, f"{one.name}, the whole organisation")
            for one in self.workspaces.values()
            if one.enterprise
        ]
        picked = asked.get("team") or places[0][0]
        where = "".join(
            f'<label><input type="radio" name="where" value="{key}"{" checked" if key == picked else ""}>'
            f" {html.escape(name)} ({key})</label><br>"
            for key, name in places
        )
        optional = "".join(
            f'<label><input type="checkbox" name="optional" value="{scope}" checked> {scope}</label><br>'
            for scope in scopes
            if scope in self.optional
        )
        needed = "".join(f"<li>{html.escape(scope)}</li>" for scope in scopes if scope not in self.optional)
        page = PAGE.format(kept=kept, where=where, needed=needed, optional=optional)
        return web.Response(text=page, content_type="text/html")

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        back, redirect = {"state": str(form["state"])}, str(form["redirect_uri"])
        if form.get("answer") != "allow":
            back |= {"error": "access_denied"}
        else:
            scopes = {scope for scope in str(form["scope"]).split(",") if scope not in self.optional}
            scopes |= {str(one) for one in form.getall("optional", [])}
            back |= {"code": self.allow(str(form["where"]), scopes, redirect)}
        raise web.HTTPSeeOther(f"{redirect}?{urlencode(back)}")

    def allow(self, where: str, scopes: set[str], redirect_uri: str) -> str:
        """Somebody allows it in a workspace or an organisation; the code Slack sends them back with."""
        workspace = next(one for one in self.workspaces.values() if where in (one.team, one.enterprise))
        code = secrets.token_hex(12)
        self.codes[code] = Grant(workspace, where != workspace.team, frozenset(scopes), redirect_uri)
        return code

    # --- tokens ---------------------------------------------------------------------------------------------

    def access(self, args: dict[str, Any], authorization: str) -> dict[str, Any]:
        """``oauth.v2.access``: a code or a refresh token becomes a token, once."""
        wanted = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        given = (args.get("client_id"), args.get("client_secret"))
        if authorization != f"Basic {wanted}" and given != (self.client_id, self.client_secret):
            raise Refused("bad_client_secret")
        if args.get("grant_type") == "refresh_token":
            return self._refreshed(str(args.get("refresh_token")))
        grant = self.codes.pop(str(args.get("code")), None)
        if grant is None:
            raise Refused("invalid_code")
        if args.get("redirect_uri") != grant.redirect_uri:
            raise Refused("bad_redirect_uri")
        workspace = grant.workspace
        workspace.inactive, workspace.scopes, workspace.org_wide = False, grant.scopes, grant.whole
        return self._issued(grant)

    def _refreshed(self, refresh: str) -> dict[str, Any]:
        old = next((one for one in self.tokens.values() if refresh and one.refresh == refresh), None)
        if old is None or old.dead:
            raise Refused("invalid_refresh_token")
        old.refresh = ""
        return self._issued(old.grant)

    def _issued(self, grant: Grant) -> dict[str, Any]:
        workspace = grant.workspace
        kind = "xoxe.xoxb-1-" if self.rotates else "xoxb-local-"
        token, refresh = f"{kind}{secrets.token_hex(12)}", f"xoxe-1-{secrets.token_hex(12)}" if self.rotates else ""
        until = workspace.clock() + ROTATED_SECONDS if self.rotates else 0.0
        self.tokens[token] = Issued(grant, refresh, until)
        enterprise = {"id": workspace.enterprise, "name": workspace.name} if workspace.enterprise else None
        return {
            "access_token": token, "token_type": "bot", "scope": ",".join(sorted(grant.scopes)),
            "bot_user_id": BOT_USER, "app_id": APP, "enterprise": enterprise,
            "team": None if grant.whole else {"id": workspace.team, "name": workspace.name},
            "is_enterprise_install": grant.whole, "authed_user": {"id": next(iter(PEOPLE))},
        } | ({"refresh_token": refresh, "expires_in": ROTATED_SECONDS} if self.rotates else {})  # fmt: skip

    def whose(self, token: str | None) -> Called | None:
        """Who answers for a token that came of an installation."""
        issued = self.tokens.get(token or "")
        if issued is None:
            return None
        if issued.dead or (issued.until and issued.until < issued.grant.workspace.clock()):
            raise Refused(issued.dead or "token_expired")
        return self.called[issued.grant.workspace.team]

    def take_back(self, team: str, why: str) -> None:
        """All tokens of a workspace are dead."""
        for issued in self.tokens.values():
            if issued.grant.workspace.team == team:
                issued.dead = why
