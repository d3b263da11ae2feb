//! Text in XML and HTML.

/// The text as it stands between tags, or in a quoted attribute: markup in it is text. Control characters,
/// most of which XML has no way to write, become spaces.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The text as it stands between tags of a page's part: neither markup nor what a template takes for its own.
pub(crate) fn in_template(text: &str) -> String {
    escaped(text).replace('{', "&#123;")
}

#[cfg(test)]
mod tests {
    use super::{escaped, in_template};

    #[test]
    fn markup_in_a_text_is_text() {
        assert_eq!(
            escaped("<a href=\"x\">'Ａ' & B\u{0}</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;Ａ&#39; &amp; B &lt;/a&gt;"
        );
    }

    #[test]
    fn a_tag_of_the_templates_in_a_text_is_text() {
        assert_eq!(
            in_template("{{ portal }} {% x %}"),
            "&#123;&#123; portal }} &#123;% x %}"
        );
    }
}
