//! The faults that a call can suffer.

/// How a call goes wrong. "Before" and "after" refer to its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Late, but well within the gateway's time.
    Delay,
    /// The connection ends before the request has arrived.
    CutRequest,
    /// The connection is reset.
    ResetBefore,
    /// The same, after the execution.
    ResetAfter,
    /// The reply ends somewhere in its middle.
    CutReply,
    /// The connection stays open, and nothing comes.
    HangBefore,
    /// The same, after the execution.
    HangAfter,
    /// The same reply twice on one connection.
    ReplyTwice,
    /// The reply of a call about another payment.
    ForeignReply,
    /// The reply has another amount.
    WrongAmount,
    /// HTTP 500 with a body that means nothing.
    Http500Before,
    /// The same, after the execution.
    Http500After,
    /// HTTP 401 with a body that means nothing.
    Denied,
    /// HTTP 200 with a body that means nothing.
    GarbageBefore,
    /// The same, after the execution.
    GarbageAfter,
    /// A reply that never ends.
    EndlessBody,
    /// The network executes the call after the gateway has given up on it.
    LateExecution,
    /// A call that moves money is executed, and answered with a code that says nothing, or the opposite.
    CodeAfter,
    /// It is executed, and the reply says so and refuses it.
    Contradiction,
    /// It is not executed, and answered with an empty success that names nothing.
    Nameless,
    /// The network stood still for longer than a call may take, and served what had come meanwhile all at once.
    Frozen,
    /// A message is refused, after so long that its order was repeated meanwhile.
    SlowRefusal,
}

/// The faults of HUMO.
pub(super) const OF_HUMO: &[Fault] = &[
    Fault::Delay,
    Fault::CutRequest,
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::CutReply,
    Fault::HangBefore,
    Fault::HangAfter,
    Fault::ReplyTwice,
    Fault::ForeignReply,
    Fault::WrongAmount,
    Fault::Http500Before,
    Fault::Http500After,
    Fault::GarbageBefore,
    Fault::GarbageAfter,
    Fault::EndlessBody,
    Fault::LateExecution,
    Fault::CodeAfter,
    Fault::Contradiction,
    Fault::Nameless,
];
/// The faults of UZCARD, each of whose replies has a name.
pub(super) const OF_UZCARD: &[Fault] = &[
    Fault::Delay,
    Fault::CutRequest,
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::CutReply,
    Fault::HangBefore,
    Fault::HangAfter,
    Fault::ReplyTwice,
    Fault::ForeignReply,
    Fault::WrongAmount,
    Fault::Http500Before,
    Fault::Http500After,
    Fault::GarbageBefore,
    Fault::GarbageAfter,
    Fault::EndlessBody,
    Fault::LateExecution,
    Fault::CodeAfter,
    Fault::Contradiction,
];
/// The faults of a service whose replies have no amounts and no names of their own.
pub(super) const OF_OTHERS: &[Fault] = &[
    Fault::Delay,
    Fault::CutRequest,
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::CutReply,
    Fault::HangBefore,
    Fault::HangAfter,
    Fault::ReplyTwice,
    Fault::Http500Before,
    Fault::Http500After,
    Fault::GarbageBefore,
    Fault::GarbageAfter,
    Fault::EndlessBody,
    Fault::LateExecution,
];
/// The faults of a provider of messages, which may refuse.
pub(super) const OF_MESSAGES: &[Fault] = &[
    Fault::Delay,
    Fault::CutRequest,
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::CutReply,
    Fault::HangBefore,
    Fault::HangAfter,
    Fault::ReplyTwice,
    Fault::Http500Before,
    Fault::Http500After,
    Fault::GarbageBefore,
    Fault::GarbageAfter,
    Fault::EndlessBody,
    Fault::LateExecution,
    Fault::SlowRefusal,
];
