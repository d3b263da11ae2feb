//! Deployments, one after the other, into a bucket with the rule of the template.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use site::plan::{Step, TAG, There, steps};
use site::{Assembly, Source, assemble};

/// An object of the bucket.
#[derive(Clone)]
struct Object {
    content: Vec<u8>,
    /// The day on which it was written.
    written: u32,
    superseded: bool,
}

/// A bucket, as S3 keeps it: an object that is written anew begins a new life, and a rule counts from there.
#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Object>,
    day: u32,
}

impl Bucket {
    /// Does what is planned. Gives the steps.
    fn deploy(&mut self, site: &Assembly) -> Vec<Step> {
        let missing = &site.files["404.html"].content;
        let there: Vec<There> = self
            .objects
            .iter()
            .map(|(key, object)| There {
                key: key.clone(),
                is_same: site.files.get(key).map_or(missing, |file| &file.content)
                    == &object.content,
                superseded: object.superseded,
            })
            .collect();
        let steps = steps(site, &there);
        for step in &steps {
            let (key, content, superseded) = match step {
                Step::Put(key) => (key, site.files[key].content.clone(), false),
                Step::Supersede(key) => (key, self.objects[key].content.clone(), true),
                Step::Replace(key) => (key, missing.clone(), false),
                Step::Delete(key) => {
                    self.objects.remove(key);
                    continue;
                }
            };
            let written = self.day;
            let object = Object {
                content,
                written,
                superseded,
            };
            self.objects.insert(key.clone(), object);
        }
        steps
    }

    /// Days pass, each with the rule of the template.
    fn pass(&mut self, days: u32) {
        let expiration = expiration();
        for _ in 0..days {
            self.day += 1;
            let day = self.day;
            self.objects
                .retain(|_, object| !object.superseded || day - object.written < expiration);
        }
    }

    fn has(&self, site: &Assembly, stem: &str) -> bool {
        self.objects.contains_key(name(site, stem))
    }
}

/// The days after which the template lets a tagged object expire; nothing else of it expires.
fn expiration() -> u32 {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template = fs::read_to_string(template).unwrap();
    let (_, rule) = template.split_once("- Id: superseded-files").unwrap();
    let (rule, _) = rule.split_once("SiteBucketPolicy").unwrap();
    assert!(rule.contains("Status: Enabled"), "{rule}");
    assert!(
        rule.contains(&format!("- Key: {TAG}\n                Value: \"true\"")),
        "{rule}"
    );
    let (_, days) = rule.split_once("ExpirationInDays: ").unwrap();
    let others = template.matches("ExpirationInDays").count();
    assert_eq!(others, 1, "another rule takes files away");
    days.lines().next().unwrap().parse().unwrap()
}

fn site(style: &str, more: &[(&str, &str)]) -> Assembly {
    let mut source = Source::default();
    let page =
        "<link href=\"{{ assets[\"style.css\"] }}\"><link href=\"{{ assets[\"icon.svg\"] }}\">";
    let files = [
        ("404.html", "gone"),
        ("index.html", page),
        ("assets/style.css", style),
        ("assets/icon.svg", "<svg/>"),
    ];
    for (path, text) in files.iter().chain(more) {
        source.put(path, Some(text.as_bytes().to_vec()));
    }
    assemble(&source).unwrap()
}

fn name<'a>(site: &'a Assembly, stem: &str) -> &'a str {
    let begin = format!("assets/{stem}.");
    let is_named = |path: &&String| path.starts_with(&begin) && path.len() > begin.len() + 4;
    site.files.keys().find(is_named).unwrap()
}

#[test]
fn a_file_that_does_not_change_stays_and_a_superseded_one_goes_after_thirty_days() {
    let (old, new) = (site("old", &[]), site("new", &[]));
    let mut bucket = Bucket::default();
    bucket.deploy(&old);
    bucket.pass(60);
    assert!(bucket.has(&old, "style") && bucket.has(&old, "icon"));
    // A page was opened yesterday; its style is sixty days old.
    bucket.deploy(&new);
    bucket.pass(29);
    assert!(
        bucket.has(&old, "style"),
        "the page that was open has lost its style"
    );
    bucket.pass(2);
    assert!(!bucket.has(&old, "style"));
    bucket.pass(60);
    assert!(bucket.has(&new, "style") && bucket.has(&new, "icon"));
}

#[test]
fn a_deployment_in_between_does_not_put_the_end_off() {
    let (old, new) = (site("old", &[]), site("new", &[]));
    let mut bucket = Bucket::default();
    bucket.deploy(&old);
    bucket.deploy(&new);
    bucket.pass(20);
    assert_eq!(bucket.deploy(&new), []);
    bucket.pass(11);
    assert!(!bucket.has(&old, "style"));
}

#[test]
fn what_comes_back_stays() {
    let (old, new) = (site("old", &[]), site("new", &[]));
    let mut bucket = Bucket::default();
    for site in [&old, &new, &old] {
        bucket.deploy(site);
        bucket.pass(3);
    }
    bucket.pass(60);
    assert!(bucket.has(&old, "style"));
    assert!(!bucket.has(&new, "style"));
}

#[test]
fn what_pages_name_comes_before_them_and_what_they_named_goes_after() {
    let (old, new) = (site("old", &[]), site("new", &[]));
    let mut bucket = Bucket::default();
    bucket.deploy(&old);
    let steps = bucket.deploy(&new);
    assert_eq!(
        steps,
        [
            Step::Put(name(&new, "style").to_owned()),
            Step::Put("assets/style.css".to_owned()),
            Step::Put("index.html".to_owned()),
            Step::Supersede(name(&old, "style").to_owned()),
        ]
    );
}

#[test]
fn a_page_that_is_gone_becomes_the_one_that_says_so_once() {
    let (old, new) = (
        site("a", &[("x/index.html", "x"), ("x.txt", "x")]),
        site("a", &[]),
    );
    let mut bucket = Bucket::default();
    bucket.deploy(&old);
    let steps = bucket.deploy(&new);
    assert_eq!(
        steps,
        [
            Step::Delete("x.txt".to_owned()),
            Step::Replace("x/index.html".to_owned())
        ]
    );
    assert_eq!(bucket.deploy(&new), []);
}
