//! What was measured, and the tables that are printed of it: the same for the native run and for
//! the page.

use std::fmt::Write as _;

/// What is ours: the codec, which decodes and encodes, and the dissection.
pub const OURS: &str = "device-console";
/// Our dissection, which reads the whole tree of fields.
pub const DISSECTION: &str = "dissection";
/// The limit: fixed headers are read, everything else is skipped.
pub const LIMIT: &str = "headers only";
/// The codec in JavaScript that the page measures.
pub const MQTT_PACKET: &str = "mqtt-packet (JS)";

/// What a codec did in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// From bytes to packets.
    Decode,
    /// From packets to bytes.
    Encode,
}

impl Task {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Decode, Self::Encode];

    /// One word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Encode => "encode",
        }
    }
}

struct Row {
    task: Task,
    case: String,
    codec: String,
    /// Packets per second, one for each round.
    rates: Vec<f64>,
}

/// Packets per second of each codec in each case, round by round.
#[derive(Default)]
pub struct Measurements(Vec<Row>);

impl Measurements {
    /// Takes the rate of the next round.
    pub fn add(&mut self, task: Task, case: &str, codec: &str, rate: f64) {
        let same = |row: &&mut Row| row.task == task && row.case == case && row.codec == codec;
        match self.0.iter_mut().find(same) {
            Some(row) => row.rates.push(rate),
            None => self.0.push(Row {
                task,
                case: case.to_owned(),
                codec: codec.to_owned(),
                rates: vec![rate],
            }),
        }
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Million packets per second for each task, then our ratios.
    pub fn tables(&self) -> String {
        let mut out = String::new();
        for task in Task::ALL {
            self.rates_table(task, &mut out);
        }
        self.ratios_table(&mut out);
        out
    }

    fn cases(&self, task: Task) -> Vec<&str> {
        let mut cases: Vec<&str> = Vec::new();
        for row in self.0.iter().filter(|row| row.task == task) {
            if !cases.contains(&row.case.as_str()) {
                cases.push(&row.case);
            }
        }
        cases
    }

    fn row(&self, task: Task, case: &str, codec: &str) -> Option<&Row> {
        let same = |row: &&Row| row.task == task && row.case == case && row.codec == codec;
        self.0.iter().find(same)
    }

    fn rates_table(&self, task: Task, out: &mut String) {
        let mut codecs: Vec<&str> = Vec::new();
        for row in self.0.iter().filter(|row| row.task == task) {
            if !codecs.contains(&row.codec.as_str()) {
                codecs.push(&row.codec);
            }
        }
        if codecs.is_empty() {
            return;
        }
        let _ = writeln!(out, "{}, million packets per second (medians)", task.name());
        let _ = write!(out, "  {:<26}", "");
        for codec in &codecs {
            let _ = write!(out, "{codec:>width$}", width = width(codec));
        }
        out.push('\n');
        for case in self.cases(task) {
            let _ = write!(out, "  {case:<26}");
            for codec in &codecs {
                let width = width(codec);
                let _ = match self.row(task, case, codec) {
                    Some(row) => {
                        let rate = median(row.rates.iter().copied()) / 1e6;
                        write!(out, "{rate:>width$.*}", if rate < 1.0 { 3 } else { 1 })
                    }
                    None => write!(out, "{:>width$}", "-"),
                };
            }
            out.push('\n');
        }
        out.push('\n');
    }

    /// Ours against the fastest of the others, and the dissection against what others decode.
    fn ratios_table(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "ratios: medians of each round's ratio (lowest..highest)"
        );
        for task in Task::ALL {
            for case in self.cases(task) {
                let Some(ours) = self.row(task, case, OURS) else {
                    continue;
                };
                if let Some(fastest) = self.fastest(task, case) {
                    ratio_line(out, task.name(), case, ours, fastest);
                }
            }
        }
        for case in self.cases(Task::Decode) {
            let Some(ours) = self.row(Task::Decode, case, DISSECTION) else {
                continue;
            };
            let other = self
                .row(Task::Decode, case, MQTT_PACKET)
                .or_else(|| self.fastest(Task::Decode, case));
            if let Some(other) = other {
                ratio_line(out, "dissect", case, ours, other);
            }
        }
    }

    fn fastest(&self, task: Task, case: &str) -> Option<&Row> {
        let others = self.0.iter().filter(|row| {
            row.task == task
                && row.case == case
                && ![OURS, DISSECTION, LIMIT].contains(&&*row.codec)
        });
        others.max_by(|a, b| {
            median(a.rates.iter().copied()).total_cmp(&median(b.rates.iter().copied()))
        })
    }
}

fn width(codec: &str) -> usize {
    codec.len().max(7) + 2
}

fn ratio_line(out: &mut String, task: &str, case: &str, ours: &Row, other: &Row) {
    let ratios = || ours.rates.iter().zip(&other.rates).map(|(a, b)| a / b);
    let (low, high) = ratios().fold((f64::MAX, 0.0_f64), |(low, high), ratio| {
        (low.min(ratio), high.max(ratio))
    });
    let _ = writeln!(
        out,
        "  {task:<8}{case:<26}{:>8.2} x {:<20} ({low:.2}..{high:.2})",
        median(ratios()),
        other.codec
    );
}

/// The middle value, or the upper of the two in the middle.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
