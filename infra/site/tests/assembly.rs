//! What is assembled of a small site.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use site::{Assembly, Caching, Error, Source, assemble, function, permitted, replaced};

const TABLE: &str = "
[open]
\"terms/\" = [\"ja\"]

[pages.\"\"]
script = \"login.js\"
leads = { top = \"top/\" }
";
const SHELL: &str = "<html lang=\"{{ language }}\"><title>{{ title }}</title>
<link href=\"{{ assets[\"style.css\"] }}\"><script src=\"{{ assets[\"site.js\"] }}\"></script>
<body{% if read[\"contact/\"] %} data-contacts=\"{{ read[\"contact/\"] }}\"{% endif %}><a class=\"switch\" href=\"{{ twin }}\">
{% block main %}{% endblock %}</body></html>";

/// The page of a title, with a body.
fn page(title: &str, body: &str) -> String {
    format!(
        "{{% extends \"page.html\" %}}\n{{% set title = \"{title}\" %}}\n{{% block main %}}\n{body}\n{{% endblock %}}\n"
    )
}

/// A site of these files, beside what each one needs.
fn source(files: &[(&str, &str)]) -> Source {
    let mut source = Source::default();
    let login = page("a", "<h1>a</h1>");
    let needed = [
        ("pages.toml", TABLE),
        ("parts/page.html", SHELL),
        ("portal/index.html", &login),
        ("portal/en/index.html", &login),
        (
            "portal/login.js",
            "import { one } from '/assets/one.js';\none();\n",
        ),
        (
            "assets/one.js",
            "// Gone.\nexport function one() {\n  return 1;\n}\n",
        ),
        ("assets/style.css", "a {}"),
    ];
    for (path, text) in needed.iter().chain(files) {
        source.put(path, Some(text.as_bytes().to_vec()));
    }
    source
}

fn assembled(files: &[(&str, &str)]) -> Assembly {
    assemble(&source(files)).unwrap()
}

fn text<'a>(site: &'a Assembly, path: &str) -> &'a str {
    std::str::from_utf8(&site.files[path].content).unwrap()
}

/// The name by its content of an asset.
fn name<'a>(site: &'a Assembly, stem: &str) -> &'a str {
    let begin = format!("assets/{stem}.");
    let mut kept = site
        .files
        .iter()
        .filter(|(_, file)| file.caching == Caching::Forever);
    kept.find(|(path, _)| path.starts_with(&begin)).unwrap().0
}

#[track_caller]
fn refused(files: &[(&str, &str)], file: &str, message: &str) {
    let Error {
        file: told,
        message: why,
    } = assemble(&source(files)).unwrap_err();
    assert_eq!(told, file, "{why}");
    assert!(why.contains(message), "{why}");
}

#[test]
fn a_text_is_text_whatever_the_ending() {
    let wild = page("<b>\\\"&", "{{ title }}");
    for path in ["portal/x/index.html", "portal/x.ibss"] {
        let twin = path.replace("portal/", "portal/en/");
        let site = assembled(&[(path, &wild), (&twin, &wild)]);
        let page = text(&site, path);
        assert!(
            page.contains("<title>&lt;b&gt;&quot;&amp;</title>"),
            "{page}"
        );
        assert!(!page.contains("<b>"), "{page}");
    }
}

#[test]
fn the_two_languages_of_a_page_have_one_skeleton() {
    let own = page("a", "<p class=\"x\">はい<br></p>");
    let same = page(
        "b",
        "<p class=\"x\">Yes (<span lang=\"ja\">はい</span>)<br></p>",
    );
    assembled(&[
        ("portal/x/index.html", &own),
        ("portal/en/x/index.html", &same),
    ]);
    for other in [
        "<p class=\"y\">Yes<br></p>",
        "<p class=\"x\">Yes</p>",
        "<p class=\"x\">Yes<br></p><p></p>",
        "<p class=\"x\" id=\"x\">Yes<br></p>",
    ] {
        let files = [
            ("portal/x/index.html", &*own),
            ("portal/en/x/index.html", &page("b", other)),
        ];
        refused(&files, "portal/en/x/index.html", "is not the same page");
    }
    refused(
        &[("portal/x/index.html", &own)],
        "portal/x/index.html",
        "language is missing",
    );
    // The text of the terms is in Japanese alone.
    assembled(&[("portal/terms/2023-09-01/index.html", &own)]);
}

#[test]
fn what_another_page_reads_is_a_file_of_its_own() {
    let contact = page("c", "<h1>c</h1>{% block read %}<p>050</p>{% endblock %}");
    let files = [
        ("portal/contact/index.html", &*contact),
        ("portal/en/contact/index.html", &contact),
    ];
    let site = assembled(&files);
    let part = name(&site, "contact");
    assert_eq!(text(&site, part), "<p>050</p>");
    assert!(text(&site, "portal/index.html").contains(&format!("data-contacts=\"/{part}\"")));
}

#[test]
fn what_changes_has_another_name_and_what_does_not_has_its_own() {
    let before = assembled(&[]);
    let after = assembled(&[("assets/style.css", "a { color: red }")]);
    assert_ne!(name(&before, "style"), name(&after, "style"));
    assert_eq!(name(&before, "site"), name(&after, "site"));
    for site in [&before, &after] {
        for stem in ["style", "site"] {
            let page = text(site, "portal/index.html");
            assert!(
                page.contains(&format!("\"/{}\"", name(site, stem))),
                "{page}"
            );
        }
        // Under its own name, too, for the page in the distribution's function.
        assert_eq!(site.files["assets/style.css"].caching, Caching::Asked);
        assert_eq!(site.files["portal/index.html"].caching, Caching::Asked);
    }
    assert!(name(&after, "style").len() == "assets/style..css".len() + 16);
}

