//! The press: a sheet with text becomes a file that needs no font where it is printed.

use std::{path::Path, sync::Arc};

use svg2pdf::{
    ConversionOptions, PageOptions,
    usvg::{
        self, Node, Tree, WriteOptions,
        fontdb::{Database, Family, Query},
    },
};

use crate::failure::Failure;
use crate::language::say;

/// Families that have Japanese characters, in the order in which one is taken: what Debian installs, then
/// what other systems have.
const FAMILIES: [&str; 9] = [
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "BIZ UDPGothic",
    "BIZ UDGothic",
    "IPAexGothic",
    "Hiragino Sans",
    "Hiragino Kaku Gothic ProN",
    "Yu Gothic",
    "Meiryo",
];
/// What the sheet calls its family.
const OWN_NAME: &str = "font-family=\"Letter\"";
/// Pixels of an inch, as SVG has them: 210 mm stay 210 mm.
const DPI: f32 = 96.0;

/// The fonts, and the family that is taken of them.
pub(super) struct Press {
    fonts: Arc<Database>,
    family: String,
}

impl Press {
    /// Sets with the font of a file, or with the system's.
    pub(super) fn with(font: Option<&Path>) -> Result<Self, Failure> {
        let mut fonts = Database::new();
        let family = match font {
            Some(path) => own(&mut fonts, path)?,
            None => of_system(&mut fonts)?,
        };
        Ok(Self {
            fonts: Arc::new(fonts),
            family,
        })
    }

    /// Writes a sheet as the kind of file that the name says.
    pub(super) fn print(&self, sheet: &str, file: &str) -> Result<(), Failure> {
        let tree = self.set(sheet)?;
        let path = Path::new(file);
        let content = match path.extension().and_then(|name| name.to_str()) {
            Some("pdf") => {
                let page = PageOptions { dpi: DPI };
                svg2pdf::to_pdf(&tree, ConversionOptions::default(), page).map_err(|error| {
                    Failure::Failed(say!(ja: "PDFを作れません：{error}", en: "no PDF: {error}"))
                })?
            }
            Some("svg") => tree.to_string(&WriteOptions::default()).into_bytes(),
            _ => {
                return Err(Failure::Usage(
                    say!(ja: "{file}：名前を .pdf か .svg にしてください", en: "{file}: name it .pdf or .svg"),
                ));
            }
        };
        // Printed again after a correction, a letter takes the place of the one before.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        folder
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(path, content))
            .map_err(|error| Failure::Usage(say!(ja: "{file} に書き込めません：{error}", en: "{file} cannot be written: {error}")))
    }

    /// The sheet with every letter in its place.
    fn set(&self, sheet: &str) -> Result<Tree, Failure> {
        let options = usvg::Options {
            fontdb: Arc::clone(&self.fonts),
            font_family: self.family.clone(),
            languages: vec!["ja".to_owned()],
            ..usvg::Options::default()
        };
        let named = sheet.replace(OWN_NAME, &format!("font-family=\"'{}'\"", self.family));
        let tree = Tree::from_str(&named, &options).map_err(|error| {
            Failure::Failed(
                say!(ja: "紙面をSVGにできません：{error}", en: "the sheet is no SVG: {error}"),
            )
        })?;
        let mut missing = String::new();
        missing_in(tree.root(), &mut missing);
        if missing.is_empty() {
            Ok(tree)
        } else {
            Err(Failure::Usage({
                let family = &self.family;
                say!(ja: "{family} に {missing} がありません。その文字のあるフォントを --font で指定してください", en: "{family} has no {missing}: give a font that has with --font")
            }))
        }
    }
}

/// Loads the font of a file; gives its family.
fn own(fonts: &mut Database, path: &Path) -> Result<String, Failure> {
    fonts.load_font_file(path).map_err(|error| {
        Failure::Usage({
            let path = path.display();
            say!(ja: "{path} を読めません：{error}", en: "{path} cannot be read: {error}")
        })
    })?;
    let families = fonts.faces().next().map(|face| face.families.clone());
    let first = families.and_then(|families| families.into_iter().next());
    let (name, _) = first.ok_or_else(|| {
        Failure::Usage({
            let path = path.display();
            say!(ja: "{path} はフォントではありません", en: "{path} is no font")
        })
    })?;
    Ok(name)
}

/// Loads the system's fonts; gives the first family that has Japanese characters.
fn of_system(fonts: &mut Database) -> Result<String, Failure> {
    fonts.load_system_fonts();
    let is_there = |family: &&&str| {
        let families = &[Family::Name(family)];
        let query = Query {
            families,
            ..Query::default()
        };
        fonts.query(&query).is_some()
    };
    let found = FAMILIES.iter().find(is_there);
    found.map(|family| (*family).to_owned()).ok_or_else(|| {
        Failure::Usage(
            say!(ja: "日本語のフォントがありません。Debianの fonts-noto-cjk を入れるか、--font で指定してください", en: "there is no Japanese font here: install Debian's fonts-noto-cjk, or give one with --font"),
        )
    })
}

/// The characters that no font has.
fn missing_in(group: &usvg::Group, missing: &mut String) {
    for node in group.children() {
        match node {
            Node::Group(group) => missing_in(group, missing),
            Node::Text(text) => {
                let glyphs = text
                    .layouted()
                    .iter()
                    .flat_map(|span| &span.positioned_glyphs);
                let without = glyphs.filter(|glyph| glyph.id.0 == 0);
                without.for_each(|glyph| missing.push_str(&glyph.text));
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Press;
    use crate::failure::Failure;

    fn message<T>(result: Result<T, Failure>) -> String {
        match result {
            Err(Failure::Usage(message)) => message,
            _ => panic!("it is refused"),
        }
    }

    #[test]
    fn a_file_that_is_no_font_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no.ttf");
        std::fs::write(&path, "no font").unwrap();
        assert!(message(Press::with(Some(&path))).contains("no.ttf is no font"));
        let nowhere = folder.path().join("nowhere.ttf");
        assert!(message(Press::with(Some(&nowhere))).contains("cannot be read"));
    }

    const A_FONT: &str = "Debian's fonts-noto-cjk is missing, as `tools/need chromium` installs it";

    #[test]
    fn a_sheet_becomes_outlines_or_a_pdf_with_its_font_in_it() {
        let press = Press::with(None).map_err(|_| A_FONT).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let sheet = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"210mm\" height=\"297mm\" \
                     viewBox=\"0 0 210 297\"><text x=\"20\" y=\"20\" font-family=\"Letter\">健保</text></svg>";
        let [pdf, svg, png] = ["a.pdf", "a.svg", "a.png"].map(|name| folder.path().join(name));
        press.print(sheet, pdf.to_str().unwrap()).unwrap();
        let pdf = std::fs::read(pdf).unwrap();
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.starts_with("%PDF-") && text.contains("/FontFile"));
        // A4 in points.
        assert!(text.contains("/MediaBox [0 0 595.2"), "{text}");
        press.print(sheet, svg.to_str().unwrap()).unwrap();
        let svg = std::fs::read_to_string(svg).unwrap();
        assert!(svg.contains("<path") && !svg.contains("<text"), "{svg}");
        let refused = message(press.print(sheet, png.to_str().unwrap()));
        assert!(refused.contains("name it .pdf or .svg"), "{refused}");
        let unwritable = sheet.replace("健保", "\u{10fffd}");
        let refused = message(press.print(&unwritable, "a.pdf"));
        assert!(refused.contains("has no \u{10fffd}"), "{refused}");
    }
}
