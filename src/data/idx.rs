//! IDX: the format of MNIST and its kin. Pixels become numbers from 0 to 1, labels become a column of whole numbers.
//!
//! A file is: two zero bytes, the type of its numbers (8: unsigned bytes, the only one MNIST uses and the only one
//! read), the number of dimensions, each dimension as 4 bytes, highest first, then the numbers, the last dimension
//! running fastest. Source: the MNIST database, <http://yann.lecun.com/exdb/mnist/>. A file may be packed by gzip, as MNIST
//! is handed out.
//!
//! The caller opens the files. What a file says of its size is believed only as far as bytes come: memory is taken for what
//! has been read, and of a packed file no more is unpacked than its header promises and one byte, by which a file that
//! holds more gives itself away.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ndarray::Array2;

use super::{Dataset, MAX_BYTES, Pixel, Target};
use crate::error::{Error, Result};

/// A file that the caller has opened.
#[derive(Debug)]
pub struct File<'a, R> {
    /// The name to show in errors.
    pub name: &'a str,
    /// Its bytes on the disk, packed or not.
    pub size: u64,
    /// What reads it from its first byte on.
    pub reader: R,
}

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The inputs.
    Images,
    /// What is to be learned.
    Labels,
}

/// A file that cannot be read, told so that the caller can point at its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file at fault.
    pub file: Which,
    /// What is wrong, without a place.
    pub error: Error,
}

/// The most bytes that one byte of a gzip file unpacks to. Source: zlib, "Maximum Compression Factor".
const MOST_PACKED: u64 = 1032;

/// Dimensions that an error lists.
const LISTED: usize = 6;

/// Images and their labels as a dataset.
///
/// `images` is `[samples, rows, columns]` or of any other shape whose first dimension counts the samples; the rest
/// becomes the features, each a [`Pixel`]. `labels` is `[samples]` and becomes values `[samples, 1]`, which
/// [`Target::into_classes`] takes as class indices.
///
/// # Errors
/// A file that is not IDX, cannot be unpacked, holds fewer or more numbers than its header promises, or nothing at all;
/// files that do not belong together; more data than a lab may take.
pub fn read(images: File<'_, impl Read>, labels: File<'_, impl Read>) -> Result<Dataset<Pixel, f64>, Unreadable> {
    let of = |file| move |error| Unreadable { file, error };
    let (image_name, label_name) = (images.name, labels.name);
    let images = Opened::new(images).map_err(of(Which::Images))?;
    let labels = Opened::new(labels).map_err(of(Which::Labels))?;
    let swapped = |error: Error| error.help("`images` names the pixels, `labels` the digits");
    if images.shape.len() < 2 {
        let what = format!("`{image_name}` has one dimension: images have at least two");
        return Err(of(Which::Images)(swapped(Error::user(what))));
    }
    if labels.shape.len() != 1 {
        let what = format!("`{label_name}` has {} dimensions: labels have one", labels.shape.len());
        return Err(of(Which::Labels)(swapped(Error::user(what))));
    }
    let (samples, features) = (images.shape[0], images.count / images.shape[0]);
    if labels.count != samples {
        let plural = |count: u64, thing| format!("{count} {thing}{}", if count == 1 { "" } else { "s" });
        let (many, other) = (plural(samples, "image"), plural(labels.count, "label"));
        let error = Error::user(format!("`{label_name}` holds {other}, but `{image_name}` holds {many}"));
        return Err(of(Which::Labels)(error.help("there is one label for each image, in the same order")));
    }
    // Labels are fewer: if one of the files breaks off, the less has been read for nothing.
    let labels = labels.numbers().map_err(of(Which::Labels))?;
    let pixels = images.numbers().map_err(of(Which::Images))?;
    let shape = |error| of(Which::Images)(Error::fault(format!("an IDX file: {error}")));
    let y = Array2::from_shape_vec((samples as usize, 1), labels.into_iter().map(f64::from).collect());
    let x = pixels.into_iter().map(Pixel).collect();
    let x = Array2::from_shape_vec((samples as usize, features as usize), x).map_err(shape)?;
    let data = Dataset::new(x, Target::Values(y.map_err(shape)?), image_name).map_err(of(Which::Images))?;
    Ok(data.targets_of(label_name))
}

/// A file whose header has been read.
struct Opened<'a, R: Read> {
    name: &'a str,
    /// At least one dimension, none of them 0.
    shape: Vec<u64>,
    /// Their product, which fits into the memory that a lab may take.
    count: u64,
    /// Bytes on the disk.
    size: u64,
    body: Body<R>,
}

