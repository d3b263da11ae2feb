"""Measures what each step costs, on a local stack."""

import argparse
import collections
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from costing import EVENTS, LISTENER, ROOT
from costing.items import table_sizes
from costing.recorder import Recorder, rounds
from costing.stack import Stack
from costing.templates import access_log_line, memory_of
from costing.walk import Client, walk


def measure(arguments: argparse.Namespace) -> None:
    cases, storage, metrics = count_calls(arguments.local, arguments.binaries)
    codes = sum(case["codes"] for case in cases.values())
    for case, cpu in count_cpu(arguments.local, arguments.binaries, arguments.members, codes).items():
        cases[case] |= cpu
    measured = {
        "measured": datetime.date.today().isoformat(),
        "binaries": arguments.label,
        "cases": cases,
        "storage": storage,
        "metrics": metrics,
        "access_log": access_log_line(),
        "visits": visits(arguments.node),
    }
    arguments.output.write_text(json.dumps(measured, indent=1) + "\n")
    print(f"{len(cases)} cases written to {arguments.output}")


def count_calls(local: str, binaries: str) -> tuple[dict[str, dict], dict[str, float], int]:
    """One walk with every call recorded: the cases, the bytes that a member has in each table at the top page, and how
    many metrics the log lines made. The stack holds replies of a counted request back until it starts no further call, so
    that rounds can be told apart."""
    recorder = Recorder()
    storage: dict[str, float] = {}
    metrics: set[tuple] = set()
    cases: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for binary in pathlib.Path(binaries).iterdir():
            if (ROOT / "functions" / binary.name).is_dir():
                wrapper = pathlib.Path(scratch, binary.name)
                variables = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SESV2")
                settings = " ".join(f"{name}={recorder.url(binary.name)}" for name in variables)
                wrapper.write_text(f"#!/bin/sh\n{settings} exec {binary.resolve()}\n")
                wrapper.chmod(0o755)
        stack = Stack(local, scratch)
        try:
            recorder.upstream = stack.dynamodb
            stack.add_members(1)
            before = table_sizes(stack)

            def take(case, request, expected):
                first, lines = len(recorder.calls), len(stack.lines)
                status, answer, size = request()
                if status != expected:
                    sys.exit(f"{case}: answered {status}, not {expected}: {answer}")
                time.sleep(0.2)  # For the log line, which comes by another way.
                step = case.split()[0]
                written = stack.written(step, lines)
                for line in written:
                    metrics.update(metrics_of(line))
                calls = recorder.of(step, first)
                cases[case] = {
                    "rounds": rounds(calls),
                    "calls": [call["action"] for call in calls],
                    "units": sum_units(calls),
                    "mails": [call["bytes"] for call in calls if call["action"] == "SendEmail"],
                    "codes": sum(call.get("code", False) for call in calls),
                    "log": [len(line.encode()) for line in written],
                    "answer": size,
                    "memory": memory_of(step),
                }
                if case == "get-session":
                    storage.update({table: size - before[table] for table, size in table_sizes(stack).items()})

            walk(Client(stack, 0, counted=True), 0, take)
            codes = sum(case["codes"] for case in cases.values())
            written = stack.hears_of(codes)
            for line in written:
                metrics.update(metrics_of(line))
            calls = recorder.of(LISTENER)
            cases[LISTENER] = {
                # Of one code. What there is to write is written at once.
                "rounds": [["write"]] * EVENTS,
                "calls": sorted({call["action"] for call in calls}),
                "units": {
                    table: {kind: count / codes for kind, count in kinds.items()}
                    for table, kinds in sum_units(calls).items()
                },
                "mails": [],
                "codes": 0,
                "log": [round(sum(len(line.encode()) for line in written) / len(written))] * EVENTS,
                "answer": 0,
                "memory": memory_of(LISTENER),
            }
            roster = stack.dynamodb_call("Scan", {"TableName": "local-MembersTable"})
            storage["Members"] = table_sizes(stack)["Members"] / roster["Count"]
        finally:
            stack.stop()
    return cases, storage, len(metrics)


def metrics_of(line: str) -> set[tuple]:
    """The metrics that CloudWatch takes from a log line in the embedded metric format: each name once for each set of
    values of its dimensions."""
    if '"_aws"' not in line:
        return set()
    told = json.loads(line)
    return {
        (directive["Namespace"], metric["Name"], *((name, told[name]) for name in dimensions))
        for directive in told["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }


def sum_units(calls: list[dict]) -> dict[str, dict[str, float]]:
    units: dict[str, dict[str, float]] = {}
    for call in calls:
        for table, kinds in call.get("tables", {}).items():
            for kind, count in kinds.items():
                units.setdefault(table, {}).setdefault(kind, 0)
                units[table][kind] += count
    return units


def count_cpu(local: str, binaries: str, members: int, codes: int) -> dict[str, dict[str, float]]:
    """The CPU of each case in milliseconds: the mean of all walks but the first, which also pays for the start. A walk
    brings so many codes."""
    used: dict[str, list[float]] = collections.defaultdict(list)
    stack = Stack(local, binaries)
    try:
        stack.add_members(members)

        def take(case, request, expected):
            before = stack.cpu_seconds()
            status, answer, _ = request()
            if status != expected:
                sys.exit(f"{case}: answered {status}, not {expected}: {answer}")
            used[case].append(spent(case.split()[0], before))

        def spent(function, before):
            """The milliseconds of CPU that a function has used since."""
            after = stack.cpu_seconds()
            of_function = [(task, seconds) for task, seconds in after.items() if task[0] == function]
            return 1000 * sum(seconds - before.get(task, 0) for task, seconds in of_function)

        for number in range(members):
            before = stack.cpu_seconds()
            walk(Client(stack, number, counted=False), number, take)
            stack.hears_of((number + 1) * codes)
            used[LISTENER].append(spent(LISTENER, before) / codes)
    finally:
        stack.stop()
    return {
        case: {"cpu_ms": round(sum(times[1:]) / len(times[1:]), 2), "first_cpu_ms": round(times[0], 2)}
        for case, times in used.items()
    }


def visits(node: str) -> dict:
    """What a browser transfers (tests/browser/visits.js)."""
    run = subprocess.run([node, ROOT / "tests/browser/visits.js"], capture_output=True, text=True, cwd=ROOT)
    if run.returncode != 0:
        sys.exit(f"tests/browser/visits.js: {run.stderr.strip()}")
    return json.loads(run.stdout)
