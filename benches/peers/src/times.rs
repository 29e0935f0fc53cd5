//! What many calls took.

use std::time::Duration;

use serde::Serialize;

#[derive(Default)]
pub struct Times(Vec<u32>);

/// Milliseconds; `None` where nothing was measured.
#[derive(Serialize)]
pub struct Percentiles {
    pub count: usize,
    pub p50: Option<f64>,
    pub p99: Option<f64>,
    pub p999: Option<f64>,
}

impl Times {
    pub fn add(&mut self, took: Duration) {
        self.0
            .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    pub fn percentiles(mut self) -> Percentiles {
        self.0.sort_unstable();
        let count = self.0.len();
        // The smallest time that so many of a thousand did not exceed.
        let at = |thousandths: usize| {
            let rank = (count * thousandths).div_ceil(1000);
            let micros = self.0.get(rank.checked_sub(1)?)?;
            Some(f64::from(*micros) / 1000.0)
        };
        Percentiles {
            count,
            p50: at(500),
            p99: at(990),
            p999: at(999),
        }
    }
}
