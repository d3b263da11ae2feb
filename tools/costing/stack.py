"""A local stack of one's own."""

import http.client
import json
import pathlib
import re
import subprocess
import sys
import threading
import time

from costing import EVENTS, LISTENER, ROOT


class Stack:
    """A local stack of one's own, on free ports and in memory, and what its functions write."""

    def __init__(self, local: str, binaries: str):
        command = [local, "run", "--port", "0", "--dynamodb-port", "0", "--logs", "--binaries", binaries]
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        threading.Thread(target=self._listen, daemon=True).start()
        printed = ""
        for line in self.process.stdout:
            printed += line
            if found := re.search(r"DynamoDB\s+http://(\S+)", line):
                self.dynamodb = found.group(1)
                self.site = re.search(r"Site\s+http://([^/\s]+)", printed).group(1)
                break
        else:
            sys.exit(f"the local stack did not start: {''.join(self.lines) or printed}")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    def written(self, function: str, first: int = 0) -> list[str]:
        """What a function wrote, from the `first` line of all on."""
        return [line.split("] ", 1)[1] for line in self.lines[first:] if line.startswith(f"[{function} ")]

    def hears_of(self, codes: int) -> list[str]:
        """What the listener wrote once it has been told all of so many codes."""
        for _ in range(100):
            if len(told := self.written(LISTENER)) >= EVENTS * codes:
                return told
            time.sleep(0.1)
        sys.exit(f"{LISTENER} was told {len(told)} times of {codes} codes")

    def get(self, path: str):
        connection = http.client.HTTPConnection(self.site, timeout=30)
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())

    def mails(self) -> list[dict]:
        return self.get("/mailbox.json")

    def code(self, address: str) -> str:
        """The digits of the newest code mailed to the address."""
        for mail in self.mails():
            if address in json.dumps(mail["to"]) and (found := re.search(r"認証番号：(\d{6,8})", mail["text"])):
                return found.group(1)
        sys.exit(f"no mail with a code went to {address}")

    def dynamodb_call(self, action: str, body: dict) -> dict:
        connection = http.client.HTTPConnection(self.dynamodb, timeout=30)
        connection.request(
            "POST",
            "/",
            json.dumps(body),
            {
                "x-amz-target": f"DynamoDB_20120810.{action}",
                "content-type": "application/x-amz-json-1.0",
                "authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-1/dynamodb/aws4_request, "
                "SignedHeaders=host, Signature=0",
            },
        )
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"{action}: {text.decode()}")
        return json.loads(text)

    def add_members(self, count: int) -> None:
        """Members beside the samples: copies of the sample 健保 太郎 with other numbers."""
        key = {"member": {"S": "jkc#1#jvc0211"}}
        sample = self.dynamodb_call("GetItem", {"TableName": "local-MembersTable", "Key": key})["Item"]
        for number in range(count):
            copy = sample | {"member": {"S": f"jkc#1#cost{number:04}"}, "number": {"S": f"cost{number:04}"}}
            self.dynamodb_call("PutItem", {"TableName": "local-MembersTable", "Item": copy})

    def cpu_seconds(self) -> dict[tuple[str, int, str], float]:
        """The CPU time of each thread of each function's process, by the function."""
        used = {}
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                parent = int(re.search(r"\) \S (\d+)", (process / "stat").read_text()).group(1))
                if parent != self.process.pid:
                    continue
                function = (process / "exe").readlink().name
                for task in (process / "task").iterdir():
                    nanoseconds = int((task / "schedstat").read_text().split()[0])
                    used[(function, int(process.name), task.name)] = nanoseconds / 1e9
            except (OSError, AttributeError):
                continue  # It ended meanwhile.
        return used
