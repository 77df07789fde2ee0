"""A copy of tenant 1's users, kept by GET /v1/users/changes as a tenant's server keeps one."""

CHANGES = "/v1/users/changes"
SINCE = "SET changed_at = changed_at - INTERVAL 10 SECOND WHERE changed_at > "


class Follower:
    def __init__(self, stack):
        self.stack = stack
        self.cursor, self.users, self.n_pages = None, {}, 0
        self.since = "UTC_TIMESTAMP(6) - INTERVAL 10 SECOND"
        self.follow()

    def page(self):
        """The rows that it has; the next one begins behind them."""
        cursor = f"?cursor={self.cursor}" if self.cursor else ""
        answer = self.stack.request("GET", CHANGES + cursor, key=self.stack.key)
        assert answer.status == 200, answer
        self.cursor = answer.json["cursor"]
        self.n_pages += 1
        return answer.json["users"], answer.json["has_more"]

    def keep(self, user):
        id, state, into = (user.pop(name) for name in ("id", "state", "into"))
        assert (state == "merged") == (into is not None) == (id == 0)
        if state == "present":
            self.users[id] = user
        else:
            self.users.pop(id, None)
        return id, state

    def age(self):
        """All that has changed since the last time has changed ten seconds ago."""
        (now,), = self.stack.sql(f"UPDATE wechat_user {SINCE}{self.since}; UPDATE gone_user {SINCE}{self.since}; "
                                 "SELECT UTC_TIMESTAMP(6)")
        self.since = f"'{now}'"

    def rows(self):
        self.age()
        rows, has_more = [], True
        while has_more:
            users, has_more = self.page()
            rows += users
        return rows

    def follow(self):
        """Keeps all that has changed since the last time: (id, state) in order."""
        return [self.keep(dict(row)) for row in self.rows()]

    def check(self):
        """What it has kept is what there is."""
        self.follow()
        assert self.users == Follower(self.stack).users
