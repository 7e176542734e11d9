//! The 128 characters of box drawing (U+2500 to U+257F) as shapes that meet those of the next cell, from one table.

use super::shapes::{HIGH, Part, WIDE, rect};

/// How strong the lines are that a character has to the left, the right, above and below: 0 none, 1 light, 2 heavy,
/// 3 double, as its name in Unicode says. Dashes, rounded corners and diagonals have none here.
#[rustfmt::skip]
const ARMS: [&[u8; 4]; 128] = [
    b"1100", b"2200", b"0011", b"0022", b"0000", b"0000", b"0000", b"0000", // ─━│┃┄┅┆┇
    b"0000", b"0000", b"0000", b"0000", b"0101", b"0201", b"0102", b"0202", // ┈┉┊┋┌┍┎┏
    b"1001", b"2001", b"1002", b"2002", b"0110", b"0210", b"0120", b"0220", // ┐┑┒┓└┕┖┗
    b"1010", b"2010", b"1020", b"2020", b"0111", b"0211", b"0121", b"0112", // ┘┙┚┛├┝┞┟
    b"0122", b"0221", b"0212", b"0222", b"1011", b"2011", b"1021", b"1012", // ┠┡┢┣┤┥┦┧
    b"1022", b"2021", b"2012", b"2022", b"1101", b"2101", b"1201", b"2201", // ┨┩┪┫┬┭┮┯
    b"1102", b"2102", b"1202", b"2202", b"1110", b"2110", b"1210", b"2210", // ┰┱┲┳┴┵┶┷
    b"1120", b"2120", b"1220", b"2220", b"1111", b"2111", b"1211", b"2211", // ┸┹┺┻┼┽┾┿
    b"1121", b"1112", b"1122", b"2121", b"1221", b"2112", b"1212", b"2221", // ╀╁╂╃╄╅╆╇
    b"2212", b"2122", b"1222", b"2222", b"0000", b"0000", b"0000", b"0000", // ╈╉╊╋╌╍╎╏
    b"3300", b"0033", b"0301", b"0103", b"0303", b"3001", b"1003", b"3003", // ═║╒╓╔╕╖╗
    b"0310", b"0130", b"0330", b"3010", b"1030", b"3030", b"0311", b"0133", // ╘╙╚╛╜╝╞╟
    b"0333", b"3011", b"1033", b"3033", b"3301", b"1103", b"3303", b"3310", // ╠╡╢╣╤╥╦╧
    b"1130", b"3330", b"3311", b"1133", b"3333", b"0000", b"0000", b"0000", // ╨╩╪╫╬╭╮╯
    b"0000", b"0000", b"0000", b"0000", b"1000", b"0010", b"0100", b"0001", // ╰╱╲╳╴╵╶╷
    b"2000", b"0020", b"0200", b"0002", b"1200", b"0012", b"2100", b"0021", // ╸╹╺╻╼╽╾╿
];

/// The pixel in the middle of a cell, through which light lines go.
const MIDDLE: [f32; 2] = [4.0, 9.0];
const SIZE: [f32; 2] = [WIDE, HIGH];

/// The shapes of a character of box drawing.
pub(super) fn parts(c: char) -> Option<Vec<Part>> {
    let at = u32::from(c).checked_sub(0x2500).and_then(|at| usize::try_from(at).ok())?;
    let arms = ARMS.get(at)?.map(|digit| digit - b'0');
    Some(match c {
        '┄' | '┆' | '┅' | '┇' => dashes(c, 3.0),
        '┈' | '┊' | '┉' | '┋' => dashes(c, 4.0),
        '╌' | '╎' | '╍' | '╏' => dashes(c, 2.0),
        '╭' => line("M9 9.5a4.5 4.5 0 0 0-4.5 4.5v4"),
        '╮' => line("M0 9.5a4.5 4.5 0 0 1 4.5 4.5v4"),
        '╯' => line("M0 9.5a4.5 4.5 0 0 0 4.5-4.5v-5"),
        '╰' => line("M9 9.5a4.5 4.5 0 0 1-4.5-4.5v-5"),
        '╱' => line("M0 18l9-18"),
        '╲' => line("M0 0l9 18"),
        '╳' => line("M0 18l9-18M0 0l9 18"),
        _ => (0..4).flat_map(|side| arm(arms, side)).collect(),
    })
}

fn line(path: &'static str) -> Vec<Part> {
    vec![Part::Line(path, 1.0)]
}

/// A line of the cell from end to end in so many pieces; two thirds of each are drawn.
fn dashes(c: char, pieces: f32) -> Vec<Part> {
    let heavy = u32::from(c) % 2 == 1;
    let along = usize::from(u32::from(c) / 2 % 2 == 1);
    let length = SIZE[along] / pieces;
    let across = if heavy { [-1.0, 3.0] } else { [0.0, 1.0] };
    let mut parts = Vec::new();
    let mut start = length / 6.0;
    while start < SIZE[along] {
        parts.push(stroke(along, [start, start + length * 2.0 / 3.0], across));
        start += length;
    }
    parts
}

/// A stroke along an axis, from one place to another; across it an offset from the middle, and how thick.
fn stroke(along: usize, [from, to]: [f32; 2], [offset, thick]: [f32; 2]) -> Part {
    let across = MIDDLE[1 - along] + offset;
    if along == 0 { rect(from, across, to - from, thick) } else { rect(across, from, thick, to - from) }
}

