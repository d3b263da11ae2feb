//! The days as a picture: how many have come how far until the end of each, one line a step.
//!
//! It is drawn as SVG by hand: five lines, two axes, and labels at the lines' ends in place of a legend to
//! look up. Colours are Okabe and Ito's, which colour-blind people tell apart; dashes and marks differ too.

use std::fmt::Write as _;

use super::{
    report::{Funnel, percent},
    sheet::SAID,
    tally::STEPS,
};
use crate::{answer::grouped, markup::escaped};

const WIDTH: f64 = 1_040.0;
const HEIGHT: f64 = 560.0;
/// The plane that the lines are in.
const LEFT: f64 = 84.0;
const RIGHT: f64 = 760.0;
const TOP: f64 = 118.0;
const BOTTOM: f64 = 496.0;
/// The least between two labels.
const LABEL_HEIGHT: f64 = 40.0;
/// Above so many days, no mark is drawn for each.
const MARKED_DAYS: usize = 45;
const DAY_LABELS: usize = 8;
const FONTS: &str =
    "'Noto Sans JP', 'Noto Sans CJK JP', 'Hiragino Sans', 'Yu Gothic', Meiryo, sans-serif";
const INK: &str = "#1a1a1a";
const FAINT: &str = "#595959";
const GRID: &str = "#d9d9d9";
const LINES: [(&str, &str); STEPS.len()] = [
    ("#0072b2", "none"),
    ("#56b4e9", "10 4"),
    ("#009e73", "none"),
    ("#b57a00", "4 4"),
    ("#d55e00", "none"),
];

/// The picture; of nothing, an empty plane.
pub(super) fn svg(funnel: Option<&Funnel>) -> String {
    let mut picture = Picture(String::new());
    if let Some(funnel) = funnel {
        picture.draw(funnel);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" font-family=\"{FONTS}\" font-size=\"15\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n{}</svg>\n",
        picture.0
    )
}

struct Picture(String);

impl Picture {
    fn push(&mut self, element: impl AsRef<str>) {
        self.0.push_str(element.as_ref());
        self.0.push('\n');
    }

