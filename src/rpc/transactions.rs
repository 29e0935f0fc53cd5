//! `transactions.*`

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::transaction::{self, Kind, Status};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::errors::{ErrorCode, Family, Lang};
use rpc_schema::method::Method;
use rpc_schema::methods::cards::CodeSent;
use rpc_schema::methods::transactions::{
    ChargedHold, ConfirmedDebit, Debit, DebitConfirm, DebitConfirmParams, DebitParams, DebitResult,
    DebitReverse, DebitReverseParams, Get, GetParams, Held, HoldCancel, HoldCharge,
    HoldChargeParams, HumoDebit, List, ListParams, Reversal, ReversalStatus, Transaction,
    TransactionError, TransactionKind, TransactionPage, TransactionParams, TransactionResult,
    TransactionStatus, UzcardDebit,
};
use rpc_schema::values::{Date, Network, PeriodBound};

use super::fingerprint::{order_id, other_answer};
use super::methods::{MethodError, Request, register, unchanged};
use super::p2p;
use crate::database::Connection;
use crate::domain::call::{Receipt, Terminal};
use crate::domain::day::Day;
use crate::domain::network::from_stored;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::rpc::errors::{WireError, language};
use crate::service::{
    self, Answer, DebitOrder, ReverseOrder, Snapshot, TransactionFilter, receipt_of,
};

/// What version 0.1 took fingerprints of.
const FORMER_PARAMS: [&str; 7] = [
    "token",
    "amount",
    "merchantId",
    "terminalId",
    "is_hold",
    "force_sms_confirmation",
    "extId",
];

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    register::<Debit, _, _>(module, unchanged, debit)?;
    register::<DebitConfirm, _, _>(module, unchanged, confirm)?;
    register::<DebitReverse, _, _>(module, unchanged, reverse)?;
    register::<HoldCharge, _, _>(module, unchanged, charge)?;
    register::<HoldCancel, _, _>(module, unchanged, cancel)?;
    register::<Get, _, _>(module, unchanged, get)?;
    register::<List, _, _>(module, unchanged, list)
}

async fn debit(request: Request<DebitParams>) -> Result<DebitResult, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        sent,
    } = request;
    let id = order_id(
        &gateway,
        Debit::NAME,
        params.ext_id.clone(),
        &params,
        &sent,
        &FORMER_PARAMS,
    )?;
    let order = DebitOrder {
        token: params.token,
        amount: params.amount,
        terminal: Terminal {
            merchant_id: params.merchant_id.0,
            terminal_id: params.terminal_id.0,
        },
        hold: params.is_hold,
        force_code: params.force_sms_confirmation,
        id,
    };
    match gateway.debit(&caller, order).await? {
        Answer::CodeSent {
            phone,
            transaction_id,
        } => Ok(DebitResult::CodeSent(CodeSent {
            phone,
            transaction_id: transaction_id.0,
        })),
        Answer::Done(transaction) => Ok(done(&transaction)?.into()),
        Answer::Reversed => Err(other_answer(Debit::NAME).into()),
    }
}

async fn confirm(request: Request<DebitConfirmParams>) -> Result<ConfirmedDebit, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let confirmed = gateway
        .confirm_debit(
            &caller,
            TransactionId(params.transaction_id),
            &params.confirmed_code,
            params.is_hold,
        )
        .await?;
    Ok(done(&confirmed)?)
}

async fn reverse(request: Request<DebitReverseParams>) -> Result<bool, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        sent,
    } = request;
    // Version 0.1 knew no `extId` here.
    let id = order_id(
        &gateway,
        DebitReverse::NAME,
        params.ext_id.clone(),
        &params,
        &sent,
        &[],
    )?;
    let order = ReverseOrder {
        transaction_id: TransactionId(params.transaction_id),
        amount: params.amount,
        id,
    };
    match gateway.reverse(&caller, order).await? {
        Answer::Reversed => Ok(true),
        Answer::CodeSent { .. } | Answer::Done(_) => Err(other_answer(DebitReverse::NAME).into()),
    }
}

