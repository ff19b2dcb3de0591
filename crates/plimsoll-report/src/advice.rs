//! What to write instead, and when it is worth saying.

use crate::model::{Advice, Holder, Kind, Totals};
use crate::rows::{ClassRow, SourceKind};
use crate::size::grouped;

/// Freeing less than this is not worth a change of code.
const LEAST_BYTES: u64 = 4 << 10;

/// Nor is freeing less than this part (one tenth) of what the holder keeps.
const LEAST_PART: u64 = 10;

/// A copy has a store of its own, and its record and allocation cost about this much. A view that gives back less than
/// that is better left as it is: so are small buffers that fill their pool slabs.
const COPY_COSTS: u64 = 128;

/// Up to this many bytes a view may well be an id, which can be kept as a string.
const LONGEST_ID: u64 = 64;

/// Below this many bytes on average, `Buffer.from(view)` puts its copies into the pool: half a slab, by default.
const POOLED_BELOW: u64 = 4 << 10;

/// How many lines a sentence names before it counts the rest.
const NAMED: usize = 4;

/// Why there is advice on a holder, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Copies free so many bytes.
    Copy(u64),
    /// Copies would free so many bytes a view, which is less than a copy costs.
    Dear(u64),
    /// Copies free something if the views show little, which nobody knows.
    Perhaps,
    /// Nothing to free, or too little to matter.
    Leave,
}

/// What the advice is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    Script,
    Node,
    /// JavaScript without Node's Buffer.
    Web,
    Rust,
}

impl Tongue {
    /// A snapshot can be a browser's: nothing in it is Node's then. Where nobody listed its classes, it is taken for Node's.
    pub(crate) fn of(source: SourceKind, classes: &[ClassRow], holders: &[Holder]) -> Tongue {
        match source {
            SourceKind::Script => Tongue::Script,
            SourceKind::Rust => Tongue::Rust,
            SourceKind::Node => Tongue::Node,
            SourceKind::Snapshot => {
                let is_buffer = |class: &ClassRow| class.name == "Buffer";
                let hints_at_node = |holder: &Holder| {
                    let views = holder.path.as_ref().map_or("", |path| &path.constructors);
                    is_nodes(holder) || views.split(" → ").any(|class| class == "Buffer")
                };
                let node = classes.is_empty() || classes.iter().any(is_buffer) || holders.iter().any(hints_at_node);
                if node { Tongue::Node } else { Tongue::Web }
            }
        }
    }
}

/// What is said before advice that depends on what a snapshot leaves out.
pub(crate) fn if_little(tongue: Tongue) -> String {
    let ask = match tongue {
        Tongue::Web => "",
        _ => ": `plimsoll audit --deep --pid N` asks the running program",
    };
    format!("A snapshot does not say how much of a store its views show{ask}. If they show little:")
}

/// What the bounds of a snapshot rest on beyond what it says, if they do.
pub(crate) fn assumed(totals: &Totals) -> Option<String> {
    let taken = totals.taken_for_pooled;
    (taken > 0).then(|| {
        let each = if taken == 1 { "" } else { " each" };
        format!(
            "That takes {} in slabs for what Node's pool handed out, less than half a slab{each}: a snapshot does not say. \
             One made by `Buffer.from(view.buffer)` looks the same and may show all of it.",
            number(taken, "Buffer")
        )
    })
}

/// Judges a holder, seen among the sums of its report.
pub(crate) fn verdict(holder: &Holder, totals: &Totals) -> Verdict {
    let frees = holder.frees_at_least;
    // The one slab that every program with small buffers has: the pool holds it anyway.
    let working_slab = holder.slabs.count == holder.stores && totals.slabs.count <= 1;
    if frees == 0 && holder.frees.is_none() && holder.gross >= LEAST_BYTES && holder.views > 0 && !working_slab {
        return Verdict::Perhaps;
    }
    if frees < LEAST_BYTES || frees < holder.gross / LEAST_PART || holder.views == 0 || working_slab {
        return Verdict::Leave;
    }
    match frees / holder.views {
        each if each < COPY_COSTS => Verdict::Dear(each),
        _ => Verdict::Copy(frees),
    }
}

/// The advice on a holder, if following it frees something that matters.
pub(crate) fn advice(tongue: Tongue, holder: &Holder, totals: &Totals) -> Option<Advice> {
    let Verdict::Copy(frees) = verdict(holder, totals) else { return None };
    if is_nodes(holder) {
        return None;
    }
    let Cure { action, pools } = cure(tongue, holder);
    let action = match holder.with.is_empty() {
        true => action,
        false => format!("{}: {}", lines(holder), lowercase(&action)),
    };
    Some(Advice { text: format!("{action} {}", notes(pools)), place: holder.place.clone(), frees })
}

/// What to do about a holder if its views show little, where a snapshot leaves it open.
pub(crate) fn perhaps(source: SourceKind, tongue: Tongue, holder: &Holder, totals: &Totals) -> Option<Cure> {
    let open = source == SourceKind::Snapshot && verdict(holder, totals) == Verdict::Perhaps && !is_nodes(holder);
    open.then(|| cure(tongue, holder))
}

