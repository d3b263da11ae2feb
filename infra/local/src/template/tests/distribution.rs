//! What is read of the distribution: the headers, what reaches the API, and what is kept.

use super::*;

/// A template with a response headers policy whose configuration this is.
fn policy(config: &str) -> Result<Template, YamlError> {
    with(&format!(
        "Resources:\n  Headers:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n    Properties:\n      \
         ResponseHeadersPolicyConfig: {config}\n"
    ))
}

/// A template with a policy for pages and one for the API, and a distribution whose configuration
/// this is.
fn distribution(config: &str) -> Result<Template, YamlError> {
    let policy = |name: &str| {
        format!(
            "  {name}:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n    Properties:\n      \
             ResponseHeadersPolicyConfig: {{ CustomHeadersConfig: {{ Items: [{{ Header: X-Of, Value: {name}, \
             Override: true }}] }} }}\n"
        )
    };
    with(&format!(
        "Resources:\n{}{}  Distribution:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      \
         DistributionConfig: {config}\n",
        policy("ForPages"),
        policy("ForApi")
    ))
}

#[test]
fn a_header_of_the_origin_stays_where_the_policy_says_so() {
    let template = policy(
        "{ CustomHeadersConfig: { Items: [{ Header: X-Weak, Value: policy, Override: false }, { Header: \
         X-Strong, Value: policy, Override: true }] } }",
    )
    .unwrap();
    let origin = HeaderValue::from_static("origin");
    let mut headers = HeaderMap::new();
    headers.insert("x-weak", origin.clone());
    headers.insert("x-strong", origin);
    template.headers.site.add_to(&mut headers);
    assert_eq!(
        (&headers["x-weak"], &headers["x-strong"]),
        (
            &HeaderValue::from_static("origin"),
            &HeaderValue::from_static("policy")
        )
    );
    let mut headers = HeaderMap::new();
    template.headers.api.add_to(&mut headers);
    assert_eq!(headers["x-weak"], "policy");
}

#[test]
fn a_distribution_says_which_policy_is_for_what() {
    let of = |policy: &Policy| {
        let mut headers = HeaderMap::new();
        policy.add_to(&mut headers);
        headers
            .get("x-of")
            .map(|value| value.to_str().unwrap().to_owned())
    };
    for (config, site, api) in [
        (
            "{ DefaultCacheBehavior: { Compress: true, ResponseHeadersPolicyId: !Ref ForPages }, \
             CacheBehaviors: [{ PathPattern: /api/*, TargetOriginId: api, CachePolicyId: \
             4135ea2d-6df8-44a3-9df3-4b5a84be39ad, ResponseHeadersPolicyId: !Ref ForApi }], Origins: [{ Id: api }] }",
            Some("ForPages"),
            Some("ForApi"),
        ),
        (
            "{ DefaultCacheBehavior: { Compress: true, ResponseHeadersPolicyId: !Ref ForPages } }",
            Some("ForPages"),
            Some("ForPages"),
        ),
        (
            "{ DefaultCacheBehavior: { Compress: true }, CacheBehaviors: [{ PathPattern: api/*, TargetOriginId: api, \
             CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad, ResponseHeadersPolicyId: !Ref ForApi }], \
             Origins: [{ Id: api }] }",
            None,
            Some("ForApi"),
        ),
    ] {
        let headers = distribution(config).unwrap().headers;
        assert_eq!(
            (of(&headers.site).as_deref(), of(&headers.api).as_deref()),
            (site, api),
            "{config}"
        );
    }
}

/// A template with a distribution whose behaviour for the API has this cache policy, this origin request
/// policy and this origin.
fn api_behaviour(caching: &str, requests: &str, origin: &str) -> Result<Template, YamlError> {
    with(&format!(
        "Resources:\n  Key:\n    Type: AWS::SecretsManager::Secret\n  Requests:\n    Type: \
         AWS::CloudFront::OriginRequestPolicy\n    Properties:\n      OriginRequestPolicyConfig: {requests}\n  \
         Distribution:\n    Type: AWS::CloudFront::Distribution\n    Properties:\n      DistributionConfig:\n        \
         DefaultCacheBehavior: {{ Compress: true }}\n        CacheBehaviors: [{{ PathPattern: /api/*, \
         TargetOriginId: api, CachePolicyId: {caching}, OriginRequestPolicyId: !Ref Requests }}]\n        Origins: \
         [{origin}]\n"
    ))
}

const NO_CACHE: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const REQUESTS: &str = "{ HeadersConfig: { HeaderBehavior: whitelist, Headers: [Content-Type] }, CookiesConfig: { \
                        CookieBehavior: whitelist, Cookies: [__Host-a] }, QueryStringsConfig: { \
                        QueryStringBehavior: none } }";

#[test]
fn what_reaches_the_api_is_what_the_distribution_sends_on() {
    let origin = "{ Id: site }, { Id: api, OriginCustomHeaders: [{ HeaderName: X-Origin-Key, HeaderValue: !Sub \
                  '{{resolve:secretsmanager:${Key}:SecretString}}' }] }";
    let template = api_behaviour(NO_CACHE, REQUESTS, origin).unwrap();
    let to_api = template.to_api.unwrap();
    assert_eq!(
        (to_api.headers, to_api.cookies),
        (
            ["content-type".to_owned()].into(),
            ["__Host-a".to_owned()].into()
        )
    );
    let [(name, value)] = to_api.added.as_slice() else {
        panic!("{:?}", to_api.added)
    };
    assert_eq!(
        (name.as_str(), value.as_bytes()),
        ("x-origin-key", &b"local-Key"[..])
    );
    assert_eq!(read(FIXTURE).unwrap().to_api, None);
}