async fn charge(request: Request<HoldChargeParams>) -> Result<ChargedHold, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let charged = gateway
        .charge_hold(&caller, TransactionId(params.transaction_id), params.amount)
        .await?;
    Ok(view_taken(&charged, required_receipt(&charged)?))
}

async fn cancel(request: Request<TransactionParams>) -> Result<bool, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    gateway
        .cancel_hold(&caller, TransactionId(params.transaction_id))
        .await?;
    Ok(true)
}

async fn get(request: Request<GetParams>) -> Result<Transaction, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let key = params.key().map_err(MethodError::Params)?;
    let found = gateway.transaction(&caller, key).await?;
    let lang = language(caller.lang, Family::Gateway);
    Ok(told(&*gateway.database, found, lang).await?)
}

async fn list(request: Request<ListParams>) -> Result<TransactionPage, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let filter = TransactionFilter {
        from: params.from.map(first_of).transpose()?,
        to: params.to.map(last_of).transpose()?,
        status: params.status.map(stored_status),
        kind: params.kind.map(stored_kind),
        token: params.token,
    };
    let (cursor, size) = (params.cursor.as_ref(), params.size.unwrap_or_default());
    let page = gateway
        .transaction_page(&caller, filter, cursor, size)
        .await?;
    let lang = language(caller.lang, Family::Gateway);
    let mut transactions = Vec::with_capacity(page.transactions.len());
    for found in page.transactions {
        transactions.push(told(&*gateway.database, found, lang).await?);
    }
    Ok(TransactionPage {
        transactions,
        next: page.next,
    })
}

/// The first millisecond of a period that begins there.
fn first_of(bound: PeriodBound) -> Result<UnixMillis, ErrorCode> {
    match bound {
        PeriodBound::Day(day) => day_of(day).map(Day::begins_at),
        PeriodBound::Moment(at) => Ok(UnixMillis(at)),
    }
}

/// The last millisecond of a period that ends there.
fn last_of(bound: PeriodBound) -> Result<UnixMillis, ErrorCode> {
    match bound {
        PeriodBound::Day(day) => day_of(day).map(|day| day.ends_at() - 1),
        PeriodBound::Moment(at) => Ok(UnixMillis(at)),
    }
}

fn day_of(date: Date) -> Result<Day, ErrorCode> {
    Day::try_from(date).map_err(|()| ErrorCode::WrongPeriod)
}

/// A transaction as partners see it, its error in this language. `db` has its rows.
pub(super) async fn told(
    db: &impl Connection,
    found: Snapshot,
    lang: Lang,
) -> Result<Transaction, Error> {
    let (captured_amount, reversed_amount) = (found.captured(), found.reversed());
    let reversals = found.reversals.into_iter().map(view_reversal).collect();
    let transaction = found.transaction;
    let result = match transaction.status {
        Status::AwaitingCode | Status::Declined => None,
        Status::Processing
        | Status::Held
        | Status::Succeeded
        | Status::Cancelled
        | Status::Reversed
        | Status::Expired
        | Status::Manual => match transaction.kind {
            Kind::Attachment | Kind::Debit | Kind::Hold => receipt_of(&transaction)?
                .map(|_| view(&transaction, found.taken))
                .transpose()?
                .map(TransactionResult::from),
            // Between its two legs a transfer has a receipt but no result.
            Kind::Transfer if transaction.status != Status::Succeeded => None,
            Kind::Transfer => Some(p2p::done(db, &transaction).await?.into()),
        },
    };
    let error = found.failure.map(|failure| {
        let WireError {
            code,
            message,
            data,
        } = WireError::new(failure, lang);
        TransactionError {
            code,
            message,
            data,
        }
    });
    Ok(Transaction {
        transaction_id: transaction.id.0,
        ext_id: transaction.ext_id,
        kind: match transaction.kind {
            Kind::Hold => TransactionKind::Hold,
            Kind::Transfer => TransactionKind::Transfer,
            // The service never returns an attachment.
            Kind::Debit | Kind::Attachment => TransactionKind::Debit,
        },
        status: view_status(transaction.status),
        amount: transaction.amount,
        fee: transaction.fee,
        captured_amount,
        reversed_amount,
        reversals,
        network: from_stored(transaction.network),
        created_at: transaction.created_at.0,
        updated_at: transaction.updated_at.0,
        result,
        error,
    })
}

