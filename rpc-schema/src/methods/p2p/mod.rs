//! `p2p.*`: transfers from card to card, in four directions.

mod confirm;
mod fee_info;
mod recipient_info;
mod sender;
mod transfer;
mod transfer_result;

pub use confirm::{Confirm, ConfirmParams};
pub use fee_info::{Fee, FeeInfo, FeeInfoParams};
pub use recipient_info::{Recipient, RecipientInfo, RecipientInfoParams};
pub use sender::TransferSender;
pub use transfer::{Humo2Humo, Humo2Uzcard, TransferParams, Uzcard2Humo, Uzcard2Uzcard};
pub use transfer_result::{
    AcrossNetworks, HumoToHumo, TransferDone, TransferResult, UzcardToUzcard,
};
