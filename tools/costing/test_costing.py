"""The arithmetic, held to cases that were worked out by hand."""

import unittest

from costing.bill import free_of
from costing.items import item_size, number_size
from costing.measuring import metrics_of
from costing.members import duration_ms
from costing.recorder import consumed, rounds
from costing.templates import memory_of


def call(began: float, ended: float, action: str) -> dict:
    return {"began": began, "ended": ended, "action": action}


class Items(unittest.TestCase):
    def test_a_number_has_a_byte_for_two_digits_and_one(self):
        sizes = [number_size(number) for number in ("0", "1", "1700000000000", "-12.5")]
        self.assertEqual(sizes, [1, 2, 2, 4])

    def test_an_item_is_its_names_and_values(self):
        self.assertEqual(item_size({"key": {"S": "健保"}}), 3 + 6)
        self.assertEqual(item_size({"m": {"M": {"a": {"S": "bc"}}}}), 1 + 3 + 1 + 1 + 2)


class Calls(unittest.TestCase):
    def test_what_is_under_way_together_is_a_round(self):
        calls = [call(0, 3, "GetItem"), call(1, 2, "UpdateItem"), call(3, 4, "TransactWriteItems")]
        self.assertEqual(rounds(calls), [["read", "write"], ["transaction"]])

    def test_units_are_by_table(self):
        told = {"ConsumedCapacity": [{"TableName": "local-MembersTable", "CapacityUnits": 0.5}]}
        self.assertEqual(consumed("BatchGetItem", told), {"Members": {"read": 0.5}})


class Steps(unittest.TestCase):
    def test_a_duration_is_cpu_and_the_slowest_call_of_each_round(self):
        case = {"memory": 1769, "cpu_ms": 20, "rounds": [["read", "write"], ["transaction"]]}
        self.assertEqual(duration_ms(case, "login", "x86_64"), 20 + 7 + 16 + 1)

    def test_a_step_that_answers_at_a_fixed_time_is_billed_for_it(self):
        case = {"memory": 1769, "cpu_ms": 20, "rounds": []}
        self.assertEqual(duration_ms(case, "remind-user-id", "x86_64"), 1501)

    def test_memory_is_the_functions_own_or_that_of_all(self):
        self.assertEqual([memory_of(step) for step in ("login", "logout")], [1769, 256])

    def test_a_metric_counts_once_for_each_set_of_dimensions(self):
        self.assertEqual(metrics_of('{"step":"login"}'), set())
        line = (
            '{"step":"login","service":"all","Failed":0,"_aws":{"CloudWatchMetrics":[{"Namespace":"n",'
            '"Dimensions":[["step"],["service"]],"Metrics":[{"Name":"Failed"}]}]}}'
        )
        self.assertEqual(len(metrics_of(line)), 2)


class Allowances(unittest.TestCase):
    def test_an_allowance_is_given_once(self):
        self.assertAlmostEqual(free_of([("", "alarm", 4), ("", "alarm", 8)]), 1.00)


if __name__ == "__main__":
    unittest.main()