/// A template whose distribution has this behaviour before that for the API, with this `MinTTL`.
fn kept_behaviour(behaviour: &str, least: u8) -> Result<Template, YamlError> {
    with(&format!(
        "Resources:\n  Public:\n    Type: AWS::CloudFront::CachePolicy\n    Properties:\n      \
         CachePolicyConfig: {{ MinTTL: {least}, DefaultTTL: 0, MaxTTL: 60, \
         ParametersInCacheKeyAndForwardedToOrigin: {{ HeadersConfig: {{ HeaderBehavior: whitelist, Headers: \
         [Accept-Language] }}, CookiesConfig: {{ CookieBehavior: none }}, QueryStringsConfig: {{ \
         QueryStringBehavior: none }} }} }}\n  Distribution:\n    Type: AWS::CloudFront::Distribution\n    \
         Properties:\n      DistributionConfig:\n        DefaultCacheBehavior: {{ Compress: true }}\n        \
         CacheBehaviors: [{behaviour}, {{ PathPattern: /api/*, TargetOriginId: api, CachePolicyId: {NO_CACHE} \
         }}]\n        Origins: [{{ Id: api }}, {{ Id: site }}]\n"
    ))
}

#[test]
fn what_of_the_api_cloudfront_keeps_is_read() {
    let behaviour =
        "{ PathPattern: /api/things/*, TargetOriginId: api, CachePolicyId: !Ref Public }";
    assert_eq!(
        kept_behaviour(behaviour, 0).unwrap().keeping,
        Keeping {
            prefix: "/api/things/".to_owned(),
            headers: ["accept-language".to_owned()].into(),
            at_most: 60,
        }
    );
    let changed = |from: &str, to: &str| kept_behaviour(&behaviour.replace(from, to), 0);
    refused(vec![
        (kept_behaviour(behaviour, 1), "only for as long as it says"),
        (changed("things/*", "things"), "keeps whole folders"),
        (
            changed("TargetOriginId: api", "TargetOriginId: site"),
            "takes `TargetOriginId` of `api/*`",
        ),
        (changed("!Ref Public", NO_CACHE), "no cache policy"),
    ]);
}

#[test]
fn what_cloudfront_would_do_otherwise_is_refused() {
    let api = "{ Id: api }";
    let all = REQUESTS.replace("HeaderBehavior: whitelist", "HeaderBehavior: allViewer");
    refused(vec![
        (
            api_behaviour("658327ea-f89d-4fab-a63d-7e88639e58f6", REQUESTS, api),
            "caches no answer of the API",
        ),
        (
            api_behaviour(NO_CACHE, REQUESTS, "{ Id: site }"),
            "the distribution has no origin `api`",
        ),
        (api_behaviour(NO_CACHE, &all, api), "not `allViewer`"),
        (
            distribution(
                "{ DefaultCacheBehavior: { Compress: true }, CustomErrorResponses: [{ ErrorCode: 404 }] }",
            ),
            "take the place of the API's refusals",
        ),
        (
            function("      Environment: { Variables: { A: '{{resolve:ssm:name}}' } }\n"),
            "of dynamic references the local stack knows",
        ),
    ]);
}

#[test]
fn headers_that_would_not_be_cloudfronts_are_refused() {
    refused(vec![
        (
            policy("{ CorsConfig: { OriginOverride: true } }"),
            "line 5: Headers: the local stack does not know `CorsConfig` of a response headers policy",
        ),
        (
            policy("{ SecurityHeadersConfig: { ContentTypeOptions: {} } }"),
            "`Override` is missing",
        ),
        (
            policy("{ SecurityHeadersConfig: { ContentTypeOptions: { Override: perhaps } } }"),
            "`true` or `false` is expected here",
        ),
        (
            policy(
                "{ SecurityHeadersConfig: { XSSProtection: { Override: true, Protection: true, ReportUri: /r } } }",
            ),
            "does not know `ReportUri`",
        ),
        (
            policy("{ SecurityHeadersConfig: { Expect: { Override: true } } }"),
            "`Expect` is no security header of CloudFront",
        ),
        (
            policy(
                "{ CustomHeadersConfig: { Items: [{ Header: X Y, Value: z, Override: true }] } }",
            ),
            "`X Y` is no name of a header",
        ),
        (
            distribution("{ DefaultCacheBehavior: {} }"),
            "say `Compress: true`",
        ),
        (
            distribution(
                "{ DefaultCacheBehavior: { Compress: true, ResponseHeadersPolicyId: 67f7725c } }",
            ),
            "the template has no response headers policy `67f7725c`",
        ),
        (
            distribution(
                "{ DefaultCacheBehavior: { Compress: true }, CacheBehaviors: [{ PathPattern: '*.js' }] }",
            ),
            "not for `*.js`",
        ),
        (
            with(
                "Resources:\n  A:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n    Properties: { \
                 ResponseHeadersPolicyConfig: {} }\n  B:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n    \
                 Properties: { ResponseHeadersPolicyConfig: {} }\n",
            ),
            "several response headers policies",
        ),
    ]);
}
