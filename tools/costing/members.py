"""What members do, and what one of them brings about."""

import collections
import math

from costing import EVENTS, LISTENER
from costing.assumptions import ARM_FACTOR, COLD_MS, COLD_SHARE, LAMBDA_LINES, LATENCY_MS, LINE_OVERHEAD, WHOLE_CPU_MB

# What members do, as a share of them: everybody once from the letter to the top page; then these.
VISITS = {"first": 1.0, "later": 0.5}
CASES = {
    "identity mistyped": (0.30, ["verify-member refused"]),
    "code sent again": (0.10, ["send-code"]),
    "code mistyped": (0.10, ["confirm-code refused"]),
    "password mistyped": (0.20, ["login refused"]),
    "password forgotten": (0.05, ["request-password-reset", "reset-password", "login", "get-session"]),
    "user ID forgotten": (0.03, ["remind-user-id"]),
    "address changed": (0.02, ["change-email asked", "change-email", "get-session"]),
    "password changed": (0.01, ["change-password", "get-session"]),
    "devices looked at": (0.02, ["list-sessions", "end-sessions"]),
}

# What the distribution keeps: it asks once in five minutes, whoever asks it.
KEPT = "GET /api/insurers/"
STEP_OF = {
    "POST /api/members/verify": "verify-member",
    "GET /api/registration": "get-registration",
    "POST /api/users": "create-user",
    "POST /api/codes": "send-code",
    "POST /api/codes/confirm": "confirm-code",
    "POST /api/sessions": "login",
    "GET /api/session": "get-session",
    "POST /api/terms/acceptance": "accept-terms",
    "DELETE /api/session": "logout",
}


class Load:
    """What one member does, in requests per case, from the shares above and the browser's visits."""

    def __init__(self, measured: dict):
        self.measured = measured
        self.cases: dict[str, float] = collections.defaultdict(float)
        self.files = self.kept = self.down = self.up = 0.0
        page = measured["visits"]["later"]["files"]
        for name, share in VISITS.items():
            visit = measured["visits"][name]
            for call, count in visit["calls"].items():
                if call.startswith(KEPT):
                    self.kept += share * count
                    continue
                self.cases[STEP_OF[call]] += share * count
            self.files += share * visit["files"]["requests"]
            self.down += share * (visit["files"]["down"] + visit["api"]["down"])
            self.up += share * visit["api"]["up"]
        for share, steps in CASES.values():
            for step in steps:
                self.cases[step] += share
                self.down += share * measured["cases"][step]["answer"]
                self.up += share * 150
            # As many files as one of the three pages of a later visit, for the page that it happens on.
            self.files += share * page["requests"] / 3
            self.down += share * page["down"] / 3
        self.requests = sum(self.cases.values())
        # Nobody asks for it, so it is no request.
        self.cases[LISTENER] = self.sum(lambda case: case["codes"])
        self.invocations = self.requests + EVENTS * self.cases[LISTENER]

    def sum(self, value) -> float:
        """The sum of a value over all that a member brings about."""
        return sum(count * value(self.measured["cases"][name]) for name, count in self.cases.items())

    @property
    def log_bytes(self) -> float:
        """The bytes that a member writes into the logs."""
        cases, access_log = self.measured["cases"], self.measured["access_log"]
        return sum(count * log_bytes(cases[name], name, access_log) for name, count in self.cases.items())


def duration_ms(case: dict, name: str, architecture: str) -> float:
    """What Lambda bills for one request: CPU at the function's share of one, and the calls that it waits for."""
    share = min(1.0, case["memory"] / WHOLE_CPU_MB)
    factor = ARM_FACTOR if architecture == "arm64" else 1.0
    calls = sum(max(LATENCY_MS[kind] for kind in together) for together in case["rounds"])
    took = case["cpu_ms"] * factor / share + calls
    if name in ("request-password-reset", "remind-user-id"):
        took = max(took, 1500)  # They answer at a fixed time (lambda::Pace).
    return math.ceil(took + COLD_SHARE * COLD_MS)


def units(case: dict, kind: str) -> float:
    return sum(kinds.get(kind, 0) for kinds in case["units"].values())


def log_bytes(case: dict, name: str, access_log: int) -> float:
    of_lambda = [len(line) for line in LAMBDA_LINES]
    lines = case["log"] + (of_lambda * EVENTS if name == LISTENER else [*of_lambda, access_log])
    return sum(line + LINE_OVERHEAD for line in lines)
