//! What there is: the types of resources that the template uses, with their properties, and the actions that its
//! policies name. CloudFormation and SAM would refuse a misspelled property at the deployment, IAM would silently
//! allow nothing by a misspelled action; here both are refused when the template is read. Who uses another type, or a
//! property that AWS has made since, adds it.

use super::resolve::kind;
use crate::iam::matches;
use crate::yaml::{Node, Value, YamlError};

/// The entries of a mapping of the template, by its place: the type of a resource, and the names on the way from
/// there.
const ENTRIES: &[(&str, &str)] = &[
    ("AWS::CloudFront::Distribution", "DistributionConfig Tags"),
    (
        "AWS::CloudFront::Distribution/DistributionConfig",
        "Aliases AnycastIpListId CNAMEs CacheBehaviors Comment ConnectionFunctionAssociation ConnectionMode \
         ContinuousDeploymentPolicyId CustomErrorResponses CustomOrigin DefaultCacheBehavior DefaultRootObject Enabled \
         HttpVersion IPV6Enabled Logging OriginGroups Origins PriceClass Restrictions S3Origin Staging TenantConfig \
         ViewerCertificate ViewerMtlsConfig WebACLId",
    ),
    (
        "AWS::CloudFront::Distribution/DistributionConfig/CacheBehaviors",
        "AllowedMethods CachePolicyId CachedMethods Compress DefaultTTL FieldLevelEncryptionId ForwardedValues \
         FunctionAssociations GrpcConfig LambdaFunctionAssociations MaxTTL MinTTL OriginRequestPolicyId PathPattern \
         RealtimeLogConfigArn ResponseHeadersPolicyId SmoothStreaming TargetOriginId TrustedKeyGroups TrustedSigners \
         ViewerProtocolPolicy",
    ),
    (
        "AWS::CloudFront::Distribution/DistributionConfig/DefaultCacheBehavior",
        "AllowedMethods CachePolicyId CachedMethods Compress DefaultTTL FieldLevelEncryptionId ForwardedValues \
         FunctionAssociations GrpcConfig LambdaFunctionAssociations MaxTTL MinTTL OriginRequestPolicyId \
         RealtimeLogConfigArn ResponseHeadersPolicyId SmoothStreaming TargetOriginId TrustedKeyGroups TrustedSigners \
         ViewerProtocolPolicy",
    ),
    ("AWS::CloudFront::CachePolicy", "CachePolicyConfig"),
    (
        "AWS::CloudFront::CachePolicy/CachePolicyConfig",
        "Comment DefaultTTL MaxTTL MinTTL Name ParametersInCacheKeyAndForwardedToOrigin",
    ),
    (
        "AWS::CloudFront::Function",
        "AutoPublish FunctionCode FunctionConfig FunctionMetadata Name Tags",
    ),
    (
        "AWS::CloudFront::OriginAccessControl",
        "OriginAccessControlConfig",
    ),
    (
        "AWS::CloudFront::OriginRequestPolicy",
        "OriginRequestPolicyConfig",
    ),
    (
        "AWS::CloudFront::OriginRequestPolicy/OriginRequestPolicyConfig",
        "Comment CookiesConfig HeadersConfig Name QueryStringsConfig",
    ),
    (
        "AWS::CloudFront::ResponseHeadersPolicy",
        "ResponseHeadersPolicyConfig",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions \
         EvaluateLowSampleCountPercentile EvaluationCriteria EvaluationInterval EvaluationPeriods ExtendedStatistic \
         InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Tags Threshold \
         ThresholdMetricId TreatMissingData Unit",
    ),
    (
        "AWS::CloudWatch::Dashboard",
        "DashboardBody DashboardName Tags",
    ),
    (
        "AWS::DynamoDB::Table",
        "AttributeDefinitions BillingMode ContributorInsightsSpecification DeletionProtectionEnabled \
         GlobalSecondaryIndexes ImportSourceSpecification KeySchema KinesisStreamSpecification LocalSecondaryIndexes \
         OnDemandThroughput PointInTimeRecoverySpecification ProvisionedThroughput ResourcePolicy SSESpecification \
         StreamSpecification TableClass TableName Tags TimeToLiveSpecification WarmThroughput",
    ),
    (
        "AWS::DynamoDB::Table/AttributeDefinitions",
        "AttributeName AttributeType",
    ),
    ("AWS::DynamoDB::Table/KeySchema", "AttributeName KeyType"),
    (
        "AWS::DynamoDB::Table/PointInTimeRecoverySpecification",
        "PointInTimeRecoveryEnabled RecoveryPeriodInDays",
    ),
    (
        "AWS::DynamoDB::Table/SSESpecification",
        "KMSMasterKeyId SSEEnabled SSEType",
    ),
    (
        "AWS::DynamoDB::Table/TimeToLiveSpecification",
        "AttributeName Enabled",
    ),
    (
        "AWS::IAM::ManagedPolicy",
        "Description Groups ManagedPolicyName Path PolicyDocument Roles Users",
    ),
    (
        "AWS::KMS::Key",
        "BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage MultiRegion \
         Origin PendingWindowInDays RotationPeriodInDays Tags",
    ),
    (
        "AWS::Logs::LogGroup",
        "BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies KmsKeyId \
         LogGroupClass LogGroupName ResourcePolicyDocument RetentionInDays Tags",
    ),
    (
        "AWS::Logs::MetricFilter",
        "ApplyOnTransformedLogs EmitSystemFieldDimensions FieldSelectionCriteria FilterName FilterPattern LogGroupName \
         MetricTransformations",
    ),
    (
        "AWS::Logs::MetricFilter/MetricTransformations",
        "DefaultValue Dimensions MetricName MetricNamespace MetricValue Unit",
    ),
    (
        "AWS::Logs::QueryDefinition",
        "LogGroupNames Name Parameters QueryLanguage QueryString",
    ),
    (
        "AWS::Route53::RecordSetGroup",
        "Comment HostedZoneId HostedZoneName RecordSets",
    ),
    (
        "AWS::S3::Bucket",
        "AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations BucketEncryption BucketName \
         BucketNamePrefix BucketNamespace CorsConfiguration IntelligentTieringConfigurations InventoryConfigurations \
         LifecycleConfiguration LoggingConfiguration MetadataConfiguration MetadataTableConfiguration \
         MetricsConfigurations NotificationConfiguration ObjectLockConfiguration ObjectLockEnabled OwnershipControls \
         PublicAccessBlockConfiguration ReplicationConfiguration Tags VersioningConfiguration WebsiteConfiguration",
    ),
    ("AWS::S3::BucketPolicy", "Bucket PolicyDocument"),
    (
        "AWS::SES::ConfigurationSet",
        "ArchivingOptions DeliveryOptions Name ReputationOptions SendingOptions SuppressionOptions Tags \
         TrackingOptions VdmOptions",
    ),
    (
        "AWS::SES::ConfigurationSet/DeliveryOptions",
        "MaxDeliverySeconds SendingPoolName TlsPolicy",
    ),
    (
        "AWS::SES::ConfigurationSet/SuppressionOptions",
        "SuppressedReasons ValidationOptions",
    ),
    (
        "AWS::SES::ConfigurationSetEventDestination",
        "ConfigurationSetName EventDestination",
    ),
    (
        "AWS::SES::ConfigurationSetEventDestination/EventDestination",
        "CloudWatchDestination Enabled EventBridgeDestination KinesisFirehoseDestination MatchingEventTypes Name \
         SnsDestination",
    ),
    (
        "AWS::SES::EmailIdentity",
        "ConfigurationSetAttributes DkimAttributes DkimSigningAttributes EmailIdentity FeedbackAttributes \
         MailFromAttributes Tags",
    ),
    (
        "AWS::SES::EmailIdentity/ConfigurationSetAttributes",
        "ConfigurationSetName",
    ),
    (
        "AWS::SNS::Subscription",
        "DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery RedrivePolicy Region \
         ReplayPolicy SubscriptionRoleArn TopicArn",
    ),
    (
        "AWS::SNS::Topic",
        "ArchivePolicy ContentBasedDeduplication DataProtectionPolicy DeliveryStatusLogging DisplayName \
         FifoThroughputScope FifoTopic KmsMasterKeyId SignatureVersion Subscription Tags TopicName TracingConfig",
    ),
    ("AWS::SNS::TopicPolicy", "PolicyDocument Topics"),
    (
        "AWS::SQS::Queue",
        "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit \
         KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod QueueName \
         ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy SqsManagedSseEnabled Tags VisibilityTimeout",
    ),
    ("AWS::SQS::QueuePolicy", "PolicyDocument Queues"),
    (
        "AWS::SecretsManager::Secret",
        "Description GenerateSecretString KmsKeyId Name ReplicaRegions SecretString Tags Type",
    ),
    (
        "AWS::Serverless::Function",
        "Architectures AssumeRolePolicyDocument AutoPublishAlias AutoPublishAliasAllProperties AutoPublishCodeSha256 \
         CapacityProviderConfig CodeSigningConfigArn CodeUri DeadLetterQueue DeploymentPreference Description \
         DurableConfig Environment EphemeralStorage EventInvokeConfig Events FileSystemConfigs FunctionName \
         FunctionScalingConfig FunctionUrlConfig Handler ImageConfig ImageUri InlineCode KmsKeyArn Layers LoggingConfig \
         MemorySize PackageType PermissionsBoundary Policies PropagateTags ProvisionedConcurrencyConfig \
         PublishToLatestPublished RecursiveLoop ReservedConcurrentExecutions Role RolePath Runtime \
         RuntimeManagementConfig SnapStart SourceKMSKeyArn Tags TenancyConfig Timeout Tracing VersionDeletionPolicy \
         VersionDescription VpcConfig",
    ),
    (
        "AWS::Serverless::Function/DeploymentPreference",
        "Alarms Enabled Hooks PassthroughCondition Role TriggerConfigurations Type",
    ),
    ("AWS::Serverless::Function/Environment", "Variables"),
    (
        "AWS::Serverless::Function/EventInvokeConfig",
        "DestinationConfig MaximumEventAgeInSeconds MaximumRetryAttempts",
    ),
    (
        "AWS::Serverless::Function/LoggingConfig",
        "ApplicationLogLevel LogFormat LogGroup SystemLogLevel",
    ),
    (
        "AWS::Serverless::HttpApi",
        "AccessLogSettings Auth CorsConfiguration DefaultRouteSettings DefinitionBody DefinitionUri Description \
         DisableExecuteApiEndpoint Domain FailOnWarnings Name PropagateTags RouteSettings StageName StageVariables Tags",
    ),
    (EVENT, "Properties Type"),
    (
        HTTP_API_EVENT,
        "ApiId Auth Method Path PayloadFormatVersion RouteSettings TimeoutInMillis",
    ),
    (
        EVENT_BRIDGE_EVENT,
        "DeadLetterConfig EventBusName Input InputPath InputTransformer Pattern RetryPolicy RuleName State Target",
    ),
    (
        RESOURCE,
        "Condition Connectors CreationPolicy DeletionPolicy DependsOn IgnoreGlobals Metadata Properties Type \
         UpdatePolicy UpdateReplacePolicy",
    ),
];

