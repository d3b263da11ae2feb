"""What AWS asks for, and what every account has for nothing."""

LIST = "price list, ap-northeast-1"
# USD for one of the unit, in ap-northeast-1 without tax: (price, unit, usage type, where from). Looked up on 2026-11-23
# in public copies of AWS's price list of July to September 2026 (pricing.us-east-1.amazonaws.com/offers/v1.0/aws/SERVICE/
# current/ap-northeast-1/index.json) and on the services' price pages. "not confirmed": found for another region only.
PRICES = {
    "lambda-request": (0.20e-6, "request", "APN1-Request-ARM", LIST),
    "lambda-arm64": (0.0000133334, "GB-second", "APN1-Lambda-GB-Second-ARM", LIST),
    "lambda-x86_64": (0.0000166667, "GB-second", "APN1-Lambda-GB-Second", LIST),
    "http-api": (1.29e-6, "request", "APN1-ApiGatewayHttpRequest", LIST),
    "dynamodb-write": (0.715e-6, "write unit", "APN1-WriteRequestUnits", LIST),
    "dynamodb-read": (0.1425e-6, "read unit", "APN1-ReadRequestUnits", LIST),
    "dynamodb-storage": (0.285, "GB-month", "APN1-TimedStorage-ByteHrs", LIST),
    "dynamodb-recovery": (0.228, "GB-month", "APN1-TimedPITRStorage-ByteHrs", "not confirmed: 0.20 in us-west-2"),
    "ses-mail": (0.10e-3, "mail", "Recipients", "aws.amazon.com/ses/pricing, everywhere"),
    "logs-in": (0.76, "GB", "APN1-DataProcessing-Bytes", LIST),
    "logs-storage": (0.033, "GB-month", "APN1-TimedStorage-ByteHrs", LIST),
    "metric": (0.30, "metric-month", "APN1-CW:MetricMonitorUsage", LIST),
    "alarm": (0.10, "alarm-month", "APN1-CW:AlarmMonitorUsage", LIST),
    "dashboard": (3.00, "dashboard-month", "DashboardsUsageHour", "aws.amazon.com/cloudwatch/pricing, everywhere"),
    "trace": (5.00e-6, "trace", "XRay-TracesStored", "not confirmed: us-east-1"),
    "cloudfront-request": (0.012 / 10_000, "HTTPS request", "JP-Requests-Tier2-HTTPS", "price list, Japan"),
    "cloudfront-out": (0.114, "GB", "JP-DataTransfer-Out-Bytes", "price list, Japan"),
    "cloudfront-origin": (0.060, "GB", "JP-DataTransfer-Out-OBytes", "price list, Japan"),
    "cloudfront-function": (
        0.10e-6,
        "call",
        "Executions-CloudFrontFunctions",
        "aws.amazon.com/cloudfront/pricing, everywhere",
    ),
    "waf-acl": (5.00, "web ACL-month", "WebACL", "aws.amazon.com/waf/pricing, everywhere"),
    "waf-rule": (1.00, "rule-month", "Rule", "aws.amazon.com/waf/pricing, everywhere"),
    "waf-request": (0.60e-6, "request", "Request", "aws.amazon.com/waf/pricing, everywhere"),
    "kms-key": (1.00, "key-month", "ap-northeast-1-KMS-Keys", LIST),
    "kms-request": (3.00e-6, "request", "ap-northeast-1-KMS-Requests", LIST),
    "secret": (0.40, "secret-month", "APN1-AWSSecretsManager-Secrets", LIST),
    "cognito": (0.015, "active user-month", "APN1-CognitoEssentialsMAU", LIST),
}
# What every account has for nothing every month, without end. What ends after a year is left out.
FREE = {
    "lambda-request": 1_000_000,
    "lambda-arm64": 400_000,
    "lambda-x86_64": 400_000,
    "dynamodb-storage": 25,
    "cloudfront-request": 10_000_000,
    "cloudfront-out": 1_000,
    "cloudfront-function": 2_000_000,
    "logs-in": 5,
    "logs-storage": 5,
    "metric": 10,
    "alarm": 10,
    "dashboard": 3,
    "trace": 100_000,
    "kms-request": 20_000,
    "cognito": 10_000,
}
