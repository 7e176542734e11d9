//! The section `optimizer`: a rule, and for each of its hyper-parameters a number or a schedule.

use std::sync::Arc;

use super::Check;
use super::groups::GROUPS;
use super::scripts::{places, unknown};
use crate::error::{Error, Place};
use crate::lab::plan::{HyperSetting, OptimizerPlan, Scripted};
use crate::lab::read::field::Field;
use crate::lab::yaml::node::{Node, shorten};
use crate::optim::{ParameterFacts, RuleDemand, RuleParts};
use crate::program::Layout;
use crate::script::{self, HyperParameter, HyperValue, Kind, Script, check_hyper};

/// The rule of a lab that names none.
const DEFAULT_RULE: &str = "sgd";

/// The section with the rule's state, whose size the lab's memory depends on.
pub(super) struct OptimizerSection {
    pub plan: OptimizerPlan,
    /// What the rule is made of, for its state; none where it failed for parameters that the lab may not have.
    pub rule: Option<RuleParts>,
    /// Where the lab names it, or where its script begins.
    pub place: Place,
}

impl Check<'_> {
    pub(super) fn optimizer(&mut self, field: Option<&Field<'_>>) -> Option<OptimizerSection> {
        let Some(field) = field else { return self.default_rule(&[], None) };
        let fields = field.map("`optimizer`").map_err(|error| match field.node() {
            Node::Str(name) if !name.contains(':') => {
                error.help(format!("a rule is given as `{{rule: {}}}`", shorten(name)))
            }
            _ => error,
        });
        let mut fields = self.problems.keep(fields)?;
        let groups = fields.take(GROUPS);
        let name = fields.take("rule");
        let script = if name.is_none() { fields.take("script") } else { None };
        if let Some(script) = script {
            let named = script.text().unwrap_or("mine.rhai");
            let error =
                Error::user("a rule is named by `rule`, be it a script or one that ships").at(script.key_place());
            self.problems.push(error.help(format!("write `rule: {}`", shorten(named))));
            fields.rest();
            return None;
        }
        let Some(name) = name else { return self.default_rule(&fields.rest(), groups.as_ref()) };
        let files = self.files;
        let (spec, script, _) = self.script(Kind::Optimizer, &name, files)?;
        let section = self.rule(spec, script, &fields.rest(), groups.as_ref());
        section.map(|section| OptimizerSection { place: name.place(), ..section })
    }

    fn default_rule(&mut self, given: &[(&str, Field<'_>)], groups: Option<&Field<'_>>) -> Option<OptimizerSection> {
        let found = self.home.script(Kind::Optimizer, DEFAULT_RULE);
        let script = found.and_then(|entry| Script::load(Kind::Optimizer, &entry.source));
        let script = self.problems.keep(script)?;
        self.scripts.push(script.source.clone());
        self.rule(DEFAULT_RULE.to_owned(), script, given, groups)
    }

    fn rule(
        &mut self,
        spec: String,
        script: Arc<Script>,
        given: &[(&str, Field<'_>)],
        groups: Option<&Field<'_>>,
    ) -> Option<OptimizerSection> {
        for (name, field) in given {
            if script.parameter(name).is_none() {
                self.problems.push(unknown(&script, name, field, &["rule", GROUPS]));
            }
        }
        let hyper: Vec<_> = script
            .hyper
            .iter()
            .map(|parameter| {
                let given = given.iter().find(|(name, _)| *name == parameter.name);
                let drive = match (given, &parameter.default) {
                    (Some((_, field)), _) => self.drive(parameter, field),
                    (None, HyperValue::Number(value)) => Some(HyperSetting::Number(*value)),
                    // `script::rule` says that the parameters of an optimizer are numbers.
                    (None, HyperValue::List(_) | HyperValue::Text(_)) => None,
                };
                drive.map(|drive| (parameter.name.clone(), drive))
            })
            .collect();
        let groups = self.groups(&script, groups);
        let rule = match script::rule(&script) {
            Ok(rule) => {
                self.warn_of_states(&script, &rule);
                Some(rule)
            }
            // It may do with those of the lab.
            Err(error) => {
                self.failed_rule = Some(error);
                None
            }
        };
        let hyper = hyper.into_iter().collect::<Option<Vec<_>>>()?;
        let plan = OptimizerPlan { spec, script, hyper, given: places(given), groups: groups? };
        let place = plan.script.place();
        Some(OptimizerSection { plan, rule, place })
    }

    /// What the rule takes for the parameters that the lab has, with which it is tried, and where it is named.
    pub(super) fn rule_of_parameters(
        &mut self,
        (plan, place): (&OptimizerPlan, &Place),
        layout: &Layout,
    ) -> Option<(RuleDemand, Place)> {
        let parameters: Vec<ParameterFacts> = layout.parameters().iter().map(ParameterFacts::from).collect();
        let tried = script::without_log(|| -> crate::Result<(RuleParts, RuleDemand)> {
            let mut rule = script::rule_for(&plan.script, &parameters)?;
            let demand = rule.demand(&parameters)?;
            Ok((rule, demand))
        });
        let failed = self.failed_rule.take();
        let (rule, demand) = self.problems.keep(tried.map_err(|error| error.at(place.clone())))?;
        self.warnings.extend(plan.script.absent(&parameters));
        if failed.is_some() {
            self.warn_of_states(&plan.script, &rule);
        }
        Some((demand, place.clone()))
    }

    /// A number, or `{schedule: NAME or FILE.rhai, ...}`.
    pub(super) fn drive(&mut self, parameter: &HyperParameter, field: &Field<'_>) -> Option<HyperSetting> {
        if !matches!(field.node(), Node::Map(_)) {
            let number = field.number().and_then(|number| {
                let value = HyperValue::Number(number);
                check_hyper(parameter, &value).map(|()| number).map_err(|error| error.at(field.place()))
            });
            return self.problems.keep(number).map(HyperSetting::Number);
        }
        let what = format!("the schedule of `{}`", parameter.name);
        if !matches!(field.node(), Node::Map(entries) if entries.iter().any(|(key, _)| key == "schedule")) {
            let error = field.error(format!("{what} must be named by its key `schedule`"));
            self.problems.push(error.help("for example `{schedule: cosine, lr: 0.1, steps: 1000}`"));
            return None;
        }
        let files = self.files;
        let (scripted, _) = self.scripted(Kind::Schedule, "schedule", field, &what, files)?;
        let checked = starts_well(&scripted, parameter).map_err(|error| error.at(field.key_place()));
        self.problems.keep(checked)?;
        Some(HyperSetting::Schedule(scripted))
    }
}

/// The schedule can be traced, and its first value is one that the hyper-parameter may have.
fn starts_well(scripted: &Scripted, parameter: &HyperParameter) -> crate::Result<()> {
    let mut schedule = script::schedule(&scripted.script, &scripted.values)?;
    let first = schedule.rate(0)?;
    let name = &parameter.name;
    if !first.is_finite() {
        let what = format!("the schedule `{}` gives `{name}` no finite value at step 0: {first}", scripted.script.name);
        return Err(Error::user(what).help("look at its parameters: is there a division by 0?"));
    }
    check_hyper(parameter, &HyperValue::Number(first)).map_err(|error| {
        let what =
            format!("the schedule `{}` starts outside of what is allowed: {}", scripted.script.name, error.what());
        error.help_lines().iter().fold(Error::user(what), |error, help| error.help(help.as_str()))
    })
}