#[test]
fn every_module_is_in_the_one_script_and_what_it_cannot_take_is_refused() {
    let site = assembled(&[]);
    let script = text(&site, name(&site, "site"));
    for part in [
        "modules['assets/one.js'] = () => {\nfunction one() {\nreturn 1;\n}\nreturn { one };\n};",
        "const { one } = load('assets/one.js');\none();",
    ] {
        assert!(script.contains(part), "{script}");
    }
    assert!(!script.contains("Gone"), "{script}");
    for (module, message) in [
        ("export default 1;\n", "line 1: an export is"),
        ("export let a = 1;\n", "line 1: an export is"),
        ("import * as all from './two.js';\n", "line 1: an import is"),
        (
            "\nconst a = import('./two.js');\n",
            "line 2: what is imported later",
        ),
        ("const a = `\n`;\n", "line 1: a text of several lines"),
        (
            "import { a } from './two.js';\n",
            "there is no module assets/two.js",
        ),
    ] {
        refused(&[("assets/one.js", module)], "assets/one.js", message);
    }
    refused(
        &[(
            "assets/one.js",
            "import { a } from '../portal/login.js';\nexport const one = () => a;\n",
        )],
        "portal/login.js",
        "import each other",
    );
}

#[test]
fn what_cannot_be_served_is_refused() {
    refused(&[("portal/x.docx", "")], "portal/x.docx", "media type");
    refused(
        &[("pages.toml", "[pages.\"none/\"]\n")],
        "pages.toml",
        "no page \"none/\"",
    );
    let unknown = page("a", "{{ nobody }}");
    let files = [
        ("portal/x/index.html", &*unknown),
        ("portal/en/x/index.html", &unknown),
    ];
    refused(&files, "portal/en/x/index.html", "undefined value");
}

#[test]
fn the_distribution_is_told_of_each_path() {
    let terms = page("t", "<p>t</p>");
    let site = assembled(&[
        ("404.html", "<p>`${x}\\</p>"),
        (".well-known/openid-configuration", "{}"),
        ("portal/signup.ibss", &page("s", "")),
        ("portal/en/signup.ibss", &page("s", "")),
        ("portal/top/index.html", &page("s", "")),
        ("portal/en/top/index.html", &page("s", "")),
        ("portal/terms/2023-09-01/index.html", &terms),
    ]);
    assert_eq!(
        site.files[".well-known/openid-configuration"].media_type,
        "application/json"
    );
    let known = function(&site);
    let (folders, rest) = known.split_once("const FILES").unwrap();
    assert_eq!(
        folders,
        "const FOLDERS = [\n  'terms/[a-z0-9-]+',\n  'top',\n];\n"
    );
    for file in [
        "'portal/signup[.]ibss'",
        "'[.]well-known/[a-z0-9.-]+'",
        "'assets/style[.]css'",
    ] {
        assert!(rest.contains(file), "{rest}");
    }
    assert!(rest.contains("`<p>\\`\\${x}\\\\</p>`"), "{rest}");
    let begin = "// Written by `make site-paths` from here on.";
    let end = "// Written by `make site-paths` up to here.";
    let template = format!("a\n    {begin}\n    old\n    {end}\nb\n");
    let written = replaced(&template, "new\n").unwrap();
    assert_eq!(written, format!("a\n    {begin}\n    new\n    {end}\nb\n"));
    assert_eq!(replaced(&written, "new\n").unwrap(), written);
    assert_eq!(replaced("a\n", "new\n"), None);
}

#[test]
fn an_address_that_programs_look_for_leads_to_a_page() {
    let moved = &*format!("{TABLE}\n[moved]\n\"/.well-known/x\" = \"top/\"\n");
    let page = page("s", "");
    let files = [
        ("pages.toml", moved),
        ("portal/top/index.html", &*page),
        ("portal/en/top/index.html", &page),
    ];
    let site = assembled(&files);
    assert_eq!(site.moved["/.well-known/x"], "/portal/top/");
    let known = function(&site);
    assert!(
        known.contains("const MOVED = {\n  '/.well-known/x': '/portal/top/',\n};\n"),
        "{known}"
    );
    refused(&[("pages.toml", moved)], "pages.toml", "no page \"top/\"");
}

#[test]
fn the_policy_knows_the_one_script_that_stands_in_the_pages() {
    let early = "// A comment.\n{\n  go();\n}\n";
    let site = assembled(&[("early.js", early)]);
    assert_eq!(site.early.as_deref(), Some("{\ngo();\n}"));
    assert!(!site.files.contains_key("early.js"));
    let policy = "default-src 'none'; script-src 'self' 'sha256-old'; style-src 'self'\n";
    // printf '{\ngo();\n}' | openssl dgst -sha256 -binary | base64
    let written = permitted(policy, &site).unwrap();
    assert_eq!(
        written,
        "default-src 'none'; script-src 'self' 'sha256-bRxtbjKR8a0EghEjG6c5EDl1TMGFbJaWnUTR+ksxom0='; style-src 'self'\n"
    );
    assert_eq!(permitted(&written, &site).unwrap(), written);
    let none = "default-src 'none'; script-src 'self'; style-src 'self'\n";
    assert_eq!(permitted(policy, &assembled(&[])).unwrap(), none);
    assert_eq!(permitted("a\n", &site), None);
    refused(
        &[("early.js", "import { a } from './a.js';\n")],
        "early.js",
        "imports and exports nothing",
    );
    refused(
        &[("early.js", "say('</script>');\n")],
        "early.js",
        "no `</`",
    );
}
