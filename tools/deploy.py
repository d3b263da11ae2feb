#!/usr/bin/env python3
"""tools/deploy.py: brings a stage of samconfig.toml into an AWS account, and takes a trial away again.

    tools/deploy.py stack STAGE     the small stack in us-east-1, then the product's, then the site
    tools/deploy.py site STAGE      the site's files alone
    tools/deploy.py destroy STAGE   everything of a stage whose tables are not protected, data included

Run it through `make deploy`, `make deploy-site` and `make destroy`, with AWS credentials in the environment.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys

import boto3
import site_bucket
import tomlkit
from botocore.exceptions import BotoCoreError, ClientError
from refusal import Refused
from samcli.yamlhelper import yaml_dump, yaml_parse
from site_bucket import EDGE_REGION

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
EDGE_TEMPLATE = ROOT / "infra" / "edge" / "template.yaml"
# What `sam build` makes of template.yaml.
BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"

# Parameters that no function knows: another value of theirs is no reason to publish versions. One that is missing here
# publishes versions for nothing; one that is here by mistake does not reach the functions.
NOT_OF_FUNCTIONS = {
    "AlarmEmail",
    "AlarmsRollBack",
    "CertificateArn",
    "DeletionProtection",
    "DeploymentType",
    "HostedZoneId",
    "LogRetentionDays",
    "OriginKeyInUse",
    "RequestBurst",
    "RequestsPerSecond",
    "WebAclArn",
}


class Stage:
    """A stage of samconfig.toml."""

    def __init__(self, name: str):
        config = tomlkit.parse((ROOT / "samconfig.toml").read_text())
        # Beside the stages stand the file's version and what is so for all of them.
        stages = sorted(set(config) - {"version", "default"})
        if name not in stages:
            raise Refused(f"samconfig.toml has no stage '{name}': give STAGE={' or STAGE='.join(stages)}")
        own = config[name]
        self.name = name
        self.stack = str(own["global"]["parameters"]["stack_name"])
        self.region = str(config["default"]["global"]["parameters"]["region"])
        self.parameters = _pairs(own["deploy"]["parameters"].get("parameter_overrides", []))
        self.edge_parameters = _pairs(own.get("edge", {}).get("parameters", {}).get("parameter_overrides", []))
        # Both stacks are of one site.
        for shared in ("SiteDomain", "HostedZoneId"):
            if shared in self.parameters:
                self.edge_parameters[shared] = self.parameters[shared]

    @property
    def edge_stack(self) -> str:
        return f"{self.stack}-edge"


def _pairs(overrides) -> dict:
    return dict(str(override).split("=", 1) for override in overrides)


def deploy(stage: Stage, arguments) -> None:
    """Deploys both stacks and the site."""
    for stack, region in ((stage.edge_stack, EDGE_REGION), (stage.stack, stage.region)):
        _clear_failed_creation(stack, region, arguments)
    print(f"1 of 3: {stage.edge_stack} in {EDGE_REGION}: certificate and firewall", flush=True)
    parameters = _all_parameters(EDGE_TEMPLATE, stage.edge_parameters)
    _sam_deploy(stage, arguments, EDGE_TEMPLATE, stage.edge_stack, EDGE_REGION, parameters)
    if arguments.dry_run and not _exists(stage.edge_stack, EDGE_REGION):
        print(f"Steps 2 and 3 can be shown once step 1 is deployed: {stage.stack} needs what it makes.")
        return
    edge = _outputs(stage.edge_stack, EDGE_REGION)
    if arguments.dry_run and "SiteDomain" in stage.parameters and "CertificateArn" not in edge:
        print("Steps 2 and 3 can be shown once step 1 is deployed: it makes the certificate of SiteDomain.")
        return
    parameters = dict(stage.parameters, Architecture=arguments.arch)
    parameters |= {name: edge[name] for name in ("CertificateArn", "WebAclArn") if name in edge}
    if arguments.ignore_alarms:
        parameters["AlarmsRollBack"] = "false"
    parameters = _all_parameters(TEMPLATE, parameters)
    print(f"2 of 3: {stage.stack} in {stage.region}: everything else", flush=True)
    _write_parameters_into_functions(BUILT, parameters)
    _sam_deploy(stage, arguments, BUILT, stage.stack, stage.region, parameters)
    print("3 of 3: the site", flush=True)
    if arguments.dry_run and not _exists(stage.stack, stage.region):
        print("Would put all of the site into the new bucket.")
        return
    deploy_site(stage, arguments)
    if not arguments.dry_run:
        _print_outputs(stage)


def _all_parameters(template: pathlib.Path, given: dict) -> dict:
    """Every parameter, by its default where none is given: one that is not told SAM keeps the value that it has."""
    parameters = yaml_parse(template.read_text())["Parameters"]
    return {name: str(what.get("Default", "")) for name, what in parameters.items()} | given


def _write_parameters_into_functions(built: pathlib.Path, parameters: dict) -> None:
    """Makes each function another one when a parameter changes.

    SAM publishes a version when a function's text changes, and a parameter's value is not in it. Without this, functions
    would go on with the former origin keys and site. Lambda, too, publishes a function only if something about it has
    changed; the description is enough for both.
    """
    of_functions = sorted(item for item in parameters.items() if item[0] not in NOT_OF_FUNCTIONS)
    mark = hashlib.sha256(json.dumps(of_functions).encode()).hexdigest()[:16]
    template = yaml_parse(built.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            # The same build may be deployed twice.
            description = properties["Description"].split(" Parameters ", 1)[0]
            properties["Description"] = f"{description} Parameters {mark}."
    built.write_text(yaml_dump(template))


def _sam_deploy(stage, arguments, template, stack, region, parameters) -> None:
    """Runs `sam deploy`, which shows the changes and asks."""
    # SAM looks for samconfig.toml beside the template otherwise, and finds none there.
    command = [arguments.sam, "deploy", "--config-file", str(ROOT / "samconfig.toml"), "--config-env", stage.name]
    command += ["--template-file", str(template), "--stack-name", stack, "--region", region]
    command.append("--no-fail-on-empty-changeset")
    if arguments.yes:
        command.append("--no-confirm-changeset")
    if arguments.dry_run:
        # The change set is made, shown, and left to be looked at in the console.
        command.append("--no-execute-changeset")
    # Replaces the list of samconfig.toml, which is in it. In quotes, because SAM takes no empty value without them.
    command += ["--parameter-overrides", *(f'{name}="{value}"' for name, value in sorted(parameters.items()))]
    waiting = _waiting_change_sets(stack, region)
    if subprocess.run(command, cwd=ROOT).returncode:
        raise Refused(f"{stack} is not deployed; why is above. Nothing after it was begun.")
    # SAM calls it a success if somebody says no to its changes. Then they still wait.
    if not arguments.dry_run and _waiting_change_sets(stack, region) - waiting:
        raise Refused(f"{stack}: you did not want its changes, so it is as it was. Nothing after it was begun.")


def _waiting_change_sets(stack: str, region: str) -> set:
    """The change sets that could be executed. Executing one of them takes all of them away."""
    if _status(stack, region) is None:
        return set()
    cloudformation = boto3.client("cloudformation", region_name=region)
    pages = cloudformation.get_paginator("list_change_sets").paginate(StackName=stack)
    every = [change_set for page in pages for change_set in page["Summaries"]]
    return {change_set["ChangeSetId"] for change_set in every if change_set.get("ExecutionStatus") == "AVAILABLE"}


def _clear_failed_creation(stack: str, region: str, arguments) -> None:
    """Takes away what a failed first deployment has left, which CloudFormation does not update; data never."""
    if _status(stack, region) not in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"):
        return
    print(f"{stack} in {region} was never whole: its first deployment failed. What is left of it:")
    cloudformation = boto3.client("cloudformation", region_name=region)
    dynamodb = boto3.client("dynamodb", region_name=region)
    tables, has_key = [], False
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            name = resource.get("PhysicalResourceId")
            if not name or resource["ResourceStatus"] == "DELETE_COMPLETE":
                continue
            if resource["ResourceType"] == "AWS::DynamoDB::Table":
                if not _table(dynamodb, name):
                    continue
                if dynamodb.scan(TableName=name, Limit=1, ConsistentRead=True)["Items"]:
                    raise Refused(f"table {name} of it holds data. Keep what you need of it, and delete it by hand.")
                tables.append(name)
            has_key |= resource["ResourceType"] == "AWS::KMS::Key"
            print(f"  {resource['ResourceType']:<24} {name}")
    print("The stack has to be deleted before another try, with its tables, which are empty.")
    if has_key:
        print("The key stays, at a dollar a month, until you schedule its deletion in KMS's console.")
    if arguments.dry_run or not _typed(stack):
        raise Refused(f"{stack} cannot be deployed before that. Nothing was deleted.")
    for name in tables:
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=name)
        dynamodb.delete_table(TableName=name)
        print(f"Deleted table {name}.", flush=True)
    _delete_stack(stack, region)


def deploy_site(stage: Stage, arguments) -> None:
    """Deploys the site's files into the stack that is there."""
    site_bucket.deploy(_outputs(stage.stack, stage.region), stage.region, arguments)


