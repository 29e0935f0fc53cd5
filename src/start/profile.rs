//! Whether this profile may use this database. The sandbox uses only one that it made itself, so that a production database
//! whose addresses got lost meets no simulated network.

use crate::config::{Choice, Profile};
use crate::partners::DEMO;

/// Why a profile must not use a database.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error(
        "this database belongs to the production profile, and no network has an address: set profile = \"production\" and \
         the networks' addresses, or another database.url for the sandbox"
    )]
    LostAddresses,
    #[error(
        "this database belongs to the production profile: the sandbox needs one of its own (database.url), or set \
         profile = \"production\""
    )]
    OfProduction,
    #[error(
        "this database was made by the sandbox profile, and its payments were simulated: production needs one of its own \
         (database.url), or set profile = \"sandbox\""
    )]
    OfSandbox,
    #[error(
        "this database has partners other than the sandbox's demo partner, which hints at production, and no network has an \
         address: set profile = \"production\" and the networks' addresses, or profile = \"sandbox\" if the database was only \
         ever used with simulated networks"
    )]
    OtherPartners,
    #[error(
        "this database has partners and was not made by the sandbox profile, which needs one of its own (database.url)"
    )]
    NotOfSandbox,
    #[error(
        "this database was made by a profile that this version does not know: use the version that made it"
    )]
    Unknown,
}

/// What a database tells of how it was used.
#[derive(Debug, Default)]
pub(super) struct Traces {
    /// The profile that it records; those of before 0.2 have none.
    pub(super) profile: Option<String>,
    /// The names of its partners.
    pub(super) partners: Vec<String>,
}

/// Whether a gateway of this profile may use the database.
pub(super) fn judge(profile: Profile, choice: Choice, traces: &Traces) -> Result<(), ProfileError> {
    let recorded = match traces.profile.as_deref() {
        Some("sandbox") => Some(Profile::Sandbox),
        Some("production") => Some(Profile::Production),
        Some(_) => return Err(ProfileError::Unknown),
        None => None,
    };
    match (recorded, profile, choice) {
        (Some(Profile::Production), Profile::Sandbox, Choice::ByAddresses) => {
            Err(ProfileError::LostAddresses)
        }
        (Some(Profile::Production), Profile::Sandbox, Choice::InWords) => {
            Err(ProfileError::OfProduction)
        }
        (Some(Profile::Sandbox), Profile::Production, _) => Err(ProfileError::OfSandbox),
        (Some(_), _, _) => Ok(()),
        // What it was is not recorded: the partners tell.
        (None, _, _) => {
            let (demo, _) = DEMO;
            let others = traces.partners.iter().any(|name| name != demo);
            let has_demo = traces.partners.iter().any(|name| name == demo);
            match (profile, others, has_demo, choice) {
                (Profile::Production, false, true, _) => Err(ProfileError::OfSandbox),
                // Whether the demo partner can still call is asked before it serves.
                (Profile::Production, _, _, _) => Ok(()),
                (Profile::Sandbox, false, _, _)
                | (Profile::Sandbox, true, true, Choice::InWords) => Ok(()),
                (Profile::Sandbox, true, _, Choice::ByAddresses) => {
                    Err(ProfileError::OtherPartners)
                }
                (Profile::Sandbox, true, false, Choice::InWords) => Err(ProfileError::NotOfSandbox),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is recorded, the partners, the profile and who chose it, and what is said of it.
    type Case<'a> = (
        Option<&'a str>,
        &'a [&'a str],
        Profile,
        Choice,
        Result<(), ProfileError>,
    );

    #[test]
    fn a_profile_uses_the_databases_that_are_its_own() {
        use Choice::{ByAddresses, InWords};
        use Profile::{Production, Sandbox};
        let cases: [Case<'_>; 19] = [
            // Nobody's yet.
            (None, &[], Sandbox, ByAddresses, Ok(())),
            (None, &[], Sandbox, InWords, Ok(())),
            (None, &[], Production, ByAddresses, Ok(())),
            // Recorded: the partners do not matter.
            (
                Some("sandbox"),
                &["demo", "shop"],
                Sandbox,
                ByAddresses,
                Ok(()),
            ),
            (Some("sandbox"), &["shop"], Sandbox, InWords, Ok(())),
            (
                Some("sandbox"),
                &["demo"],
                Production,
                InWords,
                Err(ProfileError::OfSandbox),
            ),
            (
                Some("sandbox"),
                &[],
                Production,
                ByAddresses,
                Err(ProfileError::OfSandbox),
            ),
            (
                Some("production"),
                &["shop"],
                Production,
                ByAddresses,
                Ok(()),
            ),
            (
                Some("production"),
                &[],
                Sandbox,
                ByAddresses,
                Err(ProfileError::LostAddresses),
            ),
            (
                Some("production"),
                &["demo"],
                Sandbox,
                InWords,
                Err(ProfileError::OfProduction),
            ),
            (
                Some("rehearsal"),
                &[],
                Sandbox,
                InWords,
                Err(ProfileError::Unknown),
            ),
            // Of an earlier version.
            (None, &["demo"], Sandbox, ByAddresses, Ok(())),
            (None, &["demo", "shop"], Sandbox, InWords, Ok(())),
            (
                None,
                &["demo", "shop"],
                Sandbox,
                ByAddresses,
                Err(ProfileError::OtherPartners),
            ),
            (
                None,
                &["shop"],
                Sandbox,
                ByAddresses,
                Err(ProfileError::OtherPartners),
            ),
            (
                None,
                &["shop"],
                Sandbox,
                InWords,
                Err(ProfileError::NotOfSandbox),
            ),
            (None, &["shop"], Production, ByAddresses, Ok(())),
            (None, &["demo", "shop"], Production, InWords, Ok(())),
            (
                None,
                &["demo"],
                Production,
                ByAddresses,
                Err(ProfileError::OfSandbox),
            ),
        ];
        for (recorded, partners, profile, choice, judged) in cases {
            let traces = Traces {
                profile: recorded.map(str::to_owned),
                partners: partners.iter().map(|name| (*name).to_owned()).collect(),
            };
            let told = format!("{traces:?} {profile:?} {choice:?}");
            assert_eq!(judge(profile, choice, &traces), judged, "{told}");
        }
    }
}
