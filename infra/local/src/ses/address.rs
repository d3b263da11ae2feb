//! Addresses as SES judges them: which it delivers to, and as which identity it sends.

/// The verified identity that an address sends as: itself, its domain, or a domain above it.
pub(super) fn identity_of<'a>(address: &str, identities: &'a [String]) -> Option<&'a str> {
    let exact = identities
        .iter()
        .find(|identity| identity.eq_ignore_ascii_case(address));
    let (_, mut domain) = address.rsplit_once('@')?;
    if let Some(exact) = exact {
        return Some(exact);
    }
    loop {
        if let Some(identity) = identities
            .iter()
            .find(|identity| identity.eq_ignore_ascii_case(domain))
        {
            return Some(identity);
        }
        (_, domain) = domain.split_once('.')?;
    }
}

/// The address within `Name <address>`.
pub(super) fn bare(address: &str) -> String {
    match address
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
    {
        Some((inner, _)) => inner.trim().to_owned(),
        None => address.trim().to_owned(),
    }
}

/// Whether SES takes an address; the messages are its own.
pub(super) fn address_is_valid(address: &str) -> Result<(), &'static str> {
    if !address.is_ascii() || address.contains(['\r', '\n']) {
        return Err("Domain contains illegal character");
    }
    let address = bare(address);
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err("Missing final '@domain'");
    };
    if local.is_empty() || local.len() > 64 || address.len() > 320 {
        return Err("Local address is missing or too long");
    }
    if local
        .bytes()
        .any(|byte| byte.is_ascii_control() || byte == b' ')
    {
        return Err("Local address contains control or whitespace");
    }
    if local.bytes().any(|byte| b"()<>,;:\\\"[]@".contains(&byte)) {
        return Err("Local address contains illegal character");
    }
    if local.starts_with('.') {
        return Err("Local address starts with dot");
    }
    if local.ends_with('.') {
        return Err("Local address ends with dot");
    }
    if local.contains("..") {
        return Err("Local address contains dot-dot");
    }
    let label_fits = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !domain.contains('.') || !domain.split('.').all(label_fits) {
        return Err("Domain contains illegal character");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_refused_as_ses_refuses_them() {
        for address in [
            "taro@example.jp",
            "健保".len().to_string().as_str(),
            "a..b@example.jp",
            "a.@docomo.ne.jp",
        ] {
            assert_eq!(
                address_is_valid(address).is_ok(),
                address == "taro@example.jp",
                "{address}"
            );
        }
        assert!(address_is_valid("=?UTF-8?B?5YGl5L+d?= <a+b_c@sub.example.jp>").is_ok());
        assert!(address_is_valid("a@example.jp,b@example.jp").is_err());
        assert!(address_is_valid("a@例え.jp").is_err());
        assert!(address_is_valid("a@example").is_err());
    }

    #[test]
    fn an_address_sends_as_itself_or_as_its_domain() {
        let identities = ["ibss.example.jp".to_owned(), "one@example.com".to_owned()];
        assert_eq!(
            identity_of("jvckwd_kennin@ibss.example.jp", &identities),
            Some("ibss.example.jp")
        );
        assert_eq!(
            identity_of("a@mail.ibss.example.jp", &identities),
            Some("ibss.example.jp")
        );
        assert_eq!(
            identity_of("one@example.com", &identities),
            Some("one@example.com")
        );
        assert_eq!(identity_of("two@example.com", &identities), None);
    }
}
