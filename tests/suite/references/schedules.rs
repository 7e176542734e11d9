//! A schedule: the rate used at steps 0, 1, 2, ...; those that learn from the run are fed its numbers. At the edges of its
//! phases it is right, or the parameters are refused where the reference refuses them.

use optlab::optim::RunView;
use optlab::script::{HyperValue, HyperValues, Kind, Script, check_hyper, check_limit, schedule};
use serde_json::Value;

use super::Outcomes;
use crate::common::{flat, reference, shipped};

/// The values of a case, with defaults for the others.
fn values_of(script: &Script, case: &Value) -> HyperValues {
    let mut values = HyperValues::new();
    for parameter in &script.hyper {
        let value = match &case["hyper"][&parameter.name] {
            Value::Null => parameter.default.clone(),
            // The vectors give what is looked at itself; it is fed to the schedule below.
            _ if matches!(parameter.default, HyperValue::Text(_)) => parameter.default.clone(),
            Value::Array(list) => HyperValue::List(list.iter().map(|value| value.as_f64().unwrap()).collect()),
            number => HyperValue::Number(number.as_f64().unwrap()),
        };
        values.push((parameter.name.clone(), value));
    }
    values
}

/// A lab would refuse these values.
fn refuses(script: &Script, values: &HyperValues) -> bool {
    let of = |name: &str| values.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    script.hyper.iter().zip(values).any(|(parameter, (_, value))| {
        let limit = parameter.limit.as_deref().and_then(of);
        check_hyper(parameter, value).is_err()
            || limit.is_some_and(|limit| check_limit(parameter, value, limit).is_err())
    })
}

fn check(case: &Value) -> Result<(), String> {
    let script = shipped(Kind::Schedule, case["rule"].as_str().unwrap());
    let values = values_of(&script, case);
    match (refuses(&script, &values), case["refused"].as_str()) {
        (true, Some(_)) => return Ok(()),
        (true, None) => return Err("the values are refused".into()),
        (false, Some("float division by zero")) if script.name == "one_cycle" => {
            return begins_at_the_top(&script, &values);
        }
        (false, Some(why)) => return Err(format!("the values are not refused: {why}")),
        (false, None) => {}
    }
    let mut schedule = schedule(&script, &values).map_err(|error| error.to_string())?;
    for (t, want) in flat(&case["lr"]).into_iter().enumerate() {
        let seen = t.checked_sub(1).and_then(|last| case["hyper"]["metric"][last].as_f64());
        let run = RunView { step: t as u64, smooth_loss: seen.unwrap_or(f64::NAN), ..RunView::default() };
        let got = schedule.rate_of(t as u64, &run).map_err(|error| error.to_string())?;
        // The vectors have 12 digits.
        if (got - want).abs() > 1e-9 * want.abs() + 1e-15 {
            return Err(format!("{got} for {want} at step {t}"));
        }
    }
    Ok(())
}

/// The one case in which the reference fails and the script goes on, as its header tells.
fn begins_at_the_top(script: &std::sync::Arc<Script>, values: &HyperValues) -> Result<(), String> {
    let mut schedule = schedule(script, values).map_err(|error| error.to_string())?;
    let rates: Vec<f64> = (0..3).map(|t| schedule.rate(t).unwrap()).collect();
    if rates[0] == 0.1 && rates[1] < 0.1 && rates[2] <= rates[1] { Ok(()) } else { Err(format!("{rates:?}")) }
}

fn outcomes_of(file: &str) -> Outcomes {
    let all = reference(file);
    let name = |case: &Value| format!("{} {} of {}", case["rule"], case["hyper"], case["source"]);
    all.as_array().unwrap().iter().map(|case| (name(case), check(case))).collect()
}

pub fn outcomes() -> Outcomes {
    outcomes_of("schedules")
}

pub fn edges() -> Outcomes {
    outcomes_of("schedule_edges")
}
