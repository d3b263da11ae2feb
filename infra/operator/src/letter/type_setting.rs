//! Type: its sizes, how wide a text is in them, and where lines are broken.

/// Black, nearly.
pub(super) const INK: &str = "#1a1c20";
/// Sizes of type, in millimetres: 25.4 of them are 72 points.
pub(super) const BODY: f64 = 4.6;
pub(super) const SMALL: f64 = 4.0;
/// Ten points: smaller than that is nobody to read.
pub(super) const LEAST: f64 = 3.53;
/// From one line to the next, in its size.
pub(super) const LEADING: f64 = 1.55;

/// How a text is set.
#[derive(Clone, Copy)]
pub(super) struct Type {
    /// In millimetres.
    pub(super) size: f64,
    pub(super) weight: u16,
    pub(super) colour: &'static str,
}

impl Type {
    pub(super) const fn body() -> Self {
        Self::of(BODY)
    }

    pub(super) const fn of(size: f64) -> Self {
        Self {
            size,
            weight: 400,
            colour: INK,
        }
    }

    pub(super) const fn bold(self) -> Self {
        Self {
            weight: 700,
            ..self
        }
    }

    pub(super) const fn in_colour(self, colour: &'static str) -> Self {
        Self { colour, ..self }
    }

    /// The same, no larger than fits.
    pub(super) fn fitting(self, text: &str, width: f64) -> Self {
        let size = self.size.min(width / ems(text));
        Self { size, ..self }
    }
}

/// How wide a text is, in its own size; a little more than it is in any font that is likely.
pub(super) fn ems(text: &str) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '/' | '\'' | ' ' | '1' => 0.36,
        'm' | 'w' | 'M' | 'W' | '@' => 0.96,
        c if c.is_ascii() => 0.64,
        _ => 1.0,
    };
    text.chars().map(of).sum::<f64>().max(1.0)
}

/// The lines of a text in a width: broken anywhere, but not before what must not begin a line.
pub(super) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    const NEVER_FIRST: &str =
        "、。，．）」』】〕・：；！？ー々ゝぁぃぅぇぉっゃゅょァィゥェォッャュョ%,.):;!?";
    let mut lines = vec![String::new()];
    for c in text.chars() {
        let Some(line) = lines.last_mut() else { break };
        line.push(c);
        if ems(line) * size <= width || line.chars().count() == 1 {
            continue;
        }
        let mut next = String::from(c);
        line.pop();
        // What would begin the next line takes its neighbour along.
        while next.starts_with(|c| NEVER_FIRST.contains(c)) {
            match line.pop() {
                Some(before) => next.insert(0, before),
                None => break,
            }
        }
        lines.push(next);
    }
    lines
}

/// An address, on one line as long as that is large enough, else on several: broken behind what
/// divides it, so that nothing is read as a part of it.
pub(super) fn address_lines(set: Type, text: &str, width: f64) -> (Type, Vec<String>) {
    let fitting = set.fitting(text, width);
    if fitting.size >= SMALL {
        return (fitting, vec![text.to_owned()]);
    }
    let set = Type { size: SMALL, ..set };
    let fits = |line: &str| ems(line) * set.size <= width;
    let mut lines = vec![String::new()];
    for part in text.split_inclusive(['/', '.', '-', '?', '_', '%']) {
        let last = lines.last_mut().map_or("", |line| line);
        if !last.is_empty() && !fits(&format!("{last}{part}")) {
            lines.push(String::new());
        }
        // A part that no line holds is broken anywhere.
        for c in part.chars() {
            let is_full = lines
                .last()
                .is_some_and(|line| !line.is_empty() && !fits(&format!("{line}{c}")));
            if is_full {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
        }
    }
    (set, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_before_it_is_too_long_and_begins_with_no_full_stop() {
        let lines = wrapped("あいうえお。かきくけこ", 1.0, 5.0);
        assert_eq!(lines, ["あいうえ", "お。かきく", "けこ"]);
        assert_eq!(lines.concat(), "あいうえお。かきくけこ");
        assert_eq!(wrapped("", 1.0, 5.0), [""]);
        assert_eq!(wrapped("。。。", 1.0, 1.0).concat(), "。。。");
    }

    #[test]
    fn an_address_is_broken_behind_what_divides_it() {
        let lines = |text, width| address_lines(Type::of(6.0), text, width).1;
        let address = "https://ibss.example.jp/portal/signup.ibss?jkc";
        assert_eq!(lines(address, 200.0), [address]);
        let broken = lines(address, 70.0);
        assert_eq!(broken.concat(), address);
        assert_eq!(broken.len(), 2, "{broken:?}");
        assert!(broken[0].ends_with(['/', '.', '-', '?']), "{broken:?}");
        let long = format!("https://{}.example.jp/", "x".repeat(60));
        assert_eq!(lines(&long, 60.0).concat(), long);
    }
}
