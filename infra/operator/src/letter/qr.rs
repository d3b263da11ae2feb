//! The QR code, as one path.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around it, without which a reader may not find it (JIS X 0510, ISO/IEC 18004).
pub(super) const QUIET_ZONE: i32 = 4;

/// The dark modules of a text's code, a module being 1, and how wide it is with its quiet zone. Of error
/// correction M or better: a letter is folded, and read by poor light. `None` when the text is too long.
pub(super) fn path(text: &str) -> Option<(String, i32)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let width = (x..code.size())
                .take_while(|x| code.get_module(*x, y))
                .count();
            let width = i32::try_from(width).unwrap_or(i32::MAX);
            if width > 0 {
                let (left, top) = (x + QUIET_ZONE, y + QUIET_ZONE);
                let _ = write!(path, "M{left} {top}h{width}v1h-{width}z");
            }
            x += width.max(1);
        }
    }
    Some((path, code.size() + 2 * QUIET_ZONE))
}
