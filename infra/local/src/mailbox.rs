//! The mails that were sent: kept in memory, shown as a page and as JSON.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::clock::rfc3339;

/// A mail that SES accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The recipients, separated by commas.
    pub to: String,
    /// The sender's address.
    pub from: String,
    /// The sender as it was given, with a name if it has one.
    pub from_header: String,
    /// Where answers go.
    pub reply_to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// Further headers, in their order.
    pub headers: Vec<(String, String)>,
    /// When it was accepted, RFC 3339 in UTC.
    pub sent_at: String,
    /// What SES answered.
    pub message_id: String,
    /// The request that sent it.
    pub request: Option<String>,
    /// The configuration set that it went by.
    pub configuration_set: String,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// What became of it.
    pub fate: Fate,
}

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// The recipient's provider has it.
    #[default]
    Delivered,
    /// The provider does not take it yet.
    Delayed,
    /// It could not be delivered.
    Bounce,
    /// Its recipient called it unwanted.
    Complaint,
    /// SES did not try: its list for all customers has the address.
    Suppressed,
    /// SES did not try: the account's list has the address, because mail bounced.
    ListedForBounce,
    /// SES did not try: the account's list has the address, because of a complaint.
    ListedForComplaint,
    /// SES took it for a virus.
    Rejected,
}

impl Fate {
    fn said(self) -> &'static str {
        match self {
            Self::Delivered => "届きました",
            Self::Delayed => "まだ届いていません（配送の遅延）",
            Self::Bounce => "届きませんでした（バウンス）",
            Self::Complaint => "受信者が迷惑メールとして報告しました",
            Self::Suppressed => "送られませんでした（SES全体のサプレッションリスト）",
            Self::ListedForBounce | Self::ListedForComplaint => {
                "送られませんでした（アカウントのサプレッションリスト）"
            }
            Self::Rejected => "送られませんでした（SESによる拒否）",
        }
    }
}

/// All mails of a stack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mailbox {
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Mailbox {
    /// Keeps a mail, and gives it its time and its message id.
    pub(crate) fn accept(&self, mut mail: Mail, now_ms: i64) -> Mail {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mail.message_id = format!("0106{now_ms:016x}-{:08x}-000000", mails.len() + 1);
        mail.sent_at = rfc3339(now_ms);
        mails.push(mail.clone());
        mail
    }

    /// Throws all mails away.
    pub(crate) fn clear(&self) {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.clear();
    }

    /// The mails, newest first.
    pub(crate) fn newest_first(&self) -> Vec<Mail> {
        self.newest_first_to(None)
    }

    /// Those to an address, or all, newest first.
    pub(crate) fn newest_first_to(&self, address: Option<&str>) -> Vec<Mail> {
        let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        let meant = mails.iter().rev();
        meant
            .filter(|mail| address.is_none_or(|address| mail.to == address))
            .cloned()
            .collect()
    }

    /// The mailbox as a page.
    pub(crate) fn page(&self) -> String {
        let mut page = String::from(
            "<!doctype html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"refresh\" content=\"5\">\n<title>メールボックス</title>\n<style>\n\
             body { font-family: system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.6 }\n\
             article { border: 1px solid; border-radius: .5rem; padding: 0 1rem; margin: 1rem 0 }\n\
             pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere }\n\
             dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; overflow-wrap: anywhere }\n\
             dd { margin: 0 }\n</style>\n</head>\n<body>\n<main>\n<h1>メールボックス</h1>\n\
             <p>このローカル環境から送られたメールです。新しいものから順に並び、5秒ごとに更新されます。\
             <a href=\"/mailbox.json\">JSON</a></p>\n",
        );
        let mails = self.newest_first();
        if mails.is_empty() {
            page.push_str("<p>メールはまだありません。</p>\n");
        }
        for mail in mails {
            page.push_str("<article>\n<h2>");
            page.push_str(&escaped(&mail.subject));
            page.push_str("</h2>\n<dl>\n");
            let fate = mail.fate.said().to_owned();
            let facts = [
                ("宛先", &mail.to),
                ("差出人", &mail.from_header),
                ("送信日時（UTC）", &mail.sent_at),
                ("結果", &fate),
            ];
            for (name, value) in facts {
                page.push_str("<dt>");
                page.push_str(name);
                page.push_str("</dt><dd>");
                page.push_str(&escaped(value));
                page.push_str("</dd>\n");
            }
            page.push_str("</dl>\n<pre>");
            page.push_str(&escaped(&mail.text));
            page.push_str("</pre>\n</article>\n");
        }
        page.push_str("</main>\n</body>\n</html>\n");
        page
    }
}

/// A text that is safe within HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&#39;"),
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_the_newest_mail_first_and_no_markup_of_a_mail() {
        let mailbox = Mailbox::default();
        for subject in ["古い", "<script>alert(1)</script>"] {
            let mail = Mail {
                to: "taro@example.jp".into(),
                from: "a@example.jp".into(),
                from_header: "\"A\" <a@example.jp>".into(),
                reply_to: Vec::new(),
                subject: subject.into(),
                text: "5 < 6 & 7".into(),
                headers: Vec::new(),
                sent_at: String::new(),
                message_id: String::new(),
                request: None,
                configuration_set: String::new(),
                tags: Vec::new(),
                fate: Fate::default(),
            };
            mailbox.accept(mail, 1_700_000_000_000);
        }
        let page = mailbox.page();
        assert!(!page.contains("<script>"));
        assert!(page.contains("&lt;script&gt;"));
        assert!(page.contains("5 &lt; 6 &amp; 7"));
        assert!(page.find("&lt;script").unwrap() < page.find("古い").unwrap());
        assert!(page.contains("2023-11-14T22:13:20Z"));
    }
}
