//! What sensors said (ISO/IEC 19987:2024, 7.3.7).

use serde_json::Value;

use super::{Checker, shown};
use crate::vocabulary::Vocabulary;

impl Checker {
    pub(super) fn sensor(&mut self, value: &Value) {
        let Some(element) = self.object(value) else { return };
        self.needed(element, &["sensorReport"]);
        for (name, value) in element {
            self.within(name, |checker| match name.as_str() {
                "sensorMetadata" => checker.metadata(value),
                "sensorReport" => {
                    checker.each(value, Self::report);
                    if value.as_array().is_some_and(Vec::is_empty) {
                        checker.object_at("at least one report is needed");
                    }
                }
                own => checker.extension(own, value),
            });
        }
    }

    fn metadata(&mut self, value: &Value) {
        for (name, value) in self.object(value).into_iter().flatten() {
            self.within(name, |checker| match name.as_str() {
                "time" | "startTime" | "endTime" => {
                    checker.time(value);
                }
                "deviceID" | "deviceMetadata" | "rawData" | "dataProcessingMethod" | "bizRules" => checker.uri(value),
                own => checker.extension(own, value),
            });
        }
    }

    fn report(&mut self, value: &Value) {
        let Some(report) = self.object(value) else { return };
        self.needed(report, &["type"]);
        for (name, value) in report {
            self.within(name, |checker| match name.as_str() {
                "type" => checker.word(value, Vocabulary::Measurement),
                "exception" => checker.word(value, Vocabulary::Alert),
                "component" => checker.word(value, Vocabulary::Component),
                "deviceID"
                | "deviceMetadata"
                | "rawData"
                | "dataProcessingMethod"
                | "bizRules"
                | "microorganism"
                | "chemicalSubstance"
                | "coordinateReferenceSystem"
                | "uriValue" => checker.uri(value),
                "time" => {
                    checker.time(value);
                }
                "value" | "minValue" | "maxValue" | "meanValue" | "sDev" | "percRank" | "percValue" => {
                    checker.number(value);
                }
                "stringValue" | "uom" => {
                    checker.text(value);
                }
                "booleanValue" => checker.truth(value),
                "hexBinaryValue" => checker.hex(value),
                own => checker.extension(own, value),
            });
        }
    }

    fn hex(&mut self, value: &Value) {
        if let Some(text) = self.text(value)
            && (text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            self.object_at(format!("{:?} is not hexadecimal", shown(text)));
        }
    }
}
