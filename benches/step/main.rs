//! What a training step costs, in more detail than `optlab bench`: matrix products beside those of two crates, a rule made of
//! products beside these alone, and what a run keeps of its steps.
//!
//! `cargo bench --bench step`, or with a word to see only the tables whose name has it: `-- products`. What is compared is
//! run in turn, so that what else the machine does hits all alike: ratios within a line are what counts.

mod history;
mod matrices;
mod products;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    if wanted("products") {
        products::products();
    }
    if wanted("matrices") {
        matrices::matrices();
    }
    if wanted("history") {
        history::history();
    }
}
