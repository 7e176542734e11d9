//! IDX: the format of MNIST and its kin. Pixels become numbers from 0 to 1, labels become a column of whole numbers.
//!
//! A file is: two zero bytes, the type of its numbers (8: unsigned bytes, the only one MNIST uses and the only one
//! read), the number of dimensions, each dimension as 4 bytes, highest first, then the numbers, the last dimension
//! running fastest. Source: the MNIST database, <http://yann.lecun.com/exdb/mnist/>. The bytes come from the caller. A file may be
//! packed by gzip, as MNIST is handed out.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use ndarray::Array2;

use super::{Dataset, MAX_BYTES, Target};
use crate::error::{Error, Result};
use crate::program::Real;

/// A file that was read by the caller.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The name to show in errors.
    pub name: &'a str,
    /// All of its bytes.
    pub bytes: &'a [u8],
}

/// Images and their labels as a dataset.
///
/// `images` is `[samples, rows, columns]` or of any other shape whose first dimension counts the samples; the rest
/// becomes the features, each pixel divided by 255 as `torchvision`'s `ToTensor` does. `labels` is `[samples]` and
/// becomes values `[samples, 1]`, which [`Dataset::into_classes`] takes as class indices.
pub fn read<F: Real>(images: File, labels: File) -> Result<Dataset<F>> {
    let (image_bytes, label_bytes) = (unpacked(images)?, unpacked(labels)?);
    let (shape, pixels) = parse(File { bytes: &image_bytes, ..images })?;
    let (label_shape, label_bytes) = parse(File { bytes: &label_bytes, ..labels })?;
    if label_shape.len() != 1 {
        let what = format!("`{}` has {} dimensions: labels have one", labels.name, label_shape.len());
        return Err(Error::user(what).help("`images` names the pixels, `labels` the digits"));
    }
    if shape.len() < 2 {
        let what = format!("`{}` has one dimension: images have at least two", images.name);
        return Err(Error::user(what).help("`images` names the pixels, `labels` the digits"));
    }
    let (samples, features) = (shape[0], shape[1..].iter().product());
    if label_shape[0] != samples {
        return Err(Error::user(format!(
            "`{}` holds {samples} images, but `{}` holds {} labels",
            images.name, labels.name, label_shape[0]
        )));
    }
    let numbers = |bytes: &[u8], scale: f64| bytes.iter().map(|&byte| F::from_f64(f64::from(byte) / scale)).collect();
    let matrix = |columns, cells: Vec<F>| {
        Array2::from_shape_vec((samples, columns), cells).map_err(|error| Error::fault(format!("an IDX file: {error}")))
    };
    let x = matrix(features, numbers(pixels, 255.0))?;
    Dataset::new(x, Target::Values(matrix(1, numbers(label_bytes, 1.0))?), images.name)
}

/// The bytes of a file, unpacked if gzip packed them. One that would fill more memory than a lab may is refused.
fn unpacked(file: File<'_>) -> Result<Cow<'_, [u8]>> {
    if !file.bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(file.bytes));
    }
    // Each byte becomes a number of four.
    let most = MAX_BYTES as u64 / 4;
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(file.bytes).take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| {
        Error::user(format!("`{}` is packed by gzip and cannot be unpacked: {error}", file.name))
            .help("was it cut off? get the file again")
    })?;
    if bytes.len() as u64 > most {
        let what = format!("`{}` would take more than 4 GiB of memory, unpacked", file.name);
        return Err(Error::user(what).help("leave out images"));
    }
    Ok(Cow::Owned(bytes))
}

/// The dimensions and the numbers after them, whose count is right.
fn parse(file: File<'_>) -> Result<(Vec<usize>, &[u8])> {
    let wrong = |what: &str| Error::user(format!("`{}` {what}", file.name));
    let [0, 0, kind, dimensions, rest @ ..] = file.bytes else {
        return Err(wrong("is not an IDX file: it does not start with two zero bytes"));
    };
    if *kind != 8 {
        return Err(wrong(&format!("holds numbers of type {kind:#04x}; only unsigned bytes, 0x08, are read")));
    }
    let dimensions = usize::from(*dimensions);
    let Some((head, numbers)) = rest.split_at_checked(dimensions * 4).filter(|_| dimensions > 0) else {
        return Err(wrong(&format!("ends within its {dimensions} dimensions")));
    };
    let shape: Vec<usize> =
        head.chunks_exact(4).map(|d| u32::from_be_bytes([d[0], d[1], d[2], d[3]]) as usize).collect();
    let needs = shape.iter().try_fold(1_usize, |product, &d| product.checked_mul(d));
    if needs != Some(numbers.len()) {
        let what = format!("promises {shape:?} numbers, but {} bytes follow", numbers.len());
        return Err(wrong(&what).help("the file was cut off or is not an IDX file"));
    }
    Ok((shape, numbers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const IMAGES: &[u8] = &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 102];
    const LABELS: &[u8] = &[0, 0, 8, 1, 0, 0, 0, 2, 7, 3];

    fn load(images: &[u8], labels: &[u8]) -> Result<Dataset> {
        read(File { name: "images", bytes: images }, File { name: "labels", bytes: labels })
    }

    #[test]
    fn pixels_and_labels_are_read() {
        let data = load(IMAGES, LABELS).unwrap();
        assert_eq!(data.x(), &array![[0.0, 1.0], [0.2, 0.4]]);
        assert_eq!(data.target(), &Target::Values(array![[7.0], [3.0]]));
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_packed_file_is_the_same_as_a_plain_one() {
        let plain = load(IMAGES, LABELS).unwrap();
        for (images, labels) in [(packed(IMAGES), packed(LABELS)), (packed(IMAGES), LABELS.to_vec())] {
            let data = load(&images, &labels).unwrap();
            assert_eq!((data.x(), data.target()), (plain.x(), plain.target()));
        }
    }

    #[test]
    fn a_broken_file_is_refused_with_its_name() {
        let says = |images: &[u8], labels: &[u8], what: &str| {
            let error = load(images, labels).unwrap_err();
            assert!(error.what().contains(what), "{error}");
        };
        says(&IMAGES[..19], LABELS, "`images` promises [2, 1, 2] numbers, but 3 bytes follow");
        says(&IMAGES[..9], LABELS, "`images` ends within its 3 dimensions");
        says(&[0, 0, 8, 0], LABELS, "`images` ends within its 0 dimensions");
        says(&[], LABELS, "`images` is not an IDX file");
        says(&[0, 0, 13, 1], LABELS, "type 0x0d");
        says(&[0x1f, 0x8b, 8], LABELS, "`images` is packed by gzip and cannot be unpacked");
        let cut = packed(IMAGES);
        says(&cut[..cut.len() - 9], LABELS, "cannot be unpacked");
        says(LABELS, LABELS, "`images` has one dimension");
        says(IMAGES, IMAGES, "`labels` has 3 dimensions");
        says(IMAGES, &[0, 0, 8, 1, 0, 0, 0, 1, 7], "holds 2 images, but `labels` holds 1 labels");
        says(&[0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 4], &[0, 0, 8, 1, 0, 0, 0, 0], "0 samples");
        let vast = [&[0_u8, 0, 8, 3][..], &[0xff; 12]].concat();
        says(&vast, LABELS, "0 bytes follow");
    }
}