def deploy_site_alone(stage: Stage, arguments) -> None:
    """The same, if that stack lets the pages do what they do."""
    outputs = _outputs(stage.stack, stage.region)
    site_bucket.check_policy(stage.stack, stage.region, arguments.site / "files")
    site_bucket.deploy(outputs, stage.region, arguments)


def destroy(stage: Stage, arguments) -> None:
    """Deletes a stage with all its data, if its configuration says that it is a trial."""
    if stage.parameters.get("DeletionProtection") != "false":
        raise Refused(
            f"stage '{stage.name}' keeps members' data: only a stage whose DeletionProtection is false in "
            "samconfig.toml can be destroyed"
        )
    # Also one that was only looked at.
    has_stack = _status(stage.stack, stage.region) is not None
    has_edge = _status(stage.edge_stack, EDGE_REGION) is not None
    cloudformation = boto3.client("cloudformation", region_name=stage.region)
    dynamodb = boto3.client("dynamodb", region_name=stage.region)
    template = yaml_parse(TEMPLATE.read_text())
    retained = {name for name, what in template["Resources"].items() if what.get("DeletionPolicy") == "Retain"}
    tables, keys, bucket = [], [], None
    if has_stack:
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stage.stack):
            for resource in page["StackResourceSummaries"]:
                name = resource.get("PhysicalResourceId")
                if name and resource["LogicalResourceId"] in retained:
                    {"AWS::DynamoDB::Table": tables, "AWS::KMS::Key": keys}[resource["ResourceType"]].append(name)
        if _exists(stage.stack, stage.region):
            bucket = _outputs(stage.stack, stage.region).get("SiteBucketName")
    if not (has_stack or has_edge):
        print(f"There is nothing of stage '{stage.name}': neither {stage.stack} nor {stage.edge_stack}.")
        return
    tables = sorted(name for name in tables if _table(dynamodb, name))
    for name in tables:
        count = _table(dynamodb, name)["ItemCount"]
        print(f"  table   {name}, with about {count:,} items (as of some hours ago)")
    for name in keys:
        print(f"  key     {name}, after the seven days that AWS waits at least")
    if bucket:
        print(f"  bucket  {bucket}, with all versions of the site")
    for stack, region, there in ((stage.stack, stage.region, has_stack), (stage.edge_stack, EDGE_REGION, has_edge)):
        if there:
            print(f"  stack   {stack} in {region}")
    kept = "DynamoDB itself keeps a backup of tables with point-in-time recovery for 35 days; nothing else comes back."
    if arguments.dry_run:
        print(f"would be deleted. {kept}")
        return
    print(f"will be deleted. {kept}")
    if arguments.confirm != stage.stack and not _typed(stage.stack):
        raise Refused(f"not confirmed: type {stage.stack}, or give CONFIRM={stage.stack}")
    # What outlives the stack goes first: as long as the stack is there, a second try finds what the first has left.
    if bucket:
        _empty_bucket(stage, bucket)
    for name in tables:
        dynamodb.delete_table(TableName=name)
        print(f"Deleted table {name}.", flush=True)
    for name in keys:
        kms = boto3.client("kms", region_name=stage.region)
        # An earlier try may have come so far.
        if kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] != "PendingDeletion":
            kms.schedule_key_deletion(KeyId=name, PendingWindowInDays=7)
    if has_stack:
        _delete_stack(stage.stack, stage.region)
    _forget_secrets(stage)
    if has_edge:
        _delete_stack(stage.edge_stack, EDGE_REGION)
    print(f"Stage '{stage.name}' is gone.")


