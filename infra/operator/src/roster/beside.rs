//! An import beside another of the same roster: which one goes on, and which one is refused.

use domain::InsurerCode;
use store::RosterImport;

use crate::{desk::Desk, failure::Failure, insurer::being_removed, language::say, world::in_japan};

/// What an import begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// No other.
    Anew,
    /// The same, which was interrupted.
    Again,
    /// Another, in whose place it was told to go.
    InPlaceOfAnother,
}

/// Refuses to import beside another import of the same roster.
pub(super) fn refuse_beside_another(
    takes_over: bool,
    own: &RosterImport,
    noted: Option<&RosterImport>,
) -> Result<Start, Failure> {
    let Some(other) = noted.filter(|noted| noted.ended_at.is_none()) else {
        return Ok(Start::Anew);
    };
    if other.is_same_as(own) {
        return Ok(Start::Again);
    }
    if other.is_removal() {
        return Err(being_removed(other));
    }
    if takes_over {
        return Ok(Start::InPlaceOfAnother);
    }
    let file = if (&other.file, &other.mode) == (&own.file, &own.mode) {
        say!(
            ja: "このファイルを別のマッピングか文字コードで",
            en: "this file, with another mapping or encoding",
        )
    } else {
        let begin = other.file.get(..12).unwrap_or_default();
        say!(ja: "ファイル {begin}…", en: "the file {begin}…")
    };
    let (at, mode) = (in_japan(other.began_at), &other.mode);
    let (operator, reason) = (&other.operator, &other.reason);
    Err(Failure::Refused(say!(
        ja: "この名簿の取込みが {at} に始まり、終わっていません：--{mode}、{file}、{operator}：{reason}。終わるのを待つか、\
             中断したのなら同じコマンドを繰り返してください。もう動いておらず再開もしないと確かなら、--take-over で引き継げます",
        en: "an import of this roster began at {at} and has not ended: --{mode} of {file}, by {operator}: {reason}. Let \
             it end, or repeat it as it was if it was interrupted. If it surely runs no more and will not be finished, \
             take its place with --take-over",
    )))
}

/// Refuses to take the place of an import that still writes: it has renewed its note since.
pub(super) async fn refuse_unless_silent(
    desk: &Desk,
    code: &InsurerCode,
    seen: Option<&RosterImport>,
) -> Result<(), Failure> {
    let noted = desk.insurers.roster_import(code).await?;
    let Some(noted) = noted.filter(|noted| Some(noted) != seen) else {
        return Ok(());
    };
    let (operator, reason) = (noted.operator, noted.reason);
    Err(Failure::Refused(say!(
        ja: "何も書き込んでいません。もう一方の取込み（{operator}：{reason}）が続いています。終わるのを待つか、そちらを Ctrl-C \
             で止めてから、コマンドを繰り返してください",
        en: "nothing was written: the other import, by {operator}: {reason}, goes on. Let it end, or end it with Ctrl-C \
             there, and repeat this command",
    )))
}
