"""Whose token is used for whom, kept in mind: the one workspace of a token that was given, or all that installed the
bot."""

from collections.abc import Iterable, Mapping

from bot.store.workspaces import Installed


class Workspaces:
    """May be asked from any thread; what it knows is replaced whole."""

    def __init__(self, installed: Iterable[Installed] = (), *, many: bool = False) -> None:
        self.many = many
        self._its_organisation = dict[str, str]()
        self.replace(installed)

    def replace(self, installed: Iterable[Installed], organisations: Mapping[str, str] | None = None) -> None:
        """These, and no others, have the bot. ``organisations`` are workspaces with theirs, as far as known."""
        self._its_organisation = {**(organisations or {}), **self._its_organisation}
        self._by_key = {one.key: one for one in installed}
        self._by_team = {one.team: one for one in self._by_key.values() if one.team}

    def of(self, team: str, enterprise: str = "") -> Installed | None:
        """Whose token a workspace is spoken to with: its own, or that of its organisation, which not everything that
        is said names."""
        if enterprise and team:
            self._its_organisation.setdefault(team, enterprise)
        whole = self._its_organisation.get(team, enterprise)
        return self._by_team.get(team) or self._by_key.get((whole, ""))

    def scopes(self, team: str) -> frozenset[str]:
        """What Slack granted there."""
        one = self.of(team)
        return one.scopes if one else frozenset()

    def by_key(self, key: tuple[str, str]) -> Installed | None:
        return self._by_key.get(key)

    def let_go(self, team: str) -> None:
        """It has not the bot any more."""
        self.replace(one for one in self.all if one.team != team)

    @property
    def all(self) -> list[Installed]:
        return list(self._by_key.values())
