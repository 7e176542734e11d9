//! The command line: one file for each verb, and the only place that prints.

mod bench;
mod catalogue;
mod check;
mod config;
mod editor;
mod folder;
mod functions;
mod grade;
mod list;
mod meant;
mod new;
mod pack;
#[cfg(feature = "screen")]
mod picture;
#[cfg(feature = "screen")]
mod play;
#[cfg(feature = "screen")]
mod plot;
mod race;
#[cfg(feature = "screen")]
mod record;
mod report;
mod reset;
#[cfg(feature = "screen")]
mod screen;
mod series;
mod show_lab;
mod signals;
mod submit;
mod tasks;
mod train;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::lab::Overrides;
use crate::script;
use crate::settings;
use crate::simd::Level;

/// A call of a script that is bounded by its operations may take so long on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A laboratory for the optimisation of neural networks that runs in a terminal.
///
/// Without a verb, `optlab` shows the list of labs and `optlab LAB` opens one on the screen.
#[derive(Debug, Parser)]
#[command(name = "optlab", version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// A lab file, or the id of a shipped lab.
    lab: Option<String>,
    /// Words that nothing takes: they are here to be told.
    #[arg(hide = true)]
    rest: Vec<String>,
    #[command(flatten)]
    changes: Changes,
    #[cfg(feature = "screen")]
    #[command(flatten)]
    look: Look,
    /// Write the run's files into this folder when it finishes or is left; a fork has none.
    #[arg(long, value_name = "DIR", requires = "lab")]
    out: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    person: Person,
    /// Start the run over when a file of the lab is saved, rather than go on with the edit from the next step.
    #[arg(long, requires = "lab")]
    restart_on_save: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Train a lab without a screen.
    Train(train::Arguments),
    /// Check labs, scripts and tapes: errors with their place; every lab runs some steps, every task is tried, every tape is
    /// played.
    Check(check::Arguments),
    /// The catalogue: all of it, or one kind (`optimizers`, `datasets`, `labs`, `tapes`, ...); `keys` lists those of a lab file,
    /// `functions` what scripts can call.
    List {
        /// What to list.
        kind: Option<String>,
        /// The language of the labs' titles, where they have it.
        #[arg(long, value_name = "CODE", value_parser = lang)]
        lang: Option<String>,
        /// One line of JSON: a list for each kind.
        #[arg(long)]
        json: bool,
    },
    /// Copy a lab with its scripts and data, or a script of the catalogue, to change it; nothing is written over.
    Copy {
        /// A lab file, the id of a shipped lab, the name of a script (`adam`), a kind of them (`optimizers`), or a tape that ships
        /// (`momentum.tape.yaml`).
        #[arg(value_name = "LAB")]
        what: String,
        /// The folder to copy into; the current one if none is given.
        dir: Option<PathBuf>,
    },
    /// Make a working folder: copies of the labs and the scripts, and the mark that makes it the root of all labs in it.
    /// Run again it adds what is new and names what differs; nothing is written over.
    Init(folder::Init),
    /// Put a lab's files back as they were handed out, with the scripts that its tasks name. Yours are kept in
    /// `.optlab/attic/`, and so is progress.
    Reset {
        /// The id of a lab, or its file.
        lab: String,
    },
    /// Begin a lab or a script: a file with comments that say what belongs where.
    New {
        /// One of `lab`, `optimizer`, `schedule`, `activation`, `loss`, `dataset`, `network`, `landscape`, `series`, `observer`.
        kind: String,
        /// Its name, without an ending.
        name: String,
    },
    /// Pack what counts of a working folder into a zip to be handed in: answers, the lab files and scripts that were edited.
    /// It shows what that is, the points so far, and what is still open.
    Submit(submit::Arguments),
    /// Grade what students handed in: points, and why; as JSON, tables, Moodle's worksheet, pages for students.
    Grade(grade::Arguments),
    /// Make of an author's course folder what students get, without answers and what is hidden, and the key that grades it.
    Pack(pack::Arguments),
    #[command(name = grade::VERB, hide = true)]
    Judge {
        /// Seconds of the processor.
        seconds: u64,
    },
    /// The tasks of a lab in plain lines: what is asked and what is done. Answers are judged and kept, scripts and goals are
    /// judged as their files stand.
    Tasks(tasks::Arguments),
    /// Play a tape by a virtual clock and write what is seen: the same bytes on every machine.
    #[cfg(feature = "screen")]
    Record(record::Arguments),
    /// Play a tape in the terminal, for a lecture hall: it halts at each chapter until space goes on.
    #[cfg(feature = "screen")]
    Play(play::Arguments),
    /// Draw curves of runs that have ended, as a picture for a slide: of one, of a race, of several over each other; of runs that
    /// differ in the seed alone the median and the spread.
    #[cfg(feature = "screen")]
    Plot(plot::Arguments),
    /// The settings that hold, and why: by a flag, a variable, the file `config.yaml`, or by default.
    Config(config::Arguments),
    /// One entry of the catalogue: what it is, its formula and symbols, its source, where implementations differ, its
    /// parameters and its script. Or a key of the lab file: what it is and may hold, and what an edit of it does. Or a lab,
    /// by its id or its path: what it is about, what it is made of, its text. Or a function of scripts: `matmul`.
    Show {
        /// `[KIND] NAME`, as in `show adam`, `show initialiser he`, `show training.batch` or `show adam-on-digits`.
        #[arg(required = true, num_args = 1..=2, value_names = ["KIND", "NAME"])]
        words: Vec<String>,
        /// The language of a lab's texts, where it has them.
        #[arg(long, value_name = "CODE", value_parser = lang)]
        lang: Option<String>,
    },
    /// The keys of a lab file as a JSON Schema (draft 2020-12), for editors.
    Schema,
    /// What completes verbs and options in a shell: `optlab completions bash > ~/.local/share/bash-completion/completions/optlab`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// The manual page of optlab, or of one verb: `optlab man train | man -l -`.
    Man {
        /// The verb.
        verb: Option<String>,
    },
    /// What a training step costs on this machine: four networks, the parts of their steps, rules by script beside loops
    /// fused by hand.
    Bench(bench::Arguments),
}