def _table(dynamodb, name: str) -> dict | None:
    try:
        return dynamodb.describe_table(TableName=name)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return None


def _typed(expected: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"Type {expected} to delete all of this: ").strip() == expected


def _empty_bucket(stage: Stage, bucket: str) -> None:
    s3 = boto3.client("s3", region_name=stage.region)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = page.get("Versions", []) + page.get("DeleteMarkers", [])
        objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
        if objects:
            failed = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors", [])
            if failed:
                raise Refused(f"{bucket}: {failed[0]['Key']} cannot be deleted: {failed[0]['Message']}")


def _forget_secrets(stage: Stage) -> None:
    """Deletes the origin keys that still wait for their deletion: their names are free for the next trial."""
    secrets = boto3.client("secretsmanager", region_name=stage.region)
    names = {"Filters": [{"Key": "name", "Values": [f"{stage.stack}/origin-key-"]}], "IncludePlannedDeletion": True}
    for page in secrets.get_paginator("list_secrets").paginate(**names):
        for secret in page["SecretList"]:
            secrets.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)


def _delete_stack(stack: str, region: str) -> None:
    cloudformation = boto3.client("cloudformation", region_name=region)
    print(f"Deleting {stack} (a distribution takes some ten minutes) ...", flush=True)
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)


