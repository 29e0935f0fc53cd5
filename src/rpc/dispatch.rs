//! Answers a body: splits it into calls, authenticates and authorizes the caller, runs the methods and joins the
//! replies (docs/contract.md#the-wire).

#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use jsonrpsee::core::server::{MethodCallback, Methods};
use jsonrpsee::types::{Id, Params};
use jsonrpsee::{ConnectionId, Extensions};
use rpc_schema::errors::{ErrorCode, Family, Lang};
use rpc_schema::hint::Hint;
use rpc_schema::method::Method as _;
use rpc_schema::methods::METHODS;
use rpc_schema::methods::discover::{Discover, DiscoverParams};
use rpc_schema::params::{Params as _, attach_message};
use rpc_schema::reason::Reason;
use serde_json::value::RawValue;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::caller::{Arrival, Caller, EndedReplies, Hearer, Partner, PendingReply, Permissions};
use crate::docs::Documents;
use crate::domain::account;
use crate::domain::app_name::AppName;
use crate::domain::behalf::Behalf;
use crate::domain::failure::Failure;
use crate::domain::peer::Peer;
use crate::domain::rate::Rate;
use crate::domain::source::Source;
use crate::domain::source_rate::SourceRate;
use crate::error_chain::ErrorChain;
use crate::metrics::Metrics;
use crate::notices::Notice;
use crate::rpc::address::address;
use crate::rpc::admission::Admission;
use crate::rpc::answer::{Answer, Replies, joined, lone_error_as, too_many, unauthorized};
use crate::rpc::audited::Audited;
use crate::rpc::authentication::{Denied, LastLogin, Partners};
use crate::rpc::body::{NoJson, SentTo};
use crate::rpc::cards;
use crate::rpc::envelope::{self, Form, JsonRpcId, Reply, RequestObject};
use crate::rpc::errors::{WireError, internal, language};
use crate::rpc::method_reply::reply_of;
use crate::rpc::partner_limits::{Exceeded, PartnerLimits, Place};
use crate::rpc::run_call::{Ran, run_call};
use crate::rpc::sender::Sender;
use crate::spans;

/// The code of [`ErrorCode::Overloaded`], as outcomes have it. A test checks it.
const OVERLOADED: &str = "-32343";

/// How many calls a body may hold, how long one call may take, and how they come.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub batch: usize,
    pub call: Duration,
    /// Whether they come over TLS, for the address that the document names.
    pub secure: bool,
}

/// Without credentials, each source is answered this often in a second, all at once if need be.
const ANONYMOUS_A_SECOND: i64 = 5;

/// Answers bodies with the methods.
pub struct Dispatcher {
    methods: Methods,
    families: HashMap<&'static str, Family>,
    audited: Audited,
    partners: Partners,
    limits_of_partners: PartnerLimits,
    limits: Limits,
    admission: Admission,
    metrics: Arc<Metrics>,
    /// Those that run, also without a caller.
    calls: TaskTracker,
    /// The caller of a request without credentials.
    anonymous: Arc<Partner>,
    /// Hears whether replies were handed over.
    replies: Arc<EndedReplies>,
    documents: Arc<Documents>,
    /// How often a source without credentials is answered.
    anonymous_rate: SourceRate,
}

/// What a request holds until its last call has ended, even if its caller is gone.
struct Held {
    _permit: Arc<OwnedSemaphorePermit>,
    /// None for one without credentials, whose rate is limited by its source.
    _place: Option<Place>,
}

impl Dispatcher {
    /// A dispatcher for these methods.
    pub fn new(
        methods: Methods,
        partners: Partners,
        limits: Limits,
        admission: Admission,
        metrics: Arc<Metrics>,
        calls: TaskTracker,
        replies: Arc<EndedReplies>,
    ) -> Self {
        let anonymous = Partner {
            id: Uuid::nil(),
            name: String::new(),
            permissions: Permissions::parse(""),
            code_required_from: None,
            applications: Vec::new(),
            terminals: Vec::new(),
            uzcard_account: account::DEFAULT.to_owned(),
            humo_account: account::DEFAULT.to_owned(),
            has_webhook: false,
        };
        Self {
            methods,
            families: METHODS
                .iter()
                .map(|method| (method.name, method.family))
                .collect(),
            audited: Audited::new(partners.audit()),
            limits_of_partners: PartnerLimits::new(partners.gateway()),
            partners,
            limits,
            admission,
            metrics,
            calls,
            anonymous: Arc::new(anonymous),
            replies,
            documents: Arc::default(),
            anonymous_rate: SourceRate::of(Rate::of(ANONYMOUS_A_SECOND, 1)),
        }
    }

