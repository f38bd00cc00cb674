//! The words of the Core Business Vocabulary 2.0, and the forms in which they are written: bare in JSON (`shipping`), as URN in
//! XML of version 1 (`urn:epcglobal:cbv:bizstep:shipping`), as Web URI (`https://ref.gs1.org/cbv/BizStep-shipping`).

use std::borrow::Cow;

/// A list of words of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vocabulary {
    /// What was done.
    BizStep,
    /// In which state it left things.
    Disposition,
    /// Sorts of business documents.
    BizTransaction,
    /// Sorts of sources and destinations.
    SourceDestination,
    /// Why an event was declared wrong.
    ErrorReason,
    /// What a sensor measures.
    Measurement,
    /// What a sensor warns of.
    Alert,
    /// Which part of a measurement.
    Component,
}

impl Vocabulary {
    /// The words.
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::BizStep => &BIZ_STEPS,
            Self::Disposition => &DISPOSITIONS,
            Self::BizTransaction => &BIZ_TRANSACTIONS,
            Self::SourceDestination => &SOURCES_DESTINATIONS,
            Self::ErrorReason => &ERROR_REASONS,
            Self::Measurement => &MEASUREMENTS,
            Self::Alert => &ALERTS,
            Self::Component => &COMPONENTS,
        }
    }

    /// What stands before a word in its Web URI.
    const fn web(self) -> &'static str {
        match self {
            Self::BizStep => "https://ref.gs1.org/cbv/BizStep-",
            Self::Disposition => "https://ref.gs1.org/cbv/Disp-",
            Self::BizTransaction => "https://ref.gs1.org/cbv/BTT-",
            Self::SourceDestination => "https://ref.gs1.org/cbv/SDT-",
            Self::ErrorReason => "https://ref.gs1.org/cbv/ER-",
            Self::Component => "https://ref.gs1.org/cbv/Comp-",
            Self::Measurement | Self::Alert => "https://gs1.org/voc/",
        }
    }

    /// Other texts that stand before a word.
    const fn others(self) -> &'static [&'static str] {
        match self {
            Self::BizStep => &["urn:epcglobal:cbv:bizstep:", "cbv:BizStep-", "https://ns.gs1.org/cbv/BizStep-"],
            Self::Disposition => &["urn:epcglobal:cbv:disp:", "cbv:Disp-", "https://ns.gs1.org/cbv/Disp-"],
            Self::BizTransaction => &["urn:epcglobal:cbv:btt:", "cbv:BTT-", "https://ns.gs1.org/cbv/BTT-"],
            Self::SourceDestination => &["urn:epcglobal:cbv:sdt:", "cbv:SDT-", "https://ns.gs1.org/cbv/SDT-"],
            Self::ErrorReason => &["urn:epcglobal:cbv:er:", "cbv:ER-", "https://ns.gs1.org/cbv/ER-"],
            Self::Component => &["cbv:Comp-", "https://ns.gs1.org/cbv/Comp-"],
            Self::Measurement | Self::Alert => &["gs1:", "https://www.gs1.org/voc/", "http://gs1.org/voc/"],
        }
    }

    /// Whether the text is a word of this list, bare.
    pub fn knows(self, word: &str) -> bool {
        self.words().contains(&word)
    }

    /// The bare word, in whichever form it is written; another text as it is.
    pub fn bare(self, text: &str) -> &str {
        let prefixes = std::iter::once(self.web()).chain(self.others().iter().copied());
        prefixes.filter_map(|prefix| text.strip_prefix(prefix)).find(|word| self.knows(word)).unwrap_or(text)
    }

    /// The Web URI of a word, in whichever form it is written; another text as it is.
    pub fn uri(self, text: &str) -> Cow<'_, str> {
        let word = self.bare(text);
        if self.knows(word) { Cow::Owned(format!("{}{word}", self.web())) } else { Cow::Borrowed(text) }
    }

    /// What is wrong with a value of a field of this vocabulary in JSON, if anything is.
    pub fn objection(self, text: &str) -> Option<String> {
        if self.knows(text) {
            return None;
        }
        let word = self.bare(text);
        let is_reserved = match self {
            Self::Measurement | Self::Alert => {
                ["http://gs1.org/voc/", "https://gs1.org/voc/", "http://www.gs1.org/voc/", "https://www.gs1.org/voc/"]
                    .iter()
                    .any(|prefix| text.starts_with(prefix))
            }
            _ => ["urn:epcglobal:cbv", "http://ns.gs1.org/cbv/", "https://ns.gs1.org/cbv/"]
                .iter()
                .any(|prefix| text.starts_with(prefix)),
        };
        match (is_reserved, self.knows(word)) {
            (true, true) => Some(format!("words of the standard are written bare in JSON: {word:?}")),
            (true, false) => Some(format!("{text:?} is no word of the standard")),
            (false, _) if crate::uri::is_uri(text) => None,
            _ => Some(format!("{text:?} is neither a word of the standard nor a URI")),
        }
    }
}