/// The documented result of a debit or hold, for the first call and for its repeats.
fn done(transaction: &transaction::Model) -> Result<ConfirmedDebit, Error> {
    let taken = match transaction.status {
        Status::Succeeded | Status::Reversed => true,
        Status::AwaitingCode
        | Status::Processing
        | Status::Held
        | Status::Declined
        | Status::Cancelled
        | Status::Expired
        | Status::Manual => transaction.kind != Kind::Hold,
    };
    view(transaction, taken)
}

/// A hold shows its transaction id; once its money is taken, it shows the debit.
fn view(transaction: &transaction::Model, taken: bool) -> Result<ConfirmedDebit, Error> {
    let receipt = required_receipt(transaction)?;
    Ok(match taken {
        true => view_taken(transaction, receipt).into(),
        false => ConfirmedDebit::Held(Held {
            transaction_id: transaction.id.0,
        }),
    })
}

fn view_taken(transaction: &transaction::Model, receipt: Receipt) -> ChargedHold {
    let transaction_id = transaction.id.0;
    let merchant_id = transaction.merchant_id.clone().unwrap_or_default();
    let terminal_id = transaction.terminal_id.clone().unwrap_or_default();
    match from_stored(transaction.network) {
        Network::Uzcard => ChargedHold::Uzcard(UzcardDebit {
            ext: receipt.reference.0,
            ref_num: receipt.ref_num,
            merchant_id,
            terminal_id,
            transaction_id,
        }),
        Network::Humo => ChargedHold::Humo(HumoDebit {
            payment_id: receipt.network_id,
            payment_ref: receipt.reference.0,
            merchant_id,
            terminal_id,
            auth_ref_number: receipt.rrn,
            transaction_id,
        }),
    }
}

fn required_receipt(transaction: &transaction::Model) -> Result<Receipt, Error> {
    let receipt = receipt_of(transaction)?;
    receipt.ok_or_else(|| {
        Error::Corrupt(format!(
            "transaction {} is done without a receipt",
            transaction.id
        ))
    })
}

fn stored_kind(kind: TransactionKind) -> Kind {
    match kind {
        TransactionKind::Debit => Kind::Debit,
        TransactionKind::Hold => Kind::Hold,
        TransactionKind::Transfer => Kind::Transfer,
    }
}

fn stored_status(status: TransactionStatus) -> Status {
    match status {
        TransactionStatus::AwaitingCode => Status::AwaitingCode,
        TransactionStatus::Processing => Status::Processing,
        TransactionStatus::Held => Status::Held,
        TransactionStatus::Succeeded => Status::Succeeded,
        TransactionStatus::Declined => Status::Declined,
        TransactionStatus::Cancelled => Status::Cancelled,
        TransactionStatus::Reversed => Status::Reversed,
        TransactionStatus::Expired => Status::Expired,
        TransactionStatus::Manual => Status::Manual,
    }
}

fn view_reversal(reversal: service::Reversal) -> Reversal {
    Reversal {
        ext_id: reversal.ext_id,
        amount: reversal.amount,
        status: match reversal.status {
            service::ReversalStatus::Processing => ReversalStatus::Processing,
            service::ReversalStatus::Succeeded => ReversalStatus::Succeeded,
            service::ReversalStatus::Declined => ReversalStatus::Declined,
            service::ReversalStatus::Manual => ReversalStatus::Manual,
        },
        at: reversal.at.0,
    }
}

fn view_status(status: Status) -> TransactionStatus {
    match status {
        Status::AwaitingCode => TransactionStatus::AwaitingCode,
        Status::Processing => TransactionStatus::Processing,
        Status::Held => TransactionStatus::Held,
        Status::Succeeded => TransactionStatus::Succeeded,
        Status::Declined => TransactionStatus::Declined,
        Status::Cancelled => TransactionStatus::Cancelled,
        Status::Reversed => TransactionStatus::Reversed,
        Status::Expired => TransactionStatus::Expired,
        Status::Manual => TransactionStatus::Manual,
    }
}
