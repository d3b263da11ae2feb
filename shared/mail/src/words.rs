//! The words of a mail, from its template folder.

/// The words of one mail, in both languages.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    /// The Japanese subject in its first line, the English one in its second.
    pub(crate) subject: &'static str,
    /// The Japanese text.
    pub(crate) body: &'static str,
    /// The English text, which goes below the Japanese one.
    pub(crate) english: &'static str,
}

/// The words in `templates/<folder>/`, compiled in.
macro_rules! words_of {
    ($folder:literal) => {
        $crate::words::Words {
            subject: include_str!(concat!("../templates/", $folder, "/subject.txt")),
            body: include_str!(concat!("../templates/", $folder, "/body.txt")),
            english: include_str!(concat!("../templates/", $folder, "/english.txt")),
        }
    };
}

pub(crate) use words_of;

impl Words {
    /// The Japanese subject, with the English one behind it where there is English in the mail.
    pub(crate) fn subject(&self, has_english: bool) -> String {
        let lines = if has_english { 2 } else { 1 };
        let subjects: Vec<&str> = self.subject.lines().take(lines).collect();
        subjects.join(" ")
    }
}
