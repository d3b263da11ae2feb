"""The tables: what was measured, by its price."""

import argparse
import collections
import json
import math

from costing.assumptions import KMS_REQUESTS, LOG_COMPRESSION, MONTHS, REQUEST_HEADERS, TRACED_SHARE, USUAL
from costing.members import Load, duration_ms, log_bytes, units
from costing.prices import FREE, PRICES
from costing.templates import alarmed_metrics, count_of, waf_rules


def lines_of(measured: dict, members: int, architecture: str, customer_key: bool) -> list[tuple[str, str, float]]:
    """The campaign's lines: what, the price's name, how much of it."""
    load = Load(measured)
    gb_seconds = sum(
        count * duration_ms(case, name, architecture) / 1000 * case["memory"] / 1024
        for name, count in load.cases.items()
        for case in [measured["cases"][name]]
    )
    web = load.files + load.kept + load.requests
    logs = load.log_bytes / 1e9
    kept = {name: measured["storage"].get(name, 0) for name in ("Members", "Accounts", "Audit")}
    stored = sum(kept.values()) / 1e9
    lines = [
        ("Mails", "ses-mail", load.sum(lambda case: len(case["mails"]))),
        ("CloudFront, requests", "cloudfront-request", web),
        ("CloudFront, to members", "cloudfront-out", load.down / 1e9),
        ("CloudFront, to the API", "cloudfront-origin", (load.up + load.requests * REQUEST_HEADERS) / 1e9),
        ("WAF, requests", "waf-request", web),
        # One leads to the file, one says how long it is kept.
        ("CloudFront, two functions for the site's files", "cloudfront-function", 2 * load.files),
        ("HTTP API", "http-api", load.requests),
        ("Lambda, requests", "lambda-request", load.invocations),
        ("Lambda, time", f"lambda-{architecture}", gb_seconds),
        ("DynamoDB, writes", "dynamodb-write", load.sum(lambda case: units(case, "write"))),
        ("DynamoDB, reads", "dynamodb-read", load.sum(lambda case: units(case, "read"))),
        ("DynamoDB, the roster's import", "dynamodb-write", math.ceil(kept["Members"] / 1024)),
        ("DynamoDB, stored a year", "dynamodb-storage", stored * MONTHS),
        ("DynamoDB, recovery a year", "dynamodb-recovery", stored * MONTHS),
        ("Logs, written", "logs-in", logs),
        ("Logs, kept a year", "logs-storage", logs * LOG_COMPRESSION * MONTHS),
        ("X-Ray", "trace", load.requests * TRACED_SHARE),
    ]
    scaled = [(what, price, amount * members) for what, price, amount in lines]
    if customer_key:
        scaled.append(("KMS, a month in use", "kms-request", KMS_REQUESTS * count_of("AWS::Serverless::Function")))
    return scaled


def fixed_lines(arguments: argparse.Namespace) -> list[tuple[str, str, float]]:
    """What an idle stack costs in a month."""
    metrics = json.loads(arguments.measured.read_text())["metrics"] or USUAL["metrics"]
    lines = [
        ("Metrics of our own", "metric", metrics + count_of("AWS::Logs::MetricFilter")),
        ("Alarms, by the metrics they look at", "alarm", alarmed_metrics() or USUAL["alarms"]),
        ("Dashboard", "dashboard", count_of("AWS::CloudWatch::Dashboard") or USUAL["dashboards"]),
        ("WAF, web ACL", "waf-acl", count_of("AWS::WAFv2::WebACL") or USUAL["web ACLs"]),
        ("WAF, rules", "waf-rule", waf_rules() or USUAL["rules"]),
        ("Secrets (origin keys)", "secret", count_of("AWS::SecretsManager::Secret") or USUAL["secrets"]),
    ]
    if arguments.customer_key:
        lines.append(("KMS, customer key", "kms-key", 1))
    return lines


def amount_text(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:,.2f}"


def table(title: str, lines: list[tuple[str, str, float]], by_size: bool) -> float:
    """Prints lines as a table, and gives their sum."""
    priced = [(what, price, amount, amount * PRICES[price][0]) for what, price, amount in lines]
    if by_size:
        priced.sort(key=lambda line: -line[3])
    total = sum(usd for *_, usd in priced)
    print(f"| {title} | amount | unit | USD |\n|---|---:|---|---:|")
    for what, price, amount, usd in priced:
        mark = " (?)" if PRICES[price][3].startswith("not confirmed") else ""
        print(f"| {what} | {amount_text(amount)} | {PRICES[price][1]}{mark} | {usd:,.2f} |")
    print(f"| **Sum** | | | **{total:,.2f}** |")
    return total


def free_of(lines: list[tuple[str, str, float]]) -> float:
    """What of this falls into the allowances of one month."""
    used: dict[str, float] = collections.defaultdict(float)
    for _, price, amount in lines:
        used[price] += amount
    return sum(min(amount, FREE.get(price, 0)) * PRICES[price][0] for price, amount in used.items())


def bill(arguments: argparse.Namespace) -> None:
    measured = json.loads(arguments.measured.read_text())
    lines = lines_of(measured, arguments.members, arguments.arch, arguments.customer_key)
    total = table(f"{arguments.members:,} members", lines, by_size=True)
    print(
        f"\nPer member {total / arguments.members:.5f} USD. Should all of it fall into one month, "
        f"{free_of(lines):,.2f} USD of it are AWS's standing allowances."
    )


def cognito(arguments: argparse.Namespace) -> None:
    lines = [("Cognito, essentials, in one month", "cognito", max(0, arguments.members - FREE["cognito"]))]
    table(f"{arguments.members:,} members", lines, by_size=True)


def fixed(arguments: argparse.Namespace) -> None:
    lines = fixed_lines(arguments)
    total = table("Each month", lines, by_size=False)
    print(
        f"\n{free_of(lines):,.2f} USD of it are AWS's standing allowances, where nothing else in the account uses them: "
        f"{total - free_of(lines):,.2f} USD remain."
    )


def steps(arguments: argparse.Namespace) -> None:
    measured = json.loads(arguments.measured.read_text())
    load = Load(measured)
    print("| step | a member's requests | write units | read units | mails | CPU ms | billed ms | MB | log bytes |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, case in measured["cases"].items():
        log = log_bytes(case, name, measured["access_log"])
        print(
            f"| {name} | {load.cases.get(name, 0):.2f} | {units(case, 'write'):.3g} | {units(case, 'read'):.3g} | "
            f"{len(case['mails'])} | {case['cpu_ms']:.1f} | {duration_ms(case, name, arguments.arch)} | {case['memory']} | "
            f"{log:,.0f} |"
        )
    print(
        f"| **a member** | {load.requests:.2f} | {load.sum(lambda case: units(case, 'write')):.1f} | "
        f"{load.sum(lambda case: units(case, 'read')):.1f} | {load.sum(lambda case: len(case['mails'])):.2f} | | | | "
        f"{load.log_bytes:,.0f} |"
    )


def prices(_: argparse.Namespace) -> None:
    print("| price | USD | for | usage type | from |\n|---|---:|---|---|---|")
    for name, (usd, unit, usage, source) in PRICES.items():
        per = next(per for per in (1, 1000, 10_000, 1_000_000) if usd * per >= 0.001)
        print(f"| {name} | {usd * per:.6g} | {'' if per == 1 else f'{per:,} × '}{unit} | {usage} | {source} |")
