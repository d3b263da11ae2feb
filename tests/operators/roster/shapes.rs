//! Files of every shape that insurers send: what `roster inspect` says of them, and that its mapping imports the
//! right people. Those whose files went wrong once are here; what was made up after what systems print is below.

mod found;
mod ole;
mod printed;
mod refused;
mod texts;
mod workbooks;

use std::path::Path;

use tests::TestStack;

use super::{Files, import};
use crate::{Ran, operator};

/// A file, and what is right.
struct Shape {
    name: &'static str,
    bytes: Vec<u8>,
    /// What the mapping has in it.
    mapping: Vec<&'static str>,
    /// Insured, dependants, leavers and refused rows.
    counts: [u64; 4],
    /// The members in the roster then: id, name, birth date.
    members: Vec<Person>,
}

/// A member: the id, the name, the birth date.
type Person = (&'static str, &'static str, &'static str);

const ICHIRO: Person = ("demo#1#1001", "健保 一郎", "1980-01-01");
const JIRO: Person = ("demo#1#1002", "健保 次郎", "1981-02-03");
/// Ichiro, as a workbook has him.
const ROW: [&str; 6] = [
    "01",
    "1001",
    "健保 一郎",
    "ケンポ イチロウ",
    "19800101",
    "本人",
];

/// The columns of most files here, as a line.
const HEADER_LINE: &str = "記号,番号,氏名,カナ氏名,生年月日,続柄\n";

fn inspect(file: &str, words: &[&str]) -> Ran {
    let mut command = operator();
    command.args(["roster", "inspect", file]).args(words);
    Ran::of(command)
}

fn case(name: &'static str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("operators/roster/cases");
    std::fs::read(folder.join(name)).unwrap()
}

fn people(stack: &TestStack) -> Vec<(String, String, String)> {
    let mut people: Vec<_> = stack
        .items_of("Members", "demo#")
        .into_iter()
        .map(|item| {
            let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
            (text("member"), text("name"), text("birth_date"))
        })
        .collect();
    // Those of the samples, whose numbers no file here has.
    people.retain(|(id, ..)| !id.starts_with("demo##10000"));
    people.sort();
    people
}

/// Inspects each file, writes the mapping, and imports the file with it.
async fn all_are_right(shapes: Vec<Shape>) {
    for shape in shapes {
        let files = Files::new();
        let file = files.with(shape.name, &shape.bytes);
        let mapping = files.path("mapping.toml");
        let mapping = mapping.to_str().unwrap();
        let told = inspect(&file, &["--json", "--write", mapping]).json();
        let found = ["insured", "dependants", "removals", "refused"]
            .map(|name| told[name].as_u64().unwrap());
        let name = shape.name;
        assert_eq!(found, shape.counts, "{name}: {told:#}");
        let written = std::fs::read_to_string(mapping).unwrap();
        for line in shape.mapping {
            assert!(
                written.contains(line),
                "{name}: {line} is not in\n{written}"
            );
        }
        let stack = TestStack::start().await;
        let ran = import(
            &stack,
            &file,
            &["--delta", "--mapping", mapping, "--yes", "--json"],
        );
        let expected = if shape.counts[3] > 0 { 4 } else { 0 };
        assert_eq!(ran.code, expected, "{name}: {} {}", ran.out, ran.err);
        let mut right: Vec<_> = shape
            .members
            .iter()
            .map(|(id, name, born)| ((*id).to_owned(), (*name).to_owned(), (*born).to_owned()))
            .collect();
        right.sort();
        assert_eq!(people(&stack), right, "{name}");
    }
}

fn text(name: &'static str, text: &str) -> Shape {
    Shape {
        name,
        bytes: text.as_bytes().to_vec(),
        mapping: Vec::new(),
        counts: [1, 0, 0, 0],
        members: vec![ICHIRO],
    }
}

impl Shape {
    fn maps(mut self, lines: &[&'static str]) -> Self {
        self.mapping = lines.to_vec();
        self
    }

    fn counts(mut self, counts: [u64; 4]) -> Self {
        self.counts = counts;
        self
    }

    fn has(mut self, members: &[Person]) -> Self {
        self.members = members.to_vec();
        self
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_files_that_went_wrong_are_proposed_right() {
    let of = |name, mapping: &[&'static str], counts, members: &[_]| Shape {
        name,
        bytes: case(name),
        mapping: mapping.to_vec(),
        counts,
        members: members.to_vec(),
    };
    let taro = ("demo#1#1001", "健保 一郎", "1980-01-01");
    all_are_right(vec![
        of(
            "broken_names.csv",
            &[],
            [3, 0, 0, 0],
            &[
                ("demo#1#1001", "●木 太郎", "1980-01-01"),
                ("demo#1#1002", "?木 次郎", "1981-01-01"),
                ("demo#1#1003", "&#39641;木 三郎", "1982-01-01"),
            ],
        ),
        of(
            "grouped_symbol.csv",
            &["empty = \"above\""],
            [3, 0, 0, 0],
            &[
                ("demo#1#1001", "健保 一郎", "1980-01-01"),
                ("demo#1#1002", "健保 二郎", "1981-01-01"),
                ("demo#1#1003", "健保 三郎", "1982-01-01"),
            ],
        ),
        of("hyphens.csv", &[], [2, 0, 0, 1], &[]),
        of(
            "insurer_number.csv",
            &[
                "insurerNumber = \"06271944\"",
                "insurerNumber = \"保険者番号\"",
            ],
            [1, 0, 0, 0],
            &[taro],
        ),
        of("java_number.csv", &[], [0, 0, 0, 1], &[]),
        of(
            "left_on.csv",
            &["leftOn = \"資格喪失年月日\""],
            [1, 0, 1, 0],
            &[taro],
        ),
        of(
            "no_insured.csv",
            &["insured = [\"0\"]", "dependants = [\"1\"]"],
            [1, 1, 0, 0],
            &[taro],
        ),
        of(
            "short_rows.csv",
            &[],
            [4, 0, 0, 0],
            &[
                taro,
                ("demo#1#2000", "健保 0", "1980-01-01"),
                ("demo#1#2001", "健保 1", "1980-01-01"),
                ("demo#1#2002", "健保 2", "1980-01-01"),
            ],
        ),
        of(
            "symbol_in_three_columns.csv",
            &[
                "symbol = [\"都道府県コード\", \"郡市区符号\", \"事業所記号\"]",
                "birthDate = [\"元号\", \"年月日\"]",
                "5 = \"昭和\"",
            ],
            [1, 0, 0, 0],
            &[("demo#1301アイウ#1", "健保 太郎", "1980-01-01")],
        ),
        of("tabs.csv", &[], [1, 0, 0, 0], &[taro]),
        of("title_line.csv", &[], [1, 0, 0, 0], &[taro]),
        of("utf16.csv", &[], [1, 0, 0, 0], &[taro]),
    ])
    .await;
}