/// Business steps.
pub const BIZ_STEPS: [&str; 41] = [
    "accepting",
    "arriving",
    "assembling",
    "collecting",
    "commissioning",
    "consigning",
    "creating_class_instance",
    "cycle_counting",
    "decommissioning",
    "departing",
    "destroying",
    "disassembling",
    "dispensing",
    "encoding",
    "entering_exiting",
    "holding",
    "inspecting",
    "installing",
    "killing",
    "loading",
    "other",
    "packing",
    "picking",
    "receiving",
    "removing",
    "repackaging",
    "repairing",
    "replacing",
    "reserving",
    "retail_selling",
    "shipping",
    "staging_outbound",
    "stock_taking",
    "stocking",
    "storing",
    "transporting",
    "unloading",
    "unpacking",
    "void_shipping",
    "sensor_reporting",
    "sampling",
];
/// Dispositions.
pub const DISPOSITIONS: [&str; 33] = [
    "active",
    "container_closed",
    "damaged",
    "destroyed",
    "dispensed",
    "disposed",
    "encoded",
    "expired",
    "in_progress",
    "in_transit",
    "inactive",
    "no_pedigree_match",
    "non_sellable_other",
    "partially_dispensed",
    "recalled",
    "reserved",
    "retail_sold",
    "returned",
    "sellable_accessible",
    "sellable_not_accessible",
    "stolen",
    "unknown",
    "available",
    "completeness_verified",
    "completeness_inferred",
    "conformant",
    "container_open",
    "mismatch_instance",
    "mismatch_class",
    "mismatch_quantity",
    "needs_replacement",
    "non_conformant",
    "unavailable",
];
/// Types of business transactions.
pub const BIZ_TRANSACTIONS: [&str; 13] = [
    "bol",
    "cert",
    "desadv",
    "inv",
    "pedigree",
    "po",
    "poc",
    "prodorder",
    "recadv",
    "rma",
    "testprd",
    "testres",
    "upevt",
];
/// Types of sources and destinations.
pub const SOURCES_DESTINATIONS: [&str; 3] = ["owning_party", "possessing_party", "location"];
/// Reasons of error declarations.
pub const ERROR_REASONS: [&str; 2] = ["did_not_occur", "incorrect_data"];
/// Types of measurements (GS1 Web Vocabulary).
pub const MEASUREMENTS: [&str; 72] = [
    "AbsoluteHumidity",
    "AbsorbedDose",
    "AbsorbedDoseRate",
    "Acceleration",
    "Radioactivity",
    "Altitude",
    "AmountOfSubstance",
    "AmountOfSubstancePerUnitVolume",
    "Angle",
    "AngularAcceleration",
    "AngularMomentum",
    "AngularVelocity",
    "Area",
    "Capacitance",
    "Conductance",
    "Conductivity",
    "Count",
    "Density",
    "Dimensionless",
    "DoseEquivalent",
    "DoseEquivalentRate",
    "DynamicViscosity",
    "ElectricCharge",
    "ElectricCurrent",
    "ElectricCurrentDensity",
    "ElectricFieldStrength",
    "Energy",
    "Exposure",
    "Force",
    "Frequency",
    "Illuminance",
    "Inductance",
    "Irradiance",
    "KinematicViscosity",
    "Length",
    "LinearMomentum",
    "Luminance",
    "LuminousFlux",
    "LuminousIntensity",
    "MagneticFlux",
    "MagneticFluxDensity",
    "MagneticVectorPotential",
    "Mass",
    "MassConcentration",
    "MassFlowRate",
    "MassPerAreaTime",
    "MemoryCapacity",
    "MolalityOfSolute",
    "MolarEnergy",
    "MolarMass",
    "MolarVolume",
    "Power",
    "Pressure",
    "RadiantFlux",
    "RadiantIntensity",
    "RelativeHumidity",
    "Resistance",
    "Resistivity",
    "SolidAngle",
    "SpecificVolume",
    "Speed",
    "SurfaceDensity",
    "SurfaceTension",
    "Temperature",
    "Time",
    "Torque",
    "Voltage",
    "Volume",
    "VolumeFlowRate",
    "VolumeFraction",
    "VolumetricFlux",
    "Wavenumber",
];
/// Types of sensor alerts.
pub const ALERTS: [&str; 2] = ["ALARM_CONDITION", "ERROR_CONDITION"];
/// Components of measurements.
pub const COMPONENTS: [&str; 14] = [
    "x",
    "y",
    "z",
    "axial_distance",
    "azimuth",
    "height",
    "spherical_radius",
    "polar_angle",
    "elevation_angle",
    "easting",
    "northing",
    "latitude",
    "longitude",
    "altitude",
];
