//! The modules, joined into the one file that every page loads: whoever has seen one page has all scripts.
//!
//! Each module stays a function of its own, called when the first one that imports it is, so the order and the names
//! are those of ES modules. The forms of import and export that the site writes are taken, and others refused: a
//! bundler for any JavaScript is a tool of some three hundred packages, and asks for another compiler than ours.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::{Error, Source};

const BEGIN: &str = "const modules = {};
const loaded = {};
const load = (name) => (loaded[name] ??= modules[name]());
";
const END: &str = "load(`portal/${document.querySelector('main').dataset.script}`);
dispatchEvent(new Event('ready'));
";

/// What stands in each page itself, and keeps what is pressed before that file has come.
const EARLY: &str = "early.js";

/// The script that stands in the pages, without its comments; nothing where the source has none.
pub(crate) fn early(source: &Source) -> Result<Option<String>, Error> {
    let Some(text) = source.text(EARLY)? else {
        return Ok(None);
    };
    let module = Module::read(EARLY, text)?;
    if module.imports.is_empty() && module.exports.is_empty() && !text.contains("</") {
        return Ok(Some(module.body.trim_end().to_owned()));
    }
    Err(Error::new(
        EARLY,
        "it stands in the page: it imports and exports nothing, and has no `</`",
    ))
}

/// All that `scripts`, which are below `portal/`, import; nothing without scripts.
pub(crate) fn joined(source: &Source, scripts: &BTreeSet<&str>) -> Result<Option<String>, Error> {
    if scripts.is_empty() {
        return Ok(None);
    }
    let mut modules = BTreeMap::new();
    for script in scripts {
        let path = format!("portal/{script}");
        collect(
            source,
            &path,
            crate::pages::TABLE,
            &mut Vec::new(),
            &mut modules,
        )?;
    }
    let mut all = String::from(BEGIN);
    for module in modules.values() {
        all += module;
    }
    Ok(Some(all + END))
}

/// Puts a module, and what it imports, among the `modules`. `above` are those that are being read.
fn collect(
    source: &Source,
    path: &str,
    importer: &str,
    above: &mut Vec<String>,
    modules: &mut BTreeMap<String, String>,
) -> Result<(), Error> {
    if above.iter().any(|other| other == path) {
        return Err(Error::new(
            path,
            format!("{importer} and it import each other"),
        ));
    }
    if modules.contains_key(path) {
        return Ok(());
    }
    let text = source
        .text(path)?
        .ok_or_else(|| Error::new(importer, format!("there is no module {path}")))?;
    let module = Module::read(path, text)?;
    above.push(path.to_owned());
    for import in &module.imports {
        collect(source, import, path, above, modules)?;
    }
    above.pop();
    modules.insert(path.to_owned(), module.written(path));
    Ok(())
}

/// A module, taken apart.
#[derive(Debug, Default)]
struct Module {
    imports: BTreeSet<String>,
    exports: Vec<String>,
    body: String,
}

impl Module {
    fn read(path: &str, text: &str) -> Result<Self, Error> {
        let mut module = Self::default();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let wrong = |message: &str| Error::new(path, format!("line {}: {message}", number + 1));
            let code = line.trim();
            if code.starts_with("/*") {
                let mut last = code;
                while !last.ends_with("*/") {
                    last = lines
                        .next()
                        .ok_or_else(|| wrong("this comment has no end"))?
                        .1
                        .trim();
                }
            } else if line.starts_with("import ") {
                let mut import = code.to_owned();
                while !import.ends_with(';') {
                    let (_, more) = lines
                        .next()
                        .ok_or_else(|| wrong("this import has no end"))?;
                    import = format!("{import} {}", more.trim());
                }
                module.import(path, &import).ok_or_else(|| {
                    wrong("an import is `import { one, other as its } from './module.js';`")
                })?;
            } else if line.starts_with("export ") {
                let name = exported(code)
                    .ok_or_else(|| wrong("an export is a function, a class or a const"))?;
                module.exports.push(name.to_owned());
                module.say(code.trim_start_matches("export "));
            } else if code.contains("import(") {
                return Err(wrong("what is imported later is asked for once more"));
            } else if code.matches('`').count() % 2 == 1 {
                return Err(wrong("a text of several lines would lose its indentation"));
            } else if !code.is_empty() && !code.starts_with("//") {
                module.say(code);
            }
        }
        Ok(module)
    }

    fn say(&mut self, code: &str) {
        self.body += code;
        self.body.push('\n');
    }

    fn import(&mut self, path: &str, import: &str) -> Option<()> {
        let names = import.strip_prefix("import {")?;
        let (names, from) = names.split_once("} from '")?;
        let from = resolved(path, from.strip_suffix("';")?)?;
        let names = names.trim().trim_end_matches(',').replace(" as ", ": ");
        let _ = writeln!(self.body, "const {{ {names} }} = load('{from}');");
        self.imports.insert(from);
        Some(())
    }

    fn written(&self, path: &str) -> String {
        format!(
            "modules['{path}'] = () => {{\n{}return {{ {} }};\n}};\n",
            self.body,
            self.exports.join(", ")
        )
    }
}

/// The name that a line exports.
fn exported(line: &str) -> Option<&str> {
    let kinds = ["async function ", "function ", "class ", "const "];
    let rest = line.strip_prefix("export ")?;
    let rest = kinds.iter().find_map(|kind| rest.strip_prefix(kind))?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    (end > 0).then(|| &rest[..end])
}

/// The path of what a module imports.
fn resolved(path: &str, from: &str) -> Option<String> {
    if let Some(absolute) = from.strip_prefix('/') {
        return Some(absolute.to_owned());
    }
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    for segment in from.split('/') {
        match segment {
            "." => {}
            ".." => {
                folders.pop()?;
            }
            name => folders.push(name),
        }
    }
    Some(folders.join("/"))
}
