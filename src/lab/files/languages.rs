//! Files with the texts of a lab in another language, known by their names: `05-averages.pt.yaml` beside `05-averages.yaml`.

use super::Files;

/// The lab, without its ending, and the language of a file that may have texts of it in another language. Whether it has is
/// only known where that lab lies beside it.
fn parts(name: &str) -> Option<(&str, &str)> {
    let (rest, ending) = name.rsplit_once('.')?;
    let (stem, language) = rest.rsplit_once('.')?;
    let mut parts = language.split('-');
    let first = parts.next()?;
    let is_code = (2..=3).contains(&first.len())
        && first.chars().all(|c| c.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()));
    (is_code && !stem.is_empty() && matches!(ending, "yaml" | "yml")).then_some((stem, language))
}

/// A file has the texts of a lab in another language: the lab's name, told among the names of what lies beside it.
pub fn original_of<'n>(name: &str, beside: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let (stem, _) = parts(name)?;
    beside.into_iter().find(|other| matches!(other.strip_prefix(stem), Some(".yaml" | ".yml")))
}

/// The name that a lab would have to have beside a file, for it to be its texts in another language.
pub fn would_belong_to(name: &str) -> Option<String> {
    parts(name).map(|(stem, _)| format!("{stem}.yaml"))
}

/// The languages that a lab has texts in, each with the name of the file.
pub fn translations<'n>(lab: &str, beside: impl IntoIterator<Item = &'n str>) -> Vec<(&'n str, &'n str)> {
    let Some((stem, _)) = lab.rsplit_once('.') else { return Vec::new() };
    let of_lab = |name: &'n str| parts(name).filter(|(own, _)| *own == stem).map(|(_, language)| (language, name));
    beside.into_iter().filter_map(of_lab).collect()
}

/// The file of a lab's texts in a language: in just that one (`pt-BR`), else in the language of any country.
pub fn translation<'n>(lab: &str, language: &str, beside: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let all = translations(lab, beside);
    let base = |language: &str| language.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let by = |fits: &dyn Fn(&str) -> bool| all.iter().find(|(own, _)| fits(own)).map(|(_, name)| *name);
    by(&|own| own.eq_ignore_ascii_case(language))
        .or_else(|| by(&|own| own == base(language)))
        .or_else(|| by(&|own| base(own) == base(language)))
}

impl Files {
    /// The file of a lab's texts in a language, beside it.
    pub(in crate::lab) fn translation(&self, lab: &str, language: &str) -> Option<String> {
        let names = self.names_beside();
        translation(lab, language, names.iter().map(String::as_str)).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = ["05-a.yaml", "05-a.pt.yaml", "05-a.pt-BR.yaml", "05-a.de.yml", "b.fr.yaml", "c.v2.yaml"];

    #[test]
    fn a_file_of_texts_is_one_whose_lab_lies_beside_it() {
        let found = |name: &str| original_of(name, NAMES);
        assert_eq!(found("05-a.pt.yaml"), Some("05-a.yaml"));
        assert_eq!(found("05-a.de.yml"), Some("05-a.yaml"));
        assert_eq!((found("b.fr.yaml"), found("c.v2.yaml"), found("05-a.yaml")), (None, None, None));
        assert_eq!(would_belong_to("b.fr.yaml").as_deref(), Some("b.yaml"));
        assert_eq!(would_belong_to("c.v2.yaml"), None);
    }

    #[test]
    fn a_language_is_found_by_its_country_and_without_it() {
        let found = |language: &str| translation("05-a.yaml", language, NAMES);
        assert_eq!(found("pt"), Some("05-a.pt.yaml"));
        assert_eq!(found("pt-BR"), Some("05-a.pt-BR.yaml"));
        assert_eq!(found("pt-PT"), Some("05-a.pt.yaml"));
        assert_eq!(found("de-AT"), Some("05-a.de.yml"));
        assert_eq!((found("en"), translation("b.yaml", "fr", NAMES)), (None, Some("b.fr.yaml")));
        assert_eq!(translations("05-a.yaml", NAMES).len(), 3);
    }
}
