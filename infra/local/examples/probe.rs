//! A function for the tests of the local stack: it does what the request's body says.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a function prints is under test"
)]

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Put, TransactWriteItem};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader};
use lambda_http::http::StatusCode;
use lambda_http::{Error, Request, RequestPayloadExt, Response, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone)]
struct Clients {
    dynamodb: aws_sdk_dynamodb::Client,
    ses: aws_sdk_sesv2::Client,
    table: String,
    other_table: String,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
enum Task {
    Echo,
    Put {
        thing: String,
        value: Option<String>,
        ttl: Option<String>,
    },
    Get {
        thing: String,
        consistent: bool,
    },
    PutNew {
        thing: String,
    },
    GetBatch {
        thing: String,
    },
    Parallel,
    Sequence,
    Other,
    Transact {
        thing: String,
        token: Option<String>,
    },
    Mail {
        from: String,
        to: String,
    },
    Sleep {
        millis: u64,
    },
    Say {
        text: String,
    },
    Crash,
    Report,
    Fail,
    Environment,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment: HashMap<_, _> = std::env::vars().collect();
    if environment.contains_key("FAIL_INIT") {
        return Err("no configuration".into());
    }
    let clients = clients(&environment)?;
    lambda_http::run(service_fn(|request| handle(clients.clone(), request))).await
}

fn clients(environment: &HashMap<String, String>) -> Result<Clients, Error> {
    let variable = |name: &str| {
        environment
            .get(name)
            .cloned()
            .ok_or_else(|| format!("{name} is missing"))
    };
    let credentials = aws_credential_types::Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        Some(variable("AWS_SESSION_TOKEN")?),
        None,
        "lambda",
    );
    let region = aws_sdk_dynamodb::config::Region::new(variable("AWS_REGION")?);
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(10));
    let http = aws_smithy_http_client::Builder::new().build_http();
    let dynamodb = aws_sdk_dynamodb::Config::builder()
        .region(region.clone())
        .retry_config(retries.clone())
        .credentials_provider(credentials.clone())
        .endpoint_url(variable("AWS_ENDPOINT_URL_DYNAMODB")?)
        .http_client(http.clone())
        .build();
    let ses = aws_sdk_sesv2::Config::builder()
        .region(region)
        .retry_config(retries)
        .credentials_provider(credentials)
        .endpoint_url(variable("AWS_ENDPOINT_URL_SESV2")?)
        .http_client(http)
        .build();
    Ok(Clients {
        dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
        ses: aws_sdk_sesv2::Client::from_conf(ses),
        table: variable("THINGS_TABLE")?,
        other_table: variable("OTHERS_TABLE")?,
    })
}

async fn handle(clients: Clients, request: Request) -> Result<Response<String>, Error> {
    let context = format!(
        "{:?}",
        request
            .extensions()
            .get::<lambda_http::request::RequestContext>()
    );
    let task: Task = match request.json() {
        Ok(Some(Task::Report)) => return Err("reported".into()),
        Ok(Some(task)) => task,
        _ => return answer(StatusCode::BAD_REQUEST, &json!({"error": "no task"})),
    };
    let result = Box::pin(perform(&clients, task, &context)).await;
    match result {
        Ok(value) => answer(StatusCode::OK, &value),
        Err(error) => answer(StatusCode::SERVICE_UNAVAILABLE, &json!({"error": error})),
    }
}

