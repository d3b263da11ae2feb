#!/usr/bin/env python3
"""Whether the stack holds what a campaign brings: lets members come to a model of the stack, second by second, and prints
the peaks and what was refused. docs/capacity.md has its figures and says what to do about them.

Members are a flow: a number for each step and second, drawn by a seed where they arrive. Each thinks before each step, in
a chain of three exponential stages (JOURNEY has the means). The gateway's throttle is a token bucket; Lambda's
concurrency a number of instances, which chance may find all taken, and which grows by so many a second at most; SES a
rate. A member who is refused tries again after a while, at most five times in a row, and then leaves. Units and
durations are those of tools/measured.json.
"""

import argparse
import dataclasses
import functools
import json
import math
import operator
import pathlib
import random
import sys

from costing import MEASURED
from costing.assumptions import ARM_FACTOR
from costing.members import duration_ms

# --- What members do ----------------------------------------------------------------------------------------------------

# The steps in their order, with the seconds that a member spends before each: finds the letter's address and types five
# fields; chooses user ID, password, address; the code is asked for by the page itself; reads the mail; types both again;
# reads the terms; the top page asks by itself. get-registration and logout come beside them, by the page.
JOURNEY = [
    ("verify-member", 90),
    ("create-user", 120),
    ("send-code", 1),
    ("confirm-code", 60),
    ("login", 30),
    ("accept-terms", 40),
    ("get-session", 1),
    ("logout", 60),
]
# Requests that the pages make beside a step (tests/browser/visits.js): at the same time, never refused by themselves.
BESIDE = {"create-user": "get-registration", "confirm-code": "get-registration", "accept-terms": "get-session"}
# A refusal of the member's own making, before the step succeeds, as a share of the members, as in
# tools/costing/members.py.
MISTAKES = {
    "verify-member": ("verify-member refused", 0.30),
    "confirm-code": ("confirm-code refused", 0.10),
    "login": ("login refused", 0.20),
}
# The code is asked for again by this share.
RESENT = 0.10
# Erlang stages of each think time.
STAGES = 3
# A member who is refused by the stack tries again after so many seconds on average, and leaves at the sixth refusal in
# a row.
AGAIN_SECONDS = 20
TRIES = 6

# --- What AWS gives -----------------------------------------------------------------------------------------------------

# docs/capacity.md has the sources.
STARTED = 50.0  # instances of each function, from the first second on
CONCURRENCY_GROWTH = 100  # instances a second for each function: 1,000 every ten seconds


@dataclasses.dataclass(frozen=True)
class Limits:
    """What the stack and its account may do."""

    requests: float = 200  # RequestsPerSecond
    burst: float = 400  # RequestBurst
    concurrency: float = 1_000
    mails: float = 14  # a second


# An evening is 18:00 to 24:00. Its middle is half past eight, its deviation 72 minutes: the busiest hour has a third.
EVENING_SECONDS = 6 * 3600
MIDDLE, SPREAD = 2.5 / 6, 1.2 / 6


@dataclasses.dataclass(frozen=True)
class Scenario:
    """How many members come, and when: a share of them on each evening, spread around half past eight."""

    name: str
    members: int
    evenings: list[float]  # The share that comes on each evening, of which the busiest is simulated.
    largest_insurer: float  # The share of them that is one insurer's.
    seconds: int = EVENING_SECONDS  # How long an evening is.

    @property
    def busiest(self) -> float:
        return self.members * max(self.evenings)


def week() -> list[float]:
    """A week from the letter on: a third comes on the first evening, then fewer."""
    weights = [0.66**day for day in range(7)]
    return [weight / sum(weights) for weight in weights]


# Letters of a month go out on twenty days, a twentieth each; every day's members come as in `week`.
def month() -> list[float]:
    days = [0.0] * 30
    for posted in range(20):
        for after, share in enumerate(week()):
            days[posted + after] += share / 20
    return days


SCENARIOS = {
    "week": Scenario("100,000 in a week", 100_000, week(), 1.0),
    "letters": Scenario("500,000 letters on one day", 500_000, week(), 0.2),
    "evening": Scenario("500,000 in one evening", 500_000, [1.0], 0.2),
    "japan-month": Scenario("40 million over a month", 40_000_000, month(), 0.05),
    "japan-evening": Scenario("40 million in one evening", 40_000_000, [1.0], 0.05),
}