const RESOURCE: &str = "a resource";
pub(super) const EVENT: &str = "an event";
pub(super) const HTTP_API_EVENT: &str = "an HttpApi event";
pub(super) const EVENT_BRIDGE_EVENT: &str = "an EventBridgeRule event";

/// The actions that policies may name, by their service.
const ACTIONS: &[(&str, &str)] = &[
    (
        "dynamodb",
        "BatchGetItem BatchWriteItem ConditionCheckItem CreateBackup CreateTable DeleteBackup DeleteItem \
         DeleteResourcePolicy DeleteTable DescribeBackup DescribeContinuousBackups DescribeContributorInsights \
         DescribeEndpoints DescribeExport DescribeImport DescribeLimits DescribeStream DescribeTable \
         DescribeTimeToLive ExportTableToPointInTime GetItem GetRecords GetResourcePolicy GetShardIterator ImportTable \
         ListBackups ListContributorInsights ListExports ListImports ListStreams ListTables ListTagsOfResource \
         PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate PutItem PutResourcePolicy Query \
         RestoreTableFromAwsBackup RestoreTableFromBackup RestoreTableToPointInTime Scan TagResource UntagResource \
         UpdateContinuousBackups UpdateContributorInsights UpdateItem UpdateTable UpdateTimeToLive",
    ),
    (
        "logs",
        "CreateLogDelivery CreateLogGroup CreateLogStream DeleteLogDelivery DescribeLogGroups DescribeLogStreams \
         FilterLogEvents GetLogEvents GetLogRecord GetQueryResults PutLogEvents StartQuery StopQuery",
    ),
    (
        "ses",
        "DeleteSuppressedDestination GetAccount GetConfigurationSet GetEmailIdentity GetMessageInsights GetSendQuota \
         GetSendStatistics GetSuppressedDestination ListEmailIdentities ListSuppressedDestinations \
         PutAccountSuppressionAttributes PutConfigurationSetSuppressionOptions PutSuppressedDestination \
         SendBulkEmail SendBulkTemplatedEmail SendEmail SendRawEmail SendTemplatedEmail",
    ),
];

