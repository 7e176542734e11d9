//! A schedule: the rate used at steps 0, 1, 2, ...; those that learn from the run are fed its numbers.

use optlab::optim::RunView;
use optlab::script::{HyperValue, HyperValues, Kind, schedule};
use serde_json::Value;

use super::Outcomes;
use crate::common::{flat, reference, shipped};

fn check(case: &Value) -> Result<(), String> {
    let script = shipped(Kind::Schedule, case["rule"].as_str().unwrap());
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

pub fn outcomes() -> Outcomes {
    let all = reference("schedules");
    all.as_array().unwrap().iter().map(|case| (case["rule"].to_string(), check(case))).collect()
}