    /// Tells these documents, which others tell too.
    pub fn sharing(self, documents: Arc<Documents>) -> Self {
        Self { documents, ..self }
    }

    /// Who sends a request with these headers. It is asked before the body is read. `last`: what its connection has shown before.
    ///
    /// # Errors
    /// The credentials are not right, or cannot be compared: what to answer.
    pub async fn authenticate(
        &self,
        headers: &HeaderMap,
        peer: Peer,
        last: &LastLogin,
    ) -> Result<Sender, Answer> {
        let (lang, source) = (language(lang(headers), Family::Gateway), peer.source);
        match self
            .partners
            .authenticate(headers.get(AUTHORIZATION), peer, last)
            .await
        {
            Ok(partner) => {
                let at = self.partners.now();
                Ok(Sender::Partner(partner, Arrival { source, at }))
            }
            Err(Denied::Missing) => Ok(Sender::Nobody(source)),
            Err(Denied::NotBasic) => {
                let reason = Reason::CredentialsNotBasic;
                self.audited.login_refused(Some(headers), source, reason);
                Err(unauthorized(lang, reason, Hint::CredentialsNotBasic))
            }
            Err(Denied::Wrong) => {
                let reason = Reason::CredentialsWrong;
                self.audited.login_refused(Some(headers), source, reason);
                Err(unauthorized(lang, reason, Hint::CredentialsWrong))
            }
            Err(Denied::Locked { seconds }) => {
                let reason = Reason::LockedOut;
                // Without a name: whoever is locked out invents as many as they like.
                self.audited.login_refused(None, source, reason);
                Err(too_many(lang, reason, Hint::LockedOut, seconds))
            }
            Err(Denied::Unavailable(error)) => {
                tracing::error!(error = %ErrorChain(&error), "the partner could not be read from the database");
                Err(Answer::Unavailable(lang))
            }
        }
    }

    /// The answer to a request without credentials.
    pub fn without_credentials(&self, headers: &HeaderMap, source: Source) -> Answer {
        let reason = Reason::CredentialsMissing;
        self.audited.login_refused(Some(headers), source, reason);
        let lang = language(lang(headers), Family::Gateway);
        unauthorized(lang, reason, Hint::CredentialsMissing)
    }