/// What may be changed of a lab without editing its file.
#[derive(Debug, Clone, Args)]
pub(crate) struct Changes {
    /// A seed in place of the lab's.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Change any key, as in `--set optimizer.lr=0.1`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Train for N epochs.
    #[arg(long, value_name = "N", conflicts_with = "steps")]
    epochs: Option<u64>,
    /// Train for N steps.
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
}

impl Changes {
    fn overrides(&self) -> Overrides {
        Overrides {
            set: self.set.clone(),
            seed: self.seed,
            epochs: self.epochs,
            steps: self.steps,
            ..Overrides::default()
        }
    }
}

/// How many threads may work.
#[derive(Debug, Clone, Copy, Args)]
struct Threads {
    /// Threads that may work, 1 if nothing is said; never changes a number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(settings::MOST_THREADS)))]
    threads: Option<u16>,
}

/// The colours of the screen.
#[derive(Debug, Clone, Args)]
struct Colours {
    /// Colours of the screen.
    #[arg(long, value_name = "THEME", value_parser = settings::THEMES)]
    theme: Option<String>,
    /// Colours that the terminal shows: its own 16, which suit its background, or fixed ones of 256 or of all.
    #[arg(long, value_name = "N", value_parser = settings::COLORS)]
    colors: Option<String>,
}

/// Who works here, and in which language.
#[derive(Debug, Clone, Args)]
struct Person {
    /// The language of the labs' texts, where they have it: `en`, `pt`.
    #[arg(long, value_name = "CODE", value_parser = lang)]
    lang: Option<String>,
    /// The student's name, by which numbers of tasks are drawn; it goes before the one in `progress.yaml`.
    #[arg(long, value_name = "NAME", value_parser = student)]
    student: Option<String>,
}

fn lang(text: &str) -> Result<String, String> {
    settings::language(text).ok_or_else(|| "give the code of a language, as in `pt` or `pt-BR`".to_owned())
}

fn student(text: &str) -> Result<String, String> {
    settings::name(text).ok_or_else(|| format!("a name has at most {} characters, on one line", settings::LONGEST_NAME))
}

/// How the screen looks.
#[cfg(feature = "screen")]
#[derive(Debug, Clone, Args)]
struct Look {
    #[command(flatten)]
    colours: Colours,
    /// Draw with ASCII characters only.
    #[arg(long)]
    ascii: bool,
    /// Frames a second, at most.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=30))]
    fps: u8,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    no_mouse: bool,
    /// Write what is shown, as it is shown, into this file as asciicast; it is whole up to the last screen after a kill.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write the session as a tape: it plays to the same steps, knobs and losses.
    #[arg(long, value_name = "FILE", requires = "lab")]
    tape: Option<PathBuf>,
}

