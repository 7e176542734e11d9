//! A line as it is drawn: cut at the edges of its axis and thinned to what the pixels can show. Every extreme stays.

/// The pieces of a line that lie between two places of the upright axis; a point that has no place, which is `None`, parts it.
pub fn pieces(points: &[Option<(f64, f64)>], (low, high): (f64, f64)) -> Vec<Vec<(f64, f64)>> {
    let mut done: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut piece: Vec<(f64, f64)> = Vec::new();
    let mut before: Option<(f64, f64)> = None;
    let inside = |(_, y): (f64, f64)| y >= low && y <= high;
    let mut end = |piece: &mut Vec<(f64, f64)>| {
        if !piece.is_empty() {
            done.push(std::mem::take(piece));
        }
    };
    for point in points {
        let Some(point) = *point else {
            end(&mut piece);
            before = None;
            continue;
        };
        if let Some(from) = before {
            let mut crossings: Vec<(f64, f64)> =
                [low, high].iter().filter_map(|edge| crossing(from, point, *edge)).collect();
            // In the order in which the line meets them.
            if from.1 > point.1 {
                crossings.reverse();
            }
            for at in crossings {
                let leaves = !piece.is_empty();
                piece.push(at);
                if leaves {
                    end(&mut piece);
                }
            }
        }
        if inside(point) {
            piece.push(point);
        } else {
            end(&mut piece);
        }
        before = Some(point);
    }
    end(&mut piece);
    done
}

/// Where a stretch crosses an edge, but for one that touches it with an end.
fn crossing(from: (f64, f64), to: (f64, f64), edge: f64) -> Option<(f64, f64)> {
    let (a, b) = (from.1 - edge, to.1 - edge);
    (a * b < 0.0).then(|| (from.0 + (to.0 - from.0) * a / (a - b), edge))
}

/// A line with so many columns of pixels in all: of each column that has more the first, the lowest, the highest and the last
/// point.
pub fn thinned(points: Vec<(f64, f64)>, (from, to): (f64, f64), columns: usize) -> Vec<(f64, f64)> {
    if points.len() <= 4 * columns {
        return points;
    }
    let column = |(x, _): &(f64, f64)| ((x - from) / (to - from) * columns as f64).floor() as i64;
    let mut kept = Vec::with_capacity(4 * columns);
    for chunk in points.chunk_by(|a, b| column(a) == column(b)) {
        let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let at = |found: Option<&(f64, f64)>| found.and_then(|found| chunk.iter().position(|own| own == found));
        let mut places = vec![0, chunk.len() - 1];
        places.extend(at(chunk.iter().min_by(by_height)));
        places.extend(at(chunk.iter().max_by(by_height)));
        places.sort_unstable();
        places.dedup();
        kept.extend(places.into_iter().map(|place| chunk[place]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_it_crosses_an_edge_and_parted_where_there_is_no_number() {
        let points = [(0.0, 1.0), (1.0, 3.0), (2.0, 1.0), (3.0, -1.0), (4.0, 5.0)].map(Some);
        let cut = pieces(&points, (0.0, 2.0));
        assert_eq!(
            cut,
            [
                vec![(0.0, 1.0), (0.5, 2.0)],
                vec![(1.5, 2.0), (2.0, 1.0), (2.5, 0.0)],
                vec![(3.0 + 1.0 / 6.0, 0.0), (3.5, 2.0)]
            ]
        );
        let parted = [Some((0.0, 1.0)), None, Some((2.0, 1.0)), Some((3.0, 2.0))];
        assert_eq!(pieces(&parted, (0.0, 2.0)), [vec![(0.0, 1.0)], vec![(2.0, 1.0), (3.0, 2.0)]]);
        assert!(pieces(&[Some((0.0, 5.0)), Some((1.0, 6.0))], (0.0, 2.0)).is_empty());
    }

    #[test]
    fn a_line_of_many_points_keeps_its_ends_and_every_spike() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|at| (f64::from(at), 1.0)).collect();
        points[7777].1 = 9.0;
        points[5555].1 = -9.0;
        let kept = thinned(points.clone(), (0.0, 9999.0), 100);
        assert!(kept.len() <= 404, "{}", kept.len());
        assert!(kept.contains(&(7777.0, 9.0)) && kept.contains(&(5555.0, -9.0)));
        assert_eq!((kept[0], kept[kept.len() - 1]), (points[0], points[9999]));
        assert!(kept.is_sorted_by(|a, b| a.0 < b.0));
        let few = points[..300].to_vec();
        assert_eq!(thinned(few.clone(), (0.0, 9999.0), 100), few);
    }
}
