//! The credential workbench of one device: works out what the page asks for, masked unless it
//! asks for more.

use super::Device;
use crate::engine::seam::{WorkbenchRequest, WorkbenchStep, WorkbenchView};
use crate::platform::{Draw, SigningStep};
use crate::time::Now;

impl Device {
    pub(super) fn work_out(
        &self,
        now: Now,
        number: u64,
        request: &WorkbenchRequest,
    ) -> WorkbenchView {
        // The random part is fixed, so that what is shown stands still between two keystrokes.
        let draw = Draw {
            now,
            sequence: self.sequence,
            random: self.sequence,
        };
        let known = self
            .declaration
            .calculators
            .iter()
            .find(|calculator| calculator.key == request.calculator);
        let values = match known {
            Some(calculator) if calculator.of_identity => &self.profile.identity,
            _ => &request.values,
        };
        let calculation = self.dialect.calculate(&request.calculator, values, &draw);
        let pasted = request.presented.values().any(|text| !text.is_empty());
        WorkbenchView {
            number,
            steps: calculation
                .steps
                .into_iter()
                .map(|step| masked(step, request.reveal))
                .collect(),
            findings: calculation.findings,
            verdict: pasted.then(|| {
                self.dialect
                    .check(&request.calculator, values, &request.presented, &draw)
            }),
        }
    }
}

fn masked(step: SigningStep, reveal: bool) -> WorkbenchStep {
    WorkbenchStep {
        label: step.label,
        secret: step.secret,
        value: (reveal || !step.secret).then_some(step.value),
    }
}