def arrivals(members: float, seed: int, seconds: int = EVENING_SECONDS) -> list[float]:
    """Members by second: the bell of an evening, and chance (Poisson's, by its normal approximation where it is one)."""
    chance = random.Random(seed)
    weights = [math.exp(-(((second / seconds - MIDDLE) / SPREAD) ** 2) / 2) for second in range(seconds)]
    scale = members / sum(weights)
    return [drawn(weight * scale, chance) for weight in weights]


def drawn(mean: float, chance: random.Random) -> float:
    """A number of Poisson's distribution."""
    if mean > 30:
        return mean + chance.gauss(0, 1) * math.sqrt(mean)
    number, product, floor = 0, chance.random(), math.exp(-mean)
    while product > floor:
        number += 1
        product *= chance.random()
    return float(number)


# --- The stack ----------------------------------------------------------------------------------------------------------


class Stack:
    """Measured cases, and what they need."""

    def __init__(self, measured: dict, architecture: str):
        self.cases = measured["cases"]
        self.seconds = {name: duration_ms(case, name, architecture) / 1000 for name, case in self.cases.items()}


class Chain:
    """Members who think: each stage hands a share on in each second."""

    def __init__(self, mean: float, stages: int = STAGES):
        self.stages = [0.0] * (1 if mean <= 1 else stages)
        self.leaving = min(1.0, len(self.stages) / mean)

    def second(self, coming: float) -> float:
        """Takes in who comes, and gives who is done."""
        for stage, waiting in enumerate(self.stages):
            leaving = waiting * self.leaving
            self.stages[stage] = waiting - leaving + coming
            coming = leaving
        return coming


class Waiting:
    """Members who were refused, by how often in a row."""

    def __init__(self):
        self.tries = [0.0] * (TRIES - 1)

    def again(self) -> list[float]:
        """Who tries again in this second, by the number of the try from the second on; empty if nobody waits."""
        if not any(self.tries):
            return []
        leaving = [waiting / AGAIN_SECONDS for waiting in self.tries]
        self.tries = [waiting - left for waiting, left in zip(self.tries, leaving, strict=True)]
        return leaving

    def refuse(self, asked: list[float], share: float) -> float:
        """Takes in the share that is refused, and gives who leaves."""
        for number, count in enumerate(asked[: TRIES - 1]):
            self.tries[number] += count * share
        return asked[-1] * share if len(asked) == TRIES else 0.0


@dataclasses.dataclass
class Result:
    """What an evening came to. What is by case or table is of the busiest second."""

    scenario: Scenario
    came: float
    arrived: float = 0.0
    left: float = 0.0
    waited_seconds: float = 0.0
    done_after: float = 0.0
    offered: float = 0.0
    refused: dict[str, float] = dataclasses.field(default_factory=lambda: {"gateway": 0.0, "Lambda": 0.0, "mail": 0.0})
    most_arriving: float = 0.0
    most_requests: float = 0.0
    most_mails: float = 0.0
    most_at_once: float = 0.0
    busiest: dict[str, float] = dataclasses.field(default_factory=dict)  # Requests by case.

    def units(self, stack: Stack, table: str, kind: str) -> float:
        """A table's units in the busiest second."""
        return sum(count * stack.cases[case]["units"].get(table, {}).get(kind, 0) for case, count in self.busiest.items())