/// Refuses a resource of another type, and an entry that its type does not have. The resource may have intrinsic
/// functions.
pub(super) fn check(resource: &Node) -> Result<(), YamlError> {
    let kind = kind(resource);
    if kind.is_empty() {
        return Err(resource.error("`Type` is missing"));
    }
    if entries(kind).is_none() {
        let at = resource.get("Type").unwrap_or(resource);
        return Err(at.error(format!(
            "the local stack does not know resources of the type `{kind}`"
        )));
    }
    only_known(RESOURCE, resource)?;
    resource
        .get("Properties")
        .map_or(Ok(()), |properties| only_known(kind, properties))
}

/// Refuses entries that a place of the template does not have.
pub(super) fn only_known(place: &str, node: &Node) -> Result<(), YamlError> {
    let Some(known) = entries(place) else {
        return Ok(());
    };
    match &node.value {
        Value::List(items) => items.iter().try_for_each(|item| only_known(place, item)),
        Value::Map(found) => found.iter().try_for_each(|(name, entry)| {
            // What an intrinsic function makes of it is not looked into.
            if name == "Ref" || name.starts_with("Fn::") {
                return Ok(());
            }
            if !known.split_whitespace().any(|known| known == name) {
                let of = place.replace('/', ", ");
                return Err(entry.error(format!("there is no `{name}` in {of}")));
            }
            only_known(&format!("{place}/{name}"), entry)
        }),
        _ => Ok(()),
    }
}

fn entries(place: &str) -> Option<&'static str> {
    ENTRIES
        .iter()
        .find(|(known, _)| *known == place)
        .map(|(_, entries)| *entries)
}

/// Whether a pattern of a policy fits an action that there is.
pub(super) fn is_action(pattern: &str) -> bool {
    let pattern = pattern.to_lowercase();
    ACTIONS.iter().any(|(service, names)| {
        names
            .split_whitespace()
            .any(|name| matches(&pattern, &format!("{service}:{name}").to_lowercase()))
    })
}