    /// Answers a body that was sent to the endpoint, or to the documents' path of a method.
    ///
    /// Each call holds `permit` until it has ended, even if its caller is gone. That limits how many calls run at once.
    pub async fn answer(
        &self,
        to: SentTo,
        sender: Sender,
        headers: &HeaderMap,
        body: &[u8],
        request_id: Uuid,
        permit: Arc<OwnedSemaphorePermit>,
    ) -> Answer {
        let lang = lang(headers);
        let b_lang = language(lang, Family::Gateway);
        let refuse = |error: &WireError| {
            Answer::Ok(
                vec![lone_error_as(to.form(), error).into()],
                Replies::default(),
            )
        };
        let refused = |reason: Reason, sender: &Sender| {
            let notice = Notice::RefusedRequest(reason.as_str());
            self.metrics.notices.tell_of(notice, sender);
        };
        let (entries, is_batch) = match to.entries(body) {
            Ok(split) => split,
            Err(NoJson { reason, hint, at }) => {
                let lang = language(lang, to.family());
                let mut error = WireError::because(ErrorCode::ParseError, lang, reason, hint);
                (error.data.line, error.data.column) = at.unzip();
                refused(reason, &sender);
                return refuse(&error);
            }
        };
        let is_known = matches!(sender, Sender::Partner(..));
        let (partner, arrival) = match &sender {
            Sender::Partner(partner, arrival) => (Arc::clone(partner), *arrival),
            Sender::Nobody(source) if to.only_discovers(&entries) => {
                let at = self.partners.now();
                if !self.anonymous_rate.allows(source.key(), at) {
                    let reason = Reason::TooManyWithoutCredentials;
                    return too_many(b_lang, reason, Hint::TryAgain, 1);
                }
                let source = *source;
                (Arc::clone(&self.anonymous), Arrival { source, at })
            }
            Sender::Nobody(source) => return self.without_credentials(headers, *source),
        };
        let limit = self.limits.batch;
        let unfit = match entries.len() {
            0 => Some((Reason::BatchEmpty, Hint::BatchEmpty)),
            calls if calls > limit => Some((Reason::BatchTooLarge, Hint::BatchLimit(limit))),
            _ => None,
        };
        if let (true, Some((reason, hint))) = (is_batch, unfit) {
            let error = WireError::because(ErrorCode::InvalidRequest, b_lang, reason, hint);
            refused(reason, &sender);
            return refuse(&error);
        }
        let place = if is_known {
            let admitted = self.limits_of_partners.admit(partner.id, entries.len());
            match admitted.await {
                Ok(place) => Some(place),
                Err(exceeded) => {
                    let caller = (partner.name.as_str(), arrival, request_id);
                    return self.exceeded(exceeded, b_lang, caller);
                }
            }
        } else {
            None
        };
        let permit = Arc::new(Held {
            _permit: permit,
            _place: place,
        });
        let app_name = headers
            .get("app-name")
            .and_then(|value| value.to_str().ok())
            .and_then(AppName::parse);
        let address: Arc<str> = address(headers, self.limits.secure).into();
        let mut replies: Vec<Vec<Bytes>> = Vec::with_capacity(entries.len());
        let mut is_told = false;
        let mut heard = Replies::default();
        let count = entries.len();
        for (index, entry) in entries.into_iter().enumerate() {
            let caller = Caller::new(
                Arc::clone(&partner),
                lang,
                app_name.clone(),
                request_id,
                Arc::clone(&address),
            )
            .arrived(arrival);
            // The replies of a batch are handed over together.
            let caller = caller.heard_by(self.hearer(&partner, count - index, &mut heard));
            let answering = self.answer_entry(to, entry, caller, &permit, &mut is_told);
            replies.extend(answering.await);
        }
        let body = if is_batch && !replies.is_empty() {
            joined(replies)
        } else {
            replies.into_iter().next().unwrap_or_default()
        };
        Answer::Ok(body, heard)
    }

    /// HTTP 429, after a time that is not the same for all: they would come back together.
    fn exceeded(&self, exceeded: Exceeded, lang: Lang, caller: (&str, Arrival, Uuid)) -> Answer {
        let (reason, limit) = match exceeded {
            Exceeded::PerSecond => (Reason::PartnerRate, "partner_rate"),
            Exceeded::AtOnce => (Reason::PartnerAtOnce, "partner_at_once"),
        };
        let notice = Notice::LimitedCall(limit);
        self.metrics.notices.tell(notice);
        self.audited.refused(caller, "request", reason.as_str());
        let (_, _, request_id) = caller;
        let [.., last] = request_id.as_bytes();
        too_many(lang, reason, Hint::TryAgain, 1 + i64::from(last % 3))
    }

    /// Who hears how a call ends, if this many calls are answered before the reply is handed over.
    fn hearer(&self, partner: &Partner, calls: usize, heard: &mut Replies) -> Hearer {
        if !partner.has_webhook {
            return Hearer::WithoutWebhook;
        }
        let longest = self
            .limits
            .call
            .saturating_mul(u32::try_from(calls).unwrap_or(u32::MAX));
        let within = longest.saturating_add(HAND_OVER);
        let within_ms = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
        let reply = Arc::new(PendingReply::new(within_ms, Arc::clone(&self.replies)));
        heard.add(Arc::clone(&reply));
        Hearer::Reply(reply)
    }