def simulate(scenario: Scenario, limits: Limits, stack: Stack, seed: int = 1) -> Result:
    """One evening, second by second, and two hours more for who is still on the way."""
    steps = [step for step, _ in JOURNEY]
    top, code = steps.index("get-session"), steps.index("send-code")
    thinking = [Chain(seconds) for _, seconds in JOURNEY]
    waiting = [Waiting() for _ in JOURNEY]
    tokens, instances = limits.burst, dict.fromkeys(ALL_CASES, STARTED)
    took = [stack.seconds[case] for case in ALL_CASES]
    coming = arrivals(scenario.busiest, seed, scenario.seconds)
    result = Result(scenario, sum(coming), most_arriving=max(coming))
    for second in range(scenario.seconds + 2 * 3600):
        entering = coming[second] if second < scenario.seconds else 0.0
        asks = []
        for thinks, waits in zip(thinking, waiting, strict=True):
            asks.append([thinks.second(entering), *waits.again()])
            entering = 0.0  # Members who pass a step below think before the next from the next second on.
        requests = requests_of(asks)
        offered = sum(requests.values())
        if second > scenario.seconds and offered < 1e-3:
            break

        # The gateway: a bucket of tokens.
        tokens = min(limits.burst, tokens + limits.requests)
        admitted = min(1.0, tokens / offered) if offered else 1.0
        tokens -= admitted * offered
        # Lambda: each function's instances grow so fast, and all of them stay below the account's.
        at_once = admitted * sum(map(operator.mul, requests.values(), took))
        result.most_at_once = max(result.most_at_once, at_once)
        grown = grow(instances, requests, took, admitted) if at_once > STARTED else {}
        room = 1 - blocked(float(f"{at_once:.3g}"), limits.concurrency)
        passed = {case: admitted * grown.get(case, 1.0) * room for case in ALL_CASES}
        # SES: a rate, which codes share with the notices of the accounts that were made. Only who gets no code is refused.
        codes = requests["send-code"] * passed["send-code"]
        mails = codes + requests["confirm-code"] * passed["confirm-code"]
        posted = min(1.0, limits.mails / mails) if mails else 1.0

        result.offered += offered
        result.refused["gateway"] += offered * (1 - admitted)
        if grown or room < 1:
            result.refused["Lambda"] += sum(count * (admitted - passed[case]) for case, count in requests.items())
        result.refused["mail"] += codes * (1 - posted)
        result.most_mails = max(result.most_mails, mails)
        if offered > result.most_requests:
            result.most_requests = offered
            result.busiest = {case: count * passed[case] for case, count in requests.items()}

        # Members who were let in go on to the next step; the others wait, or leave.
        for number, step in enumerate(steps):
            through = passed[step] * (posted if number == code else 1.0)
            lost = waiting[number].refuse(asks[number], 1 - through) if through < 1 else 0.0
            went_on = sum(asks[number]) * through
            if number + 1 < len(steps):
                thinking[number + 1].stages[0] += went_on
            if number <= top and waiting[number].tries[0]:
                result.left += lost
                result.waited_seconds += sum(waiting[number].tries) / result.came
            if number == top:
                result.arrived += went_on
                result.done_after = second if went_on > 0.5 else result.done_after
    return result


@functools.cache
def blocked(load: float, places: float) -> float:
    """The share that finds all places taken, at a load that would take so many on average (Erlang's loss formula): what
    chance adds to a mere division."""
    if load < places / 2 and places >= 100:
        return 0.0
    if load > places and places >= 100:
        return 1 - places / load
    loss = 1.0
    for number in range(1, int(places) + 1):
        loss = load * loss / (number + load * loss)
    return loss


def grow(instances: dict[str, float], requests: dict[str, float], took: list[float], admitted: float) -> dict[str, float]:
    """Starts the instances that are wanted, as fast as Lambda does, and gives the share that finds one where not all do."""
    found = {}
    for (case, count), seconds in zip(requests.items(), took, strict=True):
        wanted = count * admitted * seconds
        if wanted > instances[case]:
            instances[case] = min(wanted, instances[case] + CONCURRENCY_GROWTH)
            found[case] = instances[case] / wanted
    return found


def requests_of(asks: list[list[float]]) -> dict[str, float]:
    """Requests by case: the steps themselves, what the pages ask beside them, and members' mistakes."""
    requests: dict[str, float] = dict.fromkeys(ALL_CASES, 0.0)
    for (step, beside, mistake, share), asked in zip(ASKED, asks, strict=True):
        count = sum(asked)
        requests[step] += count
        if beside:
            requests[beside] += count
        if mistake:
            requests[mistake] += share * asked[0]
    requests["send-code"] += RESENT * asks[CONFIRM][0]
    return requests


# What is asked at each step of JOURNEY: itself, what the page asks beside it, and a mistake by its share.
ASKED = [(step, BESIDE.get(step), *MISTAKES.get(step, (None, 0.0))) for step, _ in JOURNEY]
ALL_CASES = [step for step, _ in JOURNEY] + ["get-registration"] + [case for case, _ in MISTAKES.values()]
CONFIRM = [step for step, _ in JOURNEY].index("confirm-code")


# --- What is printed ----------------------------------------------------------------------------------------------------

ENOUGH = Limits(requests=1e9, burst=1e9, concurrency=1e9, mails=1e9)


def named(arguments: argparse.Namespace) -> list[Scenario]:
    return [SCENARIOS[name] for name in arguments.scenario or SCENARIOS]


