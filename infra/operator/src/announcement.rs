//! `operator announcement`: サイトからのお知らせ, written into the site's folder from one small file.
//!
//! It works on files alone: what changes is looked at, and what members see changes when the site is
//! deployed.

mod notice;
mod pages;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use self::notice::{Id, Notice};
use crate::language::say;
use crate::{
    answer::Format,
    failure::Failure,
    pages::{At, LANGUAGES},
    reasons::told,
};

pub(crate) const EXAMPLES: &str = "Examples:
  operator announcement publish deadline.toml --dry-run
  operator announcement publish deadline.toml --replace
  operator announcement withdraw deadline-2027

The file, TOML:
  id = \"deadline-2027\"             # the page's folder
  date = \"2026-12-01\"              # the first day it is shown
  until = \"2027-01-29\"             # the last, if there is one
  insurerCode = \"jkc\"              # for whose members only, once they have logged in
  [ja]
  title = \"…\"
  description = \"…\"                # one sentence for search engines
  body = \"\"\"
  Paragraphs, with an empty line between them. // ファイル（TOML）：
  id = \"deadline-2027\"             # ページのフォルダー
  date = \"2026-12-01\"              # 表示する最初の日
  until = \"2027-01-29\"             # あれば、最後の日
  insurerCode = \"jkc\"              # この保険者の会員だけに、ログイン後に表示
  [ja]
  title = \"…\"
  description = \"…\"                # 検索サイト用の1文
  body = \"\"\"
  段落と段落のあいだは1行あけます。

  - Lines that begin so are a list.
  \"\"\"
  [en]
  … //   - で始まる行は箇条書きになります。
  \"\"\"
  [en]
  …";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write an announcement's page and its entry in the list, in both languages //
    /// お知らせのページと一覧の項目を、日本語と英語で書きます
    #[command(after_help = EXAMPLES)]
    Publish {
        /// The announcement, .toml // お知らせのファイル（.toml）
        file: PathBuf,
        /// In the place of the one that has its id // 同じIDのお知らせを置き換えます
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        at: At,
    },
    /// Take an announcement's page and its entry away, in both languages // お知らせのページと一覧の項目を、
    /// 日本語と英語とも取り除きます
    #[command(after_help = "Examples:\n  operator announcement withdraw deadline-2027")]
    Withdraw {
        /// The announcement's id // お知らせのID
        #[arg(value_parser = Id::parse)]
        id: Id,
        #[command(flatten)]
        at: At,
    },
}

impl Command {
    pub(crate) fn run(self, format: Format) -> Result<(), Failure> {
        match self {
            Self::Publish { file, replace, at } => {
                let notice = read(&file)?;
                let mut files = at.files()?;
                if let Some(code) = &notice.insurer_code {
                    pages::refuse_unknown_insurer(&mut files, code)?;
                }
                if pages::is_there(&files, &notice.id) && !replace {
                    return Err(Failure::Refused({
                        let id = notice.id.as_str();
                        say!(ja: "お知らせ {id} は既にあります。別の id にするか、--replace を付けてください", en: "there is an announcement {id} already: give another id, or --replace")
                    }));
                }
                for language in LANGUAGES {
                    pages::publish(&mut files, &notice, language)?;
                }
                at.write(&files, format)
            }
            Self::Withdraw { id, at } => {
                let mut files = at.files()?;
                if !pages::is_there(&files, &id) {
                    return Err(Failure::NotFound({
                        let id = id.as_str();
                        say!(ja: "サイトにお知らせ {id} はありません", en: "the site has no announcement {id}")
                    }));
                }
                for language in LANGUAGES {
                    pages::withdraw(&mut files, &id, language)?;
                }
                at.write(&files, format)
            }
        }
    }
}

fn read(path: &Path) -> Result<Notice, Failure> {
    let wrong = |why: String| {
        let path = path.display();
        Failure::Usage(say!(ja: "{path}：{why}", en: "{path}: {why}"))
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(told(&error)))?;
    Notice::read(&text).map_err(wrong)
}
