//! Which methods does the gateway have?

pub mod cards;
pub mod discover;
pub mod monitoring;
mod network_errors;
pub mod p2p;
pub mod transactions;

use crate::method::MethodDef;

/// All methods in the order of the documents. The gateway's own come last.
pub const METHODS: &[MethodDef] = &[
    MethodDef::of::<cards::Attach>(),
    MethodDef::of::<cards::AttachConfirm>(),
    MethodDef::of::<cards::Add>(),
    MethodDef::of::<cards::AddConfirm>(),
    MethodDef::of::<transactions::Debit>(),
    MethodDef::of::<transactions::DebitConfirm>(),
    MethodDef::of::<transactions::DebitReverse>(),
    MethodDef::of::<transactions::HoldCharge>(),
    MethodDef::of::<transactions::HoldCancel>(),
    MethodDef::of::<p2p::RecipientInfo>(),
    MethodDef::of::<p2p::FeeInfo>(),
    MethodDef::of::<p2p::Humo2Humo>(),
    MethodDef::of::<p2p::Humo2Uzcard>(),
    MethodDef::of::<p2p::Uzcard2Humo>(),
    MethodDef::of::<p2p::Uzcard2Uzcard>(),
    MethodDef::of::<p2p::Confirm>(),
    MethodDef::of::<monitoring::Monitoring>(),
    MethodDef::of::<monitoring::GetEntry>(),
    MethodDef::of::<transactions::Get>(),
    MethodDef::of::<transactions::List>(),
    MethodDef::of::<cards::List>(),
    MethodDef::of::<cards::Info>(),
    MethodDef::of::<cards::Remove>(),
    MethodDef::of::<discover::Discover>(),
];