def stack_of(arguments: argparse.Namespace) -> Stack:
    return Stack(json.loads(arguments.measured.read_text()), arguments.arch)


def peaks(arguments: argparse.Namespace) -> None:
    """What each scenario asks for, if nothing is refused."""
    stack = stack_of(arguments)
    results = [simulate(scenario, ENOUGH, stack, arguments.seed) for scenario in named(arguments)]
    rows = [
        ("members on the busiest evening", [result.came for result in results]),
        ("members who arrive", [result.most_arriving for result in results]),
        ("requests to the API", [result.most_requests for result in results]),
        ("mails", [result.most_mails for result in results]),
        ("mails on the evening", [result.came * (2 + RESENT) for result in results]),
        ("Lambda: instances at once", [result.most_at_once for result in results]),
    ]
    rows += [
        (f"of these {step}", [result.busiest[step] * stack.seconds[step] for result in results])
        for step in ("create-user", "login", "send-code")
    ]
    for kind, tables in [
        ("write", ("Throttles", "Registrations", "Audit", "Accounts", "Sessions", "Members")),
        ("read", ("Accounts", "Members", "Insurers")),
    ]:
        rows += [(f"{table}: {kind} units", [result.units(stack, table, kind) for result in results]) for table in tables]
    rows.append(
        (
            "the largest insurer's item: read units",
            [result.units(stack, "Insurers", "read") * result.scenario.largest_insurer for result in results],
        )
    )
    print("| in the busiest second | " + " | ".join(result.scenario.name for result in results) + " |")
    print("|---|" + "---:|" * len(results))
    for what, values in rows:
        print(f"| {what} | " + " | ".join(number(value) for value in values) + " |")


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def percent(part: float, whole: float) -> str:
    share = 100 * part / whole if whole else 0
    return "0" if share < 0.005 else f"{share:.2f} %" if share < 1 else f"{share:.0f} %"