    fn text(&mut self, (x, y): (f64, f64), anchor: &str, style: &str, text: &str) {
        let text = escaped(text);
        self.push(format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {style}>{text}</text>"
        ));
    }

    fn draw(&mut self, funnel: &Funnel) {
        let days = funnel.days();
        let title = format!("{}　登録の進み具合（累計）", funnel.title());
        self.push(format!("<title>{}</title>", escaped(&title)));
        let bold = format!("fill=\"{INK}\" font-size=\"22\" font-weight=\"700\"");
        self.text((24.0, 44.0), "start", &bold, &title);
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return;
        };
        let said = format!(
            "{} 〜 {}　名簿 {}人",
            first.date,
            last.date,
            grouped(funnel.roster())
        );
        self.text((24.0, 72.0), "start", &format!("fill=\"{FAINT}\""), &said);

        let most = days.iter().flat_map(|day| day.until_then).max();
        let tick = tick_of(most.unwrap_or(0));
        let top = most.unwrap_or(0).div_ceil(tick).max(1) * tick;
        let plane = Plane {
            days: days.len(),
            top,
        };
        self.axes(&plane, tick, |index| {
            let day = days[index].date;
            let labelled = index.checked_sub(days.len().div_ceil(DAY_LABELS));
            let before = labelled.and_then(|index| days.get(index));
            let (month, of_month) = (u8::from(day.month()), day.day());
            // A survey goes on over the new year: the first day of each year says which.
            if before.is_some_and(|before| before.date.year() == day.year()) {
                format!("{month}/{of_month}")
            } else {
                format!("{}/{month}/{of_month}", day.year())
            }
        });
        let mut ends = Vec::new();
        for (step, (colour, dashes)) in LINES.into_iter().enumerate() {
            let points: Vec<(f64, f64)> = days
                .iter()
                .enumerate()
                .map(|(index, day)| plane.at(index, day.until_then[step]))
                .collect();
            self.line(&points, colour, dashes);
            ends.push((
                last.until_then[step],
                points.last().copied().unwrap_or_default(),
            ));
        }
        self.labels(&ends, funnel.roster());
    }

    fn axes(&mut self, plane: &Plane, tick: u64, day: impl Fn(usize) -> String) {
        let faint = format!("fill=\"{FAINT}\"");
        for value in (0..=plane.top / tick).map(|index| index * tick) {
            let (_, y) = plane.at(0, value);
            let stroke = if value == 0 { FAINT } else { GRID };
            self.push(format!(
                "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"{stroke}\" fill=\"none\"/>"
            ));
            self.text((LEFT - 10.0, y + 5.0), "end", &faint, &grouped(value));
        }
        self.text((LEFT - 10.0, TOP - 18.0), "end", &faint, "人");
        let every = plane.days.div_ceil(DAY_LABELS);
        for index in (0..plane.days).step_by(every) {
            let (x, y) = plane.at(index, 0);
            self.push(format!(
                "<path d=\"M{x:.1} {y:.1}v6\" stroke=\"{FAINT}\" fill=\"none\"/>"
            ));
            self.text((x, y + 24.0), "middle", &faint, &day(index));
        }
    }

    fn line(&mut self, points: &[(f64, f64)], colour: &str, dashes: &str) {
        let mut path = String::new();
        for (index, (x, y)) in points.iter().enumerate() {
            let verb = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{verb}{x:.1} {y:.1}");
        }
        self.push(format!(
            "<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"3\" stroke-dasharray=\"{dashes}\" \
             stroke-linejoin=\"round\" fill=\"none\"/>"
        ));
        if points.len() <= MARKED_DAYS {
            for (x, y) in points {
                self.push(format!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>"
                ));
            }
        }
    }

    /// What each line is, at its end; pushed apart where lines end close to each other.
    fn labels(&mut self, ends: &[(u64, (f64, f64))], roster: u64) {
        let mut next = TOP;
        let places: Vec<f64> = ends
            .iter()
            .enumerate()
            .map(|(index, (_, (_, y)))| {
                let below = ends.len() - 1 - index;
                #[expect(clippy::cast_precision_loss, reason = "there are five")]
                let lowest = BOTTOM - LABEL_HEIGHT * below as f64;
                let place = y.max(next).min(lowest);
                next = place + LABEL_HEIGHT;
                place
            })
            .collect();
        for (step, ((members, (x, y)), place)) in ends.iter().zip(places).enumerate() {
            let (colour, dashes) = LINES[step];
            let (from, bend, to) = (x + 8.0, RIGHT + 22.0, RIGHT + 40.0);
            self.push(format!(
                "<path d=\"M{from:.1} {y:.1}L{bend} {place:.1}H{to}\" stroke=\"{GRID}\" fill=\"none\"/>"
            ));
            let (begin, end) = (to + 4.0, to + 36.0);
            self.push(format!(
                "<path d=\"M{begin} {place:.1}H{end}\" stroke=\"{colour}\" stroke-width=\"4\" \
                 stroke-dasharray=\"{dashes}\" fill=\"none\"/>"
            ));
            let bold = format!("fill=\"{INK}\" font-weight=\"700\"");
            self.text((end + 8.0, place + 0.0), "start", &bold, SAID[step]);
            let count = format!("{}人（{}）", grouped(*members), percent(*members, roster));
            self.text(
                (end + 8.0, place + 18.0),
                "start",
                &format!("fill=\"{FAINT}\""),
                &count,
            );
        }
    }
}

/// Where a number on a day is.
struct Plane {
    days: usize,
    top: u64,
}

impl Plane {
    #[expect(clippy::cast_precision_loss, reason = "these are pixels")]
    fn at(&self, index: usize, value: u64) -> (f64, f64) {
        let width = RIGHT - LEFT;
        // A day alone stands in the middle.
        let x = match self.days {
            0 | 1 => width / 2.0,
            days => width * index as f64 / (days - 1) as f64,
        };
        let y = (BOTTOM - TOP) * value as f64 / self.top as f64;
        (LEFT + x, BOTTOM - y)
    }
}

/// The step of an axis up to `most`: 1, 2 or 5 times a power of ten, so that there are at most six.
fn tick_of(most: u64) -> u64 {
    let powers = std::iter::successors(Some(1_u64), |power| power.checked_mul(10));
    powers
        .flat_map(|power| [power, 2 * power, 5 * power])
        .find(|tick| most.div_ceil(*tick) <= 6)
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::tick_of;

    #[test]
    fn an_axis_has_round_numbers_and_not_too_many() {
        for (most, tick) in [
            (0, 1),
            (6, 1),
            (7, 2),
            (30, 5),
            (100_000, 20_000),
            (123_456, 50_000),
        ] {
            assert_eq!(tick_of(most), tick, "{most}");
        }
    }
}
