//! `submission.json`: what `optlab submit` says of what it packed. A grader believes nothing of it but when it was made, by
//! which the later of two hand-ins is told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The format that is written and read.
pub const FORMAT: u64 = 1;

/// What `submission.json` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paper {
    /// The version that packed it.
    pub optlab: String,
    /// The student's name; may be empty.
    pub student: String,
    /// When it was packed, as in `2026-11-28T10:02:11Z`.
    pub submitted: String,
    /// The hash of each file, by its path.
    pub files: BTreeMap<String, String>,
    /// The labs: id, revision, and the key that they were packed with.
    pub labs: Vec<(String, u64, Option<String>)>,
}

impl Paper {
    /// Reads it.
    ///
    /// # Errors
    /// It is none.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let json: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if json["format"].as_u64() != Some(FORMAT) {
            return Err(format!("its `format` is {}, and this optlab reads {FORMAT}", json["format"]));
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().chars().take(200).collect::<String>();
        let files = json["files"].as_object().into_iter().flatten().take(2000);
        let lab = |lab: &Value| {
            let packed = lab["packed"].as_str().map(str::to_owned);
            (text(&lab["id"]), lab["revision"].as_u64().unwrap_or_default(), packed)
        };
        Ok(Self {
            optlab: text(&json["optlab"]),
            student: text(&json["student"]),
            submitted: text(&json["submitted"]),
            files: files.map(|(path, hash)| (path.clone(), text(hash))).collect(),
            labs: json["labs"].as_array().into_iter().flatten().take(300).map(lab).collect(),
        })
    }

    /// It as a file.
    pub fn to_json(&self) -> String {
        let lab = |(id, revision, packed): &(String, u64, Option<String>)| match packed {
            Some(key) => json!({ "id": id, "revision": revision, "packed": key }),
            None => json!({ "id": id, "revision": revision }),
        };
        let paper = json!({
            "format": FORMAT,
            "optlab": self.optlab,
            "student": self.student,
            "submitted": self.submitted,
            "labs": self.labs.iter().map(lab).collect::<Vec<_>>(),
            "files": self.files,
        });
        format!("{paper:#}\n")
    }
}