def refusals(arguments: argparse.Namespace) -> None:
    """What a scenario meets under the limits that are given, with each of them raised alone, and with all."""
    stack = stack_of(arguments)
    limits = Limits(arguments.requests, arguments.burst, arguments.concurrency, arguments.mails)
    enough = Limits(arguments.raise_requests, arguments.raise_burst, arguments.raise_concurrency, arguments.raise_mails)
    rows = [
        ("as it is", limits),
        ("mails raised alone", dataclasses.replace(limits, mails=enough.mails)),
        ("requests raised alone", dataclasses.replace(limits, requests=enough.requests, burst=enough.burst)),
        ("concurrency raised alone", dataclasses.replace(limits, concurrency=enough.concurrency)),
        ("all raised", enough),
    ]
    unlike = [row for number, row in enumerate(rows) if row[1] not in [limit for _, limit in rows[:number]]]
    print(
        "| limits | requests a second, burst | instances | mails a second | refused by the gateway | by Lambda | by SES, a "
        "member | members who leave | waited, a member | the last arrives |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for scenario in named(arguments):
        for name, limit in unlike:
            result = simulate(scenario, limit, stack, arguments.seed)
            ends = 18 * 60 + result.done_after / 60
            print(
                f"| {name} | {limit.requests:,.0f}, {limit.burst:,.0f} | {limit.concurrency:,.0f} | {limit.mails:,.0f} | "
                + " | ".join(percent(result.refused[by], result.offered) for by in ("gateway", "Lambda"))
                + f" | {result.refused['mail'] / result.came:.2f} | {percent(result.left, result.came)} | "
                f"{result.waited_seconds:.0f} s | {int(ends // 60) % 24:02}:{int(ends % 60):02} |"
            )


def hashing(arguments: argparse.Namespace) -> None:
    """What the hashes of a number of members a second need, in whole CPUs."""
    stack = stack_of(arguments)
    factor = ARM_FACTOR if arguments.arch == "arm64" else 1.0
    hash_ms = min(stack.cases[step]["cpu_ms"] for step in ("create-user", "login")) * factor
    print("| members a second | hashes a second (sign-up and login) | whole CPUs |\n|---:|---:|---:|")
    for members in (10, 50, 100, 1_000, 4_000):
        print(f"| {members:,} | {2.2 * members:,.0f} | {2.2 * members * hash_ms / 1000:,.1f} |")


# --- check --------------------------------------------------------------------------------------------------------------


def check(_: argparse.Namespace) -> None:
    """Holds the model to what it must keep, on a small evening with invented durations."""
    case = {"rounds": [["read"], ["transaction"]], "cpu_ms": 10, "memory": 1769, "units": {"Throttles": {"write": 4.0}}}
    stack = Stack({"cases": dict.fromkeys(ALL_CASES, case)}, "x86_64")
    small = Scenario("small", 4_000, [1.0], 1.0, seconds=3_600)
    free = simulate(small, ENOUGH, stack)
    tight = simulate(small, dataclasses.replace(ENOUGH, requests=5, burst=10), stack)
    narrow = simulate(small, dataclasses.replace(ENOUGH, concurrency=1), stack)
    posted = simulate(small, dataclasses.replace(ENOUGH, mails=0.5), stack)
    again = simulate(small, dataclasses.replace(ENOUGH, mails=0.5), stack)
    chain = Chain(60)
    through = [chain.second(1.0 if second == 0 else 0.0) for second in range(3_000)]
    evening = arrivals(1e6, 1)
    checks = [
        ("chance is small", abs(free.came - 4_000) < 200),
        ("everybody arrives where nothing is refused", abs(free.arrived - free.came) < 1),
        ("and nobody waits", free.left == 0 and free.waited_seconds == 0 and sum(free.refused.values()) == 0),
        ("nobody is lost", all(abs(one.arrived + one.left - one.came) < 1 for one in (tight, narrow, posted))),
        ("a tight gateway refuses", tight.refused["gateway"] > 0 and tight.refused["Lambda"] == 0),
        ("so does a narrow account", narrow.refused["Lambda"] > 0 and narrow.refused["gateway"] == 0),
        ("so do few mails", posted.refused["mail"] > 0 and posted.left > 0),
        ("the same seed is the same evening", again == posted),
        ("another is another", arrivals(1e6, 2) != evening),
        ("a refusal brings the request again", tight.offered / tight.arrived > free.offered / free.arrived),
        (
            "instances are requests by their time",
            math.isclose(free.most_at_once, free.most_requests * stack.seconds["login"]),
        ),
        (
            "units are requests by their units",
            math.isclose(free.units(stack, "Throttles", "write"), 4 * free.most_requests),
        ),
        ("Erlang's table", round(blocked(5.0, 10), 4) == 0.0184 and round(blocked(150.0, 100), 4) == 0.3333),
        ("who thinks comes out again", math.isclose(sum(through), 1.0, rel_tol=1e-6)),
        ("after a minute on average", abs(sum(second * share for second, share in enumerate(through)) - 60) < 2),
        ("the shares of the days are one", math.isclose(sum(week()), 1) and math.isclose(sum(month()), 1)),
        ("a third of an evening is in its busiest hour", 0.30 < sum(sorted(evening)[-3600:]) / 1e6 < 0.36),
    ]
    wrong = [name for name, holds in checks if not holds]
    if wrong:
        sys.exit("\n".join(f"does not hold: {name}" for name in wrong))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, about in [
        ("peaks", peaks, "what each scenario asks for, if nothing is refused"),
        ("refusals", refusals, "what is refused under limits, as they are and raised"),
        ("hashing", hashing, "the CPUs that the hashes need"),
        ("check", check, "hold the model to what it must keep"),
    ]:
        one = commands.add_parser(name, help=about)
        one.add_argument("--scenario", action="append", choices=SCENARIOS, help="else all of them; may be repeated")
        one.add_argument("--measured", type=pathlib.Path, default=MEASURED, help="what `tools/cost.py measure` wrote")
        one.add_argument("--arch", choices=["arm64", "x86_64"], default="arm64", help="the functions' instruction set")
        one.add_argument("--seed", type=int, default=1)
        one.add_argument("--requests", type=float, default=Limits.requests, help="RequestsPerSecond")
        one.add_argument("--burst", type=float, default=Limits.burst, help="RequestBurst")
        one.add_argument("--concurrency", type=float, default=Limits.concurrency, help="the account's, at Lambda")
        one.add_argument("--mails", type=float, default=Limits.mails, help="SES's rate a second")
        one.add_argument("--raise-requests", type=float, default=2_000)
        one.add_argument("--raise-burst", type=float, default=4_000)
        one.add_argument("--raise-concurrency", type=float, default=3_000)
        one.add_argument("--raise-mails", type=float, default=150)
        one.set_defaults(run=run)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
