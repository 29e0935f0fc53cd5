//! The reversals that have an id of the partner's own. What each gives back, and how it ended, is in its request.

use sea_orm::entity::prelude::*;

use crate::ids::{ProcessingRequestId, TransactionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reversal")]
pub struct Model {
    /// The call that gives the money back.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: ProcessingRequestId,
    /// What it is given back of.
    pub transaction_id: TransactionId,
    pub partner_id: Uuid,
    /// The partner's own id, unique per partner; no transaction of the partner has it.
    pub ext_id: String,
    /// Keyed hash of method and params. It distinguishes a repeated request from a re-used `ext_id`.
    pub fingerprint: Vec<u8>,
    /// The documented code of the error with which it ended.
    pub error_code: Option<i32>,
    /// JSON of `rpc_schema::error_data::ErrorData`.
    pub error_data: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
