//! Asks the network about single payments, where its list does not decide.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rpc_schema::values::Network;

use super::error::CompareError;
use super::join::{Class, Inquiry, NetworkSide, Scope, classify, needs_inquiry};
use super::payment::Payment;
use super::sources::Sources;
use crate::processing::books::ListedPayment;

/// The wait before a network that gave no answer is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// After this many inquiries in a row without an answer, the network is taken to be down.
const FAILURES_MAX: u32 = 16;

/// How often the network is asked about a payment that changes meanwhile.
const ROUNDS_MAX: usize = 3;

/// Progress is reported after this many inquiries.
const PROGRESS_EVERY: usize = 100;

/// Asks the network about each payment that needs it, a few at a time. The answers go into `theirs`; a payment that has
/// changed meanwhile is replaced in `ours`.
pub(super) async fn inquire(
    sources: &Sources<'_>,
    scope: Scope,
    ours: &mut [Payment],
    theirs: &mut HashMap<String, NetworkSide>,
) -> Result<(), CompareError> {
    let listed_under = |payment: &Payment| {
        let side = theirs.get(&payment.reference);
        side.map_or_else(Vec::new, |side| side.listed.clone())
    };
    let inquiries: Vec<(usize, Payment, Vec<ListedPayment>)> = ours
        .iter()
        .enumerate()
        .map(|(index, payment)| (index, payment, listed_under(payment)))
        .filter(|(_, payment, listed)| needs_inquiry(scope, payment, listed))
        .map(|(index, payment, listed)| (index, payment.clone(), listed))
        .collect();
    let (next, failures) = (AtomicUsize::new(0), AtomicU32::new(0));
    let answers = Mutex::new(Vec::with_capacity(inquiries.len()));
    let worker = || async {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((index, payment, listed)) = inquiries.get(number) else {
                return Ok::<(), CompareError>(());
            };
            if number > 0 && number.is_multiple_of(PROGRESS_EVERY) {
                let (name, all) = (scope.network.name(), inquiries.len());
                (sources.progress)(&format!("{name}: asked about {number} of {all} payments"));
            }
            let answer = settle(sources, scope, payment, listed, &failures).await?;
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((*index, answer));
        }
    };
    // Eight at a time: a fraction of what a network can handle, and of what the gateway itself sends.
    tokio::try_join!(
        worker(),
        worker(),
        worker(),
        worker(),
        worker(),
        worker(),
        worker(),
        worker()
    )?;
    let answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (index, (payment, side)) in answers {
        theirs.insert(payment.reference.clone(), side);
        if let Some(old) = ours.get_mut(index) {
            *old = payment;
        }
    }
    Ok(())
}

/// What the network has of a payment, and the payment as it was when the network answered.
async fn settle(
    sources: &Sources<'_>,
    scope: Scope,
    payment: &Payment,
    listed: &[ListedPayment],
    failures: &AtomicU32,
) -> Result<(Payment, NetworkSide), CompareError> {
    let mut payment = payment.clone();
    let mut rounds = 0;
    loop {
        rounds += 1;
        let theirs = NetworkSide {
            listed: listed.to_vec(),
            inquiry: ask(sources, scope.network, &payment, failures).await?,
        };
        if rounds == ROUNDS_MAX || classify(scope, &payment, &theirs) == Class::Matched {
            return Ok((payment, theirs));
        }
        let now = sources
            .payments(scope.network, &[payment.transaction_id])
            .await?;
        let now = now
            .into_iter()
            .find(|other| other.reference == payment.reference);
        match now {
            Some(changed) if changed != payment => payment = changed,
            Some(_) | None => return Ok((payment, theirs)),
        }
    }
}

async fn ask(
    sources: &Sources<'_>,
    network: Network,
    payment: &Payment,
    failures: &AtomicU32,
) -> Result<Inquiry, CompareError> {
    let mut answer = sources.book_entry(network, payment).await;
    if answer.is_err() {
        tokio::time::sleep(PAUSE).await;
        answer = sources.book_entry(network, payment).await;
    }
    match answer {
        Ok(entry) => {
            failures.store(0, Ordering::Relaxed);
            Ok(Inquiry::Answered(entry))
        }
        Err(error) if failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES_MAX => {
            Err(CompareError::Network { network, error })
        }
        Err(error) => Ok(Inquiry::Failed(error.to_string())),
    }
}
