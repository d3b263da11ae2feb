"""What is counted in the templates."""

import functools
import re

from costing import ROOT


@functools.cache
def template() -> str:
    return (ROOT / "template.yaml").read_text()


def templates() -> str:
    """The template, and that of the edge where there is one."""
    edge = ROOT / "infra" / "edge" / "template.yaml"
    return template() + (edge.read_text() if edge.exists() else "")


def count_of(kind: str) -> int:
    """How many resources of a type the templates have."""
    return len(re.findall(rf"^    Type: {re.escape(kind)}\s*$", templates(), re.MULTILINE))


def memory_of(step: str) -> int:
    """A function's memory in MB: its own, or that of Globals."""
    block = re.search(rf"^        Binary: {step}$(.*?)^      Policies:", template(), re.MULTILINE | re.DOTALL)
    own = re.search(r"^      MemorySize: (\d+)$", block.group(1), re.MULTILINE) if block else None
    return int((own or re.search(r"^    MemorySize: (\d+)$", template(), re.MULTILINE)).group(1))


def access_log_line() -> int:
    """The bytes of a line of API Gateway's access log, with usual values."""
    text = re.search(r"Format: >-\n((?: {10}.*\n)+)", template()).group(1)
    line = " ".join(text.split())
    usual = {
        "requestTime": "01/Apr/2026:01:02:03 +0000",
        "requestId": "HrSe4ifeoG6hh61=",
        "routeKey": "POST /api/codes/confirm",
        "status": "200",
        "responseLatency": "45",
        "integrationLatency": "42",
        "integrationStatus": "200",
        "integration.error": "-",
        "error.responseType": "-",
        "responseLength": "312",
    }
    return len(re.sub(r"\$context\.([\w.]+)", lambda found: usual.get(found.group(1), "-" * 12), line))


def alarmed_metrics() -> int:
    """The metrics that alarms look at: each is an alarm of the bill, also several in one expression."""
    alarms = re.findall(
        r"^  \w+:\n(?:    #[^\n]*\n)*    Type: AWS::CloudWatch::Alarm$(.*?)(?=^  \S|\Z)",
        templates(),
        re.MULTILINE | re.DOTALL,
    )
    return sum(max(1, alarm.count("MetricStat:"), queried(alarm)) for alarm in alarms)


def queried(alarm: str) -> int:
    """The metrics that a query of an alarm looks at: one for each value of its dimension."""
    found = re.search(r"FROM SCHEMA\([^,]+, (\w+)\)", alarm)
    kinds = {"step": "AWS::Serverless::Function", "TableName": "AWS::DynamoDB::Table"}
    return count_of(kinds[found[1]]) if found else 0


def waf_rules() -> int:
    """The rules of the web ACL, those of managed groups included: each is a rule of the bill."""
    # Not the text transformations, whose first line it is.
    return len(re.findall(r"^ +Priority: \d+$", templates(), re.MULTILINE))
