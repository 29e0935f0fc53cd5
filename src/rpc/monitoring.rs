//! `cards.monitoring` and `monitoring.get.entry`.

use entity::operation;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::errors::ErrorCode;
use rpc_schema::methods::monitoring::{
    Details, Entry, GetEntry, GetEntryParams, History, Monitoring, MonitoringParams, Operation,
};
use rpc_schema::values::Pan;

use super::methods::{MethodError, Request, register, unchanged};
use crate::domain::day::{Day, written};
use crate::domain::network::from_stored;
use crate::gateway::Gateway;
use crate::service::{HistoryQuery, Listed};

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    register::<Monitoring, _, _>(module, unchanged, monitoring)?;
    register::<GetEntry, _, _>(module, unchanged, entry)
}

async fn monitoring(request: Request<MonitoringParams>) -> Result<History, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let day = |date| Day::try_from(date).map_err(|()| ErrorCode::WrongPeriod);
    let query = HistoryQuery {
        from: day(params.from)?,
        to: day(params.to)?,
        tokens: params.tokens,
        page: params.page.map_or(0, |page| page.0),
        size: params.size.unwrap_or_default().0,
    };
    let page = gateway.history(&caller, query).await?;
    Ok(History {
        total_debit: page.total_debit,
        total_credit: page.total_credit,
        transactions: page.operations.into_iter().map(view_listed).collect(),
    })
}

async fn entry(request: Request<GetEntryParams>) -> Result<Entry, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let entry = gateway.history_entry(&caller, &params.id).await?;
    let Listed { operation, pan } = entry.listed;
    Ok(Entry {
        id: operation.public_id.clone(),
        card_number: entry.card_number,
        update: operation.day,
        details: details(operation, &pan),
    })
}

fn view_listed(Listed { operation, pan }: Listed) -> Operation {
    Operation {
        id: operation.public_id.clone(),
        udate: operation.day,
        details: details(operation, &pan),
        tag_id: None,
        tag_name: None,
    }
}

fn details(operation: operation::Model, pan: &Pan) -> Details {
    Details {
        pan: pan.short_mask(),
        city: operation.city,
        utime: operation.utime,
        date: operation.at.0,
        kind: operation.op_type,
        amount: operation.amount,
        reversal: operation.reversal,
        currency: operation.currency,
        ref_num: operation.ref_num,
        vendor: from_stored(operation.network).vendor().to_owned(),
        sys_num: operation.sys_num,
        apr_code: operation.apr_code,
        ref_number: operation.ref_number,
        is_credit: operation.is_credit,
        merchant: operation.merchant,
        terminal: operation.terminal,
        description: operation.description,
        merchant_name: operation.merchant_name,
        internal_number: operation.internal_number,
        created_at: written(operation.created_at),
        created_date: operation.created_at.0,
        version: 0,
    }
}
