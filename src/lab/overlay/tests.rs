//! Texts in another language: what they change, what is told of them, and when they are out of date.

use super::*;
use crate::lab::plan::overrides::Overrides;
use crate::train::on_large_stack;

const LAB: &str = "format: 1
id: own
title: Averages
about: An average of numbers.
landscape: {source: bowl, start: [1, 1]}
training: {steps: 2}
learnt: It is a mean.
tasks:
  - {id: first, kind: question, say: \"What is {theta} / 2?\", draw: {theta: [1, 3]}, answer: theta / 2, within: 0.1, hints: [Halve it., Really.], because: Half.}
  - {id: way, kind: question, say: Which way?, choices: {a: up, b: down}, answer: b}
  - {id: secret, kind: text, say: Not shown., rubric: r, hidden: true}
";
const PT: &str = "# Em português.
title: Médias
about: Uma média de {= 1 + 1} números.
learnt: É uma média.
tasks:
  first: {say: \"Quanto é {theta} / 2?\", hints: [Divida., Mesmo.], because: A metade.}
  way:
    say: Para onde?
    choices: {a: para cima, b: para baixo}
";

fn folder(lab: &str, pt: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.yaml"), lab).unwrap();
    std::fs::write(folder.path().join("own.pt.yaml"), pt).unwrap();
    folder
}

fn opened(folder: &tempfile::TempDir, language: Option<&str>) -> Lab {
    let path = folder.path().join("own.yaml").display().to_string();
    let overrides = Overrides { language: language.map(str::to_owned), ..Overrides::default() };
    on_large_stack(|| Lab::open(&path, &overrides)).unwrap()
}

fn overlay(lab: &str, pt: &str) -> Result<(Overlay, Lab), Vec<Error>> {
    let folder = folder(lab, pt);
    let lab = opened(&folder, None);
    Ok((lab.overlay("own.pt.yaml")?, lab))
}

fn choices(lab: &Lab) -> Vec<&str> {
    choices_of(&lab.tasks[1]).iter().map(|(_, text)| text.as_str()).collect()
}

#[test]
fn texts_are_laid_over_a_lab_in_their_language_and_change_nothing_else() {
    let folder = folder(LAB, PT);
    let (own, lab) = (opened(&folder, None), opened(&folder, Some("pt-BR")));
    assert_eq!(
        (lab.title.as_str(), lab.about.as_str(), lab.learnt.as_str()),
        ("Médias", "Uma média de 2 números.", "É uma média.")
    );
    assert_eq!((lab.tasks[0].say.as_str(), lab.tasks[0].because.as_str()), ("Quanto é {theta} / 2?", "A metade."));
    assert_eq!(
        (lab.tasks[0].hints.join(" "), choices(&lab)),
        ("Divida. Mesmo.".to_owned(), vec!["para cima", "para baixo"])
    );
    assert_eq!((own.title.as_str(), own.resolved == lab.resolved), ("Averages", true));
    assert_eq!(opened(&folder, Some("de")).title, "Averages");
    let again = on_large_stack(|| lab.with(&lab.written.overrides)).unwrap();
    assert_eq!(again.title, "Médias", "a lab that is read again keeps its language");
    let (resolved, scripts) = lab.texts();
    let edition = on_large_stack(|| lab.edition(&resolved, &scripts)).unwrap();
    assert_eq!(
        (edition.title.as_str(), edition.learnt.as_str()),
        ("Médias", "É uma média."),
        "an earlier edition, too"
    );
    assert!(edition.warnings.len() == lab.warnings.len() && own.learnt == "It is a mean.");
}

#[test]
fn a_text_that_is_missing_stays_as_the_lab_has_it_and_is_named() {
    let part = "title: Médias\ntasks: {first: {say: \"Quanto é {theta} / 2?\", hints: [Divida.]}, way: {choices: {b: para baixo}}}\n";
    let folder = folder(LAB, part);
    let lab = opened(&folder, Some("pt"));
    assert_eq!(
        (lab.about.as_str(), lab.tasks[0].hints.join(" ")),
        ("An average of numbers.", "Divida. Really.".to_owned())
    );
    assert_eq!(choices(&lab), ["up", "para baixo"]);
    let own = opened(&folder, None);
    let missing = own.overlay("own.pt.yaml").unwrap().missing(&own);
    let expected =
        ["about", "learnt", "tasks.first.hints[1]", "tasks.first.because", "tasks.way.say", "tasks.way.choices.a"];
    assert_eq!(missing, expected);
    assert!(overlay(LAB, PT).map(|(texts, lab)| texts.missing(&lab)).unwrap().is_empty());
}

#[test]
fn what_is_wrong_with_texts_is_told_with_its_place_and_the_nearest_name() {
    for (from, to, line, what, help) in [
        ("title:", "titel:", 2, "has no key `titel`", "title"),
        ("  first:", "  frist:", 6, "the lab has no task `frist`", "first"),
        ("because:", "becuase:", 6, "has no key `becuase`", "because"),
        ("b: para baixo", "c: para baixo", 9, "the task has no choice `c`", "a, b"),
        ("{theta} / 2", "{teta} / 2", 6, "the number `{theta}`", "write `{theta}`"),
        ("[Divida., Mesmo.]", "[Divida., Mesmo., Vai.]", 6, "3 hints, and the lab has 2", "each hint"),
        ("{= 1 + 1}", "{= 1 + x}", 3, "no number `x`", ""),
    ] {
        let errors = overlay(LAB, &PT.replace(from, to)).unwrap_err();
        let all = format!("{}\n{}\n{}", errors[0].what(), errors[0].label_text(), errors[0].help_lines().join("\n"));
        assert!(all.contains(what) && all.contains(help), "{from}: {all}");
        assert_eq!(errors[0].place().map(Place::line), Some(line), "{from}: {all}");
    }
}

#[test]
fn texts_that_are_wrong_are_not_shown_and_a_warning_says_why() {
    let folder = folder(LAB, &PT.replace("title:", "titel:"));
    let lab = opened(&folder, Some("pt"));
    assert_eq!(lab.title, "Averages");
    assert!(lab.warnings.iter().any(|warning| warning.what().contains("titel")));
}

#[test]
fn a_stamp_names_the_parts_that_the_lab_has_changed_since() {
    let (texts, lab) = overlay(LAB, PT).unwrap();
    assert_eq!(texts.changed(&lab), None);
    let stamped = texts.stamped(&lab).unwrap();
    assert!(stamped.starts_with("# Em português.\nof:\n  title: h"), "{stamped}");
    assert!(stamped.ends_with(&PT[PT.find("title:").unwrap()..]), "all else stays as it is: {stamped}");
    let (texts, lab) = overlay(LAB, &stamped).unwrap();
    assert_eq!(texts.changed(&lab), Some(Vec::new()));
    assert_eq!(texts.stamped(&lab).unwrap(), stamped, "a second time it is the same");
    let (texts, lab) = overlay(&LAB.replace("Halve it.", "Divide."), &stamped).unwrap();
    assert_eq!(texts.changed(&lab), Some(vec!["tasks.first".to_owned()]));
    let (texts, lab) =
        overlay(&texts.stamped(&lab).map(|_| LAB.replace("a: up", "a: upwards")).unwrap(), &stamped).unwrap();
    let again = texts.stamped(&lab).unwrap();
    assert_eq!(overlay(&LAB.replace("a: up", "a: upwards"), &again).unwrap().0.changed(&lab), Some(Vec::new()));
}

#[test]
fn one_hash_of_all_texts_serves_too_and_a_list_in_one_line_is_refused() {
    let (texts, lab) = overlay(LAB, &format!("of: h0000000\n{PT}")).unwrap();
    assert_eq!(texts.changed(&lab), Some(vec!["the lab".to_owned()]));
    assert!(!texts.stamped(&lab).unwrap().contains("h0000000"));
    let (texts, lab) = overlay(LAB, "{title: Médias}\n").unwrap();
    assert!(texts.stamped(&lab).unwrap_err().help_lines()[0].contains("one a line"));
}

#[test]
fn no_seed_of_a_stamp_is_a_number_to_yaml_and_a_change_of_numbers_is_none_of_texts() {
    let (texts, lab) = overlay(LAB, PT).unwrap();
    let stamped = texts.stamped(&lab).unwrap();
    let (texts, lab) = overlay(&LAB.replace("steps: 2", "steps: 3"), &stamped).unwrap();
    assert_eq!(texts.changed(&lab), Some(Vec::new()));
    assert!(stamped.lines().filter(|line| line.starts_with("  ") && line.contains(": h")).count() >= 5, "{stamped}");
}

/// Whoever changes a text of a lab reads its translation, too, and says so by `optlab check --stamp FILE`.
#[test]
fn no_shipped_text_in_another_language_is_of_an_older_edition() {
    let mut count = 0;
    for id in Lab::shipped() {
        let lab = on_large_stack(|| Lab::open(id, &Overrides::default())).unwrap();
        for name in lab.overlays() {
            let changed = lab.overlay(&name).unwrap().changed(&lab);
            assert_eq!(changed, Some(Vec::new()), "{name}");
            count += 1;
        }
    }
    assert!(count >= 19, "{count}");
}
