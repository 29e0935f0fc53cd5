//! How is an entry of the catalogue written?

use super::retry::Retry;

/// One entry of the catalogue, as data.
pub(super) struct Entry {
    pub(super) code: i32,
    pub(super) name: &'static str,
    pub(super) retry: Retry,
    pub(super) meaning: &'static str,
    pub(super) ru: &'static str,
    pub(super) uz: &'static str,
    pub(super) en: &'static str,
}

/// Makes of each entry a variant of [`ErrorCode`] and an [`Entry`].
macro_rules! catalogue {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident = $code:literal $name:literal retry $retry:ident {
            ru: $ru:literal,
            uz: $uz:literal,
            en: $en:literal,
        }
    )+) => {
        /// Every error that a partner can see.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(
                $(#[doc = $doc])+
                $variant,
            )+
        }

        impl ErrorCode {
            /// All of them in the order of the documents, the A family first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub(super) const fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => &Entry {
                        code: $code,
                        name: $name,
                        retry: Retry::$retry,
                        // Each doc line begins with a blank, which keeps the joined words apart.
                        meaning: concat!($($doc),+),
                        ru: $ru,
                        uz: $uz,
                        en: $en,
                    },)+
                }
            }
        }
    };
}
pub(super) use catalogue;