fn answer(status: StatusCode, value: &Value) -> Result<Response<String>, Error> {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("set-cookie", "first=1; Path=/")
        .header("set-cookie", "second=2; Path=/")
        .header("cache-control", "no-store")
        .header("x-probe", "origin")
        .body(value.to_string())?;
    Ok(response)
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

async fn perform(clients: &Clients, task: Task, context: &str) -> Result<Value, String> {
    let db = &clients.dynamodb;
    let table = &clients.table;
    let get = |thing: &'static str| {
        db.get_item()
            .table_name(table)
            .key("thing", text(thing))
            .send()
    };
    match task {
        Task::Echo => Ok(json!({"context": context, "pid": std::process::id()})),
        Task::Put { thing, value, ttl } => {
            let put = db.put_item().table_name(table).item("thing", text(&thing));
            let value = value.as_deref().unwrap_or("none");
            let mut put = put.item("value", text(value));
            if let Some(ttl) = ttl {
                put = put.item("ttl", AttributeValue::N(ttl));
            }
            put.send().await.map_err(|error| named(&error))?;
            Ok(json!({}))
        }
        Task::Get { thing, consistent } => {
            let get = db.get_item().table_name(table).key("thing", text(&thing));
            let get = get.consistent_read(consistent).send().await;
            let item = get.map_err(|error| named(&error))?.item;
            let value = item
                .as_ref()
                .and_then(|item| item.get("value")?.as_s().ok());
            Ok(json!({"value": value}))
        }
        Task::PutNew { thing } => {
            let put = db.put_item().table_name(table).item("thing", text(&thing));
            let put = put.condition_expression("attribute_not_exists(thing)");
            put.send().await.map_err(|error| named(&error))?;
            Ok(json!({}))
        }
        Task::GetBatch { thing } => {
            let keys = aws_sdk_dynamodb::types::KeysAndAttributes::builder()
                .keys([("thing".to_owned(), text(&thing))].into())
                .build()
                .map_err(|error| error.to_string())?;
            let answer = db
                .batch_get_item()
                .request_items(table, keys)
                .send()
                .await
                .map_err(|error| named(&error))?;
            Ok(
                json!({"unprocessed": answer.unprocessed_keys().is_some_and(|keys| !keys.is_empty())}),
            )
        }
        Task::Parallel => {
            let (a, b, c) = tokio::join!(get("a"), get("b"), get("c"));
            for result in [a, b, c] {
                result.map_err(|error| named(&error))?;
            }
            Ok(json!({}))
        }
        Task::Sequence => {
            get("a").await.map_err(|error| named(&error))?;
            get("b").await.map_err(|error| named(&error))?;
            Ok(json!({}))
        }
        Task::Other => {
            let other = db
                .get_item()
                .table_name(&clients.other_table)
                .key("other", text("x"));
            other.send().await.map_err(|error| named(&error))?;
            Ok(json!({}))
        }
        Task::Transact { thing, token } => transact(clients, &thing, token).await,
        Task::Mail { from, to } => mail(clients, &from, &to).await,
        Task::Sleep { millis } => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Ok(json!({"pid": std::process::id()}))
        }
        Task::Say { text } => {
            println!("{text}");
            Ok(json!({}))
        }
        Task::Crash => {
            eprintln!("about to crash");
            std::process::abort()
        }
        Task::Fail | Task::Report => Err("refused".into()),
        Task::Environment => Ok(std::env::vars()
            .map(|(name, value)| (name, Value::String(value)))
            .collect()),
    }
}

async fn transact(clients: &Clients, thing: &str, token: Option<String>) -> Result<Value, String> {
    let (db, table) = (&clients.dynamodb, &clients.table);
    let put = Put::builder().table_name(table).item("thing", text(thing));
    let check = ConditionCheck::builder()
        .table_name(table)
        .key("thing", text("never"))
        .condition_expression("attribute_not_exists(thing)");
    let put = TransactWriteItem::builder()
        .put(put.build().map_err(|error| error.to_string())?)
        .build();
    let check = check.build().map_err(|error| error.to_string())?;
    let check = TransactWriteItem::builder().condition_check(check).build();
    let transaction = db
        .transact_write_items()
        .set_client_request_token(token)
        .transact_items(put)
        .transact_items(check);
    transaction.send().await.map_err(|error| named(&error))?;
    Ok(json!({}))
}

async fn mail(clients: &Clients, from: &str, to: &str) -> Result<Value, String> {
    let part = |data: &str| {
        Content::builder()
            .data(data)
            .charset("UTF-8")
            .build()
            .map_err(|error| error.to_string())
    };
    let header = MessageHeader::builder()
        .name("Auto-Submitted")
        .value("auto-generated")
        .build();
    let message = Message::builder()
        .subject(part("件名")?)
        .body(Body::builder().text(part("本文\n二行目")?).build())
        .headers(header.map_err(|error| error.to_string())?)
        .build();
    let mail = clients
        .ses
        .send_email()
        .from_email_address(from)
        .destination(Destination::builder().to_addresses(to).build())
        .reply_to_addresses("reply@example.jp")
        .content(EmailContent::builder().simple(message).build());
    let answer = mail.send().await.map_err(|error| named(&error))?;
    Ok(json!({"id": answer.message_id()}))
}

fn named<E: aws_sdk_dynamodb::error::ProvideErrorMetadata + std::fmt::Debug>(error: &E) -> String {
    error
        .code()
        .map_or_else(|| format!("{error:?}"), str::to_owned)
}
