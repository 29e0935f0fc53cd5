//! The SMS provider, which delivers the confirmation codes.

pub mod contour;
mod error;
pub mod eskiz;
pub mod playmobile;

use rpc_schema::values::Phone;

pub use self::error::SmsError;
use self::eskiz::Eskiz;
use self::playmobile::PlayMobile;
use super::exchange::SetupError;
use super::told_server::ToldServer;
use crate::config::{self, SmsProvider};

/// The client of the provider.
#[derive(Debug)]
pub enum Sms {
    PlayMobile(Box<PlayMobile>),
    Eskiz(Box<Eskiz>),
}

impl Sms {
    /// The client of the provider of these settings, whose address begins with `url`.
    ///
    /// # Errors
    /// The URL or the credentials cannot be used.
    pub fn new(config: &config::Sms, url: &str, told: ToldServer) -> Result<Self, SetupError> {
        Ok(match config.provider {
            SmsProvider::PlayMobile => {
                Self::PlayMobile(Box::new(PlayMobile::new(config, url, told)?))
            }
            SmsProvider::Eskiz => Self::Eskiz(Box::new(Eskiz::new(config, url, told)?)),
        })
    }

    /// Sends one message, once. `message_id` identifies it at the provider.
    ///
    /// # Errors
    /// See [`SmsError`].
    pub async fn send(&self, phone: &Phone, text: &str, message_id: &str) -> Result<(), SmsError> {
        match self {
            Self::PlayMobile(client) => client.send(phone, text, message_id).await,
            Self::Eskiz(client) => client.send(phone, text, message_id).await,
        }
    }
}