/// Whether Node's own code keeps it: that is not to be changed.
fn is_nodes(holder: &Holder) -> bool {
    let Some(path) = &holder.path else { return false };
    let nodes =
        |place: &str| place.contains("(node:") || place.contains(" in node:") || place.starts_with("(V8 and Node)");
    path.at.as_deref().is_some_and(|at| at.starts_with("node:")) || holder.places().any(nodes)
}

/// What to do about a holder, without the lines to do it on.
pub(crate) struct Cure {
    /// What to write.
    pub(crate) action: String,
    /// Whether the copy that comes to mind first would land in a pool slab.
    pub(crate) pools: bool,
}

/// What to know about copies. It is the same for many holders, so that a page needs to say it only once.
pub(crate) fn notes(pools: bool) -> String {
    let pooling = match pools {
        true => "`Buffer.from(view)` puts its copy into a pool slab, which lives as long as its last survivor. ",
        false => "",
    };
    format!("{pooling}A copy ends aliasing: later writes to one do not show in the other.")
}

/// What to do about a holder that is to be helped by copies.
pub(crate) fn cure(tongue: Tongue, holder: &Holder) -> Cure {
    let mut action = String::new();
    let mut pools = false;
    let in_slabs = tongue != Tongue::Web && in_slabs(holder);
    if in_slabs {
        let maker = if tongue == Tongue::Rust { "`Buffer::from`" } else { "`Buffer.from(view)`" };
        action = format!(
            "Small buffers share pool slabs (copies by {maker} too), and the last survivor keeps its whole slab: \
             here {} keep {}, {} a slab. ",
            number(holder.survivors, "view"),
            number(holder.slabs.count, "slab"),
            ratio(holder.survivors, holder.slabs.count),
        );
    }
    action.push_str(match holder.with.len() {
        0 => "Keep a copy, not the view: ",
        1 => "Keep copies on both lines, for either view alone keeps the store: ",
        _ => "Keep copies on all these lines, for a view from any one keeps the store: ",
    });
    action.push_str(match tongue {
        Tongue::Script => "`plimsoll.compact(view)`; in Node `Uint8Array.prototype.slice.call(view)`",
        Tongue::Node => {
            "`Uint8Array.prototype.slice.call(view)`, or `Buffer.allocUnsafeSlow(view.length)` and `view.copy` into it"
        }
        Tongue::Web => "`view.slice()`",
        Tongue::Rust => {
            "`.compact()` copies into a store of its own size; `.keep()` does so only where the view is small beside what it holds"
        }
    });
    if matches!(tongue, Tongue::Script | Tongue::Node) {
        let each = holder.net.known().map_or(u64::MAX, |net| net / holder.views.max(1));
        if each <= LONGEST_ID {
            action.push_str(", or a hex/latin1 string for an id");
        }
        pools = in_slabs || each < POOLED_BELOW || holder.net.known().is_none();
    }
    action.push('.');
    Cure { action, pools }
}

/// Whether slabs are what the holder wastes most of its bytes in.
fn in_slabs(holder: &Holder) -> bool {
    let waste = holder.slabs.gross.saturating_sub(holder.slabs.net);
    holder.kind != Kind::Store && waste > 0 && holder.tare().is_some_and(|tare| waste >= tare / 2)
}

/// The holder's lines as a phrase: `a.js:1:1, a.js:2:1 and 3 more lines`.
fn lines(holder: &Holder) -> String {
    let mut named: Vec<&str> = holder.places().collect();
    let more = named.len().saturating_sub(NAMED);
    named.truncate(NAMED);
    match (more, named.split_last()) {
        (0, Some((last, [first @ .., before]))) => {
            first.iter().map(|line| format!("{line}, ")).collect::<String>() + before + " and " + last
        }
        (0, _) => named.join(", "),
        (more, _) => format!("{} and {}", named.join(", "), number(more as u64, "more line")),
    }
}

/// `1 view`, `2,000 views`.
pub(crate) fn number(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// A quotient with at most one decimal: `1`, `2.5`, `1,020`.
pub(crate) fn ratio(part: u64, whole: u64) -> String {
    let tenths = u128::from(part) * 10 / u128::from(whole.max(1));
    let (integer, tenth) = (u64::try_from(tenths / 10).unwrap_or(u64::MAX), tenths % 10);
    match tenth {
        0 => grouped(integer),
        _ if integer >= 100 => grouped(integer),
        _ => format!("{}.{tenth}", grouped(integer)),
    }
}

fn lowercase(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_one_decimal_where_it_says_something() {
        assert_eq!(ratio(2_000, 2_000), "1");
        assert_eq!(ratio(5, 2), "2.5");
        assert_eq!(ratio(100_000, 196), "510");
        assert_eq!(ratio(1, 0), "1");
    }

    #[test]
    fn numbers_agree_with_their_nouns() {
        assert_eq!(number(1, "view"), "1 view");
        assert_eq!(number(0, "view"), "0 views");
        assert_eq!(number(2_000, "view"), "2,000 views");
    }
}
