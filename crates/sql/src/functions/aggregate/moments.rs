//! Central moments up to the third, updated row by row and merged without loss (Pébay 2008, sections 2 and 3).

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Moments {
    pub count: f64,
    pub mean: f64,
    /// Sums of the squared and cubed differences from the mean.
    pub m2: f64,
    pub m3: f64,
}

impl Moments {
    pub fn add(&mut self, value: f64) {
        self.merge(&Self { count: 1.0, mean: value, m2: 0.0, m3: 0.0 });
    }

    pub fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            *self = *other;
            return;
        }
        let (a, b) = (self.count, other.count);
        let count = a + b;
        let delta = other.mean - self.mean;
        let m2 = self.m2 + other.m2 + delta * delta * a * b / count;
        let m3 = self.m3
            + other.m3
            + delta * delta * delta * a * b * (a - b) / (count * count)
            + 3.0 * delta * (a * other.m2 - b * self.m2) / count;
        *self = Self { count, mean: self.mean + delta * b / count, m2, m3 };
    }
}
