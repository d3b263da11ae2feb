"""What stands between the functions of a local stack and its DynamoDB and SES."""

import http.client
import http.server
import json
import math
import re
import threading
import time


class Recorder:
    """Stands between functions and the stack's DynamoDB and SES, and keeps of every call whose it was, when it began and
    ended, what DynamoDB says that it consumed, and how long a mail was. Each function calls it under a path of its own."""

    def __init__(self):
        self.calls: list[dict] = []
        self.upstream = ""
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_call(self):
                recorder.forward(self)

            do_POST = do_PUT = do_GET = handle_call

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, function: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{function}"

    def of(self, function: str, first: int = 0) -> list[dict]:
        """The calls of a function, from the `first` of all on."""
        return [call for call in self.calls[first:] if call["function"] == function]

    def forward(self, request) -> None:
        function, _, path = request.path.removeprefix("/").partition("/")
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        action = request.headers.get("x-amz-target", ".").split(".")[1]
        if action:
            body = json.dumps(json.loads(body) | {"ReturnConsumedCapacity": "TOTAL"}).encode()
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        began = time.monotonic()
        connection = http.client.HTTPConnection(self.upstream, timeout=30)
        connection.request(request.command, f"/{path}", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        call = {"function": function, "action": action or "SendEmail", "began": began, "ended": time.monotonic()}
        if action:
            call["tables"] = consumed(action, json.loads(text) if answer.status == 200 else {})
            if answer.status != 200:
                call["error"] = json.loads(text).get("__type", "").split("#")[-1]
        elif path.endswith("outbound-emails"):
            mail = json.loads(body)
            # Notices go by the configuration set of their sender.
            call |= {"bytes": mail_size(mail), "code": "ConfigurationSetName" in mail}
        if action or "bytes" in call:
            self.calls.append(call)
        request.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                request.send_header(name, value)
        request.send_header("content-length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)


WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}


def consumed(action: str, answer: dict) -> dict[str, dict[str, float]]:
    """Units by table: `{"Throttles": {"write": 1.0}}`."""
    told = answer.get("ConsumedCapacity", [])
    kind = "write" if action in WRITES else "read"
    return {
        re.sub(r"^.*-(\w+?)(Table)?$", r"\1", table["TableName"]): {kind: table["CapacityUnits"]}
        for table in (told if isinstance(told, list) else [told])
    }


def mail_size(request: dict) -> int:
    """About what a mail of SES's simple content has: subject and text in base64, and a kilobyte of headers."""
    simple = request["Content"]["Simple"]
    texts = [simple["Subject"]["Data"]] + [part["Data"] for part in simple["Body"].values()]
    return 1_000 + sum(math.ceil(len(text.encode()) * 4 / 3) for text in texts)


def rounds(calls: list[dict]) -> list[list[str]]:
    """Which calls were under way together: a call belongs to the round before if it began before all of that ended."""
    together: list[list[str]] = []
    end = 0.0
    for call in sorted(calls, key=lambda call: call["began"]):
        kind = kind_of(call["action"])
        if together and call["began"] < end:
            together[-1].append(kind)
            end = max(end, call["ended"])
        else:
            together.append([kind])
            end = call["ended"]
    return together


def kind_of(action: str) -> str:
    """Which of LATENCY_MS a call takes."""
    if action == "SendEmail":
        return "mail"
    if action == "TransactWriteItems":
        return "transaction"
    return "write" if action in WRITES else "read"
