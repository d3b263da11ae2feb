"""The site in its bucket: what a deployment uploads and takes away, and whether the stack that is there fits to it."""

import hashlib
import json
import pathlib
import subprocess
import tempfile
import time

import boto3
from inline_scripts import refused
from refusal import Refused

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Where CloudFront's API is.
EDGE_REGION = "us-east-1"
NOT_FOUND = "404.html"
# By which the bucket's rule knows what expires; infra/site has the same name.
SUPERSEDED = "superseded"
# Only what is named by its content is ever superseded: a call for each page would find nothing.
ASSETS = "assets/"
# What the template calls the policy of the headers, the content security policy among them.
HEADERS = "SecurityHeaders"


def deploy(outputs: dict, region: str, arguments) -> None:
    """Makes the bucket what the site was assembled to, step by step as infra/site plans; then the caches are emptied."""
    s3 = boto3.client("s3", region_name=region)
    bucket = outputs["SiteBucketName"]
    files = {file["path"]: file for file in json.loads((arguments.site / "files.json").read_text())}
    steps = _plan(arguments, files, _objects(s3, bucket))
    would = "would be " if arguments.dry_run else ""
    said = {"put": "written", "supersede": "tagged, to go in 30 days", "replace": f"replaced by {NOT_FOUND}"}
    for step in steps:
        [(what, key)] = step.items()
        print(f"  {would}{said.get(what, 'removed')}  {key}", flush=True)
        if arguments.dry_run:
            continue
        if what == "put":
            _put(s3, bucket, key, files[key], arguments.site)
        elif what == "supersede":
            _supersede(s3, bucket, key)
        elif what == "replace":
            _put(s3, bucket, key, files[NOT_FOUND], arguments.site)
        else:
            s3.delete_object(Bucket=bucket, Key=key)
    print(f"{len(files)} files, {len(steps)} steps.")
    if not arguments.dry_run:
        # Also when nothing has changed: an earlier run may have ended before this.
        _empty_caches(outputs["DistributionId"])


def check_policy(stack: str, region: str, pages: pathlib.Path) -> None:
    """Refuses pages with a script that the deployed policy keeps from running: what is pressed early would be lost."""
    cloudformation = boto3.client("cloudformation", region_name=region)
    resource = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=HEADERS)
    cloudfront = boto3.client("cloudfront", region_name=EDGE_REGION)
    headers = cloudfront.get_response_headers_policy_config(Id=resource["StackResourceDetail"]["PhysicalResourceId"])
    security = headers["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    unknown = refused(security["ContentSecurityPolicy"]["ContentSecurityPolicy"], pages)
    if unknown:
        raise Refused(
            f"the content security policy of {stack} does not know the script in {unknown[0]}: the site has to go out "
            "with the stack, by `make deploy`"
        )


def _objects(s3, bucket: str) -> list:
    """What is in the bucket: key, S3's tag of the content, and whether it is marked as superseded."""
    objects = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            superseded = item["Key"].startswith(ASSETS) and _is_superseded(s3, bucket, item["Key"])
            objects.append((item["Key"], item["ETag"].strip('"'), superseded))
    return objects


def _is_superseded(s3, bucket: str, key: str) -> bool:
    marks = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return any(mark["Key"] == SUPERSEDED for mark in marks)


def _plan(arguments, files: dict, objects: list) -> list:
    """The steps that infra/site plans, each a dictionary of what is done and the key."""

    def tag(path: str) -> str:
        # Not for safety: it is the tag that S3 gives.
        content = (arguments.site / "files" / path).read_bytes()
        return hashlib.md5(content, usedforsecurity=False).hexdigest()

    there = [
        {"key": key, "isSame": tag(key if key in files else NOT_FOUND) == etag, "superseded": superseded}
        for key, etag, superseded in objects
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as listing:
        json.dump(there, listing)
        listing.flush()
        command = [arguments.assembler, "--site", str(ROOT / "site"), "plan", listing.name]
        run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise Refused(run.stderr.strip())
    return json.loads(run.stdout)


def _put(s3, bucket: str, key: str, file: dict, site: pathlib.Path) -> None:
    more = {"CacheControl": file["cacheControl"]} if file["cacheControl"] else {}
    body = (site / "files" / file["path"]).read_bytes()
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=file["mediaType"], **more)


def _supersede(s3, bucket: str, key: str) -> None:
    """Writes a file anew, with the tag: S3 counts the days of its rule from when an object was written."""
    head = s3.head_object(Bucket=bucket, Key=key)
    more = {"CacheControl": head["CacheControl"]} if "CacheControl" in head else {}
    s3.copy_object(
        Bucket=bucket,
        Key=key,
        CopySource={"Bucket": bucket, "Key": key},
        ContentType=head["ContentType"],
        MetadataDirective="REPLACE",
        Tagging=f"{SUPERSEDED}=true",
        TaggingDirective="REPLACE",
        **more,
    )


def _empty_caches(distribution: str) -> None:
    cloudfront = boto3.client("cloudfront", region_name=EDGE_REGION)
    # The same files twice in a second are two invalidations; neither does harm.
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": str(time.time_ns())}
    cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    print("The caches are being emptied: members get the new files within a minute or two.")