def _exists(stack: str, region: str) -> bool:
    """Whether there is something in it: a stack that only a change set was made for has nothing."""
    return _status(stack, region) not in (None, "REVIEW_IN_PROGRESS")


def _status(stack: str, region: str) -> str | None:
    try:
        return _describe(stack, region)["StackStatus"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _describe(stack: str, region: str) -> dict:
    cloudformation = boto3.client("cloudformation", region_name=region)
    return cloudformation.describe_stacks(StackName=stack)["Stacks"][0]


def _outputs(stack: str, region: str) -> dict:
    if not _exists(stack, region):
        raise Refused(f"there is no stack {stack} in {region} yet: `make deploy` makes it")
    return {output["OutputKey"]: output["OutputValue"] for output in _describe(stack, region).get("Outputs", [])}


def _print_outputs(stage: Stage) -> None:
    print(f"\nStage '{stage.name}' is deployed. What operators need of it (docs/operations.md):")
    for name, value in sorted(_outputs(stage.stack, stage.region).items()):
        print(f"  {name:<24} {value}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n", 1)[1], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["stack", "site", "destroy"])
    parser.add_argument("stage", metavar="STAGE", help="a stage of samconfig.toml, such as test or prod")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask before changes (stack)")
    parser.add_argument(
        "--ignore-alarms",
        action="store_true",
        help="deploy although an alarm is on, all at once (stack)",
    )
    parser.add_argument("--confirm", metavar="STACK", help="the stack's name, in the place of typing it (destroy)")
    parser.add_argument("--arch", default="arm64", help="the instruction set of what was built (stack)")
    parser.add_argument("--sam", default="sam", help="the program (stack)")
    parser.add_argument("--site", type=pathlib.Path, help="the folder that the site was assembled into (stack, site)")
    parser.add_argument("--assembler", help="the program site, of infra/site (stack, site)")
    arguments = parser.parse_args()
    try:
        stage = Stage(arguments.stage)
        {"stack": deploy, "site": deploy_site_alone, "destroy": destroy}[arguments.what](stage, arguments)
    except Refused as why:
        print(f"deploy: {why}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"deploy: AWS: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
