//! What a view shows and what it keeps alive.

/// The weight of one view, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Weight {
    /// Bytes shown: the view's length.
    pub net: usize,
    /// Bytes kept alive: the capacity of the view's store, whoever else holds it too.
    pub gross: usize,
}

impl Weight {
    /// Bytes kept alive and not shown.
    #[must_use]
    pub const fn tare(self) -> usize {
        self.gross.saturating_sub(self.net)
    }
}

/// When a copy pays: the rule behind `keep()`.
///
/// A view that is going to be kept should be copied when its share of the store, `gross / live_views`, is more than
/// `max(factor * net, net + slack)`. The default is `max(2 * net, net + 512)`.
///
/// ```
/// use plimsoll::{KeepRule, Weight};
///
/// let id_of_a_packet = Weight { net: 16, gross: 1 << 20 };
/// assert!(KeepRule::default().should_copy(id_of_a_packet, 1));
/// assert!(!KeepRule::default().should_copy(id_of_a_packet, 10_000), "10,000 views share the megabyte");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepRule {
    /// How many times its own size a view may hold.
    pub factor: usize,
    /// How many bytes more than its own size a view may always hold.
    pub slack: usize,
}

impl Default for KeepRule {
    fn default() -> Self {
        Self { factor: 2, slack: 512 }
    }
}

impl KeepRule {
    /// Whether a copy of the view pays, when `live_views` views hold its store.
    #[must_use]
    pub fn should_copy(self, weight: Weight, live_views: usize) -> bool {
        let share = weight.gross / live_views.max(1);
        share > weight.net.saturating_mul(self.factor).max(weight.net.saturating_add(self.slack))
    }
}
