//! Which instructions the kernels use: detected once for all of them, and forced by `OPTLAB_CPU`, with which tests hold
//! every level to the same bits.

use std::sync::OnceLock;

use crate::error::{Error, Result, nearest};

/// The environment's word that forces a level.
const VARIABLE: &str = "OPTLAB_CPU";

/// The instructions that kernels are compiled for, each level's with those of the levels before it. Every level gives
/// the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Those that every processor of the target has. A multiply-add is computed in software where it is none of them.
    Portable,
    /// AVX2 and FMA: registers of 256 bits.
    Avx2,
    /// AVX-512 (F, DQ, VL, BW): registers of 512 bits.
    Avx512,
}

impl Level {
    /// All, in the order of their registers' width.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Levels that kernels are compiled for on this target, from [`Level::Portable`] on.
    pub const COMPILED: usize = if cfg!(target_arch = "x86_64") { 3 } else { 1 };

    /// The word for it: `portable`, `avx2` or `avx512`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// The levels whose instructions this processor has, the portable one first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|level| level.is_available())
    }

    /// The widest level that this processor has.
    pub fn detected() -> Self {
        Self::available().last().unwrap_or(Self::Portable)
    }

    /// The level that kernels are chosen for: the one that `OPTLAB_CPU` names, or the detected one if it names none that
    /// this processor has (a program that would rather refuse asks [`Level::asked`] first). Looked up once for a process.
    pub fn in_force() -> Self {
        static LEVEL: OnceLock<Level> = OnceLock::new();
        *LEVEL.get_or_init(|| Self::asked().ok().flatten().unwrap_or_else(Self::detected))
    }

    /// What `OPTLAB_CPU` names; `None` if it is not set or empty.
    ///
    /// # Errors
    /// If it is no level's word, or that of a level which this processor does not have.
    pub fn asked() -> Result<Option<Self>> {
        match std::env::var_os(VARIABLE) {
            Some(word) if !word.is_empty() => Self::parse(&word.to_string_lossy()).map(Some),
            _ => Ok(None),
        }
    }

    /// A level of this processor by its word.
    fn parse(word: &str) -> Result<Self> {
        let list =
            |levels: &[Self]| levels.iter().map(|level| format!("`{}`", level.name())).collect::<Vec<_>>().join(", ");
        let available: Vec<Self> = Self::available().collect();
        let Some(level) = Self::ALL.into_iter().find(|level| level.name() == word) else {
            let mut error = Error::user(format!("{VARIABLE} is `{word}`, which is no processor level"));
            if let Some(name) = nearest(word, Self::ALL.map(Self::name)) {
                error = error.help(format!("did you mean `{name}`?"));
            }
            return Err(error.help(format!("this processor has {}; unset {VARIABLE} for the widest", list(&available))));
        };
        if available.contains(&level) {
            return Ok(level);
        }
        let error = Error::user(format!("{VARIABLE} asks for `{word}`, which this processor does not have"));
        Err(error.help(format!("it has {}; unset {VARIABLE} for the widest", list(&available))))
    }

    fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_found_by_its_word_if_the_processor_has_it() {
        for level in Level::ALL {
            let found = Level::parse(level.name());
            if Level::available().any(|available| available == level) {
                assert_eq!(found, Ok(level));
            } else {
                let error = found.unwrap_err();
                assert!(
                    error.what().contains("does not have") && error.help_lines()[0].contains("`portable`"),
                    "{error}"
                );
            }
        }
        assert_eq!(Level::available().next(), Some(Level::Portable));
        assert!(Level::available().any(|level| level == Level::detected()));
    }

    #[test]
    fn another_word_is_an_error_with_the_nearest_right_one() {
        for (word, near) in [("avx-512", "avx512"), ("AVX2", "avx2"), ("portabel", "portable")] {
            let error = Level::parse(word).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(
                error.what().contains(word) && error.help_lines()[0] == format!("did you mean `{near}`?"),
                "{error:?}"
            );
        }
        let error = Level::parse("neon").unwrap_err();
        assert!(error.help_lines().len() == 1 && error.help_lines()[0].contains("`portable`"), "{error:?}");
    }
}