/// The strokes of one arm. Each ends at the pixel in the middle, or a pixel before or after it, as what it meets asks for.
fn arm(arms: [u8; 4], side: usize) -> Vec<Part> {
    let along = side / 2;
    let opposite = arms[side ^ 1];
    // What it meets: above and below, or to the left and the right.
    let meets = [arms[2 - 2 * along], arms[3 - 2 * along]];
    let end = |offset: f32| match meets {
        _ if arms[side] == 3 => {
            let [facing, other] = if offset < 0.0 { meets } else { [meets[1], meets[0]] };
            match (facing, other) {
                (3, _) => -1.0,
                (0, 3) if opposite == 0 => 1.0,
                _ => 0.0,
            }
        }
        [3, 3] if opposite == 0 => -1.0,
        [3, _] | [_, 3] if opposite == 0 => 1.0,
        [2, _] | [_, 2] => 1.0,
        _ => 0.0,
    };
    let strokes: &[[f32; 2]] = match arms[side] {
        0 => &[],
        1 => &[[0.0, 1.0]],
        2 => &[[-1.0, 3.0]],
        _ => &[[-1.0, 1.0], [1.0, 1.0]],
    };
    let one = |across: &[f32; 2]| {
        let end = end(across[0]);
        let reach =
            if side.is_multiple_of(2) { [0.0, MIDDLE[along] + 1.0 + end] } else { [MIDDLE[along] - end, SIZE[along]] };
        stroke(along, reach, *across)
    };
    strokes.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pixels that the rectangles of a character cover, a row each.
    fn pixels(c: char) -> Vec<String> {
        let mut rows = vec![vec!['.'; 9]; 18];
        for part in parts(c).unwrap() {
            let Part::Rect([x, y, wide, high]) = part else { panic!("{part:?}") };
            for row in &mut rows[y as usize..(y + high) as usize] {
                row[x as usize..(x + wide) as usize].fill('#');
            }
        }
        rows.into_iter().map(|row| row.into_iter().collect()).collect()
    }

    #[test]
    fn every_arm_reaches_the_edge_and_meets_the_next_cell() {
        let middle = |weight: u8| match weight {
            0 => "...",
            1 => ".#.",
            2 => "###",
            _ => "#.#",
        };
        for (at, arms) in ARMS.iter().enumerate().filter(|(_, arms)| **arms != b"0000") {
            let c = char::from_u32(0x2500 + at as u32).unwrap();
            let rows = pixels(c);
            let [left, right, up, down] = arms.map(|digit| digit - b'0');
            let side = |x: usize| rows[8..11].iter().map(|row| &row[x..=x]).collect::<String>();
            let seen = [side(0), side(8), rows[0][3..6].to_owned(), rows[17][3..6].to_owned()];
            assert_eq!(seen, [left, right, up, down].map(middle), "{c}\n{}", rows.join("\n"));
            // Nothing else touches the edge.
            let edge = |row: &str| row.chars().enumerate().any(|(x, p)| p == '#' && !(3..6).contains(&x));
            assert!(!edge(&rows[0]) && !edge(&rows[17]), "{c}");
        }
    }

    #[test]
    fn lines_join_without_a_gap_and_without_a_spur() {
        let cut = |c: char| pixels(c)[7..12].iter().map(|row| row[2..7].to_owned()).collect::<Vec<_>>();
        assert_eq!(cut('┌'), [".....", ".....", "..###", "..#..", "..#.."]);
        assert_eq!(cut('┏'), [".....", ".####", ".####", ".####", ".###."]);
        assert_eq!(cut('┍'), [".....", "..###", "..###", "..###", "..#.."]);
        assert_eq!(cut('╔'), [".....", ".####", ".#...", ".#.##", ".#.#."]);
        assert_eq!(cut('╗'), [".....", "####.", "...#.", "##.#.", ".#.#."]);
        assert_eq!(cut('╬'), [".#.#.", "##.##", ".....", "##.##", ".#.#."]);
        assert_eq!(cut('╠'), [".#.#.", ".#.##", ".#...", ".#.##", ".#.#."]);
        assert_eq!(cut('╪'), ["..#..", "#####", "..#..", "#####", "..#.."]);
        assert_eq!(cut('╫'), [".#.#.", ".#.#.", "#####", ".#.#.", ".#.#."]);
        assert_eq!(cut('╒'), [".....", "..###", "..#..", "..###", "..#.."]);
        assert_eq!(cut('╓'), [".....", ".....", ".####", ".#.#.", ".#.#."]);
        assert_eq!(cut('╤'), [".....", "#####", ".....", "#####", "..#.."]);
        assert_eq!(cut('╢'), [".#.#.", ".#.#.", "##.#.", ".#.#.", ".#.#."]);
        assert_eq!(cut('┿'), ["..#..", "#####", "#####", "#####", "..#.."]);
    }

    #[test]
    fn dashes_are_as_many_as_the_name_says() {
        for (c, pieces) in [('┄', 3), ('┇', 3), ('┈', 4), ('┋', 4), ('╌', 2), ('╏', 2)] {
            assert_eq!(parts(c).unwrap().len(), pieces, "{c}");
        }
        let thick = |c: char| match parts(c).unwrap()[0] {
            Part::Rect([_, _, wide, high]) => (wide, high),
            ref other => panic!("{other:?}"),
        };
        assert_eq!((thick('┄').1, thick('┅').1, thick('┆').0, thick('┇').0), (1.0, 3.0, 1.0, 3.0));
        assert_eq!((thick('╌').1, thick('╍').1, thick('╎').0, thick('╏').0), (1.0, 3.0, 1.0, 3.0));
    }
}
