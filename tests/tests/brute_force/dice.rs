//! Random choices that a seed makes again.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

#[derive(Debug)]
pub struct Dice(StdRng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// So many times of a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.0.random_ratio(percent, 100)
    }

    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    pub fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Between -1 and 1, with many digits: no two are equal.
    pub fn fraction(&mut self) -> f64 {
        self.0.random_range(-1.0..1.0)
    }

    /// Some of them, each once, in any order.
    pub fn some_of<T: Clone>(&mut self, list: &[T], most: usize) -> Vec<T> {
        let mut left = list.to_vec();
        let wanted = self.below(most.min(list.len()) + 1);
        (0..wanted).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }
}