    /// The reply to one request object; `None` for a notification. `is_told`: the document is already in this body's reply.
    async fn answer_entry(
        &self,
        to: SentTo,
        entry: &RawValue,
        caller: Caller,
        permit: &Arc<Held>,
        is_told: &mut bool,
    ) -> Option<Vec<Bytes>> {
        let lang = language(caller.lang, to.family());
        let object = match to.read(entry) {
            Ok(object) => object,
            Err(malformed) => {
                let why = malformed.why;
                let (reason, hint) = (why.reason(), why.hint());
                let mut error = WireError::because(ErrorCode::InvalidRequest, lang, reason, hint);
                error.data.field = why.field().map(str::to_owned);
                self.refused(reason, &caller.partner);
                let reply = Reply::Error(error.to_json());
                let text = envelope::write(malformed.form, &malformed.id, &reply);
                return Some(vec![text.into()]);
            }
        };
        if object.is_notification() {
            return None;
        }
        let started = Instant::now();
        if object.method == Discover::NAME {
            let reply = self.discover(&object, &caller, is_told);
            let outcome = reply.as_ref().map_or_else(Reply::outcome, |_| "ok");
            self.answered(
                &caller.partner,
                caller.request_id,
                Discover::NAME,
                outcome,
                started,
            );
            if let Hearer::Reply(pending) = caller.gate.hearer() {
                pending.lost();
            }
            return Some(match reply {
                Ok(document) => {
                    let (before, after) = envelope::around(object.form, &object.id);
                    vec![
                        before.into(),
                        document,
                        Bytes::from_static(after.as_bytes()),
                    ]
                }
                Err(refusal) => {
                    vec![envelope::write(object.form, &object.id, &refusal).into()]
                }
            });
        }
        let hearer = caller.gate.hearer().clone();
        let (partner, request_id) = (Arc::clone(&caller.partner), caller.request_id);
        let arrival = caller.arrival;
        let (reply, is_recorded) = self.answer_call(&object, caller, permit).await;
        if let Hearer::Reply(pending) = hearer
            && !tells_an_end(&reply)
        {
            pending.lost();
        }
        // An unknown name is text from the caller. It stays out of the log and the metrics.
        let method = self
            .methods
            .method_with_name(&object.method)
            .map_or("unknown", |(name, _)| name);
        if !is_recorded && reply.outcome() != "ok" {
            let caller = (partner.name.as_str(), arrival, request_id);
            self.audited.refused(caller, method, reply.outcome());
        }
        self.answered(&partner, request_id, method, reply.outcome(), started);
        Some(vec![
            envelope::write(object.form, &object.id, &reply).into(),
        ])
    }

    /// Counts what a partner was refused before any method.
    fn refused(&self, reason: Reason, partner: &Partner) {
        let notice = Notice::RefusedRequest(reason.as_str());
        self.metrics.notices.tell_of(notice, &partner.name);
    }

    fn answered(
        &self,
        partner: &Partner,
        request_id: Uuid,
        method: &'static str,
        outcome: &str,
        started: Instant,
    ) {
        self.metrics.count_call(method, outcome, started);
        let (partner, took) = (&partner.name, started.elapsed());
        if outcome == OVERLOADED {
            // Of these there are most when there is least time for them: the notices tell of them together.
            tracing::debug!(%request_id, partner, method, outcome, ?took, "answered");
        } else {
            tracing::info!(%request_id, partner, method, outcome, ?took, "answered");
        }
    }

    /// The document, whose bytes all share; once a body, as it is two thousand times as large as its call.
    fn discover(
        &self,
        object: &RequestObject<'_>,
        caller: &Caller,
        is_told: &mut bool,
    ) -> Result<Bytes, Reply> {
        let lang = language(caller.lang, Family::Gateway);
        if *is_told {
            let (reason, hint) = (Reason::DiscoverRepeated, Hint::DiscoverOnce);
            self.refused(reason, &caller.partner);
            let error = WireError::because(ErrorCode::InvalidRequest, lang, reason, hint);
            return Err(Reply::Error(error.to_json()));
        }
        DiscoverParams::read_sent(object.params).map_err(|fault| {
            Reply::Error(WireError::fault(&fault, Family::Gateway, lang).to_json())
        })?;
        *is_told = true;
        Ok(self.documents.at(&caller.address).result.clone())
    }

