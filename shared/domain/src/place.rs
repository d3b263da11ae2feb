//! Where a login came from, as coarsely as a member needs to recognise it: a prefecture of Japan, or a
//! country. The distribution finds it out from the client's address, which itself is kept nowhere.

/// A prefecture of Japan, or another country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A prefecture, by its number in JIS X 0401, from 1 to 47.
    Prefecture(u8),
    /// Somewhere in Japan.
    Japan,
    /// Another country, by its two letters in ISO 3166-1.
    Abroad(String),
}

impl Place {
    /// Makes a place of a country's two letters (ISO 3166-1) and, within it, the region's part of an ISO
    /// 3166-2 code, which for Japan is the prefecture's number in two digits. `None` when the country is
    /// none.
    #[must_use]
    pub fn of(country: &str, region: Option<&str>) -> Option<Self> {
        let country = country.to_ascii_uppercase();
        if country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return None;
        }
        if country != "JP" {
            return Some(Self::Abroad(country));
        }
        let number = region
            .and_then(|region| region.parse().ok())
            .filter(|number| name_of(*number).is_some());
        Some(number.map_or(Self::Japan, Self::Prefecture))
    }

    /// The place as [`parse`](Self::parse) reads it: `JP-13`, `JP` or `US`.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Prefecture(number) => format!("JP-{number:02}"),
            Self::Japan => "JP".to_owned(),
            Self::Abroad(country) => country.clone(),
        }
    }

    /// Reads what [`code`](Self::code) wrote.
    ///
    /// # Errors
    /// When the text is no such code.
    pub fn parse(code: &str) -> Result<Self, PlaceError> {
        let (country, region) = match code.split_once('-') {
            Some((country, region)) => (country, Some(region)),
            None => (code, None),
        };
        Self::of(country, region)
            .filter(|place| place.code() == code)
            .ok_or(PlaceError)
    }

    /// Such as 東京都, 日本 or 海外（US）.
    #[must_use]
    pub fn in_japanese(&self) -> String {
        match self {
            Self::Prefecture(number) => {
                name_of(*number).map_or("日本", |(name, _)| name).to_owned()
            }
            Self::Japan => "日本".to_owned(),
            Self::Abroad(country) => format!("海外（{country}）"),
        }
    }

    /// Such as Tokyo, Japan or abroad (US).
    #[must_use]
    pub fn in_english(&self) -> String {
        match self {
            Self::Prefecture(number) => name_of(*number)
                .map_or("Japan", |(_, name)| name)
                .to_owned(),
            Self::Japan => "Japan".to_owned(),
            Self::Abroad(country) => format!("abroad ({country})"),
        }
    }
}

/// A stored place that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the code of a place")]
pub struct PlaceError;

fn name_of(number: u8) -> Option<(&'static str, &'static str)> {
    PREFECTURES
        .get(usize::from(number).checked_sub(1)?)
        .copied()
}

/// The prefectures in the order of JIS X 0401.
const PREFECTURES: [(&str, &str); 47] = [
    ("北海道", "Hokkaido"),
    ("青森県", "Aomori"),
    ("岩手県", "Iwate"),
    ("宮城県", "Miyagi"),
    ("秋田県", "Akita"),
    ("山形県", "Yamagata"),
    ("福島県", "Fukushima"),
    ("茨城県", "Ibaraki"),
    ("栃木県", "Tochigi"),
    ("群馬県", "Gunma"),
    ("埼玉県", "Saitama"),
    ("千葉県", "Chiba"),
    ("東京都", "Tokyo"),
    ("神奈川県", "Kanagawa"),
    ("新潟県", "Niigata"),
    ("富山県", "Toyama"),
    ("石川県", "Ishikawa"),
    ("福井県", "Fukui"),
    ("山梨県", "Yamanashi"),
    ("長野県", "Nagano"),
    ("岐阜県", "Gifu"),
    ("静岡県", "Shizuoka"),
    ("愛知県", "Aichi"),
    ("三重県", "Mie"),
    ("滋賀県", "Shiga"),
    ("京都府", "Kyoto"),
    ("大阪府", "Osaka"),
    ("兵庫県", "Hyogo"),
    ("奈良県", "Nara"),
    ("和歌山県", "Wakayama"),
    ("鳥取県", "Tottori"),
    ("島根県", "Shimane"),
    ("岡山県", "Okayama"),
    ("広島県", "Hiroshima"),
    ("山口県", "Yamaguchi"),
    ("徳島県", "Tokushima"),
    ("香川県", "Kagawa"),
    ("愛媛県", "Ehime"),
    ("高知県", "Kochi"),
    ("福岡県", "Fukuoka"),
    ("佐賀県", "Saga"),
    ("長崎県", "Nagasaki"),
    ("熊本県", "Kumamoto"),
    ("大分県", "Oita"),
    ("宮崎県", "Miyazaki"),
    ("鹿児島県", "Kagoshima"),
    ("沖縄県", "Okinawa"),
];

#[cfg(test)]
mod tests {
    use super::{Place, PlaceError};

    #[test]
    fn a_prefecture_is_named_in_both_languages() {
        for (region, japanese, english) in [
            ("01", "北海道", "Hokkaido"),
            ("13", "東京都", "Tokyo"),
            ("27", "大阪府", "Osaka"),
            ("47", "沖縄県", "Okinawa"),
        ] {
            let place = Place::of("JP", Some(region)).unwrap();
            assert_eq!(place.in_japanese(), japanese);
            assert_eq!(place.in_english(), english);
            assert_eq!(place.code(), format!("JP-{region}"));
        }
    }

    #[test]
    fn what_is_known_less_well_is_told_less_closely() {
        for (country, region) in [("JP", None), ("JP", Some("48")), ("jp", Some("TYO"))] {
            let place = Place::of(country, region).unwrap();
            assert_eq!(place, Place::Japan);
            assert_eq!(
                (place.in_japanese(), place.in_english()),
                ("日本".into(), "Japan".into())
            );
        }
        let abroad = Place::of("US", Some("CA")).unwrap();
        assert_eq!(abroad.in_japanese(), "海外（US）");
        assert_eq!(abroad.in_english(), "abroad (US)");
    }

    #[test]
    fn what_is_no_country_is_no_place() {
        for country in ["", "J", "JPN", "日本", "1A", "<b>"] {
            assert_eq!(Place::of(country, None), None, "{country}");
        }
    }

    #[test]
    fn a_place_reads_back_and_nothing_else_does() {
        for code in ["JP-13", "JP", "US"] {
            assert_eq!(Place::parse(code).unwrap().code(), code);
        }
        for text in ["", "JP-1", "JP-48", "US-CA", "jp", "JP-13 "] {
            assert_eq!(Place::parse(text), Err(PlaceError), "{text}");
        }
    }
}