/// What comes after the header.
enum Body<R: Read> {
    Plain(Whole<R>),
    Packed(Box<MultiGzDecoder<Whole<R>>>),
}

/// A file from its first byte on, though that has been looked at.
type Whole<R> = BufReader<io::Chain<io::Cursor<Vec<u8>>, R>>;

impl<R: Read> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Packed(reader) => reader.read(buffer),
        }
    }
}

impl<R: Read> Body<R> {
    /// At most so many of the next bytes; fewer if the file ends before.
    fn next(&mut self, most: u64, capacity: u64, name: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(capacity as usize);
        let packed = matches!(self, Self::Packed(_));
        let read = self.by_ref().take(most).read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|error| {
            if packed {
                Error::user(format!("`{name}` is packed by gzip and cannot be unpacked: {error}"))
                    .help("was it cut off? get the file again")
            } else {
                Error::user(format!("`{name}` cannot be read: {error}"))
            }
        })
    }
}

impl<'a, R: Read> Opened<'a, R> {
    /// Reads the header.
    fn new(file: File<'a, R>) -> Result<Self> {
        let File { name, size, mut reader } = file;
        let wrong = |what: &str| Error::user(format!("`{name}` {what}"));
        let mut first = Vec::new();
        let read = reader.by_ref().take(2).read_to_end(&mut first);
        read.map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        let packed = first == [0x1f, 0x8b];
        let whole = BufReader::new(io::Cursor::new(first).chain(reader));
        let mut body = if packed { Body::Packed(Box::new(MultiGzDecoder::new(whole))) } else { Body::Plain(whole) };
        let head = body.next(4, 4, name)?;
        let [0, 0, kind, dimensions] = head[..] else {
            return Err(wrong("is not an IDX file: it does not start with two zero bytes"));
        };
        if kind != 8 {
            return Err(wrong(&format!("holds numbers of type {kind:#04x}; only unsigned bytes, 0x08, are read")));
        }
        let wanted = u64::from(dimensions) * 4;
        let head = body.next(wanted, wanted, name)?;
        if dimensions == 0 || head.len() as u64 != wanted {
            return Err(wrong(&format!("ends within its {dimensions} dimensions")));
        }
        let shape: Vec<u64> =
            head.chunks_exact(4).map(|d| u64::from(u32::from_be_bytes([d[0], d[1], d[2], d[3]]))).collect();
        if shape.contains(&0) {
            let what = format!("holds nothing: its header promises {} numbers", listed(&shape));
            return Err(wrong(&what).help("get the file again"));
        }
        // Each byte becomes a number of four.
        let most = MAX_BYTES as u64 / size_of::<f32>() as u64;
        let count = shape.iter().try_fold(1_u64, |product, d| product.checked_mul(*d)).filter(|count| *count <= most);
        let Some(count) = count else {
            let what = format!("promises {} numbers, which would take more than 4 GiB of memory", listed(&shape));
            return Err(wrong(&what).help("leave out images, or get the file again if it is not that large"));
        };
        Ok(Self { name, shape, count, size, body })
    }

    /// The numbers after the header: as many as it promises, and no more.
    fn numbers(mut self) -> Result<Vec<u8>> {
        let (name, promise) = (self.name, listed(&self.shape));
        let wrong = |what: String| {
            Error::user(format!("`{name}` promises {promise} numbers, but {what}")).help("get the file again")
        };
        let packed = matches!(self.body, Body::Packed(_));
        if packed && self.count / MOST_PACKED > self.size {
            return Err(wrong(format!("its {} packed bytes cannot hold so many", self.size)));
        }
        let capacity = if packed { 0 } else { (self.count + 1).min(self.size) };
        let mut numbers = self.body.next(self.count + 1, capacity, self.name)?;
        let found = numbers.len() as u64;
        if found < self.count {
            return Err(wrong(format!("holds {found}")));
        }
        if found > self.count {
            return Err(wrong("holds more".to_owned()));
        }
        numbers.shrink_to_fit();
        Ok(numbers)
    }
}

/// 60000 x 28 x 28
fn listed(shape: &[u64]) -> String {
    let list: Vec<String> = shape.iter().take(LISTED).map(u64::to_string).collect();
    list.join(" x ") + if shape.len() > LISTED { " x ..." } else { "" }
}

#[cfg(test)]
mod tests;
