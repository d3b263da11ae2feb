"""What cannot be measured away from AWS."""

# Milliseconds that a call to AWS takes from a function in the same region, on average, on an open connection. AWS
# promises none; DynamoDB's documentation says single-digit milliseconds, a transaction is two such rounds.
LATENCY_MS = {"read": 5, "write": 7, "transaction": 16, "mail": 120}
# Graviton2 takes so much longer for Argon2 and the rest than the machine that measured.
ARM_FACTOR = 1.3
# Lambda's memory at which a function has one whole CPU.
WHOLE_CPU_MB = 1769
# One request in a hundred finds no instance ready, and starts one: 100 ms beside the CPU that is measured.
COLD_SHARE = 0.01
COLD_MS = 100
# Lambda's own two lines per request in JSON, and CloudWatch's 26 bytes for each line.
LAMBDA_LINES = [
    '{"time":"2026-04-01T01:02:03.456Z","type":"platform.start","record":{"requestId":'
    '"6f7f0961-f83c-4cc0-8d43-6b09cf6b4b1a","version":"$LATEST"}}',
    '{"time":"2026-04-01T01:02:03.456Z","type":"platform.report","record":{"requestId":'
    '"6f7f0961-f83c-4cc0-8d43-6b09cf6b4b1a","metrics":{"durationMs":34.567,"billedDurationMs":35,"memorySizeMB":1769,'
    '"maxMemoryUsedMB":48},"status":"success"}}',
]
LINE_OVERHEAD = 26
# What CloudWatch keeps of a stored byte once it is compressed, as in the examples of its price page.
LOG_COMPRESSION = 0.15
# A request's headers on the way to the origin: cookies, CloudFront's own, the browser's.
REQUEST_HEADERS = 1_500
# DynamoDB stores this much beside each item.
ITEM_OVERHEAD = 100
# The share of requests that X-Ray samples.
TRACED_SHARE = 0.05
# With a customer key, DynamoDB asks KMS at most once in five minutes for each table and role: so often for a function
# that uses about four tables, ten hours on thirty days.
KMS_REQUESTS = 4 * 12 * 10 * 30
# How long the campaign's data lies: a year until the next.
MONTHS = 12

# How many there are of what the templates, or the log lines, have none of yet.
USUAL = {"metrics": 80, "alarms": 20, "dashboards": 1, "web ACLs": 1, "rules": 4, "secrets": 2}
