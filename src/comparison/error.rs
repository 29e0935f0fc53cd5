//! Why a day could not be compared.

use rpc_schema::values::Network;
use sea_orm::DbErr;

use crate::domain::day::Day;
use crate::domain::inquiry::AskError;

/// Why two sides could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    #[error("{} could not be asked", .network.name())]
    Network {
        network: Network,
        #[source]
        error: AskError,
    },
    #[error(
        "the database could not be read; is it the gateway's, and its schema up to date (`aloqa-gateway migrate`)?"
    )]
    Database(#[from] DbErr),
    #[error("{} has not begun yet in Tashkent", .0.iso())]
    NotBegun(Day),
}
