//! `cards.*`

use entity::card;
use entity::ids::TransactionId;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::errors::{ErrorCode, Family};
use rpc_schema::method::Method as _;
use rpc_schema::methods::cards::{
    Add, AddConfirm, AddConfirmParams, AddParams, Attach, AttachConfirm, AttachConfirmParams,
    AttachConfirmResult, AttachParams, AttachResult, Card, CardPage, CardParams, CodeSent, Info,
    List, ListParams, ListedCard, Remove,
};
use rpc_schema::reason::Reason;
use rpc_schema::values::Pan;

use super::methods::{MethodError, Request, register, unchanged};
use crate::domain::currency;
use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::gateway::Gateway;
use crate::service::{AlreadyAttached, AttachKey, AttachedCard, CardDetails};

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    register::<Attach, _, _>(module, attach_failure, attach)?;
    register::<AttachConfirm, _, _>(module, attach_confirm_failure, attach_confirm)?;
    register::<Add, _, _>(module, unchanged, add)?;
    register::<AddConfirm, _, _>(module, unchanged, add_confirm)?;
    register::<List, _, _>(module, unchanged, list)?;
    register::<Info, _, _>(module, unchanged, info)?;
    register::<Remove, _, _>(module, unchanged, remove)
}

async fn attach(request: Request<AttachParams>) -> Result<AttachResult, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let details = CardDetails {
        pan: params.pan,
        expiry: params.expiry.0,
        phone: params.phone_number,
        network: Some(params.processing_type),
    };
    let attachment = gateway
        .begin_attach(&caller, details, AlreadyAttached::Refuse)
        .await?;
    Ok(AttachResult {
        card_id: attachment.card_id,
    })
}

async fn attach_confirm(
    request: Request<AttachConfirmParams>,
) -> Result<AttachConfirmResult, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let key = AttachKey::Card(params.card_id);
    gateway
        .confirm_attach(&caller, key, &params.otp_code, AlreadyAttached::Refuse)
        .await?;
    Ok(AttachConfirmResult {
        message: "Card is successfully attached".to_owned(),
    })
}

async fn add(request: Request<AddParams>) -> Result<CodeSent, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let details = CardDetails {
        pan: params.pan,
        expiry: params.expiry.0,
        phone: params.phone.0,
        network: None,
    };
    let attachment = gateway
        .begin_attach(&caller, details, AlreadyAttached::KeepToken)
        .await?;
    Ok(CodeSent {
        phone: attachment.phone.digits().to_owned(),
        transaction_id: attachment.transaction_id.0,
    })
}

async fn add_confirm(request: Request<AddConfirmParams>) -> Result<Card, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let key = AttachKey::Transaction(TransactionId(params.transaction_id));
    let card = gateway
        .confirm_attach(
            &caller,
            key,
            &params.confirmed_code,
            AlreadyAttached::KeepToken,
        )
        .await?;
    Ok(view(card))
}

async fn list(request: Request<ListParams>) -> Result<CardPage, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    let size = params.size.unwrap_or_default();
    let page = gateway
        .card_page(&caller, params.cursor.as_ref(), size)
        .await?;
    let listed = |(card, pan): (card::Model, Pan)| ListedCard {
        token: card.id,
        vendor: from_stored(card.network).vendor().to_owned(),
        pan: pan.mask(),
        expiry: card.expiry,
        phone: card.phone,
        currency: currency_number(card.currency),
        currency_code: currency::letters(card.currency).to_owned(),
        created_at: card.created_at.0,
    };
    Ok(CardPage {
        cards: page.cards.into_iter().map(listed).collect(),
        next: page.next,
    })
}

async fn info(request: Request<CardParams>) -> Result<Card, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    Ok(view(gateway.card_now(&caller, &params.token).await?))
}

async fn remove(request: Request<CardParams>) -> Result<bool, MethodError> {
    let Request {
        gateway,
        caller,
        params,
        ..
    } = request;
    gateway.remove_card(&caller, &params.token).await?;
    Ok(true)
}

fn currency_number(currency: i32) -> String {
    format!("{currency:03}")
}

fn view(card: AttachedCard) -> Card {
    let AttachedCard {
        token,
        pan,
        phone,
        network,
        info,
    } = card;
    Card {
        token,
        sms: info.sms,
        pincnt: info.pin_tries,
        status: info.status,
        // What cannot be read is told as 0, and operators hear of it.
        balance: info.balance.unwrap_or_default(),
        cashback_amount: info.cashback,
        filial_code: info.filial_code,
        vendor: network.vendor().to_owned(),
        pan: pan.mask(),
        phone,
        full_name: info.full_name,
        cardtype: info.card_type,
        currency: currency_number(info.currency),
        currency_code: currency::letters(info.currency).to_owned(),
        // Neither network says (docs/contract.md#how-the-documents-are-read).
        is_virtual: false,
    }
}

/// Maps a failure to the codes of the method `name`, for when the method itself panicked or timed out.
pub(super) fn map_failure(name: &str, failure: Failure) -> Failure {
    match name {
        Attach::NAME => attach_failure(failure),
        AttachConfirm::NAME => attach_confirm_failure(failure),
        _ => failure,
    }
}

/// `cards.attach`: 1010, and 1006 for everything else. `data.reason` names the B family's error.
fn attach_failure(failure: Failure) -> Failure {
    with_code(failure, ErrorCode::AttachFailed)
}

/// `cards.attach.confirm`: 1007 if not found, 1008 if too late or all tries are used, 1010, and 1009 for everything
/// else.
fn attach_confirm_failure(failure: Failure) -> Failure {
    let too_late = matches!(
        failure.data.reason,
        Some(Reason::CodeExpired | Reason::TriesUsedUp)
    );
    let own = [
        (
            failure.code == ErrorCode::TransactionNotFound,
            ErrorCode::AttachCardNotFound,
        ),
        (
            failure.code == ErrorCode::AlreadyConfirmed,
            ErrorCode::AttachAlreadyAttached,
        ),
        (
            failure.code == ErrorCode::InvalidCode && too_late,
            ErrorCode::AttachCodeExpired,
        ),
    ];
    match own.into_iter().find(|(applies, _)| *applies) {
        Some((_, code)) => Failure::new(code),
        None => with_code(failure, ErrorCode::AttachVerifyFailed),
    }
}

/// Gives a failure of the B family this code and names its own in `data.reason`.
fn with_code(failure: Failure, code: ErrorCode) -> Failure {
    match failure.code.family() {
        Family::Attach => failure,
        Family::Gateway => {
            let reason = Reason::Code(failure.code);
            let mut mapped = Failure { code, ..failure };
            mapped.data.reason = Some(reason);
            mapped
        }
    }
}
