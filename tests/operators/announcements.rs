//! `operator announcement`: in a copy of the site.

use std::fs;

use crate::{Ran, operator, site::Copy};

const LISTS: [&str; 2] = ["parts/ja/announcements.html", "parts/en/announcements.html"];
/// The announcement that the site has, as a file.
const BROWSERS: &str = r#"
id = "browsers"
date = "2022-04-01"

[ja]
title = "推奨ブラウザについて"
description = "iBss を快適にご利用いただけるブラウザー。"
body = """
本システムは、次のブラウザーの最新版でのご利用をお勧めします。

- iPhone・iPad：Safari（iOS・iPadOS 15.4以降）
- Android：Google Chrome
- パソコン：Google Chrome、Microsoft Edge、Safari、Firefox

JavaScriptとCookieを有効にしてご利用ください。プライベートブラウズ（シークレットモード）でもご利用いただけますが、\
途中で閉じると、手続きを最初からやり直していただくことになります。
"""

[en]
title = "Recommended browsers"
description = "The browsers in which iBss works best."
body = """
We recommend the latest version of one of these browsers:

- iPhone and iPad: Safari (iOS or iPadOS 15.4 or later)
- Android: Google Chrome
- Computers: Google Chrome, Microsoft Edge, Safari or Firefox

Please turn on JavaScript and cookies. You can also use private browsing (incognito mode), but if you close the window \
before you finish, you will have to start again from the beginning.
"""
"#;
const DEADLINE: &str = r#"
id = "deadline-2027"
date = "2026-12-01"
until = "2027-01-29"
insurerCode = "jkc"

[ja]
title = "回答期限 <b>1月29日</b> {{ portal }}"
description = "\"期限\" のお知らせ。"
body = "回答期限は1月29日です。<script>alert(1)</script>"

[en]
title = "Deadline: 29 January (期限)"
description = "The deadline."
body = "The deadline (回答期限) is 29 January. <script>alert(1)</script>"
"#;

impl Copy {
    fn announcement(&self, words: &[&str]) -> Ran {
        let mut command = operator();
        command
            .arg("announcement")
            .args(words)
            .arg("--site")
            .arg(self.site());
        Ran::of(command)
    }

    fn publish(&self, text: &str, words: &[&str]) -> Ran {
        let file = self.folder.path().join("announcement.toml");
        fs::write(&file, text).unwrap();
        self.announcement(&[&["publish", file.to_str().unwrap()], words].concat())
    }
}

#[test]
fn a_page_is_written_as_those_by_hand_are() {
    let copy = Copy::new();
    let before = copy.all("announcements");
    copy.publish(BROWSERS, &["--yes"])
        .failed(4, "there is an announcement browsers already");
    copy.publish(BROWSERS, &["--replace", "--yes"])
        .failed(4, "the site is so already");
    copy.announcement(&["withdraw", "browsers", "--yes"]).done();
    assert_eq!(copy.all("announcements").len(), before.len() - 2);
    assert!(
        LISTS
            .iter()
            .all(|list| !copy.read(list).contains("browsers/"))
    );
    copy.publish(BROWSERS, &["--yes"]).done();
    assert_eq!(copy.all("announcements"), before);
}

#[test]
fn what_is_published_is_text_and_newest_first_and_gone_when_withdrawn() {
    let copy = Copy::new();
    let before = copy.all("announcements");
    let rehearsed = copy.publish(DEADLINE, &["--dry-run"]);
    assert!(
        rehearsed.done().contains("+<li data-until=\"2027-01-29\""),
        "{}",
        rehearsed.out
    );
    copy.publish(DEADLINE, &[])
        .failed(4, "no terminal to ask at");
    assert_eq!(copy.all("announcements"), before);

    let published = copy.publish(DEADLINE, &["--yes"]);
    assert!(
        published.done().contains("make deploy-site"),
        "{}",
        published.out
    );
    let [japanese, english] = LISTS.map(|list| copy.read(list));
    let entry = |list: &str| {
        list.lines()
            .find(|line| line.contains("<li"))
            .unwrap()
            .trim()
            .to_owned()
    };
    let first = |list: &str| entry(list);
    assert_eq!(
        first(&japanese),
        "<li data-until=\"2027-01-29\" data-insurer-code=\"jkc\"><time datetime=\"2026-12-01\">2026.12.01</time> \
         <a href=\"{{ portal }}announcements/deadline-2027/\">回答期限 &lt;b&gt;1月29日&lt;/b&gt; &#123;&#123; portal }}</a></li>"
    );
    assert_eq!(
        first(&english),
        "<li data-until=\"2027-01-29\" data-insurer-code=\"jkc\"><time datetime=\"2026-12-01\">1 December \
         2026</time> <a href=\"{{ portal }}announcements/deadline-2027/\">Deadline: 29 January (<span lang=\"ja\">期限</span>)</a></li>"
    );
    let assembled = copy.assembled();
    for language in ["portal", "portal/en"] {
        let page = &assembled[&format!("{language}/announcements/deadline-2027/index.html")];
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(!page.contains("<b>"), "{page}");
    }
    let page = &assembled["portal/announcements/deadline-2027/index.html"];
    assert!(
        page.contains("content=\"&quot;期限&quot; のお知らせ。\""),
        "{page}"
    );
    assert!(
        page.contains("<title>回答期限 &lt;b&gt;1月29日&lt;"),
        "{page}"
    );
    assert!(
        page.contains("1月29日&lt;/b&gt; &#123;&#123; portal }}</h1>"),
        "{page}"
    );
    assert!(page.contains("href=\"/portal/en/announcements/deadline-2027/\" hreflang=\"en\""));
    let page = &assembled["portal/en/announcements/deadline-2027/index.html"];
    assert!(page.contains("href=\"/portal/announcements/deadline-2027/\" hreflang=\"ja\""));
    // A member who logs in reads of it.
    for page in ["portal/index.html", "portal/top/index.html"] {
        assert!(assembled[page].contains("href=\"/portal/announcements/deadline-2027/\""));
    }

    let earlier = DEADLINE.replace("2026-12-01", "2021-12-01");
    copy.publish(&earlier, &["--replace", "--yes"]).done();
    let list = copy.read(LISTS[0]);
    assert!(
        list.find("browsers/") < list.find("deadline-2027/"),
        "the oldest is last"
    );
    copy.announcement(&["withdraw", "deadline-2027", "--yes"])
        .done();
    assert_eq!(copy.all("announcements"), before);
    copy.announcement(&["withdraw", "deadline-2027", "--yes"])
        .failed(3, "no announcement deadline-2027");
}

#[test]
fn what_is_wrong_with_an_announcement_is_told_and_nothing_written() {
    let copy = Copy::new();
    let before = copy.all("announcements");
    for (from, to, message) in [
        ("\"jkc\"", "\"nobody\"", "with `operator insurer contacts`"),
        ("deadline-2027", "../deadline", "id: "),
        ("2026-12-01", "2027-02-01", "until: "),
        ("[en]", "[fr]", "unknown field `fr`"),
    ] {
        copy.publish(&DEADLINE.replace(from, to), &["--yes"])
            .failed(2, message);
    }
    copy.announcement(&["withdraw", "../announcements", "--yes"])
        .failed(2, "an id is of small letters");
    assert_eq!(copy.all("announcements"), before);
    let mut command = operator();
    let file = copy.folder.path().join("announcement.toml");
    fs::write(&file, DEADLINE).unwrap();
    command
        .args(["announcement", "publish"])
        .arg(file)
        .args(["--site", "nowhere"]);
    Ran::of(command).failed(2, "give the site's folder with --site");
}