    /// Checks the method, the permission and the A family's id, in the order of docs/contract.md#order-of-checks. Then
    /// runs the method. Also returns whether the audit log has the call.
    async fn answer_call(
        &self,
        object: &RequestObject<'_>,
        caller: Caller,
        permit: &Arc<Held>,
    ) -> (Reply, bool) {
        let request_id = caller.request_id;
        let refuse = |code, family| {
            let error = WireError::bare(code, language(caller.lang, family));
            (Reply::Error(error.to_json()), false)
        };
        let found = self.methods.method_with_name(&object.method);
        let Some((name, MethodCallback::Async(method))) = found else {
            return refuse(ErrorCode::MethodNotFound, Family::Gateway);
        };
        let family = self.families.get(name).copied().unwrap_or(Family::Gateway);
        if !caller.partner.permissions.allow(name) {
            return refuse(ErrorCode::AccessDenied, family);
        }
        if family == Family::Attach
            && object.form == Form::Documented
            && let Some(text) = uuid_fault(&object.id)
        {
            let error = WireError::attach_validation(attach_message("id", text));
            return (Reply::Error(error.to_json()), false);
        }
        let lang = language(caller.lang, family);
        let partner_id = caller.partner.id;
        let overloaded = || {
            let failure = cards::map_failure(name, Failure::overloaded());
            (Reply::Error(WireError::new(failure, lang).to_json()), false)
        };
        let place = match self.admission.admit(name) {
            Ok(place) => place,
            Err(full) => {
                let notice = Notice::ShedCall(full);
                self.metrics.notices.tell_of(notice, &caller.partner.name);
                return overloaded();
            }
        };
        // What cannot be recorded does not begin.
        let Ok((caller, ticket)) = self.audited.ticket(name, object, caller) else {
            return overloaded();
        };
        let is_recorded = ticket.is_some();
        let caller = Arc::new(caller);
        let mut extensions = Extensions::new();
        extensions.insert(Arc::clone(&caller));
        let params = Params::new(object.params.map(RawValue::get)).into_owned();
        let span =
            tracing::info_span!("call", %request_id, partner = caller.partner.name, method = name);
        // The reply gets the caller's own id later, so the method gets none.
        let running =
            method(Id::Null, params, ConnectionId(0), usize::MAX, extensions).instrument(span);
        let permit = Arc::clone(permit);
        let running = Behalf::of_partner(partner_id).during(running);
        let trace = spans::call(request_id, &caller.partner.name, name);
        let ended = trace.clone();
        let running = async move {
            let reply = reply_of(&running.await);
            spans::call_ended(&ended, reply.outcome());
            let told = match ticket {
                Some(ticket) => ticket.answered(reply.outcome()).await,
                None => Ok(()),
            };
            drop((permit, place));
            told.map(|()| reply)
        };
        let running = running.instrument(trace);
        let at_network = match run_call(&self.calls, self.limits.call, running).await {
            Ran::Ended(Ok(reply)) => return (reply, is_recorded),
            Ran::Ended(Err(error)) => {
                tracing::error!(%request_id, method = name, %error, "a call is not answered as it ended");
                caller.gate.opened_for()
            }
            Ran::Panicked => {
                tracing::error!(%request_id, method = name, "a method panicked");
                caller.gate.opened_for()
            }
            Ran::TooLong => {
                tracing::warn!(%request_id, method = name, "the call took too long; it continues in the background");
                caller.gate.close()
            }
        };
        let failure = cards::map_failure(name, internal(at_network));
        let reply = Reply::Error(WireError::new(failure, lang).to_json());
        (reply, is_recorded)
    }
}

/// How long it takes at most to hand over a reply that is made.
const HAND_OVER: Duration = Duration::from_secs(15);

/// Whether a reply says how its call ended, and not that nobody knows, or that somebody else is at it.
fn tells_an_end(reply: &Reply) -> bool {
    let open = [
        ErrorCode::OutcomeUnknown,
        ErrorCode::Internal,
        ErrorCode::InProcess,
        ErrorCode::PreviousAttemptInProcess,
    ];
    let told = reply.outcome();
    !open.iter().any(|code| code.code().to_string() == told)
}

/// The header `lang`, read without regard to case; an unknown value counts as absent.
pub fn lang(headers: &HeaderMap) -> Option<Lang> {
    let asked = headers.get("lang")?.to_str().ok()?;
    [("uz", Lang::Uz), ("ru", Lang::Ru), ("en", Lang::En)]
        .into_iter()
        .find_map(|(name, lang)| asked.eq_ignore_ascii_case(name).then_some(lang))
}

/// Why an id is not a UUID. The A family requires one in the documented form.
fn uuid_fault(id: &JsonRpcId<'_>) -> Option<&'static str> {
    match id {
        JsonRpcId::Absent => Some("Field must be not null"),
        JsonRpcId::Given(id) if id.get() == "null" => Some("Field must be not null"),
        JsonRpcId::Given(id) => {
            let text = serde_json::from_str::<String>(id.get()).unwrap_or_default();
            Uuid::try_parse(&text)
                .is_err()
                .then_some("Accepts only uuid")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_of_a_shed_call_is_its_code() {
        assert_eq!(ErrorCode::Overloaded.code().to_string(), OVERLOADED);
    }
}
