"""How large items are, as DynamoDB counts."""

import math
import re

from costing.assumptions import ITEM_OVERHEAD
from costing.stack import Stack


def table_sizes(stack: Stack) -> dict[str, int]:
    """Bytes in each table as DynamoDB stores them, overhead included."""
    sizes = {}
    for name in stack.dynamodb_call("ListTables", {})["TableNames"]:
        items = stack.dynamodb_call("Scan", {"TableName": name})["Items"]
        table = re.sub(r"^local-(\w+)Table$", r"\1", name)
        sizes[table] = sum(item_size(item) + ITEM_OVERHEAD for item in items)
    return sizes


def item_size(item: dict) -> int:
    """An item's bytes (DynamoDB developer guide, "item sizes and formats")."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: dict) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return number_size(content)
        case "NS":
            return sum(number_size(number) for number in content)
        case "SS":
            return sum(len(text.encode()) for text in content)
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + len(content) + item_size(content)
        case "L":
            return 3 + len(content) + sum(value_size(element) for element in content)
    raise ValueError(f"no item here has a {kind}")


def number_size(text: str) -> int:
    """A byte for two significant digits, and one; without zeros at either end."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")
