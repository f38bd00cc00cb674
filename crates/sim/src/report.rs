//! Figures: printed as they are measured, and kept in a file that other tools read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::{Context as _, Result};
use crate::stopwatch;

/// One measured figure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// The median of the runs.
    value: f64,
    unit: String,
    /// Every run.
    runs: Vec<f64>,
    /// The same measurement of the baseline, run by run in turn with this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Baseline>,
    /// How it was measured, where that differs between runs of the program.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    conditions: BTreeMap<String, String>,
    measured_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Baseline {
    what: String,
    value: f64,
    runs: Vec<f64>,
    /// Value divided by the baseline's.
    ratio: f64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    machine: BTreeMap<String, String>,
    #[serde(default)]
    figures: BTreeMap<String, Figure>,
}

/// Takes figures of one group.
#[derive(Debug)]
pub(crate) struct Report {
    path: PathBuf,
    file: File,
    commit: Option<String>,
}

impl Report {
    /// The report in `folder`. Figures that this run does not measure again are kept.
    pub(crate) fn open(folder: &Path, name: &str) -> Result<Self> {
        std::fs::create_dir_all(folder).while_doing(|| format!("making {}", folder.display()))?;
        let path = folder.join(format!("{name}.json"));
        let mut file: File = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).while_doing(|| format!("reading {}", path.display()))?,
            Err(_) => File::default(),
        };
        file.machine = machine();
        Ok(Self { path, file, commit: commit() })
    }

    /// Prints a figure and saves the report.
    pub(crate) fn add(&mut self, measured: Measured) -> Result<()> {
        let Measured { name, unit, runs, baseline, conditions } = measured;
        let value = median(&runs);
        println!("figure {name} {} {unit}", rounded(value));
        let baseline = baseline.map(|(what, runs)| {
            let baseline = median(&runs);
            Baseline { what, value: baseline, runs, ratio: value / baseline }
        });
        if let Some(Baseline { what, ratio, .. }) = &baseline {
            println!("ratio {ratio:.2} against {what}");
        }
        let measured_at = stopwatch::now().to_string();
        let figure = Figure {
            value,
            unit: unit.to_owned(),
            runs,
            baseline,
            conditions,
            measured_at,
            commit: self.commit.clone(),
        };
        self.file.figures.insert(name.to_owned(), figure);
        let text = serde_json::to_string_pretty(&self.file)? + "\n";
        std::fs::write(&self.path, text).while_doing(|| format!("writing {}", self.path.display()))
    }
}

/// A figure to be reported.
#[derive(Debug)]
pub(crate) struct Measured {
    name: &'static str,
    unit: &'static str,
    runs: Vec<f64>,
    baseline: Option<(String, Vec<f64>)>,
    conditions: BTreeMap<String, String>,
}

impl Measured {
    /// A figure of one or more runs.
    pub(crate) fn new(name: &'static str, unit: &'static str, runs: Vec<f64>) -> Self {
        Self { name, unit, runs, baseline: None, conditions: BTreeMap::new() }
    }

    /// With the same measurement of something to compare with.
    pub(crate) fn against(mut self, what: &str, runs: Vec<f64>) -> Self {
        self.baseline = Some((what.to_owned(), runs));
        self
    }

    /// With a word on how it was measured.
    pub(crate) fn with(mut self, condition: &str, value: impl ToString) -> Self {
        self.conditions.insert(condition.to_owned(), value.to_string());
        self
    }
}

/// The middle value; of an even number the lower of the two in the middle. 0 of none.
pub(crate) fn median(runs: &[f64]) -> f64 {
    let mut sorted = runs.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len().max(1) - 1) / 2).copied().unwrap_or(0.0)
}

/// Four significant digits, so that a figure shows no precision it does not have.
fn rounded(value: f64) -> String {
    if value == 0.0 || value.abs() >= 1000.0 || value.fract() == 0.0 {
        return format!("{value:.0}");
    }
    let digits = 3 - value.abs().log10().floor() as i32;
    format!("{value:.*}", digits.max(0) as usize)
}

fn machine() -> BTreeMap<String, String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut machine = BTreeMap::from([("cores".to_owned(), cores.to_string())]);
    machine.extend(field(&read("/proc/cpuinfo"), "model name").map(|model| ("processor".to_owned(), model)));
    machine.extend(field(&read("/proc/meminfo"), "MemTotal").map(|memory| ("memory".to_owned(), memory)));
    machine.insert("system".to_owned(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH));
    machine
}

/// The commit of the folder that the program was started in, if there is one and git knows it; with a plus sign when
/// files differ from it.
fn commit() -> Option<String> {
    let output = std::process::Command::new("git").args(["describe", "--always", "--dirty=+", "--abbrev=12"]).output();
    let output = output.ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_a_value_that_was_measured() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.0);
        assert_eq!(median(&[7.0]), 7.0);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn figures_have_four_digits() {
        let texts = [6123.4, 12.3456, 0.034567, 0.0, 3.0, 999.96].map(rounded);
        assert_eq!(texts, ["6123", "12.35", "0.03457", "0", "3", "1000.0"]);
    }

    #[test]
    fn a_figure_that_was_not_measured_again_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Report::open(folder.path(), "loop").unwrap();
        first.add(Measured::new("a", "ms", vec![1.0])).unwrap();
        let mut second = Report::open(folder.path(), "loop").unwrap();
        second.add(Measured::new("b", "ms", vec![2.0]).against("half of it", vec![1.0]).with("scans", 5)).unwrap();
        let third = Report::open(folder.path(), "loop").unwrap();
        assert_eq!(third.file.figures.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(third.file.figures["b"].baseline.as_ref().unwrap().ratio, 2.0);
    }
}
