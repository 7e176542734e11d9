//! What IDX files may look like, and that one which lies is refused before it takes time or memory.

use std::cell::Cell;

use super::*;
use ndarray::array;
use proptest::prelude::*;

const IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 102];
const LABELS: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 2, 7, 3];

fn file<'a>(name: &'a str, bytes: &'a [u8]) -> File<'a, &'a [u8]> {
    File { name, size: bytes.len() as u64, reader: bytes }
}

fn load(images: &[u8], labels: &[u8]) -> Result<Dataset<Pixel, f64>, Unreadable> {
    read(file("images", images), file("labels", labels))
}

/// The message about the images, if these are at fault, or about the labels.
fn refused(images: &[u8], labels: &[u8]) -> (Which, String) {
    let Unreadable { file, error } = load(images, labels).unwrap_err();
    assert_eq!(error.kind(), crate::error::Kind::User, "{error}");
    let name = if file == Which::Images { "`images`" } else { "`labels`" };
    assert!(error.what().starts_with(name), "`{error}` is not about {name}");
    (file, error.what().to_owned())
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

/// A header of bytes with these dimensions.
fn header(shape: &[u32]) -> Vec<u8> {
    let dimensions = shape.iter().flat_map(|d| d.to_be_bytes());
    [0, 0, 8, shape.len() as u8].into_iter().chain(dimensions).collect()
}

#[test]
fn pixels_and_labels_are_read() {
    let data = load(IMAGES, LABELS).unwrap();
    assert_eq!(data.clone().rounded().x(), &array![[0.0, 1.0], [0.2, 0.4]]);
    assert_eq!(data.target(), &Target::Values(array![[7.0], [3.0]]));
    assert_eq!((data.origin(), data.target_origin()), ("images", "labels"));
}

#[test]
fn a_packed_file_is_the_same_as_a_plain_one() {
    let plain = load(IMAGES, LABELS).unwrap();
    let parts = [packed(&IMAGES[..3]), packed(&[]), packed(&IMAGES[3..])].concat();
    for (images, labels) in
        [(packed(IMAGES), packed(LABELS)), (packed(IMAGES), LABELS.to_vec()), (parts, packed(LABELS))]
    {
        assert_eq!(load(&images, &labels).unwrap(), plain);
    }
}

#[test]
fn a_broken_file_is_refused_with_its_name() {
    let of_images = |images: &[u8], what: &str| {
        let (file, said) = refused(images, LABELS);
        assert!(file == Which::Images && said.contains(what), "{said}");
    };
    let of_labels = |labels: &[u8], what: &str| {
        let (file, said) = refused(IMAGES, labels);
        assert!(file == Which::Labels && said.contains(what), "{said}");
    };
    of_images(&IMAGES[..19], "promises 2 x 1 x 2 numbers, but holds 3");
    of_images(&[IMAGES, &[0]].concat(), "promises 2 x 1 x 2 numbers, but holds more");
    of_images(&IMAGES[..9], "ends within its 3 dimensions");
    of_images(&[0, 0, 8, 0], "ends within its 0 dimensions");
    of_images(&[], "is not an IDX file");
    of_images(&[0, 0, 13, 1], "type 0x0d");
    of_images(LABELS, "has one dimension");
    of_images(&[0x1f, 0x8b, 8], "is packed by gzip and cannot be unpacked");
    let cut = packed(IMAGES);
    of_images(&cut[..cut.len() - 9], "cannot be unpacked");
    let mut changed = cut.clone();
    let sum = changed.len() - 8;
    changed[sum] ^= 1;
    of_images(&changed, "cannot be unpacked");
    of_images(&[cut.as_slice(), b"rest"].concat(), "cannot be unpacked");
    of_labels(&LABELS[..9], "promises 2 numbers, but holds 1");
    of_labels(&[LABELS, &[0]].concat(), "promises 2 numbers, but holds more");
    of_labels(b"label,1", "is not an IDX file");
    of_labels(&packed(LABELS)[..12], "cannot be unpacked");
    of_labels(IMAGES, "has 3 dimensions: labels have one");
    of_labels(&[0, 0, 8, 1, 0, 0, 0, 1, 7], "holds 1 label, but `images` holds 2 images");
}

#[test]
fn a_header_that_lies_is_refused() {
    let most = u32::MAX;
    for shape in [[0, most, most], [2, 0, 28], [2, 28, 0], [0, 0, 0]] {
        assert!(refused(&header(&shape), LABELS).1.contains("holds nothing"), "{shape:?}");
    }
    assert!(load(&header(&[0, 4]), &header(&[0])).is_err(), "no images and no labels");
    assert_eq!(refused(IMAGES, &header(&[0])).0, Which::Labels);
    for shape in [&[most, most, most][..], &[2, most, most], &[most, 2], &[65_536; 5]] {
        assert!(refused(&header(shape), LABELS).1.contains("more than 4 GiB"), "{shape:?}");
    }
    let many = refused(&header(&[most; 255]), LABELS).1;
    assert!(many.len() < 200, "{many}");
    let ones = [header(&[1; 255]), vec![9]].concat();
    assert_eq!(load(&ones, &[0, 0, 8, 1, 0, 0, 0, 1, 7]).unwrap().features(), 1);
    // A gigabyte is promised, by sixteen bytes and by some fifty.
    let (vast, labels) = (header(&[1 << 20, 32, 32]), [header(&[1 << 20]), vec![0; 1 << 20]].concat());
    assert!(refused(&vast, &labels).1.ends_with("but holds 0"));
    assert!(refused(&packed(&vast), &labels).1.contains("packed bytes cannot hold so many"));
}

/// Bytes that are counted as they are read.
struct Counted<'a>(&'a Cell<u64>, &'a [u8]);

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.1.read(buffer)?;
        self.0.set(self.0.get() + read as u64);
        Ok(read)
    }
}

#[test]
fn no_more_is_unpacked_than_the_header_promises() {
    let zeros = packed(&vec![0; 100 << 20]);
    let bomb = [packed(&[&header(&[2, 1, 2])[..], &[1, 2, 3, 4]].concat()), zeros.clone(), zeros].concat();
    let read_bytes = Cell::new(0);
    let images = File { name: "images", size: bomb.len() as u64, reader: Counted(&read_bytes, &bomb) };
    let Unreadable { file, error } = read(images, file("labels", LABELS)).unwrap_err();
    assert_eq!((file, error.what()), (Which::Images, "`images` promises 2 x 1 x 2 numbers, but holds more"));
    assert!(read_bytes.get() < 20_000, "{} bytes of {} were unpacked", read_bytes.get(), bomb.len());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_with_a_name(
        place in 0..20_usize, byte: u8, cut in 0..21_usize, pack: bool, on_labels: bool, after: bool,
    ) {
        let mut changed = if on_labels { LABELS.to_vec() } else { IMAGES.to_vec() };
        if pack && !after {
            changed = packed(&changed);
        }
        let at = place % changed.len();
        changed[at] = byte;
        changed.truncate(cut.max(1));
        if pack && after {
            changed = packed(&changed);
        }
        let read = if on_labels { load(IMAGES, &changed) } else { load(&changed, LABELS) };
        match read {
            Ok(data) => prop_assert_eq!(data.samples(), 2),
            Err(Unreadable { error, .. }) => {
                prop_assert_eq!(error.kind(), crate::error::Kind::User);
                prop_assert!(error.what().starts_with("`images`") || error.what().starts_with("`labels`"));
            }
        }
    }
}
