//! A treemap: rectangles with areas in proportion to weights, each as near to a square as can be (squarified, after Bruls,
//! Huizing and van Wijk).

/// A rectangle, in the units of the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Cell {
    fn shorter_side(&self) -> f64 {
        self.width.min(self.height)
    }
}

/// A cell for each weight, filling the frame. Large weights first give the best shapes. No weight may be 0.
pub(super) fn cells(weights: &[u64], width: f64, height: f64) -> Vec<Cell> {
    let sum: f64 = weights.iter().map(|&weight| weight as f64).sum();
    let areas: Vec<f64> = weights.iter().map(|&weight| weight as f64 / sum * width * height).collect();
    let mut cells = Vec::with_capacity(areas.len());
    let mut free = Cell { x: 0.0, y: 0.0, width, height };
    let mut areas = areas.as_slice();
    while !areas.is_empty() {
        let (row, others) = areas.split_at(row_length(areas, free.shorter_side()));
        free = lay(row, free, &mut cells);
        areas = others;
    }
    cells
}

/// How many of the areas make the best row along a side: one more, as long as that does not worsen the worst shape.
fn row_length(areas: &[f64], side: f64) -> usize {
    let (mut sum, mut least, mut most) = (0.0, f64::INFINITY, 0.0_f64);
    let mut worst = f64::INFINITY;
    for (length, &area) in areas.iter().enumerate() {
        (sum, least, most) = (sum + area, least.min(area), most.max(area));
        let square = side * side / (sum * sum);
        let with_this = (square * most).max(1.0 / (square * least));
        if with_this > worst {
            return length;
        }
        worst = with_this;
    }
    areas.len()
}

/// Puts a row along the shorter side of what is free. Answers what is left.
fn lay(row: &[f64], free: Cell, cells: &mut Vec<Cell>) -> Cell {
    let sum: f64 = row.iter().sum();
    let depth = sum / free.shorter_side();
    let mut along = 0.0;
    for area in row {
        let length = area / depth;
        cells.push(match free.width >= free.height {
            true => Cell { x: free.x, y: free.y + along, width: depth, height: length },
            false => Cell { x: free.x + along, y: free.y, width: length, height: depth },
        });
        along += length;
    }
    match free.width >= free.height {
        true => Cell { x: free.x + depth, width: (free.width - depth).max(0.0), ..free },
        false => Cell { y: free.y + depth, height: (free.height - depth).max(0.0), ..free },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_paper_has_the_shapes_of_the_paper() {
        let cells = cells(&[6, 6, 4, 3, 2, 2, 1], 6.0, 4.0);
        assert_eq!(
            cells[..2],
            [Cell { x: 0.0, y: 0.0, width: 3.0, height: 2.0 }, Cell { x: 0.0, y: 2.0, width: 3.0, height: 2.0 },]
        );
        // 4 and 3 side by side above what is left.
        assert!((cells[2].width - 12.0 / 7.0).abs() < 1e-9 && (cells[3].width - 9.0 / 7.0).abs() < 1e-9, "{cells:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn areas_are_in_proportion_and_nothing_overlaps_or_sticks_out(
            mut weights in prop::collection::vec(1_u64..1 << 40, 1..120),
        ) {
            weights.sort_unstable_by(|a, b| b.cmp(a));
            let (width, height) = (1000.0, 400.0);
            let cells = cells(&weights, width, height);
            prop_assert_eq!(cells.len(), weights.len());
            let sum: f64 = weights.iter().map(|&weight| weight as f64).sum();
            for (i, (a, &weight)) in cells.iter().zip(&weights).enumerate() {
                let area = weight as f64 / sum * width * height;
                prop_assert!((a.width * a.height - area).abs() <= area * 1e-6, "{a:?} is not {area}");
                prop_assert!(a.x >= -1e-6 && a.y >= -1e-6 && a.x + a.width <= width + 1e-3 && a.y + a.height <= height + 1e-3);
                for b in &cells[..i] {
                    let across = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
                    let down = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
                    prop_assert!(across < 1e-3 || down < 1e-3, "{a:?} and {b:?}");
                }
            }
        }
    }
}
