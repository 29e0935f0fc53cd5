//! `p2p.*`

use entity::ids::TransactionId;
use entity::transaction;
use entity::transfer::Legs;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::method::Method;
use rpc_schema::methods::cards::CodeSent;
use rpc_schema::methods::p2p::{
    AcrossNetworks, Confirm, ConfirmParams, Fee, FeeInfo, FeeInfoParams, Humo2Humo, Humo2Uzcard,
    HumoToHumo, Recipient, RecipientInfo, RecipientInfoParams, TransferDone, TransferParams,
    TransferResult, Uzcard2Humo, Uzcard2Uzcard, UzcardToUzcard,
};
use rpc_schema::values::Network;

use super::fingerprint::{order_id, other_answer};
use super::methods::{MethodError, Request, register, unchanged};
use crate::database::Connection;
use crate::domain::call::Receipt;
use crate::domain::tariff::Direction;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::service::{Answer, TransferOrder, TransferRecord};

/// What version 0.1 took fingerprints of.
const FORMER_PARAMS: [&str; 6] = [
    "token",
    "pan",
    "expiry",
    "amount",
    "force_sms_confirmation",
    "extId",
];

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    register::<RecipientInfo, _, _>(module, unchanged, recipient_info)?;
    register::<FeeInfo, _, _>(module, unchanged, fee_info)?;
    register_direction::<Humo2Humo>(module, Network::Humo, Network::Humo)?;
    register_direction::<Humo2Uzcard>(module, Network::Humo, Network::Uzcard)?;
    register_direction::<Uzcard2Humo>(module, Network::Uzcard, Network::Humo)?;
    register_direction::<Uzcard2Uzcard>(module, Network::Uzcard, Network::Uzcard)?;
    register::<Confirm, _, _>(module, unchanged, confirm)
}

fn register_direction<M>(
    module: &mut RpcModule<Gateway>,
    from: Network,
    to: Network,
) -> Result<(), RegisterMethodError>
where
    M: Method<Params = TransferParams, Result = TransferResult>,
{
    let direction = Direction { from, to };
    register::<M, _, _>(module, unchanged, move |request| {
        transfer(request, M::NAME, direction)
    })
}

async fn recipient_info(request: Request<RecipientInfoParams>) -> Result<Recipient, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let (network, card) = gateway.recipient_info(&caller, &params.pan).await?;
    Ok(Recipient {
        name: card.name,
        vendor: network.vendor().to_owned(),
        expiry: card.expiry.map(|expiry| expiry.yymm()).unwrap_or_default(),
    })
}

async fn fee_info(request: Request<FeeInfoParams>) -> Result<Fee, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let quote = gateway.quote(&caller, &params.pan, &params.pan2, params.amount)?;
    Ok(Fee {
        fee: quote.fee,
        fee_rate: quote.rate,
        amount_total: quote.total,
    })
}

async fn transfer(
    request: Request<TransferParams>,
    method: &'static str,
    direction: Direction,
) -> Result<TransferResult, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        sent,
    } = request;
    let id = order_id(
        &gateway,
        method,
        params.ext_id.clone(),
        &params,
        &sent,
        &FORMER_PARAMS,
    )?;
    let order = TransferOrder {
        direction,
        token: params.token,
        pan: params.pan,
        expiry: params.expiry.0,
        amount: params.amount,
        force_code: params.force_sms_confirmation,
        sender: params.sender,
        id,
    };
    match gateway.transfer(&caller, order).await? {
        Answer::CodeSent {
            phone,
            transaction_id,
        } => Ok(TransferResult::CodeSent(CodeSent {
            phone,
            transaction_id: transaction_id.0,
        })),
        Answer::Done(transaction) => Ok(TransferResult::Done(
            done(&*gateway.database, &transaction).await?,
        )),
        Answer::Reversed => Err(other_answer(method).into()),
    }
}

async fn confirm(request: Request<ConfirmParams>) -> Result<TransferDone, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let confirmed = gateway
        .confirm_transfer(
            &caller,
            TransactionId(params.transaction_id),
            &params.confirmed_code,
        )
        .await?;
    Ok(done(&*gateway.database, &confirmed).await?)
}

/// The documented result of a transfer that was carried out.
pub(super) async fn done(
    db: &impl Connection,
    transaction: &transaction::Model,
) -> Result<TransferDone, Error> {
    let record = TransferRecord::of(db, transaction).await?;
    let fee = transaction.fee.to_string();
    let merchant_id = transaction.merchant_id.clone().unwrap_or_default();
    let terminal_id = transaction.terminal_id.clone().unwrap_or_default();
    let TransferRecord {
        direction,
        debit,
        credit,
        legs,
        fiscal_url,
    } = record;
    let across = |uzcard: Receipt, humo: Option<Receipt>| {
        let humo = humo.map(|humo| (humo.network_id, humo.reference.0, humo.rrn));
        let (payment_id, payment_ref, auth_ref_number) = humo.unwrap_or_default();
        AcrossNetworks {
            fee: fee.clone(),
            ref_num: uzcard.ref_num,
            apr_code: uzcard.apr_code,
            payment_id,
            payment_ref,
            auth_ref_number,
            merchant_id: merchant_id.clone(),
            terminal_id: terminal_id.clone(),
            has_fiskal_check: fiscal_url.is_some(),
            ofd_url: fiscal_url.clone().unwrap_or_default(),
        }
    };
    let credit = || {
        credit.ok_or_else(|| {
            Error::Corrupt(format!(
                "transfer {} is done without a credit",
                transaction.id
            ))
        })
    };
    Ok(match (direction.from, direction.to) {
        (Network::Humo, Network::Humo) => TransferDone::HumoToHumo(HumoToHumo {
            fee,
            payment_id: debit.network_id,
            merchant_id,
            terminal_id,
        }),
        (Network::Uzcard, Network::Uzcard) => TransferDone::UzcardToUzcard(UzcardToUzcard {
            fee,
            ref_num: debit.ref_num,
            merchant_id,
            terminal_id,
            has_fiskal_check: fiscal_url.is_some(),
            ofd_url: fiscal_url.unwrap_or_default(),
        }),
        (Network::Humo, Network::Uzcard) => TransferDone::Across(across(credit()?, Some(debit))),
        (Network::Uzcard, Network::Humo) => TransferDone::Across(match legs {
            // HUMO knows nothing of it by our references.
            Legs::One => across(debit, None),
            Legs::Two => across(debit, Some(credit()?)),
        }),
    })
}