/// Runs the command line and gives the exit code.
pub fn run() -> u8 {
    report::panics();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(said) => {
            let meant = meant::of_arguments(&written()).filter(|_| said.use_stderr());
            return meant.map_or_else(|| report::usage(&said), |error| report::errors(&[error]));
        }
    };
    if let Err(error) = Level::asked() {
        return report::errors(&[error]);
    }
    // Scripts recurse on the stack, wherever they are called.
    let worker = std::thread::Builder::new().stack_size(crate::train::STACK).spawn(move || dispatch(arguments));
    let code = match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(0)) => report::lost().unwrap_or(0),
        Ok(Ok(code)) => code,
        Ok(Err(_)) => 4,
        Err(error) => report::errors(&[Error::fault(format!("cannot start a thread: {error}"))]),
    };
    report::rest();
    code
}

/// The arguments as they were written.
fn written() -> Vec<String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect()
}

fn dispatch(arguments: Arguments) -> u8 {
    let clock = Clock::wall();
    script::limit_time(Some((clock.clone(), PATIENCE)));
    match arguments.verb {
        Some(Verb::Train(train)) => train::run(&train, &clock),
        Some(Verb::Check(what)) => check::run(&what, &clock),
        Some(Verb::List { kind, lang, json }) => done(list::list(kind.as_deref(), lang, json)),
        Some(Verb::Show { words, lang }) => done(catalogue::show(&words, lang)),
        Some(Verb::Copy { what, dir }) => folder::copy(&what, dir),
        Some(Verb::Init(what)) => done(folder::init(what, &clock)),
        Some(Verb::Reset { lab }) => done(reset::run(&lab, &clock)),
        Some(Verb::New { kind, name }) => done(new::run(&kind, &name)),
        Some(Verb::Submit(submit)) => submit::run(&submit, &clock),
        Some(Verb::Grade(grade)) => grade::run(&grade, &clock),
        Some(Verb::Pack(pack)) => pack::run(&pack),
        Some(Verb::Judge { seconds }) => grade::judge_one(seconds),
        Some(Verb::Tasks(what)) => tasks::run(&what, &clock),
        #[cfg(feature = "screen")]
        Some(Verb::Record(what)) => record::run(&what),
        #[cfg(feature = "screen")]
        Some(Verb::Play(what)) => play::run(what, clock),
        #[cfg(feature = "screen")]
        Some(Verb::Plot(what)) => done(plot::run(&what)),
        Some(Verb::Config(what)) => config::run(&what),
        Some(Verb::Schema) => done(editor::schema()),
        Some(Verb::Completions { shell }) => editor::completions(shell, Arguments::command()),
        Some(Verb::Man { verb }) => done(editor::man(verb.as_deref(), Arguments::command())),
        Some(Verb::Bench(what)) => done(bench::run(&what)),
        None => match arguments.lab.as_deref().and_then(|lab| meant::of_lab(lab, &arguments.rest)) {
            Some(error) => report::errors(&[error]),
            None => show(arguments, clock),
        },
    }
}

/// The list of labs, or one lab, on the screen.
#[cfg(feature = "screen")]
fn show(arguments: Arguments, clock: Clock) -> u8 {
    let Colours { theme, colors } = arguments.look.colours;
    let Person { lang, student } = arguments.person;
    let flags = settings::Flags { theme, colors, threads: arguments.threads.threads, lang, student };
    let settings = config::Known::of(&flags);
    let language = settings.value(settings::Setting::Lang).map(str::to_owned);
    screen::run(screen::Arguments {
        lab: arguments.lab,
        overrides: Overrides { language, ..arguments.changes.overrides() },
        settings,
        ascii: arguments.look.ascii,
        fps: arguments.look.fps,
        mouse: !arguments.look.no_mouse,
        out: arguments.out,
        record: arguments.look.record,
        tape: arguments.look.tape,
        restart_on_save: arguments.restart_on_save,
        clock,
    })
}

/// There is none in this build.
#[cfg(not(feature = "screen"))]
fn show(arguments: Arguments, _: Clock) -> u8 {
    let lab = arguments.lab.unwrap_or_else(|| "LAB".to_owned());
    let error = Error::user("this optlab was built without its screen");
    report::errors(&[error.help(format!("`optlab train {lab}` trains without one"))])
}

fn done(result: Result<()>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) => report::errors(&[error]),
    }
}
